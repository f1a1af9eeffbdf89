//! Around one deployment: which incidents are its own, and which changes and incidents of one id are two.

use jwp_delivery::import::cdevents::{ChangeLink, DoraScope};
use serde_json::Value;

use crate::{
    cdevents::snapshot,
    support::{Outcome, secs},
};

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
