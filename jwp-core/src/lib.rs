//! JWP, the *Joule Wire Protocol* (not JSON Web Proof): typed, signed, energy-metered receipts.
//!
//! A **receipt** is a claim that somebody makes about a step of work, in deterministic CBOR, metered
//! in joules, linked to the receipt before it and signed with Ed25519. In the words of SCITT (RFC
//! 9943) it is a *Signed Statement*, not a SCITT *Receipt*; a proof of inclusion in a log is an
//! [`InclusionProof`](merkle::InclusionProof) here.
//!
//! ```text
//! claim ──serde──▶ deterministic CBOR ──▶ payload ──▶ envelope ──▶ chain
//! (yours)          (cbor)                 (payload)   (COSE_Sign1)  (CBOR sequence)
//! ```
//!
//! - [`cbor`] has one way to write each value and refuses every other, with the byte offset.
//! - [`Claim`] is a struct with serde derives and the name of its kind. The trait is open.
//! - [`ReceiptPayload`] is a claim with what it is about, what it was computed from and what it
//!   cost; a [`ChainWriter`] gives it its place and signs it.
//! - [`UnverifiedReceipt`] borrows from received bytes; only
//!   [`verify`](UnverifiedReceipt::verify) makes a [`Receipt`] of it.
//!
//! # Example
//!
//! ```
//! use jwp_core::{
//!     ChainWriter, Citation, Claim, Evidence, Meter, ReceiptPayload, RunId, Signer, SigningKey, Timestamp,
//!     UnverifiedReceipt,
//! };
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Baked {
//!     loaves: u64,
//! }
//!
//! impl Claim for Baked {
//!     const KIND: &'static str = "example.bread.baked";
//!     fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
//!         ["ISO 22000"]
//!     }
//! }
//!
//! // The secret of RFC 8032 §7.1 TEST 1: everybody knows it.
//! let pem = "-----BEGIN PRIVATE KEY-----\n\
//!            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
//!            -----END PRIVATE KEY-----\n";
//! let key = SigningKey::from_pem(pem)?;
//!
//! let run = RunId::from_bytes(*b"sixteen bytes!!!");
//! let mut chain = ChainWriter::begin("bakery@monday".parse()?, "prod".parse()?, run);
//! let payload = ReceiptPayload::new(Baked { loaves: 12 })
//!     .with_joules("0.36".parse()?, Meter::declared("the oven's rating"));
//! let now = Timestamp::try_from(1_778_112_000)?;
//! let bytes = chain.append(&payload, &"baker".parse()?, now, &key)?;
//!
//! let unverified = UnverifiedReceipt::parse(&bytes)?;
//! assert_eq!(unverified.kid(), key.verifying_key().id());
//! let receipt = unverified.verify(key.verifying_key())?;
//! assert_eq!(receipt.claim::<Baked>()?.loaves, 12);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What this crate does not do
//!
//! It has no clock, no randomness, no network and no opinion about whom to trust: `jwp-verify` has
//! a trust store, policy and reports, `jwp-delivery` the kinds of a software delivery. A verified
//! [`Receipt`] proves who signed which bytes. It does not prove that the claim is true, that the key
//! may make it, or when it was made.
//!
//! # Features
//!
//! - `std` (default): `Evidence::of_file`, `chain::SequenceReader`, and the fast ways to issue and to verify many
//!   receipts (`ChainWriter::append_all`; `envelope::Batch`, `key::PreparedKey`, `ChainHead::verify`,
//!   `chain::Segment::verify` and its kin). Without it the crate is `no_std` with `alloc`, and accepts exactly the same
//!   signatures.
//! - `key-formats`: keys as OpenSSH, `did:key`, JWK and COSE_Key have them
//!   (`VerifyingKey::from_text`, `SigningKey::from_text`). PEM is always there. Implies `std`.
//! - `expanded-key`: `SigningKey::expanded`, a key that makes the same signatures in less time, chiefly those of
//!   `ChainWriter::append_all`. For that one file takes the secret apart, with what ed25519-dalek calls `hazmat`. Implies
//!   `std`.

#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod cbor;
pub mod chain;
pub mod claim;
pub mod decimal;
pub mod digest;
pub mod display;
pub mod ed25519;
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
pub use claim::{Citation, Claim};
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
