//! From bytes to a verified segment on several cores.

use alloc::vec::Vec;
use core::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use std::thread;

use super::{Segment, sequence::cut};
use crate::{envelope::Batch, error::Result, key::VerifyingKey, link::KeyId};

impl Segment {
    /// [`Segment::verify`] on at most so many threads, and on no more than one for each 64 KiB that is begun: cuts the
    /// bytes where receipts seem to begin, verifies the pieces apart, and joins them. A thread takes another piece when it
    /// has done with one, so that a slow processor does not hold up the rest.
    ///
    /// Verdict and error are the same: pieces that do not hold are verified once more as one with such neighbours, since the
    /// cut between them may have been wrong, and where that does not help, all is from front to end. `batch` is called
    /// on each thread, and again then: each has tables of its own.
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
        let whole = || Self::verify(bytes, &keys, &mut batch());
        if threads == NonZero::<usize>::MIN {
            return whole();
        }
        let verify = |piece: &[u8], batch: &mut Batch| Self::verify(piece, &keys, batch).ok();
        let side_by_side = |pieces: &mut [Piece<'_>]| fill(pieces, threads, &batch, &verify);
        let cuts = cut(bytes, pieces_for(bytes.len(), threads)).into_iter();
        let mut pieces: Vec<_> = cuts.map(Piece::new).collect();
        side_by_side(&mut pieces);
        if let Some(mut pieces) = without_bad_cuts(bytes, pieces) {
            side_by_side(&mut pieces);
            if let Some(segment) = joined(pieces) {
                return Ok(segment);
            }
        }
        // What is wrong, and where, is said by the one who reads from front to end.
        whole()
    }
}

/// Bytes between two cuts, and what they are where they hold.
struct Piece<'a> {
    bytes: &'a [u8],
    segment: Option<Segment>,
}

impl<'a> Piece<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        let segment = None;
        Self { bytes, segment }
    }
}

/// Verifies the pieces that have no segment, each on the next thread that has done with another. One that does not hold,
/// or whose thread ends in a panic, has none then.
fn fill(
    pieces: &mut [Piece<'_>],
    threads: NonZero<usize>,
    batch: &(impl Fn() -> Batch + Sync),
    verify: &(impl Fn(&[u8], &mut Batch) -> Option<Segment> + Sync),
) {
    let open: Vec<(usize, &[u8])> = pieces
        .iter()
        .enumerate()
        .filter_map(|(number, piece)| piece.segment.is_none().then_some((number, piece.bytes)))
        .collect();
    if open.is_empty() {
        return;
    }
    let next = AtomicUsize::new(0);
    let take = || open.get(next.fetch_add(1, Relaxed));
    let work = || {
        let (mut batch, mut done) = (batch(), Vec::new());
        while let Some((number, bytes)) = take() {
            done.push((*number, verify(bytes, &mut batch)));
        }
        done
    };
    let done = thread::scope(|scope| {
        // Where the system gives no more threads, those that there are do the work.
        let begin = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let threads = threads.get().min(open.len());
        let others: Vec<_> = (1..threads).map_while(begin).collect();
        let own = work();
        let others = others.into_iter();
        let others = others.flat_map(|other| other.join().unwrap_or_default());
        others.chain(own).collect::<Vec<_>>()
    });
    for (number, segment) in done {
        if let Some(piece) = pieces.get_mut(number) {
            piece.segment = segment;
        }
    }
}

/// The pieces with those that do not hold put together: a cut inside a receipt leaves two of them side by side. `None`
/// where one stands alone, in which something else is wrong.
fn without_bad_cuts<'a>(bytes: &'a [u8], mut pieces: Vec<Piece<'a>>) -> Option<Vec<Piece<'a>>> {
    let mut rest = bytes;
    let fail = |a: &Piece<'_>, b: &Piece<'_>| a.segment.is_none() && b.segment.is_none();
    let put_together = |some: &mut [Piece<'a>]| {
        let length = some.iter().map(|piece| piece.bytes.len()).sum();
        let (bytes, behind) = rest.split_at_checked(length)?;
        rest = behind;
        let alone = some.len() == 1;
        let segment = some.first_mut()?.segment.take();
        (segment.is_some() || !alone).then_some(Piece { bytes, segment })
    };
    let pieces: Option<_> = pieces.chunk_by_mut(fail).map(put_together).collect();
    // All of the bytes stand in one or the other.
    pieces.filter(|_| rest.is_empty())
}

/// The segment that all of them make.
fn joined(pieces: Vec<Piece<'_>>) -> Option<Segment> {
    let mut segments = pieces.into_iter().map(|piece| piece.segment);
    let first = segments.next()??;
    segments.try_fold(first, |whole, next| whole.merge(&next?).ok())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_chain_is_cut_into_more_pieces_than_there_are_threads() {
        let pieces = |length, threads| pieces_for(length, NonZero::new(threads).unwrap()).get();
        // 300 KiB, 4 MiB, and more than evens out.
        assert_eq!(pieces(300 << 10, 4), 4);
        assert_eq!(pieces(4 << 20, 4), 8);
        assert_eq!(pieces(4 << 20, 9), 9);
        assert_eq!(pieces(1 << 30, 2), 128);
    }
}
