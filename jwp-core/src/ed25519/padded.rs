//! Messages that have the padding of SHA-256 behind them.

use alloc::vec::Vec;

/// Bytes of a block of SHA-256.
pub(crate) const SHA256_BLOCK: usize = 64;

/// A message that is to be hashed by SHA-256, in whole blocks: behind it stand 0x80 and zeros (FIPS 180-4 §5.1.1), and
/// where its length belongs, anything: whoever hashes writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Padded<'a> {
    blocks: &'a [u8],
    length: usize,
}

impl<'a> Padded<'a> {
    /// No message, for lanes that have none.
    pub(super) const NONE: Self = Self {
        blocks: &[],
        length: 0,
    };

    /// `None` where the blocks do not hold a message of this length and its padding, or the bit that ends a message does
    /// not stand behind it.
    pub(crate) fn new(blocks: &'a [u8], length: usize) -> Option<Self> {
        let size = Self::blocks_of(length).saturating_mul(SHA256_BLOCK);
        let blocks = blocks.get(..size)?;
        (blocks.get(length) == Some(&0x80)).then_some(Self { blocks, length })
    }

    /// Pads the message that begins at `start` and ends where `bytes` does.
    pub(crate) fn pad(bytes: &'a mut Vec<u8>, start: usize) -> Self {
        let length = bytes.len().saturating_sub(start);
        let size = Self::blocks_of(length).saturating_mul(SHA256_BLOCK);
        bytes.push(0x80);
        bytes.resize(start.saturating_add(size), 0);
        let blocks = bytes.get(start..).unwrap_or_default();
        Self { blocks, length }
    }

    /// Blocks of a message of so many bytes.
    pub(crate) const fn blocks_of(length: usize) -> usize {
        length.saturating_add(9).div_ceil(SHA256_BLOCK)
    }

    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// All blocks but the last, as they are hashed.
    pub(super) const fn head(&self) -> &'a [[u8; SHA256_BLOCK]] {
        match self.blocks() {
            [head @ .., _] => head,
            [] => &[],
        }
    }

    /// The last block, as it is hashed; zeros where there is none.
    pub(super) fn last(&self) -> [u8; SHA256_BLOCK] {
        let mut last = self.blocks().last().copied().unwrap_or([0; SHA256_BLOCK]);
        if let Some(bits) = last.last_chunk_mut() {
            *bits = self.bits().to_be_bytes();
        }
        last
    }

    /// The blocks, of which the last has anything where the length belongs.
    pub(super) const fn blocks(&self) -> &'a [[u8; SHA256_BLOCK]] {
        self.blocks.as_chunks().0
    }

    /// What stands in the last eight bytes.
    pub(super) fn bits(&self) -> u64 {
        u64::try_from(self.length)
            .unwrap_or_default()
            .wrapping_mul(8)
    }
}
