//! A payload that stands alone is read as in its receipt: the same members, the same faults, at the same place of
//! its own. No signature is checked here.
#![cfg(test)]

use std::{fs, path::Path};

use jwp_core::{
    Citation, Claim, Evidence, ReceiptPayload, RunId, UnverifiedReceipt,
    cbor::{MAX_ITEMS, MAX_RECEIPT},
    chain::Receipts,
    payload::{Payload, Position},
};

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

/// Items are the payload's alone, and counted where it has more bytes than there may be items.
#[test]
fn as_many_items_as_there_may_be_and_one_more() {
    let with = |elements: u16| {
        let begin =
            b"\xa6\x61v\x01\x63seq\x01\x64cite\x80\x64kind\x6dexample.items\x64prev\x58\x20";
        let mut bytes = [&begin[..], &[0; 32], b"\x65claim\xa2"].concat();
        let half = elements / 2;
        for (key, count) in [(b'a', half), (b'b', elements - half)] {
            bytes.extend([0x61, key, 0x99]);
            bytes.extend(count.to_be_bytes());
            bytes.resize(bytes.len() + usize::from(count), 0);
        }
        bytes
    };
    // A map with six keys and values, of which the claim has two keys and arrays in a map.
    let others = 1 + 6 + 5 + 1 + 4;
    let most = u16::try_from(MAX_ITEMS - others).unwrap();
    assert!(Payload::parse(&with(most)).is_ok());
    let error = Payload::parse(&with(most + 1)).unwrap_err();
    assert_eq!(error.code(), "Codec.TooManyItems");
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

#[derive(serde::Serialize, serde::Deserialize)]
struct Padded {
    pad: Vec<String>,
}

impl Claim for Padded {
    const KIND: &'static str = "example.padded";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

#[test]
fn one_that_no_reader_would_take_is_not_written() {
    let first = Position::First {
        run: RunId::from_bytes([9; 16]),
        after: None,
    };
    let encoded = |texts, last: usize| {
        let mut pad = vec!["x".repeat(65_000); texts];
        pad.push("x".repeat(last));
        // Behind bytes that do not count.
        let mut out = vec![7; 100];
        let payload = ReceiptPayload::new(Padded { pad });
        payload
            .encode(&first, &mut out)
            .map(|()| out.split_off(100))
    };
    let around = encoded(16, 300).unwrap().len() - 300;
    let most = encoded(16, MAX_RECEIPT - around).unwrap();
    assert_eq!(most.len(), MAX_RECEIPT);
    assert!(Payload::parse(&most).is_ok());
    for (texts, last) in [(16, MAX_RECEIPT - around + 1), (48, 0)] {
        let error = encoded(texts, last).unwrap_err();
        assert_eq!(error.code(), "Codec.TooLarge");
    }
}
