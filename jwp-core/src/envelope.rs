//! The envelope: a COSE_Sign1 (RFC 9052 §4.2) with a closed header, parsed, signed and verified.

#[cfg(feature = "std")]
mod batch;
mod header;
mod sign;
#[cfg(all(test, feature = "std"))]
mod tests;

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

#[cfg(feature = "std")]
pub use self::batch::Batch;
#[cfg(feature = "std")]
pub(crate) use self::sign::{envelop, write_front};
pub use self::{
    header::{Algorithm, CONTENT_TYPE, Header, Statement, TYP},
    sign::{SignedReceipt, sign},
};
use crate::{
    cbor::{MAX_RECEIPT, Major, Reader, Straight},
    claim::Claim,
    error::{Error, ErrorKind, Result},
    key::VerifyingKey,
    link::{KeyId, Link},
    payload::{self, Payload},
};

/// Longest protected header in bytes. The longest that the grammar allows has about 560.
pub const MAX_PROTECTED: usize = 4 << 10;
/// Longest encoding of the unprotected header's inclusion proofs (label 394) in bytes.
pub const MAX_PROOFS: usize = 64 << 10;

/// A receipt that obeys wire format and schema. **Nobody has checked the signature.**
///
/// It borrows from the received bytes and copies nothing. Only [`UnverifiedReceipt::verify`] makes a
/// [`Receipt`] of it.
///
/// ```cddl
/// receipt = #6.18([
///   protected: bstr .cbor header,
///   unprotected: { ? 394 => [+ bstr] },
///   payload: bstr .cbor payload,
///   signature: bstr .size 64,
/// ])
/// ```
#[derive(Debug, Clone)]
pub struct UnverifiedReceipt<'a> {
    bytes: &'a [u8],
    protected: &'a [u8],
    header: Header<'a>,
    proofs: &'a [u8],
    payload_bytes: &'a [u8],
    payload: Payload<'a>,
    signature: &'a [u8; 64],
    /// What a batch has found out: the link, and that the signature holds under the key `kid`.
    link: Option<Link>,
    holds: bool,
}

impl<'a> UnverifiedReceipt<'a> {
    /// Parses one receipt that fills `bytes`.
    ///
    /// The order of checks is fixed: tag, shape, unprotected, protected, crit, alg, type, schema.
    ///
    /// # Errors
    /// `Codec.*` and `Envelope.*` with the byte offset; `Chain.Genesis` where `seq`, `prev` and
    /// `run` contradict each other.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes)?;
        // Not by way of a `Result`: it would be moved once more.
        if let Some(receipt) = reader.straight(Self::read_straight) {
            reader.finish()?;
            return Ok(receipt);
        }
        let receipt = Self::read_carefully(&mut reader)?;
        reader.finish()?;
        Ok(receipt)
    }

    /// For the fuzz targets alone: as [`UnverifiedReceipt::parse`], never straight ahead.
    ///
    /// # Errors
    /// As [`UnverifiedReceipt::parse`].
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn parse_carefully(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes)?.carefully();
        let receipt = Self::read_carefully(&mut reader)?;
        reader.finish()?;
        Ok(receipt)
    }

    /// Parses the first receipt of a CBOR sequence (RFC 8742) and gives what follows it.
    ///
    /// # Errors
    /// As [`UnverifiedReceipt::parse`]; offsets count from the first byte of `bytes`.
    pub fn parse_first(bytes: &'a [u8]) -> Result<(Self, &'a [u8])> {
        let receipt = Self::first(bytes)?;
        let rest = bytes.get(receipt.bytes.len()..).unwrap_or_default();
        Ok((receipt, rest))
    }

    /// [`UnverifiedReceipt::parse_first`] without what follows, which begins where the receipt's bytes end: as one of a
    /// pair it would be moved once more.
    pub(crate) fn first(bytes: &'a [u8]) -> Result<Self> {
        Self::first_straight(bytes).map_or_else(|| Self::first_carefully(bytes), Ok)
    }

    /// [`UnverifiedReceipt::first`] if it is read straight, for a caller who puts it in its place: in a `Result` it
    /// would be moved once more.
    #[inline(always)]
    pub(crate) fn first_straight(bytes: &'a [u8]) -> Option<Self> {
        let window = bytes.get(..MAX_RECEIPT).unwrap_or(bytes);
        Reader::unbounded(window).straight(Self::read_straight)
    }

    /// [`UnverifiedReceipt::first`] of one that is not read straight.
    #[cold]
    pub(crate) fn first_carefully(bytes: &'a [u8]) -> Result<Self> {
        let window = bytes.get(..MAX_RECEIPT).unwrap_or(bytes);
        let mut receipt = Self::read_carefully(&mut Reader::unbounded(window));
        if let Err(error) = &mut receipt {
            let is_beyond = match error.kind() {
                // What the window cut off could only have been a receipt beyond the limit.
                // How long it would have been is not known; it is one byte too long at least.
                ErrorKind::Truncated => window.len() < bytes.len(),
                ErrorKind::LengthBeyondInput { length } => {
                    usize::try_from(*length).is_ok_and(|length| length < bytes.len())
                }
                _ => false,
            };
            if is_beyond {
                *error = beyond_the_limit();
            }
        }
        receipt
    }

    /// A receipt without a fault and without proofs, read from front to end. `None` for any other, which is
    /// then read with care: the order of checks shows in faults alone.
    #[inline(always)]
    fn read_straight(s: &mut Straight<'a>, offset: usize) -> Option<Self> {
        let from = s.rest();
        let behind = |s: &Straight<'a>| offset.checked_add(from.len())?.checked_sub(s.rest().len());
        s.literal(b"\xd2\x84", 2)?;
        let protected = s.bytes()?;
        s.literal(b"\xa0", 1)?;
        let payload_bytes = s.bytes()?;
        let at_payload = behind(s)?.checked_sub(payload_bytes.len())?;
        s.literal(b"\x58\x40", 1)?;
        let signature = s.fixed()?;
        let bytes = from.get(..from.len().checked_sub(s.rest().len())?)?;
        // No protected header that is read straight comes near its limit.
        let mut content = Straight::new(protected);
        let header = Header::read_straight(&mut content)?;
        s.have_read(&content)?;
        let mut content = Straight::new(payload_bytes);
        let payload = Payload::read_straight(&mut content, at_payload)?;
        s.have_read(&content)?;
        Some(Self {
            bytes,
            protected,
            header,
            proofs: &[],
            payload_bytes,
            payload,
            signature,
            link: None,
            holds: false,
        })
    }

    fn read_carefully(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.position();
        // 1. Tag, 2. shape.
        let at = r.offset();
        let found = match r.peek()? {
            head if head.major == Major::Tag && head.argument == 18 => None,
            head if head.major == Major::Tag => Some("another tag"),
            head if head.major == Major::Array => Some("no tag"),
            head => Some(head.major.name()),
        };
        if let Some(found) = found {
            return Err(Error::at(ErrorKind::WrongType { found }, at));
        }
        r.tag()?;
        let at = r.offset();
        let found = match r.peek()? {
            head if head.major == Major::Array && head.argument == 4 => None,
            head if head.major == Major::Array => Some("an array of another length"),
            head => Some(head.major.name()),
        };
        if let Some(found) = found {
            return Err(Error::at(ErrorKind::WrongType { found }, at));
        }
        r.array()?;

        let at_protected = r.offset();
        let protected = read_bstr(r, |found| ErrorKind::Protected { found })?;
        let header_reader = r.nested(protected);
        if protected.len() > MAX_PROTECTED {
            return Err(Error::at(
                ErrorKind::too_large(protected.len(), MAX_PROTECTED),
                at_protected,
            ));
        }
        let unprotected = Unprotected::read(r)?;
        let payload_bytes = read_bstr(r, |found| ErrorKind::Payload { found })?;
        let mut payload_reader = r.nested(payload_bytes);
        let at_signature = r.offset();
        let signature = read_bstr(r, |_| ErrorKind::BadSignature)?;
        let signature = signature
            .try_into()
            .map_err(|_| Error::at(ErrorKind::BadSignature, at_signature))?;
        r.close();
        r.close();

        // 3. Unprotected.
        let proofs = unprotected.proofs()?;
        // 4. Protected, 5. crit, 6. alg, 7. type, 8. schema.
        let mut header_reader = header_reader;
        header_reader.count_in(r);
        let header = Header::read(&mut header_reader, at_protected)?;
        payload_reader.count_in(&header_reader);
        let payload = Payload::read(&mut payload_reader)?;
        payload_reader.finish()?;
        r.count_in(&payload_reader);
        let bytes = r.since(start);
        Ok(Self {
            bytes,
            protected,
            header,
            proofs,
            payload_bytes,
            payload,
            signature,
            link: None,
            holds: false,
        })
    }

    /// The bytes as received.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Which key is said to have signed: for looking it up, and for nothing else.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.header.kid()
    }

    /// The protected header, which nobody has verified.
    #[must_use]
    pub const fn unverified_header(&self) -> &Header<'a> {
        &self.header
    }

    /// The payload, which nobody has verified.
    #[must_use]
    pub const fn unverified_payload(&self) -> &Payload<'a> {
        &self.payload
    }

    /// The protected header as it stands in the bytes.
    #[must_use]
    pub const fn protected_bytes(&self) -> &'a [u8] {
        self.protected
    }

    /// The payload as it stands in the bytes.
    #[must_use]
    pub const fn payload_bytes(&self) -> &'a [u8] {
        self.payload_bytes
    }

    /// The 64 bytes `R || s`.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8; 64] {
        self.signature
    }

    /// The inclusion proofs of the unprotected header (label 394), each an opaque byte string.
    /// Anyone can put any there: they change no verdict unless checked against a log's key.
    pub fn proofs(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = Reader::unbounded(self.proofs);
        let count = if self.proofs.is_empty() {
            0
        } else {
            reader.array().unwrap_or(0)
        };
        (0..count).map_while(move |_| reader.bytes().ok())
    }

    /// The link: SHA-256 of the `Sig_structure`.
    #[must_use]
    pub fn link(&self) -> Link {
        if let Some(link) = self.link {
            return link;
        }
        let mut hasher = Sha256::new();
        sig_structure(self.protected, self.payload_bytes, |part| {
            hasher.update(part)
        });
        Link::from_bytes(hasher.finalize().into())
    }

    /// The `Sig_structure`: exactly the bytes that were signed.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        signed_bytes(self.protected, self.payload_bytes)
    }

    /// Checks the signature. The caller has found `key` in a trust store by [`Self::kid`]; what the
    /// key may sign is the trust store's business.
    ///
    /// # Errors
    /// `Envelope.BadSignature`, also for a key with another id than `kid`.
    pub fn verify(self, key: &VerifyingKey) -> Result<Receipt<'a>> {
        let Verified { link, .. } = self.check(key)?;
        Ok(Receipt { inner: self, link })
    }

    /// [`UnverifiedReceipt::verify`] of a receipt that stays where it is.
    #[inline]
    pub(crate) fn check(&self, key: &VerifyingKey) -> Result<Verified<'_, 'a>> {
        if key.id() != self.kid() {
            return Err(ErrorKind::BadSignature.into());
        }
        if !self.holds {
            key.verify(&self.signed_bytes(), self.signature)?;
        }
        let (inner, link) = (self, self.link());
        Ok(Verified { inner, link })
    }
}

/// What a [`Receipt`] proves, about one that was not moved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verified<'r, 'a> {
    inner: &'r UnverifiedReceipt<'a>,
    link: Link,
}

impl<'r, 'a> Verified<'r, 'a> {
    pub(crate) const fn header(&self) -> &'r Header<'a> {
        &self.inner.header
    }

    pub(crate) const fn payload(&self) -> &'r Payload<'a> {
        &self.inner.payload
    }

    pub(crate) const fn link(&self) -> &Link {
        &self.link
    }

    pub(crate) const fn signature(&self) -> &'a [u8; 64] {
        self.inner.signature
    }
}

impl<'r, 'a> From<&'r Receipt<'a>> for Verified<'r, 'a> {
    fn from(receipt: &'r Receipt<'a>) -> Self {
        let Receipt { inner, link } = receipt;
        Self { inner, link: *link }
    }
}

/// A receipt whose signature holds under the key that its `kid` names.
///
/// **Proves** that the holder of that key signed this header and payload. **Does not prove** that
/// the claim is true, that the key may sign it, or when it was signed.
#[derive(Debug, Clone)]
pub struct Receipt<'a> {
    inner: UnverifiedReceipt<'a>,
    link: Link,
}

impl<'a> Receipt<'a> {
    /// The bytes as received.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.inner.bytes
    }

    pub(crate) const fn as_unverified(&self) -> &UnverifiedReceipt<'a> {
        &self.inner
    }

    /// The protected header.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        &self.inner.header
    }

    /// The payload.
    #[must_use]
    pub const fn payload(&self) -> &Payload<'a> {
        &self.inner.payload
    }

    /// The link.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// The 64 bytes `R || s`.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8; 64] {
        self.inner.signature
    }

    /// The inclusion proofs of the unprotected header, which are not signed.
    pub fn unverified_proofs(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.inner.proofs()
    }

    /// The claim as a `C`.
    ///
    /// # Errors
    /// `Codec.Schema` for a receipt of another kind, and whatever the codec or the claim's own check
    /// refuses.
    pub fn claim<C: Claim>(&self) -> Result<C> {
        payload::claim_of(&self.inner.payload)
    }
}

/// array(4), tstr(10) "Signature1": what every `Sig_structure` of a COSE_Sign1 begins with.
const SIGNATURE1: &[u8] = b"\x84\x6aSignature1";
/// bstr(0): `external_aad` is empty.
const NO_AAD: u8 = 0x40;

/// RFC 9052 §4.4: `["Signature1", protected, h'', payload]`, part by part.
pub(crate) fn sig_structure(protected: &[u8], payload: &[u8], mut part: impl FnMut(&[u8])) {
    part(SIGNATURE1);
    let (head, length) = crate::cbor::bstr_head(protected.len());
    part(head.get(..length).unwrap_or_default());
    part(protected);
    part(&[NO_AAD]);
    let (head, length) = crate::cbor::bstr_head(payload.len());
    part(head.get(..length).unwrap_or_default());
    part(payload);
}

fn signed_bytes(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let size = protected
        .len()
        .saturating_add(payload.len())
        .saturating_add(32);
    let mut out = Vec::with_capacity(size);
    sig_structure(protected, payload, |part| out.extend_from_slice(part));
    out
}

/// Reads a member of the envelope that must be a byte string; another type is the member's error.
fn read_bstr<'a>(
    r: &mut Reader<'a>,
    wrong: impl FnOnce(&'static str) -> ErrorKind,
) -> Result<&'a [u8]> {
    let at = r.offset();
    match r.peek() {
        Ok(head) if head.major == Major::Bstr => r.bytes(),
        Ok(head) => Err(Error::at(wrong(head.major.name()), at)),
        // RFC 9052 §4.1: nil stands for a detached payload.
        Err(error) => Err(match error.kind() {
            ErrorKind::TypeMismatch { found } => Error::at(wrong(found), at),
            _ => error,
        }),
    }
}

/// The unprotected header: read in its place, judged after the shape.
enum Unprotected<'a> {
    Proofs(&'a [u8]),
    Refused(Error),
}

impl<'a> Unprotected<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let at = r.offset();
        let refused = |found, at| Error::at(ErrorKind::Unprotected { found }, at);
        let head = r.peek()?;
        if head.major != Major::Map {
            return Err(refused(head.major.name(), at));
        }
        let mut map = r.map()?;
        let (mut proofs, mut problem) = (&[][..], None);
        while map.remaining() > 0 {
            let at = r.offset();
            let label = match map.next_label(r) {
                Ok(label) => label,
                // A label of another type, text for instance, may not stand here either.
                Err(error) if matches!(error.kind(), ErrorKind::Schema(_)) => {
                    return Err(refused("a label that is text", at));
                }
                Err(error) => return Err(error),
            };
            let (from, at_value) = (r.position(), r.offset());
            if label == Some(394) {
                match read_proofs(r) {
                    Ok(()) => proofs = r.since(from),
                    Err(found) => return Err(refused(found, at_value)),
                }
            } else {
                let found = match label {
                    Some(1) => "alg",
                    Some(2) => "crit",
                    Some(4) => "kid",
                    Some(33) => "x5chain",
                    _ => "another label",
                };
                problem = problem.or(Some(refused(found, at)));
                if let Err(error) = r.skip_labelled() {
                    // What cannot even be read over cannot be judged after the shape.
                    return Err(problem.unwrap_or(error));
                }
            }
        }
        r.close();
        Ok(problem.map_or(Self::Proofs(proofs), Self::Refused))
    }

    fn proofs(self) -> Result<&'a [u8]> {
        match self {
            Self::Proofs(proofs) => Ok(proofs),
            Self::Refused(error) => Err(error),
        }
    }
}

/// `[+ bstr]`, at most [`MAX_PROOFS`] encoded.
fn read_proofs(r: &mut Reader<'_>) -> Result<(), &'static str> {
    let shape = "394 that is not [+ bstr]";
    let start = r.position();
    let count = r.array().map_err(|_| shape)?;
    if count == 0 {
        return Err(shape);
    }
    for _ in 0..count {
        r.bytes().map_err(|_| shape)?;
    }
    r.close();
    if r.since(start).len() > MAX_PROOFS {
        Err("394 of more than 64 KiB")
    } else {
        Ok(())
    }
}

fn beyond_the_limit() -> Error {
    too_large(MAX_RECEIPT.saturating_add(1))
}

fn too_large(found: usize) -> Error {
    Error::at(ErrorKind::too_large(found, MAX_RECEIPT), MAX_RECEIPT)
}
