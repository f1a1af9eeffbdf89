//! One error type: what is wrong, and at which byte.

use alloc::boxed::Box;
use core::fmt;

/// The result of everything fallible in this crate.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong, and the byte offset at which it stands, where there is one.
///
/// Offsets count from the first byte of the input that the caller gave, also inside nested byte
/// strings. [`Error::code`] is stable across releases; the text is not.
///
/// As large as a pointer: one allocation, for an error alone.
// So a result without an error goes through registers. With one of seven words it went through memory, and where it was
// copied in other pieces than it had been written in, the processor waited for the stores.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Facts>);

/// What an error says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    kind: ErrorKind,
    offset: Option<usize>,
}

impl Error {
    /// An error at a byte of the input.
    #[must_use]
    pub fn at(kind: ErrorKind, offset: usize) -> Self {
        Self::new(kind, Some(offset))
    }

    #[cold]
    fn new(kind: ErrorKind, offset: Option<usize>) -> Self {
        Self(Box::new(Facts { kind, offset }))
    }

    /// The fact that the caller can act on.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Offset in bytes from the start of the input.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The stable public code, `Area.Name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// The same error, seen from an input in which this one begins at `base`.
    #[must_use]
    pub fn nested(mut self, base: usize) -> Self {
        self.0.offset = self.0.offset.map(|o| o.saturating_add(base));
        self
    }

    /// The same error with a place, where it has none of its own.
    #[must_use]
    pub fn or_at(mut self, offset: usize) -> Self {
        self.0.offset = self.0.offset.or(Some(offset));
        self
    }
}

/// ` for field`, where there is one.
struct OfField(Option<&'static str>);

impl fmt::Display for OfField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(field) => write!(f, " for {field}"),
            None => Ok(()),
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind, None)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, offset } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("offset", offset)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, offset } = &*self.0;
        write!(f, "{kind}")?;
        match offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

/// Every way in which bytes, keys and chains can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    // ---- Codec: RFC 8949 §4.2.1, narrowed by spec/format.md ----
    /// The input ends inside an item; more bytes could complete it.
    #[error("got the end of input, expected the rest of an item")]
    Truncated,
    /// Bytes stand after the last item.
    #[error("got more bytes, expected the end of input")]
    TrailingBytes,
    /// A value is not written in its only form.
    #[error("got {found}, expected the shortest form")]
    NonDeterministic {
        /// What stands there instead.
        found: &'static str,
    },
    /// An item of indefinite length.
    #[error("got an indefinite length, expected a definite one")]
    Indefinite,
    /// Not well-formed: RFC 8949 §3, appendix F.
    #[error("got initial byte 0x{initial:02x}, expected a well-formed item")]
    Malformed {
        /// The initial byte of the item.
        initial: u8,
    },
    /// A map holds a key twice.
    #[error("got a map key for the second time")]
    DuplicateKey,
    /// Map keys are not in bytewise order of their encodings.
    #[error("got a map key that sorts before the one in front of it")]
    KeyOrder,
    /// A length or count that no admissible input could hold.
    #[error("got a length of {length}, more than any receipt can hold")]
    LengthBeyondInput {
        /// The length as written.
        length: u64,
    },
    /// Arrays, maps and tags are open deeper than the limit.
    #[error("got more open arrays, maps and tags, expected at most {limit}")]
    TooDeep {
        /// The limit in force.
        limit: usize,
    },
    /// A tag other than 18 around the envelope and 4 around a decimal.
    #[error("got tag {tag}, which is not allowed here")]
    TagNotAllowed {
        /// The tag number.
        tag: u64,
    },
    /// A floating-point number.
    #[error("got a float, expected an integer or a decimal (tag 4)")]
    FloatNotAllowed,
    /// Null, undefined or another simple value: no field takes one.
    #[error("got {found}, expected a value")]
    TypeMismatch {
        /// The simple value, in CDDL words.
        found: &'static str,
    },
    /// Text that is not UTF-8, or holds a control, byte order mark or bidi control.
    #[error("got {found}, expected plain UTF-8 text")]
    BadText {
        /// What stands in the text.
        found: &'static str,
    },
    /// Text that is not of its identifier's grammar.
    #[error("got text of another form, expected {expected}")]
    BadIdentifier {
        /// The grammar.
        expected: &'static str,
    },
    /// A number outside its range.
    #[error("got a value out of range{}, expected {expected}", OfField(*.field))]
    OutOfRange {
        /// The field, where the one who refuses knows it.
        field: Option<&'static str>,
        /// The range.
        expected: &'static str,
    },
    /// The items are well encoded but do not make the structure.
    #[error("{0}")]
    Schema(SchemaProblem),
    /// More items than a receipt may hold.
    #[error("got more than {limit} items in one receipt")]
    TooManyItems {
        /// The limit in force.
        limit: usize,
    },
    /// A string or a receipt longer than its limit.
    #[error("got {found} bytes, expected at most {limit}")]
    TooLarge {
        /// The length found.
        found: u64,
        /// The limit in force.
        limit: u64,
    },
    /// A payload of another schema version.
    #[error("got payload version {found}, expected 1")]
    Version {
        /// The version as written.
        found: u64,
    },

    // ---- Envelope: RFC 9052 COSE_Sign1, narrowed ----
    /// The signature does not hold. It says nothing more on purpose.
    #[error("the signature does not hold")]
    BadSignature,
    /// The algorithm is not EdDSA (-8) or Ed25519 (-19).
    #[error("got another algorithm, expected alg -8 (EdDSA) or -19 (Ed25519)")]
    Algorithm,
    /// `crit` is always refused.
    #[error("got a crit header, expected none")]
    Critical,
    /// The unprotected header holds something other than inclusion proofs (394).
    #[error("got {found} in the unprotected header, expected nothing but 394 => [+ bstr]")]
    Unprotected {
        /// What stands there.
        found: &'static str,
    },
    /// The protected header is not a byte string around one deterministic map.
    #[error("got {found}, expected bstr .cbor header as the protected header")]
    Protected {
        /// What stands there.
        found: &'static str,
    },
    /// The item is not a tagged COSE_Sign1.
    #[error("got {found}, expected tag 18 around an array of four (COSE_Sign1)")]
    WrongType {
        /// What stands there.
        found: &'static str,
    },
    /// The payload is detached, or not a byte string.
    #[error("got {found}, expected an attached payload (bstr)")]
    Payload {
        /// What stands there.
        found: &'static str,
    },
    /// `content type` or `typ` is missing or another.
    #[error("got another {header}, expected exactly \"{expected}\"")]
    Type {
        /// Which header.
        header: &'static str,
        /// The only value.
        expected: &'static str,
    },

    // ---- Keys ----
    /// A public key that is not canonical, of small order, or with torsion.
    #[error("got {found}, expected a canonical point of prime order")]
    WeakKey {
        /// What is wrong with the point.
        found: &'static str,
    },
    /// Key material that is not an Ed25519 key in the form asked for.
    #[error("got {found}, expected {expected}")]
    BadKey {
        /// What the file holds.
        found: &'static str,
        /// What was asked for.
        expected: &'static str,
    },
    /// A receipt names a key that the caller does not know.
    #[error("got kid {kid}, expected a key that is known")]
    UnknownKey {
        /// The key's thumbprint in hexadecimal.
        kid: Box<str>,
    },
    /// A signer could not sign, or signed something else.
    #[error("the signer gave no valid signature")]
    Signer,

    // ---- Chain ----
    /// A receipt for another `sub` or `aud` than the chain's.
    #[error("got a receipt of another release or environment, expected those of the chain")]
    ReleaseMismatch,
    /// A first receipt where none may stand, or none where one must.
    #[error("got a wrong beginning of a chain: {found}")]
    Genesis {
        /// What is wrong.
        found: &'static str,
    },
    /// `prev` is the head, but `seq` is not the next.
    #[error("got seq {found}, expected {expected}")]
    Sequence {
        /// The number written.
        found: u64,
        /// The next number.
        expected: u64,
    },
    /// `prev` is not the link of the head.
    #[error("got a prev that is not the link of the receipt before")]
    PrevMismatch,
    /// `iat` is earlier than that of the receipt before.
    #[error("got iat {found}, expected at least {expected}")]
    Time {
        /// Seconds since the epoch.
        found: u64,
        /// Seconds since the epoch.
        expected: u64,
    },
    /// Appending to a chain whose last receipt does not verify.
    #[error("the head of the chain does not verify; nothing was appended")]
    UnverifiedHead,
    /// Segments that were verified under different trust stores or policies.
    #[error("got a segment verified under other terms")]
    Terms,
    /// A Merkle proof that does not lead to the root.
    #[error("the proof does not lead to the root")]
    Proof,

    // ---- Evidence ----
    /// Bytes other than those that an [`Evidence`](crate::Evidence) names.
    #[error("got other bytes than the evidence names, expected {expected}")]
    DigestMismatch {
        /// What they do not have.
        expected: &'static str,
    },
}

/// How well-encoded items fail to make the structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaProblem {
    /// A required key is missing.
    #[error("got no key {key}, which is required")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A key that the map does not take.
    #[error("got a key that {map} does not take")]
    UnknownKey {
        /// The map, in words of the CDDL.
        map: &'static str,
    },
    /// A value that its field does not take.
    #[error("got another value for {field}, expected {expected}")]
    Field {
        /// The field, as written on the wire.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// An item of another type.
    #[error("got {found}, expected {expected}")]
    Type {
        /// The type found, in CDDL words.
        found: &'static str,
        /// The type expected, in CDDL words.
        expected: &'static str,
    },
    /// A receipt of another kind than the one asked for.
    #[error("got another kind, expected {expected}")]
    Kind {
        /// The kind asked for.
        expected: &'static str,
    },
    /// A claim that its type refuses, in the words of its serde implementation.
    #[error("{message}")]
    Claim {
        /// The message of the type's `Deserialize` or `Serialize`.
        message: Box<str>,
    },
}

impl ErrorKind {
    /// The stable public code, `Area.Name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "Codec.Truncated",
            Self::TrailingBytes => "Codec.TrailingBytes",
            Self::NonDeterministic { .. } => "Codec.NonDeterministic",
            Self::Indefinite => "Codec.Indefinite",
            Self::Malformed { .. } => "Codec.Malformed",
            Self::DuplicateKey => "Codec.DuplicateKey",
            Self::KeyOrder => "Codec.KeyOrder",
            Self::LengthBeyondInput { .. } => "Codec.LengthBeyondInput",
            Self::TooDeep { .. } => "Codec.TooDeep",
            Self::TagNotAllowed { .. } => "Codec.TagNotAllowed",
            Self::FloatNotAllowed => "Codec.FloatNotAllowed",
            Self::TypeMismatch { .. } => "Codec.TypeMismatch",
            Self::BadText { .. } => "Codec.BadText",
            Self::BadIdentifier { .. } => "Codec.BadIdentifier",
            Self::OutOfRange { .. } => "Codec.OutOfRange",
            Self::Schema(_) => "Codec.Schema",
            Self::TooManyItems { .. } => "Codec.TooManyItems",
            Self::TooLarge { .. } => "Codec.TooLarge",
            Self::Version { .. } => "Codec.Version",
            Self::BadSignature => "Envelope.BadSignature",
            Self::Algorithm => "Envelope.Algorithm",
            Self::Critical => "Envelope.Critical",
            Self::Unprotected { .. } => "Envelope.Unprotected",
            Self::Protected { .. } => "Envelope.Protected",
            Self::WrongType { .. } => "Envelope.WrongType",
            Self::Payload { .. } => "Envelope.Payload",
            Self::Type { .. } => "Envelope.Type",
            Self::WeakKey { .. } => "Trust.WeakKey",
            Self::BadKey { .. } => "Trust.BadKey",
            Self::UnknownKey { .. } => "Trust.UnknownKey",
            Self::Signer => "Cli.Io",
            Self::ReleaseMismatch => "Chain.ReleaseMismatch",
            Self::Genesis { .. } => "Chain.Genesis",
            Self::Sequence { .. } => "Chain.Sequence",
            Self::PrevMismatch => "Chain.PrevMismatch",
            Self::Time { .. } => "Chain.Time",
            Self::UnverifiedHead => "Chain.UnverifiedHead",
            Self::Terms => "Chain.Terms",
            Self::Proof => "Chain.Proof",
            Self::DigestMismatch { .. } => "Evidence.DigestMismatch",
        }
    }

    pub(crate) fn too_large(found: usize, limit: usize) -> Self {
        let number = |n| u64::try_from(n).unwrap_or(u64::MAX);
        Self::TooLarge {
            found: number(found),
            limit: number(limit),
        }
    }

    pub(crate) const fn missing(key: &'static str) -> Self {
        Self::Schema(SchemaProblem::MissingKey { key })
    }

    pub(crate) const fn wrong_type(found: &'static str, expected: &'static str) -> Self {
        Self::Schema(SchemaProblem::Type { found, expected })
    }

    pub(crate) const fn field(field: &'static str, expected: &'static str) -> Self {
        Self::Schema(SchemaProblem::Field { field, expected })
    }

    /// A number outside the range that `expected` names.
    pub(crate) const fn range(expected: &'static str) -> Self {
        Self::OutOfRange {
            field: None,
            expected,
        }
    }
}

/// What a claim's own check refuses: the field, and what it takes.
///
/// Returned by [`Claim::validate`](crate::claim::Claim::validate).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got another value for {field}, expected {expected}")]
pub struct Invalid {
    field: &'static str,
    expected: &'static str,
    range: bool,
}

impl Invalid {
    /// A field that contradicts its schema or another field (`Codec.Schema`).
    #[must_use]
    pub const fn schema(field: &'static str, expected: &'static str) -> Self {
        Self {
            field,
            expected,
            range: false,
        }
    }

    /// A number outside its range (`Codec.OutOfRange`).
    #[must_use]
    pub const fn range(field: &'static str, expected: &'static str) -> Self {
        Self {
            field,
            expected,
            range: true,
        }
    }

    /// The field, as written on the wire.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// What the field takes.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        self.expected
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        if invalid.range {
            ErrorKind::OutOfRange {
                field: Some(invalid.field),
                expected: invalid.expected,
            }
            .into()
        } else {
            ErrorKind::field(invalid.field, invalid.expected).into()
        }
    }
}
