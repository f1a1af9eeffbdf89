//! An envelope read with care: every fault is named, in a fixed order, at its place.

use super::{Header, MAX_PROOFS, MAX_PROTECTED, SIGNATURE_HEAD, UnverifiedReceipt, too_large};
use crate::{
    cbor::{MAX_RECEIPT, Major, Reader},
    error::{Error, ErrorKind, Result},
    payload::Payload,
};

impl<'a> UnverifiedReceipt<'a> {
    /// [`UnverifiedReceipt::first`] of one that is not read straight.
    #[cold]
    pub(crate) fn first_carefully(bytes: &'a [u8]) -> Result<Self> {
        let window = bytes.get(..MAX_RECEIPT).unwrap_or(bytes);
        let mut reader = Reader::unbounded(window);
        let members = Members::read(&mut reader).map_err(|error| match error.kind() {
            // What more bytes than a receipt may have do not complete is a receipt beyond the limit, however many
            // of them are there: a stream shows no more. It is one byte too long at least.
            ErrorKind::Truncated | ErrorKind::LengthBeyondInput { .. }
                if window.len() < bytes.len() =>
            {
                too_large(MAX_RECEIPT.saturating_add(1))
            }
            _ => error,
        })?;
        members.judge(&mut reader)
    }

    pub(super) fn read_carefully(r: &mut Reader<'a>) -> Result<Self> {
        Members::read(r)?.judge(r)
    }
}

/// Whether the bytes are the beginning of a receipt that a write which was cut short has left: more bytes could
/// complete it, and what they hold of a byte string that they cut is incomplete as well.
///
/// A receipt that was written whole and has another length now is none: its content ends before the bytes do. Where
/// inclusion proofs stand, of which there may be any number, this cannot be told.
#[must_use]
pub fn is_torn(bytes: &[u8]) -> bool {
    if bytes.len() >= MAX_RECEIPT {
        return false;
    }
    let is_cut = |error: Error| matches!(error.kind(), ErrorKind::Truncated);
    let mut r = Reader::unbounded(bytes);
    if !Members::read(&mut r.clone()).is_err_and(is_cut) {
        return false;
    }
    if r.tag().and_then(|_| r.array()).is_err() {
        return true;
    }
    // Behind the head of a string that is cut stands what there is of its content.
    let is_incomplete = |r: &Reader<'_>| {
        let mut content = Reader::unbounded(r.rest());
        content.skip_labelled().is_err_and(is_cut)
    };
    if r.bytes().is_err() {
        return is_incomplete(&r);
    }
    match Unprotected::read(&mut r) {
        Ok(Unprotected::Proofs(_)) => {}
        // No write of a receipt leaves such a header, cut or not.
        Ok(Unprotected::Refused(_)) => return false,
        Err(_) => return true,
    }
    if r.bytes().is_err() {
        return is_incomplete(&r);
    }
    let rest = r.rest();
    let there = rest.get(..SIGNATURE_HEAD.len()).unwrap_or(rest);
    SIGNATURE_HEAD.starts_with(there)
}

/// The members of an envelope, of which nobody has looked inside.
struct Members<'a> {
    /// Where the receipt begins in its input.
    start: usize,
    at_protected: usize,
    protected: &'a [u8],
    header: Reader<'a>,
    unprotected: Unprotected<'a>,
    payload_bytes: &'a [u8],
    payload: Reader<'a>,
    signature: &'a [u8; 64],
}

impl<'a> Members<'a> {
    /// Tag and shape. Only here can it show that the input ends too early.
    fn read(r: &mut Reader<'a>) -> Result<Self> {
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
        let header = r.nested(protected);
        if protected.len() > MAX_PROTECTED {
            return Err(Error::at(
                ErrorKind::too_large(protected.len(), MAX_PROTECTED),
                at_protected,
            ));
        }
        let unprotected = Unprotected::read(r)?;
        let payload_bytes = read_bstr(r, |found| ErrorKind::Payload { found })?;
        let payload = r.nested(payload_bytes);
        let at_signature = r.offset();
        let signature = read_bstr(r, |_| ErrorKind::BadSignature)?;
        let signature = signature
            .try_into()
            .map_err(|_| Error::at(ErrorKind::BadSignature, at_signature))?;
        r.close();
        r.close();
        Ok(Self {
            start,
            at_protected,
            protected,
            header,
            unprotected,
            payload_bytes,
            payload,
            signature,
        })
    }

    /// What is in them. `r` stands behind the receipt.
    fn judge(self, r: &mut Reader<'a>) -> Result<UnverifiedReceipt<'a>> {
        // 3. Unprotected.
        let proofs = self.unprotected.proofs()?;
        // 4. Protected, 5. crit, 6. alg, 7. type, 8. schema.
        let mut reader = self.header;
        reader.count_in(r);
        let header = Header::read(&mut reader, self.at_protected)?;
        let mut content = self.payload;
        content.count_in(&reader);
        let payload = Payload::read(&mut content).map_err(within)?;
        content.finish()?;
        r.count_in(&content);
        Ok(UnverifiedReceipt {
            bytes: r.since(self.start),
            protected: self.protected,
            header,
            proofs,
            payload_bytes: self.payload_bytes,
            payload,
            signature: self.signature,
            link: None,
            holds: false,
        })
    }
}

/// More input would not complete what ends too early inside a whole byte string.
fn within(error: Error) -> Error {
    match (error.kind(), error.offset()) {
        (ErrorKind::Truncated, Some(offset)) => {
            let found = "a bstr whose content ends too early";
            Error::at(ErrorKind::Payload { found }, offset)
        }
        _ => error,
    }
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

/// The unprotected header: read over in its place, judged after the shape.
enum Unprotected<'a> {
    Proofs(&'a [u8]),
    Refused(Error),
}

impl<'a> Unprotected<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let at = r.offset();
        let head = r.peek()?;
        if head.major != Major::Map {
            let problem = refused(head.major.name(), at);
            return match r.skip_labelled() {
                Ok(()) => Ok(Self::Refused(problem)),
                Err(_) => Err(problem),
            };
        }
        let mut map = r.map()?;
        let (mut proofs, mut problem) = (&[][..], None);
        while map.remaining() > 0 {
            let at = r.offset();
            let label = match map.next_any(r) {
                Ok(label) => label.flatten(),
                // Nor can a map with it be read over.
                Err(error) if matches!(error.kind(), ErrorKind::Schema(_)) => {
                    let label = refused("a label that is neither int nor tstr", at);
                    return Err(problem.unwrap_or(label));
                }
                Err(error) => return Err(error),
            };
            let (from, mut value) = (r.position(), r.clone());
            let fault = match label {
                Some(394) => read_proofs(&mut value).err(),
                Some(1) => Some(refused("alg", at)),
                Some(2) => Some(refused("crit", at)),
                Some(4) => Some(refused("kid", at)),
                Some(33) => Some(refused("x5chain", at)),
                Some(_) => Some(refused("another label", at)),
                None => Some(refused("a label that is text", at)),
            };
            match fault {
                None => {
                    *r = value;
                    proofs = r.since(from);
                }
                // What cannot be read over cannot be judged after the shape.
                Some(fault) => {
                    let first = problem.get_or_insert(fault);
                    r.skip_labelled().map_err(|_| first.clone())?;
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

fn refused(found: &'static str, at: usize) -> Error {
    Error::at(ErrorKind::Unprotected { found }, at)
}

/// `[+ bstr]`, at most [`MAX_PROOFS`] encoded.
fn read_proofs(r: &mut Reader<'_>) -> Result<()> {
    let (start, at) = (r.position(), r.offset());
    let misshapen = || refused("394 that is not [+ bstr]", at);
    // Where the input ends, nobody knows yet what would have stood there.
    let shape = |error: Error| match error.kind() {
        ErrorKind::Truncated => error,
        _ => misshapen(),
    };
    let count = r.array().map_err(shape)?;
    if count == 0 {
        return Err(misshapen());
    }
    for _ in 0..count {
        r.bytes().map_err(shape)?;
    }
    r.close();
    if r.since(start).len() > MAX_PROOFS {
        return Err(refused("394 of more than 64 KiB", at));
    }
    Ok(())
}
