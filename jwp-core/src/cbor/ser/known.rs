//! Maps whose keys the code writes, in the order that stands in the code.

use serde::Serialize;

use super::Encoder;
use crate::{cbor::head::Major, error::Result};

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
    #[inline]
    pub(crate) fn member<const N: usize, T: Serialize + ?Sized>(
        &mut self,
        key: &[u8; N],
        value: Option<&T>,
    ) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        self.encoder.count(1)?;
        self.encoder.out.extend_from_slice(key);
        self.encoder.value(value)?;
        self.members = self.members.saturating_add(1);
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
