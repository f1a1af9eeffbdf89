//! The payload of a receipt: a claim, where it stands in its chain, and what it cost.

mod straight;
mod view;
mod write;

use alloc::vec::Vec;

pub use self::view::{Elements, EvidenceView, List, MeterView, Payload};
use crate::{
    cbor::{self, MAX_ITEMS, Reader, Straight, items_in},
    claim::Claim,
    digest::Digest,
    error::{Error, ErrorKind, Result, SchemaProblem},
    evidence::Evidence,
    identifier::Kind,
    joules::{Joules, Meter},
    link::{Link, RunId},
};

/// Version of the payload schema, `"v"`.
pub const VERSION: u64 = 1;
/// Most citations in one receipt: a screenful.
pub const MAX_CITE: usize = 32;
/// Sequence numbers stay below 2^53, so that JSON readers of every language keep them exact.
pub const MAX_SEQ: u64 = (1 << 53) - 1;

/// Where a receipt stands in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// The first receipt of a chain, `seq` 0.
    First {
        /// The run that the chain records.
        run: RunId,
        /// Seal or head of the chain that this one follows.
        after: Option<Link>,
    },
    /// A receipt behind another.
    Next {
        /// 1, 2, 3, …
        seq: u64,
        /// Link of the receipt before.
        prev: Link,
    },
}

impl<'a> Payload<'a> {
    /// Parses a payload that fills `bytes`: for whoever has the envelope opened by another implementation of COSE,
    /// and has checked the signature there. Of a whole receipt, [`UnverifiedReceipt`] reads it too.
    ///
    /// Offsets count from the first byte of `bytes`, in [`Payload::claim_offset`] and in errors.
    ///
    /// ```
    /// use jwp_core::{cbor, payload::Payload};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Baked {
    ///     loaves: u64,
    /// }
    ///
    /// // {"v": 1, "seq": 1, "cite": [], "kind": "example.bread.baked", "prev": h'00…', "claim": {"loaves": 12}}
    /// let mut bytes = b"\xa6\x61v\x01\x63seq\x01\x64cite\x80\x64kind\x73example.bread.baked\x64prev\x58\x20".to_vec();
    /// bytes.extend([0; 32]);
    /// bytes.extend(b"\x65claim\xa1\x66loaves\x0c");
    ///
    /// let payload = Payload::parse(&bytes)?;
    /// assert_eq!(payload.kind(), "example.bread.baked");
    /// let baked: Baked = cbor::from_slice(payload.claim_bytes())?;
    /// assert_eq!(baked.loaves, 12);
    /// # Ok::<(), jwp_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Codec.*`, as for the payload of a receipt, but that `Codec.Truncated` is `Envelope.Payload` in a receipt;
    /// `Chain.Genesis` where `seq`, `prev` and `run` contradict each other.
    ///
    /// [`UnverifiedReceipt`]: crate::UnverifiedReceipt
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes)?;
        // Not by way of the reader: it would be moved once more, and once more.
        let mut s = Straight::new(bytes);
        // Items are not counted: there are no more than bytes.
        let payload = if bytes.len() > MAX_ITEMS {
            Self::read(&mut reader)?
        } else if let Some(payload) = Self::read_straight(&mut s, 0, None)
            && s.done().is_some()
        {
            return Ok(payload);
        } else {
            Self::read_carefully(&mut reader)?
        };
        reader.finish()?;
        Ok(payload)
    }

    /// Reads the map; the caller checks that nothing follows.
    ///
    /// A payload without a fault has one form, whose members come in one order: it is read from front to
    /// end, and only what is not plainly right is read with care. The reader may have counted more items then than there
    /// are, for whom there was room: behind a payload nothing is counted.
    pub(crate) fn read(r: &mut Reader<'a>) -> Result<Self> {
        let left = r.items_left();
        let straight = r.straight(|s, at| {
            let from = s.rest();
            let payload = Self::read_straight(s, at, None)?;
            let read = s.since(from)?;
            let items = if read.len() <= left {
                read.len()
            } else {
                items_in(read)
            };
            Some((payload, items))
        });
        match straight {
            Some(payload) => Ok(payload),
            None => Self::read_carefully(r),
        }
    }
}

impl Position {
    /// The sequence number.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match self {
            Self::First { .. } => 0,
            Self::Next { seq, .. } => *seq,
        }
    }
}

/// How a receipt refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rel {
    /// A receipt of another chain that is counted here.
    Part,
    /// The same claim signed again, without joules.
    Reissue,
    /// Replaces an earlier receipt of this chain: kinds of one family, same image.
    Supersedes,
}

impl Rel {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Reissue => "reissue",
            Self::Supersedes => "supersedes",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Part, Self::Reissue, Self::Supersedes]
            .into_iter()
            .find(|rel| rel.name() == name)
    }
}

/// A reference to another receipt: `{ "rel" => rel, "link" => link }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ref {
    /// What the other receipt is to this one.
    pub rel: Rel,
    /// The other receipt.
    pub link: Link,
}

impl Ref {
    /// A reference.
    #[must_use]
    pub const fn new(rel: Rel, link: Link) -> Self {
        Self { rel, link }
    }
}

/// A claim on its way to become a receipt: everything but its place in a chain.
///
/// ```
/// use jwp_core::{Citation, Claim, Evidence, Joules, Meter, ReceiptPayload};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Greeting { to: String }
/// # impl Claim for Greeting {
/// #     const KIND: &'static str = "example.greeting.sent";
/// #     fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> { ["RFC 9110"] }
/// # }
/// let payload = ReceiptPayload::new(Greeting { to: "you".into() })
///     .with_joules("0.36".parse::<Joules>()?, Meter::declared("by hand"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPayload<C> {
    claim: C,
    subject: Vec<Digest>,
    evidence: Vec<Evidence>,
    refs: Vec<Ref>,
    energy: Option<(Joules, Meter)>,
}

impl<C: Claim> ReceiptPayload<C> {
    /// A claim about nothing in particular, without evidence, unmetered.
    #[must_use]
    pub const fn new(claim: C) -> Self {
        Self {
            claim,
            subject: Vec::new(),
            evidence: Vec::new(),
            refs: Vec::new(),
            energy: None,
        }
    }

    /// With what the receipt is about; in `delivery.*` the image manifest digest first.
    #[must_use]
    pub fn with_subject(mut self, subject: impl IntoIterator<Item = Digest>) -> Self {
        self.subject.extend(subject);
        self
    }

    /// With what the claim was computed from.
    #[must_use]
    pub fn with_evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With a reference to another receipt.
    #[must_use]
    pub fn with_ref(mut self, reference: Ref) -> Self {
        self.refs.push(reference);
        self
    }

    /// With what the step cost, and how that is known.
    #[must_use]
    pub fn with_joules(mut self, joules: Joules, meter: Meter) -> Self {
        self.energy = Some((joules, meter));
        self
    }

    /// The claim.
    #[must_use]
    pub const fn claim(&self) -> &C {
        &self.claim
    }

    /// The evidence.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The subject digests.
    #[must_use]
    pub fn subject(&self) -> &[Digest] {
        &self.subject
    }

    /// References to other receipts.
    #[must_use]
    pub fn refs(&self) -> &[Ref] {
        &self.refs
    }

    /// What the step cost, and how that is known; `None` where nobody metered it.
    #[must_use]
    pub const fn energy(&self) -> Option<&(Joules, Meter)> {
        self.energy.as_ref()
    }

    /// Writes the payload in its only form behind what `out` holds: nothing that a reader of the receipt would
    /// refuse for its form.
    ///
    /// # Errors
    /// What the claim's own check, the kind's grammar, the meter's rules or the codec refuse; a `position`
    /// behind another with `seq` 0 (`Chain.Genesis`); a payload that is longer than a receipt may be
    /// (`Codec.TooLarge`). `out` may then hold a part of the payload.
    pub fn encode(&self, position: &Position, out: &mut Vec<u8>) -> Result<()> {
        let before = out.len();
        self.claim.validate()?;
        // Found out once for each claim, when it is compiled.
        if !const { Kind::fits(C::KIND.as_bytes()) } {
            return Err(Kind::refused());
        }
        if let Some((joules, meter)) = &self.energy {
            meter.validate(*joules)?;
        }
        match position {
            Position::Next { seq: 0, .. } => {
                let found = "seq 0 with a prev";
                Err(ErrorKind::Genesis { found }.into())
            }
            Position::Next { seq, .. } if *seq > MAX_SEQ => {
                let expected = "a seq below 2^53";
                Err(ErrorKind::range(expected).into())
            }
            _ => {
                self.write(position, out)?;
                cbor::check_length(out.len().saturating_sub(before))
            }
        }
    }
}

/// Refuses a receipt of another kind than `C`, reads its claim and runs the claim's own check.
pub(crate) fn claim_of<C: Claim>(payload: &Payload<'_>) -> Result<C> {
    if !payload.kind.is(C::KIND.as_bytes()) {
        let problem = SchemaProblem::Kind { expected: C::KIND };
        return Err(Error::at(
            ErrorKind::Schema(problem),
            payload.claim_offset(),
        ));
    }
    let base = payload.claim_offset();
    let claim: C = cbor::from_slice(payload.claim_bytes()).map_err(|error| error.nested(base))?;
    claim
        .validate()
        .map_err(|invalid| Error::from(invalid).or_at(base))?;
    Ok(claim)
}
