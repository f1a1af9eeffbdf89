//! Semgrep: goldens, severities, and what it skipped.

use jwp_delivery::import::gates::GateOutcome;

use crate::{
    gates::support::{codes, golden, match_of, run_semgrep},
    support::{changed, read, refused},
};

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
