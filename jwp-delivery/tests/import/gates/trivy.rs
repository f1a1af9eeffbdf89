//! Trivy: goldens, the image that it must be about, and the age of its database.

use jwp_core::{Digest, Timestamp};
use jwp_delivery::import::{
    gates::GateContext,
    trivy::{self, ImageClosure, TrivyRun},
};

use crate::{
    gates::support::{CONFIG, NOW, closure, codes, golden, run_trivy, run_trivy_with},
    support::{IMAGE, changed, read, refused},
};

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
