//! What the gate importers have in common, and how their results become one claim.
//!
//! An importer ([`semgrep`](super::semgrep), [`osv_scanner`](super::osv_scanner),
//! [`trivy`](super::trivy), [`scancode`](super::scancode)) reads one report into a [`GateReport`]:
//! the gate as it will stand in the claim, every reason why it does not pass, and the evidence.
//! [`evaluate`] combines the reports of a release into `delivery.gates.passed`, `.failed` or
//! `.inconclusive`.
//!
//! Three things are never mixed up: *no findings* (a report with coverage and none), *the tool did
//! not run* (no coverage, an exit status that says so, or no report for a required gate:
//! inconclusive), and *the file is empty* (an [`ImportError`](super::ImportError)).
//!
//! In the claim, `errors` counts the errors that a tool reports, and one for each other reason that leaves
//! its gate inconclusive and is no count of its own (an exit status, an old database, skipped rules):
//! a reader of the receipt sees that the gate is not clean without knowing the reasons.
//!
//! Nothing that a tool's report says in its own words enters the claim: severities, counts, the
//! tool's version, and SPDX identifiers from the SPDX list only. Secrets, messages and paths stay out.
//!
//! **Does not prove** that a report is genuine or complete: reports are not signed, and the issuer of
//! the receipt answers for having run the tools. Only Trivy's names what it looked at by digest; the
//! reports of Semgrep, OSV-Scanner and ScanCode name a tree of files, and that it was the source of the
//! released image is the issuer's word.

mod advisory;
mod evaluation;
pub(crate) mod measured;
pub(crate) mod path;
mod reason;

use std::collections::BTreeSet;

use jwp_core::{Digest, Evidence};

pub(crate) use self::advisory::Advisory;
pub use self::{
    evaluation::{Evaluation, evaluate},
    reason::GateReason,
};
use crate::kind::gates as wire;

/// The four gates that a release needs, in the order of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GateKind {
    /// Static analysis of the source (Semgrep).
    Sast,
    /// Known flaws of the dependencies (OSV-Scanner).
    Sca,
    /// Known flaws, secrets and misconfiguration in the image (Trivy).
    Container,
    /// Licences of the source (ScanCode).
    License,
}

impl GateKind {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Sast, Self::Sca, Self::Container, Self::License];

    /// The word in the claim.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sast => "sast",
            Self::Sca => "sca",
            Self::Container => "container",
            Self::License => "license",
        }
    }
}

/// How bad a finding is, after the importer's table; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Judges nothing by itself.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// The word in the claim.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What the caller knows of a run beside its report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateContext {
    /// Exit status of the tool.
    pub exit_code: Option<i64>,
    /// Digest of the command line, for the evidence entry.
    pub argv_digest: Option<Digest>,
    /// The severity from which on a finding fails the gate. `None`: the owner's (high for Semgrep
    /// and OSV-Scanner, critical for Trivy). ScanCode has none: any drift fails.
    pub threshold: Option<Severity>,
}

impl GateContext {
    /// Nothing is known but the exit status.
    #[must_use]
    pub fn exited(status: i64) -> Self {
        Self {
            exit_code: Some(status),
            ..Self::default()
        }
    }

    /// With another threshold than the owner's.
    #[must_use]
    pub fn with_threshold(mut self, threshold: Severity) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// With the digest of the command line.
    #[must_use]
    pub fn with_argv_digest(mut self, digest: Digest) -> Self {
        self.argv_digest = Some(digest);
        self
    }
}

/// One report, read: the gate as it will stand in the claim, and what the claim does not carry.
#[derive(Debug, Clone)]
pub struct GateReport {
    kind: GateKind,
    gate: wire::Gate,
    reasons: Vec<GateReason>,
    advisories: Vec<Advisory>,
    drift: Drift,
    /// The manifest of the image that the report is about, where it names one.
    image: Option<Digest>,
    evidence: Vec<Evidence>,
}

impl GateReport {
    /// Which of the four gates.
    #[must_use]
    pub const fn kind(&self) -> GateKind {
        self.kind
    }

    /// The gate as it will stand in the claim.
    #[must_use]
    pub const fn gate(&self) -> &wire::Gate {
        &self.gate
    }

    /// Every reason why the gate does not pass, in order; none: it passes.
    #[must_use]
    pub fn reasons(&self) -> &[GateReason] {
        &self.reasons
    }

    /// Whether the gate passed, failed or decided nothing.
    #[must_use]
    pub fn outcome(&self) -> GateOutcome {
        GateOutcome::of(&self.reasons)
    }

    /// The report, and what else was read with it.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

/// What a gate, or all of them together, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GateOutcome {
    /// Something was found. It beats everything else.
    Failed,
    /// Something was not looked at.
    Inconclusive,
    /// Everything was looked at and nothing found.
    Passed,
}

impl GateOutcome {
    fn of<'a>(reasons: impl IntoIterator<Item = &'a GateReason>) -> Self {
        let worst = |so_far, reason: &GateReason| match (so_far, reason.fails()) {
            (Self::Failed, _) | (_, true) => Self::Failed,
            _ => Self::Inconclusive,
        };
        reasons.into_iter().fold(Self::Passed, worst)
    }
}

/// Licences outside the allow-set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Drift {
    count: u64,
    licenses: BTreeSet<String>,
}
