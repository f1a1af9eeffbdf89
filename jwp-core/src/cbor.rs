//! Deterministic CBOR: the one way to write each value, and a decoder that refuses every other.
//!
//! The subset is RFC 8949 §4.2.1 *core deterministic encoding*, narrowed: definite lengths, shortest
//! heads, map keys in bytewise order of their encodings, no duplicates, no floats, no null, no
//! undefined, no tags but 4 (decimal) and, around an envelope, 18; valid UTF-8 without controls;
//! nothing after the last byte. (RFC 7049 §3.9 called another key order *canonical CBOR*; that one
//! is refused here.)
//!
//! [`to_vec`] and [`from_slice`] go through serde. [`Reader`] is the strict pull reader below them;
//! it copies nothing and allocates nothing. [`Value`] is the generic view, [`diag`] the printed one.
//!
//! ```
//! use jwp_core::cbor;
//! let bytes = cbor::to_vec(&[1u8, 24])?;
//! assert_eq!(bytes, [0x82, 0x01, 0x18, 0x18]);
//! assert_eq!(cbor::from_slice::<Vec<u8>>(&bytes)?, [1, 24]);
//! // The same array with a head that is not the shortest:
//! let error = cbor::from_slice::<Vec<u8>>(&[0x98, 0x01, 0x01]).unwrap_err();
//! assert_eq!((error.code(), error.offset()), ("Codec.NonDeterministic", Some(0)));
//! # Ok::<(), jwp_core::Error>(())
//! ```

mod bytes;
mod de;
pub mod diag;
mod head;
mod order;
mod pair;
mod reader;
mod ser;
mod short;
mod straight;
mod text;
mod value;
mod write;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use self::{
    bytes::Bytes,
    diag::diagnose,
    reader::{MapReader, Reader},
    value::Value,
};
pub(crate) use self::{
    head::Major,
    ser::Encoder,
    straight::{Straight, items_in},
    write::{
        bstr_head, set_array, write_array, write_bytes, write_bytes_around, write_int,
        write_known_text, write_map, write_number, write_text, write_uint,
    },
};
use crate::error::{ErrorKind, Result};

/// Longest receipt in bytes. The project's choice: a claim of a few KiB with room for hundreds of
/// evidence entries; what is larger belongs into evidence.
pub const MAX_RECEIPT: usize = 1 << 20;
/// Most arrays, maps and tags open at once: 16 pass, 17 fail. The deepest claim kind needs 6.
pub const MAX_DEPTH: usize = 16;
/// Most items (heads) in one receipt, envelope, header and payload together: it bounds what a
/// decoder that builds a tree may allocate per input byte.
pub const MAX_ITEMS: usize = 65_536;
/// Longest text string in bytes.
pub const MAX_TEXT: usize = 64 << 10;

/// Encodes a value deterministically.
///
/// Struct fields and map entries are sorted; a field that is `None` is left out, and one that is a name for `None`
/// (`struct Score(Option<u64>)`) refused.
///
/// # Errors
/// What has no deterministic form: floats, null, duplicate keys, text with controls, values deeper
/// or larger than the limits.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    to_buf(value, &mut out)?;
    Ok(out)
}

/// Encodes a value deterministically behind what `out` already holds.
///
/// # Errors
/// As [`to_vec`]; `out` is then as it was.
pub fn to_buf<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    let before = out.len();
    let written = Encoder::new(out)
        .value(value)
        .and_then(|()| check_length(out.len().saturating_sub(before)));
    written.inspect_err(|_| out.truncate(before))
}

/// Refuses what was written where no reader would take so many bytes.
pub(crate) fn check_length(written: usize) -> Result<()> {
    match written {
        ..=MAX_RECEIPT => Ok(()),
        found => Err(ErrorKind::too_large(found, MAX_RECEIPT).into()),
    }
}

/// Decodes one value that fills `input`, and refuses everything that [`to_vec`] would not write.
///
/// Types that serde reads through a buffer of its own have limits, which [`Claim`](crate::Claim) tells. A type that
/// normalises what it reads (a `BTreeSet` its order, a `Duration` its nanoseconds), or that swallows an error, also
/// takes bytes that it would not write.
///
/// # Errors
/// A `Codec.*` error with its byte offset.
pub fn from_slice<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T> {
    let mut reader = Reader::new(input)?;
    let value = reader.deserialize()?;
    reader.finish()?;
    Ok(value)
}

/// Checks that `input` is exactly one item in deterministic form.
///
/// # Errors
/// A `Codec.*` error with its byte offset.
pub fn check(input: &[u8]) -> Result<()> {
    let mut reader = Reader::new(input)?;
    reader.skip()?;
    reader.finish()
}
