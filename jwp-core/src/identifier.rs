//! Names with a grammar: kinds of claims, and issuers, releases and environments.

use alloc::{borrow::Cow, boxed::Box};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, ErrorKind};

// In words: where errors are shown, brackets behind brackets are taken for a link and escaped.
const IDENTIFIER_FORM: &str = "a letter or digit, then at most 127 of A-Z a-z 0-9 . _ / + @ : -";
const KIND_FORM: &str =
    "labels of a-z 0-9 _ that begin with a letter, joined by \".\", at most 64 bytes";

/// Whether all bytes may stand in an identifier behind its first. Comparisons and no table: a block is compared at once.
#[inline(always)]
fn admitted<const N: usize>(block: &[u8; N]) -> bool {
    block.iter().fold(true, |all, byte| {
        all & (matches!(byte, b'-'..=b':')
            | matches!(byte, b'@'..=b'Z')
            | byte.is_ascii_lowercase()
            | matches!(byte, b'+' | b'_'))
    })
}

/// [`Kind::fits`], in blocks where a kind is long enough: each byte with the one before it. Differences that are 0 and
/// the least of them, for which processors have instructions that take a whole block, and none for two bounds of bytes.
#[inline]
fn is_kind(bytes: &[u8]) -> bool {
    let ([first, ..], Some(last)) = (bytes, bytes.last_chunk()) else {
        return Kind::fits(bytes);
    };
    let mut faults = [0; 16];
    let mut look = |block: &[u8; 17]| {
        let ([before @ .., _], [_, bytes @ ..]) = (block, block);
        for ((fault, byte), before) in faults.iter_mut().zip(bytes).zip(before) {
            let letter = byte.saturating_sub(b'z') | b'a'.saturating_sub(*byte);
            let digit = byte.saturating_sub(b'9') | b'0'.saturating_sub(*byte);
            let other = letter.min(digit).min(byte ^ b'_').min(byte ^ b'.');
            let begins = 1_u8.saturating_sub(before ^ b'.');
            *fault |= other | letter.min(begins);
        }
    };
    look(last);
    let mut rest = bytes;
    while let Some(block) = rest.first_chunk() {
        look(block);
        rest = rest.get(16..).unwrap_or_default();
    }
    let ends = bytes.last() != Some(&b'.');
    (u128::from_ne_bytes(faults) == 0) & ends & first.is_ascii_lowercase() & (bytes.len() <= 64)
}

/// An issuer (`iss`), a release (`sub`, `service@release`) or an environment (`aud`).
///
/// ASCII `[A-Za-z0-9][A-Za-z0-9._/+@:-]{0,127}`, compared bytewise. Anything else is
/// `Codec.BadIdentifier`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(Box<str>);

impl Identifier {
    /// Checks the grammar.
    ///
    /// # Errors
    /// `Codec.BadIdentifier`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fits = Self::fits(text.as_bytes());
        fits.then(|| Self(text.into())).ok_or_else(Self::refused)
    }

    /// What is said of a text without the grammar.
    pub(crate) fn refused() -> Error {
        let expected = IDENTIFIER_FORM;
        ErrorKind::BadIdentifier { expected }.into()
    }

    /// Whether bytes have the grammar; they are ASCII then.
    #[inline]
    pub(crate) fn fits(bytes: &[u8]) -> bool {
        if bytes.len() > 128 || !bytes.first().is_some_and(u8::is_ascii_alphanumeric) {
            return false;
        }
        // Blocks, of which the last overlaps the one before it.
        if let (Some((first, others)), Some(last)) =
            (bytes.split_first_chunk::<16>(), bytes.last_chunk::<16>())
        {
            return admitted(first) & admitted(last)
                && others.as_chunks::<16>().0.iter().all(admitted);
        }
        if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            return admitted(first) & admitted(last);
        }
        if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            return admitted(first) & admitted(last);
        }
        bytes.iter().all(|byte| admitted(&[*byte]))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a kind of claim, such as `delivery.build.completed`.
///
/// Labels `[a-z][a-z0-9_]*` joined by `.`, at most 64 bytes. `delivery.*` and `trust.*` are
/// reserved: verifiers refuse an unknown name there. Other kinds belong to whoever defines them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(Box<str>);

impl Kind {
    /// Checks the grammar.
    ///
    /// # Errors
    /// `Codec.BadIdentifier`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fits = Self::fits(text.as_bytes());
        fits.then(|| Self(text.into())).ok_or_else(Self::refused)
    }

    /// What is said of a text without the grammar.
    pub(crate) fn refused() -> Error {
        let expected = KIND_FORM;
        ErrorKind::BadIdentifier { expected }.into()
    }

    /// Whether bytes have the grammar; they are ASCII then.
    pub(crate) const fn fits(bytes: &[u8]) -> bool {
        // A label begins at the front and behind each dot, with a letter.
        let (mut begins, mut fits) = (true, bytes.len() <= 64);
        let mut rest = bytes;
        while let [byte, behind @ ..] = rest {
            fits &= match byte {
                b'a'..=b'z' => true,
                b'0'..=b'9' | b'_' | b'.' => !begins,
                _ => false,
            };
            begins = *byte == b'.';
            rest = behind;
        }
        fits && !begins
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An identifier or a kind as it stands in received bytes. Its grammar was checked, and is of ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a>(&'a [u8]);

impl<'a> Name<'a> {
    /// An identifier.
    #[inline]
    pub(crate) fn identifier(bytes: &'a [u8]) -> Option<Self> {
        Identifier::fits(bytes).then_some(Self(bytes))
    }

    /// The name of a kind.
    #[inline]
    pub(crate) fn kind(bytes: &'a [u8]) -> Option<Self> {
        is_kind(bytes).then_some(Self(bytes))
    }

    /// As text. To see once more that it is UTF-8 takes a while: where bytes will do, compare with
    /// [`Name::is`].
    pub(crate) const fn as_str(self) -> &'a str {
        match core::str::from_utf8(self.0) {
            Ok(text) => text,
            // The grammars admit no such bytes.
            Err(_) => "",
        }
    }

    /// Whether it is these bytes.
    pub(crate) fn is(self, bytes: &[u8]) -> bool {
        self.0 == bytes
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

macro_rules! text_newtype {
    ($name:ident) => {
        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }
    };
}

text_newtype!(Identifier);
text_newtype!(Kind);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_text_that_was_checked() {
        let both = [Name::identifier, Name::kind];
        for name in both.map(|read| read(b"delivery.build.completed").unwrap()) {
            assert_eq!(name.as_str(), "delivery.build.completed");
            assert_eq!(alloc::format!("{name:?}"), r#""delivery.build.completed""#);
            assert!(name.is(b"delivery.build.completed"));
            assert!(!name.is(b"delivery.build.complete") && !name.is(b""));
        }
        assert_eq!(
            Name::identifier(b"Prod@1").map(Name::as_str),
            Some("Prod@1")
        );
        assert_eq!(Name::kind(b"Prod@1"), None);
        for read in both {
            assert_eq!(read(b""), None);
            assert_eq!(read(b"a\xff"), None);
        }
    }

    #[cfg_attr(miri, ignore = "hundreds of thousands of names")]
    #[test]
    fn every_byte_at_every_place_of_a_block_is_told_admitted_or_not() {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for length in (1..50).chain(120..131) {
            for at in 0..length {
                for byte in 0..=255 {
                    let mut name = alloc::vec![b'a'; length];
                    name[at] = byte;
                    let is_mark = at > 0 && b"._/+@:-".contains(&byte);
                    let expected = length <= 128 && (letters.contains(&byte) || is_mark);
                    let place = alloc::format!("{byte:#x} at {at} of {length}");
                    assert_eq!(Identifier::fits(&name), expected, "{place}");
                }
            }
        }
    }

    /// Kinds of any length, with one byte or a dot and a byte at every place.
    #[cfg_attr(miri, ignore = "hundreds of thousands of names")]
    #[test]
    fn kinds_are_told_in_blocks_as_byte_by_byte() {
        let mut fit = 0;
        for length in 0..70 {
            for at in 0..length {
                for byte in 0..=255 {
                    for before in *b"a._0" {
                        let mut name = alloc::vec![b'a'; length];
                        name[at.saturating_sub(1)] = before;
                        name[at] = byte;
                        let expected = Kind::fits(&name);
                        fit += u32::from(expected);
                        assert_eq!(is_kind(&name), expected, "{name:?}");
                    }
                }
            }
        }
        assert!(fit > 10_000, "{fit}");
    }

    #[test]
    fn identifiers_are_narrow_ascii() {
        for good in [
            "jouledb@v2026.05.07",
            "prod",
            "trust/main",
            "a",
            &"a".repeat(128),
        ] {
            assert!(Identifier::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a b",
            "prod\u{200b}",
            "prоd",
            "a\n",
            "é",
            &"a".repeat(129),
        ] {
            assert_eq!(
                Identifier::parse(bad).unwrap_err().code(),
                "Codec.BadIdentifier",
                "{bad}"
            );
        }
    }

    #[test]
    fn kinds_are_lower_case_labels() {
        for good in ["delivery.build.completed", "a", "a.b_2", &"a".repeat(64)] {
            assert!(Kind::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "A",
            "1a",
            "a-b",
            "_a",
            &"a".repeat(65),
        ] {
            assert_eq!(
                Kind::parse(bad).unwrap_err().code(),
                "Codec.BadIdentifier",
                "{bad}"
            );
        }
    }
}
