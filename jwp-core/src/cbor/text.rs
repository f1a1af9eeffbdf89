//! What text may hold.

use crate::error::ErrorKind;

const ONES: u64 = u64::MAX / 255;

/// Not 0 where a byte of the word is no printable ASCII character: the lowest bit that is set stands in the
/// first such byte.
#[inline]
pub(super) const fn odd(word: u64) -> u64 {
    // A high bit is set where a byte is below 0x20, is 0x7f, or has its own high bit set. A borrow out of a
    // byte can set the bit of the next only where the lower byte has set its own.
    let low = word.wrapping_sub(ONES.wrapping_mul(0x20));
    let delete = word.wrapping_add(ONES);
    (low | delete | word) & ONES.wrapping_mul(0x80)
}

/// Whether all bytes are printable ASCII, which is nearly all text and always admitted. Eight at a time:
/// texts are short. The last word overlaps the one before it.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    if let Some(last) = bytes.last_chunk::<8>() {
        let seen = words
            .iter()
            .fold(odd(u64::from_le_bytes(*last)), |seen, word| {
                seen | odd(u64::from_le_bytes(*word))
            });
        return seen == 0;
    }
    if rest.len() >= 4 {
        return is_short_and_plain(rest);
    }
    rest.iter().all(|byte| (0x20..0x7f).contains(byte))
}

/// Whether all of 4 to 16 bytes are printable ASCII, as in nearly all keys. `false` says nothing.
#[inline(always)]
pub(super) fn is_short_and_plain(bytes: &[u8]) -> bool {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let seen = odd(u64::from_le_bytes(*first)) | odd(u64::from_le_bytes(*last));
        return bytes.len() <= 16 && seen == 0;
    }
    if let (Some([a, b, c, d]), Some([w, x, y, z])) = (bytes.first_chunk(), bytes.last_chunk()) {
        return odd(u64::from_le_bytes([*a, *b, *c, *d, *w, *x, *y, *z])) == 0;
    }
    false
}

/// Whether bytes are text that may stand in a receipt, for characters of up to three bytes. `false` says
/// nothing: [`from_utf8`] decides.
// Not part of what is compiled around it: a receipt has many texts, and this many instructions.
#[inline(never)]
pub(super) fn is_clean(bytes: &[u8]) -> bool {
    // Of a long text that is not plain, all would be looked at twice.
    (bytes.len() < 24 && is_plain(bytes)) || is_clean_beyond_ascii(bytes)
}

fn is_clean_beyond_ascii(mut rest: &[u8]) -> bool {
    // Forward to a character that is not ASCII, and over it (RFC 3629 §4, without what is refused here).
    loop {
        while let Some((word, behind)) = rest.split_first_chunk::<8>() {
            let found = odd(u64::from_le_bytes(*word));
            if found != 0 {
                let at = usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0);
                rest = rest.get(at..).unwrap_or_default();
                break;
            }
            rest = behind;
        }
        if rest.len() < 8 && is_plain(rest) {
            return true;
        }
        rest = match rest {
            [0x20..0x7f, behind @ ..]
            // Without the C1 controls.
            | [0xc2, 0xa0..=0xbf, behind @ ..]
            | [0xc3..=0xd7 | 0xd9..=0xdf, 0x80..=0xbf, behind @ ..]
            // Without the marks at U+200E and the embeddings at U+202A.
            | [0xe2, 0x80, 0x80..=0x8d | 0x90..=0xa9 | 0xaf..=0xbf, behind @ ..]
            | [0xe2, 0x82..=0xbf, 0x80..=0xbf, behind @ ..]
            | [0xe1 | 0xe3..=0xec, 0x80..=0xbf, 0x80..=0xbf, behind @ ..] => behind,
            _ => return false,
        };
    }
}

/// Refuses C0 and C1 controls, U+FEFF and bidi controls: a receipt is read on terminals and in CI
/// logs, where they change what a person sees. Text is never normalised.
#[inline]
pub(crate) fn check(text: &str) -> Result<(), ErrorKind> {
    if is_clean(text.as_bytes()) {
        Ok(())
    } else {
        check_chars(text)
    }
}

/// Checks that bytes are text that may stand in a receipt, without making text of them.
#[inline]
pub(crate) fn check_bytes(bytes: &[u8]) -> Result<(), ErrorKind> {
    if is_clean(bytes) {
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
                        let place = alloc::format!("{byte:#x} at {at} of {length}");
                        assert_eq!(is_plain(&bytes), plain, "{place}");
                        let is_short = (4..=16).contains(&length);
                        assert_eq!(is_short_and_plain(&bytes), is_short && plain, "{place}");
                    }
                }
            }
        }
    }

    /// What is called clean is what is admitted, for every character at every place of a word, and for every
    /// three bytes that are none.
    #[cfg_attr(miri, ignore = "millions of texts")]
    #[test]
    fn clean_text_is_admitted_text() {
        let mut unknown = 0_u32;
        for c in '\0'..=char::MAX {
            for at in [0, 3, 7, 8, 11] {
                let mut text = alloc::string::String::from_utf8(alloc::vec![b'a'; at]).unwrap();
                text.push(c);
                text.push_str("behind");
                let admitted = check_chars(&text).is_ok();
                assert!(admitted || !is_clean(text.as_bytes()), "{c:?} at {at}");
                unknown += u32::from(admitted && !is_clean(text.as_bytes()));
            }
        }
        // U+0600..U+063F without one, U+0800..U+0FFF, U+2040..U+207F without four, U+D000..U+FFFF, and above.
        let expected = 63 + 0x800 + 60 + (0x800 + 0x2000 - 1) + 0x10_0000;
        assert_eq!(unknown, 5 * expected);
        for number in 0..1_u32 << 24 {
            let [_, bytes @ ..] = number.to_be_bytes();
            if is_clean(&bytes) {
                assert_eq!(from_utf8(&bytes).map(str::len), Ok(3), "{bytes:x?}");
            }
        }
    }
}
