//! The course of a rollout: when each weight began, how long it stood, and how it ended.

use jwp_core::Timestamp;

use super::{
    document::Status,
    events::{Happened, completed_step, updated},
    plan::Planned,
};
use crate::import::{ImportError, fault, rfc3339::read_ms};

/// A rollout that ended.
pub(super) struct Course {
    planned: Vec<Planned>,
    /// When each weight began, for as many as were reached.
    started: Vec<u64>,
    /// When the first one began.
    pub(super) first_ms: u64,
    end_ms: u64,
    pub(super) aborted: bool,
    pub(super) promote_full: bool,
}

/// A weight that was reached.
pub(super) struct Stage {
    pub(super) weight: u32,
    pub(super) started_at: Timestamp,
    pub(super) dwell_s: u64,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

impl Course {
    /// Follows a plan through the events. Without a router (`by_replicas`), a completed step is what says that its
    /// weight began.
    pub(super) fn of(
        planned: Vec<Planned>,
        status: &Status,
        pod_hash: &str,
        events: &[Happened<'_>],
        by_replicas: bool,
    ) -> Result<Self, ImportError> {
        let started = started(&planned, events, by_replicas)?;
        let first_ms = started.first().copied().ok_or_else(|| {
            let expected = "TrafficWeightUpdated or RolloutStepCompleted of the first weight";
            fault::incomplete("Event", expected)
        })?;
        let aborted_at = match status.aborted_at.as_deref() {
            Some(at) => Some(read_ms(at, "Rollout /status/abortedAt")?),
            None => {
                let abort = |e: &&Happened<'_>| e.reason == "RolloutAborted" && e.at_ms >= first_ms;
                events.iter().rev().find(abort).map(|event| event.at_ms)
            }
        };
        let aborted = status.abort == Some(true) || aborted_at.is_some();
        let end_ms = if aborted {
            aborted_at
                .ok_or_else(|| fault::incomplete("Rollout /status/abortedAt", "a time of abort"))?
        } else {
            completed(status, pod_hash, &planned, &started, events)?
        };
        if started.last().is_some_and(|&last| end_ms < last) {
            return Err(fault::value("Event", "an end after the last weight"));
        }
        // Kubernetes keeps the events of earlier rollouts: between the first weight and the end no other one ended.
        // The event of an abort may come a second before its time in the status.
        let ended = |e: &Happened<'_>| match e.reason {
            "RolloutAborted" if aborted => e.at_ms.saturating_add(1000) < end_ms,
            "RolloutAborted" | "RolloutCompleted" => e.at_ms < end_ms,
            _ => false,
        };
        if events.iter().any(|e| ended(e) && first_ms < e.at_ms) {
            let expected = "the beginning of every weight in this rollout";
            return Err(fault::incomplete("Event", expected));
        }
        Ok(Self {
            planned,
            started,
            first_ms,
            end_ms,
            aborted,
            promote_full: status.promote_full == Some(true),
        })
    }

    /// The weights of the plan, reached or not.
    pub(super) fn planned(&self) -> &[Planned] {
        &self.planned
    }

    /// The weights that were reached, in order. One that stood for less than its pauses is refused.
    pub(super) fn stages(&self) -> impl Iterator<Item = Result<Stage, ImportError>> {
        let ends = self.started.iter().skip(1).copied().map(Some);
        let begun = self.started.iter().zip(ends.chain([None]));
        begun
            .zip(&self.planned)
            .map(|((&from_ms, next), planned)| self.stage(planned, from_ms, next))
    }

    fn stage(
        &self,
        planned: &Planned,
        from_ms: u64,
        next: Option<u64>,
    ) -> Result<Stage, ImportError> {
        let to_ms = next.unwrap_or(self.end_ms);
        // In whole seconds, so that each step ends where the next begins.
        let (from_s, to_s) = (from_ms / 1000, to_ms / 1000);
        let dwell_s = to_s.saturating_sub(from_s);
        // The last step of an aborted canary was cut short; the others stood their time.
        let whole = next.is_some() || !self.aborted;
        if whole && dwell_s < planned.pauses_s && !self.promote_full {
            let place = format!("setWeight {}", planned.weight);
            let expected = "a dwell at least as long as the pauses of the plan";
            return Err(fault::value(place, expected));
        }
        Ok(Stage {
            weight: planned.weight,
            started_at: Timestamp::from_secs(from_s).ok_or_else(|| fault::range("Event"))?,
            dwell_s,
            from_ms,
            to_ms,
        })
    }
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

/// When a rollout that was not aborted was complete.
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
