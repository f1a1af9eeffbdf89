//! The gate importers over whole reports: goldens, every end that is not clean, hostile input.
#![cfg(test)]

use std::path::{Path, PathBuf};

use jwp_core::{Claim, Digest, Timestamp};
use jwp_delivery::import::{
    ImportError,
    gates::{
        Evaluation, GateContext, GateKind, GateOutcome, GateReason, GateReport, Severity, evaluate,
    },
    osv_scanner::{self, OsvScannerRun},
    scancode::{self, AllowedLicenses},
    semgrep,
    trivy::{self, ImageClosure, TrivyRun},
};
use jwp_delivery::{
    DeliveryClaim,
    kind::gates::{Gates, GatesPassed},
};

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

#[track_caller]
fn read(path: &str) -> Vec<u8> {
    std::fs::read(testdata(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The text of a report with one piece replaced, which must be there.
#[track_caller]
fn changed(path: &str, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(read(path)).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    text.replacen(from, to, 1).into_bytes()
}

fn run_semgrep(report: &[u8], exit: i64) -> Result<GateReport, ImportError> {
    semgrep::import(report, &GateContext::exited(exit))
}

fn run_osv(report: &[u8], exit: i64, stderr: &str) -> Result<GateReport, ImportError> {
    osv_scanner::import(
        report,
        &OsvScannerRun {
            gate: &GateContext::exited(exit),
            version: &read("osv-scanner/1.8.5/version.txt"),
            stderr: Some(&read(&format!("osv-scanner/1.8.5/{stderr}"))),
        },
    )
}

const IMAGE: &str = "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";
const CONFIG: &str = "sha256:7ad0bf26a28a02ef37a3a145448e7b63b4370e624189e93c5ac0a9715f992a4c";

fn closure() -> ImageClosure {
    ImageClosure::new(IMAGE.parse().unwrap(), CONFIG.parse().unwrap())
}

/// 2026-05-07T09:10:00Z
const NOW: u64 = 1_778_145_000;

fn run_trivy_with(
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

fn run_trivy(report: &[u8]) -> Result<GateReport, ImportError> {
    run_trivy_with(report, &read("trivy/0.55.2/version.json"), closure(), NOW)
}

fn run_scancode(report: &[u8], exit: i64) -> Result<GateReport, ImportError> {
    scancode::import(
        report,
        &GateContext::exited(exit),
        &AllowedLicenses::default(),
    )
}

fn codes(report: &GateReport) -> Vec<&'static str> {
    report
        .reasons()
        .iter()
        .map(|reason| reason.code())
        .collect()
}

/// Compares with the golden beside the report; `JWP_BLESS=1` writes it anew.
#[track_caller]
fn golden(path: &str, report: &GateReport) {
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
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{}", path.display());
}

#[track_caller]
fn refused(result: Result<GateReport, ImportError>, code: &str) {
    match result {
        Ok(report) => panic!("got {:?}, expected {code}", report.outcome()),
        Err(error) => {
            assert_eq!(error.code(), code, "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn semgrep_goldens() {
    for (path, exit) in [
        ("semgrep/1.182.0/clean", 0),
        ("semgrep/1.182.0/findings", 0),
        ("semgrep/1.182.0/findings-error-flag", 1),
        ("semgrep/1.182.0/nosem-disabled", 0),
        ("semgrep/1.182.0/parse-errors", 0),
        ("semgrep/1.182.0/parse-errors-strict", 3),
        ("semgrep/1.182.0/missing-config", 7),
        ("semgrep/1.182.0/missing-target", 2),
        ("semgrep/1.30.0/clean", 0),
        ("semgrep/1.30.0/findings", 0),
        ("semgrep/1.30.0/parse-errors", 0),
        ("semgrep/1.30.0/newseverity", 7),
        ("semgrep/1.94.0/clean", 0),
        ("semgrep/1.94.0/findings", 0),
    ] {
        let report = run_semgrep(&read(&format!("{path}.json")), exit).unwrap();
        golden(&format!("{path}.golden"), &report);
    }
}

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
fn trivy_goldens() {
    for name in [
        "clean",
        "high",
        "critical",
        "suppressed",
        "secret",
        "nothing-recognised",
    ] {
        let report = run_trivy(&read(&format!("trivy/0.55.2/{name}.json"))).unwrap();
        golden(&format!("trivy/0.55.2/{name}.golden"), &report);
    }
}

#[test]
fn scancode_goldens() {
    for (name, exit) in [("ok", 0), ("drift", 0), ("drift-policy", 0), ("timeout", 1)] {
        let report = run_scancode(&read(&format!("scancode/32.5.0/{name}.json")), exit).unwrap();
        golden(&format!("scancode/32.5.0/{name}.golden"), &report);
    }
}

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

fn match_of(severity: &str) -> String {
    format!(
        r#"{{"check_id":"r","path":"src/a.py","start":{{"line":1,"col":1,"offset":0}},"end":{{"line":1,"col":2,"offset":1}},"extra":{{"message":"m","severity":"{severity}","metadata":{{}}}}}}"#
    )
}

#[test]
fn every_severity_word_of_semgrep_counts_in_its_column() {
    for (word, fails) in [
        ("CRITICAL", true),
        ("ERROR", true),
        ("HIGH", true),
        ("WARNING", false),
        ("MEDIUM", false),
        ("INFO", false),
        ("LOW", false),
        ("INVENTORY", false),
        ("EXPERIMENT", false),
    ] {
        let found = format!("\"results\": [{}]", match_of(word));
        let report = changed("semgrep/1.94.0/clean.json", "\"results\": []", &found);
        let report = run_semgrep(&report, 0).unwrap();
        let expected = if fails {
            GateOutcome::Failed
        } else {
            GateOutcome::Passed
        };
        assert_eq!(report.outcome(), expected, "{word}");
    }
    for word in ["error", "Critical", "NOTE", "", "1"] {
        let found = format!("\"results\": [{}]", match_of(word));
        let report = changed("semgrep/1.94.0/clean.json", "\"results\": []", &found);
        refused(run_semgrep(&report, 0), "Import.Value");
    }
}

#[test]
fn semgrep_rules_and_files_that_were_skipped_are_not_clean() {
    let clean = "semgrep/1.94.0/clean.json";
    let skipped = r#""skipped_rules": [{"rule_id":"r","details":"d","position":{"line":1,"col":1,"offset":0}}]"#;
    let report = run_semgrep(&changed(clean, r#""skipped_rules": []"#, skipped), 0).unwrap();
    assert_eq!(codes(&report), ["skipped-rules"]);
    let incompatible = r#""errors": [{"code":0,"level":"info","type":["IncompatibleRule",{"rule_id":"r","this_version":"1.94.0"}],"rule_id":"r"}]"#;
    let report = run_semgrep(&changed(clean, r#""errors": []"#, incompatible), 0).unwrap();
    assert_eq!(codes(&report), ["skipped-rules"]);
    // A warning without a file: nobody knows what was left out.
    let vague = r#""errors": [{"code":2,"level":"warn","type":"Timeout","message":"m"}]"#;
    let report = run_semgrep(&changed(clean, r#""errors": []"#, vague), 0).unwrap();
    assert_eq!(codes(&report), ["tool-errors"]);
    // Nor with a file that was not scanned: a rule's own, or one under another name.
    let elsewhere = vague.replace(r#""message":"m""#, r#""message":"m","path":"./src/a.py""#);
    let report = run_semgrep(&changed(clean, r#""errors": []"#, &elsewhere), 0).unwrap();
    assert_eq!(codes(&report), ["tool-errors"]);
    // With a file: it is out of the coverage.
    let named =
        r#""errors": [{"code":2,"level":"warn","type":"Timeout","message":"m","path":"src/a.py"}]"#;
    let report = run_semgrep(&changed(clean, r#""errors": []"#, named), 0).unwrap();
    assert_eq!(report.gate().scanned, 2);
    let nothing = changed(
        clean,
        r#"["src/a.py", "src/b.py", "src/c.py"]"#,
        r#"["src/a.py", "src/a.py"]"#,
    );
    assert_eq!(run_semgrep(&nothing, 0).unwrap().gate().scanned, 1);
    let level = named.replace("warn", "fatal");
    refused(
        run_semgrep(&changed(clean, r#""errors": []"#, &level), 0),
        "Import.Value",
    );
}

/// Whoever excludes a file means it; a limit or a fault leaves out what was meant to be seen.
#[test]
fn semgrep_says_why_it_skipped_a_file() {
    let clean = "semgrep/1.94.0/clean.json";
    let with = |reason: &str| {
        let scanned = r#""scanned": ["#;
        let skipped =
            format!(r#""skipped": [{{"path":"src/m.py","reason":"{reason}"}}], {scanned}"#);
        codes(&run_semgrep(&changed(clean, scanned, &skipped), 0).unwrap())
    };
    for reason in [
        "analysis_failed_parser_or_internal_error",
        "exceeded_size_limit",
        "insufficient_permissions",
        "minified",
        "too_big",
        "too_many_matches",
        "a_reason_of_tomorrow",
        "",
    ] {
        assert_eq!(with(reason), ["left-out"], "{reason}");
    }
    let none: [&str; 0] = [];
    for reason in [
        "Gitignore_patterns_match",
        "always_skipped",
        "cli_exclude_flags_match",
        "gitignore_patterns_match",
        "semgrepignore_patterns_match",
        "wrong_language",
    ] {
        assert_eq!(with(reason), none, "{reason}");
    }
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

#[test]
fn trivy_must_be_about_the_released_image() {
    let clean = read("trivy/0.55.2/clean.json");
    let version = read("trivy/0.55.2/version.json");
    let other = Digest::sha256(b"another");
    let [image, config] = [IMAGE.parse().unwrap(), CONFIG.parse().unwrap()];
    refused(
        run_trivy_with(&clean, &version, ImageClosure::new(image, other), NOW),
        "Import.Mismatch",
    );
    // The config decides; another repository may hold the same image under another manifest.
    assert!(run_trivy_with(&clean, &version, ImageClosure::new(other, config), NOW).is_ok());

    let without_id = changed("trivy/0.55.2/clean.json", "\"ImageID\"", "\"Image\"");
    assert!(run_trivy(&without_id).is_ok());
    let index = ImageClosure::new(other, config).with_index(image);
    refused(
        run_trivy_with(&without_id, &version, index, NOW),
        "Import.Mismatch",
    );
    refused(
        run_trivy_with(&without_id, &version, ImageClosure::new(other, config), NOW),
        "Import.Mismatch",
    );
    let nameless = String::from_utf8(without_id)
        .unwrap()
        .replace("\"RepoDigests\"", "\"Repos\"");
    refused(run_trivy(nameless.as_bytes()), "Import.Incomplete");
    let malformed = changed("trivy/0.55.2/clean.json", CONFIG, "sha256:7AD0");
    refused(run_trivy(&malformed), "Import.Mismatch");
}

#[test]
fn trivy_database_age() {
    let clean = read("trivy/0.55.2/clean.json");
    let version = read("trivy/0.55.2/version.json");
    // UpdatedAt 06:16:42, CreatedAt 09:04:11.
    assert_eq!(run_trivy(&clean).unwrap().gate().db_age_s, Some(10_049));
    let late = run_trivy_with(&clean, &version, closure(), NOW + 86_400).unwrap();
    assert_eq!(codes(&late), ["stale-database"]);
    refused(
        run_trivy_with(&clean, &version, closure(), NOW - 86_400),
        "Import.Value",
    );
    let text = String::from_utf8(version).unwrap();
    let after = text.replace("08:58:03", "09:05:00");
    let report = run_trivy_with(&clean, after.as_bytes(), closure(), NOW).unwrap();
    assert_eq!(codes(&report), ["database-after-scan"]);
    let report = run_trivy_with(&clean, br#"{"Version":"0.55.2"}"#, closure(), NOW).unwrap();
    assert_eq!(codes(&report), ["database-unknown"]);
    for (version, code) in [
        (
            text.replace("2026-05-07T06", "yesterday, 6"),
            "Import.Value",
        ),
        (text.replace("0.55.2", "1.0.0"), "Import.Unsupported"),
        (text.replace("0.55.2", "dev"), "Import.Value"),
        (
            text.replace("\"UpdatedAt\"", "\"Updated\""),
            "Import.Incomplete",
        ),
        (String::new(), "Import.Incomplete"),
        ("0.55.2".to_owned(), "Import.Json"),
    ] {
        refused(
            run_trivy_with(&clean, version.as_bytes(), closure(), NOW),
            code,
        );
    }
}

/// A list of packages is no scan for vulnerabilities.
#[test]
fn trivy_packages_alone_show_no_scan() {
    let with = |path: &str, listed: bool, scanners: Option<&str>| {
        let mut report: serde_json::Value = serde_json::from_slice(&read(path)).unwrap();
        for target in report["Results"].as_array_mut().unwrap() {
            if listed {
                target["Packages"] = serde_json::json!([{"Name": "openssl"}]);
            }
        }
        let run = TrivyRun {
            gate: &GateContext::exited(0),
            version: &read("trivy/0.55.2/version.json"),
            scanners,
            closure: closure(),
            now: Timestamp::from_secs(NOW).unwrap(),
            max_db_age_s: trivy::MAX_DB_AGE_S,
        };
        codes(&trivy::import(report.to_string().as_bytes(), &run).unwrap())
    };
    let none: [&str; 0] = [];
    let clean = "trivy/0.55.2/clean.json";
    assert_eq!(with(clean, true, None), ["scanners-unknown"]);
    assert_eq!(with(clean, true, Some("vuln,secret")), none);
    assert_eq!(with(clean, true, Some("secret")), ["left-out"]);
    assert_eq!(with(clean, false, Some("secret, misconfig")), ["left-out"]);
    // Without packages a target is there because it was checked; one finding shows it too.
    assert_eq!(with(clean, false, None), none);
    for path in ["trivy/0.55.2/high.json", "trivy/0.55.2/suppressed.json"] {
        assert_eq!(with(path, true, None), none, "{path}");
    }
}

#[test]
fn trivy_words_and_shapes() {
    let high = "trivy/0.55.2/high.json";
    let unknown = changed(high, "\"Severity\": \"HIGH\"", "\"Severity\": \"UNKNOWN\"");
    assert_eq!(codes(&run_trivy(&unknown).unwrap()), ["unknown-severity"]);
    for word in ["\"high\"", "\"NEGLIGIBLE\"", "\"7.2\""] {
        let to = format!("\"Severity\": {word}");
        refused(
            run_trivy(&changed(high, "\"Severity\": \"HIGH\"", &to)),
            "Import.Value",
        );
    }
    refused(
        run_trivy(&changed(high, "\"Severity\": \"HIGH\"", "\"Severity\": 3")),
        "Import.Value",
    );
    refused(
        run_trivy(&changed(high, "lang-pkgs", "more-pkgs")),
        "Import.Value",
    );
    refused(
        run_trivy(&changed(high, "container_image", "filesystem")),
        "Import.Unsupported",
    );
    refused(
        run_trivy(&changed(
            high,
            "\"SchemaVersion\": 2",
            "\"SchemaVersion\": 3",
        )),
        "Import.Unsupported",
    );
    refused(
        run_trivy(&changed(
            high,
            "\"SchemaVersion\": 2",
            "\"SchemaVersion\": \"2\"",
        )),
        "Import.Value",
    );
    let null = changed(
        "trivy/0.55.2/clean.json",
        "\"Results\": [",
        "\"Results\": null, \"Old\": [",
    );
    assert_eq!(codes(&run_trivy(&null).unwrap()), ["nothing-scanned"]);
    let silent = changed(
        "trivy/0.55.2/suppressed.json",
        "vulnerable_code_not_in_execute_path",
        "",
    );
    assert_eq!(
        codes(&run_trivy(&silent).unwrap()),
        ["unexplained-suppression"]
    );
    let old = changed(
        "trivy/0.55.2/clean.json",
        "\"Metadata\": {",
        "\"Metadata\": {\"OS\": {\"Family\": \"debian\", \"Name\": \"9\", \"EOSL\": true},",
    );
    // Nor were its packages looked at.
    let both = ["end-of-life", "left-out"];
    assert_eq!(codes(&run_trivy(&old).unwrap()), both);
}

#[test]
fn scancode_expressions() {
    let verdict = |expression: &str| {
        let report = changed(
            "scancode/32.5.0/ok.json",
            "\"detected_license_expression_spdx\": \"MIT\"",
            &format!("\"detected_license_expression_spdx\": {expression}"),
        );
        codes(&run_scancode(&report, 0).unwrap())
    };
    let none: [&str; 0] = [];
    for allowed in [
        "\"MIT OR Apache-2.0\"",
        "\"MIT AND Apache-2.0\"",
        "\"GPL-3.0-only OR MIT\"",
        "\"(MIT OR AGPL-3.0-only) AND Apache-2.0\"",
    ] {
        assert_eq!(verdict(allowed), none, "{allowed}");
    }
    for unknown in [
        "null",
        "\"LicenseRef-scancode-unknown\"",
        "\"MIT AND LicenseRef-Acme\"",
        "\"\"",
        "\"NotALicence\"",
        "\"MIT AND\"",
        "\"GPL-3.0-only OR LicenseRef-Acme\"",
    ] {
        assert_eq!(verdict(unknown), ["unknown-license"], "{unknown}");
    }
    for drift in [
        "\"GPL-3.0-only\"",
        "\"MIT AND GPL-2.0-or-later\"",
        "\"AGPL-3.0-only AND LicenseRef-scancode-unknown-spdx\"",
        "\"GPL-3.0-or-later AND GPL-3.0-only AND Classpath-exception-2.0\"",
        "\"BSD-3-Clause\"",
        "\"Apache-2.0 WITH LLVM-exception\"",
        "\"GPL-2.0\"",
    ] {
        assert_eq!(verdict(drift), ["license-drift"], "{drift}");
    }
    let mut allowed = AllowedLicenses::default();
    for more in ["BSD-3-Clause", "Apache-2.0 WITH LLVM-exception"] {
        allowed = allowed.with(more).unwrap();
    }
    for expression in ["\"BSD-3-Clause\"", "\"Apache-2.0 WITH LLVM-exception\""] {
        let report = changed(
            "scancode/32.5.0/ok.json",
            "\"detected_license_expression_spdx\": \"MIT\"",
            &format!("\"detected_license_expression_spdx\": {expression}"),
        );
        let report = scancode::import(&report, &GateContext::exited(0), &allowed).unwrap();
        assert_eq!(report.outcome(), GateOutcome::Passed);
    }
    assert_eq!(
        AllowedLicenses::default()
            .with("Copyleft")
            .unwrap_err()
            .code(),
        "Import.Value"
    );
}

#[test]
fn scancode_shapes() {
    let ok = "scancode/32.5.0/ok.json";
    refused(
        run_scancode(&read("scancode/31.2.6/ok.json"), 0),
        "Import.Unsupported",
    );
    refused(
        run_scancode(&read("scancode/32.5.0/drift.jsonlines"), 0),
        "Import.Json",
    );
    refused(
        run_scancode(&read("scancode/32.5.0/drift.cdx.json"), 0),
        "Import.Incomplete",
    );
    refused(
        run_scancode(&changed(ok, "\"4.1.0\"", "\"5.0.0\""), 0),
        "Import.Unsupported",
    );
    refused(
        run_scancode(&changed(ok, "scancode-toolkit", "scancode"), 0),
        "Import.Unsupported",
    );
    refused(
        run_scancode(
            &changed(
                ok,
                "\"files_count\": 3\n      }",
                "\"files_count\": 4\n      }",
            ),
            0,
        ),
        "Import.Incomplete",
    );
    refused(
        run_scancode(&changed(ok, "\"type\": \"file\"", "\"type\": \"link\""), 0),
        "Import.Value",
    );
    refused(
        run_scancode(
            &changed(
                ok,
                "tree-ok/src/b.c\",\n      \"type\"",
                "tree-ok/src/a.py\",\n      \"type\"",
            ),
            0,
        ),
        "Import.Value",
    );
    let not_asked = changed(ok, "\"--license\": true", "\"--license\": false");
    assert_eq!(
        codes(&run_scancode(&not_asked, 0).unwrap()),
        ["nothing-scanned"]
    );
    let failed = changed(ok, "\"errors\": []", "\"errors\": [\"Path: tree-ok/gone\"]");
    assert_eq!(codes(&run_scancode(&failed, 0).unwrap()), ["tool-errors"]);
    // What the scan was told to leave out, it does not show.
    for option in [
        "\"--max-depth\": 1",
        "\"--license-score\": 100",
        "\"--ignore-author\": [\"Evil Corp\"]",
        "\"--ignore-copyright-holder\": [\"Evil Corp\"]",
        "\"--from-json\": true",
        "\"--package-only\": true",
        "\"--an-option-of-tomorrow\": \"yes\"",
        "\"--ignore\": [\"*.c\"]",
        "\"--include\": [\"LICENSE\"]",
        "\"--only-findings\": true",
    ] {
        let from = "\"--only-findings\": false";
        let report = changed(ok, from, option);
        assert_eq!(
            codes(&run_scancode(&report, 0).unwrap()),
            ["left-out"],
            "{option}"
        );
    }
    let none: [&str; 0] = [];
    for option in [
        "\"--package\": true",
        "\"--license-text\": true",
        "\"--strip-root\": true",
        "\"--timeout\": \"120.0\"",
        "\"--max-depth\": 0",
        "\"--ignore\": []",
        "\"--an-option-of-tomorrow\": false",
    ] {
        let report = changed(ok, "\"--only-findings\": false", option);
        assert_eq!(codes(&run_scancode(&report, 0).unwrap()), none, "{option}");
    }
    for (version, read) in [("v32.3.0", "32.3.0"), ("32.0.0rc3", "32.0.0rc3")] {
        let report = changed(
            ok,
            "\"tool_version\": \"32.5.0\"",
            &format!("\"tool_version\": \"{version}\""),
        );
        let report = run_scancode(&report, 0).unwrap();
        assert_eq!(report.gate().version.as_deref(), Some(read));
    }
    for version in ["31.2.6", "vv32.3.0", "32", "32.", "32.5.0 https://a:b@c"] {
        let report = changed(
            ok,
            "\"tool_version\": \"32.5.0\"",
            &format!("\"tool_version\": \"{version}\""),
        );
        assert!(run_scancode(&report, 0).is_err(), "{version}");
    }
    let unseen = changed(ok, "\"detected_license_expression_spdx\": \"MIT\",", "");
    assert_eq!(codes(&run_scancode(&unseen, 0).unwrap()), ["tool-errors"]);
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

/// A list of nothing takes many times the memory that it is written in.
#[test]
fn reports_of_millions_of_values_are_refused() {
    let report = |spans: usize| {
        let all = "{},".repeat(spans);
        format!(
            r#"{{"version":"1.94.0","results":[],"paths":{{"scanned":["a.py"]}},"errors":[{{"level":"warn","path":"a.py","spans":[{all}{{}}]}}]}}"#
        )
    };
    let error = run_semgrep(report(1 << 22).as_bytes(), 0).unwrap_err();
    assert_eq!((error.code(), error.place()), ("Import.Value", ""));
    assert!(error.to_string().contains("8,388,608"), "{error}");
    assert!(run_semgrep(report(1 << 10).as_bytes(), 0).is_ok());
}

/// T90.
#[test]
fn json_that_is_not_strict_is_refused() {
    let deep = [vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat();
    let clean = |from: &str, to: &str| changed("semgrep/1.94.0/clean.json", from, to);
    let mut lone = read("semgrep/1.94.0/clean.json");
    lone.extend_from_slice(b"{}");
    for bad in [
        b"\xef\xbb\xbf{}".to_vec(),
        deep,
        lone,
        clean("{", "{\"version\":\"1.94.0\","),
        clean("{", "{\"n\":NaN,"),
        clean("{", "{\"n\":\"\\ud800\","),
        clean("{", "/* */ {"),
        clean("{", "{\"n\":01,"),
        read("semgrep/1.94.0/clean.json")
            .iter()
            .copied()
            .take(60)
            .collect(),
    ] {
        refused(run_semgrep(&bad, 0), "Import.Json");
        refused(run_trivy(&bad), "Import.Json");
        refused(run_scancode(&bad, 0), "Import.Json");
        refused(run_osv(&bad, 0, "clean.stderr"), "Import.Json");
    }
}

/// T91: the file is empty, which is neither clean nor a tool that did not run.
#[test]
fn empty_files_are_incomplete() {
    for empty in [&b""[..], b" \n\t"] {
        refused(run_semgrep(empty, 0), "Import.Incomplete");
        refused(run_trivy(empty), "Import.Incomplete");
        refused(run_scancode(empty, 0), "Import.Incomplete");
        refused(run_osv(empty, 0, "clean.stderr"), "Import.Incomplete");
    }
}

/// T91, T93: other tools, other formats, truncated documents.
#[test]
fn other_documents_are_refused() {
    let semgrep = "semgrep/1.94.0/clean.json";
    refused(
        run_semgrep(&read("semgrep/1.182.0/findings.sarif"), 0),
        "Import.Incomplete",
    );
    refused(
        run_semgrep(&changed(semgrep, "1.94.0", "2.0.0"), 0),
        "Import.Unsupported",
    );
    refused(
        run_semgrep(&changed(semgrep, "1.94.0", "0.42"), 0),
        "Import.Unsupported",
    );
    refused(
        run_semgrep(&changed(semgrep, "\"paths\"", "\"path\""), 0),
        "Import.Incomplete",
    );
    refused(
        run_semgrep(&changed(semgrep, "\"errors\"", "\"error\""), 0),
        "Import.Incomplete",
    );
    refused(
        run_semgrep(&changed(semgrep, "\"version\"", "\"v\""), 0),
        "Import.Incomplete",
    );
    refused(run_trivy(&read(semgrep)), "Import.Incomplete");
    refused(run_scancode(&read(semgrep), 0), "Import.Incomplete");
    refused(
        run_semgrep(&read("trivy/0.55.2/clean.json"), 0),
        "Import.Incomplete",
    );
    refused(
        run_osv(&read(semgrep), 0, "clean.stderr"),
        "Import.Incomplete",
    );
    for not_an_object in [&b"null"[..], b"[]", b"3", b"\"x\""] {
        for result in [
            run_semgrep(not_an_object, 0),
            run_trivy(not_an_object),
            run_scancode(not_an_object, 0),
            run_osv(not_an_object, 0, "clean.stderr"),
        ] {
            assert!(result.unwrap_err().code().starts_with("Import."));
        }
    }
    for archive in [
        &b"\x1f\x8b\x08\x00"[..],
        b"PK\x03\x04",
        b"<?xml version=\"1.0\"?><!DOCTYPE a>",
    ] {
        assert!(
            run_trivy(archive)
                .unwrap_err()
                .code()
                .starts_with("Import.")
        );
    }
}

/// T92.
#[test]
fn paths_that_leave_the_tree_are_refused() {
    let long = "a/".repeat(4096);
    for path in [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "\\\\\\\\host\\\\x",
        "C:\\\\x",
        "a\\u0000b",
        "a\\u001bb",
        "",
        long.as_str(),
    ] {
        let report = changed("semgrep/1.94.0/clean.json", "src/b.py", path);
        refused(run_semgrep(&report, 0), "Import.Path");
        let report = changed(
            "scancode/32.5.0/ok.json",
            "tree-ok/src/b.c\",\n      \"type\"",
            &format!("{path}\",\n      \"type\""),
        );
        refused(run_scancode(&report, 0), "Import.Path");
        if path != "/etc/passwd" {
            let report = changed(
                "osv-scanner/1.8.5/medium.json",
                "/src/jouledb/Cargo.lock",
                path,
            );
            refused(run_osv(&report, 1, "clean.stderr"), "Import.Path");
        }
    }
}

/// T94: what a report says in its own words stays out of the claim.
#[test]
fn nothing_of_the_reports_own_words_enters_the_gate() {
    let token = "ghp-0123456789abcdef";
    let reports = [
        run_semgrep(
            &changed("semgrep/1.94.0/findings.json", "py-eval", token),
            0,
        ),
        run_osv(
            &changed(
                "osv-scanner/1.8.5/findings.json",
                "\"name\": \"lodash\"",
                &format!("\"name\": \"{token}\""),
            ),
            1,
            "clean.stderr",
        ),
        run_trivy(&changed(
            "trivy/0.55.2/secret.json",
            "KEY=********************",
            token,
        )),
        run_trivy(&changed(
            "trivy/0.55.2/suppressed.json",
            "vulnerable_code_not_in_execute_path",
            token,
        )),
        run_scancode(
            &changed(
                "scancode/32.5.0/ok.json",
                "\"detected_license_expression_spdx\": \"MIT\"",
                &format!(
                    "\"detected_license_expression_spdx\": \"GPL-3.0-only AND LicenseRef-{token}\""
                ),
            ),
            0,
        ),
    ];
    for report in reports {
        let report = report.unwrap();
        let text = serde_json::to_string(&(report.gate(), report.evidence())).unwrap();
        assert!(!text.contains("0123456789abcdef"), "{text}");
        assert!(!format!("{:?}", report.reasons()).contains("0123456789abcdef"));
    }
    for path in ["semgrep/1.94.0/clean.json", "trivy/0.55.2/version.json"] {
        let version = if path.starts_with("semgrep") {
            "1.94.0"
        } else {
            "0.55.2"
        };
        let report = changed(path, version, &format!("{version} {token}"));
        let result = if path.starts_with("semgrep") {
            run_semgrep(&report, 0)
        } else {
            run_trivy_with(&read("trivy/0.55.2/clean.json"), &report, closure(), NOW)
        };
        refused(result, "Import.Value");
    }
}

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
    let tools: Vec<_> = evidence
        .filter_map(jwp_core::Evidence::cited_tool)
        .collect();
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

/// Whatever leaves one gate undecided leaves a claim that shows it, and that its own check takes.
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
    for report in undecided {
        let report = report.unwrap();
        let mut gates = clean_gates();
        gates.retain(|gate| gate.kind() != report.kind());
        gates.push(report.clone());
        let all = combined(gates);
        assert_eq!(
            all.outcome,
            GateOutcome::Inconclusive,
            "{:?}",
            report.reasons()
        );
        // Nobody can sign the same counts as passed.
        let passed = GatesPassed::new(fields(&all).clone());
        assert!(passed.validate().is_err(), "{:?}", report.reasons());
    }
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
    for report in failed {
        let all = combined(vec![report.unwrap()]);
        assert_eq!(all.outcome, GateOutcome::Failed);
        let passed = GatesPassed::new(fields(&all).clone());
        assert!(passed.validate().is_err());
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

/// Every prefix of every report is refused: no truncation reads as fewer findings.
#[test]
fn every_prefix_is_refused() {
    let prefixes = |path: &str| {
        let report = read(path);
        let end = report.trim_ascii_end().len();
        let step = (end / 400).max(1);
        (1..end)
            .step_by(step)
            .map(|n| report[..n].to_vec())
            .collect::<Vec<_>>()
    };
    for report in prefixes("semgrep/1.182.0/findings.json") {
        refused(run_semgrep(&report, 0), "Import.Json");
    }
    for report in prefixes("osv-scanner/1.8.5/findings.json") {
        refused(run_osv(&report, 1, "clean.stderr"), "Import.Json");
    }
    for report in prefixes("trivy/0.55.2/high.json") {
        refused(run_trivy(&report), "Import.Json");
    }
    for report in prefixes("scancode/32.5.0/ok.json") {
        refused(run_scancode(&report, 0), "Import.Json");
    }
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

/// One byte changed anywhere: read or refused, never a panic.
#[test]
fn one_changed_byte_never_panics() {
    let version = read("trivy/0.55.2/version.json");
    for path in [
        "semgrep/1.182.0/parse-errors.json",
        "osv-scanner/1.8.5/findings.json",
        "trivy/0.55.2/suppressed.json",
        "scancode/32.5.0/ok.json",
    ] {
        let report = read(path);
        for at in (0..report.len()).step_by(7) {
            for byte in [b'"', b'9', 0xff] {
                let mut bytes = report.clone();
                bytes[at] = byte;
                let results = match path.split('/').next() {
                    Some("semgrep") => run_semgrep(&bytes, 0),
                    Some("osv-scanner") => run_osv(&bytes, 1, "clean.stderr"),
                    Some("trivy") => run_trivy_with(&bytes, &version, closure(), NOW),
                    _ => run_scancode(&bytes, 0),
                };
                if let Err(error) = results {
                    assert!(error.code().starts_with("Import."));
                }
            }
        }
    }
}

/// No single changed byte turns two high findings into a pass.
#[test]
fn one_changed_byte_never_hides_findings() {
    let report = read("semgrep/1.94.0/findings.json");
    for at in 0..report.len() {
        for byte in [b' ', b'"', b'0', b'}', b'x'] {
            let mut bytes = report.clone();
            bytes[at] = byte;
            if let Ok(read) = run_semgrep(&bytes, 0) {
                assert_ne!(read.outcome(), GateOutcome::Passed, "byte {at}");
            }
        }
    }
}
