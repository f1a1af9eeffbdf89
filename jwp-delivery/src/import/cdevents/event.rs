//! The events of a stream, bare or in CloudEvents, as far as they are used.

use serde::Deserialize;

use crate::import::{
    ImportError,
    cloudevents::{self, EventData, Told},
    fault, rfc3339, stream,
};

/// An event that was read, and where it stands.
pub(super) struct Event<'a> {
    pub(super) at_ms: u64,
    pub(super) what: What,
    pub(super) subject: String,
    pub(super) subject_source: Option<String>,
    pub(super) content: Content,
    pub(super) source: String,
    pub(super) id: String,
    pub(super) raw: &'a [u8],
    pub(super) place: String,
}

impl Event<'_> {
    /// What the event is about: an id, and the source within which it is one.
    pub(super) fn about(&self) -> (&str, &str) {
        let source = self.subject_source.as_ref().unwrap_or(&self.source);
        (source, &self.subject)
    }
}

/// What an event says happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    ChangeMerged,
    ArtifactPackaged,
    Deployed,
    RolledBack,
    IncidentDetected,
    IncidentReported,
    IncidentResolved,
    Other,
}

/// What a type of events adds to its subject; members that are not used are passed over.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    #[serde(default)]
    pub(super) artifact_id: Option<String>,
    #[serde(default)]
    pub(super) change: Option<Reference>,
    #[serde(default)]
    pub(super) environment: Option<Reference>,
    #[serde(default)]
    pub(super) service: Option<Reference>,
}

/// Something that an event names: an id, and the source within which it is one.
#[derive(Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
    #[serde(default)]
    pub(super) source: Option<String>,
}

/// The events of a stream, each once, in order of time, source and id.
pub(super) fn events(bytes: &[u8]) -> Result<Vec<Event<'_>>, ImportError> {
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
            let inside = format!("{}/data", event.place);
            let (read, event_type) = one(data, event.raw, &inside)?;
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

#[derive(Deserialize)]
struct CdEvent {
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

/// An event, and its type in full.
fn one<'a>(data: &[u8], raw: &'a [u8], place: &str) -> Result<(Event<'a>, String), ImportError> {
    let event: CdEvent = fault::json(data).map_err(|e| fault::within(e, place))?;
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
    let at_ms = rfc3339::read_ms(&context.timestamp, &at("/context/timestamp"))?;
    let read = Event {
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

/// What is used of a type of events.
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

#[cfg(test)]
mod tests {
    use super::events;

    #[test]
    fn a_fault_is_told_where_it_stands() {
        let event = r#"{"context": {"specversion": "0.5.0", "id": "1", "source": "/a",
            "type": "dev.cdevents.change.merged.0.3.0", "timestamp": "yesterday"},
            "subject": {"id": "c"}}"#;
        let carried = format!(
            r#"{{"specversion": "1.0", "id": "1", "source": "/a",
            "type": "dev.cdevents.change.merged.0.3.0", "data": {event}}}"#
        );
        for (stream, place) in [
            (event.to_owned(), "/context/timestamp"),
            (format!("[{event}]"), "/0/context/timestamp"),
            (format!("[{carried}]"), "/0/data/context/timestamp"),
        ] {
            let place_of = events(stream.as_bytes())
                .err()
                .map(|e| e.place().to_owned());
            assert_eq!(place_of.as_deref(), Some(place));
        }
    }
}
