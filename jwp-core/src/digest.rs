//! Digests of things outside the chain, in the text form of the OCI image specification.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

/// A digest: algorithm and 32 bytes.
///
/// ```cddl
/// digest = tstr ; "sha256:<64 lower hex>" or "blake3:<64 lower hex>"
/// ```
///
/// Source: OCI Image Specification v1.1, descriptor.md, "Digests". `Display` prints the whole
/// value; [`Digest::short`] prints the owner's abbreviated form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: [u8; 32],
}

/// The hash functions that a [`Digest`] may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// BLAKE3 with 256 bits of output: evidence.
    Blake3,
    /// FIPS 180-4 SHA-256: OCI, in-toto.
    Sha256,
}

impl DigestAlgorithm {
    /// The name in front of the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blake3 => "blake3",
            Self::Sha256 => "sha256",
        }
    }
}

/// Text that is not a digest in its only form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got no digest, expected \"sha256:\" or \"blake3:\" and 64 lower-case hex digits")]
#[non_exhaustive]
pub struct ParseDigestError;

impl Digest {
    /// A digest that was computed elsewhere.
    #[must_use]
    pub const fn new(algorithm: DigestAlgorithm, bytes: [u8; 32]) -> Self {
        Self { algorithm, bytes }
    }

    /// The SHA-256 digest of `bytes`.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        Self::new(DigestAlgorithm::Sha256, Sha256::digest(bytes).into())
    }

    /// The BLAKE3 digest of `bytes`.
    #[must_use]
    pub fn blake3(bytes: &[u8]) -> Self {
        Self::new(DigestAlgorithm::Blake3, *blake3::hash(bytes).as_bytes())
    }

    /// The hash function.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Whether `bytes` have this digest, under its own algorithm.
    #[must_use]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        *self
            == match self.algorithm {
                DigestAlgorithm::Blake3 => Self::blake3(bytes),
                DigestAlgorithm::Sha256 => Self::sha256(bytes),
            }
    }

    /// The abbreviated form for people, `sha256:4f2c…be19`. It identifies nothing.
    #[must_use]
    pub fn short(&self) -> String {
        let [a, b, .., y, z] = self.bytes;
        alloc::format!("{}:{a:02x}{b:02x}…{y:02x}{z:02x}", self.algorithm.name())
    }
}

impl Digest {
    /// The text form in its two parts, algorithm with colon and digits. Apart they are copied as they were made.
    pub(crate) fn ascii(&self) -> (&'static [u8; 7], [u8; 64]) {
        let name = match self.algorithm {
            DigestAlgorithm::Blake3 => b"blake3:",
            DigestAlgorithm::Sha256 => b"sha256:",
        };
        // Digits by themselves, then side by side: loops that are made of vectors.
        let (mut high, mut low, mut hex) = ([0; 32], [0; 32], [0; 64]);
        for ((high, low), byte) in high.iter_mut().zip(&mut low).zip(self.bytes) {
            (*high, *low) = (hex_digit(byte >> 4), hex_digit(byte & 15));
        }
        for (pair, (high, low)) in hex.as_chunks_mut().0.iter_mut().zip(high.iter().zip(&low)) {
            *pair = [*high, *low];
        }
        (name, hex)
    }

    /// Gives the text form to `f`, without a detour through the formatting machinery.
    fn with_text<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        let (name, hex) = self.ascii();
        let mut text = [0; 71];
        for (to, from) in text.iter_mut().zip(name.iter().chain(&hex)) {
            *to = *from;
        }
        f(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(text))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, hex) = text.split_once(':').ok_or(ParseDigestError)?;
        let algorithm = match name {
            "blake3" => DigestAlgorithm::Blake3,
            "sha256" => DigestAlgorithm::Sha256,
            _ => return Err(ParseDigestError),
        };
        parse_hex(hex)
            .map(|bytes| Self { algorithm, bytes })
            .ok_or(ParseDigestError)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Prints bytes as lower-case hex.
#[derive(Clone, Copy)]
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether bytes are the text form of a digest, for who needs the digest only later.
#[inline]
pub(crate) fn is_text(text: &[u8]) -> bool {
    let Some((hex, b"sha256:" | b"blake3:")) = text.split_last_chunk::<64>().map(|(a, b)| (b, a))
    else {
        return false;
    };
    // Without a branch for each digit, so that many are looked at at once.
    hex.iter().fold(true, |all, digit| {
        all & (digit.is_ascii_digit() | matches!(digit, b'a'..=b'f'))
    })
}

/// Reads exactly `2 N` lower-case hex digits.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = [0; N];
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = hex_byte(*pair)?;
    }
    Some(bytes)
}

/// Reads any even number of lower-case hex digits.
pub(crate) fn parse_hex_vec(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|pair| hex_byte(*pair)).collect()
}

fn hex_byte([high, low]: [u8; 2]) -> Option<u8> {
    let (high, low) = (nibble(high), nibble(low));
    ((high | low) < 16).then_some(high << 4 | low)
}

/// The value of a lower-case digit; 255 for anything else.
fn nibble(digit: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [255; 256];
        let (_, from_0) = values.split_at_mut(48);
        let (digits, from_9) = from_0.split_at_mut(10);
        digits.copy_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let (_, from_a) = from_9.split_at_mut(39);
        let (letters, _) = from_a.split_at_mut(6);
        letters.copy_from_slice(&[10, 11, 12, 13, 14, 15]);
        values
    };
    VALUES.get(usize::from(digit)).copied().unwrap_or(255)
}

/// The lower-case digit of a number below 16.
#[inline]
fn hex_digit(nibble: u8) -> u8 {
    let letter = if nibble < 10 { b'0' } else { b'a' - 10 };
    letter.wrapping_add(nibble)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn one_text_form_only() {
        let digest = Digest::sha256(b"");
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(digest.short(), "sha256:e3b0…b855");
        for bad in [
            text.to_uppercase().as_str(),
            text.replace("e3b0", "E3B0").as_str(),
            text.replace("sha256", "sha512").as_str(),
            &text[..70],
            &text.replace("sha256:", ""),
            &[text, "0"].concat(),
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(ParseDigestError), "{bad}");
        }
    }
}
