//! OSV-Scanner's `--format json` report, version 1 (read: 1.8.5): the dependency gate (SCA).
//!
//! Source: OSV-Scanner v1.8.5, `pkg/models/results.go` (the report) and
//! `pkg/osvscanner/osvscanner.go` (what it prints while scanning).
//!
//! The unit is the *group*: the advisories and aliases that describe one flaw of one package. Its
//! `max_severity` is a CVSS base score as text, read exactly and rated as FIRST's CVSS v3.1 §5 does:
//!
//! | `max_severity` | counts as |
//! |---|---|
//! | 9.0–10.0 | critical |
//! | 7.0–8.9 | high |
//! | 4.0–6.9 | medium |
//! | 0.1–3.9 | low |
//! | 0.0 | informational |
//! | `""` or absent | unknown; critical where an id begins `MAL-` (malware) |
//!
//! A group that call analysis deems not called still counts: the package is still there.
//!
//! The report lists only packages *with* findings, so `"results": []` is the same for "clean" and
//! for "scanned nothing". The exit status (0 none, 1 findings, 127 error, 128 no packages) and the
//! lines "found N packages" on standard error are therefore part of the input; without them the gate
//! is inconclusive. The report does not say which version wrote it either: `--version`'s output
//! does.
//!
//! `packageSource`, the shape in older documentation, is not what any release writes, and refused.
//! So is the shape of OSV-Scanner 2.

mod log;

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::Decimal;
use serde::{Deserialize, de::IgnoredAny};

use self::log::read_log;
use super::{
    ImportError, fault,
    gates::{
        Advisory, GateContext, GateKind, GateReason, GateReport, Severity,
        measured::{Measured, Tool},
        path::{PathRule, check_path},
    },
    version::tool_version,
};

const TOOL: Tool = Tool {
    name: "OSV-Scanner",
    gate: GateKind::Sca,
    role: "sca report",
};

/// What OSV-Scanner's report leaves out and a run shows.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an input: its three parts are all there is"
)]
pub struct OsvScannerRun<'a> {
    /// Exit status, threshold.
    pub gate: &'a GateContext,
    /// Output of `osv-scanner --version`.
    pub version: &'a [u8],
    /// Standard error of the run: its lines "found N packages" are the coverage.
    pub stderr: Option<&'a [u8]>,
}

#[derive(Deserialize)]
struct Report {
    results: Vec<PackageSource>,
    /// Always written. Without it, Semgrep's `"results": []` would read as a clean scan.
    #[serde(rename = "experimental_config")]
    _config: Config,
    /// Only OSV-Scanner 2 writes it.
    #[serde(default)]
    image_metadata: Option<IgnoredAny>,
    /// Only OSV-Scanner 2 writes it.
    #[serde(default)]
    license_summary: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "licenses")]
    _licenses: IgnoredAny,
}

#[derive(Deserialize)]
struct PackageSource {
    source: Source,
    #[serde(default)]
    packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Source {
    path: String,
}

#[derive(Deserialize)]
struct Package {
    package: PackageInfo,
    #[serde(default)]
    vulnerabilities: Option<Vec<Vulnerability>>,
    #[serde(default)]
    groups: Option<Vec<Group>>,
    #[serde(default)]
    license_violations: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct PackageInfo {
    #[serde(default)]
    name: String,
    #[serde(default)]
    ecosystem: String,
    #[serde(default)]
    commit: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
}

#[derive(Deserialize)]
struct Group {
    ids: Vec<String>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    max_severity: Option<String>,
    /// Spelled with an underscore by some releases.
    #[serde(
        default,
        rename = "experimentalAnalysis",
        alias = "experimental_analysis"
    )]
    analysis: Option<BTreeMap<String, Analysis>>,
}

#[derive(Deserialize)]
struct Analysis {
    called: bool,
}

/// Reads one report, with what the run shows beside it.
///
/// `scanned` is the number of packages that the lines on standard error count, less those that it
/// says it left out; `suppressed` the number of vulnerabilities that configuration filtered.
/// Violations of OSV-Scanner's own licence allow-list count as drift.
///
/// # Errors
/// `Import.Json`, `Import.Incomplete`, `Import.Unsupported` (another version or shape),
/// `Import.Value` (a score that is no number from 0 to 10, a vulnerability in no group), `Import.Path`.
pub fn import(report: &[u8], run: &OsvScannerRun<'_>) -> Result<GateReport, ImportError> {
    let version = version(run.version)?;
    let read: Report = fault::json(report)?;
    if read.image_metadata.is_some() || read.license_summary.is_some() {
        return Err(fault::unsupported(
            "/image_metadata or /license_summary",
            "the shape of OSV-Scanner 1",
        ));
    }
    let mut gate = Measured::new(TOOL, version, report, run.gate);
    gate.threshold = Some(run.gate.threshold.unwrap_or(Severity::High));
    gate.evidence_of("sca version", run.version);

    for (i, source) in read.results.iter().enumerate() {
        check_path(&source.source.path, PathRule::AbsoluteAllowed, || {
            format!("/results/{i}/source/path")
        })?;
        for (j, package) in source.packages.iter().flatten().enumerate() {
            import_package(&mut gate, package, &format!("/results/{i}/packages/{j}"))?;
        }
    }

    if let Some(stderr) = run.stderr {
        gate.evidence_of("sca log", stderr);
        let log = read_log(stderr)?;
        gate.scanned = log.packages;
        gate.suppressed = gate.suppressed.saturating_add(log.filtered);
        let errors = log.ignored.saturating_add(log.failed);
        gate.errors = gate.errors.saturating_add(errors);
        if log.unexplained > 0 {
            gate.reason(GateReason::UnexplainedSuppression {
                count: log.unexplained,
            });
        }
    }
    let findings = gate.has_findings() || gate.drifted();
    match run.gate.exit_code {
        None => gate.reason(GateReason::ExitUnknown),
        // Findings of which none is called: exit status 0 with a group in the report.
        Some(0) if !findings || read.results.iter().all(all_uncalled) => {}
        Some(1) if findings => {}
        Some(status @ (0 | 1)) => gate.reason(GateReason::ExitContradicts { status }),
        // 127 general error, 128 no packages found, 129 API failed, 130 …
        Some(status) => gate.reason(GateReason::ExitStatus { status }),
    }
    Ok(gate.finish())
}

fn import_package(gate: &mut Measured, package: &Package, at: &str) -> Result<(), ImportError> {
    let info = &package.package;
    let (ecosystem, name) = match (info.name.as_str(), info.commit.as_deref()) {
        ("", Some(commit)) if !commit.is_empty() => ("git", commit),
        ("", _) => {
            return Err(fault::incomplete(
                format!("{at}/package"),
                "a name or a commit",
            ));
        }
        (name, _) => (info.ecosystem.as_str(), name),
    };
    let groups = package.groups.as_deref().unwrap_or_default();
    // Every vulnerability stands in a group; a report that says otherwise hides something.
    let grouped: BTreeSet<&str> = groups
        .iter()
        .flat_map(|group| group.ids.iter().map(String::as_str))
        .collect();
    for (k, vulnerability) in package.vulnerabilities.iter().flatten().enumerate() {
        if !grouped.contains(vulnerability.id.as_str()) {
            let place = format!("{at}/vulnerabilities/{k}/id");
            return Err(fault::value(
                place,
                "an id that stands in one of the groups",
            ));
        }
    }
    for (k, group) in groups.iter().enumerate() {
        if group.ids.is_empty() {
            return Err(fault::incomplete(
                format!("{at}/groups/{k}/ids"),
                "at least one id",
            ));
        }
        let score = group.max_severity.as_deref().unwrap_or_default();
        let malware = group.ids.iter().any(|id| id.starts_with("MAL-"));
        let severity = match rate(score) {
            Ok(_) | Err(NoScore::Absent) if malware => Some(Severity::Critical),
            Ok(severity) => Some(severity),
            Err(NoScore::Absent) => None,
            Err(NoScore::Bad) => {
                let place = format!("{at}/groups/{k}/max_severity");
                return Err(fault::value(
                    place,
                    "a CVSS score from 0.0 to 10.0, as text",
                ));
            }
        };
        gate.find(severity);
        if severity.is_some_and(|severity| severity >= Severity::High) {
            let aliases = group.aliases.iter().flatten();
            gate.advise(Advisory::new(
                group.ids.iter().chain(aliases),
                osv_ecosystem(ecosystem),
                name,
            ));
        }
    }
    if package
        .license_violations
        .as_ref()
        .is_some_and(|violations| !violations.is_empty())
    {
        gate.drift([]);
    }
    Ok(())
}

enum NoScore {
    Absent,
    Bad,
}

/// CVSS v3.1 specification §5, "Qualitative Severity Rating Scale".
fn rate(score: &str) -> Result<Severity, NoScore> {
    if score.is_empty() {
        return Err(NoScore::Absent);
    }
    let tenths = |n: i128| Decimal::new(n, -1);
    let plain = score.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let score: Option<Decimal> = score.parse().ok().filter(|_| plain);
    if score.is_none() {
        return Err(NoScore::Bad);
    }
    if score < tenths(0) || score > tenths(100) {
        return Err(NoScore::Bad);
    }
    Ok(if score >= tenths(90) {
        Severity::Critical
    } else if score >= tenths(70) {
        Severity::High
    } else if score >= tenths(40) {
        Severity::Medium
    } else if score > tenths(0) {
        Severity::Low
    } else {
        Severity::Info
    })
}

/// Whether call analysis looked at every group of the source and found none of them called.
fn all_uncalled(source: &PackageSource) -> bool {
    source
        .packages
        .iter()
        .flatten()
        .flat_map(|package| package.groups.iter().flatten())
        .all(|group| {
            group.analysis.as_ref().is_some_and(|analysis| {
                !analysis.is_empty() && analysis.values().all(|one| !one.called)
            })
        })
}

/// `osv-scanner version: 1.8.5`, then lines about the build.
fn version(output: &[u8]) -> Result<String, ImportError> {
    let text = core::str::from_utf8(output).unwrap_or_default();
    let Some(version) = text
        .lines()
        .find_map(|line| line.strip_prefix("osv-scanner version: "))
    else {
        return Err(fault::incomplete(
            "version output",
            "the line `osv-scanner version: …`",
        ));
    };
    tool_version(version.trim_end(), "version output", &["1"])
}

/// OSV's ecosystem (before a `:` and its release) as a package-URL type; others as they are.
///
/// Source: OSV schema, "Defined ecosystems"; package-url, "Known types".
fn osv_ecosystem(ecosystem: &str) -> &str {
    match ecosystem.split(':').next().unwrap_or_default() {
        "crates.io" => "cargo",
        "Alpine" | "Chainguard" | "Wolfi" => "apk",
        "Debian" | "Ubuntu" => "deb",
        "AlmaLinux" | "Photon OS" | "Red Hat" | "Rocky Linux" | "SUSE" | "openSUSE" => "rpm",
        "Go" => "golang",
        "Hex" => "hex",
        "Maven" => "maven",
        "NuGet" => "nuget",
        "Packagist" => "composer",
        "Pub" => "pub",
        "PyPI" => "pypi",
        "RubyGems" => "gem",
        other => other,
    }
}
