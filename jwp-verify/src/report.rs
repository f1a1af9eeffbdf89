//! What a verification came to: one outcome, every finding, and the facts that it rests on.

pub mod human;
pub mod json;

use jwp_core::{Digest, Identifier, Kind, Link, Timestamp};
use serde::Serialize;

use crate::{
    code::Class,
    policy::{Expectations, MAX_RECEIPTS, RememberedHead, Stage},
};
pub use crate::{
    facts::{Facts, Head, SealFacts},
    finding::{Finding, Place},
    unchecked::{MAX_LISTED, NotChecked},
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
    /// The link that the chain must end with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Link>,
    /// A head that was seen before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered_head: Option<RememberedHead>,
    /// How old the head may be, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u64>,
    /// Whether a receipt of a key that has ended since is refused.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub proven_time: bool,
    /// Most receipts that were read, where it was not [`MAX_RECEIPTS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_receipts: Option<u64>,
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
            head: expect.head,
            remembered_head: expect.remembered,
            max_age_s: expect.max_age_s,
            proven_time: expect.proven_time,
            max_receipts: Some(expect.max_receipts).filter(|max| *max != MAX_RECEIPTS),
        }
    }
}

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
}
