//! CloudEvents 1.0 in JSON: structured mode, batches and JSON lines.
//!
//! A reader that importers share, not an importer: it makes no claim. Source: CloudEvents v1.0.2
//! `spec.md`, `formats/json-format.md`.
//!
//! Held strictly: `specversion` is exactly `1.0`; `id`, `source` and `type` are non-empty; `time` is
//! RFC 3339; attribute names are lower-case letters and digits; extension values are strings,
//! booleans or 32-bit integers, never objects, arrays or fractions; `data` and `data_base64`
//! exclude each other. An attribute that is null is absent (JSON format, §2.2); data may be null. The version 0.3 (`datacontentencoding`) is refused.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use serde_json::value::RawValue;

use super::{ImportError, fault, rfc3339, stream};

/// One event, borrowed from its stream.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CloudEvent<'a> {
    /// Unique within `source`.
    pub id: String,
    /// The producer, a URI reference.
    pub source: String,
    /// The type of the event.
    pub event_type: String,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened, milliseconds since the epoch.
    pub time_ms: Option<u64>,
    /// Media type of the data; JSON where absent.
    pub data_content_type: Option<String>,
    /// The data.
    pub data: EventData<'a>,
    /// The exact bytes of the whole event.
    pub raw: &'a [u8],
    /// Where it stands in its stream.
    pub place: String,
}

/// The data of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventData<'a> {
    /// No data.
    Absent,
    /// `data_base64`, decoded.
    Binary(Vec<u8>),
    /// `data`: the exact bytes of a JSON value. With another media type than JSON, a string.
    Json(&'a [u8]),
}

/// Events of a stream, each once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventSet<'a> {
    /// The events in the order of the stream, without repetitions.
    pub events: Vec<CloudEvent<'a>>,
    /// How many repetitions were left out: same `source` and `id`, same bytes.
    pub repeated: u64,
}

/// Reads a stream of events: one, a batch array, or JSON lines.
///
/// # Errors
/// `Import.Json`, `Import.Incomplete` for a missing attribute or an empty input,
/// `Import.Unsupported` for another `specversion`, `Import.Value` for an attribute that breaks its
/// rule.
pub fn parse(bytes: &[u8]) -> Result<Vec<CloudEvent<'_>>, ImportError> {
    stream::rows(bytes)?.iter().map(event).collect()
}

/// Leaves out repetitions: producers retry, and the same `source` and `id` is the same event
/// (CloudEvents §`id`).
///
/// # Errors
/// `Import.Value` for the same `source` and `id` with other bytes: one of them is a replay.
pub fn distinct(all: Vec<CloudEvent<'_>>) -> Result<EventSet<'_>, ImportError> {
    let mut told = Told::default();
    let mut set = EventSet {
        events: Vec::with_capacity(all.len()),
        repeated: 0,
    };
    for event in all {
        if told.is_new(&event.source, &event.id, event.raw, &event.place)? {
            set.events.push(event);
        } else {
            set.repeated = set.repeated.saturating_add(1);
        }
    }
    Ok(set)
}

/// The events that a stream has told so far, by source and id, with their exact bytes.
#[derive(Debug, Default)]
pub(crate) struct Told<'a>(HashMap<(String, String), &'a [u8]>);

impl<'a> Told<'a> {
    /// Whether an event was not told before.
    ///
    /// # Errors
    /// `Import.Value` for the same `source` and `id` with other bytes.
    pub(crate) fn is_new(
        &mut self,
        source: &str,
        id: &str,
        raw: &'a [u8],
        place: &str,
    ) -> Result<bool, ImportError> {
        match self.0.insert((source.to_owned(), id.to_owned()), raw) {
            None => Ok(true),
            Some(before) if before == raw => Ok(false),
            Some(_) => {
                let expected = "an id that its source has not used for another event";
                Err(fault::value(place, expected))
            }
        }
    }
}

fn event<'a>(row: &stream::Row<'a>) -> Result<CloudEvent<'a>, ImportError> {
    let mut members: BTreeMap<String, &'a RawValue> =
        fault::json(row.bytes).map_err(|e| fault::within(e, &row.place()))?;
    members.retain(|name, value| name == "data" || value.get() != "null");
    let version = text(&mut members, row, "specversion")?;
    if version.as_deref() != Some("1.0") {
        return Err(fault::unsupported(
            row.at("/specversion"),
            "specversion 1.0",
        ));
    }
    let id = required(&mut members, row, "id")?;
    let source = required(&mut members, row, "source")?;
    let event_type = required(&mut members, row, "type")?;
    let subject = optional(&mut members, row, "subject")?;
    let data_content_type = optional(&mut members, row, "datacontenttype")?;
    optional(&mut members, row, "dataschema")?;
    let time = text(&mut members, row, "time")?;
    let time_ms = time
        .map(|time| rfc3339::read_ms(&time, &row.at("/time")))
        .transpose()?;
    let data = match (
        members.remove("data"),
        text(&mut members, row, "data_base64")?,
    ) {
        (None, None) => EventData::Absent,
        (Some(json), None) => EventData::Json(json.get().as_bytes()),
        (None, Some(encoded)) => EventData::Binary(
            base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .map_err(|_| fault::value(row.at("/data_base64"), "base64 (RFC 4648 §4)"))?,
        ),
        _ => {
            return Err(fault::value(
                row.at("/data"),
                "data or data_base64, not both",
            ));
        }
    };
    for (name, value) in &members {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(fault::value(
                row.at(&format!("/{name}")),
                "an attribute name of a-z and 0-9",
            ));
        }
        let value = value.get();
        let scalar = value.starts_with('"')
            || matches!(value, "true" | "false")
            || value.parse::<i32>().is_ok();
        if !scalar {
            let expected = "a string, a boolean or a 32-bit integer";
            return Err(fault::value(row.at(&format!("/{name}")), expected));
        }
    }
    Ok(CloudEvent {
        id,
        source,
        event_type,
        subject,
        time_ms,
        data_content_type,
        data,
        raw: row.bytes,
        place: row.place(),
    })
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn text(
    members: &mut Members<'_>,
    row: &stream::Row<'_>,
    name: &'static str,
) -> Result<Option<String>, ImportError> {
    let Some(value) = members.remove(name) else {
        return Ok(None);
    };
    let place = || row.at(&format!("/{name}"));
    if !value.get().starts_with('"') {
        return Err(fault::value(place(), "a string"));
    }
    fault::json(value.get().as_bytes())
        .map(Some)
        .map_err(|e| fault::within(e, &place()))
}

fn optional(
    members: &mut Members<'_>,
    row: &stream::Row<'_>,
    name: &'static str,
) -> Result<Option<String>, ImportError> {
    match text(members, row, name)? {
        Some(text) if text.is_empty() => Err(fault::value(
            row.at(&format!("/{name}")),
            "a non-empty string",
        )),
        text => Ok(text),
    }
}

fn required(
    members: &mut Members<'_>,
    row: &stream::Row<'_>,
    name: &'static str,
) -> Result<String, ImportError> {
    let expected = "the attributes specversion, id, source and type";
    optional(members, row, name)?
        .ok_or_else(|| fault::incomplete(row.at(&format!("/{name}")), expected))
}
