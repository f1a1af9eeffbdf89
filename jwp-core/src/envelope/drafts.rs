//! Receipts that are signed later, many at a time.

use alloc::vec::Vec;
use core::ops::Range;

use super::sign::{MOVED, SIGNED, check_length, envelop};
use crate::{
    cbor::write_bytes_around,
    ed25519::{Front, Padded},
    error::Result,
    link::Link,
};

/// What the `Sig_structure`s of neighbouring receipts begin with: everything in front of the payload.
pub(crate) struct Common<'c> {
    bytes: &'c [u8],
    hashed: Front<'c>,
}

impl<'c> Common<'c> {
    pub(crate) fn of(bytes: &'c [u8]) -> Self {
        let hashed = Front::of(bytes);
        Self { bytes, hashed }
    }
}

/// Neighbouring receipts that begin alike. Each is a `Sig_structure` until they are sealed, and then an envelope at the same
/// place: nothing of it is moved. The first [`MOVED`] bytes of each lie where the signature of the one before will be, so
/// that the envelopes have no gaps: all are signed before any is sealed.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    bytes: Vec<u8>,
    /// The envelopes, without their signatures.
    places: Vec<Range<usize>>,
    /// Bytes of a `Sig_structure` before the payload, of all the same.
    front: usize,
}

impl Drafts {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }

    pub(crate) const fn len(&self) -> usize {
        self.places.len()
    }

    /// Appends the `Sig_structure` of the payload that `write` writes, and gives its link. All have the same `common`.
    ///
    /// # Errors
    /// What `write` refuses; `Codec.TooLarge` for a receipt that would be too long. Then there is no draft of it.
    pub(crate) fn push(
        &mut self,
        common: &Common<'_>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<Link> {
        let behind = |place: &Range<usize>| place.end.saturating_add(SIGNED).saturating_sub(MOVED);
        let start = self.places.last().map_or(0, behind);
        // Away with the padding of the one before.
        self.bytes.resize(start, 0);
        self.bytes.extend_from_slice(common.bytes);
        write_bytes_around::<3>(&mut self.bytes, write)?;
        let end = self.bytes.len();
        check_length(end.saturating_sub(start))?;
        self.front = common.bytes.len();
        self.places.push(start.saturating_add(MOVED)..end);
        let padded = Padded::pad(&mut self.bytes, start);
        Ok(Link::from_bytes(common.hashed.digest(&padded)))
    }

    /// What is to be signed.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let message = |place: &Range<usize>| {
            let start = place.start.saturating_sub(MOVED);
            self.bytes.get(start..place.end).unwrap_or_default()
        };
        self.places.iter().map(message)
    }

    /// Makes envelopes of all, with one signature for each.
    pub(crate) fn seal(&mut self, signatures: &[[u8; 64]]) {
        let end = |place: &Range<usize>| place.end.saturating_add(SIGNED);
        self.bytes.resize(self.places.last().map_or(0, end), 0);
        for (place, signature) in self.places.iter().zip(signatures) {
            if let Some(bytes) = self.bytes.get_mut(place.start..end(place)) {
                envelop(bytes, self.front, signature);
            }
        }
    }

    /// The envelopes, one behind the other, once they are sealed.
    pub(crate) fn sealed(&self) -> &[u8] {
        self.bytes.get(MOVED..).unwrap_or_default()
    }
}
