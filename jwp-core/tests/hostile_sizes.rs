//! Input of any length: what is longer than a receipt may be is refused for that, and no more of it is read than
//! that takes.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/key.rs"]
mod key;
#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/lax.rs"]
mod lax;

use std::{
    fs,
    io::{self, Read},
};

use jwp_core::{
    UnverifiedReceipt,
    cbor::{MAX_RECEIPT, Reader},
    chain::{ReadError, SequenceReader},
    envelope::is_torn,
};
use key::key;
use lax::{Parts, bytes, head, sorted, uint};

fn valid() -> Vec<u8> {
    fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../spec/vectors/valid.cbor"
    ))
    .unwrap()
}

/// An envelope with the header of a receipt around other members.
fn parts() -> Parts {
    let valid = valid();
    let receipt = UnverifiedReceipt::parse(&valid).unwrap();
    Parts::new(
        receipt.protected_bytes().to_vec(),
        receipt.payload_bytes().to_vec(),
    )
}

fn code(bytes: &[u8]) -> &'static str {
    UnverifiedReceipt::parse(bytes).unwrap_err().code()
}

/// The beginning of a receipt that no receipt can be: what a crash leaves of one is shorter.
#[test]
fn what_is_as_long_as_a_receipt_may_be_is_not_torn() {
    let of_pad = |length: usize| {
        let mut parts = parts();
        parts.payload = sorted(&[("v", uint(1)), ("x", bytes(&vec![0; length]))]);
        parts.build(&key())
    };
    let around = of_pad(MAX_RECEIPT - 8192).len() - (MAX_RECEIPT - 8192);
    let longer = of_pad(MAX_RECEIPT + 2 - around);
    assert_eq!(longer.len(), MAX_RECEIPT + 2);
    for (length, torn) in [
        (MAX_RECEIPT - 1, true),
        (MAX_RECEIPT, false),
        (MAX_RECEIPT + 1, false),
    ] {
        assert_eq!(is_torn(&longer[..length]), torn, "{length} bytes");
    }
}

/// T09: as many levels as bytes of a receipt, and more.
#[test]
fn no_depth_is_too_much_to_refuse() {
    for opener in [&[0x81][..], &[0xa1, 0x60], &[0x81, 0xa1, 0x60]] {
        for depth in [17, 257, 100_000] {
            let nested = [opener.repeat(depth), uint(1)].concat();
            let mut reader = Reader::new(&nested).unwrap();
            assert_eq!(
                reader.skip().unwrap_err().code(),
                "Codec.TooDeep",
                "{depth}"
            );
            let mut nesting = parts();
            nesting.payload = sorted(&[("claim", nested), ("v", uint(1))]);
            assert_eq!(code(&nesting.build(&key())), "Codec.TooDeep", "{depth}");
        }
        // No receipt is as long, so that nobody counts its levels.
        let nested = [opener.repeat(10_000_000), uint(1)].concat();
        assert_eq!(Reader::new(&nested).unwrap_err().code(), "Codec.TooLarge");
        let mut nesting = parts();
        nesting.payload = sorted(&[("claim", nested), ("v", uint(1))]);
        assert_eq!(code(&nesting.build(&key())), "Codec.TooLarge");
    }
}

/// T23: a header is no longer than 4 KiB, whatever its kid.
#[test]
fn a_kid_of_a_mebibyte_is_not_looked_up() {
    let mut parts = parts();
    parts.header = [&[0xa1, 0x04][..], &bytes(&vec![1; MAX_RECEIPT - 8192])].concat();
    assert_eq!(code(&parts.build(&key())), "Codec.TooLarge");
}

/// Gives bytes without end, and counts them.
struct Endless {
    front: Vec<u8>,
    byte: u8,
    given: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.front.get(self.given..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        buffer.fill(self.byte);
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.given = self.given.saturating_add(buffer.len());
        Ok(buffer.len())
    }
}

/// T18: a stream that never ends is refused after the longest receipt and what is read ahead of it.
#[test]
fn an_endless_stream_is_refused_after_the_longest_receipt() {
    let mut open = parts();
    open.payload_item = Some(head(2, 1 << 40));
    open.signature_item = Some(Vec::new());
    let open = open.build(&key());
    for (front, byte, expected) in [
        (open.clone(), 0x00, "Codec.TooLarge"),
        (open, 0x61, "Codec.TooLarge"),
        (Vec::new(), 0x00, "Envelope.WrongType"),
        (Vec::new(), 0xd2, "Envelope.WrongType"),
        (valid(), 0xff, "Codec.Malformed"),
    ] {
        let mut endless = Endless {
            front,
            byte,
            given: 0,
        };
        let mut reader = SequenceReader::new(&mut endless);
        let error = loop {
            match reader.next_receipt() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it has ended"),
                Err(ReadError::Receipt(error)) => break error,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(error.code(), expected, "{error}");
        assert!(endless.given <= 2 * MAX_RECEIPT, "{} bytes", endless.given);
    }
}
