//! The DORA figures of a stream of CDEvents: every event counts, once, and what the stream does not say is not taken for good.

mod incidents;

use jwp_delivery::import::cdevents::{self, ChangeLink, DoraScope, IncidentScope};
use serde_json::Value;

use crate::support::{Outcome, read, replace, secs, wire};

pub(crate) fn real_scope() -> DoraScope {
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

pub(crate) fn snapshot(stream: &[u8], scope: &DoraScope) -> Outcome {
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
