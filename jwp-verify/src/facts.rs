//! What the receipts of a chain say.

use std::collections::BTreeMap;

use jwp_core::{Digest, Identifier, Kind, Link, Timestamp, link::RunId};
use jwp_delivery::kind::release::{JoulesBySource, Outcome};
use serde::Serialize;

/// What the receipts say that were verified, up to the first break.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// Receipts that parsed, are signed by a key that may sign them, and follow each other.
    pub receipts: u64,
    /// The release.
    pub sub: Option<Identifier>,
    /// The environment.
    pub aud: Option<Identifier>,
    /// The run.
    pub run: Option<RunId>,
    /// Seal or head of the run that this one follows.
    pub after: Option<Link>,
    /// The image manifest digest.
    pub image: Option<Digest>,
    /// The last receipt.
    pub head: Option<Head>,
    /// The seal; `None` for an open chain.
    pub seal: Option<SealFacts>,
    /// Energy by source, of all receipts.
    pub joules: JoulesBySource,
    /// Receipts without a figure of energy.
    pub unmetered: u64,
    /// Receipts by kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// Attempts that were superseded, by family.
    pub superseded: BTreeMap<&'static str, u64>,
}

/// The last receipt of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Head {
    /// Its sequence number.
    pub seq: u64,
    /// Its link.
    pub link: Link,
    /// When its signer says that it was signed.
    pub iat: Timestamp,
}

impl Head {
    pub(crate) const fn new(seq: u64, link: Link, iat: Timestamp) -> Self {
        Self { seq, link, iat }
    }
}

/// The seal of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SealFacts {
    /// Its sequence number, which is the number of receipts that it covers.
    pub seq: u64,
    /// How it says that the release ended.
    pub outcome: Outcome,
}

impl SealFacts {
    pub(crate) const fn new(seq: u64, outcome: Outcome) -> Self {
        Self { seq, outcome }
    }
}
