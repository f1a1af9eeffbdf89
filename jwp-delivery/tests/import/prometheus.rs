//! Answers of a Prometheus server and the plan that asked them: the outcome follows the figures, and doubt is no pass.

use jwp_delivery::import::prometheus::{self, AnalysisOutcome, Document};
use serde_json::Value;

use crate::support::{Files, Outcome, folder, read, replace, wire};

/// The files of a folder, as a plan names them.
pub(crate) fn documents(files: &Files) -> Vec<Document<'_>> {
    files
        .iter()
        .map(|(name, bytes)| Document { name, bytes })
        .collect()
}

fn analysis(files: &Files) -> Outcome {
    let plan = &files["plan.json"];
    let imported = prometheus::import(plan, &documents(files)).map_err(|e| e.code())?;
    assert_eq!(
        imported.reasons.is_empty(),
        matches!(imported.outcome, AnalysisOutcome::Passed(_)),
        "whatever does not pass has a reason"
    );
    Ok(match &imported.outcome {
        AnalysisOutcome::Failed(failed) => wire(&failed.claim),
        AnalysisOutcome::Inconclusive(inconclusive) => wire(&inconclusive.claim),
        AnalysisOutcome::Passed(passed) => wire(&passed.claim),
    })
}

#[track_caller]
fn analysis_with(folder: &Files, file: &str, from: &str, to: &str) -> Outcome {
    let mut files = folder.clone();
    let changed = replace(&files[file], from, to);
    files.insert(file.to_owned(), changed);
    analysis(&files)
}

#[test]
fn analysis_of_the_owner() {
    let files = folder("prometheus/2.55.1-handmade");
    let (kind, claim) = analysis(&files).unwrap();
    assert_eq!(kind, "delivery.analysis.passed");
    assert_eq!(claim["p99_ms"], "84");
    assert_eq!(claim["error_rate"], "0.0021");
    assert_eq!(claim["requests"], 170_000);
    assert_eq!(claim["errors"], 357);
    assert_eq!(claim["baseline"]["p99_ms"], "87");
    assert_eq!(claim["baseline"]["p99_sigma_ms"], "2.236");
    assert_eq!(claim["baseline"]["n"], 11);
}

#[test]
fn analysis_of_a_real_server_fails() {
    let (kind, claim) = analysis(&folder("prometheus/2.42.0")).unwrap();
    assert_eq!(kind, "delivery.analysis.failed");
    // 1.23091468536643… s: linear in the native bucket that holds observation 1133.55 of 1145.
    assert_eq!(claim["p99_ms"], "1230.915");
    assert_eq!(
        (&claim["requests"], &claim["errors"]),
        (&1150.into(), &33.into())
    );
    assert_eq!(claim["error_rate"], "0.028696");
}

#[test]
fn a_changed_count_changes_the_analysis() {
    let files = folder("prometheus/2.55.1-handmade");
    let before = analysis(&files).unwrap();
    let buckets: Value = serde_json::from_slice(&files["canary-buckets.json"]).unwrap();
    let mut seen = 0;
    for (i, series) in buckets["data"]["result"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let mut changed = buckets.clone();
        let count: u64 = series["value"][1].as_str().unwrap().parse().unwrap();
        let Some(count) = count.checked_sub(1) else {
            continue;
        };
        changed["data"]["result"][i]["value"][1] = count.to_string().into();
        let mut files = files.clone();
        files.insert(
            "canary-buckets.json".into(),
            changed.to_string().into_bytes(),
        );
        assert_ne!(analysis(&files), Ok(before.clone()), "bucket {i}");
        seen += 1;
    }
    assert!(seen > 5);
    let fewer = analysis_with(&files, "canary-requests.json", "\"170000\"", "\"169999\"");
    assert_ne!(fewer.unwrap(), before);
}

#[test]
fn analysis_outcomes_follow_the_figures() {
    let files = folder("prometheus/2.55.1-handmade");
    let kind = |outcome: Outcome| outcome.map(|(kind, _)| kind);
    let without = |role: &str| {
        let mut plan: Value = serde_json::from_slice(&files["plan.json"]).unwrap();
        let queries = plan["queries"].as_array_mut().unwrap();
        queries.retain(|query| !query["role"].as_str().unwrap().starts_with(role));
        let mut files = files.clone();
        files.insert("plan.json".into(), plan.to_string().into_bytes());
        kind(analysis(&files))
    };
    assert_eq!(without("baseline_"), Ok("delivery.analysis.inconclusive"));
    assert_eq!(without("burn_"), Ok("delivery.analysis.inconclusive"));
    assert_eq!(without("canary_errors"), Err("Import.Incomplete"));
    assert_eq!(without("buildinfo"), Err("Import.Incomplete"));

    // Both windows of 1h/5m above 14.4 times a budget of 1 %.
    let mut burning = files.clone();
    let errors = |window: &str| format!("service-errors-{window}.json");
    for (window, bad) in [
        ("5m", "40000"),
        ("1h", "400000"),
        ("6h", "400001"),
        ("30m", "40001"),
        ("3d", "400002"),
    ] {
        let name = errors(window);
        let mut body: Value = serde_json::from_slice(&files[&name]).unwrap();
        body["data"]["result"][0]["value"][1] = bad.into();
        burning.insert(name, body.to_string().into_bytes());
    }
    assert_eq!(kind(analysis(&burning)), Ok("delivery.analysis.failed"));

    // Above the abort threshold of 0.01, and above one sigma of the baseline.
    let mut body: Value = serde_json::from_slice(&files["canary-errors.json"]).unwrap();
    body["data"]["result"][0]["value"][1] = "3000".into();
    let mut many = files.clone();
    many.insert("canary-errors.json".into(), body.to_string().into_bytes());
    assert_eq!(kind(analysis(&many)), Ok("delivery.analysis.failed"));

    // 1 % of the requests beyond the last finite bucket: saturated, whatever is printed.
    let mut body: Value = serde_json::from_slice(&files["canary-buckets.json"]).unwrap();
    for series in body["data"]["result"].as_array_mut().unwrap() {
        if series["metric"]["le"] != "+Inf" {
            series["value"][1] = "1000".into();
        }
    }
    let mut saturated = files.clone();
    saturated.insert("canary-buckets.json".into(), body.to_string().into_bytes());
    assert_eq!(kind(analysis(&saturated)), Ok("delivery.analysis.failed"));

    // Seven windows say nothing about a spread.
    let mut few = files.clone();
    for name in [
        "baseline-buckets.json",
        "baseline-requests.json",
        "baseline-errors.json",
    ] {
        let mut body: Value = serde_json::from_slice(&files[name]).unwrap();
        for series in body["data"]["result"].as_array_mut().unwrap() {
            series["values"].as_array_mut().unwrap().truncate(8);
        }
        few.insert(name.into(), body.to_string().into_bytes());
    }
    assert_eq!(kind(analysis(&few)), Ok("delivery.analysis.inconclusive"));
}

/// Doubt is no pass, and one length or unit is one however it is written.
#[test]
fn an_analysis_gives_no_benefit_of_the_doubt() {
    let files = folder("prometheus/2.55.1-handmade");
    let with =
        |from: &str, to: &str| analysis_with(&files, "plan.json", from, to).map(|(kind, _)| kind);
    // The bucket of the quantile, 80 to 85 ms, lies on both sides of 97 % of 87 ms.
    let over = with(r#""p99_increase": "0.10""#, r#""p99_increase": "-0.03""#);
    assert_eq!(over, Ok("delivery.analysis.inconclusive"));
    let beyond = with(r#""p99_increase": "0.10""#, r#""p99_increase": "-0.10""#);
    assert_eq!(beyond, Ok("delivery.analysis.failed"));
    // Only the canary's buckets in milliseconds.
    let unit = with(
        r#""role": "canary_buckets","#,
        r#""role": "canary_buckets", "unit": "ms","#,
    );
    assert_eq!(unit, Err("Import.Value"));
    // 60 minutes beside an hour: the second would hide the first.
    let twice = with(r#""window": "6h""#, r#""window": "60m""#);
    assert_eq!(twice, Err("Import.Value"));
    // What was asked behind the window says nothing of it.
    let mut late = files.clone();
    let mut body: Value = serde_json::from_slice(&files["service-errors-1h.json"]).unwrap();
    body["data"]["result"][0]["value"][0] = 1_778_146_921.into();
    late.insert(
        "service-errors-1h.json".into(),
        body.to_string().into_bytes(),
    );
    assert_eq!(analysis(&late), Err("Import.Value"));
}

/// A matrix of one series per `code`, with its samples.
fn counters(series: &[(&str, &[(u64, &str)])]) -> Vec<u8> {
    let series = series
        .iter()
        .map(|(code, values)| serde_json::json!({"metric": {"code": code}, "values": values}));
    let result: Vec<Value> = series.collect();
    let data = serde_json::json!({"resultType": "matrix", "result": result});
    serde_json::json!({"status": "success", "data": data})
        .to_string()
        .into_bytes()
}

/// The series of a status code begins with the first answer of that code: its first value is growth.
#[test]
fn errors_of_a_counter_that_begins_inside_the_window_count() {
    let base = folder("prometheus/2.55.1-handmade");
    let with = |name: &str, body: Vec<u8>| {
        let mut files = base.clone();
        files.insert(name.into(), body);
        analysis(&files)
    };
    let errors = |series: &[(&str, &[(u64, &str)])]| {
        with("canary-errors.json", counters(series))
            .map(|(kind, claim)| (kind, claim["errors"].clone()))
    };
    let at = |s: u64| 1_778_146_200 + s;
    let ok: &[(u64, &str)] = &[(at(0), "7"), (at(240), "7"), (at(480), "7"), (at(720), "7")];
    // Selected are the 5xx; the other series shows that the target was scraped before.
    let late: &[(u64, &str)] = &[(at(480), "3000"), (at(720), "3010")];
    assert_eq!(
        errors(&[("200", ok), ("500", late)]),
        Ok(("delivery.analysis.failed", 3010.into()))
    );
    let last: &[(u64, &str)] = &[(at(720), "300")];
    assert_eq!(
        errors(&[("200", ok), ("500", last)]),
        Ok(("delivery.analysis.passed", 300.into()))
    );
    // Nobody knows whether a counter alone began late or was not scraped.
    let unknown = Err("Import.Incomplete");
    assert_eq!(errors(&[("500", late)]), unknown);
    let late: &[(u64, &str)] = &[(at(300), "40000"), (at(420), "40000"), (at(720), "40000")];
    assert_eq!(errors(&[("500", late)]), unknown);
    assert_eq!(errors(&[("500", last)]), Err("Import.Value"));
    // Scraped every 240 s, it may lie behind the beginning by less than that.
    let phase: &[(u64, &str)] = &[(at(100), "9000"), (at(340), "9200"), (at(580), "9300")];
    assert_eq!(
        errors(&[("500", phase)]),
        Ok(("delivery.analysis.passed", 300.into()))
    );
    let two: &[(u64, &str)] = &[(at(100), "9000"), (at(580), "9300")];
    assert_eq!(
        errors(&[("500", two)]),
        Ok(("delivery.analysis.passed", 300.into()))
    );
    // A pod that came up inside the window and failed nowhere.
    let zeros: &[(u64, &str)] = &[(at(480), "0"), (at(600), "0"), (at(720), "0")];
    assert_eq!(
        errors(&[("500", two), ("503", zeros)]),
        Ok(("delivery.analysis.passed", 300.into()))
    );
    let begun: &[(u64, &str)] = &[(at(0), "9000"), (at(720), "9300")];
    assert_eq!(
        errors(&[("500", begun)]),
        Ok(("delivery.analysis.passed", 300.into()))
    );
    // The same for the budget: five minutes end with the window.
    let burn = |series: &[(&str, &[(u64, &str)])]| {
        with("service-errors-5m.json", counters(series))
            .map(|(_, claim)| claim["burn"][0]["bad"].clone())
    };
    let all: &[(u64, &str)] = &[(at(420), "1"), (at(570), "1"), (at(720), "1")];
    let late: &[(u64, &str)] = &[(at(570), "50"), (at(720), "51")];
    assert_eq!(burn(&[("200", all), ("500", late)]), Ok(51.into()));
    assert_eq!(burn(&[("500", late)]), Err("Import.Incomplete"));
}

/// What is counted lies in a bucket, or the quantile is not known.
#[test]
fn a_native_histogram_holds_what_it_counts() {
    let files = folder("prometheus/2.42.0");
    let plan: Value = serde_json::from_slice(&files["plan.json"]).unwrap();
    let queries = plan["queries"].as_array().unwrap();
    let buckets = queries
        .iter()
        .find(|query| query["role"] == "canary_buckets")
        .unwrap();
    let name = buckets["file"].as_str().unwrap();
    let count = r#""count":"1145""#;
    let more = analysis_with(&files, name, count, r#""count":"114500""#);
    assert_eq!(more, Err("Import.Value"));
    let one = analysis_with(&files, name, count, r#""count":"1146""#);
    assert_eq!(one, Err("Import.Value"));
}

/// Buckets of two forms do not compare, and the error says so.
#[test]
fn a_native_canary_has_no_classic_baseline() {
    let mut files = folder("prometheus/2.55.1-handmade");
    let sample = read("prometheus/2.42.0/native-histogram-sample.json");
    let mut native: Value = serde_json::from_slice(&sample).unwrap();
    native["data"]["result"][0]["histogram"][0] = 1_778_146_920.into();
    files.insert(
        "canary-buckets.json".into(),
        native.to_string().into_bytes(),
    );
    assert_eq!(analysis(&files), Err("Import.Unsupported"));
}

/// T94 among them: a version that is more than one.
#[test]
fn documents_that_are_no_analysis_are_refused() {
    let files = folder("prometheus/2.55.1-handmade");
    let q = "canary-requests.json";
    for (file, from, to, code) in [
        (q, "success", "error", "Import.Incomplete"),
        (q, "success", "successful", "Import.Unsupported"),
        (
            q,
            "{\"status\"",
            "{\"warnings\":[\"x\"],\"status\"",
            "Import.Incomplete",
        ),
        (
            q,
            "{\"status\"",
            "{\"infos\":[\"x\"],\"status\"",
            "Import.Incomplete",
        ),
        (
            q,
            "{\"status\"",
            "{\"status\":\"success\",\"status\"",
            "Import.Json",
        ),
        (q, "{\"status\"", "\u{feff}{\"status\"", "Import.Json"),
        (q, "vector", "string", "Import.Unsupported"),
        (q, "\"170000\"", "\"NaN\"", "Import.Value"),
        (q, "\"170000\"", "\"+Inf\"", "Import.Value"),
        (q, "\"170000\"", "\"170000.5\"", "Import.Value"),
        (q, "\"170000\"", "\"-1\"", "Import.Value"),
        (q, "\"170000\"", "\"5.725e+21\"", "Import.Value"),
        (q, "\"170000\"", "\"1,700\"", "Import.Value"),
        (q, "\"170000\"", "\"0\"", "Import.Value"),
        (q, "\"170000\"", "\"356\"", "Import.Value"),
        (q, "1778146920", "1778146921", "Import.Value"),
        (q, "1778146920", "1778146199", "Import.Value"),
        (q, "1778146920", "1778146919.9999", "Import.Value"),
        ("canary-buckets.json", "\"+Inf\"", "\"Inf\"", "Import.Value"),
        (
            "canary-buckets.json",
            "\"+Inf\"",
            "\"11\"",
            "Import.Incomplete",
        ),
        (
            "canary-buckets.json",
            "\"le\"",
            "\"ge\"",
            "Import.Incomplete",
        ),
        ("buildinfo.json", "2.55.1", "4.0.0", "Import.Unsupported"),
        ("buildinfo.json", "success", "error", "Import.Incomplete"),
        (
            "buildinfo.json",
            "2.55.1",
            "2.55.1 https://admin:hunter2@prom.internal/",
            "Import.Value",
        ),
        (
            "plan.json",
            "prometheus-plan/1",
            "prometheus-plan/2",
            "Import.Unsupported",
        ),
        (
            "plan.json",
            "\"canary_requests\"",
            "\"canary_request\"",
            "Import.Unsupported",
        ),
        (
            "plan.json",
            "canary-requests.json",
            "../canary-requests.json",
            "Import.Path",
        ),
        (
            "plan.json",
            "canary-requests.json",
            "/canary-requests.json",
            "Import.Path",
        ),
        (
            "plan.json",
            "canary-requests.json",
            "nothing.json",
            "Import.Incomplete",
        ),
        (
            "plan.json",
            "\"slo\": \"0.99\"",
            "\"slo\": \"1\"",
            "Import.Value",
        ),
        (
            "plan.json",
            "\"quantile\": \"0.99\"",
            "\"quantile\": \"99\"",
            "Import.Value",
        ),
        (
            "plan.json",
            "\"short\": \"5m\"",
            "\"short\": \"6m\"",
            "Import.Value",
        ),
    ] {
        let got = analysis_with(&files, file, from, to);
        assert_eq!(got, Err(code), "{file}: {from} to {to}");
    }
    let mut empty = files.clone();
    empty.insert(q.into(), read("prometheus/2.42.0/empty-vector.json"));
    assert_eq!(
        analysis(&empty),
        Err("Import.Incomplete"),
        "no data is not zero"
    );
    for cut in 0..files[q].trim_ascii_end().len() {
        let mut torn = files.clone();
        torn.get_mut(q).unwrap().truncate(cut);
        let code = if cut == 0 {
            "Import.Incomplete"
        } else {
            "Import.Json"
        };
        assert_eq!(analysis(&torn), Err(code), "{cut}");
    }
}
