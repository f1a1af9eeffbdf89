//! The protected header: five labels, no other.

use alloc::vec::Vec;

use crate::{
    cbor::{MapReader, Reader, Straight, write_int, write_known_text, write_uint},
    error::{Error, ErrorKind, Result, SchemaProblem},
    identifier::{Identifier, Name},
    link::KeyId,
    timestamp::Timestamp,
};

/// Label 3, content type (RFC 9052 §3.1): the payload's media type. Exact bytes.
pub const CONTENT_TYPE: &str = "application/vnd.jwp.receipt+cbor";
/// Label 16, `typ` (RFC 9596): the envelope's media type. A changed header takes a new one.
pub const TYP: &str = "application/vnd.jwp.receipt+cose";

// What every header has between the members that vary.
/// Map of five, label 1.
const FRONT: &[u8; 2] = b"\xa5\x01";
/// Label 3 and its value, label 4 and the head of its 32 bytes.
const CONTENT_TYPE_AND_KID: &[u8; 38] = b"\x03\x78\x20application/vnd.jwp.receipt+cbor\x04\x58\x20";
/// Label 15, map of four, and label 1 within.
const CLAIMS_AND_ISS: &[u8; 3] = b"\x0f\xa4\x01";
/// Label 16 and its value.
const LAST_IS_TYP: &[u8; 35] = b"\x10\x78\x20application/vnd.jwp.receipt+cose";

/// The signature algorithm as it is named in label 1. Both are Ed25519.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// -19, Ed25519 (RFC 9864). Written on request: not every COSE library reads it yet.
    Ed25519,
    /// -8, EdDSA (RFC 9053 §2.2). Written unless asked otherwise.
    #[default]
    EdDsa,
}

impl Algorithm {
    /// The number in label 1.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Ed25519 => -19,
            Self::EdDsa => -8,
        }
    }
}

/// The protected header as it stands in the received bytes.
///
/// ```cddl
/// header = {
///   1 => -8 / -19,
///   3 => "application/vnd.jwp.receipt+cbor",
///   4 => bstr .size 32,
///   15 => { 1 => iss, 2 => sub, 3 => aud, 6 => iat },
///   16 => "application/vnd.jwp.receipt+cose",
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Header<'a> {
    algorithm: Algorithm,
    kid: KeyId,
    iss: Name<'a>,
    sub: Name<'a>,
    aud: Name<'a>,
    iat: Timestamp,
}

impl<'a> Header<'a> {
    /// CBOR items of any header.
    const ITEMS: usize = 19;

    /// Label 1.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Label 4: the RFC 9679 thumbprint of the signer's key.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The issuer.
    #[must_use]
    pub const fn iss(&self) -> &'a str {
        self.iss.as_str()
    }

    /// The release, `service@release`.
    #[must_use]
    pub const fn sub(&self) -> &'a str {
        self.sub.as_str()
    }

    /// The environment.
    #[must_use]
    pub const fn aud(&self) -> &'a str {
        self.aud.as_str()
    }

    /// When the issuer says that it signed.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.iat
    }

    /// Whether release and environment are these.
    pub(crate) fn is_of(&self, sub: &Identifier, aud: &Identifier) -> bool {
        self.sub.is(sub.as_str().as_bytes()) && self.aud.is(aud.as_str().as_bytes())
    }

    /// Reads the map that fills the byte string, then judges its members in the fixed order.
    pub(super) fn read(r: &mut Reader<'a>, at_protected: usize) -> Result<Self> {
        match r.straight(|s, _| Some((Self::read_straight(s)?, Self::ITEMS))) {
            Some(header) => Ok(header),
            None => Self::read_carefully(r, at_protected),
        }
    }

    /// A header without a fault has one form, of which only names, time and `kid` vary: it is read from
    /// front to end. `None` for any other; what is wrong with it is then found by
    /// [`Header::read_carefully`], which also reads everything that this reads.
    #[inline(always)]
    pub(super) fn read_straight(s: &mut Straight<'a>) -> Option<Self> {
        s.literal(FRONT)?;
        let algorithm = match s.literal(b"\x27") {
            Some(()) => Algorithm::EdDsa,
            None => {
                s.literal(b"\x32")?;
                Algorithm::Ed25519
            }
        };
        s.literal(CONTENT_TYPE_AND_KID)?;
        let kid = KeyId::from_bytes(*s.fixed()?);
        s.literal(CLAIMS_AND_ISS)?;
        let iss = Name::identifier(s.unchecked_text()?)?;
        s.literal(b"\x02")?;
        let sub = Name::identifier(s.unchecked_text()?)?;
        s.literal(b"\x03")?;
        let aud = Name::identifier(s.unchecked_text()?)?;
        s.literal(b"\x06")?;
        let iat = Timestamp::from_secs(s.uint()?)?;
        s.literal(LAST_IS_TYP)?;
        s.done()?;
        Some(Self {
            algorithm,
            kid,
            iss,
            sub,
            aud,
            iat,
        })
    }

    fn read_carefully(r: &mut Reader<'a>, at_protected: usize) -> Result<Self> {
        let members = Members::read(r).map_err(|error| as_protected(error, at_protected))?;
        members.judge(at_protected)
    }
}

/// A header that is not one deterministic map is not a header.
fn as_protected(error: Error, at_protected: usize) -> Error {
    let found = match error.kind() {
        ErrorKind::Truncated => "bytes that end too early",
        ErrorKind::TrailingBytes => "bytes behind the map",
        ErrorKind::NonDeterministic { .. } => "a longer form than the shortest",
        ErrorKind::Indefinite => "an indefinite length",
        ErrorKind::Malformed { .. } => "bytes that are not well-formed",
        ErrorKind::DuplicateKey => "a label twice",
        ErrorKind::KeyOrder => "labels out of order",
        ErrorKind::LengthBeyondInput { .. } => "a length beyond the header",
        _ => return error,
    };
    Error::at(
        ErrorKind::Protected { found },
        error.offset().unwrap_or(at_protected),
    )
}

/// Where the value of each label stands; what is not looked at yet is only known to be well-formed.
#[derive(Default)]
struct Members<'a> {
    alg: Option<Reader<'a>>,
    content_type: Option<Reader<'a>>,
    kid: Option<Reader<'a>>,
    claims: Option<Reader<'a>>,
    typ: Option<Reader<'a>>,
    crit: Option<usize>,
    unknown: Option<usize>,
}

impl<'a> Members<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let at = r.offset();
        let is_map = r.rest().first().is_some_and(|initial| initial >> 5 == 5);
        if !is_map {
            let found = if r.rest().is_empty() {
                "an empty byte string"
            } else {
                "another type"
            };
            return Err(Error::at(ErrorKind::Protected { found }, at));
        }
        let mut members = Self::default();
        let mut map = r.map()?;
        if map.remaining() == 0 {
            return Err(Error::at(
                ErrorKind::Protected {
                    found: "an empty map",
                },
                at,
            ));
        }
        while map.remaining() > 0 {
            let at = r.offset();
            let Some(label) = map.next_any(r)? else { break };
            let slot = match label {
                Some(1) => &mut members.alg,
                Some(3) => &mut members.content_type,
                Some(4) => &mut members.kid,
                Some(15) => &mut members.claims,
                Some(16) => &mut members.typ,
                Some(2) => {
                    members.crit = Some(at);
                    r.skip_labelled()?;
                    continue;
                }
                _ => {
                    members.unknown = members.unknown.or(Some(at));
                    r.skip_labelled()?;
                    continue;
                }
            };
            *slot = Some(r.clone());
            r.skip_labelled()?;
        }
        r.close();
        r.finish()?;
        Ok(members)
    }

    fn judge(self, at_protected: usize) -> Result<Header<'a>> {
        // 5. crit is refused whatever it lists: there is nothing that a reader may have to know.
        if let Some(at) = self.crit {
            return Err(Error::at(ErrorKind::Critical, at));
        }
        // 6. alg.
        let mut alg = self
            .alg
            .ok_or_else(|| Error::at(ErrorKind::Algorithm, at_protected))?;
        let at = alg.offset();
        let algorithm = match alg.int() {
            Ok(-8) => Algorithm::EdDsa,
            Ok(-19) => Algorithm::Ed25519,
            _ => return Err(Error::at(ErrorKind::Algorithm, at)),
        };
        // 7. Type.
        exact_text(
            self.content_type,
            "content type",
            CONTENT_TYPE,
            at_protected,
        )?;
        exact_text(self.typ, "typ", TYP, at_protected)?;
        // 8. Schema.
        if let Some(at) = self.unknown {
            let problem = SchemaProblem::UnknownKey { map: "the header" };
            return Err(Error::at(ErrorKind::Schema(problem), at));
        }
        let missing = |key| Error::at(ErrorKind::missing(key), at_protected);
        let mut kid = self.kid.ok_or_else(|| missing("kid (4)"))?;
        let at = kid.offset();
        let kid = kid
            .bytes()
            .ok()
            .and_then(|bytes| <&[u8; 32]>::try_from(bytes).ok());
        let kid = kid.ok_or_else(|| Error::at(ErrorKind::field("kid (4)", "bstr .size 32"), at))?;
        let mut claims = self.claims.ok_or_else(|| missing("CWT claims (15)"))?;
        read_claims(&mut claims, algorithm, KeyId::from_bytes(*kid))
    }
}

fn exact_text(
    member: Option<Reader<'_>>,
    header: &'static str,
    expected: &'static str,
    at_protected: usize,
) -> Result<()> {
    let at = member.as_ref().map_or(at_protected, Reader::offset);
    match member.map(|mut r| r.text()) {
        Some(Ok(text)) if text == expected => Ok(()),
        _ => Err(Error::at(ErrorKind::Type { header, expected }, at)),
    }
}

/// CWT claims (RFC 9597): `{ 1 => iss, 2 => sub, 3 => aud, 6 => iat }`, all four.
fn read_claims<'a>(r: &mut Reader<'a>, algorithm: Algorithm, kid: KeyId) -> Result<Header<'a>> {
    let start = r.offset();
    let (mut iss, mut sub, mut aud, mut iat) = (None, None, None, None);
    let mut map: MapReader<'a> = r.map()?;
    while let Some(label) = map.next_label(r)? {
        let at = r.offset();
        match label {
            1 => iss = Some(identifier(r)?),
            2 => sub = Some(identifier(r)?),
            3 => aud = Some(identifier(r)?),
            6 => {
                let seconds = Timestamp::from_secs(r.uint()?).ok_or_else(|| {
                    let expected = "iat of 0..253402300799 seconds";
                    Error::at(ErrorKind::range(expected), at)
                })?;
                iat = Some(seconds);
            }
            _ => {
                let problem = SchemaProblem::UnknownKey {
                    map: "the CWT claims",
                };
                return Err(Error::at(ErrorKind::Schema(problem), at));
            }
        }
    }
    r.close();
    let missing = |key| Error::at(ErrorKind::missing(key), start);
    Ok(Header {
        algorithm,
        kid,
        iss: iss.ok_or_else(|| missing("iss (1)"))?,
        sub: sub.ok_or_else(|| missing("sub (2)"))?,
        aud: aud.ok_or_else(|| missing("aud (3)"))?,
        iat: iat.ok_or_else(|| missing("iat (6)"))?,
    })
}

fn identifier<'a>(r: &mut Reader<'a>) -> Result<Name<'a>> {
    let at = r.offset();
    let name = Name::identifier(r.text()?.as_bytes());
    name.ok_or_else(|| Identifier::refused().or_at(at))
}

/// Who says it, about which release, in which environment, and when they say they said it.
///
/// The CWT claims of the protected header (RFC 9597), all four required.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// The issuer.
    pub iss: Identifier,
    /// The release, `service@release`.
    pub sub: Identifier,
    /// The environment.
    pub aud: Identifier,
    /// When the issuer says that it signed.
    pub iat: Timestamp,
}

impl Statement {
    /// All four, in the order of the header.
    #[must_use]
    pub const fn new(iss: Identifier, sub: Identifier, aud: Identifier, iat: Timestamp) -> Self {
        Self { iss, sub, aud, iat }
    }
}

/// Writes the header; labels in bytewise order of their encodings: 01, 03, 04, 0f, 10.
pub(super) fn write(statement: &Statement, algorithm: Algorithm, kid: &KeyId, out: &mut Vec<u8>) {
    out.extend_from_slice(FRONT);
    write_int(algorithm.number(), out);
    out.extend_from_slice(CONTENT_TYPE_AND_KID);
    out.extend_from_slice(kid.as_bytes());
    out.extend_from_slice(CLAIMS_AND_ISS);
    write_known_text(statement.iss.as_str(), out);
    write_int(2, out);
    write_known_text(statement.sub.as_str(), out);
    write_int(3, out);
    write_known_text(statement.aud.as_str(), out);
    write_int(6, out);
    write_uint(statement.iat.as_secs(), out);
    out.extend_from_slice(LAST_IS_TYP);
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;

    fn both(bytes: &[u8]) -> [Option<(String, usize, usize)>; 2] {
        let begin = Reader::unbounded(bytes);
        let state = |r: &Reader<'_>, header: Header<'_>| {
            let read = alloc::format!("{header:?} {r:?}");
            (read, r.position(), r.offset())
        };
        let mut straight = begin.clone();
        let header = straight.straight(|s, _| Some((Header::read_straight(s)?, Header::ITEMS)));
        if header.is_none() {
            assert_eq!(straight.position(), 0, "the reader has moved");
        }
        let mut careful = begin;
        let full = Header::read_carefully(&mut careful, 0).ok();
        [
            header.map(|header| state(&straight, header)),
            full.map(|header| state(&careful, header)),
        ]
    }

    proptest! {
        /// Both ways read the same headers, to the same place and with the same count of items.
        #[test]
        fn a_header_is_read_the_same_straight_and_carefully(
            names in proptest::array::uniform3("[A-Za-z0-9][A-Za-z0-9._/+@:-]{0,127}"),
            iat in prop_oneof![0..300_u64, 0..=253_402_300_799_u64],
            kid: [u8; 32],
            is_new: bool,
            at in 0..400_usize,
            byte: u8,
        ) {
            let [iss, sub, aud] = names.map(|name| Identifier::parse(&name).unwrap());
            let statement = Statement::new(iss, sub, aud, Timestamp::from_secs(iat).unwrap());
            let algorithm = if is_new { Algorithm::Ed25519 } else { Algorithm::EdDsa };
            let mut bytes = Vec::new();
            write(&statement, algorithm, &KeyId::from_bytes(kid), &mut bytes);
            let [straight, careful] = both(&bytes);
            prop_assert!(straight.is_some());
            prop_assert_eq!(straight, careful);
            let at = at.checked_rem(bytes.len()).unwrap_or(0);
            for length in [at, bytes.len()] {
                bytes[at] = byte;
                let [straight, careful] = both(&bytes[..length]);
                prop_assert_eq!(straight, careful);
            }
        }
    }
}
