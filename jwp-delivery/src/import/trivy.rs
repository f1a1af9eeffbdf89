//! Trivy's `-f json` report, SchemaVersion 2 (read: 0.55.2): the container gate.
//!
//! Source: Trivy v0.55.2, `pkg/types/report.go`, `vulnerability.go`, `finding.go`; the version
//! document is the output of `trivy version -f json`, because the report of this version names neither
//! the tool's version nor its database.
//!
//! - Severities are Trivy's own words: `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`; `UNKNOWN` (or none)
//!   counts as unknown. Vulnerabilities, failed misconfiguration checks and licence findings all count
//!   in the gate; only vulnerabilities count in `high_vulns`. Any secret counts as critical and fails
//!   the gate, whatever its threshold.
//! - `Results` absent means that nothing was recognised, with exit status 0: not clean. Coverage is the
//!   number of targets whose packages were checked (`os-pkgs`, `lang-pkgs`).
//! - A report does not say what was looked for. Packages are listed for an inventory too (`--list-all-pkgs`), and without one
//!   vulnerability nobody knows whether any was looked for: inconclusive, unless the caller names the scanners.
//!   A target without its packages is there because it was checked.
//! - The report must be about the released image. `Metadata.ImageID` is the digest of the image's
//!   *config* and must be the one that was built; where it is absent, `Metadata.RepoDigests` must name
//!   the image's manifest. The digest of an index alone does not say which platform was scanned.
//! - The age of the database in the claim is the time from its `UpdatedAt` to the scan. It is too old
//!   where more than the limit lies between `UpdatedAt` and `now`: an old scan with a database that was
//!   young then is no newer for it. A database that was downloaded after the report was written is
//!   not the one that was used.

mod database;
mod image;

use jwp_core::Timestamp;
use serde::{Deserialize, de::IgnoredAny};

use self::{database::Database, image::check_image};
pub use self::{database::MAX_DB_AGE_S, image::ImageClosure};
use super::{
    ImportError, fault,
    gates::{
        Advisory, GateContext, GateKind, GateReason, GateReport, Severity,
        measured::{Measured, Tool},
    },
    version::tool_version,
};
use crate::compute::count;

const TOOL: Tool = Tool {
    name: "Trivy",
    gate: GateKind::Container,
    role: "container report",
};

/// What Trivy's report leaves out.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an input: its parts are all there is"
)]
pub struct TrivyRun<'a> {
    /// Exit status, threshold.
    pub gate: &'a GateContext,
    /// Output of `trivy version -f json`, taken where and when the scan ran.
    pub version: &'a [u8],
    /// What was given to `--scanners` (`vuln,secret` is what Trivy takes by itself); `None` where nobody knows.
    pub scanners: Option<&'a str>,
    /// The image that the report must be about.
    pub closure: ImageClosure,
    /// The time at which the gates are evaluated.
    pub now: Timestamp,
    /// The greatest age of the database at `now`, in seconds; [`MAX_DB_AGE_S`] where the caller has no other.
    pub max_db_age_s: u64,
}

#[derive(Deserialize)]
struct Heading {
    #[serde(rename = "SchemaVersion")]
    schema_version: u64,
    #[serde(rename = "ArtifactType")]
    artifact_type: String,
}

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "CreatedAt")]
    created_at: String,
    #[serde(rename = "Metadata")]
    metadata: Metadata,
    #[serde(default, rename = "Results")]
    results: Option<Vec<Target>>,
    /// Written by releases of 2026 and later.
    #[serde(default, rename = "Trivy")]
    trivy: Option<TrivyInfo>,
}

#[derive(Deserialize)]
struct TrivyInfo {
    #[serde(rename = "Version")]
    version: String,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default, rename = "OS")]
    os: Option<Os>,
    #[serde(default, rename = "ImageID")]
    image_id: Option<String>,
    #[serde(default, rename = "RepoDigests")]
    repo_digests: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Os {
    #[serde(default, rename = "Family")]
    family: String,
    #[serde(default, rename = "EOSL")]
    end_of_life: bool,
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "Class")]
    class: String,
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default, rename = "Packages")]
    packages: Option<Vec<IgnoredAny>>,
    #[serde(default, rename = "Vulnerabilities")]
    vulnerabilities: Option<Vec<Vulnerability>>,
    #[serde(default, rename = "Misconfigurations")]
    misconfigurations: Option<Vec<Misconfiguration>>,
    #[serde(default, rename = "Secrets")]
    secrets: Option<Vec<Secret>>,
    #[serde(default, rename = "Licenses")]
    licenses: Option<Vec<Scored>>,
    #[serde(default, rename = "ExperimentalModifiedFindings")]
    modified: Option<Vec<Modified>>,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(rename = "PkgName")]
    package: String,
    #[serde(default, rename = "PkgIdentifier")]
    identifier: Option<PackageIdentifier>,
    #[serde(default, rename = "Severity")]
    severity: Option<String>,
}

#[derive(Deserialize)]
struct PackageIdentifier {
    #[serde(default, rename = "PURL")]
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Misconfiguration {
    #[serde(default, rename = "Severity")]
    severity: Option<String>,
    #[serde(rename = "Status")]
    status: String,
}

#[derive(Deserialize)]
struct Scored {
    #[serde(default, rename = "Severity")]
    severity: Option<String>,
}

#[derive(Deserialize)]
struct Secret {
    #[serde(rename = "RuleID")]
    _rule: IgnoredAny,
}

#[derive(Deserialize)]
struct Modified {
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default, rename = "Statement")]
    statement: String,
    #[serde(rename = "Finding")]
    _finding: IgnoredAny,
}

#[derive(Deserialize)]
struct VersionDocument {
    #[serde(rename = "Version")]
    version: String,
    #[serde(default, rename = "VulnerabilityDB")]
    database: Option<Database>,
}

/// Reads one report, with the version document and the image that it must be about.
///
/// # Errors
/// `Import.Json`, `Import.Incomplete`, `Import.Unsupported` (another schema, artifact or version),
/// `Import.Value` (a word, number or time outside the tables), `Import.Mismatch` (another image, or
/// two documents of different versions).
pub fn import(report: &[u8], run: &TrivyRun<'_>) -> Result<GateReport, ImportError> {
    // The heading is read by itself first, so that other documents are refused by their name.
    let heading: Heading = fault::json(report)?;
    if heading.schema_version != 2 {
        return Err(fault::unsupported("/SchemaVersion", "SchemaVersion 2"));
    }
    if heading.artifact_type != "container_image" {
        return Err(fault::unsupported("/ArtifactType", "container_image"));
    }
    let read: Report = fault::json(report)?;
    let about: VersionDocument =
        fault::json(run.version).map_err(|error| fault::within(error, "version document"))?;
    let version = tool_version(&about.version, "version document /Version", &["0"])?;
    if read
        .trivy
        .is_some_and(|trivy| trivy.version != about.version)
    {
        return Err(fault::mismatch(
            "/Trivy/Version",
            "the version in the version document",
        ));
    }
    check_image(&read.metadata, &run.closure)?;

    let mut gate = Measured::new(TOOL, version, report, run.gate);
    gate.threshold = Some(run.gate.threshold.unwrap_or(Severity::Critical));
    gate.image = Some(run.closure.image);
    gate.evidence_of("container version", run.version);
    database::check(&mut gate, about.database.as_ref(), &read.created_at, run)?;
    let os = read.metadata.os.as_ref();
    if os.is_some_and(|os| os.end_of_life) {
        gate.reason(GateReason::EndOfLife);
    }
    // An operating system was found, and its packages were not looked at.
    let mut targets = read.results.iter().flatten();
    if os.is_some_and(|os| !os.family.is_empty()) && targets.all(|t| t.class != "os-pkgs") {
        let what = "the packages of the operating system";
        gate.reason(GateReason::LeftOut { what });
    }
    match run.scanners {
        Some(all) if all.split(',').any(|scanner| scanner.trim() == "vuln") => {}
        Some(_) => {
            let what = "known vulnerabilities, which were not looked for";
            gate.reason(GateReason::LeftOut { what });
        }
        None if read.results.as_deref().is_none_or(shows_its_scanner) => {}
        None => gate.reason(GateReason::ScannersUnknown),
    }
    let (mut secrets, mut unexplained) = (0, 0);
    for (i, target) in read.results.iter().flatten().enumerate() {
        import_target(&mut gate, target, &format!("/Results/{i}"))?;
        secrets = count(target.secrets.as_ref().map_or(0, Vec::len)).saturating_add(secrets);
        let silent = |modified: &&Modified| modified.statement.trim().is_empty();
        unexplained = count(target.modified.iter().flatten().filter(silent).count())
            .saturating_add(unexplained);
    }
    if secrets > 0 {
        gate.reason(GateReason::Secrets { count: secrets });
    }
    if unexplained > 0 {
        gate.reason(GateReason::UnexplainedSuppression { count: unexplained });
    }
    // Trivy ends with 0 whatever it found, unless it was told a status with --exit-code.
    match run.gate.exit_code {
        None | Some(0) => {}
        Some(_) if gate.has_findings() => {}
        Some(status) => gate.reason(GateReason::ExitStatus { status }),
    }
    Ok(gate.finish())
}

/// Whether results show that vulnerabilities were looked for: by one that was found, or by targets without packages,
/// which no inventory makes. Source: Trivy `pkg/scanner/local`, `pkg/scanner/ospkg`.
fn shows_its_scanner(results: &[Target]) -> bool {
    let found = |target: &Target| {
        let modified = target.modified.iter().flatten();
        target
            .vulnerabilities
            .as_ref()
            .is_some_and(|all| !all.is_empty())
            || modified.into_iter().any(|one| one.kind == "vulnerability")
    };
    let lists = |target: &Target| target.packages.as_ref().is_some_and(|all| !all.is_empty());
    results.iter().any(found) || !results.iter().any(lists)
}

fn import_target(gate: &mut Measured, target: &Target, at: &str) -> Result<(), ImportError> {
    match target.class.as_str() {
        "os-pkgs" | "lang-pkgs" => gate.scanned = gate.scanned.saturating_add(1),
        "config" | "secret" | "license" | "license-file" | "custom" => {}
        _ => return Err(fault::value(format!("{at}/Class"), "a Class of Trivy 0.55")),
    }
    for (j, found) in target.vulnerabilities.iter().flatten().enumerate() {
        let at = format!("{at}/Vulnerabilities/{j}");
        if found.id.is_empty() || found.package.is_empty() {
            return Err(fault::incomplete(at, "VulnerabilityID and PkgName"));
        }
        let severity = rate(found.severity.as_deref(), &at)?;
        gate.find(severity);
        if severity.is_some_and(|severity| severity >= Severity::High) {
            let purl = found.identifier.as_ref().and_then(|id| id.purl.as_deref());
            let ecosystem = purl
                .and_then(|purl| purl.strip_prefix("pkg:")?.split_once('/'))
                .map_or_else(|| trivy_ecosystem(&target.kind), |(kind, _)| kind);
            gate.advise(Advisory::new([&found.id], ecosystem, &found.package));
        }
    }
    for (j, found) in target.misconfigurations.iter().flatten().enumerate() {
        let at = format!("{at}/Misconfigurations/{j}");
        match found.status.as_str() {
            "FAIL" => gate.find(rate(found.severity.as_deref(), &at)?),
            "EXCEPTION" => gate.suppress(),
            "PASS" => {}
            _ => {
                return Err(fault::value(
                    format!("{at}/Status"),
                    "FAIL, PASS or EXCEPTION",
                ));
            }
        }
    }
    for (j, found) in target.licenses.iter().flatten().enumerate() {
        gate.find(rate(
            found.severity.as_deref(),
            &format!("{at}/Licenses/{j}"),
        )?);
    }
    // Any secret is one too many, however the rule that found it is rated.
    for _ in target.secrets.iter().flatten() {
        gate.find(Some(Severity::Critical));
    }
    for _ in target.modified.iter().flatten() {
        gate.suppress();
    }
    Ok(())
}

/// `None` is unknown.
fn rate(word: Option<&str>, at: &str) -> Result<Option<Severity>, ImportError> {
    match word {
        Some("CRITICAL") => Ok(Some(Severity::Critical)),
        Some("HIGH") => Ok(Some(Severity::High)),
        Some("MEDIUM") => Ok(Some(Severity::Medium)),
        Some("LOW") => Ok(Some(Severity::Low)),
        Some("UNKNOWN" | "") | None => Ok(None),
        Some(_) => Err(fault::value(
            format!("{at}/Severity"),
            "a Severity of Trivy 0.55",
        )),
    }
}

/// Trivy's result types as package-URL types, for findings without a package URL; others as they are.
fn trivy_ecosystem(kind: &str) -> &str {
    match kind {
        "cargo" | "rustbinary" => "cargo",
        "alpine" | "chainguard" | "wolfi" => "apk",
        "debian" | "ubuntu" => "deb",
        "alma"
        | "amazon"
        | "azurelinux"
        | "cbl-mariner"
        | "centos"
        | "fedora"
        | "opensuse"
        | "opensuse-leap"
        | "opensuse-tumbleweed"
        | "oracle"
        | "photon"
        | "redhat"
        | "rocky"
        | "sles" => "rpm",
        "gobinary" | "gomod" => "golang",
        "hex" => "hex",
        "gradle" | "jar" | "pom" | "sbt" => "maven",
        "node-pkg" | "npm" | "pnpm" | "yarn" => "npm",
        "dotnet-core" | "nuget" | "packages-props" => "nuget",
        "composer" | "composer-vendor" => "composer",
        "pub" => "pub",
        "pip" | "pipenv" | "poetry" | "python-pkg" => "pypi",
        "bundler" | "gemspec" => "gem",
        other => other,
    }
}
