//! A gate while its report is read.

use std::collections::BTreeMap;

use jwp_core::{Digest, Evidence};

use super::{Advisory, Drift, GateContext, GateKind, GateReason, GateReport, Severity};
use crate::{compute::count, kind::gates::Gate};

/// The tool behind an importer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) gate: GateKind,
    pub(crate) role: &'static str,
}

/// A gate while its report is read.
#[derive(Debug)]
pub(crate) struct Measured {
    tool: Tool,
    version: String,
    exit_code: Option<i64>,
    pub(crate) db_age_s: Option<u64>,
    /// `None`: no finding is below it.
    pub(crate) threshold: Option<Severity>,
    /// The manifest of the image that the report was checked to be about.
    pub(crate) image: Option<Digest>,
    found: BTreeMap<Severity, u64>,
    unknown: u64,
    unlicensed: u64,
    pub(crate) suppressed: u64,
    pub(crate) scanned: u64,
    pub(crate) errors: u64,
    drift: Drift,
    advisories: Vec<Advisory>,
    reasons: Vec<GateReason>,
    evidence: Vec<Evidence>,
}

impl Measured {
    pub(crate) fn new(tool: Tool, version: String, report: &[u8], context: &GateContext) -> Self {
        let mut evidence =
            Evidence::of_bytes(tool.role, report).with_tool(tool.name, Some(version.clone()));
        evidence.media_type = Some("application/json".to_owned());
        evidence.argv_digest = context.argv_digest;
        evidence.exit_code = context.exit_code;
        Self {
            tool,
            version,
            exit_code: context.exit_code,
            db_age_s: None,
            threshold: None,
            image: None,
            found: BTreeMap::new(),
            unknown: 0,
            unlicensed: 0,
            suppressed: 0,
            scanned: 0,
            errors: 0,
            drift: Drift::default(),
            advisories: Vec::new(),
            reasons: Vec::new(),
            evidence: vec![evidence],
        }
    }

    /// Another document that was read for this gate. It names no tool: the report's entry does.
    pub(crate) fn evidence_of(&mut self, role: &str, bytes: &[u8]) {
        self.evidence.push(Evidence::of_bytes(role, bytes));
    }

    /// A finding; `None` is one of unknown severity.
    pub(crate) fn find(&mut self, severity: Option<Severity>) {
        let count = match severity {
            Some(severity) => self.found.entry(severity).or_default(),
            None => &mut self.unknown,
        };
        *count = count.saturating_add(1);
    }

    pub(crate) fn has_findings(&self) -> bool {
        self.unknown > 0 || !self.found.is_empty()
    }

    pub(crate) const fn suppress(&mut self) {
        self.suppressed = self.suppressed.saturating_add(1);
    }

    /// An error of the tool.
    pub(crate) const fn fault(&mut self) {
        self.errors = self.errors.saturating_add(1);
    }

    pub(crate) fn advise(&mut self, advisory: Advisory) {
        self.advisories.push(advisory);
    }

    /// A file or package outside the allow-set, and the licences that make it so.
    pub(crate) fn drift<'a>(&mut self, licenses: impl IntoIterator<Item = &'a String>) {
        self.drift.count = self.drift.count.saturating_add(1);
        self.drift.licenses.extend(licenses.into_iter().cloned());
    }

    pub(crate) const fn drifted(&self) -> bool {
        self.drift.count > 0
    }

    /// A file or package of unknown licence.
    pub(crate) const fn unlicensed(&mut self) {
        self.unlicensed = self.unlicensed.saturating_add(1);
    }

    pub(crate) fn reason(&mut self, reason: GateReason) {
        self.reasons.push(reason);
    }

    /// Adds the reasons that every gate has in common.
    pub(crate) fn finish(mut self) -> GateReport {
        if let Some(threshold) = self.threshold {
            let over = self.found.range(threshold..).map(|(_, &count)| count);
            let count = over.fold(0u64, u64::saturating_add);
            if count > 0 {
                self.reasons.push(GateReason::Findings { count, threshold });
            }
        }
        // What leaves the gate inconclusive and is no count of its own stands in `errors`, so that the
        // claim shows by itself that the gate is not clean.
        let errors = self.errors;
        self.errors =
            errors.saturating_add(count(self.reasons.iter().filter(|r| !r.fails()).count()));
        let counted = [
            (
                self.drift.count,
                GateReason::LicenseDrift {
                    count: self.drift.count,
                },
            ),
            (u64::from(self.scanned == 0), GateReason::NothingScanned),
            (errors, GateReason::ToolErrors { count: errors }),
            (
                self.unknown,
                GateReason::UnknownSeverity {
                    count: self.unknown,
                },
            ),
            (
                self.unlicensed,
                GateReason::UnknownLicense {
                    count: self.unlicensed,
                },
            ),
        ];
        self.reasons.extend(
            counted
                .into_iter()
                .filter(|(n, _)| *n > 0)
                .map(|(_, reason)| reason),
        );
        self.reasons.sort();
        let found = |severity| self.found.get(&severity).copied().unwrap_or_default();
        let Tool { name, gate, .. } = self.tool;
        let threshold = self.threshold.map_or("allow-set", Severity::name);
        let mut gate = Gate::new(gate.name(), name, threshold, self.scanned);
        gate.version = Some(self.version);
        gate.db_age_s = self.db_age_s;
        gate.critical = found(Severity::Critical);
        gate.high = found(Severity::High).saturating_add(self.drift.count);
        gate.medium = found(Severity::Medium);
        gate.low = found(Severity::Low);
        gate.info = found(Severity::Info);
        gate.unknown = self.unknown.saturating_add(self.unlicensed);
        gate.suppressed = self.suppressed;
        gate.errors = self.errors;
        gate.exit_code = self.exit_code;
        GateReport {
            kind: self.tool.gate,
            gate,
            reasons: self.reasons,
            advisories: self.advisories,
            drift: self.drift,
            image: self.image,
            evidence: self.evidence,
        }
    }
}
