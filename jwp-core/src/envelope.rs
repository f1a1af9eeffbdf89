//! The envelope: a COSE_Sign1 (RFC 9052 §4.2) with a closed header, parsed, signed and verified.

#[cfg(feature = "std")]
mod batch;
mod careful;
#[cfg(feature = "std")]
mod drafts;
mod header;
mod sign;
#[cfg(all(test, feature = "std"))]
mod tests;

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

#[cfg(feature = "std")]
pub use self::batch::Batch;
pub use self::{
    careful::is_torn,
    header::{Algorithm, CONTENT_TYPE, Header, Statement, TYP},
    sign::{SignedReceipt, sign},
};
#[cfg(feature = "std")]
pub(crate) use self::{
    drafts::{Common, Drafts},
    sign::write_front,
};
use crate::{
    cbor::{MAX_ITEMS, MAX_RECEIPT, Reader, Straight},
    claim::Claim,
    error::{Error, ErrorKind, Result},
    key::VerifyingKey,
    link::{KeyId, Link},
    payload::{self, Payload},
};

/// Tag 18 and array(4): what an envelope begins with (RFC 9052 §4.2).
pub(crate) const COSE_SIGN1: [u8; 2] = [0xd2, 0x84];
/// map(0): nothing stands in the unprotected header.
const UNPROTECTED: u8 = 0xa0;
/// The head of a byte string of 64 bytes, the last member.
const SIGNATURE_HEAD: [u8; 2] = [0x58, 64];

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
        // Not by way of the reader, nor of a `Result`: it would be moved once more, and once more.
        let mut s = Straight::new(bytes);
        if let Some(receipt) = Self::read_straight(&mut s, 0, None)
            && s.done().is_some()
        {
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
        Self::first_straight(bytes, None).map_or_else(|| Self::first_carefully(bytes), Ok)
    }

    /// [`UnverifiedReceipt::first`] if it is read straight, for a caller who puts it in its place: in a `Result` it
    /// would be moved once more. Any receipt may have been read `before`: what is the same in both is not checked
    /// again.
    #[inline(always)]
    pub(crate) fn first_straight(bytes: &'a [u8], before: Option<&Self>) -> Option<Self> {
        let window = bytes.get(..MAX_RECEIPT).unwrap_or(bytes);
        // Not by way of a reader: it would be moved once more.
        let mut s = Straight::new(window);
        Self::read_straight(&mut s, 0, before)
    }

    /// A receipt without a fault and without proofs, read from front to end. `None` for any other, which is
    /// then read with care: the order of checks shows in faults alone.
    #[inline(always)]
    fn read_straight(s: &mut Straight<'a>, offset: usize, before: Option<&Self>) -> Option<Self> {
        let from = s.rest();
        let behind = |s: &Straight<'a>| offset.checked_add(from.len())?.checked_sub(s.rest().len());
        s.literal(&COSE_SIGN1)?;
        let protected = s.bytes()?;
        s.literal(&[UNPROTECTED])?;
        let payload_bytes = s.bytes()?;
        let at_payload = behind(s)?.checked_sub(payload_bytes.len())?;
        s.literal(&SIGNATURE_HEAD)?;
        let signature = s.fixed()?;
        let bytes = s.since(from)?;
        // Items are not counted: there are no more than bytes.
        (bytes.len() <= MAX_ITEMS).then_some(())?;
        // No protected header that is read straight comes near its limit.
        let header = match before.and_then(|before| before.header_of(protected)) {
            Some(header) => header.clone(),
            None => Header::read_straight(&mut Straight::new(protected))?,
        };
        let mut content = Straight::new(payload_bytes);
        let before = before.map(|before| &before.payload);
        let payload = Payload::read_straight(&mut content, at_payload, before)?;
        content.done()?;
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

    /// The header, if it is that of these bytes too.
    #[inline(always)]
    fn header_of(&self, protected: &[u8]) -> Option<&Header<'a>> {
        (self.protected == protected).then_some(&self.header)
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

fn too_large(found: usize) -> Error {
    Error::at(ErrorKind::too_large(found, MAX_RECEIPT), MAX_RECEIPT)
}
