//! Chains: what one step to the next receipt must satisfy, a writer that verifies before it appends,
//! and readers of a CBOR sequence.
//!
//! | one by one | many (feature `std`) |
//! |---|---|
//! | [`ChainWriter::append`] signs and verifies a receipt | `ChainWriter::append_all` signs on several cores |
//! | [`Receipts`] and `SequenceReader` read them | their `check_each` checks signatures ahead, many at a time |
//! | [`ChainHead::advance`] is a step behind a head | `ChainHead::verify` gives the head of a chain in memory |
//! | [`Segment::push`] takes in the next receipt | [`Segment`] is a verified piece, joined with its neighbours |

#[cfg(feature = "std")]
mod bulk;
#[cfg(feature = "std")]
mod checked;
#[cfg(feature = "std")]
mod parallel;
mod segment;
mod sequence;
mod tip;
#[cfg(feature = "std")]
mod verify;

use alloc::{string::ToString as _, vec::Vec};

#[cfg(feature = "std")]
pub use self::sequence::{ReadError, SequenceReader};
use self::tip::Tip;
pub use self::{
    segment::{Segment, Terms},
    sequence::Receipts,
};
use crate::{
    claim::Claim,
    envelope::{self, Algorithm, Receipt, Statement, UnverifiedReceipt, Verified},
    error::{Error, ErrorKind, Result},
    identifier::Identifier,
    key::{Signer, VerifyingKey},
    link::{KeyId, Link, RunId},
    payload::{Position, ReceiptPayload},
    timestamp::Timestamp,
};

/// Where a chain ends: what the next receipt must follow.
///
/// A chain is one run of one release in one environment: same `sub` and `aud`, `seq` 0, 1, 2, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    tip: Tip,
    run: RunId,
    after: Option<Link>,
}

impl ChainHead {
    /// The head of a chain of one receipt.
    ///
    /// # Errors
    /// `Chain.Genesis` where the receipt is not at `seq` 0.
    pub fn begin(first: &Receipt<'_>) -> Result<Self> {
        Self::of(&first.into())
    }

    fn of(first: &Verified<'_, '_>) -> Result<Self> {
        let position = first.payload().position();
        let Position::First { run, after } = *position else {
            return Err(ErrorKind::Genesis {
                found: "a first receipt behind seq 0",
            }
            .into());
        };
        Ok(Self {
            tip: Tip::of(first.header(), position, *first.link())?,
            run,
            after,
        })
    }

    /// Checks that `next` follows this head, without moving it.
    ///
    /// # Errors
    /// The first that does not hold: `Chain.ReleaseMismatch`, `Chain.Genesis`, `Chain.PrevMismatch`,
    /// `Chain.Sequence`, `Chain.Time`.
    pub fn check(&self, next: &Receipt<'_>) -> Result<()> {
        self.tip.check(next.header(), next.payload().position())
    }

    /// Checks that `next` follows this head, and moves the head to it.
    ///
    /// # Errors
    /// As [`ChainHead::check`]; the head then stays.
    pub fn advance(&mut self, next: &Receipt<'_>) -> Result<()> {
        self.follow(&next.into())
    }

    fn follow(&mut self, next: &Verified<'_, '_>) -> Result<()> {
        self.tip.follow(next)
    }

    /// The release.
    #[must_use]
    pub const fn sub(&self) -> &Identifier {
        &self.tip.sub
    }

    /// The environment.
    #[must_use]
    pub const fn aud(&self) -> &Identifier {
        &self.tip.aud
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// Seal or head of the chain that this one follows.
    #[must_use]
    pub const fn after(&self) -> Option<Link> {
        self.after
    }

    /// Sequence number of the last receipt.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.tip.seq
    }

    /// Link of the last receipt.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.tip.link
    }

    /// When the last receipt says it was signed.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.tip.iat
    }
}

/// Issues receipts one behind the other.
///
/// A writer begins an empty chain, or resumes one whose head it has verified: a signer must never
/// put the link of a receipt that it has not verified into `prev`.
///
/// The writer keeps no bytes and touches no file; the caller appends what
/// [`ChainWriter::append`] gives.
#[derive(Debug, Clone)]
pub struct ChainWriter {
    state: State,
    algorithm: Algorithm,
}

#[derive(Debug, Clone)]
enum State {
    Empty {
        sub: Identifier,
        aud: Identifier,
        run: RunId,
        after: Option<Link>,
    },
    Open(ChainHead),
}

impl State {
    const fn names(&self) -> (&Identifier, &Identifier) {
        match self {
            Self::Empty { sub, aud, .. } => (sub, aud),
            Self::Open(head) => (&head.tip.sub, &head.tip.aud),
        }
    }

    /// The place that the next receipt takes.
    const fn position(&self) -> Position {
        match self {
            Self::Empty { run, after, .. } => Position::First {
                run: *run,
                after: *after,
            },
            Self::Open(head) => head.tip.next(),
        }
    }
}

/// The key that a receipt names.
fn known<'k>(
    keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
    kid: &KeyId,
) -> Result<&'k VerifyingKey> {
    keys(kid).ok_or_else(|| {
        let kid = kid.to_string().into();
        ErrorKind::UnknownKey { kid }.into()
    })
}

impl ChainWriter {
    /// Begins a chain: one run of the release `sub` in the environment `aud`.
    #[must_use]
    pub const fn begin(sub: Identifier, aud: Identifier, run: RunId) -> Self {
        Self::first(sub, aud, run, None)
    }

    /// The same, as the successor of another chain: `after` is the link of its seal or head.
    #[must_use]
    pub const fn begin_after(sub: Identifier, aud: Identifier, run: RunId, after: Link) -> Self {
        Self::first(sub, aud, run, Some(after))
    }

    const fn first(sub: Identifier, aud: Identifier, run: RunId, after: Option<Link>) -> Self {
        let state = State::Empty {
            sub,
            aud,
            run,
            after,
        };
        Self {
            state,
            algorithm: Algorithm::EdDsa,
        }
    }

    /// Writes another number for the algorithm.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Resumes a chain from its bytes: every receipt must parse, be signed by a key that `keys`
    /// knows, and follow the one before. `keys` is asked more than once for a receipt.
    ///
    /// # Errors
    /// `Chain.UnverifiedHead` where the last receipt's signature does not hold or its key is not known; in front of
    /// the last, what is wrong (`Trust.UnknownKey`, `Envelope.BadSignature`), each with its byte offset.
    pub fn resume<'k>(
        bytes: &[u8],
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
    ) -> Result<Self> {
        // Many at once; what is wrong, one after the other says.
        #[cfg(feature = "std")]
        if let Ok(head) = ChainHead::verify(bytes, &keys, &mut envelope::Batch::new()) {
            return Ok(Self::continue_from(head));
        }
        let mut head: Option<ChainHead> = None;
        let mut receipts = Receipts::new(bytes).peekable();
        while let Some(item) = receipts.next() {
            let (offset, receipt) = item?;
            let last = receipts.peek().is_none();
            let verified = known(&keys, &receipt.kid())
                .and_then(|key| receipt.verify(key))
                .map_err(|error| {
                    if last {
                        ErrorKind::UnverifiedHead.into()
                    } else {
                        error
                    }
                })
                .map_err(|error: Error| error.or_at(offset))?;
            let step = match &mut head {
                None => ChainHead::begin(&verified).map(|begun| head = Some(begun)),
                Some(head) => head.advance(&verified),
            };
            step.map_err(|error| error.or_at(offset))?;
        }
        match head {
            Some(head) => Ok(Self {
                state: State::Open(head),
                algorithm: Algorithm::EdDsa,
            }),
            None => Err(ErrorKind::Truncated.into()),
        }
    }

    /// Continues behind a head that a verifier has found.
    #[must_use]
    pub const fn continue_from(head: ChainHead) -> Self {
        Self {
            state: State::Open(head),
            algorithm: Algorithm::EdDsa,
        }
    }

    /// The head; `None` while the chain is empty.
    #[must_use]
    pub const fn head(&self) -> Option<&ChainHead> {
        match &self.state {
            State::Empty { .. } => None,
            State::Open(head) => Some(head),
        }
    }

    /// The sequence number that the next receipt takes.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.state.position().seq()
    }

    /// Signs `payload` as the next receipt of the chain and gives its bytes.
    ///
    /// `iat` is when the issuer says that it signs. The receipt is parsed and verified under the
    /// signer's public key before it is given out.
    ///
    /// # Errors
    /// `Chain.Time` for an `iat` before that of the head; what the payload or the signer refuse.
    /// The writer then stays where it was.
    pub fn append<C: Claim, S: Signer + ?Sized>(
        &mut self,
        payload: &ReceiptPayload<C>,
        iss: &Identifier,
        iat: Timestamp,
        signer: &S,
    ) -> Result<Vec<u8>> {
        let ((sub, aud), position) = (self.state.names(), self.state.position());
        let statement = Statement::new(iss.clone(), sub.clone(), aud.clone(), iat);
        let bytes =
            envelope::sign(payload, &position, &statement, self.algorithm, signer)?.into_bytes();
        let receipt = UnverifiedReceipt::parse(&bytes)?
            .verify(signer.verifying_key())
            .map_err(|_| Error::from(ErrorKind::Signer))?;
        match &mut self.state {
            State::Open(head) => head.advance(&receipt)?,
            State::Empty { .. } => self.state = State::Open(ChainHead::begin(&receipt)?),
        }
        Ok(bytes)
    }
}
