//! Importers of operations over real and hand-made documents: what they compute, that a changed
//! document changes the claim or is refused with its code, and that no document of the corpus
//! panics. Claims are compared by their wire names.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test helper may panic"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jwp_core::{Claim, Digest, Link, Timestamp};
use jwp_delivery::{
    compute::bucket::Bucketing,
    import::{
        argo::{self, CanaryContext, CanaryImport, LatencyUnit},
        cdevents::{self, ChangeLink, DoraScope, IncidentScope},
        cloudevents,
        openfeature::{self, Evaluations, FlagContext, Rule},
        prometheus::{self, AnalysisOutcome, Document},
        promql,
        rollback::{self, Conditions, Guard, PreviousRelease},
    },
    kind::rollback::{DownMigration, FlagOff},
};
use serde_json::Value;

type Files = BTreeMap<String, Vec<u8>>;

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

#[track_caller]
fn read(path: &str) -> Vec<u8> {
    fs::read(testdata(path)).unwrap()
}

#[track_caller]
fn folder(path: &str) -> Files {
    let entries = fs::read_dir(testdata(path)).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// Replaces `from`, which must be there, once.
#[track_caller]
fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[track_caller]
fn secs(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds).unwrap()
}

/// The kind of a claim and its fields under their wire names.
fn wire<C: Claim>(claim: &C) -> (&'static str, Value) {
    (C::KIND, serde_json::to_value(claim).unwrap())
}

type Outcome = Result<(&'static str, Value), &'static str>;

// ---- Prometheus ----

fn analysis(files: &Files) -> Outcome {
    let documents: Vec<Document<'_>> = files
        .iter()
        .map(|(name, bytes)| Document { name, bytes })
        .collect();
    let plan = &files["plan.json"];
    let imported = prometheus::import(plan, &documents).map_err(|e| e.code())?;
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
    let failing = analysis_with(&files, "canary-errors.json", "\"value\":[", "\"value\":[");
    assert_eq!(kind(failing), Ok("delivery.analysis.passed"));
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
        assert!(
            matches!(analysis(&torn), Err("Import.Json" | "Import.Incomplete")),
            "{cut}"
        );
    }
}

#[test]
fn every_real_answer_is_read_or_refused_for_what_it_is() {
    for (name, body) in folder("prometheus/2.42.0") {
        let is_query = name.ends_with(".json") && !name.starts_with("api-") && name != "plan.json";
        if !is_query {
            continue;
        }
        let code = promql::parse(&body).map_err(|e| e.code()).err();
        let expected = name.starts_with("err-").then_some("Import.Incomplete");
        assert_eq!(code, expected, "{name}");
    }
    let twice = r#"{"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"le":"1"},"value":[1,"1"]},{"metric":{"le":"1"},"value":[2,"1"]}]}}"#;
    let error = promql::parse(twice.as_bytes()).unwrap_err();
    assert_eq!(
        (error.code(), error.place()),
        ("Import.Value", "/data/result/1")
    );
    let number = |name: &str| {
        let response = promql::parse(&read(&format!("prometheus/2.42.0/{name}.json"))).unwrap();
        response.series[0].number().map_err(|e| e.code())
    };
    assert_eq!(number("scalar"), Ok("1.5".parse().unwrap()));
    for name in [
        "nan-zero-div",
        "pos-inf",
        "scalar-nan",
        "big-count",
        "matrix-selector",
        "native-histogram-rate",
    ] {
        assert_eq!(number(name), Err("Import.Value"), "{name}");
    }
}

// ---- OpenFeature ----

fn owner_flag() -> FlagContext {
    let window = (secs(1_778_146_200), secs(1_778_146_920));
    FlagContext::new("jouledb-fast-path", "on", window, "flagd")
        .with_provider_version("0.11")
        .with_sdk_version("1.7")
}

fn flag(rule: Rule<'_>, evaluations: Evaluations<'_>, context: &FlagContext) -> Outcome {
    let imported = openfeature::import(rule, evaluations, context).map_err(|e| e.code())?;
    Ok(wire(&imported.claim))
}

fn counted(files: &Files) -> Outcome {
    let rule = Rule::Flagd {
        definition: &files["flags.json"],
        bucketing: Bucketing::FlagdV2,
    };
    let (counters, latency) = (&files["evaluations.json"], &files["latency.json"]);
    flag(
        rule,
        Evaluations::Counters { counters, latency },
        &owner_flag(),
    )
}

#[test]
fn flag_of_the_owner() {
    let (_, claim) = counted(&folder("openfeature/flagd-0.11-handmade")).unwrap();
    assert_eq!(claim["flag"], "jouledb-fast-path");
    assert_eq!(claim["rollout_pct"], 5);
    assert_eq!(claim["buckets"], 100);
    assert_eq!(claim["admitted"], serde_json::json!({"from": 0, "to": 5}));
    assert_eq!(claim["bucketing"], "flagd-v2");
    assert_eq!(claim["eval_count"], 482_116);
    assert_eq!(claim["admitted_count"], 24_106);
    assert_eq!(claim["eval_p99_ms"], "0.6");
    assert_eq!(claim["errors"], 0);
}

#[test]
fn counted_evaluations_that_cannot_be_are_refused() {
    let files = folder("openfeature/flagd-0.11-handmade");
    let before = counted(&files).unwrap();
    let (e, l, d) = ("evaluations.json", "latency.json", "flags.json");
    let with = |file: &str, from: &str, to: &str| {
        let mut files = files.clone();
        files.insert(file.to_owned(), replace(&files[file], from, to));
        counted(&files)
    };
    for (file, from, to, code) in [
        (e, "\"24106\"", "\"24107\"", "Import.Value"),
        (e, "\"458010\"", "\"458009\"", "Import.Value"),
        (e, "_success_", "_errors_", "Import.Unsupported"),
        (e, "\"key\"", "\"flag\"", "Import.Incomplete"),
        (e, "\"reason\"", "\"why\"", "Import.Incomplete"),
        (l, "\"482116\"]}]}}", "\"482117\"]}]}}", "Import.Value"),
        (l, "\"+Inf\"", "\"9\"", "Import.Incomplete"),
        (d, "ENABLED", "DISABLED", "Import.Value"),
        (d, "\"fractional\"", "\"if\"", "Import.Unsupported"),
        (d, "targetingKey", "email", "Import.Unsupported"),
        (
            d,
            "jouledb-fast-path",
            "jouledb-slow-path",
            "Import.Incomplete",
        ),
        // 4.6 % of 482,116 evaluations at 5 %: five sigma is no chance.
        (d, "            5\n", "            6\n", "Import.Value"),
    ] {
        assert_eq!(with(file, from, to), Err(code), "{file}: {from} to {to}");
    }
    // An observation in another bucket is another percentile.
    let slower = with(l, "\"479196\"", "\"479195\"").unwrap();
    assert_ne!(slower.1["eval_p99_ms"], Value::Null);
    let mut slow = files.clone();
    slow.insert(l.into(), replace(&files[l], "\"479196\"", "\"477000\""));
    assert_ne!(
        counted(&slow).unwrap().1["eval_p99_ms"],
        before.1["eval_p99_ms"]
    );
}

#[test]
fn real_evaluations_fall_into_their_buckets() {
    let definition = read("openfeature/server-sdk-1.23.0/flagd-flags.json");
    let stream = read("openfeature/server-sdk-1.23.0/evaluations-first-1000.jsonl");
    let context = FlagContext::new("new-checkout", "on", (secs(1), secs(2)), "flagd-core");
    let of = |bucketing, stream: &[u8]| {
        let rule = Rule::Flagd {
            definition: &definition,
            bucketing,
        };
        flag(rule, Evaluations::Details(stream), &context)
    };
    // The real evaluations were not timed, and the latency is claimed: nothing is made up.
    assert_eq!(of(Bucketing::FlagdV2, &stream), Err("Import.Incomplete"));
    let timed = String::from_utf8(stream.clone()).unwrap();
    let timed = timed.replace("\"flagKey\"", "\"durationNs\":600000,\"flagKey\"");
    let (_, claim) = of(Bucketing::FlagdV2, timed.as_bytes()).unwrap();
    assert_eq!(
        (&claim["rollout_pct"], &claim["eval_count"]),
        (&10.into(), &1000.into())
    );
    assert_eq!(claim["admitted_count"], 90);
    assert_eq!(claim["eval_p99_ms"], "0.6");
    assert_eq!(claim["flag_set"], "prod/acme");
    assert_eq!(claim["flag_version"], "3");
    // The evaluator of 2026 is not the one before it: user-4 fell into bucket 2 then, 98 now.
    assert_eq!(of(Bucketing::FlagdGoPre2026, &stream), Err("Import.Value"));
    let flipped = replace(&stream, "\"variant\":\"off\"", "\"variant\":\"on\"");
    assert_eq!(of(Bucketing::FlagdV2, &flipped), Err("Import.Value"));
    let anonymous = replace(&stream, "\"targetingKey\":\"user-0\",", "");
    assert_eq!(of(Bucketing::FlagdV2, &anonymous), Err("Import.Incomplete"));
}

#[test]
fn errors_and_defaults_are_no_exposures() {
    let line = |user: &str, duration: u64, rest: &str| {
        format!(
            "{{\"targetingKey\":\"{user}\",\"flagKey\":\"f\",\"value\":true,\"durationNs\":{duration},{rest}}}\n"
        )
    };
    let bucket = |user: &str| Bucketing::Jwp100.bucket("s", "f", user, 100).unwrap();
    let (mut stream, mut on) = (String::new(), 0u64);
    for i in 0..1000 {
        let user = format!("u{i}");
        let admitted = bucket(&user) < 5;
        on += u64::from(admitted);
        let variant = if admitted { "on" } else { "off" };
        stream += &line(
            &user,
            1000 * (i + 1),
            &format!("\"variant\":\"{variant}\",\"reason\":\"SPLIT\""),
        );
    }
    let rule = Rule::Percent {
        percent: 5,
        salt: "s",
    };
    let context = FlagContext::new("f", "on", (secs(1), secs(2)), "own").with_cohort_salt("c");
    let of = |stream: &str| flag(rule, Evaluations::Details(stream.as_bytes()), &context);
    let (_, clean) = of(&stream).unwrap();
    assert_eq!(
        (&clean["eval_count"], &clean["admitted_count"]),
        (&1000.into(), &on.into())
    );
    // Nearest rank: the 990th of 1000 durations of 1, 2, … 1000 µs.
    assert_eq!(clean["eval_p99_ms"], "0.99");
    // Evaluations that all went by the rule divided nobody, and show no share.
    let nobody = stream.replace("SPLIT", "STALE");
    assert_eq!(of(&nobody), Err("Import.Incomplete"));
    for rest in [
        "\"reason\":\"ERROR\",\"errorCode\":\"GENERAL\"",
        "\"reason\":\"DEFAULT\"",
        "\"variant\":\"on\",\"reason\":\"STALE\"",
        "\"variant\":\"off\",\"reason\":\"CACHED\"",
        "\"variant\":\"off\"",
    ] {
        let (_, claim) = of(&(stream.clone() + &line("x", 1, rest))).unwrap();
        assert_eq!(claim["eval_count"], 1001, "{rest}");
        assert_eq!(claim["admitted_count"], on, "{rest}");
        assert_eq!(claim["errors"], u64::from(rest.contains("ERROR")), "{rest}");
        assert_eq!(claim["cohort_root"], clean["cohort_root"], "{rest}");
        assert_ne!(claim["events_root"], clean["events_root"], "{rest}");
    }
    // Under no salt a digest gives the users away to who guesses them.
    let unsalted = FlagContext::new("f", "on", (secs(1), secs(2)), "own").with_cohort_salt("");
    assert_eq!(
        flag(rule, Evaluations::Details(stream.as_bytes()), &unsalted),
        Err("Import.Value")
    );
    // Users whom another reason than the rule admitted are in no bucket of it.
    for reason in ["DEFAULT", "STATIC", "UNKNOWN"] {
        let rest = format!("\"variant\":\"on\",\"reason\":\"{reason}\"");
        assert_eq!(
            of(&(stream.clone() + &line("x", 1, &rest))),
            Err("Import.Value"),
            "{reason}"
        );
    }
    let without = stream.clone() + &line("x", 1, "\"variant\":\"on\"");
    assert_eq!(of(&without), Err("Import.Value"));
    let untimed = stream.replacen("\"durationNs\":1000,", "", 1);
    assert_eq!(of(&untimed), Err("Import.Incomplete"));
    assert_eq!(of(""), Err("Import.Incomplete"));
    assert_eq!(of("[]"), Err("Import.Incomplete"));
}

/// The share is one of users: how often each was evaluated says nothing of it.
#[test]
fn a_share_is_one_of_distinct_users() {
    let context = FlagContext::new("f", "on", (secs(1), secs(2)), "own");
    let of = |salt: &str, users: u32, times: usize, keep: &dyn Fn(bool, u32) -> bool| {
        let mut stream = String::new();
        for n in 0..users {
            let user = format!("u{n}");
            let on = Bucketing::Jwp100.bucket(salt, "f", &user, 100).unwrap() < 5;
            let variant = if on { "on" } else { "off" };
            let line = format!(
                "{{\"targetingKey\":\"{user}\",\"flagKey\":\"f\",\"value\":{on},\"durationNs\":1,\"variant\":\"{variant}\",\"reason\":\"SPLIT\"}}\n"
            );
            if keep(on, n) {
                stream += &line.repeat(times);
            }
        }
        let rule = Rule::Percent { percent: 5, salt };
        flag(rule, Evaluations::Details(stream.as_bytes()), &context).map(|(kind, _)| kind)
    };
    for n in 0..6 {
        let often = of(&format!("s{n}"), 200, 40, &|_, _| true);
        assert_eq!(often, Ok("delivery.flag.evaluated"), "{n}");
    }
    // Only those who were admitted are reported.
    assert_eq!(
        of("s", 2000, 1, &|on, n| on || n < 100),
        Err("Import.Value")
    );

    // Counters do not tell users apart: any share may be one of few users, but for none and all.
    let files = folder("openfeature/flagd-0.11-handmade");
    let with = |(on, off): (u32, u32), (w_on, w_off): (u32, u32)| {
        let mut files = files.clone();
        let mut counts: Value = serde_json::from_slice(&files["evaluations.json"]).unwrap();
        counts["data"]["result"][0]["value"][1] = on.to_string().into();
        counts["data"]["result"][1]["value"][1] = off.to_string().into();
        files.insert("evaluations.json".into(), counts.to_string().into_bytes());
        let mut rule: Value = serde_json::from_slice(&files["flags.json"]).unwrap();
        let targeting = &mut rule["flags"]["jouledb-fast-path"]["targeting"]["fractional"];
        let weights = targeting.as_array_mut().unwrap();
        for weight in weights.iter_mut().filter(|weight| weight.is_array()) {
            weight[1] = if weight[0] == "on" {
                w_on.into()
            } else {
                w_off.into()
            };
        }
        files.insert("flags.json".into(), rule.to_string().into_bytes());
        counted(&files).map(|(_, claim)| claim["admitted_count"].clone())
    };
    assert_eq!(with((30_000, 452_116), (5, 95)), Ok(30_000.into()));
    assert_eq!(with((1, 482_115), (0, 100)), Err("Import.Value"));
    assert_eq!(with((0, 482_116), (0, 100)), Ok(0.into()));
    assert_eq!(with((482_115, 1), (100, 0)), Err("Import.Value"));
    assert_eq!(with((482_116, 0), (100, 0)), Ok(482_116.into()));
}

/// Counts of another time are not those of the window.
#[test]
fn samples_of_flag_counters_lie_in_the_window() {
    let files = folder("openfeature/flagd-0.11-handmade");
    let with = |file: &str, at: u64| {
        let mut files = files.clone();
        let text = String::from_utf8(files[file].clone()).unwrap();
        let moved = text.replace("1778146920", &at.to_string());
        files.insert(file.into(), moved.into_bytes());
        counted(&files).map(|(kind, _)| kind)
    };
    for file in ["evaluations.json", "latency.json"] {
        for at in [1, 1_778_146_199, 1_778_146_921] {
            assert_eq!(with(file, at), Err("Import.Value"), "{file} at {at}");
        }
        for at in [1_778_146_200, 1_778_146_920] {
            assert_eq!(
                with(file, at),
                Ok("delivery.flag.evaluated"),
                "{file} at {at}"
            );
        }
    }
}

/// Served by default the variant went to users outside the rule.
#[test]
fn counters_that_admit_outside_the_rule_are_refused() {
    let files = folder("openfeature/flagd-0.11-handmade");
    let with = |reason: &str| {
        let mut files = files.clone();
        let counts = &files["evaluations.json"];
        let other = replace(counts, "targeting_match", reason);
        files.insert("evaluations.json".into(), other);
        counted(&files).map(|(_, claim)| claim["admitted_count"].clone())
    };
    for reason in ["default", "static", "unknown", "whatever"] {
        assert_eq!(with(reason), Err("Import.Value"), "{reason}");
    }
    // An answer from before was one of the rule.
    assert_eq!(with("stale"), Ok(0.into()));
    assert_eq!(with("cached"), Ok(0.into()));
    assert_eq!(with("split"), Ok(24_106.into()));
}

// ---- CloudEvents ----

#[test]
fn cloud_events_of_the_sdk() {
    let files = folder("cloudevents/npm-10.0.0");
    let code = |name: &str| cloudevents::parse(&files[name]).map_err(|e| e.code()).err();
    for (name, expected) in [
        ("stream.jsonl", None),
        ("batch.body.json", None),
        ("structured.body.json", None),
        ("binary-roundtrip.json", None),
        ("data_base64.structured.json", None),
        ("string-data.structured.json", None),
        ("xml-data.structured.json", None),
        ("v0.3.structured.json", Some("Import.Unsupported")),
        // HTTP messages and test reports are no events.
        ("structured.http.json", Some("Import.Unsupported")),
        ("data_base64.binary.http.json", Some("Import.Unsupported")),
    ] {
        assert_eq!(code(name), expected, "{name}");
    }
    assert_eq!(
        cloudevents::parse(&files["stream.jsonl"]).unwrap().len(),
        50
    );
    let stream = cloudevents::parse(&files["stream.jsonl"]).unwrap();
    let batch = cloudevents::parse(&files["batch.body.json"]).unwrap();
    assert!(stream.iter().zip(&batch).all(|(a, b)| a.raw == b.raw));
}

#[test]
fn cloud_events_break_no_rule() {
    let good = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"2026-05-07T09:30:00Z","n":1,"b":true}"#;
    let of = |bytes: &str| {
        cloudevents::parse(bytes.as_bytes())
            .map(|e| e.len())
            .map_err(|e| e.code())
    };
    assert_eq!(of(good), Ok(1));
    // Null says that an attribute is not set.
    let null = good.replace("\"n\":1", "\"subject\":null,\"n\":null,\"dataschema\":null");
    assert_eq!(of(&null), Ok(1));
    assert_eq!(
        of(&good.replace("\"/s\"", "null")),
        Err("Import.Incomplete")
    );
    let data = good.replace("\"n\":1", "\"data\":null");
    let data = cloudevents::parse(data.as_bytes()).unwrap();
    assert_eq!(data[0].data, cloudevents::EventData::Json(b"null"));
    for (from, to, code) in [
        ("\"1.0\"", "\"2.0\"", "Import.Unsupported"),
        ("\"1.0\"", "1.0", "Import.Value"),
        ("\"id\":\"1\",", "", "Import.Incomplete"),
        ("\"id\":\"1\"", "\"id\":\"\"", "Import.Value"),
        ("\"id\":\"1\"", "\"id\":1", "Import.Value"),
        ("\"/s\"", "\"\"", "Import.Value"),
        ("\"type\":\"t\",", "", "Import.Incomplete"),
        ("2026-05-07T09:30:00Z", "yesterday", "Import.Value"),
        ("\"n\":1", "\"myExt\":1", "Import.Value"),
        ("\"n\":1", "\"n\":{}", "Import.Value"),
        ("\"n\":1", "\"n\":[]", "Import.Value"),
        ("\"n\":1", "\"n\":1.5", "Import.Value"),
        ("\"n\":1", "\"n\":2147483648", "Import.Value"),
        (
            "\"n\":1",
            "\"data\":1,\"data_base64\":\"AA==\"",
            "Import.Value",
        ),
        ("\"n\":1", "\"data_base64\":\"AA\"", "Import.Value"),
        ("\"n\":1", "\"id\":\"2\"", "Import.Json"),
        ("true}", "true}}", "Import.Json"),
    ] {
        assert_eq!(of(&good.replacen(from, to, 1)), Err(code), "{from} to {to}");
    }
    let twice = [good, good].join("\n");
    let set = cloudevents::distinct(cloudevents::parse(twice.as_bytes()).unwrap()).unwrap();
    assert_eq!((set.events.len(), set.repeated), (1, 1));
    let replay = [good, &good.replace("true", "false")].join("\n");
    let refused = cloudevents::distinct(cloudevents::parse(replay.as_bytes()).unwrap());
    assert_eq!(refused.unwrap_err().code(), "Import.Value");
}

#[test]
fn an_error_does_not_repeat_what_a_terminal_would_obey() {
    let hostile = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/\",\"type\":\"t\",\"a\\u001b[2Jb\\u202ec\":1}";
    let error = cloudevents::parse(hostile.as_bytes()).unwrap_err();
    assert_eq!(error.code(), "Import.Value");
    assert!(error.place().contains('\u{1b}'), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("a\\u{1b}[2Jb\\u{202e}c"), "{text}");
}

/// A stream is cut into its rows whatever is in them; only what becomes a tree counts.
#[test]
fn rows_of_a_stream_have_no_budget_in_common() {
    let row = format!("[{}0]", "0,".repeat(99));
    let stream = format!("[{}{row}]", format!("{row},").repeat(90_000));
    let error = cloudevents::parse(stream.as_bytes()).unwrap_err();
    assert!(error.place().starts_with("/0 line 1"), "{error}");
}

// ---- CDEvents ----

fn real_scope() -> DoraScope {
    // 30 days to 2026-11-24T00:00:00Z.
    DoraScope::new(
        "service/demo",
        "test123",
        secs(1_792_886_400),
        secs(1_795_478_400),
    )
    .with_changes(ChangeLink::Sequence)
    .with_incidents(IncidentScope::Stream)
}

fn snapshot(stream: &[u8], scope: &DoraScope) -> Outcome {
    let imported = cdevents::import(stream, scope).map_err(|e| e.code())?;
    Ok(wire(&imported.claim))
}

#[test]
fn dora_of_a_real_stream() {
    for name in ["cdevents.jsonl", "cloudevents-structured.jsonl"] {
        let (_, claim) = snapshot(
            &read(&format!("cdevents/0.6.0-draft/{name}")),
            &real_scope(),
        )
        .unwrap();
        // Author time is 10 minutes before commit time, deployed 30 s later.
        assert_eq!(claim["lead_time_min"], "10.5", "{name}");
        assert_eq!(claim["deployments"], 30);
        assert_eq!(claim["failed_deployments"], 3);
        assert_eq!(claim["change_failure_rate"], "0.1");
        assert_eq!(claim["deploys_per_day"], "1");
        assert_eq!(claim["incidents"], 3);
        // Detected 15:10:00, resolved 15:26:40.
        assert_eq!(claim["recovery_time_min"], "16.7");
    }
    // Its artifacts name one change that was never merged: nothing is guessed.
    let by_artifact = real_scope().with_changes(ChangeLink::Artifact);
    let stream = read("cdevents/0.6.0-draft/cdevents.jsonl");
    assert_eq!(snapshot(&stream, &by_artifact), Err("Import.Incomplete"));
    // Its incidents name another service.
    let by_service = real_scope().with_incidents(IncidentScope::Service);
    let (_, claim) = snapshot(&stream, &by_service).unwrap();
    assert_eq!(claim["incidents"], 0);
    assert_eq!(claim.get("recovery_time_min"), None);
}

/// What the stream does not say is not taken for good.
#[test]
fn a_move_that_is_half_said_is_refused() {
    let stream = read("cdevents/0.6.0-draft/cdevents.jsonl");
    let text = String::from_utf8(stream).unwrap();
    let with = |change: &dyn Fn(&str, &mut Value, &Value)| {
        let mut live = Value::Null;
        let lines = text.lines().map(|line| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            let kind = event["context"]["type"].as_str().unwrap().to_owned();
            let content = &mut event["subject"]["content"];
            if kind.contains("service.deployed") {
                live = content["artifactId"].clone();
            }
            change(&kind, content, &live);
            event.to_string()
        });
        let lines: Vec<String> = lines.collect();
        snapshot(lines.join("\n").as_bytes(), &real_scope()).map(|_| ())
    };
    assert_eq!(with(&|_, _, _| ()), Ok(()));
    // A deployment without its environment is not one elsewhere.
    let homeless = with(&|kind, content, _| {
        if kind.contains("service.deployed") {
            content.as_object_mut().unwrap().remove("environment");
        }
    });
    assert_eq!(homeless, Err("Import.Incomplete"));
    // A rollback to what is live, which no rollback made so.
    let unmoved = with(&|kind, content, live| {
        if kind.contains("service.rolledback") {
            content["artifactId"] = live.clone();
        }
    });
    assert_eq!(unmoved, Err("Import.Value"));
}

/// Where the job that rolls back deploys, the artifact comes back by a deployment, and what stood between failed.
#[test]
fn a_rollback_that_deploys_first_marks_what_it_replaces() {
    let stream = read("cdevents/0.6.0-draft/cdevents.jsonl");
    let text = String::from_utf8(stream).unwrap();
    let mut kind = String::new();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let is = event["context"]["type"].as_str().unwrap();
        if is.contains("service.deployed") {
            is.clone_into(&mut kind);
        }
        if is.contains("service.rolledback") {
            let mut deployed = event.clone();
            let id = event["context"]["id"].as_str().unwrap();
            // Of the same second, and in front of it by its id.
            deployed["context"]["id"] = format!("!{id}").into();
            deployed["context"]["type"] = kind.clone().into();
            lines.push(deployed.to_string());
        }
        lines.push(line.to_owned());
    }
    let (_, before) = snapshot(text.as_bytes(), &real_scope()).unwrap();
    let (_, claim) = snapshot(lines.join("\n").as_bytes(), &real_scope()).unwrap();
    assert_eq!(claim["failed_deployments"], before["failed_deployments"]);
    assert_eq!(claim["deployments"], 33);
}

#[test]
fn order_and_repetition_change_nothing_and_every_event_counts() {
    let stream = read("cdevents/0.6.0-draft/cdevents.jsonl");
    let text = String::from_utf8(stream.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let of = |lines: &[&str]| snapshot(lines.join("\n").as_bytes(), &real_scope());
    let before = of(&lines).unwrap();
    let mut reversed = lines.clone();
    reversed.reverse();
    assert_eq!(of(&reversed).unwrap(), before);
    let mut repeated = lines.clone();
    repeated.push(lines[3]);
    repeated.insert(0, lines[40]);
    assert_eq!(of(&repeated).unwrap(), before);
    for i in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(i);
        match of(&fewer) {
            Ok(found) => assert_ne!(found.1["events_root"], before.1["events_root"], "line {i}"),
            // Without the deployment that failed, the rollback behind it came back from nowhere.
            Err(code) => {
                assert_eq!(code, "Import.Value", "line {i}");
                assert!(lines[i].contains("service.deployed"), "line {i}");
            }
        }
    }
    let replayed = lines[3].replace("13:07:10", "13:07:11");
    let mut replay = lines.clone();
    replay.push(&replayed);
    assert_eq!(of(&replay), Err("Import.Value"));
}

#[test]
fn streams_that_cannot_be_are_refused() {
    let stream = read("cdevents/0.6.0-draft/cdevents.jsonl");
    for (from, to, code) in [
        ("0.6.0-draft", "1.0.0", "Import.Unsupported"),
        ("\"specversion\":\"0.6.0-draft\",", "", "Import.Incomplete"),
        (
            "dev.cdevents.change.merged.0.3.0",
            "dev.cdevents.change.merged.1.0.0",
            "Import.Unsupported",
        ),
        (
            "dev.cdevents.change.merged.0.3.0",
            "change.merged",
            "Import.Unsupported",
        ),
        ("2026-11-18T12:56:40.000Z", "2026-11-18", "Import.Value"),
        ("\"id\":\"ev-1\"", "\"id\":\"\"", "Import.Value"),
        (
            "pkg:oci/demo@sha256%3A0000000000000000000000000000000000000000000000000000000000000001\"}}}",
            "pkg:oci/demo:latest\"}}}",
            "Import.Value",
        ),
        (
            "\"id\":\"ev-1\"",
            "\"id\":\"ev-1\",\"id\":\"ev-1\"",
            "Import.Json",
        ),
        ("{\"context\"", "{\"context", "Import.Json"),
    ] {
        assert_eq!(
            snapshot(&replace(&stream, from, to), &real_scope()),
            Err(code),
            "{from} to {to}"
        );
    }
    let nothing = DoraScope::new("service/other", "test123", secs(1), secs(2_000_000_000));
    assert_eq!(
        snapshot(&stream, &nothing),
        Err("Import.Value"),
        "no deployment is not a rate of 0"
    );
    assert_eq!(snapshot(b"", &real_scope()), Err("Import.Incomplete"));
    assert_eq!(snapshot(b"[]", &real_scope()), Err("Import.Incomplete"));
    assert_eq!(snapshot(&[0; 100_000], &real_scope()), Err("Import.Json"));
    let wrapped = read("cdevents/0.6.0-draft/cloudevents-structured.jsonl");
    let swapped = replace(&wrapped, "{\"id\":\"ev-1\"", "{\"id\":\"ev-1000\"");
    assert_eq!(
        snapshot(&swapped, &real_scope()),
        Err("Import.Value"),
        "id of event and envelope"
    );
}

/// One deployment of `svc` to `prod` at 01:00 with its change, and `more` events: type, time, source, subject.
fn one_deployment(more: &[(&str, &str, &str, Value)]) -> Outcome {
    let purl = format!("pkg:oci/demo@sha256%3A{:064x}", 1);
    let here = serde_json::json!({"environment": {"id": "prod"}, "artifactId": purl});
    let merged = serde_json::json!({"id": "42", "source": "/a"});
    let deployed = serde_json::json!({"id": "svc", "content": here});
    let mut all = vec![
        ("change.merged.0.3.0", "00:00", "/cd", merged),
        ("service.deployed.0.3.0", "01:00", "/cd", deployed),
    ];
    all.extend_from_slice(more);
    let events = all
        .into_iter()
        .enumerate()
        .map(|(id, (kind, at, source, subject))| {
            let context = serde_json::json!({
                "specversion": "0.5.0", "id": id.to_string(), "source": source,
                "type": format!("dev.cdevents.{kind}"), "timestamp": format!("1970-01-01T{at}:00Z")
            });
            serde_json::json!({"context": context, "subject": subject}).to_string()
        });
    let events: Vec<String> = events.collect();
    let scope = DoraScope::new("svc", "prod", secs(0), secs(86_400));
    let scope = scope.with_changes(ChangeLink::Sequence);
    snapshot(events.join("\n").as_bytes(), &scope)
}

/// Failed deployments, incidents and recovery time.
fn failures(more: &[(&str, &str, &str, Value)]) -> Result<(Value, Value, Value), &'static str> {
    one_deployment(more).map(|(_, claim)| {
        let of = |name: &str| claim.get(name).cloned().unwrap_or_default();
        (
            of("failed_deployments"),
            of("incidents"),
            of("recovery_time_min"),
        )
    })
}

fn incident(id: &str, content: Value) -> Value {
    serde_json::json!({"id": id, "content": content})
}

/// Whoever finds an incident, it is one; and so is one of which only the end is known.
#[test]
fn an_incident_opens_however_it_becomes_known() {
    let purl = format!("pkg:oci/demo@sha256%3A{:064x}", 1);
    let of_artifact = || incident("i", serde_json::json!({"artifactId": purl}));
    let event = |kind, at| (kind, at, "/pager", of_artifact());
    let (detected, reported) = ("incident.detected.0.3.0", "incident.reported.0.3.0");
    let resolved = "incident.resolved.0.3.0";
    let whole = Ok((1.into(), 1.into(), "60".into()));
    assert_eq!(
        failures(&[event(detected, "02:00"), event(resolved, "03:00")]),
        whole
    );
    assert_eq!(
        failures(&[event(reported, "02:00"), event(resolved, "03:00")]),
        whole
    );
    let both = [
        event(detected, "02:30"),
        event(reported, "02:00"),
        event(resolved, "03:00"),
    ];
    assert_eq!(failures(&both), whole, "the earlier opens it");
    let thrice = [
        event(reported, "02:00"),
        event(reported, "02:10"),
        event(resolved, "03:00"),
    ];
    assert_eq!(failures(&thrice), whole);
    let open = Ok((1.into(), 1.into(), Value::Null));
    assert_eq!(failures(&[event(reported, "02:00")]), open);
    assert_eq!(
        failures(&[event(resolved, "03:00")]),
        Ok((1.into(), 0.into(), Value::Null))
    );
    let here = serde_json::json!({"service": {"id": "svc"}, "environment": {"id": "prod"}});
    let alone = (resolved, "03:00", "/pager", incident("i", here));
    assert_eq!(failures(&[alone]), Err("Import.Incomplete"));
    // An alarm that is sent again is the same; one of another time is not.
    let again = [event(detected, "02:00"), event(detected, "02:00")];
    assert_eq!(failures(&again), open);
    let twice = [event(detected, "02:00"), event(detected, "02:10")];
    assert_eq!(failures(&twice), Err("Import.Value"));
}

/// The artifact may run elsewhere too, and fail there.
#[test]
fn an_incident_of_another_place_fails_nothing_here() {
    let purl = format!("pkg:oci/demo@sha256%3A{:064x}", 1);
    let named = |service: Option<&str>, environment: Option<&str>| {
        let mut content = serde_json::json!({"artifactId": purl});
        for (name, id) in [("service", service), ("environment", environment)] {
            if let Some(id) = id {
                content[name] = serde_json::json!({"id": id});
            }
        }
        failures(&[(
            "incident.detected.0.3.0",
            "02:00",
            "/pager",
            incident("i", content),
        )])
        .map(|(failed, incidents, _)| (failed, incidents))
    };
    let (counts, none) = (Ok((1.into(), 1.into())), Ok((0.into(), 0.into())));
    assert_eq!(named(None, None), counts);
    assert_eq!(named(Some("svc"), Some("prod")), counts);
    assert_eq!(named(Some("svc"), None), counts);
    assert_eq!(named(Some("svc"), Some("staging")), none);
    assert_eq!(named(None, Some("staging")), none);
    assert_eq!(named(Some("other"), Some("prod")), none);
}

/// An id is one within its source: two repositories both have a change 42, two trackers an incident 1.
#[test]
fn ids_of_two_sources_are_two() {
    let change = |source: &str, at: &'static str| {
        (
            "change.merged.0.3.0",
            at,
            "/cd",
            serde_json::json!({"id": "42", "source": source}),
        )
    };
    let lead = |more: &[(&str, &str, &str, Value)]| {
        one_deployment(more).map(|(_, claim)| claim["lead_time_min"].clone())
    };
    assert_eq!(lead(&[]), Ok("60".into()));
    assert_eq!(
        lead(&[change("/b", "00:30")]),
        Ok("45".into()),
        "half way between"
    );
    assert_eq!(
        lead(&[change("/a", "00:00")]),
        Ok("60".into()),
        "told again"
    );
    assert_eq!(lead(&[change("/a", "00:30")]), Err("Import.Value"));
    let here = || serde_json::json!({"service": {"id": "svc"}, "environment": {"id": "prod"}});
    let of =
        |source: &'static str, at| ("incident.detected.0.3.0", at, source, incident("1", here()));
    let two = failures(&[of("/pager", "02:00"), of("/desk", "02:30")]);
    assert_eq!(two.map(|(_, incidents, _)| incidents), Ok(2.into()));

    // The artifact names the change; of two it must say which.
    let by_artifact = |source: Option<&str>, others: &[&str]| {
        let purl = format!("pkg:oci/demo@sha256%3A{:064x}", 1);
        let mut change = serde_json::json!({"id": "42"});
        if let Some(source) = source {
            change["source"] = source.into();
        }
        let mut rows = vec![
            (
                "artifact.packaged",
                "00:10",
                serde_json::json!({"id": purl, "content": {"change": change}}),
            ),
            (
                "change.merged",
                "00:00",
                serde_json::json!({"id": "42", "source": "/a"}),
            ),
            (
                "service.deployed",
                "01:00",
                serde_json::json!({"id": "svc", "content":
                {"environment": {"id": "prod"}, "artifactId": purl}}),
            ),
        ];
        for other in others {
            rows.push((
                "change.merged",
                "00:30",
                serde_json::json!({"id": "42", "source": other}),
            ));
        }
        let lines: Vec<String> = rows.into_iter().enumerate().map(|(id, (kind, at, subject))| {
            serde_json::json!({"subject": subject, "context": {
                "specversion": "0.5.0", "id": id.to_string(), "source": "/cd",
                "type": format!("dev.cdevents.{kind}.0.3.0"), "timestamp": format!("1970-01-01T{at}:00Z")
            }}).to_string()
        }).collect();
        let scope = DoraScope::new("svc", "prod", secs(0), secs(86_400));
        snapshot(lines.join("\n").as_bytes(), &scope)
            .map(|(_, claim)| claim["lead_time_min"].clone())
    };
    assert_eq!(by_artifact(None, &[]), Ok("60".into()));
    assert_eq!(by_artifact(Some("/a"), &["/b"]), Ok("60".into()));
    assert_eq!(by_artifact(Some("/b"), &["/b"]), Ok("30".into()));
    assert_eq!(by_artifact(None, &["/b"]), Err("Import.Value"));
    assert_eq!(by_artifact(Some("/c"), &[]), Err("Import.Incomplete"));
}

#[test]
fn a_change_deployed_before_it_was_merged_is_refused() {
    let event = |id: &str, kind: &str, at: &str, subject: &str, content: &str| {
        format!(
            r#"{{"context":{{"version":"0.3.0","id":"{id}","source":"/s","type":"dev.cdevents.{kind}.0.1.1","timestamp":"{at}"}},"subject":{{"id":"{subject}","content":{{{content}}}}}}}"#
        )
    };
    let purl = format!("pkg:oci/a@sha256%3A{:064x}", 7);
    let stream = |merged: &str| {
        let here = format!(r#""environment":{{"id":"e"}},"artifactId":"{purl}""#);
        [
            event("1", "change.merged", merged, "c", ""),
            event(
                "2",
                "artifact.packaged",
                "1970-01-01T00:00:30Z",
                &purl,
                r#""change":{"id":"c"}"#,
            ),
            event("3", "service.deployed", "1970-01-01T00:01:00Z", "s", &here),
        ]
        .join("\n")
    };
    let scope = DoraScope::new("s", "e", secs(0), secs(86_400));
    let (_, claim) = snapshot(stream("1970-01-01T00:00:00Z").as_bytes(), &scope).unwrap();
    assert_eq!(claim["lead_time_min"], "1");
    assert_eq!(
        snapshot(stream("1970-01-01T00:01:01Z").as_bytes(), &scope),
        Err("Import.Value")
    );
}

// ---- Argo Rollouts ----

fn canary_context() -> CanaryContext {
    let mut context = CanaryContext::default();
    context.argo_rollouts_version = Some("1.7.2".into());
    context.kubernetes_version = Some("1.31.2".into());
    context.abort_threshold = Some("p99 > +10 % OR 5xx > 0.01".into());
    context.p99_metric = Some(("p99-latency".into(), LatencyUnit::Seconds));
    context.error_rate_metric = Some("error-rate".into());
    context
}

fn canary(files: &Files) -> Outcome {
    let documents: Vec<&[u8]> = ["rollout.yaml", "analysisruns.json", "events.json"]
        .map(|name| files[name].as_slice())
        .to_vec();
    Ok(
        match argo::import(&documents, &canary_context()).map_err(|e| e.code())? {
            CanaryImport::Aborted(aborted) => wire(&aborted.claim),
            CanaryImport::Stepped(stepped) => wire(&stepped.claim),
        },
    )
}

#[test]
fn canary_of_the_owner() {
    let (kind, claim) = canary(&folder("argo/1.7.2-handmade")).unwrap();
    assert_eq!(kind, "delivery.canary.stepped");
    assert_eq!(claim["duration_min"], "12");
    assert_eq!(claim["strategy"], "canary");
    assert_eq!(claim["pod_hash"], "6d8f7c95b4");
    assert_eq!(claim["promote_full"], false);
    assert_eq!(claim["rollback_fired"], false);
    assert_eq!(claim["mesh"], "istio");
    assert_eq!(claim["weight_source"], "requested");
    let steps = claim["steps"].as_array().unwrap();
    let column = |name: &str| {
        steps
            .iter()
            .map(|step| step[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(column("weight"), [5, 25, 50, 100].map(Value::from));
    // Eight minutes of pauses, twelve of time: dwell is measured.
    assert_eq!(column("dwell_s"), [180, 240, 240, 60].map(Value::from));
    assert_eq!(column("analysis"), ["passed"; 4].map(Value::from));
    assert_eq!(column("p99_ms"), ["84"; 4].map(Value::from));
    assert_eq!(column("error_rate"), ["0.0021"; 4].map(Value::from));
    let plan = claim["plan"].as_array().unwrap();
    let pauses: Vec<_> = plan.iter().map(|step| step["pause_s"].clone()).collect();
    assert_eq!(pauses, [120, 180, 180, 0].map(Value::from));
}

#[test]
fn canary_that_was_aborted() {
    let (kind, claim) = canary(&folder("argo/1.7.2-handmade/aborted")).unwrap();
    assert_eq!(kind, "delivery.canary.aborted");
    assert_eq!(claim["rollback_fired"], true);
    let steps = claim["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1);
    assert_eq!(
        (&steps[0]["weight"], &steps[0]["analysis"]),
        (&5.into(), &"failed".into())
    );
    assert_eq!(steps[0]["p99_ms"], "1025");
}

#[test]
fn rollouts_that_break_a_rule_are_refused() {
    let files = folder("argo/1.7.2-handmade");
    let with = |file: &str, from: &str, to: &str| {
        let mut files = files.clone();
        files.insert(file.to_owned(), replace(&files[file], from, to));
        canary(&files)
    };
    let (r, a, e) = ("rollout.yaml", "analysisruns.json", "events.json");
    for (file, from, to, code) in [
        (r, "setWeight: 50", "setWeight: 20", "Import.Value"),
        (r, "setWeight: 100", "setWeight: 101", "Import.Value"),
        (
            r,
            "observedGeneration: '341'",
            "observedGeneration: '340'",
            "Import.Incomplete",
        ),
        (
            r,
            "phase: Healthy",
            "phase: Progressing",
            "Import.Incomplete",
        ),
        (
            r,
            "stableRS: 6d8f7c95b4",
            "stableRS: 57c9d6bf8d",
            "Import.Incomplete",
        ),
        (
            r,
            "argoproj.io/v1alpha1",
            "argoproj.io/v1",
            "Import.Unsupported",
        ),
        (
            r,
            "    canary:\n      canaryService",
            "    blueGreen:\n      canaryService",
            "Import.Unsupported",
        ),
        (r, "kind: Rollout", "kind: Deployment", "Import.Incomplete"),
        (r, "duration: 2m", "duration: 4m", "Import.Value"),
        (r, "duration: 2m", "duration: 2 min", "Import.Value"),
        (
            r,
            "kind: Rollout",
            "kind: Rollout\nkind: Rollout",
            "Import.Json",
        ),
        (
            r,
            "      trafficRouting:\n",
            "      trafficRouting:\n        maxTrafficWeight: 1000\n",
            "Import.Unsupported",
        ),
        (a, "\"count\": 3", "\"count\": 4", "Import.Json"),
        (
            e,
            "Traffic weight updated from 25 to 50",
            "Traffic weight updated from 25 to 51",
            "Import.Incomplete",
        ),
        (
            e,
            "RolloutCompleted",
            "RolloutFinished",
            "Import.Incomplete",
        ),
        (e, "2026-05-07T09:30:00Z", "soon", "Import.Json"),
    ] {
        // A count in `spec` is nobody's; the one in `status` is.
        if code == "Import.Json" && file != r {
            continue;
        }
        assert_eq!(with(file, from, to), Err(code), "{file}: {from} to {to}");
    }
    let mut miscounted: Value = serde_json::from_slice(&files[a]).unwrap();
    miscounted["items"][0]["status"]["metricResults"][0]["failed"] = 1.into();
    let mut changed = files.clone();
    changed.insert(a.into(), miscounted.to_string().into_bytes());
    assert_eq!(canary(&changed), Err("Import.Value"));
}

#[test]
fn an_analysis_counts_for_its_own_pods_and_its_own_step() {
    let files = folder("argo/1.7.2-handmade");
    let before = canary(&files).unwrap();
    let change = |edit: &dyn Fn(&mut Value)| {
        let mut runs: Value = serde_json::from_slice(&files["analysisruns.json"]).unwrap();
        edit(&mut runs["items"][0]);
        let mut files = files.clone();
        files.insert("analysisruns.json".into(), runs.to_string().into_bytes());
        canary(&files).map(|(_, claim)| claim["steps"][0]["analysis"].clone())
    };
    assert_eq!(before.1["steps"][0]["analysis"], "passed");
    let other_pods = change(&|run| {
        run["metadata"]["labels"]["rollouts-pod-template-hash"] = "57c9d6bf8d".into();
    });
    assert_eq!(other_pods, Ok("none".into()));
    let failed = change(&|run| {
        run["status"]["phase"] = "Failed".into();
    });
    assert_eq!(failed, Err("Import.Value"), "it went through nevertheless");
    let running = change(&|run| {
        run["status"]["phase"] = "Running".into();
        run["status"]["metricResults"] = serde_json::json!([]);
    });
    assert_eq!(running, Ok("none".into()));
    // A run that failed and kept no time of it has failed all the same.
    let unmeasured = change(&|run| {
        run["status"] = serde_json::json!({"phase": "Failed"});
    });
    assert_eq!(unmeasured, Err("Import.Value"));
    let timeless = change(&|run| {
        run["status"] = serde_json::json!({"phase": "Failed"});
        run["metadata"]["creationTimestamp"].take();
    });
    assert_eq!(timeless, Err("Import.Incomplete"));
    let over_several = change(&|run| {
        run["status"]["phase"] = "Failed".into();
        run["status"]["startedAt"] = "2026-05-07T09:31:59Z".into();
        run["status"]["metricResults"] = serde_json::json!([]);
    });
    assert_eq!(over_several, Err("Import.Value"));
    // Nothing measured is nothing shown, whatever the run is called; nor does a dry run count.
    let empty = change(&|run| run["status"]["metricResults"] = serde_json::json!([]));
    assert_eq!(empty, Ok("inconclusive".into()));
    let dry = change(&|run| {
        for metric in run["status"]["metricResults"].as_array_mut().unwrap() {
            metric["dryRun"] = true.into();
        }
    });
    assert_eq!(dry, Ok("inconclusive".into()));
}

/// A figure that was asked for is not left out in silence.
#[test]
fn a_metric_that_no_run_has_is_refused() {
    let files = folder("argo/1.7.2-handmade");
    let documents =
        ["rollout.yaml", "analysisruns.json", "events.json"].map(|name| files[name].as_slice());
    let import = |context: &CanaryContext| argo::import(&documents, context).map_err(|e| e.code());
    let mut context = canary_context();
    assert!(import(&context).is_ok());
    context.p99_metric = Some(("nosuch".into(), LatencyUnit::Seconds));
    assert_eq!(import(&context).err(), Some("Import.Incomplete"));
    context.p99_metric = None;
    assert!(import(&context).is_ok());
    context.error_rate_metric = Some("nosuch".into());
    assert_eq!(import(&context).err(), Some("Import.Incomplete"));
}

/// Changes the analysis runs of the owner's canary.
fn with_runs(change: impl Fn(&mut Vec<Value>)) -> Outcome {
    let mut files = folder("argo/1.7.2-handmade");
    let mut runs: Value = serde_json::from_slice(&files["analysisruns.json"]).unwrap();
    change(runs["items"].as_array_mut().unwrap());
    files.insert("analysisruns.json".into(), runs.to_string().into_bytes());
    canary(&files)
}

/// A run of equal pods in another namespace, or of another Rollout, is not one of this.
#[test]
fn runs_of_another_rollout_do_not_count() {
    let of_first = |change: &dyn Fn(&mut Value)| {
        with_runs(|runs| change(&mut runs[0]["metadata"]))
            .map(|(_, claim)| claim["steps"][0]["analysis"].clone())
    };
    assert_eq!(of_first(&|_| ()), Ok("passed".into()));
    let other_uid = "00000000-0000-0000-0000-000000000000";
    let others: [&dyn Fn(&mut Value); 3] = [
        &|run| run["namespace"] = "staging".into(),
        &|run| run["ownerReferences"][0]["name"] = "other".into(),
        &|run| run["ownerReferences"][0]["uid"] = other_uid.into(),
    ];
    for change in others {
        assert_eq!(of_first(change), Ok("none".into()));
    }
    // Where nothing is said, nothing contradicts; an experiment's run names the experiment.
    let silent: [&dyn Fn(&mut Value); 4] = [
        &|run| run["namespace"] = Value::Null,
        &|run| run["ownerReferences"] = Value::Null,
        &|run| run["ownerReferences"][0]["uid"] = Value::Null,
        &|run| run["ownerReferences"][0] = serde_json::json!({"kind": "Experiment", "name": "e"}),
    ];
    for change in silent {
        assert_eq!(of_first(change), Ok("passed".into()));
    }
    let all = with_runs(|runs| {
        for run in runs {
            run["metadata"]["namespace"] = "staging".into();
        }
    });
    assert_eq!(
        all,
        Err("Import.Incomplete"),
        "the plan has analysis, and no run is of it"
    );
}

#[test]
fn a_plan_with_analysis_that_went_through_has_runs() {
    let files = folder("argo/1.7.2-handmade");
    let of = |rollout: &[u8]| {
        let imported = argo::import(&[rollout, &files["events.json"]], &canary_context());
        imported.map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(of(&files["rollout.yaml"]), Err("Import.Incomplete"));
    // Promoted in full, the analysis was skipped.
    let skipped = replace(
        &files["rollout.yaml"],
        "\nstatus:\n",
        "\nstatus:\n  promoteFull: true\n",
    );
    assert_eq!(of(&skipped), Ok(()));
}

/// One failed measurement of three may be within the limit: the run is a success, the step no proof of it.
#[test]
fn a_failure_limit_tolerates_what_it_says() {
    let one_failed = |run: &mut Value, limit: Value, phase: &str| {
        run["spec"]["metrics"][0]["failureLimit"] = limit;
        let metric = &mut run["status"]["metricResults"][0];
        metric["measurements"][0]["phase"] = phase.into();
        if phase == "Failed" {
            metric["successful"] = 2.into();
            metric["failed"] = 1.into();
        }
    };
    let background = |run: &mut Value| {
        run["metadata"]["labels"]["rollout-type"] = "Background".into();
        run["status"]["startedAt"] = "2026-05-07T09:30:00Z".into();
        run["status"]["completedAt"] = "2026-05-07T09:42:00Z".into();
    };
    let step = |limit: Value, phase: &str, over_all: bool| {
        let imported = with_runs(|runs| {
            one_failed(&mut runs[0], limit.clone(), phase);
            if over_all {
                background(&mut runs[0]);
            }
        });
        imported.map(|(_, claim)| claim["steps"][0]["analysis"].clone())
    };
    assert_eq!(step(1.into(), "Failed", false), Ok("passed".into()));
    assert_eq!(step(0.into(), "Failed", false), Err("Import.Value"));
    // Over several steps, the one of the measurement is not shown to be good.
    assert_eq!(step(1.into(), "Failed", true), Ok("inconclusive".into()));
    assert_eq!(step(0.into(), "Error", true), Ok("inconclusive".into()));
    // An argument of the template is a limit that is not known here.
    assert_eq!(
        step("{{args.limit}}".into(), "Failed", false),
        Ok("passed".into())
    );
    assert_eq!(step("1".into(), "Failed", false), Ok("passed".into()));
}

/// No series, or 0/0: the last measurement of the step has no figure.
#[test]
fn a_measurement_of_nothing_has_no_figure() {
    let p99 = |value: &str| {
        let imported = with_runs(|runs| {
            runs[0]["status"]["metricResults"][0]["measurements"][2]["value"] = value.into();
        });
        imported.map(|(_, claim)| claim["steps"][0].get("p99_ms").cloned())
    };
    for value in ["[]", "[NaN]", "", "NaN"] {
        assert_eq!(p99(value), Ok(None), "{value}");
    }
    assert_eq!(p99("[0.084]"), Ok(Some("84".into())));
    assert_eq!(p99("0.0843"), Ok(Some("84.3".into())));
    for value in ["[0.084 0.2]", "soon", "[+Inf]"] {
        assert_eq!(p99(value), Err("Import.Value"), "{value}");
    }
}

/// Kubernetes keeps events of earlier rollouts beside those of this one.
#[test]
fn weights_of_an_earlier_rollout_are_not_those_of_this() {
    let files = folder("argo/1.7.2-handmade");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut events: Value = serde_json::from_slice(&files["events.json"]).unwrap();
        for event in events["items"].as_array_mut().unwrap() {
            change(event);
        }
        let mut files = files.clone();
        files.insert("events.json".into(), events.to_string().into_bytes());
        canary(&files).map(|(kind, _)| kind)
    };
    let says = |event: &Value, words: &str| event["message"].as_str().unwrap().contains(words);
    assert_eq!(with(&|_| ()), Ok("delivery.canary.stepped"));
    // Weight 100 was not reached from 50 here, so the steps before it belong to another rollout.
    let jump = with(&|event| {
        if says(event, "from 50 to 100") {
            event["message"] = "Traffic weight updated from 0 to 100".into();
        }
    });
    assert_eq!(jump, Err("Import.Incomplete"));
    // Another rollout ended between its steps and this one's end.
    let between = with(&|event| {
        if says(event, "Rollout is resumed") {
            event["reason"] = "RolloutCompleted".into();
            event["message"] = "Rollout completed update to revision 127 (57c9d6bf8d)".into();
        }
    });
    assert_eq!(between, Err("Import.Incomplete"));
}

/// What a report is made of is bounded before it is in memory.
#[test]
fn a_list_of_a_million_resources_is_refused() {
    let list = |n: usize| format!(r#"{{"kind":"List","items":[{}{{}}]}}"#, "{},".repeat(n));
    let refused = |n| {
        let bytes = list(n).into_bytes();
        argo::import(&[&bytes], &canary_context()).unwrap_err()
    };
    assert_eq!(refused(10).code(), "Import.Incomplete");
    let error = refused(1 << 20);
    assert_eq!(error.code(), "Import.Value");
    assert!(error.to_string().contains("1,048,576"), "{error}");
}

// ---- the way back ----

#[test]
fn a_rollback_is_armed_and_fires_in_measured_time() {
    let image = |n: u8| Digest::sha256(&[n]);
    let previous = PreviousRelease {
        release: "v2026.05.06".into(),
        image: image(6),
        seal: Some(Link::from_bytes([6; 32])),
    };
    let definition = read("openfeature/flagd-0.11-handmade/flags.json");
    let off = |definition: &[u8]| rollback::flag_off(definition, "jouledb-fast-path", "on");
    let target = off(&definition).unwrap();
    assert_eq!(
        (target.variant.as_str(), target.flag_set.as_deref()),
        ("off", Some("prod/jouledb"))
    );
    for (from, to, code) in [
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": \"on\"",
            "Import.Value",
        ),
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": \"none\"",
            "Import.Incomplete",
        ),
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": null",
            "Import.Incomplete",
        ),
        ("jouledb-fast-path", "another", "Import.Incomplete"),
    ] {
        let refused = off(&replace(&definition, from, to)).unwrap_err();
        assert_eq!(refused.code(), code, "{from} to {to}");
    }
    let conditions = |trigger: &[&str]| Conditions {
        rto_s: 90,
        down_migration: DownMigration::None,
        trigger: trigger.iter().map(|&t| t.to_owned()).collect(),
        round_trip_min: "13.5".parse().unwrap(),
        expires: secs(1_778_233_320),
        nonce: [7; 16],
    };
    let arm = |armed_for, trigger: &[&str]| {
        rollback::arm(
            &previous,
            armed_for,
            FlagOff::clone(&target),
            conditions(trigger),
        )
    };
    let armed = arm(image(7), &["p99 > +10 %"]).unwrap();
    assert_eq!(armed.subject, [image(7)]);
    let (kind, claim) = wire(&armed.claim);
    assert_eq!(kind, "delivery.rollback.armed");
    assert_eq!(claim["rollback_image"], image(6).to_string());
    assert_eq!(claim["previous_seal"], "06".repeat(32));
    assert!(arm(image(6), &["x"]).is_err(), "back to the same image");
    assert!(arm(image(7), &[]).is_err(), "without a condition");

    let files = folder("argo/1.7.2-handmade/aborted");
    let names = ["rollout.yaml", "analysisruns.json", "events.json"];
    let documents = names.map(|name| files[name].as_slice());
    let abort = argo::abort(&documents, &canary_context()).unwrap();
    let measured = abort.finished_ms - abort.started_ms;
    let link = Link::from_bytes([9; 32]);
    let guard = Guard::SyncPausedUntil(secs(1_800_000_000));
    let fired = rollback::fire(&armed.claim, link, abort.clone(), guard.clone()).unwrap();
    let (kind, claim) = wire(&fired.claim);
    assert_eq!(kind, "delivery.rollback.fired");
    assert_eq!(claim["measured_ms"], measured);
    assert_eq!(claim["reason"], "an analysis failed");
    assert_eq!(claim["rto_s"], 90);
    let mut backwards = abort.clone();
    backwards.finished_ms = backwards.started_ms - 1;
    let refused = rollback::fire(&armed.claim, link, backwards, guard).unwrap_err();
    assert_eq!(refused.code(), "Import.Value");
    let guard = Guard::GitRevert("HEAD~1".into());
    let refused = rollback::fire(&armed.claim, link, abort, guard).unwrap_err();
    assert_eq!(refused.code(), "Import.Value");
    let healthy = folder("argo/1.7.2-handmade");
    let documents = names.map(|name| healthy[name].as_slice());
    let refused = argo::abort(&documents, &canary_context()).unwrap_err();
    assert_eq!(refused.code(), "Import.Incomplete");
}

// ---- hostile input ----

#[test]
fn hostile_documents_are_refused_in_no_time() {
    let zeros = vec![0u8; 10_000_000];
    let brackets = vec![b'['; 1_000_000];
    let braces = b"{\"a\":".repeat(200_000);
    let blanks = vec![b'\n'; 10_000_000];
    let lines = b"{}\n".repeat((1 << 20) + 2);
    let rule = Rule::Percent {
        percent: 5,
        salt: "",
    };
    for bytes in [&zeros, &brackets, &braces, &blanks, &lines] {
        let started = std::time::Instant::now();
        let details = Evaluations::Details(bytes);
        let codes = [
            promql::parse(bytes).unwrap_err().code(),
            cloudevents::parse(bytes).unwrap_err().code(),
            cdevents::import(bytes, &real_scope()).unwrap_err().code(),
            openfeature::import(rule, details, &owner_flag())
                .unwrap_err()
                .code(),
            argo::import(&[bytes], &canary_context())
                .unwrap_err()
                .code(),
            prometheus::import(bytes, &[]).unwrap_err().code(),
        ];
        assert!(
            codes.iter().all(|code| code.starts_with("Import.")),
            "{codes:?}"
        );
        assert!(started.elapsed().as_secs() < 60);
    }
}

#[test]
fn hostile_yaml_is_refused() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let previous = format!("*a{}", i - 1);
        bomb += &format!("a{i}: &a{i} [{}]\n", [previous.as_str(); 10].join(","));
    }
    bomb += "kind: Rollout\n";
    let deep = format!("kind: Rollout\nspec: {}", "[".repeat(100_000));
    let nested = format!("kind: Rollout\nstatus: {}1", "{a: ".repeat(50_000));
    let merged = "base: &b {kind: Rollout}\n<<: *b\n".to_owned();
    let twice = "kind: Rollout\nkind: Rollout\n".to_owned();
    for yaml in [bomb, deep, nested, merged, twice] {
        let refused = argo::import(&[yaml.as_bytes()], &canary_context()).unwrap_err();
        assert_eq!(refused.code(), "Import.Json", "{}", yaml.get(..40).unwrap());
    }
}

// ---- the corpus ----

#[test]
fn the_corpus_is_read_or_refused_with_a_reason() {
    let Some(shared) = std::env::var_os("JWP_SHARED") else {
        println!("skipped: JWP_SHARED is not set");
        return;
    };
    for name in [
        "argo",
        "prometheus",
        "openfeature",
        "cloudevents",
        "cdevents",
    ] {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for entry in fs::read_dir(Path::new(&shared).join("corpus").join(name)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let refused = match name {
                "argo" => argo::import(&[&bytes], &canary_context()).err(),
                "prometheus" => promql::parse(&bytes).err(),
                "openfeature" => {
                    let rule = Rule::Flagd {
                        definition: &bytes,
                        bucketing: Bucketing::FlagdV2,
                    };
                    let details = Evaluations::Details(&bytes);
                    openfeature::import(rule, details, &owner_flag()).err()
                }
                "cloudevents" => cloudevents::parse(&bytes).err(),
                _ => cdevents::import(&bytes, &real_scope()).err(),
            };
            let code = refused.map_or("read", |error| {
                assert!(!error.to_string().is_empty(), "{}", path.display());
                error.code()
            });
            assert!(code == "read" || code.starts_with("Import."), "{code}");
            *counts.entry(code).or_default() += 1;
        }
        println!("{name}: {counts:?}");
        assert!(counts.values().sum::<usize>() > 10, "{name}");
    }
}
