//! What the analysis runs of a canary came to, step by step.

use jwp_core::Decimal;

use super::{
    LatencyUnit,
    document::{Metadata, MetricResult, Resource},
};
use crate::{
    compute::Ratio,
    import::{
        ImportError, fault,
        rfc3339::{parse_ms, read_ms},
    },
    kind::canary::StepAnalysis,
};

/// An analysis run of this canary that has begun.
pub(super) struct Run<'a> {
    pub(super) started_ms: u64,
    /// Absent while it runs.
    pub(super) ended_ms: Option<u64>,
    pub(super) phase: StepAnalysis,
    pub(super) metrics: &'a [MetricResult],
}

/// The analysis runs of this Rollout and pod hash, begun or not. A hash of equal templates is equal in other namespaces
/// too.
fn of_rollout<'a>(
    all: &'a [Resource],
    rollout: &Metadata,
    pod_hash: &str,
) -> impl Iterator<Item = &'a Resource> {
    all.iter().filter(move |resource| {
        let labels = resource.metadata.labels.as_ref();
        let label = labels.and_then(|labels| labels.get("rollouts-pod-template-hash")?.as_ref());
        resource.kind == "AnalysisRun"
            && label.map(String::as_str) == Some(pod_hash)
            && resource.metadata.may_belong_to(rollout)
    })
}

/// Refuses a name that no analysis run of the rollout has for a metric, measured yet or not: mistyped, it would leave
/// the figure out as if nobody had asked. Where nothing was analysed there is no name to compare with.
pub(super) fn known_metric(
    all: &[Resource],
    rollout: &Metadata,
    pod_hash: &str,
    name: &str,
) -> Result<(), ImportError> {
    let mut runs = of_rollout(all, rollout, pod_hash).peekable();
    let none = runs.peek().is_none();
    let named = |resource: &Resource| {
        let spec = resource
            .spec
            .as_ref()
            .and_then(|spec| spec.metrics.as_deref());
        let status = resource.status.as_ref();
        let results = status.and_then(|status| status.metric_results.as_deref());
        let mut planned = spec.unwrap_or_default().iter().map(|m| m.name.as_deref());
        let mut measured = results.unwrap_or_default().iter();
        planned.any(|planned| planned == Some(name)) || measured.any(|m| m.name == name)
    };
    if none || runs.any(named) {
        return Ok(());
    }
    let place = format!("AnalysisRun metric {name}");
    Err(fault::incomplete(
        place,
        "a run of this rollout that has the metric",
    ))
}

pub(super) fn runs<'a>(
    all: &'a [Resource],
    rollout: &Metadata,
    pod_hash: &str,
) -> Result<Vec<Run<'a>>, ImportError> {
    let mut runs = Vec::new();
    for resource in of_rollout(all, rollout, pod_hash) {
        let place = format!(
            "AnalysisRun {}",
            resource.metadata.name.as_deref().unwrap_or_default()
        );
        let Some(status) = &resource.status else {
            continue;
        };
        let started = status
            .started_at
            .as_deref()
            .map(|at| read_ms(at, &place))
            .transpose()?;
        // A run without a time of its own began with its first measurement.
        let metrics = status.metric_results.as_deref().unwrap_or_default();
        let mut finished = Vec::new();
        for measurement in metrics.iter().flat_map(|m| m.measurements.iter().flatten()) {
            if let Some(at) = &measurement.finished_at {
                finished.push(read_ms(at, &place)?);
            }
        }
        let said = phase(status.phase.as_deref().unwrap_or_default(), &place)?;
        let completed = status
            .completed_at
            .as_deref()
            .map(|at| read_ms(at, &place))
            .transpose()?;
        // One that could not even begin says when it was made.
        let made = resource.metadata.creation_timestamp.as_deref();
        let made = made.map(|at| read_ms(at, &place)).transpose()?;
        let is_good = matches!(said, StepAnalysis::None | StepAnalysis::Passed);
        let begun = started.or(finished.iter().min().copied());
        let Some(started_ms) = begun.or_else(|| completed.or(made).filter(|_| !is_good)) else {
            if is_good {
                continue;
            }
            // What went wrong has its place, or nobody knows which step it was.
            return Err(fault::incomplete(place, "a time of the analysis"));
        };
        consistent(resource, said, metrics, &place)?;
        // A run that counted nothing has shown nothing, whatever it is called; a dry run never counts.
        let counts = metrics.iter().any(|m| !m.dry_run && m.count > 0);
        let phase = match said {
            StepAnalysis::Passed if !counts => StepAnalysis::Inconclusive,
            said => said,
        };
        let ended_ms = match (phase, completed) {
            (StepAnalysis::None, _) => None,
            (_, Some(at)) => Some(at),
            // Where it is not said, a beginning is no end.
            (_, None) => finished.iter().max().copied(),
        };
        runs.push(Run {
            started_ms,
            ended_ms,
            phase,
            metrics,
        });
    }
    Ok(runs)
}

fn phase(word: &str, place: &str) -> Result<StepAnalysis, ImportError> {
    match word {
        "Successful" => Ok(StepAnalysis::Passed),
        "Failed" => Ok(StepAnalysis::Failed),
        "Error" => Ok(StepAnalysis::Error),
        "Inconclusive" => Ok(StepAnalysis::Inconclusive),
        "" | "Pending" | "Running" => Ok(StepAnalysis::None),
        _ => Err(fault::value(place, "a phase of Argo Rollouts 1.7")),
    }
}

/// Counters add up, and a successful run has no metric over its failure limit.
fn consistent(
    resource: &Resource,
    phase: StepAnalysis,
    metrics: &[MetricResult],
    place: &str,
) -> Result<(), ImportError> {
    let specs = resource
        .spec
        .as_ref()
        .and_then(|spec| spec.metrics.as_deref())
        .unwrap_or_default();
    for metric in metrics.iter().filter(|metric| !metric.dry_run) {
        let sum = metric.successful.checked_add(metric.failed);
        let sum = sum.and_then(|sum| sum.checked_add(metric.inconclusive));
        if sum != Some(metric.count) {
            let expected = "count to be successful + failed + inconclusive";
            return Err(fault::value(format!("{place} {}", metric.name), expected));
        }
        let spec = specs
            .iter()
            .find(|spec| spec.name.as_deref() == Some(metric.name.as_str()));
        // Absent it is 0; a text such as `{{args.limit}}` is one that is not known.
        let limit = match spec.and_then(|spec| spec.failure_limit.as_ref()) {
            None => Some(0),
            Some(limit) => limit.0.parse::<i64>().ok(),
        };
        // A negative limit switches the count off.
        let over = limit.is_some_and(|limit| {
            limit >= 0 && i64::try_from(metric.failed).is_ok_and(|failed| failed > limit)
        });
        let failed_metric = matches!(metric.phase.as_str(), "Failed" | "Error" | "Inconclusive");
        if phase == StepAnalysis::Passed && (over || failed_metric) {
            let expected = "no failed metric in a successful run";
            return Err(fault::value(format!("{place} {}", metric.name), expected));
        }
    }
    Ok(())
}

/// Whether something went wrong: what is inconclusive did not.
pub(super) const fn is_bad(phase: StepAnalysis) -> bool {
    matches!(phase, StepAnalysis::Failed | StepAnalysis::Error)
}

/// The worst of what was analysed inside the step.
pub(super) fn outcome(runs: &[Run<'_>], from_ms: u64, to_ms: u64) -> StepAnalysis {
    let inside = |at: u64| (from_ms..=to_ms).contains(&at);
    let mut worst = StepAnalysis::None;
    for run in runs {
        let ended_inside = run.ended_ms.map_or_else(|| is_bad(run.phase), inside);
        if inside(run.started_ms) && ended_inside {
            worst = worse(worst, run.phase);
            continue;
        }
        for metric in run.metrics.iter().filter(|metric| !metric.dry_run) {
            for measurement in metric.measurements.iter().flatten() {
                let at = measurement.finished_at.as_deref().and_then(parse_ms);
                if at.is_some_and(inside) {
                    let seen = phase(&measurement.phase, "").unwrap_or(StepAnalysis::Error);
                    // What the limits of the run let pass is no failure, and no success of its step either.
                    let tolerated = is_bad(seen) && run.phase == StepAnalysis::Passed;
                    let seen = if tolerated {
                        StepAnalysis::Inconclusive
                    } else {
                        seen
                    };
                    worst = worse(worst, seen);
                }
            }
        }
    }
    worst
}

/// The more serious of two: none, passed, inconclusive, error, failed.
fn worse(a: StepAnalysis, b: StepAnalysis) -> StepAnalysis {
    let rank = |analysis| match analysis {
        StepAnalysis::None => 0,
        StepAnalysis::Passed => 1,
        StepAnalysis::Inconclusive => 2,
        StepAnalysis::Error => 3,
        StepAnalysis::Failed => 4,
    };
    if rank(a) < rank(b) { b } else { a }
}

/// The last value of a metric inside the step.
pub(super) fn latest(
    runs: &[Run<'_>],
    name: &str,
    from_ms: u64,
    to_ms: u64,
) -> Result<Option<Decimal>, ImportError> {
    let mut last: Option<(u64, &str)> = None;
    let metrics = runs
        .iter()
        .flat_map(|run| run.metrics)
        .filter(|metric| metric.name == name && !metric.dry_run);
    for measurement in metrics.flat_map(|metric| metric.measurements.iter().flatten()) {
        let Some(at) = measurement.finished_at.as_deref().and_then(parse_ms) else {
            continue;
        };
        let Some(value) = &measurement.value else {
            continue;
        };
        if (from_ms..=to_ms).contains(&at) && last.is_none_or(|(before, _)| before <= at) {
            last = Some((at, value));
        }
    }
    let Some((_, text)) = last else {
        return Ok(None);
    };
    // Argo prints a vector of one as Go does: "[0.084]".
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    // A vector of none, or 0/0: nothing was measured, and there is no figure.
    if matches!(inner, "" | "NaN") {
        return Ok(None);
    }
    let bad = || fault::value(format!("AnalysisRun metric {name}"), "one number");
    inner.parse().map(Some).map_err(|_| bad())
}

pub(super) fn milliseconds(value: Decimal, unit: LatencyUnit) -> Result<Decimal, ImportError> {
    let ms = match unit {
        LatencyUnit::Milliseconds => Some(value.round(3)),
        LatencyUnit::Seconds => Ratio::from_decimal(value)
            .and_then(|seconds| seconds.checked_mul(Ratio::from(1000))?.to_decimal(3)),
    };
    ms.ok_or_else(|| fault::range("AnalysisRun"))
}
