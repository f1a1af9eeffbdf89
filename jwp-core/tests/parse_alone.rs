//! What is wrong with the form of a receipt is said without a key, at its place, and the same whether the
//! receipt stands alone or in a sequence. No signature is checked here, so that Miri can run all of it.
#![cfg(test)]

#[path = "support/spec.rs"]
mod spec;

use std::fs;

use jwp_core::{UnverifiedReceipt, chain::Receipts};
use spec::vectors;

fn valid() -> Vec<u8> {
    fs::read(vectors().join("valid.cbor")).unwrap()
}

#[test]
fn every_negative_of_form_is_refused_by_parsing_alone() {
    let index = fs::read_to_string(vectors().join("negative/index.tsv")).unwrap();
    let (mut refused, mut parsed) = (0_u32, 0_u32);
    for row in index.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<_> = row.split('\t').collect();
        let &[name, _, code, offset] = columns.as_slice() else {
            panic!("{row}");
        };
        let path = vectors().join("negative").join(name).with_extension("cbor");
        let bytes = fs::read(&path).unwrap();
        if cfg!(miri) && bytes.len() > 3000 {
            // Tens of thousands of items, each of which Miri would watch.
            continue;
        }
        match UnverifiedReceipt::parse(&bytes) {
            Err(error) => {
                assert_eq!(error.code(), code, "{name}");
                let at = error.offset().map_or("-".into(), |at| at.to_string());
                assert_eq!(at, offset, "{name}");
                refused = refused.saturating_add(1);
            }
            Ok(receipt) => {
                assert_eq!(code, "Envelope.BadSignature", "{name}");
                assert_eq!(receipt.as_bytes(), bytes, "{name}");
                parsed = parsed.saturating_add(1);
            }
        }
        // Behind a receipt that parses it has the same fault, further on.
        let first = valid();
        let both = [first.clone(), bytes.clone()].concat();
        let mut receipts = Receipts::new(&both);
        receipts.next().unwrap().unwrap();
        let alone = UnverifiedReceipt::parse(&bytes).err();
        let behind = receipts.find_map(Result::err);
        if let (Some(alone), Some(behind)) = (alone, behind)
            && alone.code() == behind.code()
        {
            let moved = alone.offset().and_then(|at| at.checked_add(first.len()));
            assert_eq!(behind.offset(), moved, "{name}");
        }
    }
    assert!(refused > 200 && parsed > 5, "{refused} {parsed}");
}

#[test]
fn no_beginning_of_a_receipt_is_one() {
    let whole = valid();
    UnverifiedReceipt::parse(&whole).unwrap();
    for length in 0..whole.len() {
        let error = UnverifiedReceipt::parse(whole.get(..length).unwrap()).unwrap_err();
        assert_eq!(error.code(), "Codec.Truncated", "{length}");
        assert!(error.offset().is_some_and(|at| at <= length), "{length}");
    }
}
