//! Signing: the `Sig_structure` of a receipt, and the envelope that is made of it.

use alloc::vec::Vec;
use core::ops::Range;

use sha2::{Digest as _, Sha256};

use super::{
    Algorithm, COSE_SIGN1, NO_AAD, SIGNATURE_HEAD, SIGNATURE1, Statement, UNPROTECTED, header,
    sig_structure, too_large,
};
use crate::{
    cbor::{MAX_RECEIPT, write_bytes_around},
    claim::Claim,
    error::Result,
    key::Signer,
    link::{KeyId, Link},
    payload::{Position, ReceiptPayload},
};

/// A receipt that was just signed.
///
/// ```
/// # use jwp_core::{Citation, Claim, Evidence, Identifier, ReceiptPayload, RunId, SigningKey, Statement, Timestamp};
/// # use jwp_core::{UnverifiedReceipt, envelope::{self, Algorithm}, payload::Position};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Baked { loaves: u64 }
/// # impl Claim for Baked {
/// #     const KIND: &'static str = "example.bread.baked";
/// #     fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> { ["by hand"] }
/// # }
/// # let key = SigningKey::from_seed(b"thirty-two bytes of a generator!")?;
/// # let name = |text: &str| text.parse::<Identifier>();
/// # let iat = Timestamp::try_from(1_778_112_000)?;
/// # let statement = Statement::new(name("baker")?, name("bakery@v1")?, name("prod")?, iat);
/// let payload = ReceiptPayload::new(Baked { loaves: 12 });
/// let first = Position::First { run: RunId::from_bytes([7; 16]), after: None };
/// let receipt = envelope::sign(&payload, &first, &statement, Algorithm::EdDsa, &key)?;
/// // What the next receipt names as the one before it.
/// let next = Position::Next { seq: 1, prev: receipt.link() };
/// # let _ = next;
/// assert!(UnverifiedReceipt::parse(receipt.as_bytes()).is_ok());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    bytes: Vec<u8>,
    protected: Range<usize>,
    payload: Range<usize>,
}

impl SignedReceipt {
    /// The receipt's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The receipt's bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The link: SHA-256 of the `Sig_structure`, computed by each call. Only a receipt behind this one needs it.
    #[must_use]
    pub fn link(&self) -> Link {
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        let mut hasher = Sha256::new();
        sig_structure(part(&self.protected), part(&self.payload), |part| {
            hasher.update(part);
        });
        Link::from_bytes(hasher.finalize().into())
    }
}

/// Signs a payload at its place in a chain.
///
/// A signer MUST have verified the receipt whose link stands in `position`;
/// [`ChainWriter`](crate::chain::ChainWriter) does that.
///
/// # Errors
/// What [`ReceiptPayload::encode`] refuses; `Codec.TooLarge` for a receipt that would be too long, which is not signed;
/// [`ErrorKind::Signer`](crate::ErrorKind::Signer).
pub fn sign<C: Claim, S: Signer + ?Sized>(
    payload: &ReceiptPayload<C>,
    position: &Position,
    statement: &Statement,
    algorithm: Algorithm,
    signer: &S,
) -> Result<SignedReceipt> {
    // Room for most.
    let mut message = Vec::with_capacity(1 << 10);
    let protected = write_front(
        statement,
        algorithm,
        &signer.verifying_key().id(),
        &mut message,
    )?;
    let front = message.len();
    let body = write_bytes_around::<3>(&mut message, |out| payload.encode(position, out))?;
    check_length(message.len())?;
    let signature = signer.sign(&message)?;
    message.drain(..MOVED);
    message.resize(message.len().saturating_add(SIGNED), 0);
    envelop(&mut message, front, &signature);
    // In the envelope both stand as far from the front as its own is shorter.
    let back =
        |range: Range<usize>| range.start.saturating_sub(MOVED)..range.end.saturating_sub(MOVED);
    Ok(SignedReceipt {
        bytes: message,
        protected: back(protected),
        payload: back(body),
    })
}

/// Writes what all `Sig_structure`s of a statement begin with: everything in front of the payload. Gives where the
/// protected header lies.
pub(crate) fn write_front(
    statement: &Statement,
    algorithm: Algorithm,
    kid: &KeyId,
    out: &mut Vec<u8>,
) -> Result<Range<usize>> {
    out.extend_from_slice(SIGNATURE1);
    let protected = write_bytes_around::<2>(out, |out| {
        header::write(statement, algorithm, kid, out);
        Ok(())
    })?;
    out.push(NO_AAD);
    Ok(protected)
}

/// How much longer the front of a `Sig_structure` is than that of an envelope.
pub(super) const MOVED: usize = SIGNATURE1.len().saturating_sub(COSE_SIGN1.len());
/// How much longer an envelope is behind the payload: a byte string of 64 bytes.
pub(super) const SIGNED: usize = SIGNATURE_HEAD.len().saturating_add(64);

/// Refuses a `Sig_structure` of so many bytes whose envelope is longer than a receipt may be.
pub(super) fn check_length(message: usize) -> Result<()> {
    let length = message.saturating_sub(MOVED).saturating_add(SIGNED);
    if length > MAX_RECEIPT {
        return Err(too_large(length));
    }
    Ok(())
}

/// Makes an envelope of a `Sig_structure` of which `front` bytes stand before the payload: `place` has all but its first
/// [`MOVED`] bytes, and [`SIGNED`] bytes behind. The two differ in what they begin with, in one byte between header and
/// payload, and in the signature.
pub(super) fn envelop(place: &mut [u8], front: usize, signature: &[u8; 64]) {
    if let Some([a, b, .., between]) = place.get_mut(..front.saturating_sub(MOVED)) {
        [*a, *b] = COSE_SIGN1;
        *between = UNPROTECTED;
    }
    if let Some(behind) = place.last_chunk_mut::<SIGNED>() {
        let (head, bytes) = behind.split_at_mut(SIGNATURE_HEAD.len());
        head.copy_from_slice(&SIGNATURE_HEAD);
        bytes.copy_from_slice(signature);
    }
}
