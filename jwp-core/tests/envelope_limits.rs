//! What lies on a limit of the envelope is read, what lies one byte beyond is refused, and by every way in:
//! alone, at the beginning of a sequence, from a stream, from the writer.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/key.rs"]
mod key;
#[path = "support/lax.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod lax;

use core::cell::Cell;
use std::sync::LazyLock;

use jwp_core::{
    ChainWriter, Citation, Claim, Error, ErrorKind, Evidence, Identifier, ReceiptPayload, RunId,
    Signer, SigningKey, Statement, Timestamp, UnverifiedReceipt, VerifyingKey,
    cbor::MAX_RECEIPT,
    chain::{ReadError, Receipts, SequenceReader},
    envelope::{self, Algorithm, MAX_PROOFS, MAX_PROTECTED, is_torn},
    error::SchemaProblem,
    payload::Position,
};
use key::key;
use lax::{Entries, Parts, array, bytes, head, map, nint, sorted, text, uint, wide};
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

fn id(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

fn issue(pad: Vec<String>) -> Result<Vec<u8>, Error> {
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    ChainWriter::begin(id("bakery@v1"), id("prod"), RunId::from_bytes([9; 16])).append(
        &ReceiptPayload::new(Padded { pad }),
        &id("baker"),
        iat,
        &key(),
    )
}

/// A receipt of exactly so many bytes, if the writer lets it be one.
fn of_length(length: usize) -> Result<Vec<u8>, Error> {
    let text = "x".repeat(60_000);
    let mut pad = vec![text; length.div_euclid(60_003)];
    pad.push("x".repeat(256));
    let short = issue(pad.clone()).unwrap().len();
    let filler = length.checked_sub(short).unwrap().saturating_add(256);
    *pad.last_mut().unwrap() = "x".repeat(filler);
    issue(pad)
}

/// How many receipts have been signed.
struct Counting(Cell<usize>);

impl Signer for Counting {
    fn verifying_key(&self) -> &VerifyingKey {
        KEY.verifying_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        self.0.set(self.0.get().saturating_add(1));
        KEY.sign(message)
    }
}

static KEY: LazyLock<SigningKey> = LazyLock::new(key);

#[test]
fn what_would_be_too_long_is_not_signed() {
    let signer = Counting(Cell::new(0));
    let [iss, sub, aud] = ["baker", "bakery@v1", "prod"].map(id);
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let statement = Statement::new(iss, sub, aud, iat);
    let (run, after) = (RunId::from_bytes([9; 16]), None);
    let position = Position::First { run, after };
    let sign = |filler: usize| {
        let mut pad = vec!["x".repeat(60_000); 17];
        pad.push("x".repeat(filler));
        let payload = ReceiptPayload::new(Padded { pad });
        let receipt = envelope::sign(&payload, &position, &statement, Algorithm::EdDsa, &signer);
        receipt.map(|receipt| receipt.as_bytes().len())
    };
    let most = MAX_RECEIPT - (sign(1000).unwrap() - 1000);
    assert_eq!((sign(most), signer.0.get()), (Ok(MAX_RECEIPT), 2));
    let error = sign(most + 1).unwrap_err();
    let (found, limit) = (1 << 20 | 1, 1 << 20);
    assert_eq!(*error.kind(), ErrorKind::TooLarge { found, limit });
    assert_eq!(signer.0.get(), 2);
}

fn header() -> Entries<u64> {
    let cwt = Entries(vec![
        (1, text("baker")),
        (2, text("bakery@v1")),
        (3, text("prod")),
        (6, uint(1_778_000_000)),
    ]);
    Entries(vec![
        (1, nint(7)),
        (3, text("application/vnd.jwp.receipt+cbor")),
        (4, bytes(key().verifying_key().id().as_bytes())),
        (15, cwt.encode()),
        (16, text("application/vnd.jwp.receipt+cose")),
    ])
}

fn payload() -> Vec<u8> {
    sorted(&[
        ("v", uint(1)),
        ("kind", text("example.bread.baked")),
        ("seq", uint(0)),
        ("run", bytes(&[7; 16])),
        ("claim", sorted(&[("loaves", uint(12))])),
        ("cite", array(&[])),
    ])
}

fn parts() -> Parts {
    Parts::new(header().encode(), payload())
}

fn first_of(bytes: &[u8]) -> Result<(), Error> {
    Receipts::new(bytes).next().unwrap().map(|_| ())
}

fn streamed(bytes: &[u8]) -> Result<(), Error> {
    match SequenceReader::new(bytes).next_receipt() {
        Ok(_) => Ok(()),
        Err(ReadError::Receipt(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

/// T18
#[test]
fn a_receipt_of_a_mebibyte_is_one_and_a_byte_more_is_none() {
    let largest = of_length(MAX_RECEIPT).unwrap();
    assert_eq!(largest.len(), MAX_RECEIPT);
    UnverifiedReceipt::parse(&largest)
        .unwrap()
        .verify(key().verifying_key())
        .unwrap();
    first_of(&largest).unwrap();
    streamed(&largest).unwrap();
    let twice = largest.repeat(2);
    assert_eq!(Receipts::new(&twice).filter_map(Result::ok).count(), 2);

    let error = of_length(MAX_RECEIPT + 1).unwrap_err();
    let (found, limit) = (1 << 20 | 1, 1 << 20);
    assert_eq!(*error.kind(), ErrorKind::TooLarge { found, limit });

    // The same made by someone whose writer has no limit.
    let mut beyond = parts();
    let short = beyond.build(&key()).len();
    let pad = bytes(&vec![0; MAX_RECEIPT - short - 20]);
    beyond.payload = sorted(&[("v", uint(1)), ("x", pad)]);
    let grown = beyond.build(&key()).len();
    let pad = bytes(&vec![
        0;
        MAX_RECEIPT - short - 20 + (MAX_RECEIPT + 1 - grown)
    ]);
    beyond.payload = sorted(&[("v", uint(1)), ("x", pad)]);
    let beyond = beyond.build(&key());
    assert_eq!(beyond.len(), MAX_RECEIPT + 1);
    let expected = Error::at(ErrorKind::TooLarge { found, limit }, MAX_RECEIPT);
    for error in [
        UnverifiedReceipt::parse(&beyond).unwrap_err(),
        first_of(&beyond).unwrap_err(),
        streamed(&beyond).unwrap_err(),
    ] {
        assert_eq!(error, expected);
    }
    // However much follows, what is said of the receipt is the same.
    let followed = [&beyond[..], &beyond].concat();
    assert_eq!(first_of(&followed).unwrap_err(), expected);
    assert_eq!(streamed(&followed).unwrap_err(), expected);
}

#[test]
fn a_receipt_that_is_cut_off_within_the_limit_is_truncated() {
    let whole = of_length(MAX_RECEIPT).unwrap();
    for length in [1, 100, MAX_RECEIPT - 1] {
        let cut = whole.get(..length).unwrap();
        for error in [
            UnverifiedReceipt::parse(cut).unwrap_err(),
            first_of(cut).unwrap_err(),
            streamed(cut).unwrap_err(),
        ] {
            assert_eq!(*error.kind(), ErrorKind::Truncated, "{length} bytes");
        }
    }
    // As many bytes as a receipt may have, and the receipt wants one more.
    let mut cut = whole;
    let signature = cut.len() - 66;
    cut.splice(signature..signature + 2, [0x58, 65]);
    for error in [
        UnverifiedReceipt::parse(&cut).unwrap_err(),
        first_of(&cut).unwrap_err(),
        streamed(&cut).unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Truncated);
    }
}

/// Codes and offsets by [`UnverifiedReceipt::parse_first`] and from a stream, where so many bytes follow.
#[track_caller]
fn found_before(bytes: &[u8], more: usize) -> (&'static str, Option<usize>) {
    let mut longer = bytes.to_vec();
    longer.resize(bytes.len().saturating_add(more), 0);
    let (first, streamed) = (
        first_of(&longer).unwrap_err(),
        streamed(&longer).unwrap_err(),
    );
    assert_eq!(first, streamed, "{more}");
    (first.code(), first.offset())
}

/// Whatever length it claims, and however much of a stream is in the buffer.
#[test]
fn a_length_beyond_all_bytes_is_told_from_one_beyond_the_limit() {
    for claimed in [(1 << 20) + 1, 3 << 20, u64::MAX] {
        let begin = [&[0xd2, 0x84][..], &head(2, claimed)].concat();
        let most = MAX_RECEIPT - begin.len();
        for more in [0, 100, most] {
            let beyond = ("Codec.LengthBeyondInput", Some(2));
            assert_eq!(found_before(&begin, more), beyond, "{claimed} {more}");
        }
        for more in [most + 1, 2 << 20, (3 << 20) + 1, 4 << 20] {
            let too_large = ("Codec.TooLarge", Some(MAX_RECEIPT));
            assert_eq!(found_before(&begin, more), too_large, "{claimed} {more}");
        }
    }
}

/// A byte string that is whole may end inside what it contains. No more bytes complete that, so it is no receipt
/// that was cut off, and none beyond the limit.
#[test]
fn content_that_ends_too_early_in_a_whole_receipt_is_no_cut() {
    let whole = Parts::new(header().encode(), payload()).build(&key());
    UnverifiedReceipt::parse(&whole).unwrap();
    let at_payload = whole.len() - 66 - payload().len();
    for length in 0..payload().len() {
        let cut = payload().get(..length).unwrap().to_vec();
        let bytes = Parts::new(header().encode(), cut).build(&key());
        let alone = UnverifiedReceipt::parse(&bytes).unwrap_err();
        assert_eq!(alone.code(), "Envelope.Payload", "{length}");
        let at = alone.offset().unwrap();
        assert!(
            (at_payload - 2..=at_payload + length).contains(&at),
            "{length} {at}"
        );
        for more in [0, 1000, 2 << 20] {
            assert_eq!(
                found_before(&bytes, more),
                (alone.code(), Some(at)),
                "{more}"
            );
        }
    }
    for length in 0..header().encode().len() {
        let cut = header().encode().get(..length).unwrap().to_vec();
        let bytes = Parts::new(cut, payload()).build(&key());
        let (code, _) = found_before(&bytes, 2 << 20);
        assert_eq!(code, "Envelope.Protected", "{length}");
    }
}

#[test]
fn every_beginning_of_a_receipt_with_proofs_is_truncated() {
    let mut parts = Parts::new(header().encode(), payload());
    let proofs = [bytes(b"one"), bytes(&[7; 40])];
    parts.unprotected = map(&[(uint(394), array(&proofs))]);
    let whole = parts.build(&key());
    UnverifiedReceipt::parse(&whole).unwrap();
    for length in 0..whole.len() {
        let error = UnverifiedReceipt::parse(whole.get(..length).unwrap()).unwrap_err();
        assert_eq!(error.code(), "Codec.Truncated", "{length}");
    }
}

#[test]
fn a_protected_header_of_four_kibibytes_is_looked_at_and_a_longer_one_is_not() {
    let with = |length: usize| {
        let mut header = header().with(99, bytes(&vec![0; 3_000]));
        let grown = length - header.encode().len() + 3_000;
        header = header.with(99, bytes(&vec![0; grown]));
        assert_eq!(header.encode().len(), length);
        let bytes = Parts::new(header.encode(), payload()).build(&key());
        UnverifiedReceipt::parse(&bytes).unwrap_err().kind().clone()
    };
    let unknown = SchemaProblem::UnknownKey { map: "the header" };
    assert_eq!(with(MAX_PROTECTED), ErrorKind::Schema(unknown));
    let (found, limit) = (4_097, 4_096);
    assert_eq!(
        with(MAX_PROTECTED + 1),
        ErrorKind::TooLarge { found, limit }
    );
}

#[test]
fn inclusion_proofs_of_64_kibibytes_are_kept_and_more_are_refused() {
    let with = |proofs: &[Vec<u8>]| {
        let mut parts = parts();
        parts.unprotected = map(&[(uint(394), array(proofs))]);
        parts.build(&key())
    };
    // array(2), then heads of one and three bytes.
    let largest = [bytes(b"one"), bytes(&vec![7; MAX_PROOFS - 1 - 4 - 3])];
    let kept = with(&largest);
    let receipt = UnverifiedReceipt::parse(&kept).unwrap();
    assert_eq!(receipt.proofs().count(), 2);
    let receipt = receipt.verify(key().verifying_key()).unwrap();
    let proofs: Vec<_> = receipt.unverified_proofs().map(<[u8]>::len).collect();
    assert_eq!(proofs, [3, MAX_PROOFS - 8]);

    let beyond = with(&[bytes(b"one"), bytes(&vec![7; MAX_PROOFS - 7])]);
    let error = UnverifiedReceipt::parse(&beyond).unwrap_err();
    let found = "394 of more than 64 KiB";
    assert_eq!(*error.kind(), ErrorKind::Unprotected { found });
    let none = with(&[]);
    let error = UnverifiedReceipt::parse(&none).unwrap_err();
    let found = "394 that is not [+ bstr]";
    assert_eq!(*error.kind(), ErrorKind::Unprotected { found });
}

#[test]
fn what_may_not_stand_unprotected_is_named() {
    let refused = |label: Vec<u8>, value: Vec<u8>| {
        let mut parts = parts();
        parts.unprotected = map(&[(label, value)]);
        let error = UnverifiedReceipt::parse(&parts.build(&key())).unwrap_err();
        error.kind().clone()
    };
    for (label, found) in [
        (uint(1), "alg"),
        (uint(2), "crit"),
        (uint(4), "kid"),
        (uint(33), "x5chain"),
        (uint(3), "another label"),
        (nint(0), "another label"),
        (text("alg"), "a label that is text"),
    ] {
        let expected = ErrorKind::Unprotected { found };
        assert_eq!(refused(label.clone(), uint(0)), expected, "{found}");
        // Also where the value is one that cannot be read over.
        if found != "a label that is text" {
            assert_eq!(refused(label, wide(0, 1)), expected, "{found}");
        }
    }
}

#[test]
fn the_first_thing_that_is_wrong_with_the_shape_is_named() {
    let found = |bytes: &[u8]| match UnverifiedReceipt::parse(bytes).unwrap_err().kind() {
        ErrorKind::WrongType { found } => *found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(&lax::tag(17, &array(&[]))), "another tag");
    assert_eq!(found(&lax::tag(98, &array(&[]))), "another tag");
    assert_eq!(found(&array(&vec![uint(0); 4])), "no tag");
    assert_eq!(found(&uint(18)), "uint");
    let three = lax::tag(18, &array(&vec![uint(0); 3]));
    assert_eq!(found(&three), "an array of another length");
    let five = lax::tag(18, &array(&vec![uint(0); 5]));
    assert_eq!(found(&five), "an array of another length");
    assert_eq!(found(&lax::tag(18, &uint(4))), "uint");
}

#[test]
fn a_header_that_is_not_one_map_in_its_only_form_says_what_it_is() {
    let found = |header: Vec<u8>| {
        let bytes = Parts::new(header, payload()).build(&key());
        UnverifiedReceipt::parse(&bytes).unwrap_err().kind().clone()
    };
    let whole = header().encode();
    let (first, rest) = whole.split_first().unwrap();
    let (_, cut) = whole.split_last().unwrap();
    let indefinite = [&[0xbf][..], rest, &[0xff]].concat();
    for (header, expected) in [
        (cut.to_vec(), "bytes that end too early"),
        ([&whole[..], &[0]].concat(), "bytes behind the map"),
        (
            [&[0xb8, *first & 31][..], rest].concat(),
            "a longer form than the shortest",
        ),
        (indefinite, "an indefinite length"),
        (vec![0xa1, 0x1c], "bytes that are not well-formed"),
        (
            map(&[(uint(1), nint(7)), (uint(1), nint(7))]),
            "a label twice",
        ),
        (
            map(&[(uint(3), nint(7)), (uint(1), nint(7))]),
            "labels out of order",
        ),
        (
            map(&[(uint(1), wide(2, 1 << 30))]),
            "a longer form than the shortest",
        ),
        (
            map(&[(uint(1), head(2, 1 << 30))]),
            "a length beyond the header",
        ),
        (vec![0xa0], "an empty map"),
        (Vec::new(), "an empty byte string"),
        (array(&[]), "another type"),
    ] {
        let expected = ErrorKind::Protected { found: expected };
        assert_eq!(found(header), expected);
    }
    let unknown = SchemaProblem::UnknownKey { map: "the header" };
    let mut entries: Vec<_> = header()
        .0
        .iter()
        .map(|(k, v)| (uint(*k), v.clone()))
        .collect();
    entries.push((text("alg"), nint(7)));
    assert_eq!(found(map(&entries)), ErrorKind::Schema(unknown.clone()));
    entries.pop();
    entries.push((nint(0), nint(7)));
    assert_eq!(found(map(&entries)), ErrorKind::Schema(unknown));
}

#[test]
fn every_beginning_of_a_receipt_is_torn() {
    let mut parts = Parts::new(header().encode(), payload());
    parts.unprotected = map(&[(uint(394), array(&[bytes(&[7; 40])]))]);
    for whole in [parts.build(&key()), plain()] {
        assert!(!is_torn(&whole));
        for length in 0..whole.len() {
            assert!(is_torn(whole.get(..length).unwrap()), "{length}");
        }
    }
}

/// Where no proofs stand, of which there may be any number: no bit makes a receipt that is whole look torn.
#[test]
fn a_receipt_with_another_length_is_not_torn() {
    let whole = plain();
    let mut cut = 0;
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        *changed.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
        let parsed = UnverifiedReceipt::parse(&changed);
        cut += usize::from(parsed.is_err_and(|e| *e.kind() == ErrorKind::Truncated));
        assert!(!is_torn(&changed), "bit {bit}");
    }
    // There are lengths that reach beyond the end.
    assert!(cut > 5, "{cut}");
}

fn plain() -> Vec<u8> {
    Parts::new(header().encode(), payload()).build(&key())
}
