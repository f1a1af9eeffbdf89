//! Maps whose keys the code writes, in the order that stands in the code.

use serde::Serialize;

use super::Encoder;
use crate::{
    cbor::{head::Major, write_known_text},
    error::Result,
};

/// A map of less than 24 members that is being written.
pub(crate) struct KnownMap<'e, 'o> {
    encoder: &'e mut Encoder<'o>,
    at: usize,
    members: u8,
}

impl<'e, 'o> KnownMap<'e, 'o> {
    #[inline]
    pub(super) fn begin(encoder: &'e mut Encoder<'o>) -> Result<Self> {
        let at = encoder.out.len();
        encoder.head(Major::Map, 0)?;
        Ok(Self {
            encoder,
            at,
            members: 0,
        })
    }

    /// A key as it is encoded, and its value, if there is one.
    // Most members that may be absent are: only what looks for one is part of what is compiled around it.
    #[inline(always)]
    pub(crate) fn member<const N: usize, T: Serialize + ?Sized>(
        &mut self,
        key: &[u8; N],
        value: Option<&T>,
    ) -> Result<()> {
        value.map_or(Ok(()), |value| self.put(key, value))
    }

    /// A key as it is encoded, and a text.
    #[inline]
    pub(crate) fn text<const N: usize>(&mut self, key: &[u8; N], value: &str) -> Result<()> {
        self.entry(key, |encoder| encoder.text(value))
    }

    /// A key as it is encoded, and a text that this crate has made.
    #[inline]
    pub(crate) fn known_text<const N: usize>(&mut self, key: &[u8; N], value: &str) -> Result<()> {
        self.entry(key, |encoder| {
            encoder.count(1)?;
            write_known_text(value, encoder.out);
            Ok(())
        })
    }

    #[inline(never)]
    fn put<const N: usize, T: Serialize + ?Sized>(
        &mut self,
        key: &[u8; N],
        value: &T,
    ) -> Result<()> {
        self.entry(key, |encoder| encoder.value(value))
    }

    #[inline(always)]
    fn entry<const N: usize>(
        &mut self,
        key: &[u8; N],
        write: impl FnOnce(&mut Encoder<'o>) -> Result<()>,
    ) -> Result<()> {
        self.encoder.count(1)?;
        self.encoder.out.extend_from_slice(key);
        write(self.encoder)?;
        self.members = self.members.wrapping_add(1);
        Ok(())
    }

    /// Writes the number of members.
    #[inline]
    pub(crate) fn end(self) {
        if let Some(head) = self.encoder.out.get_mut(self.at) {
            *head |= self.members;
        }
    }
}
