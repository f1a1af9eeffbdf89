//! What one report says of its gate: the exit status, the coverage and the threshold decide beside the findings.

use jwp_core::Timestamp;
use jwp_delivery::import::{
    gates::{GateContext, GateOutcome, Severity},
    osv_scanner::{self, OsvScannerRun},
    semgrep,
    trivy::{self, TrivyRun},
};

use crate::{
    gates::support::{
        NOW, closure, codes, match_of, run_osv, run_scancode, run_semgrep, run_trivy,
    },
    support::{changed, read},
};

#[test]
fn only_full_coverage_without_findings_passes() {
    let passing = [
        run_semgrep(&read("semgrep/1.182.0/clean.json"), 0),
        run_semgrep(&read("semgrep/1.30.0/clean.json"), 0),
        run_semgrep(&read("semgrep/1.94.0/clean.json"), 0),
        run_osv(&read("osv-scanner/1.8.5/clean.json"), 0, "clean.stderr"),
        run_osv(&read("osv-scanner/1.8.5/medium.json"), 1, "clean.stderr"),
        run_trivy(&read("trivy/0.55.2/clean.json")),
        run_trivy(&read("trivy/0.55.2/high.json")),
        run_trivy(&read("trivy/0.55.2/suppressed.json")),
        run_scancode(&read("scancode/32.5.0/ok.json"), 0),
    ];
    for report in passing {
        let report = report.unwrap();
        assert_eq!(
            report.outcome(),
            GateOutcome::Passed,
            "{:?}",
            report.reasons()
        );
        assert!(report.reasons().is_empty());
    }
}

#[test]
fn an_exit_status_that_is_not_clean_never_passes() {
    let clean = read("semgrep/1.182.0/clean.json");
    assert_eq!(
        codes(&run_semgrep(&clean, 1).unwrap()),
        ["exit-contradicts"]
    );
    for exit in [2, 3, 4, 5, 7, 8, 13, 14, 127, -11] {
        assert_eq!(
            codes(&run_semgrep(&clean, exit).unwrap()),
            ["exit-status"],
            "{exit}"
        );
    }
    let clean = read("osv-scanner/1.8.5/clean.json");
    assert_eq!(
        codes(&run_osv(&clean, 1, "clean.stderr").unwrap()),
        ["exit-contradicts"]
    );
    for exit in [2, 127, 128, 129, 130, -9] {
        let report = run_osv(&clean, exit, "clean.stderr").unwrap();
        assert_eq!(codes(&report), ["exit-status"], "{exit}");
    }
    let medium = read("osv-scanner/1.8.5/medium.json");
    assert_eq!(
        codes(&run_osv(&medium, 0, "clean.stderr").unwrap()),
        ["exit-contradicts"]
    );
    // Without the run, an empty list of results says nothing.
    let version = read("osv-scanner/1.8.5/version.txt");
    let gate = GateContext::default();
    let run = OsvScannerRun {
        gate: &gate,
        version: &version,
        stderr: None,
    };
    let report = osv_scanner::import(&clean, &run).unwrap();
    assert_eq!(codes(&report), ["nothing-scanned", "exit-unknown"]);
    assert_eq!(report.outcome(), GateOutcome::Inconclusive);

    let gate = GateContext::exited(1);
    let version = read("trivy/0.55.2/version.json");
    let now = Timestamp::from_secs(NOW).unwrap();
    let run = TrivyRun {
        gate: &gate,
        version: &version,
        scanners: None,
        closure: closure(),
        now,
        max_db_age_s: trivy::MAX_DB_AGE_S,
    };
    let report = trivy::import(&read("trivy/0.55.2/clean.json"), &run).unwrap();
    assert_eq!(codes(&report), ["exit-status"]);
    for exit in [1, 2, 137] {
        let report = run_scancode(&read("scancode/32.5.0/ok.json"), exit).unwrap();
        assert_eq!(codes(&report), ["exit-status"], "{exit}");
    }
}

#[test]
fn the_thresholds_are_the_owners_unless_stated() {
    let high = read("trivy/0.55.2/high.json");
    assert_eq!(run_trivy(&high).unwrap().outcome(), GateOutcome::Passed);
    let gate = GateContext::exited(0).with_threshold(Severity::High);
    let version = read("trivy/0.55.2/version.json");
    let now = Timestamp::from_secs(NOW).unwrap();
    let run = TrivyRun {
        gate: &gate,
        version: &version,
        scanners: None,
        closure: closure(),
        now,
        max_db_age_s: 86_400,
    };
    assert_eq!(codes(&trivy::import(&high, &run).unwrap()), ["findings"]);

    let medium = changed(
        "semgrep/1.94.0/clean.json",
        "\"results\": []",
        &format!("\"results\": [{}]", match_of("MEDIUM")),
    );
    assert_eq!(
        run_semgrep(&medium, 0).unwrap().outcome(),
        GateOutcome::Passed
    );
    let context = GateContext::exited(0).with_threshold(Severity::Medium);
    assert_eq!(
        codes(&semgrep::import(&medium, &context).unwrap()),
        ["findings"]
    );
}
