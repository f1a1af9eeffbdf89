//! The entries of a map, and the order of their keys: what is out of order, and what stands twice.

use super::Reader;
use crate::{
    cbor::head::{Head, Major},
    error::{Error, ErrorKind, Result},
};

/// The entries of one map, in order.
#[derive(Debug, Clone)]
pub struct MapReader<'a> {
    remaining: u64,
    first: usize,
    last: Option<&'a [u8]>,
}

impl<'a> MapReader<'a> {
    /// So many entries, the first of which begins at `first`.
    pub(super) const fn new(remaining: u64, first: usize) -> Self {
        Self {
            remaining,
            first,
            last: None,
        }
    }

    /// Entries not read yet.
    #[must_use]
    pub const fn remaining(&self) -> u64 {
        self.remaining
    }

    /// The next key, which must be text; `None` after the last entry. The caller reads the value.
    ///
    /// # Errors
    /// `Codec.KeyOrder`, `Codec.DuplicateKey` and whatever is wrong with the key itself.
    #[inline]
    pub fn next_text(&mut self, reader: &mut Reader<'a>) -> Result<Option<&'a str>> {
        self.next_by(reader, Reader::text)
    }

    /// As [`MapReader::next_text`], with another way to read text.
    #[inline]
    pub(crate) fn next_by(
        &mut self,
        reader: &mut Reader<'a>,
        text: impl FnOnce(&mut Reader<'a>) -> Result<&'a str>,
    ) -> Result<Option<&'a str>> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let (start, at) = (reader.position, reader.offset());
        let key = text(reader).map_err(|error| self.explain(reader, start, error))?;
        self.step(reader, start, at)?;
        Ok(Some(key))
    }

    /// As [`MapReader::next_text`], but gives the key's bytes: for comparing with names, which needs no text.
    #[inline]
    pub(crate) fn next_key(&mut self, reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let (start, at) = (reader.position, reader.offset());
        let key = reader
            .expect(Major::Tstr)
            .and_then(|length| reader.skip_text(length, at))
            .map_err(|error| self.explain(reader, start, error))?;
        self.step(reader, start, at)?;
        Ok(Some(key))
    }

    /// The next key, which must be an integer (header labels); `None` after the last entry.
    pub(crate) fn next_label(&mut self, reader: &mut Reader<'a>) -> Result<Option<i128>> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let (start, at) = (reader.position, reader.offset());
        let label = reader
            .int()
            .map_err(|error| self.explain(reader, start, error))?;
        self.step(reader, start, at)?;
        Ok(Some(label))
    }

    /// The next key, text or integer; the integer is given.
    pub(crate) fn next_any(&mut self, reader: &mut Reader<'a>) -> Result<Option<Option<i128>>> {
        let is_text = reader
            .rest()
            .first()
            .is_some_and(|initial| initial >> 5 == 3);
        if is_text {
            Ok(self.next_text(reader)?.map(|_| None))
        } else {
            Ok(self.next_label(reader)?.map(Some))
        }
    }

    /// RFC 8949 §4.2.1: keys in bytewise order of their encodings.
    #[inline]
    fn step(&mut self, reader: &Reader<'a>, start: usize, at: usize) -> Result<()> {
        let key = reader.since(start);
        // The head and the first letter settle it for most neighbours.
        let settled = match (
            self.last.and_then(<[u8]>::first_chunk::<2>),
            key.first_chunk(),
        ) {
            (Some(last), Some(key)) => u16::from_be_bytes(*last) < u16::from_be_bytes(*key),
            _ => false,
        };
        match self.last {
            _ if settled => {}
            Some(last) if last == key => return Err(Error::at(ErrorKind::DuplicateKey, at)),
            Some(last) if last > key => return Err(self.explain_order(reader, key, at)),
            _ => {}
        }
        self.last = Some(key);
        self.remaining = self.remaining.saturating_sub(1);
        Ok(())
    }

    /// A key out of order may also stand in front already: the graver fault is named.
    #[cold]
    fn explain_order(&self, reader: &Reader<'a>, key: &[u8], at: usize) -> Error {
        let seen = Head::read_any_width(key).is_some_and(|(head, _)| {
            let start = reader.position.saturating_sub(key.len());
            self.stands_before(reader, start, head, key)
        });
        Error::at(
            if seen {
                ErrorKind::DuplicateKey
            } else {
                ErrorKind::KeyOrder
            },
            at,
        )
    }

    /// A key in a longer form than the shortest may be one that stands in front already.
    #[cold]
    fn explain(&self, reader: &Reader<'a>, start: usize, error: Error) -> Error {
        let key = reader.input.get(start..).unwrap_or_default();
        match (error.kind(), Head::read_any_width(key)) {
            (ErrorKind::NonDeterministic { .. }, Some((head, _)))
                if self.stands_before(reader, start, head, key) =>
            {
                Error::at(ErrorKind::DuplicateKey, reader.base.saturating_add(start))
            }
            _ => error,
        }
    }

    /// Whether a key equal to the one at `start` stands earlier in this map.
    fn stands_before(&self, reader: &Reader<'a>, start: usize, head: Head, key: &[u8]) -> bool {
        let wanted = Head::read_any_width(key).and_then(|(_, length)| content(head, key, length));
        let mut scan = Reader {
            position: self.first,
            items: 0,
            ..reader.clone()
        };
        while scan.position < start {
            let Ok((other, length)) = Head::read(scan.rest()) else {
                return false;
            };
            if other == head && content(other, scan.rest(), length) == wanted {
                return true;
            }
            let entry = scan.skip_labelled().and_then(|()| scan.skip_labelled());
            if entry.is_err() {
                return false;
            }
        }
        false
    }
}

/// The content of a string key; nothing for an integer, whose head says all.
fn content(head: Head, bytes: &[u8], length: usize) -> Option<&[u8]> {
    let size = match head.major {
        Major::Tstr | Major::Bstr => usize::try_from(head.argument).ok()?,
        _ => 0,
    };
    bytes.get(length..length.checked_add(size)?)
}
