//! A chain read from memory and from a stream gives the same receipts and the same error.
#![no_main]
use jwp_core::chain::{ReadError, Receipts, SequenceReader};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut stream = SequenceReader::new(data);
    for item in Receipts::new(data) {
        match (item, stream.next_receipt()) {
            (Ok((at, ours)), Ok(Some((offset, theirs)))) => {
                assert_eq!((at, ours.as_bytes()), (offset, theirs.as_bytes()));
                assert_eq!(ours.link(), theirs.link());
            }
            (Err(ours), Err(ReadError::Receipt(theirs))) => return assert_eq!(ours, theirs),
            (ours, theirs) => panic!("{ours:?} and {theirs:?}"),
        }
    }
    assert!(matches!(stream.next_receipt(), Ok(None)));
});
