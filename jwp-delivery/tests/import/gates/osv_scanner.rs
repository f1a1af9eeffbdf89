//! OSV-Scanner: goldens, scores, and what only its log says.

use jwp_delivery::import::{
    gates::{GateContext, GateOutcome},
    osv_scanner::{self, OsvScannerRun},
};

use crate::{
    gates::support::{codes, golden, run_osv},
    support::{changed, read, refused},
};

#[test]
fn osv_scanner_goldens() {
    for (name, exit, stderr) in [
        ("clean", 0, "clean.stderr"),
        ("findings", 1, "clean.stderr"),
        ("medium", 1, "clean.stderr"),
        ("unscored", 1, "clean.stderr"),
    ] {
        let report = read(&format!("osv-scanner/1.8.5/{name}.json"));
        let report = run_osv(&report, exit, stderr).unwrap();
        golden(&format!("osv-scanner/1.8.5/{name}.golden"), &report);
    }
    let report = run_osv(&read("osv-scanner/1.8.5/clean.json"), 0, "filtered.stderr").unwrap();
    golden("osv-scanner/1.8.5/filtered.golden", &report);
}

#[test]
fn osv_scores_are_exact() {
    let outcome = |score: &str| {
        let score = format!("\"max_severity\": {score}");
        run_osv(
            &changed(
                "osv-scanner/1.8.5/medium.json",
                "\"max_severity\": \"6.2\"",
                &score,
            ),
            1,
            "clean.stderr",
        )
    };
    for (score, expected) in [
        ("\"6.9\"", GateOutcome::Passed),
        ("\"7.0\"", GateOutcome::Failed),
        ("\"7\"", GateOutcome::Failed),
        ("\"9.0\"", GateOutcome::Failed),
        ("\"10.0\"", GateOutcome::Failed),
        ("\"0.0\"", GateOutcome::Passed),
        ("\"6.99999999999999999\"", GateOutcome::Passed),
        ("\"\"", GateOutcome::Inconclusive),
    ] {
        assert_eq!(outcome(score).unwrap().outcome(), expected, "{score}");
    }
    for score in [
        "\"10.1\"", "\"-1\"", "\"7,0\"", "\"HIGH\"", "\"7.0 \"", "\"7e0\"", "\"NaN\"", "7.0",
        "\"70%\"",
    ] {
        refused(outcome(score), "Import.Value");
    }
}

#[test]
fn osv_malware_without_a_score_is_critical() {
    let report = String::from_utf8(read("osv-scanner/1.8.5/unscored.json")).unwrap();
    let report = report.replace("RUSTSEC-2021-0139", "MAL-2025-1");
    let report = run_osv(report.as_bytes(), 1, "clean.stderr").unwrap();
    assert_eq!(codes(&report), ["findings"]);
}

#[test]
fn osv_vulnerabilities_outside_every_group_are_refused() {
    let hidden = changed(
        "osv-scanner/1.8.5/medium.json",
        "\"id\": \"RUSTSEC-2020-0071\"",
        "\"id\": \"RUSTSEC-2020-0072\"",
    );
    refused(run_osv(&hidden, 1, "clean.stderr"), "Import.Value");
    let text = String::from_utf8(read("osv-scanner/1.8.5/medium.json")).unwrap();
    refused(
        run_osv(
            text.replace("\"groups\"", "\"grouped\"").as_bytes(),
            1,
            "clean.stderr",
        ),
        "Import.Value",
    );
    let old = text.replace("\"source\"", "\"packageSource\"");
    refused(
        run_osv(old.as_bytes(), 1, "clean.stderr"),
        "Import.Incomplete",
    );
    let newer = text.replacen('{', "{\"license_summary\":[],", 1);
    refused(
        run_osv(newer.as_bytes(), 1, "clean.stderr"),
        "Import.Unsupported",
    );
}

#[test]
fn osv_coverage_comes_from_the_log() {
    let clean = read("osv-scanner/1.8.5/clean.json");
    let report = run_osv(&clean, 0, "clean.stderr").unwrap();
    assert_eq!(report.gate().scanned, 47);
    let report = run_osv(&clean, 0, "filtered.stderr").unwrap();
    assert_eq!((report.gate().scanned, report.gate().suppressed), (46, 2));
    let report = run_osv(&clean, 0, "nothing.stderr").unwrap();
    assert_eq!(codes(&report), ["nothing-scanned"]);
    let gate = GateContext::exited(0);
    let version = read("osv-scanner/1.8.5/version.txt");
    let log = |stderr: &[u8]| {
        osv_scanner::import(
            &clean,
            &OsvScannerRun {
                gate: &gate,
                version: &version,
                stderr: Some(stderr),
            },
        )
    };
    // A path may hold the words; the tool's own number is the last.
    let report = log(b"Scanned /a and found 99 packages file and found 0 packages\n").unwrap();
    assert_eq!(codes(&report), ["nothing-scanned"]);
    let report = log(b"Scanned /a as CycloneDX SBOM and found 1 package\nIgnored 2 packages with invalid PURLs\n").unwrap();
    assert_eq!(codes(&report), ["tool-errors"]);
    refused(
        log(b"Scanned /a file and found 99999999999999999999 packages\n"),
        "Import.Value",
    );
    refused(
        log(b"Scanned /a file and found -1 packages\n"),
        "Import.Value",
    );
}

/// A finding elsewhere gives the exit status; what went wrong stands in the log alone.
#[test]
fn osv_says_in_its_log_what_it_did_not_scan() {
    let log = |line: &str| {
        let mut stderr = read("osv-scanner/1.8.5/clean.stderr");
        stderr.extend_from_slice(line.as_bytes());
        stderr.push(b'\n');
        let gate = GateContext::exited(1);
        let run = OsvScannerRun {
            gate: &gate,
            version: &read("osv-scanner/1.8.5/version.txt"),
            stderr: Some(&stderr),
        };
        let report = read("osv-scanner/1.8.5/medium.json");
        osv_scanner::import(&report, &run).unwrap()
    };
    let none: [&str; 0] = [];
    assert_eq!(codes(&log("")), none);
    for line in [
        "Attempted to scan lockfile but failed: a/package-lock.json",
        "scan failed for git repository, /src (file does not exist)",
        "Failed to parse SBOM using all supported formats:",
    ] {
        assert_eq!(codes(&log(line)), ["tool-errors"], "{line}");
    }
    let silent = "CVE-2024-0001 and 1 alias have been filtered out because: (no reason given)";
    assert_eq!(codes(&log(silent)), ["unexplained-suppression"]);
    let all = log("").gate().scanned;
    let fewer = format!("Filtered {all} ignored package/s from the scan.");
    assert_eq!(codes(&log(&fewer)), ["nothing-scanned"]);
}

#[test]
fn osv_version_comes_from_its_own_output() {
    let gate = GateContext::exited(0);
    let clean = read("osv-scanner/1.8.5/clean.json");
    for (version, code) in [
        ("", "Import.Incomplete"),
        ("trivy version: 1.8.5", "Import.Incomplete"),
        ("osv-scanner version: 2.0.0", "Import.Unsupported"),
        ("osv-scanner version: v1", "Import.Value"),
        ("osv-scanner version: 1.8.5 ghp_0123", "Import.Value"),
    ] {
        let run = OsvScannerRun {
            gate: &gate,
            version: version.as_bytes(),
            stderr: None,
        };
        refused(osv_scanner::import(&clean, &run), code);
    }
}
