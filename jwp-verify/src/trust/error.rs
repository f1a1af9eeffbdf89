//! Why a trust store cannot be used.

use jwp_core::link::KeyId;

use super::MAX_TRUST_FILE;
use crate::code::Code;

/// A trust store that cannot be used. Nothing is verified with half of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// No key at all.
    #[error("got no key, expected at least one [[key]]")]
    Empty,
    /// A field of an entry.
    #[error("got another {field}, expected {expected}, in key {index} of the trust store")]
    Field {
        /// The entry, counted from 1.
        index: usize,
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A key that is no key, is weak, or is private.
    #[error("{source}, in key {index} of the trust file")]
    Key {
        /// The entry, counted from 1.
        index: usize,
        /// What is wrong with it.
        source: jwp_core::Error,
    },
    /// Two entries with one key.
    #[error("got key {kid} for the second time")]
    KidCollision {
        /// The thumbprint.
        kid: KeyId,
    },
    /// Text that is no TOML, or has other fields.
    #[error("{message}, in line {line} of the trust file")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What the TOML reader says.
        message: Box<str>,
    },
    /// More than [`MAX_TRUST_FILE`] bytes.
    #[error("got {found} bytes, expected at most {MAX_TRUST_FILE}")]
    TooLarge {
        /// The length found.
        found: usize,
    },
}

impl TrustError {
    /// The stable public code, `Area.Name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        let own = match self {
            Self::Key { source, .. } => return source.code(),
            Self::KidCollision { .. } => Code::TrustKidCollision,
            Self::Empty | Self::Field { .. } | Self::Syntax { .. } | Self::TooLarge { .. } => {
                Code::TrustStore
            }
        };
        own.name()
    }
}
