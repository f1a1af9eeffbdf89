//! Argo Rollouts 1.x (`argoproj.io/v1alpha1`): a canary as it was stepped, or aborted.
//!
//! The `Rollout`, its `AnalysisRun`s and its Kubernetes `Event`s, as YAML (several documents) or
//! JSON (a resource, a `List`, an array or JSON lines). Resources of other kinds are passed over.
//! Source: Argo Rollouts v1.7.2 `types.go`, `analysis_types.go`, `utils/conditions/conditions.go`.
//!
//! A Rollout's status keeps the current step only, so the times of the steps come from the events:
//!
//! | event | message | gives |
//! |---|---|---|
//! | `TrafficWeightUpdated` | `Traffic weight updated from 5 to 25` | the beginning of weight 25 |
//! | `RolloutStepCompleted` | `Rollout step 1/8 completed (setWeight: 5)` | the same, without traffic routing |
//! | `RolloutCompleted` | `Rollout completed update to revision 12 (<hash>): …` | the end of weight 100 |
//! | `RolloutAborted` | `Rollout aborted update to revision 12: …` | an abort |
//!
//! An event's time is its `lastTimestamp`, else `eventTime`: Kubernetes folds equal messages of an
//! earlier release into one event and keeps the first time.
//!
//! # Rules
//! The status is of this generation (`observedGeneration`). Weights grow from step to step and end
//! at 100, said or implied. Each weight's dwell is measured, and at least as long as its pauses, unless
//! `promoteFull` skipped them. Analysis runs carry the canary's pod hash, and name this Rollout where they name one; a
//! run counts for the step that its time lies in, a run over several steps by its measurements, of which a failed one
//! inside a successful run (`failureLimit`) leaves its step inconclusive. A plan with analysis that went through has
//! runs. `aborted` follows
//! `status.abort`, `abortedAt` or the event; anything between is not finished, and refused.

mod analysis;
mod document;

use jwp_core::Timestamp;

use self::{
    analysis::{Run, known_metric, latest, milliseconds, outcome, runs},
    document::{Canary, Resource, Status, Step, resources, time},
};
use super::{ImportError, Imported, fault, rollback::Abort};
use crate::kind::canary::{
    Canary as Claimed, CanaryAborted, CanaryStep, CanaryStepped, PlanStep, StepAnalysis,
    WeightSource,
};

/// What the documents of a rollout do not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CanaryContext {
    /// Version of the controller (`1.7.2`).
    pub argo_rollouts_version: Option<String>,
    /// Version of the cluster (`1.31.2`).
    pub kubernetes_version: Option<String>,
    /// The rule at which the operator aborts, in words (`p99 > +10 % OR 5xx > 0.01`).
    pub abort_threshold: Option<String>,
    /// The metric of the analysis runs that holds the 99th percentile, and its unit.
    pub p99_metric: Option<(String, LatencyUnit)>,
    /// The metric of the analysis runs that holds the error rate.
    pub error_rate_metric: Option<String>,
}

/// The unit of a latency metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LatencyUnit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds, as Prometheus' own.
    Seconds,
}

/// How a canary ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a canary that ended went through or was aborted"
)]
pub enum CanaryImport {
    /// Its traffic was taken back.
    Aborted(Imported<CanaryAborted>),
    /// It went through to weight 100.
    Stepped(Imported<CanaryStepped>),
}

/// One weight of the canary, as planned.
struct Planned {
    weight: u32,
    pauses_s: u64,
    /// 1-based number of its `setWeight` in the list; absent for the implied 100.
    step: Option<usize>,
}

/// Reads a canary from its documents.
///
/// # Errors
/// `Import.Json` for bytes that are neither strict JSON nor strict YAML; `Import.Incomplete` for a
/// missing Rollout, status, event or time, a status of another generation, and a rollout that is
/// neither complete nor aborted, between whose first weight and end another one ended, whose failed
/// analysis has no time, whose plan has analysis of which there is no run, or whose analysis has no metric of a name that
/// the context gives; `Import.Unsupported` for another API version, strategy, step or weights that are not out of 100; `Import.Value` for weights that do not grow, a dwell below its
/// pauses, counters that do not add up, and words or times that Argo Rollouts does not write.
pub fn import(documents: &[&[u8]], context: &CanaryContext) -> Result<CanaryImport, ImportError> {
    let (all, evidence) = resources(documents, context)?;
    let mut rollouts = all.iter().filter(|r| r.kind == "Rollout");
    let expected = "one Rollout";
    let rollout = rollouts
        .next()
        .ok_or_else(|| fault::incomplete("Rollout", expected))?;
    if rollouts.next().is_some() {
        return Err(fault::value("Rollout", expected));
    }
    if rollout.api_version != "argoproj.io/v1alpha1" {
        return Err(fault::unsupported(
            "Rollout /apiVersion",
            "argoproj.io/v1alpha1",
        ));
    }
    let strategy = rollout
        .spec
        .as_ref()
        .and_then(|spec| spec.strategy.as_ref());
    let canary = strategy.and_then(|strategy| strategy.canary.as_ref());
    let canary =
        canary.ok_or_else(|| fault::unsupported("Rollout /spec/strategy", "a canary strategy"))?;
    let status = rollout.status.as_ref();
    let status = status.ok_or_else(|| fault::incomplete("Rollout /status", "a status"))?;
    let observed = status.observed_generation.as_deref();
    let generation = rollout.metadata.generation.map(|g| g.to_string());
    if observed.is_none() || observed != generation.as_deref() {
        let expected = "the status of this generation";
        return Err(fault::incomplete(
            "Rollout /status/observedGeneration",
            expected,
        ));
    }
    let pod_hash = status.current_pod_hash.clone().filter(|h| !h.is_empty());
    let pod_hash = pod_hash
        .ok_or_else(|| fault::incomplete("Rollout /status/currentPodHash", "a pod hash"))?;
    let planned = plan(canary.steps.as_deref().unwrap_or_default())?;
    let mesh = mesh(canary)?;
    let verified = status
        .canary
        .as_ref()
        .and_then(|c| c.weights.as_ref()?.verified);
    let weight_source = match (&mesh, verified) {
        (None, _) => WeightSource::ReplicaRatio,
        (Some(_), Some(true)) => WeightSource::RouterVerified,
        (Some(_), _) => WeightSource::Requested,
    };
    let events = events(&all, rollout)?;
    let promote_full = status.promote_full == Some(true);
    let started = started(
        &planned,
        &events,
        weight_source == WeightSource::ReplicaRatio,
    )?;
    let first = started.first().copied();
    let first = first.ok_or_else(|| {
        fault::incomplete(
            "Event",
            "TrafficWeightUpdated or RolloutStepCompleted of the first weight",
        )
    })?;
    let abort_event = events
        .iter()
        .rev()
        .find(|e| e.reason == "RolloutAborted" && e.at_ms >= first);
    let aborted_at = match status.aborted_at.as_deref() {
        Some(at) => Some(time(at, "Rollout /status/abortedAt")?),
        None => abort_event.map(|event| event.at_ms),
    };
    let aborted = status.abort == Some(true) || aborted_at.is_some();
    let end = if aborted {
        aborted_at
            .ok_or_else(|| fault::incomplete("Rollout /status/abortedAt", "a time of abort"))?
    } else {
        completed(status, &pod_hash, &planned, &started, &events)?
    };
    if started.last().is_some_and(|&last| end < last) {
        return Err(fault::value("Event", "an end after the last weight"));
    }
    // Kubernetes keeps the events of earlier rollouts: between the first weight and the end no other one ended.
    // The event of an abort may come a second before its time in the status.
    let ended = |e: &Happened<'_>| match e.reason {
        "RolloutAborted" if aborted => e.at_ms.saturating_add(1000) < end,
        "RolloutAborted" | "RolloutCompleted" => e.at_ms < end,
        _ => false,
    };
    if events.iter().any(|e| ended(e) && first < e.at_ms) {
        let expected = "the beginning of every weight in this rollout";
        return Err(fault::incomplete("Event", expected));
    }
    let runs = runs(&all, &rollout.metadata, &pod_hash)?;
    let analysed = canary.analysis.is_some()
        || canary
            .steps
            .iter()
            .flatten()
            .any(|step| step.analysis.is_some());
    if analysed && runs.is_empty() && !aborted && !promote_full {
        let expected = "an AnalysisRun of this Rollout and pod hash: its plan has analysis";
        return Err(fault::incomplete("AnalysisRun", expected));
    }
    // Wherever it lies: a run over several steps may have lost the measurements that failed.
    let of_this = |run: &&Run<'_>| run.ended_ms.is_none_or(|ended| ended >= first);
    let failed = |run: &Run<'_>| matches!(run.phase, StepAnalysis::Failed | StepAnalysis::Error);
    if !aborted && runs.iter().filter(of_this).any(failed) {
        return Err(fault::value(
            "AnalysisRun",
            "no failed analysis in a rollout that went through",
        ));
    }
    let asked = [
        context.p99_metric.as_ref().map(|(name, _)| name),
        context.error_rate_metric.as_ref(),
    ];
    for name in asked.into_iter().flatten() {
        known_metric(&all, &rollout.metadata, &pod_hash, name)?;
    }
    let mut steps = Vec::with_capacity(started.len());
    for (i, (&from_ms, planned)) in started.iter().zip(&planned).enumerate() {
        let next = i.checked_add(1).and_then(|next| started.get(next)).copied();
        let to_ms = next.unwrap_or(end);
        // In whole seconds, so that each step ends where the next begins.
        let (from_s, to_s) = (from_ms / 1000, to_ms / 1000);
        let dwell_s = to_s.saturating_sub(from_s);
        // The last step of an aborted canary was cut short; the others stood their time.
        let whole = next.is_some() || !aborted;
        if whole && dwell_s < planned.pauses_s && !promote_full {
            let place = format!("setWeight {}", planned.weight);
            return Err(fault::value(
                place,
                "a dwell at least as long as the pauses of the plan",
            ));
        }
        let started_at = Timestamp::from_secs(from_s).ok_or_else(|| fault::range("Event"))?;
        let analysis = outcome(&runs, from_ms, to_ms);
        let mut step = CanaryStep::new(planned.weight.into(), started_at, dwell_s, analysis);
        if let Some((name, unit)) = &context.p99_metric {
            let value = latest(&runs, name, from_ms, to_ms)?;
            step.p99_ms = value.map(|value| milliseconds(value, *unit)).transpose()?;
        }
        if let Some(name) = &context.error_rate_metric {
            step.error_rate = latest(&runs, name, from_ms, to_ms)?.map(|rate| rate.round(6));
        }
        steps.push(step);
    }
    // A single measurement of a run that as a whole did not fail.
    let bad =
        |step: &CanaryStep| matches!(step.analysis, StepAnalysis::Failed | StepAnalysis::Error);
    if !aborted && steps.iter().any(bad) {
        return Err(fault::value(
            "AnalysisRun",
            "no failed analysis in a rollout that went through",
        ));
    }
    let plan = planned
        .iter()
        .map(|p| PlanStep::new(p.weight.into(), p.pauses_s))
        .collect();
    let mut canary = Claimed::new(steps, plan, pod_hash, weight_source);
    canary.promote_full = promote_full;
    canary.rollback_fired = aborted;
    canary.abort_threshold.clone_from(&context.abort_threshold);
    canary.mesh = mesh;
    Ok(if aborted {
        CanaryImport::Aborted(Imported::new(
            CanaryAborted::new(canary),
            evidence,
            Vec::new(),
        )?)
    } else {
        CanaryImport::Stepped(Imported::new(
            CanaryStepped::new(canary),
            evidence,
            Vec::new(),
        )?)
    })
}

/// How an aborted rollout took its traffic back: from `abortedAt` (or the event) to
/// `TrafficWeightUpdated` to 0.
///
/// # Errors
/// Those of [`import`]; `Import.Incomplete` for a rollout that was not aborted, or whose traffic is not
/// known to be back.
pub fn abort(documents: &[&[u8]], context: &CanaryContext) -> Result<Abort, ImportError> {
    let (all, evidence) = resources(documents, context)?;
    let rollout = all.iter().find(|resource| resource.kind == "Rollout");
    let rollout = rollout.ok_or_else(|| fault::incomplete("Rollout", "one Rollout"))?;
    let events = events(&all, rollout)?;
    let event = events
        .iter()
        .rev()
        .find(|event| event.reason == "RolloutAborted");
    let status = rollout.status.as_ref();
    let started_ms = match status.and_then(|status| status.aborted_at.as_deref()) {
        Some(at) => time(at, "Rollout /status/abortedAt")?,
        None => {
            let expected = "a time of abort";
            event
                .ok_or_else(|| fault::incomplete("Rollout /status/abortedAt", expected))?
                .at_ms
        }
    };
    // It may come back in steps. What goes up again is another rollout; times have whole seconds.
    let back = |event: &Happened<'_>| matches!(updated(event.message), Some((_, 0)));
    let up = |event: &Happened<'_>| {
        event.at_ms > started_ms
            && updated(event.message).is_some_and(|(from, to)| from.unwrap_or(0) < to)
    };
    let moved = |event: &&Happened<'_>| {
        event.reason == "TrafficWeightUpdated"
            && event.at_ms >= started_ms
            && (back(event) || up(event))
    };
    let finished = events.iter().find(moved).filter(|event| back(event));
    let expected = "TrafficWeightUpdated to 0 after the abort";
    let finished_ms = finished
        .ok_or_else(|| fault::incomplete("Event", expected))?
        .at_ms;
    // The controller's own words may hold anything; only what they mean enters the claim.
    let says = |words: &str| event.is_some_and(|event| event.message.contains(words));
    let reason = if says("assessed Failed") {
        "an analysis failed"
    } else if says("assessed Error") {
        "an analysis could not be made"
    } else if says("assessed Inconclusive") {
        "an analysis was inconclusive"
    } else {
        "the rollout was aborted"
    };
    Ok(Abort {
        started_ms,
        finished_ms,
        reason,
        evidence,
    })
}

/// The weights of the plan, with the pauses at each.
fn plan(steps: &[Step]) -> Result<Vec<Planned>, ImportError> {
    let mut planned: Vec<Planned> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let place = || format!("Rollout /spec/strategy/canary/steps/{i}");
        if let Some(weight) = step.set_weight {
            if weight > 100 || planned.last().is_some_and(|last| last.weight >= weight) {
                return Err(fault::value(
                    place(),
                    "weights that grow from step to step, to 100",
                ));
            }
            let step = i.checked_add(1);
            planned.push(Planned {
                weight,
                pauses_s: 0,
                step,
            });
        } else if let Some(pause) = &step.pause {
            let seconds = match &pause.duration {
                None => None,
                Some(text) => Some(
                    duration(&text.0)
                        .ok_or_else(|| fault::value(place(), "a duration such as 30s, 5m or 1h"))?,
                ),
            };
            if let (Some(seconds), Some(weight)) = (seconds, planned.last_mut()) {
                weight.pauses_s = weight.pauses_s.saturating_add(seconds);
            }
        } else if !step.moves_no_traffic() {
            return Err(fault::unsupported(place(), "a step of Argo Rollouts 1.7"));
        }
    }
    // A leading setWeight 0 moves nothing.
    planned.retain(|planned| planned.weight > 0);
    // After the last step the weight is 100, said or not.
    if planned.last().is_none_or(|last| last.weight < 100) {
        planned.push(Planned {
            weight: 100,
            pauses_s: 0,
            step: None,
        });
    }
    Ok(planned)
}

/// Argo's durations: whole seconds without a unit, or a number and `s`, `m` or `h`, several in a row.
fn duration(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut total, mut rest) = (0u64, text);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .filter(|&end| end > 0)?;
        let (digits, tail) = rest.split_at_checked(end)?;
        let unit = tail.chars().next()?;
        let scale = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(scale)?)?;
        rest = tail.get(1..)?;
    }
    (!text.is_empty()).then_some(total)
}

/// The traffic router's name, where there is one.
fn mesh(canary: &Canary) -> Result<Option<String>, ImportError> {
    let Some(routing) = &canary.traffic_routing else {
        return Ok(None);
    };
    let place = "Rollout /spec/strategy/canary/trafficRouting";
    if routing.contains_key("maxTrafficWeight") {
        return Err(fault::unsupported(place, "weights out of 100"));
    }
    let options = ["managedRoutes"];
    let mut routers = routing
        .keys()
        .filter(|name| !options.contains(&name.as_str()));
    match (routers.next(), routers.next()) {
        (Some(router), None) if router.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Ok(Some(router.clone()))
        }
        _ => Err(fault::unsupported(place, "one traffic router")),
    }
}

struct Happened<'a> {
    at_ms: u64,
    reason: &'a str,
    message: &'a str,
}

fn events<'a>(all: &'a [Resource], rollout: &Resource) -> Result<Vec<Happened<'a>>, ImportError> {
    let mut events = Vec::new();
    for event in all.iter().filter(|resource| resource.kind == "Event") {
        let Some(object) = &event.involved_object else {
            continue;
        };
        let of_rollout = object.kind.as_deref() == Some("Rollout");
        if !of_rollout || !object.names(&rollout.metadata) {
            continue;
        }
        let place = format!(
            "Event {}",
            event.metadata.name.as_deref().unwrap_or_default()
        );
        let at = event
            .last_timestamp
            .as_deref()
            .or(event.event_time.as_deref());
        let at = at.ok_or_else(|| fault::incomplete(&*place, "lastTimestamp or eventTime"))?;
        events.push(Happened {
            at_ms: time(at, &place)?,
            reason: event.reason.as_deref().unwrap_or_default(),
            message: event.message.as_deref().unwrap_or_default(),
        });
    }
    events.sort_by_key(|event| event.at_ms);
    Ok(events)
}

/// When each planned weight began, for as many as were reached.
fn started(
    planned: &[Planned],
    events: &[Happened<'_>],
    by_replicas: bool,
) -> Result<Vec<u64>, ImportError> {
    let mut times: Vec<u64> = Vec::new();
    let mut weight = 0;
    for planned in planned {
        // Another way to the same weight is one of another rollout.
        let before = core::mem::replace(&mut weight, planned.weight);
        let began = |event: &&Happened<'_>| {
            if by_replicas {
                let completed = completed_step(event.message);
                event.reason == "RolloutStepCompleted"
                    && completed == planned.step.map(|step| (step, planned.weight))
            } else {
                event.reason == "TrafficWeightUpdated"
                    && updated(event.message).is_some_and(|(from, to)| {
                        to == planned.weight && from.is_none_or(|from| from == before)
                    })
            }
        };
        let last = || events.iter().rev().find(|e| e.reason == "RolloutCompleted");
        // Without a router, the implied 100 begins when the rollout is complete.
        let found = match planned.step {
            None if by_replicas => last(),
            _ => events.iter().rev().find(began),
        };
        let Some(event) = found else { break };
        if times.last().is_some_and(|&before| event.at_ms < before) {
            // An event of an earlier release: this weight was not reached.
            break;
        }
        times.push(event.at_ms);
    }
    Ok(times)
}

/// The weights in `Traffic weight updated [from A ]to B[, …]`.
fn updated(message: &str) -> Option<(Option<u32>, u32)> {
    let rest = message.strip_prefix("Traffic weight updated ")?;
    let change = rest.split(", ").next()?;
    match change.strip_prefix("from ") {
        Some(change) => {
            let (from, to) = change.split_once(" to ")?;
            Some((Some(from.parse().ok()?), to.parse().ok()?))
        }
        None => Some((None, change.strip_prefix("to ")?.parse().ok()?)),
    }
}

/// Number and weight in `Rollout step 3/8 completed (setWeight: 25)`.
fn completed_step(message: &str) -> Option<(usize, u32)> {
    let rest = message.strip_prefix("Rollout step ")?;
    let (number, rest) = rest.split_once('/')?;
    let (_, weight) = rest.split_once(" completed (setWeight: ")?;
    let weight = weight.strip_suffix(')')?.parse().ok()?;
    Some((number.parse().ok()?, weight))
}

fn completed(
    status: &Status,
    pod_hash: &str,
    planned: &[Planned],
    started: &[u64],
    events: &[Happened<'_>],
) -> Result<u64, ImportError> {
    let unfinished = |place: &str, expected| Err(fault::incomplete(place, expected));
    if status.phase.as_deref() != Some("Healthy") {
        return unfinished("Rollout /status/phase", "phase Healthy, or an abort");
    }
    if status.stable_rs.as_deref() != Some(pod_hash) {
        return unfinished("Rollout /status/stableRS", "the canary's pod hash");
    }
    if started.len() != planned.len() {
        return unfinished("Event", "the beginning of every weight of the plan");
    }
    let hash = format!("({pod_hash})");
    let done = |e: &&Happened<'_>| e.reason == "RolloutCompleted" && e.message.contains(&hash);
    match events.iter().rev().find(done) {
        Some(event) => Ok(event.at_ms),
        None => unfinished("Event", "RolloutCompleted for the canary's pod hash"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_argos() {
        for (text, seconds) in [
            ("60", 60),
            ("30s", 30),
            ("2m", 120),
            ("1h", 3600),
            ("1h30m", 5400),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "m",
            "1d",
            "1.5h",
            "-1s",
            "5 m",
            "1h30",
            "s5",
            "99999999999999999999h",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn messages_give_weights_and_steps() {
        assert_eq!(updated("Traffic weight updated to 5"), Some((None, 5)));
        let both = Some((Some(5), 25));
        assert_eq!(updated("Traffic weight updated from 5 to 25"), both);
        let additional = "Traffic weight updated from 5 to 25, additional: []";
        assert_eq!(updated(additional), both);
        assert_eq!(updated("Traffic weight updated additional: []"), None);
        assert_eq!(updated("Traffic weight updated from 5"), None);
        assert_eq!(
            completed_step("Rollout step 3/8 completed (setWeight: 25)"),
            Some((3, 25))
        );
        assert_eq!(
            completed_step("Rollout step 2/8 completed (pause: 2m)"),
            None
        );
    }

    #[test]
    fn steps_must_grow() {
        let step = |weight| Step {
            set_weight: Some(weight),
            pause: None,
            analysis: None,
            experiment: None,
            set_canary_scale: None,
            set_header_route: None,
            set_mirror_route: None,
        };
        let weights = |steps: &[u32]| {
            let steps: Vec<Step> = steps.iter().map(|&weight| step(weight)).collect();
            let planned = plan(&steps).ok()?;
            Some(
                planned
                    .iter()
                    .map(|planned| planned.weight)
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(weights(&[5, 25, 100]), Some(vec![5, 25, 100]));
        assert_eq!(weights(&[5, 50]), Some(vec![5, 50, 100]), "100 is implied");
        assert_eq!(weights(&[]), Some(vec![100]));
        assert_eq!(weights(&[0, 20]), Some(vec![20, 100]));
        assert_eq!(weights(&[20, 20]), None);
        assert_eq!(weights(&[50, 20]), None);
        assert_eq!(weights(&[101]), None);
    }
}
