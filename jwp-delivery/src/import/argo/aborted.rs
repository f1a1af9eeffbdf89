//! How an aborted rollout took its traffic back.

use super::{
    CanaryContext,
    document::resources,
    events::{Happened, events, updated},
};
use crate::import::{ImportError, fault, rfc3339::read_ms, rollback::Abort};

/// How an aborted rollout took its traffic back: from `abortedAt` (or the event) to
/// `TrafficWeightUpdated` to 0.
///
/// # Errors
/// Those of [`import`](super::import()); `Import.Incomplete` for a rollout that was not aborted, or whose traffic is not
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
        Some(at) => read_ms(at, "Rollout /status/abortedAt")?,
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
