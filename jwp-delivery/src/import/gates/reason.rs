//! Why a gate does not pass: what fails it, and what leaves it inconclusive.

use super::{GateKind, Severity};

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
