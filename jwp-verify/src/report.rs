//! What a verification came to: one outcome, every finding, and the facts that it rests on.

pub mod human;
pub mod json;

use std::collections::BTreeMap;

use jwp_core::{Digest, Identifier, Kind, Link, Timestamp, link::RunId};
use jwp_delivery::kind::release::{JoulesBySource, Outcome as ReleaseOutcome};
use serde::Serialize;

pub use crate::finding::{Finding, Place};
use crate::{
    code::Class,
    policy::{Expectations, Stage},
};

/// What a chain was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// Everything that was asked holds.
    Verified,
    /// Something does not hold.
    Refused,
    /// It could not be found out.
    Undecided,
}

impl Outcome {
    /// The exit code of the `jwp` command: 0, 1 or 3.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::Refused => Class::Refused.exit_code(),
            Self::Undecided => Class::Undecided.exit_code(),
        }
    }

    /// The word that begins the verdict.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Verified => "PASSED",
            Self::Refused => "FAILED",
            Self::Undecided => "UNDECIDED",
        }
    }
}

/// A verification, whole: it can be repeated from what stands here.
///
/// Plain data. The renderers [`human::render`] and [`json::render`] are functions of it alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What it came to.
    pub outcome: Outcome,
    /// Everything against the chain, in the order of the chain.
    pub findings: Vec<Finding>,
    /// Findings beyond [`MAX_FINDINGS`](crate::finding::MAX_FINDINGS), which are only counted.
    pub more_findings: u64,
    /// What was asked.
    pub asked: Asked,
    /// What the verified receipts say.
    pub facts: Facts,
    /// What was not checked, and is no part of the verdict.
    pub not_checked: Vec<NotChecked>,
    /// What the verification depends on.
    pub basis: Basis,
}

/// The question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Asked {
    /// The release; `None` where waived.
    pub sub: Option<Identifier>,
    /// The environment; `None` where waived.
    pub aud: Option<Identifier>,
    /// The image; `None` where waived.
    pub image: Option<Digest>,
    /// The stage.
    pub stage: Stage,
    /// What was waived by name: `sub`, `aud`, `image`.
    pub waived: Vec<&'static str>,
    /// Kinds that were allowed though nobody here knows them.
    pub allowed_kinds: Vec<Kind>,
}

impl Asked {
    pub(crate) fn of(expect: &Expectations) -> Self {
        Self {
            sub: expect.sub.value().cloned(),
            aud: expect.aud.value().cloned(),
            image: expect.image.value().copied(),
            stage: expect.stage,
            waived: expect.waived(),
            allowed_kinds: expect.allowed_kinds.iter().cloned().collect(),
        }
    }
}

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
    pub outcome: ReleaseOutcome,
}

impl SealFacts {
    pub(crate) const fn new(seq: u64, outcome: ReleaseOutcome) -> Self {
        Self { seq, outcome }
    }
}

/// Something that a reader might take for checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotChecked {
    /// A stable word: `kind`, `proof`, `time`, `reference`, `endorsement`, `witness`, `later-events`,
    /// `invariants`, `rule`, `attestation`.
    pub what: &'static str,
    /// What it is about, in words.
    pub detail: String,
    /// The receipts, at most [`MAX_LISTED`] of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seqs: Vec<u64>,
    /// How many there are, listed or not.
    pub count: u64,
}

/// Most receipts that one entry of [`NotChecked`] lists.
pub const MAX_LISTED: usize = 100;

/// What a repetition needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Basis {
    /// SHA-256 of the chain; `None` for a stream that was not read to its end.
    pub chain: Option<Digest>,
    /// SHA-256 of the trust store.
    pub trust: Digest,
    /// The time that the caller gave.
    pub now: Timestamp,
    /// The version of this crate.
    pub version: &'static str,
}

impl Report {
    /// Whether everything that was asked holds.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.outcome == Outcome::Verified
    }

    /// 0 verified, 1 refused, 3 undecided.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        self.outcome.exit_code()
    }

    /// Adds a finding that refuses.
    pub(crate) fn refuse(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.outcome = Outcome::Refused;
    }

    /// The codes of the findings, each once, in order.
    #[must_use]
    pub fn codes(&self) -> Vec<&'static str> {
        let mut codes = Vec::new();
        for finding in &self.findings {
            if !codes.contains(&finding.code) {
                codes.push(finding.code);
            }
        }
        codes
    }

    /// The finding that decides: the first of those whose class is the outcome's.
    #[must_use]
    pub fn deciding(&self) -> Option<&Finding> {
        let class = match self.outcome {
            Outcome::Verified => return None,
            Outcome::Refused => Class::Refused,
            Outcome::Undecided => Class::Undecided,
        };
        self.findings
            .iter()
            .find(|finding| finding.class() == class)
    }

    /// One line that begins with `PASSED`, `FAILED` or `UNDECIDED`, safe to print anywhere.
    #[must_use]
    pub fn verdict(&self) -> String {
        human::verdict(self)
    }
}
