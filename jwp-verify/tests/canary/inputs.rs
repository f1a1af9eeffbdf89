//! Nothing in the canary example is copied: another bucket, finding or event makes another receipt.

use std::{fs, path::Path, process};

use jwp_core::{Claim, Link, UnverifiedReceipt, cbor, chain::Receipts};
use jwp_delivery::kind::{
    analysis::AnalysisPassed,
    canary::CanaryStepped,
    dora::DoraSnapshot,
    flag::FlagEvaluated,
    gates::{GatesFailed, GatesPassed},
};

use crate::release::{self, Folder, Issuers};

/// The example's inputs in a folder of the test's own, with one document changed.
fn with(name: &str, document: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    try_with(name, document, change).unwrap()
}

fn try_with(
    name: &str,
    document: &str,
    change: impl Fn(&str) -> String,
) -> release::Result<Vec<u8>> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/canary/inputs");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
    copy(&from, &to);
    let path = to.join(document);
    let before = fs::read_to_string(&path).unwrap();
    let after = change(&before);
    assert_ne!(before, after, "the test changes nothing in {document}");
    fs::write(&path, after).unwrap();
    let image = "sha256:d2b07cc6ccc45ba3a1bdfb5219423f8bd1d1d8cb2b0a0d5aaea9ebe4f3fd8972";
    let seal = Link::from_bytes([7; 32]);
    let issuers = Issuers::example().unwrap();
    let release = release::owner(&Folder::new(&to), &issuers, image.parse().unwrap(), seal);
    fs::remove_dir_all(&to).unwrap();
    release.map(|release| release.bytes().to_vec())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// The claim of the chain's receipt of this kind.
#[track_caller]
fn claim<C: Claim>(chain: &[u8]) -> C {
    let of_kind = |receipt: &UnverifiedReceipt<'_>| receipt.unverified_payload().kind() == C::KIND;
    let receipt = Receipts::new(chain)
        .map(|item| item.unwrap().1)
        .find(of_kind);
    let receipt = receipt.expect("a receipt of the kind");
    cbor::from_slice(receipt.unverified_payload().claim_bytes()).unwrap()
}

#[test]
fn a_bucket_changes_the_analysis() {
    // 40 requests move from below 83 ms to above: p99 rises by half a millisecond in this bucket.
    let chain = with("bucket", "prometheus/canary-buckets.json", |text| {
        text.replace("168220", "168180")
    });
    let analysis: AnalysisPassed = claim(&chain);
    assert_eq!(analysis.0.p99_ms.to_string(), "84.2");
}

#[test]
fn an_error_changes_the_analysis() {
    let chain = with("error", "prometheus/canary-errors.json", |text| {
        text.replace("143", "160")
    });
    assert_eq!(
        claim::<AnalysisPassed>(&chain).0.error_rate.to_string(),
        "0.0022"
    );
}

#[test]
fn a_finding_changes_the_gates() {
    let chain = with("trivy", "trivy/report.json", |text| {
        text.replace("MEDIUM", "HIGH")
    });
    assert_eq!(claim::<GatesPassed>(&chain).0.high_vulns, 1);
    let chain = with("osv", "osv-scanner/report.json", |text| {
        text.replace("\"6.2\"", "\"7.2\"")
    });
    assert_eq!(claim::<GatesFailed>(&chain).0.high_vulns, 1);
}

#[test]
fn an_event_changes_the_figures_of_dora() {
    let chain = with("event", "cdevents/stream.jsonl", |text| {
        let last = text
            .lines()
            .rfind(|line| line.contains("service.rolledback"));
        let kept = text.lines().filter(|line| Some(*line) != last);
        kept.map(|line| format!("{line}\n")).collect()
    });
    let dora: DoraSnapshot = claim(&chain);
    assert_eq!((dora.failed_deployments, dora.deployments), (4, 345));
    assert_eq!(dora.change_failure_rate.to_string(), "0.012");
}

#[test]
fn a_counter_changes_the_flag() {
    let chain = with("counter", "flag/evaluations.json", |text| {
        text.replace("24106", "24116").replace("458010", "458000")
    });
    assert_eq!(claim::<FlagEvaluated>(&chain).admitted_count, 24_116);
    // The counters and the latency histogram are of the same evaluations.
    let one_more = |text: &str| text.replace("24106", "24107");
    let error = try_with("one-more", "flag/evaluations.json", one_more)
        .map(|_| ())
        .unwrap_err();
    assert!(error.to_string().contains("evaluation latency"), "{error}");
}

#[test]
fn an_event_of_the_controller_changes_the_canary() {
    let chain = with("controller", "argo-rollouts/events.json", |text| {
        // The last weight ends a minute later.
        let (before, done) = text.rsplit_once("Completed all 11 canary steps").unwrap();
        let (head, at) = before
            .rsplit_once("\"lastTimestamp\": \"2026-05-07T09:42:00Z\"")
            .unwrap();
        format!(
            "{head}\"lastTimestamp\": \"2026-05-07T09:43:00Z\"{at}Completed all 11 canary steps{done}"
        )
    });
    assert_eq!(
        claim::<CanaryStepped>(&chain).0.duration_min.to_string(),
        "13"
    );
}
