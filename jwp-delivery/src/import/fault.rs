//! The errors of importers in one word each, and the readers that give them.

use jwp_core::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};

use super::{ImportError, ImportErrorKind, MAX_REPORT};
use crate::{
    compute::{dora::DoraError, quantile::QuantileError},
    json::{self, JsonError},
    window::Window,
};

/// Most objects, arrays, members and elements of one document: what is made of each takes up to some 80 bytes, so that
/// no report becomes more than some 640 MiB. The project's choice: ScanCode writes a member in 30 bytes or more, and
/// the longest report still fits.
const MAX_VALUES: usize = 1 << 23;

/// One strict JSON text, of which a tree is made.
pub(crate) fn json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ImportError> {
    // Each takes a byte, so that a short text needs no count.
    if bytes.len() > MAX_VALUES && bytes.len() <= MAX_REPORT && json::nodes(bytes) > MAX_VALUES {
        return Err(value("", "at most 8,388,608 members and elements"));
    }
    text(bytes)
}

/// How archives begin: gzip (RFC 1952), ZIP with and without members, bzip2, xz, Zstandard (RFC 8878), 7z.
const PACKED: [&[u8]; 7] = [
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"BZh91AY&SY",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
];

/// Refuses archives and markup by their first bytes. Nothing is unpacked: a few bytes can hold more than any memory, and
/// links that lead anywhere.
fn plain(bytes: &[u8]) -> Result<(), ImportError> {
    // The magic of POSIX ustar, and of GNU tar, stands behind the name and the numbers of the first member. No JSON or
    // YAML has its NUL.
    let magic = bytes.get(257..265).unwrap_or_default();
    let is_tar = magic.starts_with(b"ustar\0") || magic == b"ustar  \0";
    if is_tar || PACKED.iter().any(|first| bytes.starts_with(first)) {
        return Err(unsupported(
            "",
            "the document itself: no archive is unpacked",
        ));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A merge key of YAML begins with two brackets.
    match text.trim_ascii_start() {
        [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..] => {
            Err(unsupported("", "JSON: no markup is read"))
        }
        _ => Ok(()),
    }
}

/// One strict JSON text, of which only pieces of itself are kept.
pub(crate) fn text<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ImportError> {
    if bytes.trim_ascii().is_empty() {
        return Err(incomplete("", "a document: the input is empty"));
    }
    plain(bytes)?;
    sized(bytes)?;
    json::from_slice(bytes).map_err(json_error)
}

/// Refuses more bytes than a document may have.
pub(crate) fn sized(bytes: &[u8]) -> Result<(), ImportError> {
    if bytes.len() > MAX_REPORT {
        return Err(value("", "at most 256 MiB"));
    }
    Ok(())
}

/// The same of a document whose values are resources of Kubernetes, which take many times more each. The project's
/// choice; the YAML reader has a budget of its own.
const MAX_NODES: usize = 1 << 20;

/// Refuses JSON with more nodes than a tree may have.
pub(crate) fn bounded(bytes: &[u8]) -> Result<(), ImportError> {
    if json::nodes(bytes) > MAX_NODES {
        return Err(value("", "at most 1,048,576 members and elements"));
    }
    Ok(())
}

fn json_error(error: JsonError) -> ImportError {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_syntax() {
        let problem = error.problem().to_owned();
        ImportError::new(ImportErrorKind::Json { problem }, place)
    } else if error.is_missing() {
        incomplete(
            format!("{place} ({})", error.problem()),
            "every member that the claim needs",
        )
    } else {
        value(
            format!("{place} ({})", error.problem()),
            "the tool's own shape",
        )
    }
}

/// The documents of a YAML stream. Merge keys are refused: they hide what a document says.
pub(crate) fn yaml<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, ImportError> {
    plain(bytes)?;
    sized(bytes)?;
    let problem = |problem: String| ImportError::new(ImportErrorKind::Json { problem }, "");
    let text =
        core::str::from_utf8(bytes).map_err(|_| problem("bytes that are not UTF-8".into()))?;
    let options =
        serde_saphyr::options! { merge_keys: serde_saphyr::options::MergeKeyPolicy::Error };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        problem(
            error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        )
    })
}

pub(crate) fn value(place: impl Into<String>, expected: &'static str) -> ImportError {
    ImportError::new(ImportErrorKind::Value { expected }, place)
}

pub(crate) fn incomplete(place: impl Into<String>, expected: &'static str) -> ImportError {
    ImportError::new(ImportErrorKind::Incomplete { expected }, place)
}

pub(crate) fn unsupported(place: impl Into<String>, expected: &'static str) -> ImportError {
    ImportError::new(ImportErrorKind::Unsupported { expected }, place)
}

pub(crate) fn mismatch(place: impl Into<String>, expected: &'static str) -> ImportError {
    ImportError::new(ImportErrorKind::Mismatch { expected }, place)
}

pub(crate) fn path(place: impl Into<String>) -> ImportError {
    ImportError::new(ImportErrorKind::Path, place)
}

pub(crate) fn range(place: impl Into<String>) -> ImportError {
    value(place, "a number in range")
}

/// The window of a claim between the ends that stand at `place`.
pub(crate) fn window(place: &str, from: Timestamp, to: Timestamp) -> Result<Window, ImportError> {
    let window = Window::new(from, to);
    match window.validate() {
        Ok(()) => Ok(window),
        Err(_) => Err(value(place, "from before to")),
    }
}

/// The same error, seen from a document in which it stands at `place`.
pub(crate) fn within(error: ImportError, place: &str) -> ImportError {
    let inner = error.place;
    let gap = if inner.is_empty() || inner.starts_with('/') {
        ""
    } else {
        " "
    };
    ImportError {
        place: format!("{place}{gap}{inner}"),
        kind: error.kind,
    }
}

pub(crate) fn quantile(place: &str, error: QuantileError) -> ImportError {
    incomplete(
        format!("{place} ({error})"),
        "a histogram that has the quantile",
    )
}

pub(crate) fn dora(place: &str, error: DoraError) -> ImportError {
    value(
        format!("{place} ({error})"),
        "deployments that have the figure",
    )
}
