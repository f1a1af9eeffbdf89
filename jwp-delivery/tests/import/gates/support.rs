//! How each gate importer is run here, and what is compared.

use std::fs;

use jwp_core::Timestamp;
use jwp_delivery::import::{
    ImportError,
    gates::{GateContext, GateReport},
    osv_scanner::{self, OsvScannerRun},
    scancode::{self, AllowedLicenses},
    semgrep,
    trivy::{self, ImageClosure, TrivyRun},
};

use crate::support::{IMAGE, read, testdata};

pub(crate) fn run_semgrep(report: &[u8], exit: i64) -> Result<GateReport, ImportError> {
    semgrep::import(report, &GateContext::exited(exit))
}

pub(crate) fn run_osv(report: &[u8], exit: i64, stderr: &str) -> Result<GateReport, ImportError> {
    osv_scanner::import(
        report,
        &OsvScannerRun {
            gate: &GateContext::exited(exit),
            version: &read("osv-scanner/1.8.5/version.txt"),
            stderr: Some(&read(&format!("osv-scanner/1.8.5/{stderr}"))),
        },
    )
}

pub(crate) const CONFIG: &str =
    "sha256:7ad0bf26a28a02ef37a3a145448e7b63b4370e624189e93c5ac0a9715f992a4c";

pub(crate) fn closure() -> ImageClosure {
    ImageClosure::new(IMAGE.parse().unwrap(), CONFIG.parse().unwrap())
}

/// 2026-05-07T09:10:00Z
pub(crate) const NOW: u64 = 1_778_145_000;

pub(crate) fn run_trivy_with(
    report: &[u8],
    version: &[u8],
    closure: ImageClosure,
    now: u64,
) -> Result<GateReport, ImportError> {
    let gate = GateContext::exited(0);
    let now = Timestamp::from_secs(now).unwrap();
    trivy::import(
        report,
        &TrivyRun {
            gate: &gate,
            version,
            scanners: None,
            closure,
            now,
            max_db_age_s: trivy::MAX_DB_AGE_S,
        },
    )
}

pub(crate) fn run_trivy(report: &[u8]) -> Result<GateReport, ImportError> {
    run_trivy_with(report, &read("trivy/0.55.2/version.json"), closure(), NOW)
}

pub(crate) fn run_scancode(report: &[u8], exit: i64) -> Result<GateReport, ImportError> {
    scancode::import(
        report,
        &GateContext::exited(exit),
        &AllowedLicenses::default(),
    )
}

pub(crate) fn codes(report: &GateReport) -> Vec<&'static str> {
    report
        .reasons()
        .iter()
        .map(|reason| reason.code())
        .collect()
}

/// Compares with the golden beside the report; `JWP_BLESS=1` writes it anew.
#[track_caller]
pub(crate) fn golden(path: &str, report: &GateReport) {
    let reasons: Vec<String> = report.reasons().iter().map(ToString::to_string).collect();
    let evidence: Vec<_> = report.evidence().iter().collect();
    let value = serde_json::json!({
        "outcome": format!("{:?}", report.outcome()),
        "reasons": reasons,
        "gate": report.gate(),
        "evidence": evidence,
    });
    let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
    let path = testdata(path);
    if std::env::var_os("JWP_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{}", path.display());
}

pub(crate) fn match_of(severity: &str) -> String {
    format!(
        r#"{{"check_id":"r","path":"src/a.py","start":{{"line":1,"col":1,"offset":0}},"end":{{"line":1,"col":2,"offset":1}},"extra":{{"message":"m","severity":"{severity}","metadata":{{}}}}}}"#
    )
}
