//! ScanCode Toolkit's JSON, output format 4 (read: 4.1.0 of 32.5.0): the licence gate.
//!
//! Source: real outputs of 32.5.0. Formats 2 (ScanCode 31) and 3 name their file members otherwise
//! and are refused; so are JSON lines, CycloneDX, SPDX and CSV.
//!
//! Each file's `detected_license_expression_spdx`, and each package's
//! `declared_license_expression_spdx` where packages were scanned, is parsed as an SPDX expression and
//! evaluated against an allow-set (Apache-2.0 and MIT, and what the caller adds): `OR` needs one side,
//! `AND` both.
//!
//! - *Drift*: an expression that no reading satisfies because of a licence on the SPDX list that is
//!   not allowed. An expression that does not parse and names such a licence is drift too: ScanCode is
//!   known to write an exception's identifier in the place of a licence.
//! - *Unknown*: no licence detected (`null`), a `LicenseRef-…`, or an expression that does not parse.
//!   A file of which nothing is known is not clean: the gate is inconclusive. `license_clues` are not
//!   detections.
//!
//! A file that could not be scanned looks free of licences; only `scan_errors` and
//! `headers[0].errors` tell. Both are errors here, and the file does not count as scanned.

mod license;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

pub use self::license::AllowedLicenses;
use self::license::Verdicts;
use super::{
    ImportError, fault,
    gates::{
        GateContext, GateKind, GateReason, GateReport,
        measured::{Measured, Tool},
        path::{PathRule, check_path},
    },
    version::tool_version,
};

const TOOL: Tool = Tool {
    name: "ScanCode",
    gate: GateKind::License,
    role: "license report",
};

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow)]
    headers: Vec<Header<'a>>,
    files: Vec<Resource>,
    /// Present where packages were scanned (`--package`).
    #[serde(default)]
    packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Header<'a> {
    tool_version: String,
    #[serde(borrow)]
    options: BTreeMap<String, &'a RawValue>,
    #[serde(default)]
    message: Option<String>,
    errors: Vec<String>,
    extra_data: ExtraData,
}

impl Header<'_> {
    fn scans_licenses(&self) -> bool {
        self.options
            .get("--license")
            .is_some_and(|value| value.get() == "true")
    }

    /// Whether an option is set that may leave out files, detections or packages: any that is not known to leave
    /// out nothing.
    fn leaves_out(&self) -> bool {
        let is_set = |value: &RawValue| {
            !matches!(value.get(), "false" | "null" | "0" | "[]" | "{}" | "\"\"")
        };
        let leaves_nothing = |name: &str| COMPLETE.binary_search(&name).is_ok();
        self.options
            .iter()
            .any(|(name, value)| is_set(value) && !leaves_nothing(name))
    }
}

/// Options that add to a scan, or say where and how it is written, sorted. Source: ScanCode 32.5.0 `scancode --help`.
const COMPLETE: [&str; 52] = [
    "--classify",
    "--consolidate",
    "--copyright",
    "--csv",
    "--custom-output",
    "--custom-template",
    "--cyclonedx",
    "--cyclonedx-xml",
    "--debian",
    "--email",
    "--facet",
    "--full-root",
    "--generated",
    "--html",
    "--html-app",
    "--info",
    "--json",
    "--json-lines",
    "--json-pp",
    "--license",
    "--license-clarity-score",
    "--license-diagnostics",
    "--license-policy",
    "--license-references",
    "--license-text",
    "--license-text-diagnostics",
    "--license-url-template",
    "--mark-source",
    "--max-email",
    "--max-in-memory",
    "--max-url",
    "--no-check-version",
    "--package",
    "--package-in-compiled",
    "--processes",
    "--quiet",
    "--spdx-rdf",
    "--spdx-tv",
    "--strip-root",
    "--summary",
    "--system-package",
    "--tallies",
    "--tallies-by-facet",
    "--tallies-key-files",
    "--tallies-with-details",
    "--timeout",
    "--todo",
    "--unknown-licenses",
    "--url",
    "--verbose",
    "--yaml",
    "input",
];

#[derive(Deserialize)]
struct ExtraData {
    files_count: u64,
}

#[derive(Deserialize)]
struct Resource {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    /// Absent (not null) where licences were not scanned, or in format 2.
    #[serde(default, deserialize_with = "present")]
    detected_license_expression_spdx: Option<Option<String>>,
    scan_errors: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    declared_license_expression_spdx: Option<String>,
}

/// Tells a member that is null from one that is absent.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads one report against the licences that are allowed.
///
/// `scanned` counts files (not folders) that were scanned without an error; `errors` the files with
/// `scan_errors` and what `headers[0].errors` says beyond them. In `findings`, drift counts as high
/// and an unknown licence as unknown.
///
/// A scan that was told to leave files or detections out (`--ignore`, `--max-depth`, `--license-score`, …), or with an
/// option that is not known here, leaves the gate inconclusive: the report does not show what they were.
///
/// # Errors
/// `Import.Json`, `Import.Incomplete` (`files_count` is not the number of files; a member is missing),
/// `Import.Unsupported` (another tool or output format), `Import.Value` (an unknown `type`, one path
/// twice), `Import.Path`.
pub fn import(
    report: &[u8],
    context: &GateContext,
    allowed: &AllowedLicenses,
) -> Result<GateReport, ImportError> {
    // The header is read by itself first, so that format 2 is refused by its name.
    let heading: Heading = fault::json(report)?;
    let [header] = heading.headers.as_slice() else {
        return Err(fault::value("/headers", "exactly one header"));
    };
    if header.tool_name != "scancode-toolkit" {
        return Err(fault::unsupported(
            "/headers/0/tool_name",
            "scancode-toolkit",
        ));
    }
    if header.output_format_version.split('.').next() != Some("4") {
        return Err(fault::unsupported(
            "/headers/0/output_format_version",
            "output format 4",
        ));
    }
    let read: Report<'_> = fault::json(report)?;
    let [header] = read.headers.as_slice() else {
        return Err(fault::value("/headers", "exactly one header"));
    };
    // A checkout calls itself as its tag.
    let version = header.tool_version.as_str();
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = tool_version(version, "/headers/0/tool_version", &["32"])?;
    let mut gate = Measured::new(TOOL, version, report, context);

    let mut files = 0u64;
    let mut paths = BTreeSet::new();
    let mut failed = BTreeSet::new();
    let mut verdicts = Verdicts::of(allowed);
    for (i, resource) in read.files.iter().enumerate() {
        check_path(&resource.path, PathRule::Relative, || {
            format!("/files/{i}/path")
        })?;
        if !paths.insert(resource.path.as_str()) {
            return Err(fault::value(
                format!("/files/{i}/path"),
                "a path that stands once",
            ));
        }
        if !resource.scan_errors.is_empty() {
            failed.insert(resource.path.as_str());
            gate.fault();
        }
        match resource.kind.as_str() {
            "directory" => continue,
            "file" => files = files.saturating_add(1),
            _ => {
                return Err(fault::value(
                    format!("/files/{i}/type"),
                    "file or directory",
                ));
            }
        }
        if !resource.scan_errors.is_empty() {
            continue;
        }
        let Some(expression) = &resource.detected_license_expression_spdx else {
            // The file was not looked at. Where licences were asked for, it alone was not.
            if header.scans_licenses() {
                gate.fault();
            }
            continue;
        };
        gate.scanned = gate.scanned.saturating_add(1);
        verdicts.judge(&mut gate, expression.as_deref());
    }
    if files != header.extra_data.files_count {
        return Err(fault::incomplete(
            "/files",
            "as many files as /headers/0/extra_data/files_count",
        ));
    }
    for package in read.packages.iter().flatten() {
        verdicts.judge(
            &mut gate,
            package.declared_license_expression_spdx.as_deref(),
        );
    }
    if !header.scans_licenses() {
        gate.scanned = 0;
    }
    if header.leaves_out() {
        let what = "files or detections, by an option of the scan";
        gate.reason(GateReason::LeftOut { what });
    }
    for error in &header.errors {
        // "Path: tree/file" repeats the file's own scan_errors.
        if !error
            .strip_prefix("Path: ")
            .is_some_and(|path| failed.contains(path))
        {
            gate.fault();
        }
    }
    if header
        .message
        .as_ref()
        .is_some_and(|message| !message.is_empty())
    {
        gate.fault();
    }
    match context.exit_code {
        None | Some(0) => {}
        // 1: a file could not be scanned. 2: usage.
        Some(status) => gate.reason(GateReason::ExitStatus { status }),
    }
    Ok(gate.finish())
}

#[derive(Deserialize)]
struct Heading {
    headers: Vec<HeadingHeader>,
}

#[derive(Deserialize)]
struct HeadingHeader {
    tool_name: String,
    output_format_version: String,
}
