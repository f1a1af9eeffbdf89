//! On however many threads: the verdict of one, and no work twice that need not be.

use core::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use jwp_core::{
    Citation, Claim, Error, Evidence, Identifier, ReceiptPayload, chain::Segment, envelope::Batch,
};
use serde::{Deserialize, Serialize};

use crate::support::{CHAIN, Counted, KEYS, begin, chain, iat, known, verdict};

/// The verdict on at most so many threads, and how many batches were asked for.
fn on(threads: usize, bytes: &[u8]) -> (Result<Segment, Error>, usize) {
    let made = AtomicUsize::new(0);
    let make = || {
        made.fetch_add(1, Relaxed);
        Batch::new()
    };
    let threads = NonZero::new(threads).unwrap();
    let found = Segment::verify_parallel(bytes, known, threads, make);
    (found, made.into_inner())
}

#[test]
fn as_many_batches_are_asked_for_as_threads() {
    let bytes = chain(1).concat();
    let whole = Segment::verify(&bytes, known, &mut Batch::new()).unwrap();
    for threads in 1..5 {
        assert_eq!(on(threads, &bytes), (Ok(whole.clone()), threads));
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enclosed {
    chain: jwp_core::cbor::Bytes,
}

impl Claim for Enclosed {
    const KIND: &'static str = "example.segment.enclosed";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["a test"]
    }
}

/// A chain of receipts that enclose others.
fn enclosing(inner: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut writer = begin(7);
    let iss: Identifier = "builder".parse().unwrap();
    let receipts = inner.into_iter().enumerate().map(|(n, inner)| {
        let chain = inner.into();
        let payload = ReceiptPayload::new(Enclosed { chain });
        writer.append(&payload, &iss, iat(n), &KEYS[0]).unwrap()
    });
    receipts.collect::<Vec<_>>().concat()
}

/// Receipts inside a receipt look like the chain that is to be cut.
#[test]
fn a_chain_inside_a_receipt_is_not_cut_there() {
    // The middle of the whole lies inside the one in the middle.
    let bytes = enclosing((0..5).map(|n| if n == 2 { CHAIN.concat() } else { Vec::new() }));
    let segment = verdict(&bytes).unwrap();
    assert_eq!(segment.receipts(), 5);
}

/// Of 6 MB pieces begin with half a megabyte or more, and get shorter: each receipt of 0.9 MB is cut. The rest is not
/// verified twice for their sake.
#[test]
fn a_cut_inside_a_receipt_costs_the_pieces_beside_it() {
    let inner = CHAIN.concat();
    let long = inner.repeat(900_000 / inner.len());
    // What lies between two of them, where one receipt has room for it, is verified with them.
    for (at, apart) in [(&[30, 60][..], 2), (&[30, 45, 60], 1)] {
        let inner = |n| {
            if at.contains(&n) {
                long.clone()
            } else {
                vec![7; 50_000]
            }
        };
        let bytes = enclosing((0..90).map(inner));
        let whole = verdict(&bytes).unwrap();
        assert_eq!(whole.receipts(), 90);
        for threads in [2, 3] {
            // One for each thread, and one for each that is put together; all from front to end is one more.
            assert_eq!(on(threads, &bytes), (Ok(whole.clone()), threads + apart));
        }
    }
}

/// A last signature that does not hold, in a chain of which all cuts are wrong: pieces, and the whole once.
#[test]
fn pieces_that_are_all_put_together_are_the_whole() {
    let inner = CHAIN.concat();
    let long = inner.repeat(900_000 / inner.len());
    let mut bytes = enclosing((0..4).map(|_| long.clone()));
    let whole = verdict(&bytes).unwrap();
    assert_eq!(on(2, &bytes), (Ok(whole), 3));
    *bytes.last_mut().unwrap() ^= 1;
    let error = verdict(&bytes).unwrap_err();
    assert_eq!(error.code(), "Envelope.BadSignature");
    assert_eq!(on(2, &bytes), (Err(error), 3));
}

#[test]
fn no_more_batches_are_asked_for_than_there_are_pieces_of_64_kib() {
    let bytes = CHAIN.concat();
    let whole = Segment::verify(&bytes, known, &mut Batch::new()).unwrap();
    for threads in [100, 4000, usize::MAX] {
        let (found, made) = on(threads, &bytes);
        assert_eq!(found.unwrap(), whole);
        assert!((2..=bytes.len() / 65_536 + 1).contains(&made), "{made}");
    }
}

/// Of 3.5 MB there are more pieces than threads, which take them in turn.
#[test]
fn a_thread_that_takes_another_piece_joins_it_where_it_belongs() {
    let mut writer = begin(9);
    let iss: Identifier = "builder".parse().unwrap();
    let receipts = (0..70).map(|n| {
        let note = "x".repeat(50_000 + n * 37);
        let payload = ReceiptPayload::new(Counted { note });
        writer.append(&payload, &iss, iat(n), &KEYS[n % 3]).unwrap()
    });
    let mut receipts: Vec<_> = receipts.collect();
    let whole = verdict(&receipts.concat()).unwrap();
    assert_eq!((whole.receipts(), whole.last()), (70, 69));
    // With one batch more the pieces would not have joined.
    let bytes = receipts.concat();
    for threads in 2..5 {
        assert_eq!(on(threads, &bytes), (Ok(whole.clone()), threads));
    }
    for at in [0, 13, 41, 69] {
        let last = receipts[at].last_mut().unwrap();
        *last ^= 1;
        let bytes = receipts.concat();
        let error = verdict(&bytes).unwrap_err();
        let begin = receipts[..at].iter().map(Vec::len).sum();
        let found = (error.code(), error.offset());
        assert_eq!(found, ("Envelope.BadSignature", Some(begin)));
        // A piece that alone does not hold was not cut wrongly: all is verified from front to end, and nothing before.
        assert_eq!(on(3, &bytes), (Err(error), 4));
        *receipts[at].last_mut().unwrap() ^= 1;
    }
    // Nor were two that have more between them than a receipt holds.
    for at in [3, 69] {
        *receipts[at].last_mut().unwrap() ^= 1;
    }
    let (found, made) = on(3, &receipts.concat());
    assert_eq!(
        (found.unwrap_err().code(), made),
        ("Envelope.BadSignature", 4)
    );
    for at in [3, 69] {
        *receipts[at].last_mut().unwrap() ^= 1;
    }
    let _ = receipts.remove(35);
    let error = verdict(&receipts.concat()).unwrap_err();
    assert_eq!(error.code(), "Chain.PrevMismatch");
}

/// One of them is the first behind the cut.
#[test]
fn a_receipt_that_is_missing_where_the_chain_is_cut_is_missed() {
    for at in 1..39 {
        let bytes = [&CHAIN[..at], &CHAIN[at + 1..40]].concat().concat();
        assert!(bytes.len() > 64 << 10);
        let error = on(2, &bytes).0.unwrap_err();
        let found = (error.code(), error.offset());
        let begin = CHAIN[..at].concat().len();
        assert_eq!(found, ("Chain.PrevMismatch", Some(begin)));
    }
}

#[test]
fn more_threads_than_receipts_are_no_fault() {
    let bytes = CHAIN[..9].concat();
    let whole = Segment::verify(&bytes, known, &mut Batch::new()).unwrap();
    assert_eq!(on(usize::MAX, &bytes).0, Ok(whole));
}
