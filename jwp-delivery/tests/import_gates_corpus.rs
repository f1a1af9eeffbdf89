//! The gate importers over public reports of many tools and versions, where they are at hand:
//! `JWP_SHARED` names a folder with `corpus/{semgrep,osv,trivy,scancode,grype-syft,sarif}`.
//!
//! No report may make an importer panic, and every refusal has a stable code, a place and words.
#![cfg(test)]

use std::{collections::BTreeMap, path::Path};

use jwp_core::{Digest, Timestamp};
use jwp_delivery::import::{
    ImportError,
    gates::{GateContext, GateReport},
    osv_scanner::{self, OsvScannerRun},
    scancode::{self, AllowedLicenses},
    semgrep,
    trivy::{self, ImageClosure, TrivyRun},
};

const FOLDERS: [&str; 6] = ["semgrep", "osv", "trivy", "scancode", "grype-syft", "sarif"];

/// What Trivy says of itself and of the image in a report, so that its own documents reach the findings.
fn trivy_of_report(report: &[u8]) -> Result<GateReport, ImportError> {
    let value: serde_json::Value = serde_json::from_slice(report).unwrap_or_default();
    let config = value
        .pointer("/Metadata/ImageID")
        .and_then(|id| id.as_str()?.parse().ok());
    let config = config.unwrap_or_else(|| Digest::sha256(b"none"));
    // The public ones were written by builds that call themselves "dev".
    let dev = r#""Version": "dev""#;
    let report = String::from_utf8_lossy(report).replace(dev, r#""Version": "0.72.0""#);
    let version = if value.get("Trivy").is_some() {
        "0.72.0"
    } else {
        "0.55.2"
    };
    let created = value
        .get("CreatedAt")
        .and_then(|time| time.as_str()?.get(..10));
    let day = created.unwrap_or("2026-01-01");
    let version =
        format!(r#"{{"Version":"{version}","VulnerabilityDB":{{"UpdatedAt":"{day}T00:00:00Z"}}}}"#);
    trivy::import(
        report.as_bytes(),
        &TrivyRun {
            gate: &GateContext::exited(0),
            version: version.as_bytes(),
            scanners: None,
            closure: ImageClosure::new(Digest::sha256(b"manifest"), config),
            now: Timestamp::MAX,
            max_db_age_s: u64::MAX,
        },
    )
}

fn import(tool: &str, report: &[u8]) -> Result<GateReport, ImportError> {
    let gate = GateContext::exited(0);
    match tool {
        "Semgrep" => semgrep::import(report, &gate),
        "OSV-Scanner" => osv_scanner::import(
            report,
            &OsvScannerRun {
                gate: &gate,
                version: b"osv-scanner version: 1.8.5\n",
                stderr: Some(b"Scanned /src/Cargo.lock file and found 3 packages\n"),
            },
        ),
        "Trivy" => trivy_of_report(report),
        _ => scancode::import(report, &gate, &AllowedLicenses::default()),
    }
}

#[test]
fn public_reports_are_read_or_refused_with_a_reason() {
    let Some(shared) = std::env::var_os("JWP_SHARED") else {
        println!("skipped: JWP_SHARED is not set");
        return;
    };
    for folder in FOLDERS {
        let mut counts: BTreeMap<(&str, String), u64> = BTreeMap::new();
        let folder_path = Path::new(&shared).join("corpus").join(folder);
        for entry in std::fs::read_dir(&folder_path).unwrap() {
            let path = entry.unwrap().path();
            let report = std::fs::read(&path).unwrap();
            for tool in ["Semgrep", "OSV-Scanner", "Trivy", "ScanCode"] {
                let outcome = match import(tool, &report) {
                    Ok(read) => {
                        assert_eq!(read.gate().tool, tool);
                        format!("{:?}", read.outcome())
                    }
                    Err(error) => {
                        assert!(error.code().starts_with("Import."), "{}", path.display());
                        assert!(!error.to_string().trim().is_empty(), "{}", path.display());
                        error.code().to_owned()
                    }
                };
                *counts.entry((tool, outcome)).or_default() += 1;
            }
        }
        assert!(!counts.is_empty(), "{} is empty", folder_path.display());
        for ((tool, outcome), n) in counts {
            println!("{folder:12} {tool:12} {outcome:20} {n}");
        }
    }
}
