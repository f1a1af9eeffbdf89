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

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::{Digest, Evidence, Timestamp};
use serde::Deserialize;

use super::{
    ImportError, Imported,
    cloudevents::{self, EventData, Told},
    fault, rfc3339, stream,
};
use crate::{
    compute::{
        burn_rate::Counts,
        dora::{self, DoraError, Span, Window},
    },
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

#[derive(Deserialize)]
struct Event {
    context: Context,
    subject: Subject,
}

#[derive(Deserialize)]
struct Context {
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    specversion: Option<String>,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    timestamp: String,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    content: Content,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    artifact_id: Option<String>,
    #[serde(default)]
    change: Option<Reference>,
    #[serde(default)]
    environment: Option<Reference>,
    #[serde(default)]
    service: Option<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
    #[serde(default)]
    source: Option<String>,
}

/// An event that was read, and where.
struct Read<'a> {
    at_ms: u64,
    what: What,
    subject: String,
    subject_source: Option<String>,
    content: Content,
    source: String,
    id: String,
    raw: &'a [u8],
    place: String,
}

impl Read<'_> {
    /// What the event is about: an id, and the source within which it is one.
    fn about(&self) -> (&str, &str) {
        let source = self.subject_source.as_ref().unwrap_or(&self.source);
        (source, &self.subject)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    ChangeMerged,
    ArtifactPackaged,
    Deployed,
    RolledBack,
    IncidentDetected,
    IncidentReported,
    IncidentResolved,
    Other,
}

fn what(event_type: &str, place: &str) -> Result<What, ImportError> {
    let expected = "dev.cdevents.<subject>.<predicate>.<major>.<minor>.<patch>";
    let wrong = || fault::unsupported(place, expected);
    // Custom events (dev.cdeventsx.…) are part of a stream and never used.
    if event_type.starts_with("dev.cdeventsx.") {
        return Ok(What::Other);
    }
    let name = event_type.strip_prefix("dev.cdevents.").ok_or_else(wrong)?;
    let mut parts = name.splitn(3, '.');
    let subject = parts.next().filter(|s| !s.is_empty()).ok_or_else(wrong)?;
    let predicate = parts.next().filter(|s| !s.is_empty()).ok_or_else(wrong)?;
    let version = parts.next().ok_or_else(wrong)?;
    let what = match (subject, predicate) {
        ("change", "merged") => What::ChangeMerged,
        ("artifact", "packaged") => What::ArtifactPackaged,
        ("service", "deployed" | "upgraded") => What::Deployed,
        ("service", "rolledback") => What::RolledBack,
        ("incident", "detected") => What::IncidentDetected,
        ("incident", "reported") => What::IncidentReported,
        ("incident", "resolved") => What::IncidentResolved,
        _ => What::Other,
    };
    // Every event has a version of its own; all that are used are 0.x so far.
    if what != What::Other && !version.starts_with("0.") {
        return Err(fault::unsupported(place, "version 0.x of the event type"));
    }
    Ok(what)
}

fn read(bytes: &[u8]) -> Result<Vec<Read<'_>>, ImportError> {
    let rows = stream::rows(bytes)?;
    let first = rows
        .first()
        .ok_or_else(|| fault::incomplete("", "at least one event"))?;
    let carried = is_cloud_event(first);
    let mut all = Vec::with_capacity(rows.len());
    if carried {
        let set = cloudevents::distinct(cloudevents::parse(bytes)?)?;
        for event in set.events {
            let EventData::Json(data) = event.data else {
                return Err(fault::incomplete(event.place, "a CDEvent as JSON data"));
            };
            let (read, event_type) = one(data, event.raw, &event.place)?;
            let same = read.id == event.id && read.source == event.source;
            let expected = "id, source and type of the CDEvent in its CloudEvent";
            if !same || event.event_type != event_type {
                return Err(fault::value(event.place, expected));
            }
            all.push(read);
        }
    } else {
        let mut told = Told::default();
        for row in &rows {
            let (read, _) = one(row.bytes, row.bytes, &row.place())?;
            if told.is_new(&read.source, &read.id, read.raw, &read.place)? {
                all.push(read);
            }
        }
    }
    // The time of an event orders it, not its place; ties by name, so that any order of the stream
    // gives the same figures and the same root.
    all.sort_by(|a, b| (a.at_ms, &a.source, &a.id).cmp(&(b.at_ms, &b.source, &b.id)));
    Ok(all)
}

/// A CloudEvent has `specversion` at the top, a CDEvent `context`.
fn is_cloud_event(row: &stream::Row<'_>) -> bool {
    #[derive(Deserialize)]
    struct Top {
        #[serde(default)]
        specversion: Option<serde::de::IgnoredAny>,
    }
    fault::json::<Top>(row.bytes).is_ok_and(|top| top.specversion.is_some())
}

/// An event, and its type in full.
fn one<'a>(data: &[u8], raw: &'a [u8], place: &str) -> Result<(Read<'a>, String), ImportError> {
    let event: Event = fault::json(data).map_err(|e| fault::within(e, place))?;
    let at = |pointer: &str| format!("{place}{pointer}");
    let context = event.context;
    let version = match (&context.specversion, &context.version) {
        (Some(version), None) | (None, Some(version)) => version.as_str(),
        _ => {
            return Err(fault::incomplete(
                at("/context"),
                "specversion, or version up to 0.4",
            ));
        }
    };
    let known = ["0.3", "0.4", "0.5", "0.6"];
    let minor = |known: &&str| {
        version
            .strip_prefix(known)
            .is_some_and(|r| r.starts_with('.'))
    };
    if !known.iter().any(minor) {
        return Err(fault::unsupported(
            at("/context/specversion"),
            "CDEvents 0.3 to 0.6",
        ));
    }
    if context.id.is_empty() || context.source.is_empty() {
        return Err(fault::value(at("/context"), "a non-empty id and source"));
    }
    let at_ms = rfc3339::parse_ms(&context.timestamp)
        .ok_or_else(|| fault::value(at("/context/timestamp"), "an RFC 3339 date-time"))?;
    let read = Read {
        at_ms,
        what: what(&context.event_type, &at("/context/type"))?,
        subject: event.subject.id,
        subject_source: event.subject.source.filter(|source| !source.is_empty()),
        content: event.subject.content,
        source: context.source,
        id: context.id,
        raw,
        place: place.to_owned(),
    };
    Ok((read, context.event_type))
}

/// The digest in a package URL `pkg:oci/name@sha256%3A<hex>`.
fn artifact(id: Option<&String>, place: &str) -> Result<Digest, ImportError> {
    let expected = "an artifactId pkg:oci/<name>@sha256%3A<64 hex digits>";
    let id = id.ok_or_else(|| fault::incomplete(place, expected))?;
    artifact_digest(id).ok_or_else(|| fault::value(place, expected))
}

fn artifact_digest(id: &str) -> Option<Digest> {
    let (_, version) = id.strip_prefix("pkg:oci/")?.rsplit_once('@')?;
    let version = version.split(['?', '#']).next()?;
    let hex = version
        .strip_prefix("sha256%3A")
        .or_else(|| version.strip_prefix("sha256%3a"));
    let hex = hex.or_else(|| version.strip_prefix("sha256:"))?;
    ["sha256:", hex].concat().parse().ok()
}

/// One deployment of the measured service.
struct Deployment {
    at_ms: u64,
    artifact: Digest,
    failed: bool,
}

#[derive(Default)]
struct Incident {
    /// When it was first known, detected or reported.
    opened_ms: Option<u64>,
    detected_ms: Option<u64>,
    resolved_ms: Option<u64>,
    counts: bool,
    /// The artifacts that it names when it opens, or else when it is resolved, and when.
    artifacts: Vec<(u64, Digest)>,
    place: String,
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
    let events = read(bytes)?;
    let deployments = deployments(&events, scope)?;
    let incidents = incidents(&events, scope, &deployments)?;
    let mut deployments = deployments;
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
    let counted: Vec<&Deployment> = deployments
        .iter()
        .filter(|deployment| window.contains(deployment.at_ms))
        .collect();
    let total = count(counted.len());
    let failed = count(
        counted
            .iter()
            .filter(|deployment| deployment.failed)
            .count(),
    );
    let leads = leads(&events, &deployments, window, scope.changes)?;
    let refused = |error| fault::dora("service.deployed", error);
    let lead_time_min = dora::median_minutes(&leads).map_err(refused)?;
    let recoveries: Vec<Span> = incidents
        .iter()
        .filter(|incident| incident.counts)
        .filter_map(|incident| {
            let (from_ms, to_ms) = incident.opened_ms.zip(incident.resolved_ms)?;
            window.contains(from_ms).then_some(Span { from_ms, to_ms })
        })
        .collect();
    let opened = incidents
        .iter()
        .filter(|i| i.counts && i.opened_ms.is_some_and(|at| window.contains(at)))
        .count();
    // Without a deployment there is no rate and no lead time, and that is the first thing to say.
    let counts = Counts { bad: failed, total };
    let events_root = dora::events_root(events.iter().map(|event| event.raw));
    let mut claim = DoraSnapshot::new(claimed, counts, events_root)
        .ok_or_else(|| refused(DoraError::NoDeployment))?;
    let expected = "a merged change behind some deployment";
    claim.lead_time_min =
        lead_time_min.ok_or_else(|| fault::incomplete("change.merged", expected))?;
    claim.incidents = count(opened);
    claim.recovery_time_min = dora::median_minutes(&recoveries)
        .map_err(|error| fault::dora("incident.resolved", error))?;
    let evidence = Evidence::of_bytes("delivery events", bytes)
        .with_media_type("application/json")
        .with_tool("CDEvents", None);
    Imported::new(claim, vec![evidence], Vec::new())
}

fn is_here(event: &Read<'_>, scope: &DoraScope) -> bool {
    let environment = event.content.environment.as_ref().map(|e| e.id.as_str());
    event.subject == scope.service && environment == Some(scope.environment.as_str())
}

/// Deployments of the service in order of time, whether inside the window or not; a rollback marks
/// the one that was live.
fn deployments(events: &[Read<'_>], scope: &DoraScope) -> Result<Vec<Deployment>, ImportError> {
    let mut all: Vec<Deployment> = Vec::new();
    // What is live: a position in `all`, or an artifact from before the stream.
    let mut live: Option<(Digest, Option<usize>)> = None;
    // What was live before the last deployment, whether that was of an artifact deployed before, and whether a rollback
    // made live what is.
    let mut before: Option<usize> = None;
    let mut is_again = false;
    let mut is_back = false;
    let mut last: BTreeMap<Digest, usize> = BTreeMap::new();
    for event in events {
        let is_move = matches!(event.what, What::Deployed | What::RolledBack);
        if is_move && event.subject == scope.service && event.content.environment.is_none() {
            let place = format!("{}/subject/content/environment", event.place);
            return Err(fault::incomplete(place, "the environment of a deployment"));
        }
        if !is_here(event, scope) {
            continue;
        }
        let place = format!("{}/subject/content/artifactId", event.place);
        match event.what {
            What::Deployed => {
                let artifact = artifact(event.content.artifact_id.as_ref(), &place)?;
                if live.is_some_and(|(digest, _)| digest == artifact) {
                    continue;
                }
                before = live.and_then(|(_, index)| index);
                live = Some((artifact, Some(all.len())));
                is_back = false;
                is_again = last.insert(artifact, all.len()).is_some();
                all.push(Deployment {
                    at_ms: event.at_ms,
                    artifact,
                    failed: false,
                });
            }
            What::RolledBack => {
                let back_to = artifact(event.content.artifact_id.as_ref(), &place)?;
                if let Some((digest, index)) = live {
                    if digest == back_to && is_back {
                        // Reported again.
                        continue;
                    }
                    if digest == back_to {
                        // Deployed once more, it came back from what stood between; the first time, nobody knows
                        // whether it went or came.
                        if !is_again {
                            let expected = "another artifact than the live one";
                            return Err(fault::value(place, expected));
                        }
                        if let Some(failed) = before.and_then(|index| all.get_mut(index)) {
                            failed.failed = true;
                        }
                        is_back = true;
                        continue;
                    }
                    if let Some(failed) = index.and_then(|index| all.get_mut(index)) {
                        failed.failed = true;
                    }
                }
                live = Some((back_to, last.get(&back_to).copied()));
                is_back = true;
            }
            _ => {}
        }
    }
    Ok(all)
}

fn incidents(
    events: &[Read<'_>],
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
        let digest = content.artifact_id.as_deref().and_then(artifact_digest);
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

/// The changes that were merged, by their ids.
struct Merged<'a>(BTreeMap<&'a str, Changes<'a>>);

/// The changes of one id.
#[derive(Default)]
struct Changes<'a> {
    /// When each was merged, by its source: that of the event, where the event does not say it.
    by_source: BTreeMap<&'a str, u64>,
    /// Those of which the event does not say it: their own may be another.
    unsaid: BTreeSet<&'a str>,
}

impl<'a> Merged<'a> {
    fn of(events: &'a [Read<'_>]) -> Result<Self, ImportError> {
        let mut all = Self(BTreeMap::new());
        let merges = events.iter().filter(|e| e.what == What::ChangeMerged);
        for event in merges {
            let (source, id) = event.about();
            let changes = all.0.entry(id).or_default();
            if event.subject_source.is_some() {
                changes.unsaid.remove(source);
            } else {
                changes.unsaid.insert(source);
            }
            // Told again under another id, it is the same.
            let before = changes.by_source.insert(source, event.at_ms);
            if before.is_some_and(|before| before != event.at_ms) {
                let place = format!("{}/subject/id", event.place);
                return Err(fault::value(place, "a change merged once"));
            }
        }
        Ok(all)
    }

    /// The only change that a reference fits, with its source and time; one without a source fits any.
    fn only(&self, (source, id): Named<'_>) -> Result<Option<(&'a str, u64)>, ImportError> {
        let Some(changes) = self.0.get(id) else {
            return Ok(None);
        };
        let of = |key: &'a str| changes.by_source.get(key).map(|at_ms| (key, *at_ms));
        // Two are looked at, however many there are.
        let fits = match source {
            None => {
                let mut all = changes.by_source.keys();
                [all.next(), all.next()]
            }
            Some(source) => {
                let said = changes.by_source.get_key_value(source);
                let mut others = changes.unsaid.iter().filter(|key| **key != source);
                match said {
                    Some((key, _)) => [Some(key), others.next()],
                    None => [others.next(), others.next()],
                }
            }
        };
        match fits {
            [only, None] => Ok(only.and_then(|key| of(key))),
            _ => {
                let expected = "a change that its source tells from others";
                Err(fault::value(
                    "artifact.packaged /subject/content/change",
                    expected,
                ))
            }
        }
    }
}

/// A source, where it is said, and an id.
type Named<'a> = (Option<&'a str>, &'a str);

/// One span per change that a deployment in the window brought.
fn leads(
    events: &[Read<'_>],
    deployments: &[Deployment],
    window: Window,
    link: ChangeLink,
) -> Result<Vec<Span>, ImportError> {
    let merged = Merged::of(events)?;
    let mut leads = Vec::new();
    match link {
        ChangeLink::Artifact => {
            let mut brought: BTreeMap<Digest, BTreeSet<Named<'_>>> = BTreeMap::new();
            for event in events
                .iter()
                .filter(|event| event.what == What::ArtifactPackaged)
            {
                let change = event.content.change.as_ref();
                if let (Some(digest), Some(change)) = (artifact_digest(&event.subject), change) {
                    let named = (change.source.as_deref(), change.id.as_str());
                    brought.entry(digest).or_default().insert(named);
                }
            }
            let mut shipped = BTreeSet::new();
            for deployment in deployments {
                // A change is delivered once, by its first deployment.
                for named in brought.remove(&deployment.artifact).unwrap_or_default() {
                    let Some((source, from_ms)) = merged.only(named)? else {
                        continue;
                    };
                    if shipped.insert((source, named.1)) && window.contains(deployment.at_ms) {
                        leads.push(Span {
                            from_ms,
                            to_ms: deployment.at_ms,
                        });
                    }
                }
            }
        }
        ChangeLink::Sequence => {
            let changes = merged.0.values().flat_map(|c| c.by_source.values());
            let mut waiting: Vec<u64> = changes.copied().collect();
            waiting.sort_unstable();
            for deployment in deployments {
                let ready = waiting.partition_point(|&at| at <= deployment.at_ms);
                for from_ms in waiting.drain(..ready) {
                    if window.contains(deployment.at_ms) {
                        leads.push(Span {
                            from_ms,
                            to_ms: deployment.at_ms,
                        });
                    }
                }
            }
        }
    }
    Ok(leads)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_give_digests() {
        let hex = "0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427";
        let digest = ["sha256:", hex].concat().parse().ok();
        for purl in [
            format!("pkg:oci/myapp@sha256%3A{hex}"),
            format!("pkg:oci/myapp@sha256%3a{hex}?repository_url=images.example/a"),
            format!("pkg:oci/myapp@sha256:{hex}"),
        ] {
            assert_eq!(artifact_digest(&purl), digest, "{purl}");
        }
        for purl in [
            format!("pkg:npm/myapp@sha256%3A{hex}"),
            format!("pkg:oci/myapp@{hex}"),
            format!("pkg:oci/myapp@sha512%3A{hex}"),
            "pkg:oci/myapp@sha256%3A0b31".to_owned(),
            "pkg:oci/myapp".to_owned(),
        ] {
            assert_eq!(artifact_digest(&purl), None, "{purl}");
        }
    }
}
