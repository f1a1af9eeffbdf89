//! What messages begin with, hashed once for all of them.

use sha2::block_api::compress256;

use super::padded::{Padded, SHA256_BLOCK};

/// FIPS 180-4 §5.3.3.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Whole blocks that stand in front of messages, and the state of SHA-256 behind them.
///
/// The receipts of a chain that one key signs begin alike as far as their time. With names of usual length that is
/// 128 bytes, two of the eight blocks of a typical link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Front<'a> {
    blocks: &'a [[u8; SHA256_BLOCK]],
    state: [u32; 8],
}

impl<'a> Front<'a> {
    /// In front of any message.
    pub(super) const NONE: Self = Self {
        blocks: &[],
        state: INITIAL,
    };

    /// As much of these bytes as is whole blocks.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let blocks = bytes.as_chunks().0;
        let mut state = INITIAL;
        compress256(&mut state, blocks);
        Self { blocks, state }
    }

    /// A front of all these messages: the present one where they have it, otherwise the longest. Lanes without
    /// a message have any.
    pub(super) fn turn_to(&mut self, messages: &[Padded<'a>]) {
        let mut messages = messages.iter().filter(|padded| !padded.blocks().is_empty());
        let keeps = |padded: &Padded<'_>| padded.head().starts_with(self.blocks);
        if !self.blocks.is_empty() && messages.clone().all(keeps) {
            return;
        }
        let mut blocks = messages.next().map_or(&[][..], Padded::head);
        for padded in messages {
            let both = blocks.iter().zip(padded.head());
            let same = both.take_while(|(a, b)| a == b).count();
            blocks = blocks.get(..same).unwrap_or_default();
            if blocks.is_empty() {
                break;
            }
        }
        *self = Self::of(blocks.as_flattened());
    }

    /// Number of blocks.
    pub(super) const fn len(&self) -> usize {
        self.blocks.len()
    }

    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    pub(super) const fn state(&self) -> &[u32; 8] {
        &self.state
    }

    /// SHA-256 of a message that has this front.
    pub(crate) fn digest(&self, padded: &Padded<'_>) -> [u8; 32] {
        let mut state = self.state;
        let between = padded.head().get(self.len()..).unwrap_or_default();
        compress256(&mut state, between);
        compress256(&mut state, &[padded.last()]);
        let mut digest = [0; 32];
        for (to, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *to = word.to_be_bytes();
        }
        digest
    }
}
