//! Short texts in registers: what most keys and many values are.

use alloc::vec::Vec;

use super::text::odd;

/// A text of 4 to 15 printable ASCII characters, its head in front, as it lies in memory: byte by byte in an
/// integer, which is checked, compared and written without a call.
#[derive(Clone, Copy)]
pub(super) struct Short {
    /// Little-endian, with zeros behind the text.
    word: u128,
    length: u8,
}

impl Short {
    #[inline(always)]
    pub(super) fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let length = u8::try_from(bytes.len()).ok()?;
        // Two pieces that overlap, where both have the same bytes: the last of eight begins length − 8 bytes behind the
        // first, which the low bits of the length say, and the last of four length − 4.
        let characters =
            if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
                let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
                if length > 15 || (odd(first) | odd(last)) != 0 {
                    return None;
                }
                u128::from(first) | u128::from(last) << (u32::from(length & 7) << 3)
            } else {
                let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
                let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
                let (first, last) = (u64::from(first), u64::from(last));
                if odd(first | last << 32) != 0 {
                    return None;
                }
                u128::from(first | last << (u32::from(length & 3) << 3))
            };
        let word = characters << 8 | u128::from(0x60 | length);
        Some(Self { word, length })
    }

    /// What [`order::front`](super::order::front) gives of it.
    #[inline(always)]
    pub(super) const fn front(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.word.to_le_bytes();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    #[inline(always)]
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let end = out
            .len()
            .saturating_add(usize::from(self.length))
            .saturating_add(1);
        out.extend_from_slice(&self.word.to_le_bytes());
        out.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::cbor::order::front;

    /// The encoder writes short texts by what is tested: what is expected is made by hand.
    #[track_caller]
    fn is_written_as_any_text(text: &str) {
        let Some(short) = Short::of(text) else { return };
        let head = 0x60 | u8::try_from(text.len()).unwrap();
        let expected = [&[head], text.as_bytes()].concat();
        let mut found = alloc::vec![7; 3];
        short.write(&mut found);
        assert_eq!(found[3..], expected, "{text:?}");
        assert_eq!(short.front(), front(&expected), "{text:?}");
    }

    #[test]
    fn a_short_text_is_written_as_any_text() {
        for length in 0..40 {
            let text: String = ('a'..='z').cycle().take(length).collect();
            assert_eq!(Short::of(&text).is_some(), (4..=15).contains(&length));
            is_written_as_any_text(&text);
        }
    }

    #[test]
    fn a_byte_that_is_not_plain_is_seen_at_every_place() {
        for length in 4..16 {
            for at in 0..length {
                for c in '\0'..='\u{7f}' {
                    let mut text = "m".repeat(length);
                    text.replace_range(at..=at, c.encode_utf8(&mut [0; 4]));
                    let is_plain = (' '..='~').contains(&c);
                    assert_eq!(Short::of(&text).is_some(), is_plain, "{text:?}");
                    is_written_as_any_text(&text);
                }
            }
            let beyond = "é".repeat(length / 2);
            assert!(Short::of(&beyond).is_none(), "{beyond}");
        }
    }
}
