//! CBOR sequences (RFC 8742) of receipts.

#[cfg(feature = "std")]
use alloc::vec::Vec;
#[cfg(feature = "std")]
use core::num::NonZero;

#[cfg(feature = "std")]
use crate::{
    cbor::{MAX_RECEIPT, Reader},
    envelope::COSE_SIGN1,
};
use crate::{
    envelope::UnverifiedReceipt,
    error::{Error, Result},
};

/// The receipts of a chain in memory, each with the offset at which it begins.
///
/// After an error the iteration ends: where one item is not whole, nothing says where the next
/// begins.
#[derive(Debug, Clone)]
pub struct Receipts<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Receipts<'a> {
    /// The receipts in `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
        }
    }

    /// Offset of the next receipt.
    #[cfg(feature = "std")]
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    /// The bytes from the next receipt on; none behind a fault.
    #[cfg(feature = "std")]
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Goes on behind a receipt of this length, which was read from the front.
    #[inline]
    pub(super) fn pass(&mut self, length: usize) {
        self.offset = self.offset.saturating_add(length);
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    /// Ends at a fault of the receipt in front, and gives it as seen from the first byte.
    pub(super) fn stop(&mut self, fault: Error) -> Error {
        self.rest = &[];
        fault.nested(self.offset)
    }
}

impl<'a> Iterator for Receipts<'a> {
    type Item = Result<(usize, UnverifiedReceipt<'a>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.offset;
        match UnverifiedReceipt::first(self.rest) {
            Ok(receipt) => {
                self.pass(receipt.as_bytes().len());
                Some(Ok((offset, receipt)))
            }
            Err(error) => Some(Err(self.stop(error))),
        }
    }
}

/// Cuts a chain between receipts: from what is left, of a length, a piece of about the length that `piece` gives.
///
/// Where a receipt begins is found by its first bytes, without a walk from the front: a guess. Who verifies each
/// piece as whole receipts and joins them has read what stands there from front to end; where a guess was wrong, a
/// piece does not hold.
#[cfg(feature = "std")]
pub(super) fn cut(bytes: &[u8], piece: impl Fn(usize) -> NonZero<usize>) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(begin) = next_receipt(rest, piece(rest.len()).get()) {
        let (piece, others) = rest.split_at_checked(begin).unwrap_or((rest, &[]));
        out.push(piece);
        rest = others;
    }
    if !rest.is_empty() {
        out.push(rest);
    }
    out
}

/// Where at or behind `from` three receipts seem to follow each other, or as many as there are.
#[cfg(feature = "std")]
fn next_receipt(bytes: &[u8], from: usize) -> Option<usize> {
    /// Places that have these bytes and are looked at: others are rare, unless somebody put them there.
    const TRIED: usize = 16;
    let behind = bytes.get(from..)?;
    // Behind the longest receipt, of which `from` may cut off no more than a byte, stand these two.
    let ahead = behind.get(..=MAX_RECEIPT).unwrap_or(behind);
    let mut places = ahead
        .windows(COSE_SIGN1.len())
        .enumerate()
        .filter_map(|(at, found)| (found == COSE_SIGN1).then_some(at))
        .take(TRIED);
    let follow = |at: &usize| {
        let mut rest = behind.get(*at..).unwrap_or_default();
        (0..3).all(|_| {
            rest.is_empty()
                || outline(rest).is_some_and(|length| {
                    rest = rest.get(length..).unwrap_or_default();
                    true
                })
        })
    };
    places.find(follow)?.checked_add(from)
}

/// How long the next receipt is, by its outline alone. Where there are proofs in the unprotected header, it is
/// parsed.
#[cfg(feature = "std")]
fn outline(bytes: &[u8]) -> Option<usize> {
    let mut reader = Reader::unbounded(bytes);
    if reader.tag().ok()? != 18 || reader.array().ok()? != 4 {
        return None;
    }
    reader.bytes().ok()?;
    if reader.map().ok()?.remaining() > 0 {
        let (receipt, _) = UnverifiedReceipt::parse_first(bytes).ok()?;
        return Some(receipt.as_bytes().len());
    }
    reader.bytes().ok()?;
    reader.bytes().ok()?;
    Some(reader.position())
}

/// Reads receipts from a stream through one buffer of twice the longest receipt, however long the
/// stream is.
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct SequenceReader<R> {
    source: R,
    buffer: Vec<u8>,
    /// The bytes of `buffer` that are filled, and where the next receipt begins in them.
    filled: usize,
    begin: usize,
    /// Offset of the next receipt in the stream.
    offset: usize,
    ended: bool,
}

/// A stream that cannot be read, or does not hold receipts.
#[cfg(feature = "std")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// What the operating system says.
    #[error("cannot read the chain at byte {offset}")]
    Io {
        /// Offset in the stream.
        offset: usize,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// What is wrong with the bytes.
    #[error(transparent)]
    Receipt(#[from] Error),
}

#[cfg(feature = "std")]
impl ReadError {
    /// The stable public code: `Cli.Io`, or that of the receipt's error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "Cli.Io",
            Self::Receipt(error) => error.code(),
        }
    }

    /// Offset in the stream, if known.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Io { offset, .. } => Some(*offset),
            Self::Receipt(error) => error.offset(),
        }
    }
}

#[cfg(feature = "std")]
impl<R: std::io::Read> SequenceReader<R> {
    /// A reader of `source`, which need not be buffered.
    pub fn new(source: R) -> Self {
        let buffer = alloc::vec![0; MAX_RECEIPT.saturating_mul(2)];
        Self {
            source,
            buffer,
            filled: 0,
            begin: 0,
            offset: 0,
            ended: false,
        }
    }

    /// The next receipt and its offset in the stream; `None` at the end, and behind a fault, as with [`Receipts`]:
    /// where one item is not whole, nothing says where the next begins.
    ///
    /// # Errors
    /// [`ReadError`]; offsets count from the beginning of the stream. A stream that ends inside a
    /// receipt is `Codec.Truncated`, a receipt beyond the limit `Codec.TooLarge`. After [`ReadError::Io`] the next
    /// call asks the stream again, unless the stream said that it read more than was asked for (`InvalidData`).
    pub fn next_receipt(&mut self) -> Result<Option<(usize, UnverifiedReceipt<'_>)>, ReadError> {
        self.fill()?;
        let offset = self.offset;
        let window = self.buffer.get(self.begin..self.filled).unwrap_or_default();
        if window.is_empty() {
            return Ok(None);
        }
        match UnverifiedReceipt::parse_first(window) {
            Ok((receipt, _)) => {
                let length = receipt.as_bytes().len();
                self.begin = self.begin.saturating_add(length);
                self.offset = offset.saturating_add(length);
                Ok(Some((offset, receipt)))
            }
            // Unless the stream has ended the window is longer than a receipt may be, so that what it cuts
            // off is beyond the limit for `parse_first` already.
            Err(error) => {
                (self.ended, self.filled) = (true, self.begin);
                Err(error.nested(offset).into())
            }
        }
    }

    /// The bytes that are read and not consumed, and their offset in the stream: empty at the end, otherwise
    /// the whole of the next receipt if the stream holds it. [`SequenceReader::consume`] what was used.
    pub(super) fn window(&mut self) -> Result<(usize, &[u8]), ReadError> {
        self.fill()?;
        let window = self.buffer.get(self.begin..self.filled).unwrap_or_default();
        Ok((self.offset, window))
    }

    /// Goes on behind so many bytes of the window.
    pub(super) fn consume(&mut self, length: usize) {
        let length = length.min(self.filled.saturating_sub(self.begin));
        self.begin = self.begin.saturating_add(length);
        self.offset = self.offset.saturating_add(length);
    }

    /// Keeps more than the longest receipt in the window, until the stream ends.
    fn fill(&mut self) -> Result<(), ReadError> {
        if self.ended || self.filled.saturating_sub(self.begin) > MAX_RECEIPT {
            return Ok(());
        }
        self.buffer.copy_within(self.begin..self.filled, 0);
        self.filled = self.filled.saturating_sub(self.begin);
        self.begin = 0;
        while !self.ended && self.filled < self.buffer.len() {
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let asked = free.len();
            match self.source.read(free) {
                Ok(0) => self.ended = true,
                Ok(read) if read <= asked => self.filled = self.filled.saturating_add(read),
                // `Read` is a safe trait, and what it says is not to be relied on. What it did with the bytes, nobody
                // knows: the stream must not look as if it ended here, nor go on.
                Ok(_) => {
                    let offset = self.offset.saturating_add(self.filled);
                    (self.ended, self.filled) = (true, self.begin);
                    let kind = std::io::ErrorKind::InvalidData;
                    let source = std::io::Error::new(kind, "got more bytes than were asked for");
                    return Err(ReadError::Io { offset, source });
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => {
                    let offset = self.offset.saturating_add(self.filled);
                    return Err(ReadError::Io { offset, source });
                }
            }
        }
        Ok(())
    }
}
