//! A number is a number: not a text that looks like one, nor one with a unit, nor one in the manner of a country.

use core::fmt::Debug;

use jwp_delivery::import::ImportError;

use super::readers::{ANSWERS, FLAGS, analysis, canary, flag, flag_at};
use crate::{
    gates::support::{run_osv, run_scancode, run_semgrep, run_trivy},
    support::{changed, read, refused_as},
};

#[track_caller]
fn is_value<T: Debug>(result: Result<T, ImportError>, what: &str) {
    refused_as(result, "Import.Value", what);
}

/// T96
#[test]
fn numbers_as_strings_are_refused() {
    let text = |path: &str, from: &str, to: &str| changed(path, from, to);
    let semgrep = text(
        "semgrep/1.94.0/findings.json",
        "\"line\": 4",
        "\"line\": \"4\"",
    );
    is_value(run_semgrep(&semgrep, 0), "a line of semgrep");
    let trivy = text(
        "trivy/0.55.2/clean.json",
        "\"SchemaVersion\": 2",
        "\"SchemaVersion\": \"2\"",
    );
    is_value(run_trivy(&trivy), "the schema version of trivy");
    let scancode = text(
        "scancode/32.5.0/ok.json",
        "\"files_count\": ",
        "\"files_count\": \"1\", \"x\": ",
    );
    is_value(run_scancode(&scancode, 0), "a count of scancode");
    let plan = text(
        &format!("{ANSWERS}/plan.json"),
        "\"from\": 1778146200",
        "\"from\": \"1778146200\"",
    );
    is_value(analysis(&plan, None), "the window of a plan");
    // And the reverse, where the format has a text.
    let answer = text(
        &format!("{ANSWERS}/canary-requests.json"),
        "\"170000\"",
        "170000",
    );
    let plan = read(&format!("{ANSWERS}/plan.json"));
    is_value(
        analysis(&plan, Some(("canary-requests.json", &answer))),
        "a sample",
    );
}

/// T96: in a sample of Prometheus, in a score of OSV-Scanner, in the counters of a flag, in a plan.
#[test]
fn numbers_of_a_country_or_with_a_unit_are_refused() {
    let plan = read(&format!("{ANSWERS}/plan.json"));
    for number in [
        "170,000",
        "170.000,0",
        "170 000",
        "170'000",
        "170_000",
        "170000 requests",
        "170k",
        "1.7e5s",
        "0x29810",
        "+170000",
        " 170000",
        "170000.",
        ".5",
        "١٧٠",
        "",
    ] {
        let answer = changed(
            &format!("{ANSWERS}/canary-requests.json"),
            "\"170000\"",
            &format!("\"{number}\""),
        );
        is_value(
            analysis(&plan, Some(("canary-requests.json", &answer))),
            number,
        );
        let counters = changed(
            &format!("{FLAGS}/evaluations.json"),
            "\"24106\"",
            &format!("\"{number}\""),
        );
        let file = |name: &str| read(&format!("{FLAGS}/{name}"));
        is_value(
            flag(&file("flags.json"), &counters, &file("latency.json")),
            number,
        );
    }
    for number in ["0,99", "99%", "99 %", "0.99 of all"] {
        let plan = changed(
            &format!("{ANSWERS}/plan.json"),
            "\"slo\": \"0.99\"",
            &format!("\"slo\": \"{number}\""),
        );
        is_value(analysis(&plan, None), number);
    }
    for score in ["9,8", "9.8 CRITICAL", "9.8/10", "high"] {
        let report = changed(
            "osv-scanner/1.8.5/medium.json",
            "\"max_severity\": \"",
            &format!("\"max_severity\": \"{score}\", \"x\": \""),
        );
        is_value(run_osv(&report, 1, "clean.stderr"), score);
    }
}

/// T96
#[test]
fn percentages_above_100_are_refused() {
    is_value(flag_at(101, b"[]"), "a flag for 101 of 100");
    let plan = |from: &str, to: &str| changed(&format!("{ANSWERS}/plan.json"), from, to);
    is_value(
        analysis(&plan("\"slo\": \"0.99\"", "\"slo\": \"1.01\""), None),
        "an objective of 101 %",
    );
    is_value(
        analysis(&plan("\"slo\": \"0.99\"", "\"slo\": \"99\""), None),
        "an objective of 99, not 0.99",
    );
    let report = changed(
        "osv-scanner/1.8.5/medium.json",
        "\"max_severity\": \"",
        "\"max_severity\": \"10.1\", \"x\": \"",
    );
    is_value(run_osv(&report, 1, "clean.stderr"), "a score above 10");
    // More of the evaluations admitted than there were.
    let counters = changed(
        &format!("{FLAGS}/evaluations.json"),
        "\"24106\"",
        "\"482117\"",
    );
    let file = |name: &str| read(&format!("{FLAGS}/{name}"));
    is_value(
        flag(&file("flags.json"), &counters, &file("latency.json")),
        "admitted",
    );
    let rollout = changed(
        "argo/1.7.2-handmade/rollout.yaml",
        "setWeight: 50",
        "setWeight: 101",
    );
    let documents = [
        rollout,
        read("argo/1.7.2-handmade/analysisruns.json"),
        read("argo/1.7.2-handmade/events.json"),
    ];
    is_value(
        canary(&documents.each_ref().map(Vec::as_slice)),
        "a weight of 101",
    );
}
