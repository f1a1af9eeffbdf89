//! Versions of tools, as they say themselves.

use super::{ImportError, fault};

/// A tool's version: numbers joined by dots, then perhaps a suffix (`-dev`, `+build`, `rc3`); the major version must
/// be one that was read.
pub(crate) fn tool_version(
    text: &str,
    place: &'static str,
    majors: &[&'static str],
) -> Result<String, ImportError> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let number = text.split(|c| !is_number(c)).next().unwrap_or_default();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let suffix = text.get(number.len()..).unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    let fits = text.len() <= 64
        && number.contains('.')
        && number.split('.').all(digits)
        && suffix.bytes().all(plain);
    if !fits {
        return Err(fault::value(place, "a version: numbers joined by dots"));
    }
    if !majors.contains(&number.split('.').next().unwrap_or_default()) {
        return Err(fault::unsupported(place, "a major version that was read"));
    }
    Ok(text.to_owned())
}
