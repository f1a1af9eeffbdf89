//! From bytes to a verified segment on several cores.

use alloc::vec::Vec;
use core::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use std::thread;

use super::{Segment, sequence::cut};
use crate::{cbor::MAX_RECEIPT, envelope::Batch, error::Result, key::VerifyingKey, link::KeyId};

impl Segment {
    /// [`Segment::verify`] on at most so many threads, and on no more than one for each 64 KiB that is begun: cuts the
    /// bytes where receipts seem to begin, verifies the pieces apart, and joins them. A thread takes another piece when it
    /// has done with one, so that a slow processor does not hold up the rest.
    ///
    /// Verdict and error are the same: pieces that do not hold are verified once more as one with the next such piece, since
    /// the cuts between them may have been inside a receipt, and where that does not help, all is from front to end. `batch` is
    /// called on each thread, and again then: each has tables of its own.
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
        let cuts = cut(bytes, |rest| next_piece(rest, bytes.len(), threads));
        let mut pieces: Vec<_> = cuts.into_iter().map(Piece::new).collect();
        // One piece is the whole.
        if pieces.len() > 1 {
            side_by_side(&mut pieces);
            if let Some(mut pieces) = without_bad_cuts(bytes, pieces)
                && pieces.len() > 1
            {
                side_by_side(&mut pieces);
                if let Some(segment) = joined(pieces) {
                    return Ok(segment);
                }
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

/// The pieces with those that were cut apart wrongly put together. `None` where something else is wrong.
fn without_bad_cuts<'a>(bytes: &'a [u8], mut pieces: Vec<Piece<'a>>) -> Option<Vec<Piece<'a>>> {
    let mut out = Vec::new();
    let (mut rest, mut pieces) = (bytes, pieces.as_mut_slice());
    while !pieces.is_empty() {
        let (these, others) = pieces.split_at_mut_checked(cut_apart(pieces)?)?;
        let length = these.iter().map(|piece| piece.bytes.len()).sum();
        let (bytes, behind) = rest.split_at_checked(length)?;
        let segment = match these {
            [alone] => alone.segment.take(),
            _ => None,
        };
        out.push(Piece { bytes, segment });
        (rest, pieces) = (behind, others);
    }
    // All of the bytes stand in one or the other.
    rest.is_empty().then_some(out)
}

/// How many pieces from the first on were made by cuts inside receipts, one where it holds. A cut there leaves a piece on
/// either side that does not hold, and several in one receipt leave some between, which may hold by themselves and are not
/// longer than a receipt together. Where two receipts lie so near, both are in. `None` where the first does not hold and
/// stands alone.
fn cut_apart(pieces: &[Piece<'_>]) -> Option<usize> {
    let (first, others) = pieces.split_first()?;
    if first.segment.is_some() {
        return Some(1);
    }
    let (mut last, mut between) = (None, 0_usize);
    for (piece, count) in others.iter().zip(2..) {
        between = between.saturating_add(piece.bytes.len());
        if piece.segment.is_none() {
            (last, between) = (Some(count), 0);
        } else if between > MAX_RECEIPT {
            break;
        }
    }
    last
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

/// How long the next piece of a chain is, by what is left of it: the same for each thread where the chain is short, and else
/// a quarter of what each would have of the rest, so that no thread works long when the others have done.
fn next_piece(rest: usize, whole: usize, threads: NonZero<usize>) -> NonZero<usize> {
    /// Some hundred receipts, beside which it is little to begin and end a piece.
    const LEAST: usize = 64 << 10;
    const FOUR: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(3);
    let quarter = |of: usize| of.div_ceil(threads.saturating_mul(FOUR).get());
    let size = if quarter(whole) < LEAST {
        whole.div_ceil(threads.get())
    } else {
        quarter(rest).max(LEAST)
    };
    NonZero::new(size).unwrap_or(NonZero::<usize>::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths of the pieces, were there a receipt wherever one is cut.
    fn pieces(whole: usize, threads: usize) -> Vec<usize> {
        let threads = NonZero::new(threads).unwrap();
        let mut rest = whole;
        let next = || {
            let piece = next_piece(rest, whole, threads).get().min(rest);
            rest = rest.saturating_sub(piece);
            (piece > 0).then_some(piece)
        };
        core::iter::from_fn(next).collect()
    }

    #[test]
    fn a_short_chain_is_cut_into_one_piece_for_each_thread() {
        assert_eq!(pieces(4096, 4), [1024; 4]);
        assert_eq!(pieces(3, 2), [2, 1]);
        assert_eq!(pieces((512 << 10) - 8, 2), [(256 << 10) - 4; 2]);
    }

    #[test]
    fn a_longer_chain_is_cut_into_shorter_and_shorter_pieces_towards_the_end() {
        for (whole, threads) in [(512 << 10, 2), (4 << 20, 4), (56 << 20, 2), (1 << 30, 2)] {
            let lengths = pieces(whole, threads);
            assert_eq!(lengths.iter().sum::<usize>(), whole);
            assert!(lengths.is_sorted_by(|a, b| a >= b), "{whole}: {lengths:?}");
            assert_eq!(lengths[0], whole / threads / 4);
            assert!(lengths.len() > 3 * threads, "{whole}: {}", lengths.len());
            assert!(lengths.len() < 40 * threads, "{whole}: {}", lengths.len());
            assert_eq!(lengths[lengths.len() - 2], 64 << 10);
        }
    }
}
