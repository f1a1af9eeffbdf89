//! A verifying key that has a table.

use core::fmt;

use super::VerifyingKey;
use crate::{
    ed25519::{Backend, Prepared, Width},
    error::{ErrorKind, Result},
};

/// A key with a table of its multiples: it checks one signature up to seven times as fast as
/// [`VerifyingKey::verify`], and accepts exactly the same ones.
///
/// Building a table costs as much as three to 25 checks and takes [`Width::table_bytes`] of memory: this is
/// for a key that is trusted for long, where receipts arrive singly. Where they come by the hundred,
/// [`Batch`](crate::envelope::Batch) is several times faster still.
pub struct PreparedKey {
    key: VerifyingKey,
    inner: Prepared,
}

impl PreparedKey {
    /// Builds the table, for the fastest kernel that this processor has.
    #[must_use]
    pub fn new(key: VerifyingKey, width: Width) -> Self {
        Self::with_backend(key, width, Backend::detect())
    }

    /// Builds the table, for a kernel of the caller's choice. The verdicts are the same.
    #[must_use]
    pub fn with_backend(key: VerifyingKey, width: Width, backend: Backend) -> Self {
        let inner = Prepared::new(*key.as_dalek(), width, backend);
        Self { key, inner }
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Checks a signature under the acceptance rule of [`VerifyingKey::verify`].
    ///
    /// # Errors
    /// `Envelope.BadSignature`, which says nothing more.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<()> {
        if self.inner.verify(message, signature) {
            Ok(())
        } else {
            Err(ErrorKind::BadSignature.into())
        }
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedKey({})", self.key.id())
    }
}
