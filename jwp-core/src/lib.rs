//! JWP, the Joule Wire Protocol (not JSON Web Proof).
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod cbor;
pub mod chain;
pub mod claim;
pub mod decimal;
pub mod digest;
pub mod envelope;
pub mod error;
pub mod evidence;
pub mod identifier;
pub mod joules;
pub mod key;
pub mod link;
pub mod merkle;
pub mod payload;
pub mod timestamp;

pub use chain::{ChainHead, ChainWriter};
pub use claim::Claim;
pub use decimal::Decimal;
pub use digest::{Digest, DigestAlgorithm};
pub use envelope::{Receipt, Statement, UnverifiedReceipt};
pub use error::{Error, ErrorKind, Invalid};
pub use evidence::Evidence;
pub use identifier::{Identifier, Kind};
pub use joules::{EnergySource, Joules, Meter, MeterScope};
pub use key::{Signer, SigningKey, VerifyingKey};
pub use link::{KeyId, Link, RunId};
pub use payload::ReceiptPayload;
pub use timestamp::Timestamp;
