//! The order of a map's entries (RFC 8949 §4.2.1): bytewise, of their encoded keys.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::head::Head;
use crate::error::{ErrorKind, Result};

/// The order of keys of which each is a text: the shorter first, as their heads say.
#[inline(always)]
pub(super) fn text_comes_before(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([first, ..], [second, ..]) if a.len() == b.len() && first != second => first < second,
        _ if a.len() == b.len() => a < b,
        _ => a.len() < b.len(),
    }
}

fn key_of(entry: &[u8]) -> &[u8] {
    // A key that this encoder wrote.
    let Ok((head, size)) = Head::read(entry) else {
        return entry;
    };
    let length = usize::try_from(head.argument).unwrap_or(usize::MAX);
    entry.get(..size.saturating_add(length)).unwrap_or(entry)
}

/// Keys of open maps that need no memory of their own: the kinds of `jwp-delivery` have up to 18 at once.
const FEW_KEYS: usize = 24;

/// A key and its value in the output.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What [`front`] gives.
    pub(super) front: u64,
}

impl Entry {
    const NONE: Self = Self {
        start: 0,
        end: 0,
        front: 0,
    };
}

/// The first eight bytes of a key, its head first, and zeros behind a shorter one: the order of these is that of the
/// keys, as far as they differ there.
#[inline]
pub(super) fn front(key: &[u8]) -> u64 {
    u64::from_be_bytes(key.first_chunk().copied().unwrap_or_else(|| {
        let mut few = [0; 8];
        few.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        few
    }))
}

/// The entries of the maps that are open, innermost map last.
pub(super) struct Keys {
    few: [Entry; FEW_KEYS],
    count: usize,
    /// Those for which it has no room.
    many: Vec<Entry>,
}

impl Keys {
    pub(super) const fn new() -> Self {
        Self {
            few: [Entry::NONE; FEW_KEYS],
            count: 0,
            many: Vec::new(),
        }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        match self.few.get_mut(self.count) {
            Some(place) => *place = entry,
            None => self.many.push(entry),
        }
        // As many as the output has keys.
        self.count = self.count.wrapping_add(1);
    }

    /// Whether the key that was pushed last comes before the one at `start`, where their fronts do not say.
    #[cold]
    pub(super) fn last_comes_before(&self, start: usize, out: &[u8]) -> bool {
        let last = self.count.checked_sub(1);
        let last = last.and_then(|last| match last.checked_sub(FEW_KEYS) {
            None => self.few.get(last),
            Some(last) => self.many.get(last),
        });
        let key = |start: usize| key_of(out.get(start..).unwrap_or_default());
        last.is_none_or(|last| key(last.start) < key(start))
    }

    #[inline]
    pub(super) fn truncate(&mut self, count: usize) {
        self.count = count;
        self.many.truncate(count.saturating_sub(FEW_KEYS));
    }

    /// Puts the entries from `first` in order: those of the innermost map, whose entries begin at `body` and
    /// end where `out` ends. Takes memory where they are kept in both places.
    #[inline(never)]
    pub(super) fn sort(&mut self, first: usize, body: usize, out: &mut Vec<u8>) -> Result<()> {
        let few = self.few.get_mut(first..self.count.min(FEW_KEYS));
        let many = self.many.get_mut(first.saturating_sub(FEW_KEYS)..);
        match (few.unwrap_or_default(), many.unwrap_or_default()) {
            (few, []) => sort(few, body, out),
            ([], many) => sort(many, body, out),
            (few, many) => sort(&mut [&*few, &*many].concat(), body, out),
        }
    }
}

/// Longer than most entries.
const CHUNK: usize = 32;

fn sort(entries: &mut [Entry], body: usize, out: &mut Vec<u8>) -> Result<()> {
    let key = |entry: &Entry| key_of(out.get(entry.start..entry.end).unwrap_or_default());
    entries.sort_unstable_by(|a, b| match a.front.cmp(&b.front) {
        Ordering::Equal => key(a).cmp(key(b)),
        settled => settled,
    });
    let mut neighbours = entries.iter().zip(entries.iter().skip(1));
    if neighbours.any(|(a, b)| a.front == b.front && key(a) == key(b)) {
        return Err(ErrorKind::DuplicateKey.into());
    }
    // In order behind the map, then over it: the buffer has the room, or will have it next time.
    let behind = out.len();
    for Entry { start, end, .. } in entries {
        let length = end.saturating_sub(*start);
        match out.get(*start..).and_then(|rest| rest.first_chunk()) {
            // Of a length that is known here: no call.
            Some(chunk) if length <= CHUNK => {
                let chunk: [u8; CHUNK] = *chunk;
                let end = out.len().saturating_add(length);
                out.extend_from_slice(&chunk);
                out.truncate(end);
            }
            _ => out.extend_from_within(*start..*end),
        }
    }
    out.copy_within(behind.., body);
    out.truncate(behind);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    /// Texts of every length whose heads differ, and some that differ at their front, within and at their end.
    #[test]
    fn texts_come_in_the_order_of_their_encodings() {
        let mut texts = Vec::new();
        for length in [0, 1, 2, 7, 23, 24, 25, 255, 256, 300] {
            let text = "m".repeat(length);
            for at in [0, 1, length / 2, length.saturating_sub(1)] {
                for letter in ["a", "z"] {
                    let mut other = text.clone();
                    if at < length {
                        other.replace_range(at..=at, letter);
                    }
                    texts.push(other);
                }
            }
            texts.push(text);
        }
        for a in &texts {
            for b in &texts {
                let encoded = |text: &str| cbor::to_vec(text).unwrap();
                let expected = encoded(a) < encoded(b);
                let found = text_comes_before(a.as_bytes(), b.as_bytes());
                assert_eq!(found, expected, "{a} {b}");
            }
        }
    }
}
