//! Documents that come in rows: one JSON text, a JSON array of them, or JSON lines.

use core::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{ImportError, fault};

/// Most documents in one stream: half a million evaluations or a year of deliveries, with room.
const MAX_DOCUMENTS: usize = 1 << 20;

/// The elements of an array, of which one more than are admitted is kept, and no further.
struct Documents<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Documents<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> de::Visitor<'de> for Elements {
            type Value = Documents<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(element) = seq.next_element()? {
                    if all.len() <= MAX_DOCUMENTS {
                        all.push(element);
                    }
                }
                Ok(Documents(all))
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

/// One document of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Its exact bytes, without the white space around it.
    pub bytes: &'a [u8],
    /// Its number from 0: of the line, or in the array.
    pub index: usize,
    /// How the stream writes them.
    pub form: Form,
}

/// How a stream writes its documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON array (`application/cloudevents-batch+json`).
    Array,
    /// One JSON text per line.
    Lines,
    /// One JSON text, which may span lines.
    Single,
}

impl Row<'_> {
    /// Where the row stands.
    pub(crate) fn place(&self) -> String {
        match self.form {
            Form::Array => format!("/{}", self.index),
            Form::Lines => format!("line {}", self.index.saturating_add(1)),
            Form::Single => String::new(),
        }
    }

    /// Where a member of the row stands.
    pub(crate) fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.place())
    }
}

/// Splits a stream into its documents. Blank lines between JSON lines are skipped.
///
/// # Errors
/// `Import.Json` for bytes that are no JSON; `Import.Incomplete` for nothing at all (an empty array
/// is a batch of none, and the caller's to judge); `Import.Value` for more than 2^20 documents.
pub(crate) fn rows(bytes: &[u8]) -> Result<Vec<Row<'_>>, ImportError> {
    let trimmed = bytes.trim_ascii();
    let too_many = || fault::value("", "at most 1,048,576 documents");
    fault::sized(bytes)?;
    if trimmed.is_empty() {
        return Err(fault::incomplete(
            "",
            "at least one document: the input is empty",
        ));
    }
    if trimmed.starts_with(b"[") {
        let Documents(all) = fault::text(trimmed)?;
        if all.len() > MAX_DOCUMENTS {
            return Err(too_many());
        }
        let numbered = all.into_iter().enumerate();
        return Ok(numbered
            .map(|(index, raw)| Row {
                bytes: raw.get().as_bytes(),
                index,
                form: Form::Array,
            })
            .collect());
    }
    // JSON lines when the first line is a whole text of its own.
    let first = trimmed.split(|&b| b == b'\n').next().unwrap_or_default();
    if first.len() == trimmed.len() || fault::text::<&RawValue>(first).is_err() {
        return Ok(vec![Row {
            bytes: trimmed,
            index: 0,
            form: Form::Single,
        }]);
    }
    let mut rows = Vec::new();
    for (index, line) in bytes.split(|&b| b == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if rows.len() >= MAX_DOCUMENTS {
            return Err(too_many());
        }
        rows.push(Row {
            bytes: line,
            index,
            form: Form::Lines,
        });
    }
    Ok(rows)
}
