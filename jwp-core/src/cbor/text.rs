//! What text may hold.

use crate::error::ErrorKind;

/// Whether all bytes are printable ASCII, which is nearly all text and always admitted. Eight at a time:
/// texts are short.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let (words, rest) = bytes.as_chunks::<8>();
    // A high bit is set where a byte is below 0x20, is 0x7f, or has its own high bit set. A borrow out of a
    // byte can set the bit of the next only where the lower byte has set its own.
    let odd = |word: u64| {
        let low = word.wrapping_sub(ONES.wrapping_mul(0x20));
        let delete = word.wrapping_add(ONES);
        (low | delete | word) & ONES.wrapping_mul(0x80)
    };
    words.iter().all(|word| odd(u64::from_le_bytes(*word)) == 0)
        && rest.iter().all(|byte| (0x20..0x7f).contains(byte))
}

/// Refuses C0 and C1 controls, U+FEFF and bidi controls: a receipt is read on terminals and in CI
/// logs, where they change what a person sees. Text is never normalised.
#[inline]
pub(crate) fn check(text: &str) -> Result<(), ErrorKind> {
    if is_plain(text.as_bytes()) {
        Ok(())
    } else {
        check_chars(text)
    }
}

/// Checks that bytes are text that may stand in a receipt, without making text of them.
#[inline]
pub(crate) fn check_bytes(bytes: &[u8]) -> Result<(), ErrorKind> {
    if is_plain(bytes) {
        Ok(())
    } else {
        from_utf8(bytes).map(|_| ())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg_attr(miri, ignore = "hundreds of thousands of texts")]
    #[test]
    fn every_byte_at_every_place_of_a_word_is_told_plain_or_not() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=255 {
                    for fill in [b' ', b'~', b'a'] {
                        let mut bytes = alloc::vec![fill; length];
                        bytes[at] = byte;
                        let plain = (0x20..0x7f).contains(&byte);
                        assert_eq!(is_plain(&bytes), plain, "{byte:#x} at {at} of {length}");
                    }
                }
            }
        }
    }
}
