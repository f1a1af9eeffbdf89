//! A claim of any shape that serde knows goes through the codec and back, or is refused for what it is.
#![cfg(test)]

use std::collections::BTreeMap;

use jwp_core::{
    Decimal, ErrorKind, Joules, KeyId, Link, RunId, Timestamp,
    cbor::{self, Bytes, Value},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The error of reading `hex` as a `T`, in its words.
#[track_caller]
fn refused<T: DeserializeOwned + core::fmt::Debug>(hex: &str) -> String {
    cbor::from_slice::<T>(&bytes(hex)).unwrap_err().to_string()
}

fn bytes(hex: &str) -> Vec<u8> {
    Bytes::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(hex))
        .unwrap()
        .into_vec()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(u8),
    Pair(u8, u8),
    Named { a: u8 },
}

#[test]
fn every_shape_has_the_bytes_of_the_data_model_and_comes_back() {
    #[track_caller]
    fn both<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: T, hex: &str) {
        assert_eq!(cbor::to_vec(&value).unwrap(), bytes(hex));
        assert_eq!(cbor::from_slice::<T>(&bytes(hex)).unwrap(), value);
    }
    both(Shape::Unit, "64556e6974");
    both(Shape::New(7), "a1634e657707");
    both(Shape::Pair(1, 2), "a16450616972820102");
    both(Shape::Named { a: 1 }, "a1654e616d6564a1616101");
    both((1u8, "x".to_owned()), "82016178");
    both(vec![true, false], "82f5f4");
    both(Bytes::from(vec![1, 2, 255]), "430102ff");
    both('ö', "62c3b6");
    both(-1i8, "20");
    both(i64::MIN, "3b7fffffffffffffff");
    both(u64::MAX, "1bffffffffffffffff");
    both("1.5".parse::<Decimal>().unwrap(), "c482200f");
    both("-1".parse::<Decimal>().unwrap(), "20");
    both("5.46".parse::<Joules>().unwrap(), "c48221190222");
    // All microjoules that fit the wire, beyond what other decimals hold.
    let most = bytes("c482251bffffffffffffffff");
    let joules: Joules = cbor::from_slice(&most).unwrap();
    assert_eq!(cbor::to_vec(&joules).unwrap(), most);
    both(
        BTreeMap::from([("b".to_owned(), 1u8), ("aa".to_owned(), 2)]),
        "a2616201626161 02".replace(' ', "").as_str(),
    );
}

#[test]
fn a_value_of_another_type_is_named() {
    for (hex, found) in [
        ("f5", "bool"),
        ("01", "uint"),
        ("20", "nint"),
        ("6161", "tstr"),
        ("4101", "bstr"),
        ("8101", "array"),
        ("a1616101", "map"),
    ] {
        let expected = format!("Codec.Schema: got {found}, expected");
        // Neither takes the other's type.
        let message = if matches!(found, "uint" | "nint") {
            refused::<bool>(hex)
        } else {
            refused::<i8>(hex)
        };
        assert!(
            message.contains(&format!("got {found}")),
            "{expected}: {message}"
        );
    }
    for (hex, found) in [("01", "uint"), ("6161", "tstr"), ("80", "array")] {
        for message in [refused::<Bytes>(hex), refused::<()>(hex)] {
            assert!(message.contains(found), "{message}");
        }
    }
    assert!(refused::<Bytes>("01").contains("bstr"));
    assert!(refused::<String>("4161").contains("tstr"));
    assert!(refused::<BTreeMap<String, u8>>("80").contains("map"));
}

#[test]
fn an_integer_beyond_the_field_is_out_of_range() {
    for (hex, error) in [
        (
            "190100",
            cbor::from_slice::<u8>(&bytes("190100")).unwrap_err(),
        ),
        ("20", cbor::from_slice::<u8>(&bytes("20")).unwrap_err()),
        ("3863", cbor::from_slice::<u64>(&bytes("3863")).unwrap_err()),
        ("3880", cbor::from_slice::<i8>(&bytes("3880")).unwrap_err()),
    ] {
        assert!(
            matches!(error.kind(), ErrorKind::OutOfRange { .. }),
            "{hex}: {error}"
        );
        assert_eq!(error.offset(), Some(0));
    }
}

#[test]
fn joules_and_decimals_beyond_their_range_are_out_of_range() {
    for hex in [
        // Seven places; more than 2^64 − 1 microjoules.
        "c4822601",
        "1bffffffffffffffff",
    ] {
        let error = cbor::from_slice::<Joules>(&bytes(hex)).unwrap_err();
        assert!(
            matches!(
                error.kind(),
                ErrorKind::OutOfRange { .. } | ErrorKind::NonDeterministic { .. }
            ),
            "{hex}: {error}"
        );
    }
    let seven = cbor::from_slice::<Joules>(&bytes("c4822601")).unwrap_err();
    assert_eq!(
        seven.kind(),
        &ErrorKind::OutOfRange {
            field: None,
            expected: "joules"
        }
    );
    // A mantissa of u64 with places is no decimal.
    let error = cbor::from_slice::<Decimal>(&bytes("c482201bffffffffffffffff")).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::OutOfRange { .. }),
        "{error}"
    );
    // Places beyond those of a decimal.
    let error = cbor::from_slice::<Decimal>(&bytes("c482387f01")).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::OutOfRange { .. }),
        "{error}"
    );
}

#[test]
fn a_type_that_takes_less_than_there_is_refuses_the_rest() {
    assert!(refused::<(u8,)>("820102").contains("fewer elements"));
    let error = cbor::from_slice::<(u8, u8)>(&bytes("8101")).unwrap_err();
    assert_eq!(error.code(), "Codec.Schema");

    #[derive(Debug)]
    struct First;
    impl<'de> Deserialize<'de> for First {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = First;
                fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str("a map")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<First, A::Error> {
                    map.next_entry::<String, u8>().map(|_| First)
                }
            }
            deserializer.deserialize_map(Visitor)
        }
    }
    assert!(cbor::from_slice::<First>(&bytes("a1616101")).is_ok());
    let error = cbor::from_slice::<First>(&bytes("a2616101616202")).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("Codec.Schema", Some(4)));
}

#[test]
fn a_variant_is_text_or_a_map_of_one() {
    assert!(refused::<Shape>("a164556e697401").contains("text"));
    assert!(refused::<Shape>("a2634e65770764556e697401").contains("a map of one entry"));
    assert!(refused::<Shape>("a0").contains("a map of one entry"));
    for hex in ["634e6577", "635a5a5a"] {
        let error = cbor::from_slice::<Shape>(&bytes(hex)).unwrap_err();
        assert_eq!(error.code(), "Codec.Schema", "{error}");
    }
}

#[test]
fn nothing_stands_for_nothing() {
    for error in [
        cbor::to_vec(&()).unwrap_err(),
        cbor::to_vec(&None::<u8>).unwrap_err(),
        cbor::to_vec(&vec![None::<u8>]).unwrap_err(),
        cbor::to_vec(&Some(None::<u8>)).unwrap_err(),
        cbor::to_vec(&Shapeless).unwrap_err(),
        cbor::from_slice::<Option<u8>>(&[0xf6]).unwrap_err(),
    ] {
        assert_eq!(error.kind(), &ErrorKind::TypeMismatch { found: "null" });
    }
    #[derive(Serialize)]
    struct Shapeless;
    for (byte, found) in [
        (0xf6, "null"),
        (0xf7, "undefined"),
        (0xe0, "a simple value"),
        (0xf3, "a simple value"),
    ] {
        let error = cbor::from_slice::<Value>(&[byte]).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::TypeMismatch { found });
    }
    let error = cbor::from_slice::<Value>(&[0xf8, 0x20]).unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::TypeMismatch {
            found: "a simple value"
        }
    );
    for (bytes, initial) in [
        (&[0xfc][..], 0xfc),
        (&[0xfd], 0xfd),
        (&[0xfe], 0xfe),
        (&[0xff], 0xff),
        (&[0xf8, 0x1f], 0xf8),
        (&[0x1c], 0x1c),
    ] {
        let error = cbor::from_slice::<Value>(bytes).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Malformed { initial });
    }
    for error in [
        cbor::to_vec(&1.5f32).unwrap_err(),
        cbor::to_vec(&1.5f64).unwrap_err(),
    ] {
        assert_eq!(error.kind(), &ErrorKind::FloatNotAllowed);
    }
}

#[test]
fn bytes_say_themselves_in_hex() {
    let value = Bytes::from(&[0x00, 0xff][..]);
    assert_eq!(format!("{value:?}"), "h'00ff'");
    assert_eq!(value.as_slice(), [0x00, 0xff]);
    assert_eq!(serde_json::to_string(&value).unwrap(), "\"00ff\"");
    assert_eq!(serde_json::from_str::<Bytes>("\"00ff\"").unwrap(), value);
    let error = serde_json::from_str::<Bytes>("\"00FF\"").unwrap_err();
    assert!(error.to_string().contains("lower-case hex"), "{error}");
}

#[test]
fn a_key_in_a_longer_form_is_a_duplicate_only_where_it_stands_already() {
    for (hex, offset, duplicate) in [
        // {"a": 1, "a" once more, in a head of two bytes}
        ("a26161017801 6102", 4, true),
        // {"a": 1, "b" in a head of two bytes}
        ("a26161017801 6202", 4, false),
        ("a161 6101", 1, false),
        // {"a": 1, "b": 2, "a": 3}: behind another key.
        ("a3616101616202616103", 7, true),
        ("a36162016163026161 03", 7, false),
        // Keys that hold arrays and maps behind them.
        ("a3616182010261628161617801 6103", 11, true),
    ] {
        let input = bytes(&hex.replace(' ', ""));
        let error = cbor::from_slice::<Value>(&input);
        let Err(error) = error else {
            assert_eq!(hex, "a161 6101");
            continue;
        };
        assert_eq!(error.offset(), Some(offset), "{hex}: {error}");
        assert_eq!(
            error.kind() == &ErrorKind::DuplicateKey,
            duplicate,
            "{hex}: {error}"
        );
    }
}

#[test]
fn a_key_that_stands_already_is_found_behind_more_items_than_half_of_what_a_receipt_may_have() {
    // {"a": [0; 40,000], "b": 0, "a": 0}: to find the first again, the array is passed over once more.
    let mut input = bytes("a36161999c40");
    input.resize(input.len().saturating_add(40_000), 0);
    input.extend(bytes("616200616100"));
    let error = cbor::from_slice::<Value>(&input).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::DuplicateKey);
}

#[test]
fn a_length_that_no_receipt_can_hold_is_told_apart_from_a_torn_input() {
    for major in [0x40u8, 0x80, 0xa0] {
        let head = |length: u32| [&[major | 26][..], &length.to_be_bytes()].concat();
        let kind = |length| {
            cbor::from_slice::<Value>(&head(length))
                .unwrap_err()
                .kind()
                .clone()
        };
        assert_eq!(kind(1 << 20), ErrorKind::Truncated, "{major:x}");
        assert_eq!(
            kind((1 << 20) | 1),
            ErrorKind::LengthBeyondInput {
                length: (1 << 20) | 1
            }
        );
    }
}

#[test]
fn a_time_and_joules_on_either_side_of_their_range_are_out_of_range() {
    for hex in ["20", "1b0000003afff44180", "1bffffffffffffffff"] {
        let error = cbor::from_slice::<Timestamp>(&bytes(hex)).unwrap_err();
        assert_eq!(error.code(), "Codec.OutOfRange", "{hex}: {error}");
        assert_eq!(error.offset(), Some(0));
    }
    assert!(cbor::from_slice::<Timestamp>(&bytes("1b0000003afff4417f")).is_ok());
    for hex in ["20", "3b7fffffffffffffff", "1bffffffffffffffff", "c4822024"] {
        let error = cbor::from_slice::<Joules>(&bytes(hex)).unwrap_err();
        assert_eq!(error.code(), "Codec.OutOfRange", "{hex}: {error}");
        assert_eq!(error.offset(), Some(0));
    }
    let expected = "joules";
    let field = None;
    for hex in ["20", "1bffffffffffffffff"] {
        let error = cbor::from_slice::<Joules>(&bytes(hex)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::OutOfRange { field, expected });
    }
    let words = serde_json::from_str::<Timestamp>("253402300800").unwrap_err();
    assert!(words.to_string().contains("0..253402300799"), "{words}");
}

#[test]
fn an_integer_of_128_bits_is_written_as_far_as_the_wire_holds_it() {
    #[track_caller]
    fn both<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: T, hex: &str) {
        assert_eq!(cbor::to_vec(&value).unwrap(), bytes(hex));
        assert_eq!(cbor::from_slice::<T>(&bytes(hex)).unwrap(), value);
    }
    both(5_u128, "05");
    both(u128::from(u64::MAX), "1bffffffffffffffff");
    both(5_i128, "05");
    both(-1_i128, "20");
    both(i128::from(u64::MAX), "1bffffffffffffffff");
    both(i128::from(i64::MIN), "3b7fffffffffffffff");
    for error in [
        cbor::to_vec(&(1_u128 << 64)).unwrap_err(),
        cbor::to_vec(&(1_i128 << 64)).unwrap_err(),
        cbor::to_vec(&(-(1_i128 << 63) - 1)).unwrap_err(),
    ] {
        assert_eq!(error.code(), "Codec.OutOfRange", "{error}");
    }
}

#[test]
fn bytes_of_another_length_are_told_in_the_words_of_the_wire() {
    assert!(refused::<Link>("426162").contains("expected bstr .size 32"));
    assert!(refused::<KeyId>("426162").contains("expected bstr .size 32"));
    assert!(refused::<RunId>("4161").contains("expected bstr .size 16"));
    // Where it is text, its own words.
    let text = serde_json::from_str::<RunId>("\"ab\"").unwrap_err();
    assert!(
        text.to_string().contains("32 lower-case hex digits"),
        "{text}"
    );
}

/// What a type makes of an item that it cannot take is its own affair; where the next item begins is not.
#[test]
fn an_error_that_a_type_swallows_leaves_the_reader_behind_the_item() {
    fn lenient<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(T::deserialize(deserializer).ok())
    }
    #[derive(Debug, Deserialize)]
    struct Lenient<T: DeserializeOwned>(#[serde(deserialize_with = "lenient")] Option<T>);
    #[track_caller]
    fn none_taken<T: DeserializeOwned + core::fmt::Debug>(item: &str) {
        // More often than arrays, maps and tags may be open.
        let wire = [&bytes("95")[..], &bytes(item).repeat(20), &bytes("07")].concat();
        cbor::check(&wire).unwrap();
        let all = cbor::from_slice::<Vec<Lenient<T>>>(&wire).unwrap();
        assert_eq!(all.len(), 21, "{item}");
        assert!(all.iter().take(20).all(|item| item.0.is_none()), "{item}");
    }
    none_taken::<(u8, u8)>("8201190100");
    none_taken::<(u8, u8)>("8219010001");
    none_taken::<Vec<Vec<u8>>>("8281190100820102");
    none_taken::<BTreeMap<String, u8>>("a26161190100616205");
    none_taken::<Shape>("a1634e6577190100");
    none_taken::<Shape>("a1635a5a5a8101");
    none_taken::<Joules>("c4822024");
    none_taken::<()>("820102");
    // An item that nobody may take is not passed over, whoever swallows what is said of it.
    for item in [
        "811805",
        "a2616201616102",
        "8163610041",
        "6161fe",
        "6101",
        "3bffffffffffffffff",
        "5a7fffffff",
        "c482200a",
        "f6",
    ] {
        let wire = [bytes("82"), bytes(item), bytes("07")].concat();
        let expected = cbor::check(&wire).unwrap_err();
        let found = cbor::from_slice::<Vec<Lenient<String>>>(&wire).unwrap_err();
        assert_eq!(found, expected, "{item}");
        let found = cbor::from_slice::<Vec<Lenient<Vec<u8>>>>(&wire).unwrap_err();
        assert_eq!(found, expected, "{item}");
    }
}

/// A visitor that goes on after an error finds the next element, and not the one that it could not read.
#[test]
fn an_error_that_a_visitor_swallows_leaves_the_reader_behind_the_item() {
    struct Numbers(Vec<u64>);
    impl<'de> Deserialize<'de> for Numbers {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Those;
            impl<'de> serde::de::Visitor<'de> for Those {
                type Value = Numbers;
                fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str("a list")
                }
                fn visit_seq<A: serde::de::SeqAccess<'de>>(
                    self,
                    mut seq: A,
                ) -> Result<Numbers, A::Error> {
                    let mut numbers = Vec::new();
                    loop {
                        match seq.next_element::<u64>() {
                            Ok(Some(number)) => numbers.push(number),
                            Ok(None) => return Ok(Numbers(numbers)),
                            Err(_) => {}
                        }
                    }
                }
            }
            deserializer.deserialize_seq(Those)
        }
    }
    let numbers = cbor::from_slice::<Numbers>(&bytes("84018102617803"));
    assert_eq!(numbers.unwrap().0, [1, 3]);
    let pair: (Numbers, String) = cbor::from_slice(&bytes("82820181026162")).unwrap();
    assert_eq!((pair.0.0, pair.1.as_str()), (vec![1], "b"));
    // What is in no form at all is refused, whoever goes on.
    assert!(cbor::from_slice::<Numbers>(&bytes("8201ff")).is_err());
}
