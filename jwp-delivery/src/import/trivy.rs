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

use jwp_core::{Digest, Timestamp};
use serde::{Deserialize, de::IgnoredAny};

use super::{
    ImportError, fault,
    gates::{
        Advisory, GateContext, GateKind, GateReason, GateReport, Severity,
        measured::{Measured, Tool},
    },
    rfc3339,
    version::tool_version,
};
use crate::compute::count;

const TOOL: Tool = Tool {
    name: "Trivy",
    gate: GateKind::Container,
    role: "container report",
};

/// How old the database may be unless the caller says otherwise: one day, in seconds.
///
/// Trivy's database is rebuilt every six hours (`NextUpdate`), and the tool fetches a newer one by
/// itself; one that is four rebuilds behind was kept on purpose or by accident.
pub const MAX_DB_AGE_S: u64 = 86_400;

/// How far the clocks of the scanner and of the issuer may differ, in seconds; the same as between the
/// issuer and a verifier.
const CLOCK_SKEW_S: u64 = 300;

/// The names of one released image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageClosure {
    /// Digest of the manifest.
    pub image: Digest,
    /// Digest of the config; Docker and Trivy call it the image ID.
    pub config: Digest,
    /// Digest of an index that names the manifest, where there is one.
    pub index: Option<Digest>,
}

impl ImageClosure {
    /// A manifest and its config.
    #[must_use]
    pub const fn new(image: Digest, config: Digest) -> Self {
        Self {
            image,
            config,
            index: None,
        }
    }

    /// With the index that names the manifest.
    #[must_use]
    pub const fn with_index(mut self, index: Digest) -> Self {
        self.index = Some(index);
        self
    }
}

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

#[derive(Deserialize)]
struct Database {
    #[serde(rename = "UpdatedAt")]
    updated_at: String,
    #[serde(default, rename = "DownloadedAt")]
    downloaded_at: Option<String>,
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
    check_database(&mut gate, about.database.as_ref(), &read.created_at, run)?;
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

fn check_image(metadata: &Metadata, closure: &ImageClosure) -> Result<(), ImportError> {
    let image_id = metadata.image_id.as_deref().filter(|id| !id.is_empty());
    if let Some(image_id) = image_id {
        return if image_id.parse() == Ok(closure.config) {
            Ok(())
        } else {
            Err(fault::mismatch(
                "/Metadata/ImageID",
                "the digest of the released image's config",
            ))
        };
    }
    let digests = || metadata.repo_digests.iter().flatten();
    let names = |wanted: Digest| {
        digests().any(|name| {
            name.rsplit_once('@')
                .is_some_and(|(_, d)| d.parse() == Ok(wanted))
        })
    };
    if names(closure.image) {
        Ok(())
    } else if closure.index.is_some_and(names) {
        // An index names several platforms; which of them was scanned, the report does not say.
        Err(fault::mismatch(
            "/Metadata/RepoDigests",
            "the image's manifest, not only its index",
        ))
    } else if digests().next().is_some() {
        Err(fault::mismatch(
            "/Metadata/RepoDigests",
            "the digest of the released image's manifest",
        ))
    } else {
        Err(fault::incomplete("/Metadata", "ImageID or RepoDigests"))
    }
}

fn check_database(
    gate: &mut Measured,
    database: Option<&Database>,
    created_at: &str,
    run: &TrivyRun<'_>,
) -> Result<(), ImportError> {
    let now = run.now.as_secs();
    let created = seconds(created_at, "/CreatedAt")?;
    if created > now.saturating_add(CLOCK_SKEW_S) {
        return Err(fault::value("/CreatedAt", "a time that is not after now"));
    }
    let Some(database) = database else {
        gate.reason(GateReason::DatabaseUnknown);
        return Ok(());
    };
    let place = "version document /VulnerabilityDB/UpdatedAt";
    let updated = seconds(&database.updated_at, place)?;
    // A database from the future has no age, and the clock that says so cannot be trusted.
    let age = now
        .checked_sub(updated)
        .ok_or_else(|| fault::value(place, "a time that is not after now"))?;
    gate.db_age_s = created.checked_sub(updated);
    if age > run.max_db_age_s {
        gate.reason(GateReason::StaleDatabase {
            age_s: age,
            limit_s: run.max_db_age_s,
        });
    }
    let downloaded = match database.downloaded_at.as_deref() {
        // Go's zero time: the database was built on this machine.
        None | Some("0001-01-01T00:00:00Z") => updated,
        Some(text) => seconds(text, "version document /VulnerabilityDB/DownloadedAt")?,
    };
    if downloaded.max(updated) > created {
        gate.reason(GateReason::DatabaseAfterScan);
    }
    Ok(())
}

/// RFC 3339, as Go's `time.Time` writes it; fractions of a second are cut off.
fn seconds(text: &str, at: &str) -> Result<u64, ImportError> {
    Ok(rfc3339::read_ms(text, at)? / 1000)
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
