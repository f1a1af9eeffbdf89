//! Documents that a receipt is made of, and which of them an error is about.

use std::fs;

use crate::support::{build, fails, flag, folder, input, jwp, place, prepare, succeeds};

/// Of several documents the error names the one that it is about.
#[test]
fn an_error_names_its_document() {
    let folder = folder("documents");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    for name in ["rollout.yaml", "analysisruns.json", "events.json"] {
        fs::copy(input("argo-rollouts").join(name), folder.join(name)).unwrap();
    }
    let canary = format!(
        "issue canary {} --rollout rollout.yaml --analysis-runs analysisruns.json --events events.json",
        place("c.jwp", "trust.toml")
    );
    fs::write(folder.join("bad"), "{").unwrap();
    fs::write(
        folder.join("list"),
        r#"{"apiVersion":"v1","kind":"List","items":[]}"#,
    )
    .unwrap();
    for (good, bad, named) in [
        ("rollout.yaml", "bad", "bad"),
        ("analysisruns.json", "bad", "bad"),
        ("events.json", "bad", "bad"),
        ("rollout.yaml", "list", "list"),
        ("events.json", "list", "list"),
        ("events.json", "list --events list", "list or list"),
    ] {
        let output = jwp(&folder, &canary.replace(good, bad));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(
            stderr.ends_with(&format!(", in {named}\n")),
            "{good}: {stderr}"
        );
    }
    for option in ["--p99-metric nosuch:s", "--error-rate-metric nosuch"] {
        let error = fails(
            &folder,
            &format!("{canary} {option}"),
            3,
            "Import.Incomplete",
        );
        assert!(
            error.contains("metric nosuch") && error.ends_with(", in analysisruns.json"),
            "{error}"
        );
        let alone = canary.replace("--analysis-runs analysisruns.json", option);
        fails(&folder, &alone, 2, "Cli.Usage");
    }
    for name in ["flags.json", "evaluations.json", "latency.json"] {
        fs::copy(input("flag").join(name), folder.join(name)).unwrap();
    }
    let flag = flag(
        "--flags flags.json --bucketing flagd-go-pre2026",
        "--counters evaluations.json --latency latency.json",
    );
    let flag = flag.replace("--flag f ", "--flag jouledb-fast-path ");
    for name in ["flags.json", "evaluations.json", "latency.json"] {
        let error = fails(&folder, &flag.replace(name, "bad"), 3, "Import.Json");
        assert!(error.ends_with(", in bad"), "{name}: {error}");
    }
}

#[test]
fn a_cohort_without_a_salt_is_not_named() {
    let folder = folder("salt");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    fs::write(
        folder.join("d"),
        r#"{"flagKey":"f","value":true,"variant":"on","targetingKey":"u"}"#,
    )
    .unwrap();
    let issue = flag("--percent 100 --salt s", "--details d --cohort-salt salt");
    for (salt, found) in [
        (b"".as_slice(), "got an empty file"),
        (b"\n", "got an empty file"),
        (b"\r\n", "got an empty file"),
        (b"\xff\xfe", "got bytes that are not UTF-8"),
    ] {
        fs::write(folder.join("salt"), salt).unwrap();
        let error = fails(&folder, &issue, 3, "Import.Value");
        assert!(
            error.contains(found) && error.ends_with(", in salt"),
            "{error}"
        );
    }
}
