//! A chain read from memory, from a stream and in groups gives the same receipts and the same error: also where a
//! receipt of a group has a header, or parts of its payload, like the one in front of it.
#![no_main]
use std::ops::ControlFlow;

use jwp_core::{
    chain::{ReadError, Receipts, SequenceReader},
    ed25519::Backend,
    envelope::Batch,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut stream = SequenceReader::new(data);
    let mut grouped = Vec::new();
    let mut batch = Batch::with_backend(Backend::PORTABLE);
    let flow = Receipts::new(data).check_each(
        &mut batch,
        |_| None,
        |item| {
            grouped.push(item);
            ControlFlow::<()>::Continue(())
        },
    );
    assert!(flow.is_continue());
    let mut grouped = grouped.into_iter();
    for item in Receipts::new(data) {
        match (&item, grouped.next()) {
            (Ok((at, ours)), Some(Ok((offset, theirs)))) => {
                assert_eq!((at, ours.as_bytes()), (&offset, theirs.as_bytes()));
                let parts = [ours, &theirs].map(|receipt| {
                    let (header, payload) =
                        (receipt.unverified_header(), receipt.unverified_payload());
                    format!("{header:?} {payload:?} {:?}", receipt.link())
                });
                assert_eq!(parts[0], parts[1]);
            }
            (Err(ours), Some(Err(theirs))) => assert_eq!(ours, &theirs),
            (ours, theirs) => panic!("{ours:?} and {theirs:?}"),
        }
        match (item, stream.next_receipt()) {
            (Ok((at, ours)), Ok(Some((offset, theirs)))) => {
                assert_eq!((at, ours.as_bytes()), (offset, theirs.as_bytes()));
                assert_eq!(ours.link(), theirs.link());
            }
            (Err(ours), Err(ReadError::Receipt(theirs))) => return assert_eq!(ours, theirs),
            (ours, theirs) => panic!("{ours:?} and {theirs:?}"),
        }
    }
    assert!(grouped.next().is_none());
    assert!(matches!(stream.next_receipt(), Ok(None)));
});
