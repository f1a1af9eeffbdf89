//! From bytes to a verified segment, from memory or from a stream; or to the head of a chain.

use core::ops::ControlFlow;
use std::io::Read;

use super::{ChainHead, ReadError, Receipts, Segment, SequenceReader, known};
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
