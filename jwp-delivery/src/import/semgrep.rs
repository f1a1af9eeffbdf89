//! Semgrep's `--json` report, version 1 (read: 1.30, 1.94, 1.182): the static-analysis gate.
//!
//! The report says `version` (the tool's; there is no schema version), `results`, `errors` and
//! `paths.scanned`. Source: `semgrep_output_v1.atd`, and real outputs of 1.30.0 and 1.182.0.
//!
//! | Semgrep's word | counts as |
//! |---|---|
//! | `CRITICAL` | critical |
//! | `ERROR`, `HIGH` | high |
//! | `WARNING`, `MEDIUM` | medium |
//! | `INFO`, `LOW` | low |
//! | `INVENTORY`, `EXPERIMENT` | informational: rules that judge nothing |
//!
//! Nothing is keyed on `fingerprint` or `lines`: without a login they are the text "requires
//! login". The exit status says nothing about findings (0 with findings; 1 only with `--error`), so
//! they are counted here. Every failing run still prints `"results": []`: what was scanned and
//! which errors there were is read before anything is called clean.

use std::collections::BTreeSet;

use serde::{Deserialize, de::IgnoredAny};

use super::{
    ImportError, fault,
    gates::{
        GateContext, GateKind, GateReason, GateReport, Severity,
        measured::{Measured, Tool},
        path::{PathRule, check_path},
    },
    version::tool_version,
};
use crate::compute::count;

const TOOL: Tool = Tool {
    name: "Semgrep",
    gate: GateKind::Sast,
    role: "sast report",
};

#[derive(Deserialize)]
struct Report {
    version: String,
    results: Vec<Match>,
    errors: Vec<Fault>,
    paths: Paths,
    #[serde(default)]
    skipped_rules: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Match {
    #[expect(dead_code, reason = "a match without a rule is not Semgrep's")]
    check_id: String,
    path: String,
    #[expect(dead_code, reason = "a match without a position is not Semgrep's")]
    start: Position,
    extra: Extra,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its shape is asked for")]
struct Position {
    line: u64,
    col: u64,
}

#[derive(Deserialize)]
struct Extra {
    severity: String,
    #[serde(default)]
    is_ignored: Option<bool>,
}

#[derive(Deserialize)]
struct Fault {
    level: String,
    #[serde(default)]
    rule_id: Option<IgnoredAny>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    spans: Option<Vec<Span>>,
}

#[derive(Deserialize)]
struct Span {
    #[serde(default)]
    file: Option<String>,
}

#[derive(Deserialize)]
struct Paths {
    scanned: Vec<String>,
    /// Written under `--verbose` alone.
    #[serde(default)]
    skipped: Option<Vec<Skipped>>,
}

#[derive(Deserialize)]
struct Skipped {
    reason: String,
}

/// Reasons for which a file was not meant to be looked at: the caller's exclusions, and what no rule is for.
/// Source: `semgrep_output_v1.atd`, `skip_reason`; every other one is a fault or a limit.
const NOT_MEANT: [&str; 11] = [
    "always_skipped",
    "binary",
    "cli_exclude_flags_match",
    "cli_include_flags_do_not_match",
    "dotfile",
    "excluded_by_config",
    "gitignore_patterns_match",
    "irrelevant_rule",
    "nonexistent_file",
    "semgrepignore_patterns_match",
    "wrong_language",
];

/// Reads one report.
///
/// `errors` in the claim counts entries of level `error`. An entry of level `warn` (a partial parse, a
/// time-out) takes the files it names out of the coverage; one that names none that was scanned counts as an
/// error, because nobody can say what was left out. Rules that were skipped leave the gate
/// inconclusive, and so do files in `paths.skipped` for another reason than that somebody excluded them.
///
/// # Errors
/// `Import.Json` where the bytes are not one JSON text; `Import.Incomplete` where a member is
/// missing; `Import.Unsupported` for another major version or another document;
/// `Import.Value` for a word or number that the tables do not have; `Import.Path` for a path that is absolute,
/// leaves the tree, or is no path.
pub fn import(report: &[u8], context: &GateContext) -> Result<GateReport, ImportError> {
    let read: Report = fault::json(report)?;
    let version = tool_version(&read.version, "/version", &["1"])?;
    let mut gate = Measured::new(TOOL, version, report, context);
    gate.threshold = Some(context.threshold.unwrap_or(Severity::High));

    for (i, found) in read.results.iter().enumerate() {
        check_path(&found.path, PathRule::Relative, || {
            format!("/results/{i}/path")
        })?;
        let severity = match found.extra.severity.as_str() {
            "CRITICAL" => Severity::Critical,
            "ERROR" | "HIGH" => Severity::High,
            "WARNING" | "MEDIUM" => Severity::Medium,
            "INFO" | "LOW" => Severity::Low,
            "EXPERIMENT" | "INVENTORY" => Severity::Info,
            _ => {
                let place = format!("/results/{i}/extra/severity");
                return Err(fault::value(place, "a severity word of Semgrep 1"));
            }
        };
        if found.extra.is_ignored == Some(true) {
            gate.suppress();
        } else {
            gate.find(Some(severity));
        }
    }

    let mut scanned = BTreeSet::new();
    for (i, path) in read.paths.scanned.iter().enumerate() {
        check_path(path, PathRule::Relative, || format!("/paths/scanned/{i}"))?;
        scanned.insert(path.as_str());
    }
    // Taken out together: with every error by itself, the time would grow with errors times paths.
    let mut uncovered = BTreeSet::new();
    let mut skipped_rules = count(read.skipped_rules.len());
    for (i, fault) in read.errors.iter().enumerate() {
        let files = fault
            .spans
            .iter()
            .flatten()
            .filter_map(|span| span.file.as_deref());
        let named: BTreeSet<&str> = fault.path.as_deref().into_iter().chain(files).collect();
        match fault.level.as_str() {
            "error" => gate.fault(),
            // A name that was not scanned does not say what was left out either.
            "warn" if !named.iter().any(|path| scanned.contains(path)) => gate.fault(),
            // A rule that this version cannot run is reported at level `info`.
            "info" if fault.rule_id.is_some() => skipped_rules = skipped_rules.saturating_add(1),
            "warn" | "info" => {}
            _ => {
                return Err(fault::value(
                    format!("/errors/{i}/level"),
                    "error, warn or info",
                ));
            }
        }
        if fault.level != "info" {
            uncovered.extend(named);
        }
    }
    // Releases differ in upper and lower case.
    let meant = |file: &Skipped| {
        !NOT_MEANT
            .iter()
            .any(|reason| file.reason.eq_ignore_ascii_case(reason))
    };
    if read.paths.skipped.iter().flatten().any(meant) {
        let what = "files that could not be analysed in full";
        gate.reason(GateReason::LeftOut { what });
    }
    scanned.retain(|path| !uncovered.contains(path));
    gate.scanned = count(scanned.len());
    if skipped_rules > 0 {
        gate.reason(GateReason::SkippedRules {
            count: skipped_rules,
        });
    }
    match context.exit_code {
        // 0: with and without findings. 1: findings under `--error`.
        None | Some(0) => {}
        Some(1) if !read.results.is_empty() => {}
        Some(status @ 1) => gate.reason(GateReason::ExitContradicts { status }),
        // 2 fatal, 3 target does not parse (`--strict`), 4 and 5 rules, 7 configuration, 8 language, …
        Some(status) => gate.reason(GateReason::ExitStatus { status }),
    }
    Ok(gate.finish())
}
