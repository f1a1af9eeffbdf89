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
//! inconclusive), and *the file is empty* (an [`ImportError`]).
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

pub(crate) mod measured;

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::{Digest, Evidence};

use super::{ImportError, Imported, fault};
use crate::kind::{DeliveryClaim, gates as wire};

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

/// Why a gate, or all of them together, did not pass.
///
/// A reason either *fails* (something was found) or leaves the gate *inconclusive* (something was
/// not looked at). [`GateReason::code`] is stable; a waiver names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum GateReason {
    /// Findings at or above the threshold.
    #[error("{count} findings at or above {}", threshold.name())]
    Findings {
        /// How many.
        count: u64,
        /// From which severity on.
        threshold: Severity,
    },
    /// Secrets in the image; any is one too many.
    #[error("{count} secrets in the image")]
    Secrets {
        /// How many.
        count: u64,
    },
    /// Files or packages under a licence outside the allow-set.
    #[error("{count} files or packages under licences outside the allow-set")]
    LicenseDrift {
        /// How many.
        count: u64,
    },
    /// The tool ran and looked at nothing, or did not recognise anything.
    #[error("nothing was scanned")]
    NothingScanned,
    /// The report lists errors of the tool.
    #[error("{count} errors in the report")]
    ToolErrors {
        /// How many.
        count: u64,
    },
    /// Rules that were asked for and not run.
    #[error("{count} rules were skipped")]
    SkippedRules {
        /// How many.
        count: u64,
    },
    /// An exit status with which the tool says that it did not finish.
    #[error("the tool ended with exit status {status}")]
    ExitStatus {
        /// The status.
        status: i64,
    },
    /// No exit status was given, and the report alone cannot show that the tool finished.
    #[error("no exit status was given")]
    ExitUnknown,
    /// The exit status says findings and the report has none, or the other way round.
    #[error("exit status {status} contradicts the report")]
    ExitContradicts {
        /// The status.
        status: i64,
    },
    /// The report lists packages and no vulnerability, and nobody says that vulnerabilities were looked for.
    #[error("nobody says that vulnerabilities were looked for")]
    ScannersUnknown,
    /// Findings that nobody scored: they cannot be shown to be below the threshold.
    #[error("{count} findings of unknown severity")]
    UnknownSeverity {
        /// How many.
        count: u64,
    },
    /// Files without a detected licence, or under one that is not on the SPDX list.
    #[error("{count} files or packages of unknown licence")]
    UnknownLicense {
        /// How many.
        count: u64,
    },
    /// The vulnerability database is older than the limit.
    #[error("the database is {age_s} s old, the limit is {limit_s} s")]
    StaleDatabase {
        /// Seconds from its last update to the evaluation.
        age_s: u64,
        /// Seconds allowed.
        limit_s: u64,
    },
    /// The age of the database is not known.
    #[error("the age of the database is not known")]
    DatabaseUnknown,
    /// The database that the version document names arrived after the scan: the scan used another.
    #[error("the database was downloaded after the scan")]
    DatabaseAfterScan,
    /// The operating system in the image gets no security updates, so its flaws are not recorded.
    #[error("the operating system in the image is at its end of life")]
    EndOfLife,
    /// The report itself says that something was left out.
    #[error("left out: {what}")]
    LeftOut {
        /// What was.
        what: &'static str,
    },
    /// Findings suppressed without a statement why.
    #[error("{count} findings were suppressed without a statement")]
    UnexplainedSuppression {
        /// How many.
        count: u64,
    },
    /// No report was given for a gate that a release needs.
    #[error("no report for the gate {}", gate.name())]
    MissingGate {
        /// Which.
        gate: GateKind,
    },
}

impl GateReason {
    /// Whether it fails the gate; otherwise it leaves it inconclusive.
    #[must_use]
    pub const fn fails(&self) -> bool {
        matches!(
            self,
            Self::Findings { .. } | Self::Secrets { .. } | Self::LicenseDrift { .. }
        )
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Findings { .. } => "findings",
            Self::Secrets { .. } => "secrets",
            Self::LicenseDrift { .. } => "license-drift",
            Self::NothingScanned => "nothing-scanned",
            Self::ToolErrors { .. } => "tool-errors",
            Self::SkippedRules { .. } => "skipped-rules",
            Self::ExitStatus { .. } => "exit-status",
            Self::ExitUnknown => "exit-unknown",
            Self::ExitContradicts { .. } => "exit-contradicts",
            Self::ScannersUnknown => "scanners-unknown",
            Self::UnknownSeverity { .. } => "unknown-severity",
            Self::UnknownLicense { .. } => "unknown-license",
            Self::StaleDatabase { .. } => "stale-database",
            Self::DatabaseUnknown => "database-unknown",
            Self::DatabaseAfterScan => "database-after-scan",
            Self::EndOfLife => "end-of-life",
            Self::LeftOut { .. } => "left-out",
            Self::UnexplainedSuppression { .. } => "unexplained-suppression",
            Self::MissingGate { .. } => "missing-gate",
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

/// The gates of a release, combined.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Evaluation {
    /// Failed beats inconclusive beats passed.
    pub outcome: GateOutcome,
    /// `delivery.gates.passed`, `.failed` or `.inconclusive`, as the outcome is; its own check has
    /// passed. The evidence holds one entry per document in the order of the gates; the subject is the
    /// image that Trivy's report is about, or empty without one.
    ///
    /// `high_vulns` is the number of distinct pairs of advisory alias group and package at HIGH or
    /// CRITICAL over the dependency and the container gates: one flaw of one package that both tools
    /// report is one. `license_drift` is `none`; the licences outside the allow-set, sorted and joined
    /// by `, `; or `unknown` where the licence gate did not see everything. `gates` stand in the
    /// order of [`GateKind::ALL`].
    pub imported: Imported<DeliveryClaim>,
    /// Why the gates did not pass, and which; empty exactly where they passed.
    pub reasons: Vec<(GateKind, GateReason)>,
}

/// Combines the reports of one release.
///
/// A gate without a report leaves the whole inconclusive; so does any gate without coverage, with
/// errors of its tool, or with findings that nobody scored. A finding at or above a gate's threshold fails
/// the whole, whatever else is unknown. Several reports of one gate (one per source tree) all count.
///
/// # Errors
/// `Import.Mismatch` where two reports are about two images; `Codec.*` where the claim does not hold.
pub fn evaluate(mut reports: Vec<GateReport>) -> Result<Evaluation, ImportError> {
    reports.sort_by_key(GateReport::kind);
    let mut reasons = Vec::new();
    for gate in GateKind::ALL {
        let of_gate = || reports.iter().filter(move |report| report.kind == gate);
        let why = of_gate().flat_map(|report| &report.reasons);
        reasons.extend(why.map(|reason| (gate, reason.clone())));
        if of_gate().next().is_none() {
            reasons.push((gate, GateReason::MissingGate { gate }));
        }
    }
    let mut images = reports.iter().filter_map(|report| report.image);
    let image = images.next();
    if images.any(|other| Some(other) != image) {
        return Err(fault::mismatch("reports", "reports about one image"));
    }
    let license_drift = license_drift(&reports, &reasons);
    let high_vulns = distinct(reports.iter().flat_map(|report| &report.advisories));
    let evidence = reports
        .iter()
        .flat_map(|report| report.evidence.iter().cloned())
        .collect();
    let gates = reports.into_iter().map(|report| report.gate).collect();
    let fields = wire::Gates::new(high_vulns, license_drift, gates);
    let subject = Vec::from_iter(image);
    let outcome = GateOutcome::of(reasons.iter().map(|(_, reason)| reason));
    let imported = match outcome {
        GateOutcome::Failed => {
            let claim = wire::GatesFailed::new(fields);
            Imported::new(claim, evidence, subject).map(|i| dispatch(i, DeliveryClaim::GatesFailed))
        }
        GateOutcome::Inconclusive => {
            let claim = wire::GatesInconclusive::new(fields);
            Imported::new(claim, evidence, subject)
                .map(|i| dispatch(i, DeliveryClaim::GatesInconclusive))
        }
        GateOutcome::Passed => {
            let claim = wire::GatesPassed::new(fields);
            Imported::new(claim, evidence, subject).map(|i| dispatch(i, DeliveryClaim::GatesPassed))
        }
    }?;
    Ok(Evaluation {
        outcome,
        imported,
        reasons,
    })
}

fn dispatch<C>(
    imported: Imported<C>,
    kind: impl FnOnce(C) -> DeliveryClaim,
) -> Imported<DeliveryClaim> {
    let Imported {
        claim,
        evidence,
        subject,
    } = imported;
    Imported {
        claim: kind(claim),
        evidence,
        subject,
    }
}

fn license_drift(reports: &[GateReport], reasons: &[(GateKind, GateReason)]) -> String {
    let named: BTreeSet<&str> = reports
        .iter()
        .flat_map(|r| r.drift.licenses.iter().map(String::as_str))
        .collect();
    if !named.is_empty() {
        return named.into_iter().collect::<Vec<_>>().join(", ");
    }
    let drifted = reports
        .iter()
        .fold(0u64, |sum, report| sum.saturating_add(report.drift.count));
    if drifted > 0 {
        // OSV-Scanner says that a package violates its allow-list, in words that are not repeated.
        return format!("{drifted} packages");
    }
    let unseen = reasons.iter().any(|(gate, _)| *gate == GateKind::License);
    if unseen {
        "unknown".to_owned()
    } else {
        "none".to_owned()
    }
}

/// A known flaw of one package at HIGH or CRITICAL, under all its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advisory {
    ecosystem: String,
    package: String,
    ids: BTreeSet<String>,
}

impl Advisory {
    pub(crate) fn new<'a>(
        ids: impl IntoIterator<Item = &'a String>,
        ecosystem: &str,
        package: &str,
    ) -> Self {
        let ids = ids.into_iter().cloned().collect();
        Self {
            ecosystem: ecosystem.to_owned(),
            package: package.to_owned(),
            ids,
        }
    }
}

/// Distinct (advisory alias group, package): advisories of one package that share a name, directly or
/// through another, are one.
///
/// Disjoint sets over the advisories, so that a report of a million findings takes no longer than
/// sorting it.
fn distinct<'a>(advisories: impl IntoIterator<Item = &'a Advisory>) -> u64 {
    let mut owners: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut groups = 0u64;
    for advisory in advisories {
        let this = parents.len();
        parents.push(this);
        groups = groups.saturating_add(1);
        for id in &advisory.ids {
            let key = (
                advisory.ecosystem.as_str(),
                advisory.package.as_str(),
                id.as_str(),
            );
            let owner = *owners.entry(key).or_insert(this);
            let (from, to) = (root(&mut parents, this), root(&mut parents, owner));
            if from != to
                && let Some(parent) = parents.get_mut(from)
            {
                *parent = to;
                groups = groups.saturating_sub(1);
            }
        }
    }
    groups
}

/// The representative of a set, halving the path to it.
fn root(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(&parent) = parents.get(at)
        && parent != at
    {
        let next = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = next;
        }
        at = next;
    }
    at
}

/// Licences outside the allow-set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Drift {
    count: u64,
    licenses: BTreeSet<String>,
}
