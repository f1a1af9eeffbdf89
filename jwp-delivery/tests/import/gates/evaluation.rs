//! Several reports together: the outcome of all gates, and what the claim counts.

use jwp_core::{Claim as _, Digest, Evidence, Invalid};
use jwp_delivery::{
    DeliveryClaim,
    import::{
        gates::{Evaluation, GateKind, GateOutcome, GateReason, GateReport, evaluate},
        trivy::ImageClosure,
    },
    kind::gates::{Gates, GatesPassed},
};

use crate::{
    gates::support::{
        CONFIG, NOW, closure, run_osv, run_scancode, run_semgrep, run_trivy, run_trivy_with,
    },
    support::{IMAGE, changed, read},
};

/// Combines, and the claim's own check and kind must agree with the outcome.
#[track_caller]
fn combined(reports: Vec<GateReport>) -> Evaluation {
    let all = evaluate(reports).unwrap();
    let kind = match all.outcome {
        GateOutcome::Failed => "delivery.gates.failed",
        GateOutcome::Inconclusive => "delivery.gates.inconclusive",
        GateOutcome::Passed => "delivery.gates.passed",
        _ => "another",
    };
    assert_eq!(all.imported.claim.kind().name(), kind);
    assert_eq!(all.reasons.is_empty(), all.outcome == GateOutcome::Passed);
    all
}

#[track_caller]
fn fields(all: &Evaluation) -> &Gates {
    match &all.imported.claim {
        DeliveryClaim::GatesPassed(claim) => &claim.0,
        DeliveryClaim::GatesFailed(claim) => &claim.0,
        DeliveryClaim::GatesInconclusive(claim) => &claim.0,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn high_vulns(reports: Vec<GateReport>) -> u64 {
    fields(&combined(reports)).high_vulns
}

fn clean_gates() -> Vec<GateReport> {
    vec![
        run_semgrep(&read("semgrep/1.94.0/clean.json"), 0).unwrap(),
        run_osv(&read("osv-scanner/1.8.5/clean.json"), 0, "clean.stderr").unwrap(),
        run_trivy(&read("trivy/0.55.2/clean.json")).unwrap(),
        run_scancode(&read("scancode/32.5.0/ok.json"), 0).unwrap(),
    ]
}

#[test]
fn four_clean_gates_pass() {
    let mut gates = clean_gates();
    gates.reverse();
    let all = combined(gates);
    assert_eq!(all.outcome, GateOutcome::Passed);
    assert_eq!(
        (fields(&all).high_vulns, fields(&all).license_drift.as_str()),
        (0, "none")
    );
    assert_eq!(all.imported.subject, [IMAGE.parse().unwrap()]);
    let DeliveryClaim::GatesPassed(claim) = &all.imported.claim else {
        panic!("not passed")
    };
    let cited = [
        "Semgrep 1.94",
        "OSV-Scanner 1.8",
        "Trivy 0.55",
        "ScanCode 32.5",
    ];
    assert!(
        claim
            .cite(&all.imported.evidence)
            .into_iter()
            .map(Into::into)
            .eq(cited)
    );
    let evidence = all.imported.evidence.iter();
    let tools: Vec<_> = evidence.filter_map(Evidence::cited_tool).collect();
    assert_eq!(tools, cited);
}

#[test]
fn a_missing_gate_is_inconclusive() {
    for missing in 0..4 {
        let mut gates = clean_gates();
        let gate = gates.remove(missing).kind();
        let all = combined(gates);
        assert_eq!(all.outcome, GateOutcome::Inconclusive);
        assert_eq!(all.reasons, [(gate, GateReason::MissingGate { gate })]);
        let drift = if gate == GateKind::License {
            "unknown"
        } else {
            "none"
        };
        assert_eq!(fields(&all).license_drift, drift);
    }
    let none = combined(Vec::new());
    assert_eq!(
        (none.outcome, none.reasons.len()),
        (GateOutcome::Inconclusive, 4)
    );
}

#[test]
fn failed_beats_inconclusive() {
    let failing = run_semgrep(&read("semgrep/1.182.0/findings.json"), 0).unwrap();
    let blind = run_trivy(&read("trivy/0.55.2/nothing-recognised.json")).unwrap();
    let both = combined(vec![failing.clone(), blind.clone()]);
    assert_eq!(both.outcome, GateOutcome::Failed);
    assert_eq!(combined(vec![blind]).outcome, GateOutcome::Inconclusive);
    // A failing report beside a passing one of the same gate still fails.
    let mut gates = clean_gates();
    gates.push(failing);
    assert_eq!(combined(gates).outcome, GateOutcome::Failed);
}

/// Whatever fails one gate of four, or leaves it undecided, leaves a claim that shows it, and that its own check takes.
#[test]
fn every_reason_shows_in_the_claim() {
    let clean = read("osv-scanner/1.8.5/clean.json");
    let old = read("trivy/0.55.2/clean.json");
    let version = read("trivy/0.55.2/version.json");
    let semgrep = read("semgrep/1.94.0/clean.json");
    let undecided = [
        run_osv(&clean, 127, "clean.stderr"),
        run_osv(&read("osv-scanner/1.8.5/unscored.json"), 1, "clean.stderr"),
        run_trivy_with(&old, &version, closure(), NOW + 86_400),
        run_trivy_with(&old, br#"{"Version":"0.55.2"}"#, closure(), NOW),
        run_trivy(&read("trivy/0.55.2/nothing-recognised.json")),
        run_semgrep(&semgrep, 2),
        run_semgrep(&read("semgrep/1.182.0/missing-target.json"), 2),
        run_scancode(&read("scancode/32.5.0/ok.json"), 1),
    ];
    let failed = [
        run_semgrep(&read("semgrep/1.94.0/findings.json"), 0),
        run_osv(&read("osv-scanner/1.8.5/findings.json"), 1, "clean.stderr"),
        run_trivy(&read("trivy/0.55.2/critical.json")),
        run_trivy(&changed(
            "trivy/0.55.2/secret.json",
            "\"CRITICAL\"",
            "\"LOW\"",
        )),
        run_scancode(&read("scancode/32.5.0/drift.json"), 0),
    ];
    let undecided = undecided.map(|report| (report, GateOutcome::Inconclusive));
    let failed = failed.map(|report| (report, GateOutcome::Failed));
    for (report, outcome) in undecided.into_iter().chain(failed) {
        let report = report.unwrap();
        let mut gates = clean_gates();
        gates.retain(|gate| gate.kind() != report.kind());
        gates.push(report.clone());
        let all = combined(gates);
        assert_eq!(all.outcome, outcome, "{:?}", report.reasons());
        // Nobody can sign the same counts as passed.
        let passed = GatesPassed::new(fields(&all).clone());
        let clean = "coverage, no errors and nothing at the threshold";
        let refused = Err(Invalid::schema("gates", clean));
        assert_eq!(passed.validate(), refused, "{:?}", report.reasons());
    }
}

#[test]
fn one_flaw_of_one_package_counts_once() {
    let osv = || run_osv(&read("osv-scanner/1.8.5/findings.json"), 1, "clean.stderr").unwrap();
    let trivy = || run_trivy(&read("trivy/0.55.2/high.json")).unwrap();
    assert_eq!(high_vulns(vec![osv()]), 1);
    assert_eq!(high_vulns(vec![trivy()]), 1);
    // GHSA-35jh-r3h4-6jhm in the one is CVE-2021-23337 in the other.
    assert_eq!(high_vulns(vec![osv(), trivy()]), 1);
    assert_eq!(high_vulns(vec![osv(), osv(), trivy()]), 1);
    let critical = run_trivy(&read("trivy/0.55.2/critical.json")).unwrap();
    assert_eq!(high_vulns(vec![osv(), trivy(), critical]), 2);
    // Another package of the same name, in another ecosystem, is another package.
    let other = changed(
        "trivy/0.55.2/high.json",
        "pkg:npm/lodash",
        "pkg:pypi/lodash",
    );
    assert_eq!(high_vulns(vec![osv(), run_trivy(&other).unwrap()]), 2);
    // Static analysis is counted in its gate only.
    let sast = run_semgrep(&read("semgrep/1.182.0/findings.json"), 0).unwrap();
    assert_eq!(high_vulns(vec![sast]), 0);
    // HIGH below the container gate's threshold passes it, and is still counted.
    let mut gates = clean_gates();
    gates.retain(|gate| gate.kind() != GateKind::Container);
    gates.push(trivy());
    let all = combined(gates);
    assert_eq!(
        (all.outcome, fields(&all).high_vulns),
        (GateOutcome::Passed, 1)
    );
}

#[test]
fn drift_names_licences_of_the_spdx_list_only() {
    let drift = run_scancode(&read("scancode/32.5.0/drift.json"), 0).unwrap();
    let all = combined(vec![drift]);
    assert_eq!(all.outcome, GateOutcome::Failed);
    assert_eq!(
        fields(&all).license_drift,
        "AGPL-3.0-only, GPL-1.0-or-later, GPL-3.0-only, GPL-3.0-or-later, LGPL-2.1-only"
    );
}

#[test]
fn reports_about_two_images_do_not_combine() {
    let clean = read("trivy/0.55.2/clean.json");
    let version = read("trivy/0.55.2/version.json");
    let other = ImageClosure::new(Digest::sha256(b"another"), CONFIG.parse().unwrap());
    let other = run_trivy_with(&clean, &version, other, NOW).unwrap();
    let error = evaluate(vec![run_trivy(&clean).unwrap(), other]).unwrap_err();
    assert_eq!(error.code(), "Import.Mismatch");
}

#[test]
fn changing_one_finding_changes_the_claim() {
    let claim = |report: &[u8]| {
        let all = combined(vec![run_semgrep(report, 0).unwrap()]);
        (fields(&all).clone(), all.imported.evidence)
    };
    let before = claim(&read("semgrep/1.182.0/findings.json"));
    let severity = claim(&changed(
        "semgrep/1.182.0/findings.json",
        "\"WARNING\"",
        "\"INFO\"",
    ));
    assert_ne!(before.0, severity.0);
    // Even where no count moves, the evidence does.
    let moved = claim(&changed(
        "semgrep/1.182.0/findings.json",
        "\"line\":3",
        "\"line\":2",
    ));
    assert_eq!(before.0, moved.0);
    assert_ne!(before.1, moved.1);
}

/// A report with very many advisories of one package is counted in little more than linear time.
#[test]
fn many_advisories_are_counted_quickly() {
    let vulnerability = |n: usize| {
        format!(
            r#"{{"VulnerabilityID":"CVE-2020-{n}","PkgName":"p","PkgIdentifier":{{"PURL":"pkg:npm/p@1"}},"Severity":"HIGH"}}"#
        )
    };
    let many: Vec<String> = (0..50_000).map(vulnerability).collect();
    let many = format!(
        "\"Results\": [{{\"Class\":\"lang-pkgs\",\"Vulnerabilities\":[{}]}},",
        many.join(",")
    );
    let report = changed("trivy/0.55.2/clean.json", "\"Results\": [", &many);
    assert_eq!(high_vulns(vec![run_trivy(&report).unwrap()]), 50_000);
}
