//! What text may hold.

use crate::error::ErrorKind;

/// Refuses C0 and C1 controls, U+FEFF and bidi controls: a receipt is read on terminals and in CI
/// logs, where they change what a person sees. Text is never normalised.
#[inline]
pub(crate) fn check(text: &str) -> Result<(), ErrorKind> {
    // One vectorisable pass settles plain ASCII, which is nearly all text.
    let plain = text
        .bytes()
        .fold(true, |plain, b| plain & (0x20..0x7f).contains(&b));
    if plain { Ok(()) } else { check_chars(text) }
}

fn check_chars(text: &str) -> Result<(), ErrorKind> {
    let found = text.chars().find_map(|c| match c {
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some("a control character"),
        '\u{feff}' => Some("a byte order mark"),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("a bidi control")
        }
        _ => None,
    });
    found.map_or(Ok(()), |found| Err(ErrorKind::BadText { found }))
}

/// Bytes to checked text.
#[inline]
pub(crate) fn from_utf8(bytes: &[u8]) -> Result<&str, ErrorKind> {
    let text = core::str::from_utf8(bytes).map_err(|_| ErrorKind::BadText {
        found: "bytes that are not UTF-8",
    })?;
    check(text)?;
    Ok(text)
}
