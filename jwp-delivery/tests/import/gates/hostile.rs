//! Reports that are not strict JSON, of another tool, cut, changed or made to harm: none reads as fewer findings.

use jwp_delivery::import::gates::GateOutcome;

use crate::{
    gates::support::{NOW, closure, run_osv, run_scancode, run_semgrep, run_trivy, run_trivy_with},
    support::{changed, read, refused},
};

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

/// T91: other tools, other formats, truncated documents.
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
            refused(result, "Import.Value");
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
