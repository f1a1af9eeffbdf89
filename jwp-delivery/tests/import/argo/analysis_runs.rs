//! Which analysis runs count for which step of a canary, and what they show.

use jwp_delivery::import::argo::{self, CanaryContext, LatencyUnit};
use serde_json::Value;

use crate::{
    argo::{canary, canary_context},
    support::{Outcome, folder, replace},
};

/// Changes the analysis runs of the owner's canary.
fn with_runs(change: impl Fn(&mut Vec<Value>)) -> Outcome {
    let mut files = folder("argo/1.7.2-handmade");
    let mut runs: Value = serde_json::from_slice(&files["analysisruns.json"]).unwrap();
    change(runs["items"].as_array_mut().unwrap());
    files.insert("analysisruns.json".into(), runs.to_string().into_bytes());
    canary(&files)
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
