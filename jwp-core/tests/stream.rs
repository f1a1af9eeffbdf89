//! A chain is the same chain however its bytes arrive, and a stream that fails says where it failed.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/key.rs"]
mod key;

use core::{cell::Cell, ops::ControlFlow};
use std::io::{self, Read};

use jwp_core::{
    ChainWriter, Citation, Claim, Evidence, Identifier, ReceiptPayload, RunId, Signer as _,
    Timestamp,
    chain::{ReadError, Receipts, Segment, SequenceReader},
    envelope::Batch,
};
use key::key;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Padded {
    pad: Vec<String>,
}

impl Claim for Padded {
    const KIND: &'static str = "example.padded";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

/// A chain of so many receipts with so many texts of 10,000 bytes in each.
fn chain(receipts: usize, texts: usize) -> Vec<u8> {
    let key = key();
    let id = |text| Identifier::parse(text).unwrap();
    let run = RunId::from_bytes([9; 16]);
    let mut writer = ChainWriter::begin(id("bakery@v1"), id("prod"), run);
    let payload = ReceiptPayload::new(Padded {
        pad: vec!["x".repeat(10_000); texts],
    });
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    (0..receipts)
        .flat_map(|_| writer.append(&payload, &id("baker"), iat, &key).unwrap())
        .collect()
}

/// Offset and bytes of each receipt, and the error if there is one.
fn drain(source: impl Read) -> (Vec<(usize, Vec<u8>)>, Option<ReadError>) {
    let mut reader = SequenceReader::new(source);
    let mut receipts = Vec::new();
    loop {
        match reader.next_receipt() {
            Ok(Some((offset, receipt))) => receipts.push((offset, receipt.as_bytes().to_vec())),
            Ok(None) => return (receipts, None),
            Err(error) => return (receipts, Some(error)),
        }
    }
}

fn in_memory(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    Receipts::new(bytes)
        .map(|item| item.unwrap())
        .map(|(offset, receipt)| (offset, receipt.as_bytes().to_vec()))
        .collect()
}

/// Gives what it has in small pieces, interrupted before each; at the end it fails or ends.
struct Source<'a> {
    bytes: &'a [u8],
    piece: usize,
    interrupted: Cell<bool>,
    fails: bool,
}

impl<'a> Source<'a> {
    fn new(bytes: &'a [u8], piece: usize) -> Self {
        Self {
            bytes,
            piece,
            interrupted: Cell::new(false),
            fails: false,
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.interrupted.replace(true) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.interrupted.set(false);
        if self.bytes.is_empty() && self.fails {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let length = self.piece.min(buffer.len());
        let (piece, _) = buffer.split_at_mut(length);
        self.bytes.read(piece)
    }
}

#[test]
fn a_chain_that_arrives_in_pieces_is_the_chain_in_memory() {
    let bytes = chain(5, 0);
    let expected = in_memory(&bytes);
    assert_eq!(expected.len(), 5);
    for piece in [1, 7, 400, 100_000] {
        let (receipts, error) = drain(Source::new(&bytes, piece));
        assert!(error.is_none(), "{error:?}");
        assert_eq!(receipts, expected, "pieces of {piece} bytes");
    }
}

#[test]
fn a_chain_longer_than_the_buffer_is_read_to_its_end() {
    // More than two buffers of 2 MiB, in receipts of half a MiB that no boundary of a buffer respects.
    let bytes = chain(10, 51);
    assert!(bytes.len() > 2 * (2 << 20), "{} bytes", bytes.len());
    let expected = in_memory(&bytes);
    assert_eq!(expected.len(), 10);
    for piece in [65_536, 1 << 20, usize::MAX] {
        let (receipts, error) = drain(Source::new(&bytes, piece));
        assert!(error.is_none(), "{error:?}");
        assert!(receipts == expected, "pieces of {piece} bytes");
    }
}

#[test]
fn nothing_is_a_chain_without_receipts() {
    let (receipts, error) = drain(io::empty());
    assert!(receipts.is_empty());
    assert!(error.is_none(), "{error:?}");
}

#[test]
fn a_stream_that_ends_inside_a_receipt_gives_those_before_and_then_the_error() {
    let bytes = chain(3, 0);
    let expected = in_memory(&bytes);
    let (_, cut) = bytes.split_last().unwrap();
    let (receipts, error) = drain(Source::new(cut, 100));
    assert_eq!(Some(receipts.as_slice()), expected.get(..2));
    match error {
        Some(ReadError::Receipt(error)) => {
            assert_eq!(error.code(), "Codec.Truncated");
            let memory = Receipts::new(cut).last().unwrap().unwrap_err();
            assert_eq!(error, memory);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_that_fails_says_behind_which_byte() {
    let bytes = chain(1, 0);
    let mut source = Source::new(&bytes, 100);
    source.fails = true;
    let (_, error) = drain(source);
    match error {
        Some(ReadError::Io { offset, source }) => {
            assert_eq!(offset, bytes.len());
            assert_eq!(source.kind(), io::ErrorKind::PermissionDenied);
        }
        other => panic!("{other:?}"),
    }
    // Behind the first buffer as well: what was read before is given first.
    let bytes = chain(10, 51);
    let mut source = Source::new(&bytes, 65_536);
    source.fails = true;
    let (receipts, error) = drain(source);
    assert!(receipts.len() >= 6, "{} receipts", receipts.len());
    match error {
        Some(ReadError::Io { offset, .. }) => assert_eq!(offset, bytes.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reader_that_was_left_goes_on_behind_what_it_gave() {
    let bytes = chain(5, 0);
    let expected: Vec<_> = in_memory(&bytes).into_iter().map(|(at, _)| at).collect();
    for taken in 1..=5 {
        let mut reader = SequenceReader::new(bytes.as_slice());
        let mut offsets = Vec::new();
        let flow = reader.check_each(
            &mut Batch::new(),
            |_| None,
            |item| {
                offsets.push(item.unwrap().0);
                if offsets.len() == taken {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            },
        );
        assert!(flow.is_break());
        while let Some((offset, _)) = reader.next_receipt().unwrap() {
            offsets.push(offset);
        }
        assert_eq!(offsets, expected, "{taken}");
    }
}

/// Says that it has read more than it was asked for, once it has given so many bytes.
struct Liar<'a>(&'a [u8], usize);

impl Read for Liar<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1 == 0 {
            return Ok(buffer.len().saturating_add(1));
        }
        let length = self.1.min(buffer.len());
        let (piece, _) = buffer.split_at_mut(length);
        self.1 = self.1.saturating_sub(length);
        self.0.read(piece)
    }
}

#[test]
fn a_stream_that_says_it_read_more_than_was_asked_for_has_failed_and_not_ended() {
    let bytes = chain(10, 51);
    let first = in_memory(&bytes)[1].0;
    let public = key().verifying_key().clone();
    for given in [0, 100, first, 2 << 20, (2 << 20) + 1, 4 << 20] {
        let (_, error) = drain(Liar(&bytes, given));
        match error {
            Some(ReadError::Io { offset, source }) => {
                assert_eq!(source.kind(), io::ErrorKind::InvalidData);
                assert_eq!(offset, given);
            }
            other => panic!("{given}: {other:?}"),
        }
        let verdict = Segment::verify_stream(
            Liar(&bytes, given),
            |kid| (*kid == public.id()).then_some(&public),
            &mut Batch::new(),
            |_, _| (),
        );
        assert!(matches!(verdict, Err(ReadError::Io { .. })), "{given}");
        let mut reader = SequenceReader::new(Liar(&bytes, given));
        while !matches!(reader.next_receipt(), Err(ReadError::Io { .. })) {}
        assert!(matches!(reader.next_receipt(), Ok(None)), "{given}");
    }
}

#[test]
fn a_reader_ends_behind_a_fault_as_an_iterator_over_memory_does() {
    let mut bytes = chain(3, 0);
    let second = in_memory(&bytes)[1].0;
    bytes[second] = 0;
    let mut reader = SequenceReader::new(bytes.as_slice());
    assert!(matches!(reader.next_receipt(), Ok(Some((0, _)))));
    let error = reader.next_receipt().unwrap_err();
    assert_eq!(error.offset(), Some(second));
    for _ in 0..3 {
        assert!(matches!(reader.next_receipt(), Ok(None)));
    }
    // The same where many are checked at once.
    let mut reader = SequenceReader::new(bytes.as_slice());
    let mut found = Vec::new();
    for _ in 0..2 {
        let flow = reader.check_each(
            &mut Batch::new(),
            |_| None,
            |item| {
                found.push(item.map(|(offset, _)| offset).map_err(|e| e.offset()));
                ControlFlow::<()>::Continue(())
            },
        );
        assert!(flow.is_continue());
    }
    assert_eq!(found, [Ok(0), Err(Some(second))]);
}

#[test]
fn a_stream_that_fails_once_is_asked_again() {
    struct Once<'a>(&'a [u8], bool);
    impl Read for Once<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.1 && self.0.is_empty() {
                self.1 = false;
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.0.read(buffer)
        }
    }
    let bytes = chain(2, 0);
    let mut reader = SequenceReader::new(Once(&bytes, true));
    let error = reader.next_receipt().unwrap_err();
    assert!(matches!(error, ReadError::Io { .. }));
    assert!(matches!(reader.next_receipt(), Ok(Some((0, _)))));
    assert!(matches!(reader.next_receipt(), Ok(Some(_))));
    assert!(matches!(reader.next_receipt(), Ok(None)));
}
