//! Incidents: which of them are the service's, and which deployments they fail.

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::Digest;

use super::{
    DoraScope, IncidentScope, artifact,
    deployment::Deployment,
    event::{Event, Reference, What},
};
use crate::{
    compute::{
        count,
        dora::{Span, Window},
    },
    import::{ImportError, fault},
};

/// An incident as its events tell it.
#[derive(Default)]
pub(super) struct Incident {
    /// When it was first known, detected or reported.
    opened_ms: Option<u64>,
    detected_ms: Option<u64>,
    resolved_ms: Option<u64>,
    /// Whether it is the service's, as the scope has it.
    counts: bool,
    /// The artifacts that it names when it opens, or else when it is resolved, and when.
    artifacts: Vec<(u64, Digest)>,
    place: String,
}

/// The incidents of the stream; an error for one that nobody opened and that would be seen nowhere.
pub(super) fn incidents(
    events: &[Event<'_>],
    scope: &DoraScope,
    deployments: &[Deployment],
) -> Result<Vec<Incident>, ImportError> {
    let mut all: BTreeMap<(&str, &str), Incident> = BTreeMap::new();
    let artifacts: BTreeSet<Digest> = deployments.iter().map(|d| d.artifact).collect();
    for event in events {
        let is_of_incident = matches!(
            event.what,
            What::IncidentDetected | What::IncidentReported | What::IncidentResolved
        );
        if !is_of_incident {
            continue;
        }
        let content = &event.content;
        let is = |reference: &Option<Reference>, id: &String| {
            reference.as_ref().map(|reference| reference.id == *id)
        };
        let named = [
            is(&content.service, &scope.service),
            is(&content.environment, &scope.environment),
        ];
        let by_stream = scope.incidents == IncidentScope::Stream;
        let elsewhere = !by_stream && named.contains(&Some(false));
        let digest = content.artifact_id.as_deref().and_then(artifact::digest);
        let digest = digest.filter(|_| !elsewhere);
        let linked = digest.is_some_and(|digest| artifacts.contains(&digest));
        let incident = all.entry(event.about()).or_default();
        incident.counts |= by_stream || named == [Some(true); 2] || linked;
        incident.place = format!("{}/subject/id", event.place);
        let at_ms = event.at_ms;
        let once = match event.what {
            What::IncidentResolved => incident.resolved_ms.replace(at_ms),
            What::IncidentDetected => incident.detected_ms.replace(at_ms),
            // As many people may report it as see it.
            _ => None,
        };
        if once.is_some_and(|before| before != at_ms) {
            let expected = "an incident detected once and resolved once";
            return Err(fault::value(&*incident.place, expected));
        }
        if event.what == What::IncidentResolved {
            if incident.artifacts.is_empty() {
                incident
                    .artifacts
                    .extend(digest.map(|digest| (at_ms, digest)));
            }
        } else {
            // Events come in order of time.
            incident.opened_ms.get_or_insert(at_ms);
            incident
                .artifacts
                .extend(digest.map(|digest| (at_ms, digest)));
        }
    }
    // Resolved and never opened, it is an incident all the same: without an artifact it would be seen nowhere.
    let unseen =
        |one: &&Incident| one.counts && one.opened_ms.is_none() && one.artifacts.is_empty();
    if let Some(incident) = all.values().find(unseen) {
        let expected = "the event that opened the incident";
        return Err(fault::incomplete(&*incident.place, expected));
    }
    Ok(all.into_values().collect())
}

/// Marks the deployment of each artifact that an incident names: the last one before it.
pub(super) fn fail_named(incidents: &[Incident], deployments: &mut [Deployment]) {
    // In order of time, so that the last one before an incident is found without a walk over all.
    let mut by_artifact: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
    for (index, deployment) in deployments.iter().enumerate() {
        let indexes = by_artifact.entry(deployment.artifact).or_default();
        indexes.push(index);
    }
    // A failure that came later than the window still belongs to its deployment.
    for (at_ms, artifact) in incidents.iter().flat_map(|incident| &incident.artifacts) {
        let of_it = by_artifact.get(artifact);
        let of_it = of_it.map(Vec::as_slice).unwrap_or_default();
        let is_before = |index: &usize| {
            let deployment = deployments.get(*index);
            deployment.is_some_and(|deployment| deployment.at_ms <= *at_ms)
        };
        let before = of_it.partition_point(is_before).checked_sub(1);
        let live = before.and_then(|at| of_it.get(at)).copied();
        if let Some(deployment) = live.and_then(|index| deployments.get_mut(index)) {
            deployment.failed = true;
        }
    }
}

/// How many of the service's were opened in the window.
pub(super) fn opened(incidents: &[Incident], window: Window) -> u64 {
    let is_inside = |one: &&Incident| one.opened_ms.is_some_and(|at| window.contains(at));
    let counting = incidents.iter().filter(|one| one.counts);
    count(counting.filter(is_inside).count())
}

/// From begin to end of those of them that were resolved.
pub(super) fn recoveries(incidents: &[Incident], window: Window) -> Vec<Span> {
    let span = |one: &Incident| {
        let (from_ms, to_ms) = one.opened_ms.zip(one.resolved_ms)?;
        window.contains(from_ms).then_some(Span { from_ms, to_ms })
    };
    let counting = incidents.iter().filter(|one| one.counts);
    counting.filter_map(span).collect()
}
