//! Canaries of Argo Rollouts: the steps as they were measured, and rollouts that break a rule.

mod analysis_runs;

use jwp_delivery::import::argo::{self, CanaryContext, CanaryImport, LatencyUnit};
use serde_json::Value;

use crate::support::{Files, Outcome, folder, replace, wire};

pub(crate) fn canary_context() -> CanaryContext {
    let mut context = CanaryContext::default();
    context.argo_rollouts_version = Some("1.7.2".into());
    context.kubernetes_version = Some("1.31.2".into());
    context.abort_threshold = Some("p99 > +10 % OR 5xx > 0.01".into());
    context.p99_metric = Some(("p99-latency".into(), LatencyUnit::Seconds));
    context.error_rate_metric = Some("error-rate".into());
    context
}

pub(crate) fn canary(files: &Files) -> Outcome {
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
        (
            e,
            "\"lastTimestamp\": \"2026-05-07T09:30:00Z\"",
            "\"lastTimestamp\": \"soon\"",
            "Import.Value",
        ),
    ] {
        assert_eq!(with(file, from, to), Err(code), "{file}: {from} to {to}");
    }
    // A count in `spec` is nobody's; the one in `status` is.
    assert_eq!(with(a, "\"count\": 3", "\"count\": 4"), canary(&files));
    let mut miscounted: Value = serde_json::from_slice(&files[a]).unwrap();
    miscounted["items"][0]["status"]["metricResults"][0]["failed"] = 1.into();
    let mut changed = files.clone();
    changed.insert(a.into(), miscounted.to_string().into_bytes());
    assert_eq!(canary(&changed), Err("Import.Value"));
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
