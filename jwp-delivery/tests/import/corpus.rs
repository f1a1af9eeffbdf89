//! Public documents of many tools and versions, where they are at hand: `JWP_SHARED` names a folder that holds them in
//! `corpus/<tool>`. None may make an importer panic, and every refusal has a stable code and words.

use std::{collections::BTreeMap, fs, path::PathBuf};

use jwp_core::{Digest, Timestamp};
use jwp_delivery::{
    compute::bucket::Bucketing,
    import::{
        ImportError, argo, attestation, cdevents, cloudevents,
        gates::{GateContext, GateReport},
        oci::{self, ImageContext},
        openfeature::{self, Evaluations, Rule},
        osv_scanner::{self, OsvScannerRun},
        promql,
        scancode::{self, AllowedLicenses},
        semgrep,
        trivy::{self, ImageClosure, TrivyRun},
    },
};

use crate::{argo::canary_context, cdevents::real_scope, openfeature::owner_flag, support::image};

fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("JWP_SHARED");
    if shared.is_none() {
        println!("skipped: JWP_SHARED is not set");
    }
    Some(PathBuf::from(shared?).join("corpus"))
}

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
fn scanner_reports_are_read_or_refused() {
    let Some(corpus) = corpus() else {
        return;
    };
    for folder in FOLDERS {
        let mut counts: BTreeMap<(&str, String), u64> = BTreeMap::new();
        let folder_path = corpus.join(folder);
        for entry in fs::read_dir(&folder_path).unwrap() {
            let path = entry.unwrap().path();
            let report = fs::read(&path).unwrap();
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

#[test]
fn provenance_and_images_are_read_or_refused() {
    let Some(corpus) = corpus() else {
        return;
    };
    let (mut read, mut refused) = (0, BTreeMap::<&str, u32>::new());
    for folder in ["sigstore", "slsa", "rekor", "oci", "json-hostile"] {
        let mut open = vec![corpus.join(folder)];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let results = [
                attestation::import(&bytes, None, image()).map(|_| ()),
                oci::import(&bytes, &|_| None, &bytes, &ImageContext::new()).map(|_| ()),
            ];
            for result in results {
                match result {
                    Ok(()) => read += 1,
                    Err(error) => {
                        assert!(!error.to_string().is_empty());
                        *refused.entry(error.code()).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("read {read}, refused {refused:?}");
    assert!(refused.values().sum::<u32>() > 0);
}

#[test]
fn rollouts_answers_flags_and_events_are_read_or_refused() {
    let Some(corpus) = corpus() else {
        return;
    };
    for name in [
        "argo",
        "prometheus",
        "openfeature",
        "cloudevents",
        "cdevents",
    ] {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let refused = match name {
                "argo" => argo::import(&[&bytes], &canary_context()).err(),
                "prometheus" => promql::parse(&bytes).err(),
                "openfeature" => {
                    let rule = Rule::Flagd {
                        definition: &bytes,
                        bucketing: Bucketing::FlagdV2,
                    };
                    let details = Evaluations::Details(&bytes);
                    openfeature::import(rule, details, &owner_flag()).err()
                }
                "cloudevents" => cloudevents::parse(&bytes).err(),
                _ => cdevents::import(&bytes, &real_scope()).err(),
            };
            let code = refused.map_or("read", |error| {
                assert!(!error.to_string().is_empty(), "{}", path.display());
                error.code()
            });
            assert!(code == "read" || code.starts_with("Import."), "{code}");
            *counts.entry(code).or_default() += 1;
        }
        println!("{name}: {counts:?}");
        assert!(counts.values().sum::<usize>() > 10, "{name}");
    }
}
