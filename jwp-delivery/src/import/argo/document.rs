//! The resources of a rollout, as Kubernetes writes them: source as in the module above.

use std::collections::BTreeMap;

use core::fmt;

use jwp_core::Evidence;
use serde::{Deserialize, Deserializer, de};

use super::CanaryContext;
use crate::import::{ImportError, fault, stream};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    #[serde(default)]
    pub(super) api_version: String,
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) spec: Option<Spec>,
    #[serde(default)]
    pub(super) status: Option<Status>,
    #[serde(default)]
    pub(super) items: Option<Vec<Self>>,
    // ---- Event ----
    #[serde(default)]
    pub(super) involved_object: Option<Metadata>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) last_timestamp: Option<String>,
    #[serde(default)]
    pub(super) event_time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) uid: Option<String>,
    #[serde(default)]
    pub(super) namespace: Option<String>,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) owner_references: Option<Vec<Self>>,
    #[serde(default)]
    pub(super) generation: Option<u64>,
    #[serde(default)]
    pub(super) creation_timestamp: Option<String>,
    #[serde(default)]
    pub(super) labels: Option<BTreeMap<String, Option<String>>>,
}

impl Metadata {
    /// Whether this names the resource of that metadata: the same name, and namespace and uid where both say them.
    pub(super) fn names(&self, other: &Self) -> bool {
        let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        self.name == other.name
            && agree(&self.uid, &other.uid)
            && agree(&self.namespace, &other.namespace)
    }

    /// Whether this is a resource that the Rollout of that metadata may own.
    pub(super) fn may_belong_to(&self, rollout: &Self) -> bool {
        let apart = self.namespace.is_some()
            && rollout.namespace.is_some()
            && self.namespace != rollout.namespace;
        let owners = self.owner_references.iter().flatten();
        let mut owners = owners.filter(|owner| owner.kind.as_deref() == Some("Rollout"));
        // One that an Experiment owns carries the pod hash alone.
        let owned = match owners.next() {
            None => true,
            Some(first) => first.names(rollout) || owners.any(|owner| owner.names(rollout)),
        };
        !apart && owned
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    #[serde(default)]
    pub(super) strategy: Option<Strategy>,
    #[serde(default)]
    pub(super) metrics: Option<Vec<MetricSpec>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetricSpec {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) failure_limit: Option<Scalar>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Strategy {
    #[serde(default)]
    pub(super) canary: Option<Canary>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Canary {
    #[serde(default)]
    pub(super) steps: Option<Vec<Step>>,
    /// Runs in the background of all steps.
    #[serde(default)]
    pub(super) analysis: Option<Anything>,
    #[serde(default)]
    pub(super) traffic_routing: Option<BTreeMap<String, Anything>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    #[serde(default)]
    pub(super) set_weight: Option<u32>,
    #[serde(default)]
    pub(super) pause: Option<Pause>,
    #[serde(default)]
    pub(super) analysis: Option<Anything>,
    #[serde(default)]
    pub(super) experiment: Option<Anything>,
    #[serde(default)]
    pub(super) set_canary_scale: Option<Anything>,
    #[serde(default)]
    pub(super) set_header_route: Option<Anything>,
    #[serde(default)]
    pub(super) set_mirror_route: Option<Anything>,
}

impl Step {
    /// Known steps that are neither a weight nor a pause.
    pub(super) const fn moves_no_traffic(&self) -> bool {
        self.analysis.is_some()
            || self.experiment.is_some()
            || self.set_canary_scale.is_some()
            || self.set_header_route.is_some()
            || self.set_mirror_route.is_some()
    }
}

#[derive(Deserialize)]
pub(super) struct Pause {
    #[serde(default)]
    pub(super) duration: Option<Scalar>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    #[serde(default)]
    pub(super) phase: Option<String>,
    #[serde(default)]
    pub(super) observed_generation: Option<String>,
    #[serde(default)]
    pub(super) current_pod_hash: Option<String>,
    #[serde(default, rename = "stableRS")]
    pub(super) stable_rs: Option<String>,
    #[serde(default)]
    pub(super) abort: Option<bool>,
    #[serde(default)]
    pub(super) aborted_at: Option<String>,
    #[serde(default)]
    pub(super) promote_full: Option<bool>,
    #[serde(default)]
    pub(super) canary: Option<CanaryStatus>,
    // ---- AnalysisRun ----
    #[serde(default)]
    pub(super) started_at: Option<String>,
    #[serde(default)]
    pub(super) completed_at: Option<String>,
    #[serde(default)]
    pub(super) metric_results: Option<Vec<MetricResult>>,
}

#[derive(Deserialize)]
pub(super) struct CanaryStatus {
    #[serde(default)]
    pub(super) weights: Option<Weights>,
}

#[derive(Deserialize)]
pub(super) struct Weights {
    #[serde(default)]
    pub(super) verified: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetricResult {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) phase: String,
    #[serde(default)]
    pub(super) measurements: Option<Vec<Measurement>>,
    #[serde(default)]
    pub(super) count: u64,
    #[serde(default)]
    pub(super) successful: u64,
    #[serde(default)]
    pub(super) failed: u64,
    #[serde(default)]
    pub(super) inconclusive: u64,
    #[serde(default)]
    pub(super) dry_run: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Measurement {
    #[serde(default)]
    pub(super) phase: String,
    #[serde(default)]
    pub(super) finished_at: Option<String>,
    #[serde(default)]
    pub(super) value: Option<String>,
}

/// A string or an integer, as its text (`IntOrString` of Kubernetes).
pub(super) struct Scalar(pub(super) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Scalar, E> {
                Ok(Scalar(n.to_string()))
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Scalar, E> {
                Ok(Scalar(n.to_string()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// A member that only has to be there. Typed, so that the reader's depth limit holds for it.
pub(super) struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// All resources of all documents, and what each document is evidence of.
pub(super) fn resources(
    documents: &[&[u8]],
    context: &CanaryContext,
) -> Result<(Vec<Resource>, Vec<Evidence>), ImportError> {
    let mut all: Vec<Resource> = Vec::new();
    let mut evidence = Vec::with_capacity(documents.len());
    for (i, bytes) in documents.iter().enumerate() {
        let place = format!("document {}", i.saturating_add(1));
        let first = all.len();
        for resource in parse(bytes).map_err(|e| fault::within(e, &place))? {
            match resource.items {
                Some(items) if resource.kind.ends_with("List") => all.extend(items),
                _ => all.push(resource),
            }
        }
        let own = all.get(first..).unwrap_or_default();
        let holds = |kind: &str| own.iter().any(|resource| resource.kind == kind);
        let argo = ("Argo Rollouts", &context.argo_rollouts_version);
        let (role, (tool, version)) = if holds("Rollout") {
            ("rollout", argo)
        } else if holds("AnalysisRun") {
            ("analysis runs", argo)
        } else {
            (
                "cluster events",
                ("Kubernetes", &context.kubernetes_version),
            )
        };
        evidence.push(Evidence::of_bytes(role, bytes).with_tool(tool, version.clone()));
    }
    Ok((all, evidence))
}

fn parse(bytes: &[u8]) -> Result<Vec<Resource>, ImportError> {
    if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        fault::bounded(bytes)?;
        let rows = stream::rows(bytes)?;
        let read = |row: &stream::Row<'_>| {
            fault::json(row.bytes).map_err(|e| fault::within(e, &row.place()))
        };
        return rows.iter().map(read).collect();
    }
    fault::yaml(bytes)
}
