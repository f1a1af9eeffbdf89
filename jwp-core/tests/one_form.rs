//! One form: whatever decodes is encoded to the bytes that it came from, and to nothing else.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a count that overflows fails the test"
)]

use std::collections::BTreeMap;

use jwp_core::{
    Decimal, Digest, Identifier, Joules, KeyId, Kind, Link, RunId, Timestamp, UnverifiedReceipt,
    cbor::{self, Bytes, Value},
};
use proptest::prelude::*;

/// What is accepted is its own encoding. Gives whether it was accepted.
fn one_form(bytes: &[u8]) -> bool {
    match cbor::from_slice::<Value>(bytes) {
        Ok(value) => {
            assert_eq!(cbor::to_vec(&value).unwrap(), bytes, "{value:?}");
            true
        }
        Err(_) => false,
    }
}

/// All 16,843,009 inputs of up to three bytes. How many are accepted is a fact of the format: one more
/// or less is another format.
#[test]
fn every_input_up_to_three_bytes_has_one_form_or_is_refused() {
    let mut accepted = [0u32; 4];
    accepted[0] = u32::from(one_form(&[]));
    for a in 0..=255 {
        accepted[1] += u32::from(one_form(&[a]));
        for b in 0..=255 {
            accepted[2] += u32::from(one_form(&[a, b]));
            for c in 0..=255 {
                accepted[3] += u32::from(one_form(&[a, b, c]));
            }
        }
    }
    assert_eq!(accepted, counted());
}

/// The same numbers from the grammar, by counting instead of decoding.
fn counted() -> [u32; 4] {
    // One byte: 24 + 24 small integers, empty bytes, text, array and map, false and true.
    let one = 24 + 24 + 4 + 2;
    // Two: 232 + 232 integers behind 18 and 38, a byte of bytes, a printable character of text,
    // an array of one.
    let two = 232 + 232 + 256 + PRINTABLE + one;
    // Three: 65,280 + 65,280 integers behind 19 and 39, two bytes of bytes, two characters of ASCII or
    // one of two bytes, arrays of a two-byte item or of two one-byte items, and a map of the empty
    // text and a one-byte item.
    let pairs = PRINTABLE * PRINTABLE + TWO_BYTE_CHARACTERS;
    let three = 65_280 + 65_280 + 65_536 + pairs + two + one * one + one;
    [0, one, two, three]
}

/// U+0020 to U+007E.
const PRINTABLE: u32 = 95;
/// U+0080 to U+07FF without the C1 controls and U+061C.
const TWO_BYTE_CHARACTERS: u32 = 1920 - 32 - 1;

fn value() -> impl Strategy<Value = Value> {
    let text = "[ -~äß€😀]{0,12}";
    let number = prop_oneof![
        (any::<i64>().prop_map(i128::from), -64i32..=0),
        (any::<u64>().prop_map(i128::from), Just(0)),
    ];
    let number = number.prop_filter_map("out of range", |(m, e)| Decimal::new(m, e));
    let leaf = prop_oneof![
        number.prop_map(Value::Number),
        any::<bool>().prop_map(Value::Bool),
        text.prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::btree_map(text, inner, 0..8).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn value_comes_back_and_so_do_its_bytes(value in value()) {
        let bytes = cbor::to_vec(&value).unwrap();
        let back: Value = cbor::from_slice(&bytes).unwrap();
        prop_assert_eq!(&back, &value);
        prop_assert_eq!(cbor::to_vec(&back).unwrap(), bytes);
    }

    #[test]
    fn changed_bytes_have_one_form_or_are_refused(
        value in value(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = cbor::to_vec(&value).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        one_form(&bytes);
    }

    #[test]
    fn any_bytes_have_one_form_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        one_form(&bytes);
        // A receipt keeps its bytes, so that what it parses from is what it is.
        if let Ok(receipt) = UnverifiedReceipt::parse(&bytes) {
            prop_assert_eq!(receipt.as_bytes(), bytes.as_slice());
        }
    }
}

/// Serde's own visitors take a struct from an array and text from a byte string: each would be a second
/// form of one value.
#[test]
fn struct_is_a_map_and_text_is_text() {
    #[derive(Debug, serde::Deserialize)]
    struct Pair {
        #[expect(dead_code, reason = "only its form is read")]
        from: u64,
    }
    assert!(cbor::from_slice::<Pair>(b"\xa1\x64from\x01").is_ok());
    let error = cbor::from_slice::<Pair>(b"\x81\x01").unwrap_err();
    assert_eq!(error.code(), "Codec.Schema");
    let error = cbor::from_slice::<String>(b"\x41a").unwrap_err();
    assert_eq!(error.code(), "Codec.Schema");
}

/// What is text only where people read it would be a key in as many forms as it has texts.
#[test]
fn key_is_text_and_no_text_of_a_number_or_of_bytes() {
    fn refused<K: Ord + serde::de::DeserializeOwned + core::fmt::Debug>(key: &str) {
        let wire = cbor::to_vec(&BTreeMap::from([(key, 1_u8)])).unwrap();
        let error = cbor::from_slice::<BTreeMap<K, u8>>(&wire).unwrap_err();
        assert_eq!((error.code(), error.offset()), ("Codec.Schema", Some(1)));
    }
    for number in ["0.5", "0.50", "5e-1"] {
        refused::<Decimal>(number);
        refused::<Joules>(number);
    }
    let hex = "ab".repeat(32);
    refused::<Link>(&hex);
    refused::<KeyId>(&hex);
    refused::<RunId>(&hex[..32]);
    refused::<Bytes>(&hex);
    refused::<Timestamp>("5");
    refused::<u64>("5");
    refused::<bool>("true");
    refused::<core::net::IpAddr>("127.0.0.1");
}

#[test]
fn key_whose_only_form_is_text_comes_back() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Flour {
        Rye,
        Whole,
    }
    fn back<K: Ord + serde::Serialize + serde::de::DeserializeOwned + core::fmt::Debug>(key: K) {
        let map = BTreeMap::from([(key, 1_u8)]);
        let wire = cbor::to_vec(&map).unwrap();
        assert_eq!(cbor::from_slice::<BTreeMap<K, u8>>(&wire).unwrap(), map);
    }
    back(Digest::sha256(b""));
    back("bakery@v1".parse::<Identifier>().unwrap());
    back("a.b".parse::<Kind>().unwrap());
    back('ö');
    back("text".to_owned());
    back(Flour::Whole);
}
