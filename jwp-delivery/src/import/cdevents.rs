//! CDEvents 0.3 to 0.6: a delivery stream, and DORA's figures over a window of it.
//!
//! The stream is CDEvents as JSON lines or an array, or CloudEvents 1.0 (structured lines or a batch)
//! whose data are CDEvents. Source: CDEvents v0.5 `spec.md`, `cloudevents-binding.md`;
//! `context.version` (≤ 0.4) became `context.specversion`.
//!
//! | event | what it gives |
//! |---|---|
//! | `change.merged` | when a change was merged |
//! | `artifact.packaged` | `content.change.id` → the artifact, `subject.id` |
//! | `service.deployed`, `service.upgraded` | a deployment of `content.artifactId` in `content.environment.id` |
//! | `service.rolledback` | the deployment that was live there has failed; `artifactId` is live after it |
//! | `incident.detected`, `incident.reported`, `incident.resolved` | an incident, open from the first of the first two, and the deployment of its `artifactId` has failed |
//!
//! What an event is about is named by `subject.id` within `subject.source`, which is the event's own where it is not said. An
//! incident that names another service or environment is theirs. Other types are not used, but are leaves of `events_root`. A deployment is distinct by service,
//! environment and artifact digest: reported again while live it is the same deployment. All times
//! are `context.timestamp`. Order in the stream does not matter; the same event twice counts once.
//!
//! **Does not prove** that the stream is complete: producers lose events.

mod artifact;
mod deployment;
mod event;
mod incident;
mod lead_time;

use jwp_core::{Evidence, Timestamp};

use self::{
    deployment::{counted, deployments},
    event::events,
    incident::{fail_named, incidents, opened, recoveries},
    lead_time::leads,
};
use super::{ImportError, Imported, fault};
use crate::{
    compute::dora::{self, DoraError, Window},
    kind::dora::DoraSnapshot,
};

/// How a deployment is joined with the changes that it brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeLink {
    /// By name: the `change.id` of the artifact that was packaged and deployed.
    Artifact,
    /// By order: a deployment brings every change merged since the deployment before it. For
    /// streams of one service from one trunk, whose artifacts name no change.
    Sequence,
}

/// Which incidents of a stream count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IncidentScope {
    /// Those that name the service and environment, or a deployed artifact and no other service or environment.
    Service,
    /// All: the stream is of this service alone.
    Stream,
}

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoraScope {
    /// `subject.id` of the service.
    pub service: String,
    /// `content.environment.id` of production.
    pub environment: String,
    /// Beginning of the window, inclusive.
    pub from: Timestamp,
    /// End of the window, exclusive.
    pub to: Timestamp,
    /// How changes are joined with deployments.
    pub changes: ChangeLink,
    /// Which incidents count.
    pub incidents: IncidentScope,
}

impl DoraScope {
    /// A service in an environment over `from <= t < to`; changes by artifact, incidents by service.
    #[must_use]
    pub fn new(
        service: impl Into<String>,
        environment: impl Into<String>,
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        Self {
            service: service.into(),
            environment: environment.into(),
            from,
            to,
            changes: ChangeLink::Artifact,
            incidents: IncidentScope::Service,
        }
    }

    /// With another way to join changes.
    #[must_use]
    pub const fn with_changes(mut self, changes: ChangeLink) -> Self {
        self.changes = changes;
        self
    }

    /// With other incidents.
    #[must_use]
    pub const fn with_incidents(mut self, incidents: IncidentScope) -> Self {
        self.incidents = incidents;
        self
    }
}

/// Reads the stream and computes the figures of the window.
///
/// The evidence names the stream; the leaves of `events_root` are the exact bytes of every event in
/// it (the CloudEvent, where it is wrapped), each once, in order of time, source and id.
///
/// # Errors
/// `Import.Json`; `Import.Incomplete` for an empty stream, a missing member, a deployment of the service without its
/// environment, an incident that was resolved, never opened and names no artifact, and where no change is behind any deployment; `Import.Unsupported` for another version of
/// CDEvents; `Import.Value` for an id used twice for different events, a change merged or an incident detected twice, a change that two sources name, an
/// artifact without a digest, a change deployed before it was merged, a rollback to what is live and was deployed once, and no
/// deployment in the window.
pub fn import(bytes: &[u8], scope: &DoraScope) -> Result<Imported<DoraSnapshot>, ImportError> {
    let claimed = fault::window("window", scope.from, scope.to)?;
    let window = Window::between(scope.from, scope.to).ok_or_else(|| fault::range("window"))?;
    let events = events(bytes)?;
    let mut deployments = deployments(&events, scope)?;
    let incidents = incidents(&events, scope, &deployments)?;
    fail_named(&incidents, &mut deployments);
    let leads = leads(&events, &deployments, window, scope.changes)?;
    let refused = |error| fault::dora("service.deployed", error);
    let lead_time_min = dora::median_minutes(&leads).map_err(refused)?;
    // Without a deployment there is no rate and no lead time, and that is the first thing to say.
    let counts = counted(&deployments, window);
    let events_root = dora::events_root(events.iter().map(|event| event.raw));
    let mut claim = DoraSnapshot::new(claimed, counts, events_root)
        .ok_or_else(|| refused(DoraError::NoDeployment))?;
    let expected = "a merged change behind some deployment";
    claim.lead_time_min =
        lead_time_min.ok_or_else(|| fault::incomplete("change.merged", expected))?;
    claim.incidents = opened(&incidents, window);
    claim.recovery_time_min = dora::median_minutes(&recoveries(&incidents, window))
        .map_err(|error| fault::dora("incident.resolved", error))?;
    let evidence = Evidence::of_bytes("delivery events", bytes)
        .with_media_type("application/json")
        .with_tool("CDEvents", None);
    Imported::new(claim, vec![evidence], Vec::new())
}
