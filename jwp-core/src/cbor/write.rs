//! Single items, for structures whose order is written down in the code.

use alloc::vec::Vec;
use core::ops::Range;

use super::{
    MAX_TEXT,
    head::{Head, Major},
    short::Short,
    text,
};
use crate::error::{ErrorKind, Result};

/// Writes an integer that fits the wire.
#[inline]
pub(crate) fn write_int(n: i64, out: &mut Vec<u8>) {
    match u64::try_from(n) {
        Ok(argument) => Head::write(Major::Uint, argument, out),
        // RFC 8949 §3.1: −1 − n, which is the bitwise complement.
        Err(_) => Head::write(Major::Nint, u64::try_from(!n).unwrap_or(u64::MAX), out),
    }
}

/// Writes an unsigned integer.
#[inline]
pub(crate) fn write_uint(n: u64, out: &mut Vec<u8>) {
    Head::write(Major::Uint, n, out);
}

#[inline]
pub(crate) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    Head::write(Major::Bstr, length(bytes.len()), out);
    out.extend_from_slice(bytes);
}

/// Writes a byte string of what `write` appends; gives where its bytes lie. With a head of `HEAD` bytes they stay
/// where they were written: 2 for less than 256 bytes, 3 for less than 65,536.
#[inline]
pub(crate) fn write_bytes_around<const HEAD: usize>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<Range<usize>> {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD]);
    let body = out.len();
    write(out)?;
    let size = out.len().saturating_sub(body);
    let (head, length) = bstr_head(size);
    let head = head.get(..length).unwrap_or_default();
    match out.get_mut(start..body) {
        Some(room) if room.len() == length => room.copy_from_slice(head),
        _ => drop(out.splice(start..body, head.iter().copied())),
    }
    let body = start.saturating_add(length);
    Ok(body..out.len())
}

/// Writes text that may stand in a receipt.
#[inline]
pub(crate) fn write_text(value: &str, out: &mut Vec<u8>) -> Result<()> {
    if let Some(short) = Short::of(value) {
        short.write(out);
        return Ok(());
    }
    // Nearly all others, and with a length that a head of one byte has.
    if value.len() < 24 && text::is_plain(value.as_bytes()) {
        write_known_text(value, out);
        return Ok(());
    }
    write_any_text(value, out)
}

#[inline(never)]
fn write_any_text(value: &str, out: &mut Vec<u8>) -> Result<()> {
    text::check(value)?;
    if value.len() > MAX_TEXT {
        return Err(ErrorKind::too_large(value.len(), MAX_TEXT).into());
    }
    write_known_text(value, out);
    Ok(())
}

/// The head of a byte string of `size` bytes, and its length, for hashing without a copy.
pub(crate) fn bstr_head(size: usize) -> ([u8; 9], usize) {
    Head::to_bytes(Major::Bstr, length(size))
}

/// Writes text that this crate has made, or checked.
#[inline(always)]
pub(crate) fn write_known_text(key: &str, out: &mut Vec<u8>) {
    Head::write(Major::Tstr, length(key.len()), out);
    out.extend_from_slice(key.as_bytes());
}

#[inline]
pub(crate) fn write_array(count: usize, out: &mut Vec<u8>) {
    Head::write(Major::Array, length(count), out);
}

/// Sets the count of an array that was written at `at` as an empty one.
#[inline]
pub(crate) fn set_array(at: usize, count: usize, out: &mut Vec<u8>) {
    let (head, size) = Head::to_bytes(Major::Array, length(count));
    let Some(place) = out.get_mut(at) else { return };
    if size == 1 {
        [*place, ..] = head;
    } else {
        out.splice(at..=at, head.into_iter().take(size));
    }
}

#[inline]
pub(crate) fn write_map(count: usize, out: &mut Vec<u8>) {
    Head::write(Major::Map, length(count), out);
}

/// Writes a number that is no integer, or one with the exponent 0.
#[inline]
pub(crate) fn write_number(mantissa: u64, exponent: i8, out: &mut Vec<u8>) {
    if exponent != 0 {
        out.extend_from_slice(&[0xc4, 0x82]);
        write_int(exponent.into(), out);
    }
    write_uint(mantissa, out);
}

pub(super) fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
