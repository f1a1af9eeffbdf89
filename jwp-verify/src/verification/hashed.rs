//! The digest of a chain that is read as a stream.

use std::io::{self, Read};

use jwp_core::{Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256};

/// Hashes what is read.
pub(super) struct Hashed<R> {
    source: R,
    hasher: Sha256,
    ended: bool,
}

impl<R> Hashed<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            hasher: Sha256::new(),
            ended: false,
        }
    }

    /// The digest of the whole source, once it was read to its end.
    pub(super) fn digest(self) -> Option<Digest> {
        let digest = Digest::new(DigestAlgorithm::Sha256, self.hasher.finalize().into());
        self.ended.then_some(digest)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.ended |= read == 0 && !buffer.is_empty();
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}
