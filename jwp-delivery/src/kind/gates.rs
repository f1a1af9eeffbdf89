//! `delivery.gates.*`: what the security and licence gates found.

use std::collections::BTreeSet;

use jwp_core::{Digest, Evidence, Invalid, Timestamp};
use serde::{Deserialize, Serialize};

use super::{count, outcome_claims};

/// The findings of all gates, whatever they came to.
///
/// ```cddl
/// gates = {
///   "high_vulns" => uint,
///   "license_drift" => tstr,
///   "gates" => [* gate],
///   ? "waivers" => [+ waiver],
/// }
/// ```
///
/// `high_vulns` counts distinct pairs of advisory alias group and package at HIGH or CRITICAL over
/// the dependency (`sca`) and container gates; findings of static analysis stand in their gate.
/// `gates` is empty in `delivery.gates.inconclusive` alone, where no tool ran. Waivers stand in
/// `delivery.gates.waived` and nowhere else: each gate that is missing or did not pass is named by one.
///
/// **Proves** that the issuer saw reports with these counts. **Does not prove** that the tools ran
/// over the image that is released, nor that their rules and databases find what matters. Trusted:
/// who runs the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Gates {
    /// One entry per report.
    pub gates: Vec<Gate>,
    /// Who let which finding pass.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "super::not_empty"
    )]
    pub waivers: Vec<Waiver>,
    /// Distinct vulnerabilities at HIGH or CRITICAL.
    pub high_vulns: u64,
    /// `none`, or what the licence gate saw.
    pub license_drift: String,
}

/// One gate: one report of one tool.
///
/// ```cddl
/// gate = {
///   "gate" => "sast" / "sca" / "container" / "license",
///   "tool" => tstr,
///   ? "version" => tstr,
///   ? "db_age_s" => uint,
///   "threshold" => tstr,
///   "critical" => uint,
///   "high" => uint,
///   "medium" => uint,
///   "low" => uint,
///   "info" => uint,
///   "unknown" => uint,
///   "suppressed" => uint,
///   "scanned" => uint,
///   "errors" => uint,
///   ? "exit_code" => exit-code,
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Gate {
    /// Findings of severity low.
    pub low: u64,
    /// `sast`, `sca`, `container` or `license`.
    pub gate: String,
    /// Findings of severity high; for licences, what is outside the allow-set.
    pub high: u64,
    /// Findings that judge nothing by themselves.
    pub info: u64,
    /// The tool's name.
    pub tool: String,
    /// Errors that the tool reports of itself, and one for each other reason to doubt that it finished
    /// (exit status, stale database, skipped rules).
    pub errors: u64,
    /// Findings of severity medium.
    pub medium: u64,
    /// What was looked at: files or packages.
    pub scanned: u64,
    /// Findings that nobody scored.
    pub unknown: u64,
    /// The tool's version, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Findings of severity critical.
    pub critical: u64,
    /// Age of the tool's database in seconds when it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_age_s: Option<u64>,
    /// The tool's exit status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// The severity from which on a finding fails the gate, or `allow-set` for licences.
    pub threshold: String,
    /// Findings that the tool's configuration hides.
    pub suppressed: u64,
}

/// One finding or failure that somebody let pass.
///
/// ```cddl
/// waiver = {
///   "gate" => tstr,
///   "code" => tstr,
///   "reason" => tstr,
///   "approver" => tstr,
///   "expires" => seconds,
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Waiver {
    /// The reason's stable code, or the advisory.
    pub code: String,
    /// The gate that it lets pass.
    pub gate: String,
    /// Why it may pass.
    pub reason: String,
    /// Until when.
    pub expires: Timestamp,
    /// Who says so.
    pub approver: String,
}

impl Waiver {
    /// A waiver of `code` in `gate` until `expires`.
    #[must_use]
    pub fn new(
        (gate, code): (impl Into<String>, impl Into<String>),
        reason: impl Into<String>,
        approver: impl Into<String>,
        expires: Timestamp,
    ) -> Self {
        Self {
            gate: gate.into(),
            code: code.into(),
            reason: reason.into(),
            approver: approver.into(),
            expires,
        }
    }
}

/// What the gates came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Inconclusive,
    Waived,
}

/// The gates that a release needs.
const REQUIRED: [&str; 4] = ["sast", "sca", "container", "license"];
const THRESHOLDS: [&str; 6] = ["critical", "high", "medium", "low", "info", "allow-set"];

impl Gate {
    /// A gate in which `tool` looked at `scanned` files or packages and found nothing. What it did find, and its version,
    /// are fields to be set.
    #[must_use]
    pub fn new(
        gate: impl Into<String>,
        tool: impl Into<String>,
        threshold: impl Into<String>,
        scanned: u64,
    ) -> Self {
        Self {
            gate: gate.into(),
            tool: tool.into(),
            version: None,
            db_age_s: None,
            threshold: threshold.into(),
            critical: 0,
            high: 0,
            medium: 0,
            low: 0,
            info: 0,
            unknown: 0,
            suppressed: 0,
            scanned,
            errors: 0,
            exit_code: None,
        }
    }

    /// Findings at or above the threshold; for licences, everything outside the allow-set.
    #[must_use]
    pub fn blocking(&self) -> u64 {
        let counts = [self.critical, self.high, self.medium, self.low, self.info];
        // An allow-set counts what is outside it as high.
        let through = match self.threshold.as_str() {
            "critical" => 1,
            "medium" => 3,
            "low" => 4,
            "info" => 5,
            _ => 2,
        };
        counts
            .iter()
            .take(through)
            .fold(0, |sum, n| sum.saturating_add(*n))
    }

    fn clean(&self) -> bool {
        self.blocking() == 0 && self.scanned > 0 && self.errors == 0 && self.unknown == 0
    }

    fn validate(&self) -> Result<(), Invalid> {
        if !REQUIRED.contains(&self.gate.as_str()) {
            return Err(Invalid::schema("gate", "sast, sca, container or license"));
        }
        if self.tool.is_empty() {
            return Err(Invalid::schema("tool", "the tool's name"));
        }
        if !THRESHOLDS.contains(&self.threshold.as_str()) {
            return Err(Invalid::schema("threshold", "a severity or allow-set"));
        }
        Ok(())
    }
}

impl Gates {
    /// Gates without waivers.
    #[must_use]
    pub fn new(high_vulns: u64, license_drift: impl Into<String>, gates: Vec<Gate>) -> Self {
        Self {
            high_vulns,
            license_drift: license_drift.into(),
            gates,
            waivers: Vec::new(),
        }
    }

    fn names(&self) -> BTreeSet<&str> {
        self.gates.iter().map(|gate| gate.gate.as_str()).collect()
    }

    fn validate_as(&self, outcome: Outcome) -> Result<(), Invalid> {
        if self.gates.is_empty() && outcome != Outcome::Inconclusive {
            return Err(Invalid::schema("gates", "at least one gate"));
        }
        self.gates.iter().try_for_each(Gate::validate)?;
        if self.license_drift.is_empty() {
            return Err(Invalid::schema("license_drift", "none, or what drifted"));
        }
        if (outcome == Outcome::Waived) == self.waivers.is_empty() {
            return Err(Invalid::schema(
                "waivers",
                "waivers exactly where gates are waived",
            ));
        }
        // One flaw that both gates report counts once, so the sum is an upper bound.
        let known = ["sca", "container"];
        let of_known = self.gates.iter().filter(|g| known.contains(&&*g.gate));
        let found = of_known.fold(0u64, |sum, gate| {
            sum.saturating_add(gate.critical).saturating_add(gate.high)
        });
        if self.high_vulns > found {
            return Err(Invalid::schema(
                "high_vulns",
                "no more than the sca and container gates found",
            ));
        }
        // OSV-Scanner's licence drift counts as high too: it is no vulnerability.
        let drifted = self.license_drift != "none";
        let vulnerable = |gate: &Gate| gate.critical > 0 || (gate.high > 0 && !drifted);
        let mut of_sca = self.gates.iter().filter(|gate| gate.gate == "sca");
        if self.high_vulns == 0 && of_sca.any(vulnerable) {
            return Err(Invalid::schema(
                "high_vulns",
                "what the sca gate found at high and critical",
            ));
        }
        self.validate_waivers()?;
        let complete = REQUIRED.iter().all(|gate| self.names().contains(gate));
        let clean = self.gates.iter().all(Gate::clean) && self.license_drift == "none";
        let vulns = self.high_vulns > 0;
        match outcome {
            Outcome::Passed if !complete => {
                Err(Invalid::schema("gates", "sast, sca, container and license"))
            }
            Outcome::Passed if !clean => Err(Invalid::schema(
                "gates",
                "coverage, no errors and nothing at the threshold",
            )),
            Outcome::Failed if self.gates.iter().all(|gate| gate.blocking() == 0) && !vulns => {
                let nothing = self.license_drift == "none" || self.license_drift == "unknown";
                if nothing && self.gates.iter().all(|gate| gate.suppressed == 0) {
                    // Secrets fail a gate without a severity; they are counted as critical.
                    return Err(Invalid::schema("gates", "a finding at the threshold"));
                }
                Ok(())
            }
            Outcome::Inconclusive if complete && clean => Err(Invalid::schema(
                "gates",
                "a gate that saw nothing, erred or is missing",
            )),
            _ => Ok(()),
        }
    }

    /// A waiver lets one gate pass, by name; what no waiver names did not pass.
    fn validate_waivers(&self) -> Result<(), Invalid> {
        if self.waivers.is_empty() {
            return Ok(());
        }
        let unnamed = |waiver: &Waiver| {
            let texts = [&waiver.code, &waiver.reason, &waiver.approver];
            !REQUIRED.contains(&waiver.gate.as_str()) || texts.iter().any(|text| text.is_empty())
        };
        if self.waivers.iter().any(unnamed) {
            return Err(Invalid::schema(
                "waivers",
                "a gate, and code, reason and approver named",
            ));
        }
        let passed = |name: &str| {
            let mut of_name = self.gates.iter().filter(|gate| gate.gate == name);
            let drifted = name == "license" && self.license_drift != "none";
            self.names().contains(name) && of_name.all(Gate::clean) && !drifted
        };
        let waived = |name: &str| self.waivers.iter().any(|waiver| waiver.gate == name);
        if !REQUIRED.iter().all(|name| passed(name) || waived(name)) {
            return Err(Invalid::schema(
                "waivers",
                "a waiver for each gate that did not pass",
            ));
        }
        if REQUIRED.iter().all(|name| passed(name)) {
            return Err(Invalid::schema("waivers", "a gate that did not pass"));
        }
        Ok(())
    }

    /// The tools that were run, in the order of the claim.
    fn cite_tools(&self) -> Vec<String> {
        let any = Digest::sha256(&[]);
        let cited = |gate: &Gate| {
            let tool = Evidence::new("report", any, 0).with_tool(&*gate.tool, gate.version.clone());
            tool.cited_tool().unwrap_or_else(|| gate.tool.clone())
        };
        let mut tools: Vec<String> = self.gates.iter().map(cited).collect();
        tools.dedup();
        tools
    }

    fn shown(&self) -> Vec<(&'static str, String)> {
        vec![
            ("high_vulns", count(self.high_vulns)),
            ("license_drift", self.license_drift.clone()),
        ]
    }
}

outcome_claims! {
    Gates, Gates::validate_as, |claim: &Gates, _| claim.cite_tools(), Gates::shown;
    /// Every gate ran with coverage and found nothing at its threshold.
    GatesPassed = "delivery.gates.passed", Outcome::Passed;
    /// At least one gate found something at its threshold.
    GatesFailed = "delivery.gates.failed", Outcome::Failed;
    /// At least one gate saw nothing, erred, or did not run: neither passed nor failed.
    GatesInconclusive = "delivery.gates.inconclusive", Outcome::Inconclusive;
    /// Gates that did not pass, let pass by name, with a reason and an end.
    GatesWaived = "delivery.gates.waived", Outcome::Waived;
}
