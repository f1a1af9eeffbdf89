//! From bytes to a verified segment, on one core or several, from memory or from a stream; or to the head of a chain.

use alloc::vec::Vec;
use core::{num::NonZero, ops::ControlFlow};
use std::{io::Read, thread};

use super::{ChainHead, ReadError, Receipts, Segment, SequenceReader, known, sequence::cut};
use crate::{
    envelope::{Batch, UnverifiedReceipt, Verified},
    error::{Error, ErrorKind, Result},
    key::VerifyingKey,
    link::KeyId,
    merkle::Bulk,
};

impl Segment {
    /// Verifies all receipts in `bytes`: each parses, is signed by a key that `keys` knows, and follows the
    /// one before. The first may stand anywhere in its chain.
    ///
    /// What a key may sign, and what claims say, is not judged here: `jwp-verify` does that.
    ///
    /// # Errors
    /// The first fault in the order of the bytes, with its offset: what [`UnverifiedReceipt::parse`] refuses,
    /// `Trust.UnknownKey`, `Envelope.BadSignature`, or as [`Segment::push`]. `Codec.Truncated` for no bytes.
    pub fn verify<'k>(
        bytes: &[u8],
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        batch: &mut Batch,
    ) -> Result<Self> {
        let mut growing = Growing::new(batch);
        each_verified(bytes, keys, batch, |receipt| growing.push(receipt))?;
        growing.finish()
    }

    /// [`Segment::verify`] on at most so many threads, and on no more than one for each 64 KiB: cuts the bytes where
    /// receipts seem to begin, verifies the pieces apart, and joins them. Verdict and error are the same: where a piece or
    /// a joint does not hold, all is verified once more from front to end. `batch` is called for each piece, and once more
    /// then: each has tables of its own.
    ///
    /// ```
    /// use std::num::NonZero;
    /// use jwp_core::{ChainWriter, Citation, Claim, Evidence, KeyId, ReceiptPayload, RunId, Signer as _, SigningKey};
    /// use jwp_core::{chain::{Receipts, Segment}, envelope::Batch};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct Baked { loaves: u64 }
    ///
    /// impl Claim for Baked {
    ///     const KIND: &'static str = "example.bread.baked";
    ///     fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> { ["ISO 22000"] }
    /// }
    ///
    /// let key = SigningKey::from_seed(b"not a secret: use `jwp keygen`!!")?;
    /// let (public, cores) = (key.verifying_key(), NonZero::new(2).expect("two"));
    ///
    /// // Issue a hundred receipts on two cores.
    /// let payloads: Vec<_> = (0..100).map(|loaves| ReceiptPayload::new(Baked { loaves })).collect();
    /// let run = RunId::from_bytes(*b"sixteen bytes!!!");
    /// let mut writer = ChainWriter::begin("bakery@monday".parse()?, "prod".parse()?, run);
    /// let mut bytes = Vec::new();
    /// writer.append_all(&payloads, &"baker".parse()?, 1_778_112_000.try_into()?, &key, cores, &mut bytes)?;
    ///
    /// // Verify them: on one core, on two, and in two pieces that are joined.
    /// let known = |kid: &KeyId| (*kid == public.id()).then_some(public);
    /// let batch = || Batch::new().expecting(public, 100);
    /// let segment = Segment::verify(&bytes, known, &mut batch())?;
    /// assert_eq!(segment.receipts(), 100);
    /// assert_eq!(Segment::verify_parallel(&bytes, known, cores, batch)?, segment);
    /// let (at, _) = Receipts::new(&bytes).nth(40).expect("a receipt")?;
    /// let (front, back) = bytes.split_at(at);
    /// let front = Segment::verify(front, known, &mut batch())?;
    /// assert_eq!(front.merge(&Segment::verify(back, known, &mut batch())?)?, segment);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Segment::verify`].
    pub fn verify_parallel<'k>(
        bytes: &[u8],
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey> + Sync,
        threads: NonZero<usize>,
        batch: impl Fn() -> Batch + Sync,
    ) -> Result<Self> {
        let pieces = cut(bytes, threads.min(most_pieces(bytes.len())));
        let [first, others @ ..] = pieces.as_slice() else {
            return Self::verify(bytes, keys, &mut batch());
        };
        let verify = |piece: &[u8]| Self::verify(piece, &keys, &mut batch());
        let (first, others) = thread::scope(|scope| {
            let begin = |piece| thread::Builder::new().spawn_scoped(scope, move || verify(piece));
            let others: Vec<_> = others.iter().map(|piece| (begin(piece), piece)).collect();
            let first = verify(first);
            let others = others.into_iter().map(|(thread, piece)| match thread {
                Ok(thread) => thread.join().ok(),
                // The system gives no more threads: this one does the work.
                Err(_) => Some(verify(piece)),
            });
            (first, others.collect::<Vec<_>>())
        });
        let joined = others.into_iter().try_fold(first.ok(), |whole, next| {
            Some(whole?.merge(&next?.ok()?).ok())
        });
        match joined.flatten() {
            Some(segment) => Ok(segment),
            // What is wrong, and where, is said by the one who reads from front to end.
            None => Self::verify(bytes, keys, &mut batch()),
        }
    }

    /// Verifies all receipts of a stream, in memory that does not depend on its length. After each receipt
    /// `progress` is told how many receipts and bytes are behind it.
    ///
    /// # Errors
    /// As [`Segment::verify`], and when the stream cannot be read.
    pub fn verify_stream<'k, R: Read>(
        source: R,
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        batch: &mut Batch,
        mut progress: impl FnMut(u64, usize),
    ) -> Result<Self, ReadError> {
        let mut growing = Growing::new(batch);
        let flow = SequenceReader::new(source).check_in_place(batch, &keys, |item| {
            let step = item.and_then(|(offset, receipt)| {
                let behind = offset.saturating_add(receipt.as_bytes().len());
                verified(offset, receipt, &keys, |receipt| growing.push(receipt))?;
                progress(growing.receipts(), behind);
                Ok(())
            });
            step.map_or_else(ControlFlow::Break, ControlFlow::Continue)
        });
        match flow {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(growing.finish()?),
        }
    }
}

impl ChainHead {
    /// Verifies a chain in `bytes` from `seq` 0 on, and gives its head: all that [`Segment::verify`] checks, for who
    /// needs no Merkle range and no sums of energy.
    /// [`ChainWriter::continue_from`](super::ChainWriter::continue_from) goes on behind it.
    ///
    /// # Errors
    /// As [`Segment::verify`]; `Chain.Genesis` where the first receipt is not at `seq` 0.
    pub fn verify<'k>(
        bytes: &[u8],
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        batch: &mut Batch,
    ) -> Result<Self> {
        let mut head = None;
        each_verified(bytes, keys, batch, |receipt| {
            match &mut head {
                None => head = Some(Self::of(receipt)?),
                Some(head) => head.follow(receipt)?,
            }
            Ok(())
        })?;
        head.ok_or_else(none_there)
    }
}

/// Hands on each receipt of a chain in memory whose signature holds.
fn each_verified<'k>(
    bytes: &[u8],
    keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
    batch: &mut Batch,
    mut each: impl FnMut(&Verified<'_, '_>) -> Result<()>,
) -> Result<()> {
    let flow = Receipts::new(bytes).check_in_place(batch, &keys, |item| {
        let step = item.and_then(|(offset, receipt)| verified(offset, receipt, &keys, &mut each));
        step.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    });
    match flow {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Hands on the receipt at `offset`, if its signature holds.
#[inline]
fn verified<'k>(
    offset: usize,
    receipt: &UnverifiedReceipt<'_>,
    keys: &impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
    each: impl FnOnce(&Verified<'_, '_>) -> Result<()>,
) -> Result<()> {
    let step = || each(&receipt.check(known(keys, &receipt.kid())?)?);
    step().map_err(|error: Error| error.or_at(offset))
}

#[cold]
fn none_there() -> Error {
    Error::at(ErrorKind::Truncated, 0)
}

/// As many pieces as are worth a thread and tables of their own, however many threads the caller would give.
const fn most_pieces(length: usize) -> NonZero<usize> {
    /// Some hundred receipts.
    const PIECE: usize = 64 << 10;
    NonZero::<usize>::MIN.saturating_add(length / PIECE)
}

/// A segment that grows, with leaves that wait to be hashed together.
struct Growing {
    segment: Option<Segment>,
    leaves: Bulk,
}

impl Growing {
    const fn new(batch: &Batch) -> Self {
        let leaves = Bulk::new(batch.backend());
        let segment = None;
        Self { segment, leaves }
    }

    fn push(&mut self, receipt: &Verified<'_, '_>) -> Result<()> {
        match &mut self.segment {
            Some(segment) => segment.push_in_bulk(receipt, &mut self.leaves)?,
            None => self.segment = Some(Segment::begin(receipt)?),
        }
        Ok(())
    }

    fn receipts(&self) -> u64 {
        self.segment.as_ref().map_or(0, Segment::receipts)
    }

    fn finish(self) -> Result<Segment> {
        let Self {
            segment,
            mut leaves,
        } = self;
        let mut segment = segment.ok_or_else(none_there)?;
        segment.flush(&mut leaves);
        Ok(segment)
    }
}
