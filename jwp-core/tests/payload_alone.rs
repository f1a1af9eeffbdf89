//! A payload that stands alone is read as in its receipt: the same members, the same faults, at the same place of
//! its own. No signature is checked here.
#![cfg(test)]

use std::{fs, path::Path};

use jwp_core::{UnverifiedReceipt, cbor::MAX_RECEIPT, chain::Receipts, payload::Payload};

fn chain() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors/canary/release.jwp");
    fs::read(path).unwrap()
}

/// Every receipt of the chain, and where its payload begins.
fn receipts(chain: &[u8]) -> Vec<(UnverifiedReceipt<'_>, usize)> {
    let place = |receipt: &UnverifiedReceipt<'_>| {
        let payload = receipt.payload_bytes();
        let mut windows = receipt.as_bytes().windows(payload.len());
        windows.position(|window| window == payload).unwrap()
    };
    Receipts::new(chain)
        .map(|item| {
            let (_, receipt) = item.unwrap();
            let place = place(&receipt);
            (receipt, place)
        })
        .collect()
}

/// All that a payload tells but where its claim begins.
fn told(payload: &Payload<'_>) -> String {
    let lists = (payload.cite(), payload.subject(), payload.evidence());
    let cost = (payload.joules(), payload.source(), payload.meter());
    let place = (payload.kind(), payload.position(), payload.refs());
    format!("{place:?} {:?} {lists:?} {cost:?}", payload.claim_bytes())
}

#[test]
fn it_has_the_members_that_it_has_in_its_receipt() {
    let chain = chain();
    let receipts = receipts(&chain);
    assert_eq!(receipts.len(), 9);
    for (receipt, _) in receipts {
        let bytes = receipt.payload_bytes();
        let payload = Payload::parse(bytes).unwrap();
        assert_eq!(told(&payload), told(receipt.unverified_payload()));
        let claim = bytes.get(payload.claim_offset()..).unwrap();
        assert!(claim.starts_with(payload.claim_bytes()));
    }
}

#[test]
fn every_bit_flip_has_the_verdict_that_it_has_in_the_receipt() {
    let chain = chain();
    let (mut accepted, mut refused) = (0_u32, 0_u32);
    for (receipt, place) in receipts(&chain) {
        for at in 0..receipt.payload_bytes().len() {
            for bit in 0..8 {
                let mut whole = receipt.as_bytes().to_vec();
                whole[place + at] ^= 1 << bit;
                let alone = &whole[place..][..receipt.payload_bytes().len()];
                match (Payload::parse(alone), UnverifiedReceipt::parse(&whole)) {
                    (Ok(alone), Ok(receipt)) => {
                        assert_eq!(told(&alone), told(receipt.unverified_payload()));
                        accepted += 1;
                    }
                    (Err(alone), Err(whole)) => {
                        // In a receipt its byte string is whole: more bytes would complete nothing.
                        let code = match alone.code() {
                            "Codec.Truncated" => "Envelope.Payload",
                            code => code,
                        };
                        assert_eq!(code, whole.code(), "{at} {bit}");
                        let moved = alone.offset().map(|offset| offset + place);
                        assert_eq!(moved, whole.offset(), "{at} {bit}");
                        refused += 1;
                    }
                    (alone, whole) => panic!("{at} {bit}: {alone:?}, {whole:?}"),
                }
            }
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} {refused}");
}

#[test]
fn no_beginning_of_one_is_one_and_nothing_follows() {
    let chain = chain();
    for (receipt, _) in receipts(&chain) {
        let bytes = receipt.payload_bytes();
        for length in 0..bytes.len() {
            let error = Payload::parse(&bytes[..length]).unwrap_err();
            assert_eq!(error.code(), "Codec.Truncated", "{length}");
        }
        let more = [bytes, &[0]].concat();
        let error = Payload::parse(&more).unwrap_err();
        assert_eq!(error.code(), "Codec.TrailingBytes");
        assert_eq!(error.offset(), Some(bytes.len()));
    }
}

#[test]
fn above_the_size_of_a_receipt_it_is_not_looked_at() {
    let error = Payload::parse(&vec![0; MAX_RECEIPT + 1]).unwrap_err();
    assert_eq!(error.code(), "Codec.TooLarge");
}
