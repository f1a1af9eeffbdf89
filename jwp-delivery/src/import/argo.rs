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

mod aborted;
mod analysis;
mod course;
mod document;
mod events;
mod plan;

pub use self::aborted::abort;
use self::{
    analysis::{Run, is_bad, known_metric, latest, milliseconds, outcome, runs},
    course::Course,
    document::{Canary, Resource, Status, resources},
    events::events,
    plan::{mesh, plan},
};
use super::{ImportError, Imported, fault};
use crate::kind::canary::{
    Canary as Claimed, CanaryAborted, CanaryStep, CanaryStepped, PlanStep, WeightSource,
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
    let rollout = only_rollout(&all)?;
    let strategy = strategy(rollout)?;
    let status = current_status(rollout)?;
    let pod_hash = status.current_pod_hash.clone().filter(|h| !h.is_empty());
    let pod_hash = pod_hash
        .ok_or_else(|| fault::incomplete("Rollout /status/currentPodHash", "a pod hash"))?;
    let planned = plan(strategy.steps.as_deref().unwrap_or_default())?;
    let mesh = mesh(strategy)?;
    let weight_source = weight_source(mesh.as_deref(), status);
    let events = events(&all, rollout)?;
    let by_replicas = weight_source == WeightSource::ReplicaRatio;
    let course = Course::of(planned, status, &pod_hash, &events, by_replicas)?;
    let runs = runs(&all, &rollout.metadata, &pod_hash)?;
    check_runs(&runs, strategy, &course)?;
    let asked = [
        context.p99_metric.as_ref().map(|(name, _)| name),
        context.error_rate_metric.as_ref(),
    ];
    for name in asked.into_iter().flatten() {
        known_metric(&all, &rollout.metadata, &pod_hash, name)?;
    }
    let steps = steps(&course, &runs, context)?;
    let plan = course
        .planned()
        .iter()
        .map(|p| PlanStep::new(p.weight.into(), p.pauses_s))
        .collect();
    let mut canary = Claimed::new(steps, plan, pod_hash, weight_source);
    canary.promote_full = course.promote_full;
    canary.rollback_fired = course.aborted;
    canary.abort_threshold.clone_from(&context.abort_threshold);
    canary.mesh = mesh;
    Ok(if course.aborted {
        let claim = CanaryAborted::new(canary);
        CanaryImport::Aborted(Imported::new(claim, evidence, Vec::new())?)
    } else {
        let claim = CanaryStepped::new(canary);
        CanaryImport::Stepped(Imported::new(claim, evidence, Vec::new())?)
    })
}

fn only_rollout(all: &[Resource]) -> Result<&Resource, ImportError> {
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
    Ok(rollout)
}

fn strategy(rollout: &Resource) -> Result<&Canary, ImportError> {
    let spec = rollout.spec.as_ref();
    let strategy = spec.and_then(|spec| spec.strategy.as_ref());
    strategy
        .and_then(|strategy| strategy.canary.as_ref())
        .ok_or_else(|| fault::unsupported("Rollout /spec/strategy", "a canary strategy"))
}

fn current_status(rollout: &Resource) -> Result<&Status, ImportError> {
    let status = rollout.status.as_ref();
    let status = status.ok_or_else(|| fault::incomplete("Rollout /status", "a status"))?;
    let observed = status.observed_generation.as_deref();
    let generation = rollout.metadata.generation.map(|g| g.to_string());
    if observed.is_none() || observed != generation.as_deref() {
        let place = "Rollout /status/observedGeneration";
        return Err(fault::incomplete(place, "the status of this generation"));
    }
    Ok(status)
}

/// Who says that the weights were those.
fn weight_source(mesh: Option<&str>, status: &Status) -> WeightSource {
    let canary = status.canary.as_ref();
    let verified = canary.and_then(|canary| canary.weights.as_ref()?.verified);
    match (mesh, verified) {
        (None, _) => WeightSource::ReplicaRatio,
        (Some(_), Some(true)) => WeightSource::RouterVerified,
        (Some(_), _) => WeightSource::Requested,
    }
}

/// A plan with analysis that went through has runs, and none of them failed.
fn check_runs(runs: &[Run<'_>], strategy: &Canary, course: &Course) -> Result<(), ImportError> {
    if course.aborted {
        return Ok(());
    }
    let mut steps = strategy.steps.iter().flatten();
    let analysed = strategy.analysis.is_some() || steps.any(|step| step.analysis.is_some());
    if analysed && runs.is_empty() && !course.promote_full {
        let expected = "an AnalysisRun of this Rollout and pod hash: its plan has analysis";
        return Err(fault::incomplete("AnalysisRun", expected));
    }
    // Wherever it lies: a run over several steps may have lost the measurements that failed.
    let of_this = |run: &&Run<'_>| run.ended_ms.is_none_or(|ended| ended >= course.first_ms);
    if runs.iter().filter(of_this).any(|run| is_bad(run.phase)) {
        return Err(failed_analysis());
    }
    Ok(())
}

fn failed_analysis() -> ImportError {
    let expected = "no failed analysis in a rollout that went through";
    fault::value("AnalysisRun", expected)
}

/// The weights that were reached, each with what was analysed meanwhile.
fn steps(
    course: &Course,
    runs: &[Run<'_>],
    context: &CanaryContext,
) -> Result<Vec<CanaryStep>, ImportError> {
    let mut steps = Vec::new();
    for stage in course.stages() {
        let stage = stage?;
        let (from_ms, to_ms) = (stage.from_ms, stage.to_ms);
        let analysis = outcome(runs, from_ms, to_ms);
        let weight = stage.weight.into();
        let mut step = CanaryStep::new(weight, stage.started_at, stage.dwell_s, analysis);
        if let Some((name, unit)) = &context.p99_metric {
            let value = latest(runs, name, from_ms, to_ms)?;
            step.p99_ms = value.map(|value| milliseconds(value, *unit)).transpose()?;
        }
        if let Some(name) = &context.error_rate_metric {
            step.error_rate = latest(runs, name, from_ms, to_ms)?.map(|rate| rate.round(6));
        }
        steps.push(step);
    }
    // A single measurement of a run that as a whole did not fail.
    if !course.aborted && steps.iter().any(|step| is_bad(step.analysis)) {
        return Err(failed_analysis());
    }
    Ok(steps)
}
