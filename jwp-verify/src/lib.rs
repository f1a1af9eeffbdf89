//! Verifies chains of Joule Wire Protocol receipts (JWP here is not JSON Web Proof): who may sign
//! what, whether the chain is whole, whether its receipts agree, and one verdict.
//!
//! ```no_run
//! # use jwp_core::{Digest, Identifier, Timestamp};
//! # let (text, bytes) = (String::new(), Vec::new());
//! # let (sub, aud): (Identifier, Identifier) = ("jouledb@v2026.05.07".parse()?, "prod".parse()?);
//! # let image: Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".parse()?;
//! # let now = Timestamp::try_from(1_778_155_200)?;
//! use jwp_verify::{Expectations, TrustStore, verify};
//!
//! let trust = TrustStore::from_toml(&text)?;
//! let expect = Expectations::new(sub, aud, image);
//! let report = verify(&bytes, &trust, &expect, now);
//! println!("{}", report.verdict());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! Bytes, trust store, expectations and the time are arguments. This library reads no clock, no
//! environment, no file and no network, and comes to the same verdict on every machine. Memory does
//! not grow with the chain ([`verify_reader`], [`verify_stream`]).
//!
//! # All of these steps are necessary
//!
//! Leave one out, and somebody can show a chain that is not what it seems. For each receipt:
//!
//! 1. **Parse** the bytes strictly: there is one way to write each value. What was received is what
//!    is verified; nothing is encoded again.
//! 2. **Follow the chain**: same release and environment, numbers without gap, `prev` the link of the
//!    receipt before, time that never goes back. A break is [named](code::CODES) by one rule.
//! 3. **Find the key** in the trust store by its thumbprint; the receipt supplies none.
//! 4. **Check the signature**, before anything that the receipt says of itself.
//! 5. **Ask whether this key may**: its issuer, this kind, this environment, this release, at `iat`,
//!    not revoked.
//! 6. **Check the time**: not later than 300 seconds after `now`.
//! 7. **Compare with what is expected**: release and environment, unless waived by name.
//! 8. **Read the claim** by its kind; a reserved kind that is unknown is refused, another unknown one
//!    must be allowed.
//! 9. **Check the rules across receipts** ([`code::RULES`]): one image, what may refer to what, what
//!    stands once, nothing told before it was over. A seal: everything that it says, computed again, and nothing behind it.
//!
//! And when the chain has come to its end:
//!
//! 10. **Source and order of proof**: build, attestation, gates and armed rollback before traffic.
//! 11. **The image** that was asked for, unless waived by name.
//! 12. **The age** of the head, where the caller bounds it.
//! 13. **The stage**: what must be there is there, and nothing negative stands.
//! 14. **The head**: where the caller remembers or expects one.
//!
//! # What a PASSED does not prove
//!
//! That a claim is true: it says who stands for it. When a receipt was signed: `iat` is the signer's
//! word, and the report says *time claimed*. What came later: a sealed chain says nothing about the
//! days after. Every report lists what was [not checked](report::Report::not_checked).
//!
//! # Modules
//!
//! | module | what |
//! |---|---|
//! | [`trust`] | which key belongs to whom, and what it may sign |
//! | [`policy`] | what is expected of a chain, and how far it must have come |
//! | [`report`] | outcome, findings, facts; text and JSON |
//! | [`code`] | the one table of codes and rules |
//! | [`finding`] | one fact against a chain: its code, its rule and its place |
//! | [`seal`] | computing a seal, and opening a chain to append to it |
//!
//! # Features
//!
//! - `cli`: the `jwp` command, and clap with it. It adds nothing to the library and changes nothing
//!   in it.

#![forbid(unsafe_code)]

mod calendar;
mod chain;
pub mod code;
mod facts;
pub mod finding;
mod invariant;
pub mod policy;
pub mod report;
pub mod seal;
mod tally;
pub mod trust;
mod unchecked;
mod verification;

use std::io::{Read, Seek};

use jwp_core::Timestamp;

pub use crate::{
    finding::Finding,
    policy::{Expectations, Expected, RememberedHead, Stage},
    report::{Outcome, Report},
    trust::{
        KindPattern, NamePattern, Revocation, RevocationReason, Signed, TrustError, TrustStore,
        TrustedKey,
    },
};

/// Verifies a chain in memory: every step of the crate's documentation, one report.
///
/// It never fails and never panics: what is wrong with the bytes stands in the report.
#[must_use]
pub fn verify(bytes: &[u8], trust: &TrustStore, expect: &Expectations, now: Timestamp) -> Report {
    verification::of_bytes(bytes, trust, expect, now).0
}

/// Verifies a chain from a file, from where it stands to its end, in memory that does not grow.
///
/// Where the chain breaks, the source is read a second time to name the break. A source that cannot be
/// read is undecided (`Cli.Io`).
#[must_use]
pub fn verify_reader<R: Read + Seek>(
    source: R,
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> Report {
    verification::of_reader(source, trust, expect, now)
}

/// Verifies a chain from a stream that can be read once, in memory that does not grow.
///
/// The verdict is that of [`verify`]; a break in the chain is `Chain.Broken`, because naming it takes
/// a second look.
#[must_use]
pub fn verify_stream<R: Read>(
    source: R,
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> Report {
    verification::of_stream(source, trust, expect, now)
}

/// The README's quick start is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
