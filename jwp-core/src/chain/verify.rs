//! From bytes to a verified segment, on one core or several, from memory or from a stream; or to the head of a chain.

use alloc::vec::Vec;
use core::{
    num::NonZero,
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
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

    /// [`Segment::verify`] on at most so many threads, and on no more than one for each 64 KiB that is begun: cuts the bytes where
    /// receipts seem to begin, verifies the pieces apart, and joins them. A thread takes another piece when it has done with
    /// one, so that a slow processor does not hold up the rest. Verdict and error are the same: where a piece or
    /// a joint does not hold, all is verified once more from front to end. `batch` is called on each thread, and once more
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
    /// // Issue three hundred receipts on two cores.
    /// let payloads: Vec<_> = (0..300).map(|loaves| ReceiptPayload::new(Baked { loaves })).collect();
    /// let run = RunId::from_bytes(*b"sixteen bytes!!!");
    /// let mut writer = ChainWriter::begin("bakery@monday".parse()?, "prod".parse()?, run);
    /// let mut bytes = Vec::new();
    /// writer.append_all(&payloads, &"baker".parse()?, 1_778_112_000.try_into()?, &key, cores, &mut bytes)?;
    ///
    /// // Verify them: on one core, on two, and in two pieces that are joined.
    /// let known = |kid: &KeyId| (*kid == public.id()).then_some(public);
    /// let batch = || Batch::new().expecting(public, 300);
    /// let segment = Segment::verify(&bytes, known, &mut batch())?;
    /// assert_eq!(segment.receipts(), 300);
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
        let threads = threads.min(most_threads(bytes.len()));
        if threads == NonZero::<usize>::MIN {
            return Self::verify(bytes, keys, &mut batch());
        }
        let pieces = cut(bytes, pieces_for(bytes.len(), threads));
        let next = AtomicUsize::new(0);
        let take = || {
            let another = |number: usize| (number < pieces.len()).then(|| number.saturating_add(1));
            let number = next.fetch_update(Relaxed, Relaxed, another).ok()?;
            Some((number, *pieces.get(number)?))
        };
        let work = || {
            let (mut batch, mut done) = (batch(), Vec::new());
            while let Some((number, piece)) = take() {
                let Ok(segment) = Self::verify(piece, &keys, &mut batch) else {
                    // What the others would still do is in vain.
                    next.store(pieces.len(), Relaxed);
                    break;
                };
                done.push((number, segment));
            }
            done
        };
        let mut done = thread::scope(|scope| {
            // Where the system gives no more threads, those that there are do the work.
            let begin = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let others: Vec<_> = (1..threads.get()).map_while(begin).collect();
            let own = work();
            let others = others
                .into_iter()
                .flat_map(|other| other.join().unwrap_or_default());
            others.chain(own).collect::<Vec<_>>()
        });
        done.sort_unstable_by_key(|(number, _)| *number);
        let is_whole = done.len() == pieces.len();
        let mut segments = done.into_iter().map(|(_, segment)| segment);
        let joined = segments
            .next()
            .and_then(|first| segments.try_fold(first, |whole, next| whole.merge(&next).ok()));
        match joined {
            Some(segment) if is_whole => Ok(segment),
            // What is wrong, and where, is said by the one who reads from front to end.
            _ => Self::verify(bytes, keys, &mut batch()),
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

/// As many threads as are worth their tables, however many the caller would give.
const fn most_threads(length: usize) -> NonZero<usize> {
    /// Some hundred receipts.
    const LEAST: usize = 64 << 10;
    NonZero::<usize>::MIN.saturating_add(length / LEAST)
}

/// One piece for each thread, and of a longer chain more, so that all have something to do until the end.
fn pieces_for(length: usize, threads: NonZero<usize>) -> NonZero<usize> {
    /// A thousand receipts: what is begun and ended with each is less than a hundredth of them.
    const PIECE: usize = 512 << 10;
    /// More would not even out more.
    const SHARES: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(63);
    let pieces = NonZero::new(length / PIECE).unwrap_or(NonZero::<usize>::MIN);
    pieces.clamp(threads, threads.saturating_mul(SHARES))
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
