//! Receipts issued at once, on however many threads, are those issued one by one, or there are none.
#![cfg(test)]
#![cfg(feature = "std")]
#![expect(clippy::arithmetic_side_effects, reason = "numbers of the test")]

use core::{num::NonZero, panic::AssertUnwindSafe};
use std::{panic::catch_unwind, sync::LazyLock};

use jwp_core::{
    ChainWriter, Citation, Claim, Evidence, Identifier, Meter, ReceiptPayload, RunId, SigningKey,
    Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    note: String,
}

impl Claim for Counted {
    const KIND: &'static str = "example.issue.counted";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["a test"]
    }
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_seed(&core::array::from_fn(|at| at.try_into().unwrap())).unwrap()
});

fn iat() -> Timestamp {
    Timestamp::try_from(1_778_112_000).unwrap()
}

fn payload(n: usize) -> ReceiptPayload<Counted> {
    let payload = ReceiptPayload::new(Counted {
        note: "x".repeat(n * 37 % 500),
    });
    if n.is_multiple_of(3) {
        payload
    } else {
        payload.with_joules("0.41".parse().unwrap(), Meter::declared("a test"))
    }
}

fn iss() -> Identifier {
    "builder".parse().unwrap()
}

fn begin() -> ChainWriter {
    let run = RunId::from_bytes([9; 16]);
    ChainWriter::begin("service@v1".parse().unwrap(), "prod".parse().unwrap(), run)
}

#[test]
fn receipts_issued_at_once_are_those_issued_one_by_one() {
    let payloads: Vec<_> = (0..3000).map(payload).collect();
    let mut one = begin();
    let mut expected = Vec::new();
    // Two calls: the second goes on where the first has stopped, at another time.
    let later = Timestamp::try_from(1_778_112_007).unwrap();
    let parts = || payloads.chunks(2900).zip([iat(), later]);
    for (part, iat) in parts() {
        for payload in part {
            expected.extend(one.append(payload, &iss(), iat, &*KEY).unwrap());
        }
    }
    for threads in 1..4 {
        let threads = NonZero::new(threads).unwrap();
        let mut all = begin();
        let mut bytes = b"in front".to_vec();
        for (part, iat) in parts() {
            all.append_all(part, &iss(), iat, &KEY, threads, &mut bytes)
                .unwrap();
        }
        assert!(bytes == [&b"in front"[..], &expected].concat());
        assert_eq!(all.head(), one.head());
        // Nothing happens where one receipt of many cannot be issued.
        let (head, length) = (all.head().cloned(), bytes.len());
        let early = Timestamp::try_from(5).unwrap();
        let error = all
            .append_all(&payloads, &iss(), early, &KEY, threads, &mut bytes)
            .unwrap_err();
        assert_eq!((error.code(), bytes.len()), ("Chain.Time", length));
        assert_eq!(all.head().cloned(), head);
    }
}

#[cfg(feature = "expanded-key")]
#[test]
fn an_expanded_key_issues_the_same_receipts() {
    let seed = core::array::from_fn(|at| at.try_into().unwrap());
    let key = SigningKey::from_seed(&seed).unwrap().expanded();
    let payloads: Vec<_> = (0..300).map(payload).collect();
    let (mut expected, mut one_by_one) = (Vec::new(), Vec::new());
    let mut writers = [begin(), begin()];
    for payload in &payloads {
        let [plain, expanded] = &mut writers;
        expected.extend(plain.append(payload, &iss(), iat(), &*KEY).unwrap());
        one_by_one.extend(expanded.append(payload, &iss(), iat(), &key).unwrap());
    }
    assert!(one_by_one == expected);
    for threads in 1..4 {
        let threads = NonZero::new(threads).unwrap();
        let (mut writer, mut bytes) = (begin(), Vec::new());
        writer
            .append_all(&payloads, &iss(), iat(), &key, threads, &mut bytes)
            .unwrap();
        assert!(bytes == expected);
        assert_eq!(writer.head(), writers[0].head());
    }
}

/// Far behind receipts that other threads have signed.
#[test]
fn a_payload_that_is_refused_leaves_nothing_of_those_before() {
    let mut payloads: Vec<_> = (0..300).map(payload).collect();
    payloads.push(ReceiptPayload::new(Counted {
        note: "a bell: \u{7}".into(),
    }));
    for threads in 1..4 {
        let threads = NonZero::new(threads).unwrap();
        let (mut writer, mut bytes) = (begin(), b"in front".to_vec());
        let error = writer
            .append_all(&payloads, &iss(), iat(), &KEY, threads, &mut bytes)
            .unwrap_err();
        assert_eq!(error.code(), "Codec.BadText");
        assert_eq!((writer.head(), &*bytes), (None, &b"in front"[..]));
    }
}

/// Threads that wait for work must learn that there will be none; and receipts that were signed before must
/// not stay where nobody says that they are there.
#[test]
fn payloads_that_end_in_a_panic_leave_writer_and_buffer_as_they_were() {
    let payloads: Vec<_> = (0..3000).map(payload).collect();
    for threads in 1..4 {
        let (mut writer, mut bytes) = (begin(), b"in front".to_vec());
        let call = AssertUnwindSafe(|| {
            let payloads = (0..4000).map(|n| &payloads[n]);
            let threads = NonZero::new(threads).unwrap();
            writer.append_all(payloads, &iss(), iat(), &KEY, threads, &mut bytes)
        });
        assert!(catch_unwind(call).is_err());
        assert_eq!((writer.head(), &*bytes), (None, &b"in front"[..]));
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    bytes: jwp_core::cbor::Bytes,
}

impl Claim for Long {
    const KIND: &'static str = "example.issue.long";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["a test"]
    }
}

/// The heads of payload and claim have two bytes, three or five; a receipt has a mebibyte at most.
#[test]
fn receipts_of_every_length_are_those_issued_one_by_one_and_none_is_too_long() {
    let long = |length: usize| {
        let bytes = vec![7; length].into();
        ReceiptPayload::new(Long { bytes })
    };
    let length = |payload: &ReceiptPayload<Long>| {
        let mut writer = begin();
        writer.append(&long(0), &iss(), iat(), &*KEY).unwrap();
        let next = writer.append(payload, &iss(), iat(), &*KEY);
        next.map(|receipt| receipt.len())
    };
    let most = 1 << 20;
    let largest = most - (length(&long(most / 2)).unwrap() - most / 2);
    assert_eq!(length(&long(largest)).unwrap(), most);
    let mut payloads: Vec<_> = [0, 100, 150, 200, 256, 300, 65_000, 65_400, 65_536, 66_000]
        .map(long)
        .into();
    payloads.push(long(largest));
    payloads.extend((0..9).map(long));
    let (mut one, mut expected) = (begin(), Vec::new());
    for payload in &payloads {
        expected.extend(one.append(payload, &iss(), iat(), &*KEY).unwrap());
    }
    payloads.push(long(largest + 1));
    let too_long = one.append(payloads.last().unwrap(), &iss(), iat(), &*KEY);
    let too_long = too_long.unwrap_err();
    assert_eq!(too_long.code(), "Codec.TooLarge");
    for threads in 1..4 {
        let threads = NonZero::new(threads).unwrap();
        let (mut writer, mut bytes) = (begin(), b"in front".to_vec());
        let mut issue =
            |payloads: &[_]| writer.append_all(payloads, &iss(), iat(), &KEY, threads, &mut bytes);
        assert_eq!(issue(&payloads).unwrap_err(), too_long);
        issue(&payloads[..payloads.len() - 1]).unwrap();
        assert!(bytes == [&b"in front"[..], &expected].concat());
    }
}

/// The length that it expects, whatever it has.
struct Expecting<I>(I, usize);

impl<I: Iterator> Iterator for Expecting<I> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, None)
    }
}

#[test]
fn payloads_may_be_fewer_or_more_than_their_iterator_expects() {
    let payloads: Vec<_> = (0..300).map(payload).collect();
    let mut expected = Vec::new();
    let mut one = begin();
    for payload in &payloads {
        expected.extend(one.append(payload, &iss(), iat(), &*KEY).unwrap());
    }
    for (hint, threads) in [
        (0, 2),
        (1, 3),
        (299, 2),
        (301, 1),
        (usize::MAX, 1),
        (usize::MAX, 3),
    ] {
        let (mut writer, mut bytes) = (begin(), Vec::new());
        let threads = NonZero::new(threads).unwrap();
        let payloads = Expecting(payloads.iter(), hint);
        writer
            .append_all(payloads, &iss(), iat(), &KEY, threads, &mut bytes)
            .unwrap();
        assert!(bytes == expected, "{hint}, {threads}");
        assert_eq!(writer.head(), one.head());
    }
}

/// An iterator may give more behind its first `None` (`Iterator::next`): that is for another call.
#[test]
fn payloads_end_where_they_say_so_first() {
    let payloads: Vec<_> = (0..9).map(payload).collect();
    let mut asked = 0;
    let mut again = core::iter::from_fn(|| {
        asked += 1;
        (asked % 5 != 0).then(|| &payloads[asked % 5])
    });
    let (mut writer, threads) = (begin(), NonZero::new(2).unwrap());
    let mut bytes = Vec::new();
    for last in [3, 7] {
        writer
            .append_all(again.by_ref(), &iss(), iat(), &KEY, threads, &mut bytes)
            .unwrap();
        assert_eq!(writer.head().map(jwp_core::ChainHead::seq), Some(last));
    }
}

#[test]
fn no_payloads_are_no_receipts() {
    for threads in 1..4 {
        let (mut writer, mut bytes) = (begin(), b"in front".to_vec());
        let none: [&ReceiptPayload<Counted>; 0] = [];
        let threads = NonZero::new(threads).unwrap();
        writer
            .append_all(none, &iss(), iat(), &KEY, threads, &mut bytes)
            .unwrap();
        assert_eq!((writer.head(), &*bytes), (None, &b"in front"[..]));
    }
}

/// As many threads as there is work for are begun, and where the system gives none, the work is done all the
/// same.
#[test]
fn more_threads_than_any_system_has_are_no_fault() {
    let payloads: Vec<_> = (0..50).map(payload).collect();
    let issue = |threads| {
        let (mut writer, mut bytes) = (begin(), Vec::new());
        writer
            .append_all(&payloads, &iss(), iat(), &KEY, threads, &mut bytes)
            .unwrap();
        bytes
    };
    assert!(issue(NonZero::<usize>::MAX) == issue(NonZero::<usize>::MIN));
}
