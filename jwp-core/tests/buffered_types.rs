//! Types that serde reads into a buffer of its own (`flatten`, `tag`, `untagged`) carry texts, integers, bools,
//! arrays and maps. The wire's own types do not survive that buffer: each is refused, never read as something
//! else.
#![cfg(test)]

use core::fmt::Debug;
use std::collections::BTreeMap;

use jwp_core::{
    Decimal, Digest, Joules, Link, Timestamp,
    cbor::{self, Bytes, Value},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Inner<T> {
    value: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat<T> {
    name: String,
    #[serde(flatten)]
    inner: Inner<T>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged<T> {
    One(Inner<T>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged<T> {
    One(T),
}

fn read<T: Serialize + DeserializeOwned + Debug + PartialEq>(value: &T) -> Option<String> {
    match cbor::from_slice::<T>(&cbor::to_vec(value).unwrap()) {
        Ok(back) => {
            assert_eq!(back, *value);
            None
        }
        Err(error) => Some(error.code().into()),
    }
}

fn each<T: Serialize + DeserializeOwned + Debug + PartialEq + Clone>(
    value: T,
) -> [Option<String>; 3] {
    let inner = || Inner {
        value: value.clone(),
    };
    let name = "a".into();
    [
        read(&Flat {
            name,
            inner: inner(),
        }),
        read(&Tagged::One(inner())),
        read(&Untagged::One(value.clone())),
    ]
}

#[test]
fn what_json_has_as_well_comes_back() {
    let none = [None, None, None];
    assert_eq!(each(7_u64), none);
    assert_eq!(each(-7_i64), none);
    assert_eq!(each(true), none);
    assert_eq!(each("text".to_owned()), none);
    assert_eq!(each(vec![1_u8, 2]), none);
    assert_eq!(each(BTreeMap::from([("a".to_owned(), 1_u8)])), none);
    assert_eq!(each(Digest::blake3(b"")), none);
    assert_eq!(each(Timestamp::from_secs(5).unwrap()), none);
}

#[test]
fn what_only_the_wire_has_is_refused() {
    fn refused<T: Serialize + DeserializeOwned + Debug + PartialEq + Clone>(value: T) {
        for code in each(value) {
            let code = code.expect("what is lost in a buffer is not read");
            assert!(
                ["Codec.Schema", "Codec.TagNotAllowed"].contains(&&*code),
                "{code}"
            );
        }
    }
    refused("0.5".parse::<Decimal>().unwrap());
    refused("5".parse::<Decimal>().unwrap());
    refused("0.5".parse::<Joules>().unwrap());
    refused(Bytes::from(&[1, 2][..]));
    refused(Link::from_bytes([1; 32]));
    refused(Value::Bool(true));
}

/// A buffer would take bytes for text that nobody has checked, and a number for a name: several encodings of one
/// value, and controls in a text.
#[test]
fn neither_bytes_nor_numbers_are_read_as_text() {
    let flat = |value: &[u8]| {
        let wire = [b"\xa2\x64name\x61a\x65value", value].concat();
        cbor::check(&wire).unwrap();
        cbor::from_slice::<Flat<String>>(&wire).map_err(|error| error.code())
    };
    assert_eq!(flat(b"\x61b").unwrap().inner.value, "b");
    assert_eq!(flat(b"\x41\x1b").unwrap_err(), "Codec.Schema");
    let tagged = |name: &[u8]| {
        let wire = [b"\xa2\x64type", name, b"\x65value\x01"].concat();
        cbor::check(&wire).unwrap();
        cbor::from_slice::<Tagged<u64>>(&wire).map_err(|error| error.code())
    };
    let Tagged::One(inner) = tagged(b"\x63One").unwrap();
    assert_eq!(inner.value, 1);
    for other in [&b"\x43One"[..], b"\x00"] {
        assert_eq!(tagged(other).unwrap_err(), "Codec.Schema");
    }
    let untagged = cbor::from_slice::<Untagged<String>>(b"\x41a");
    assert_eq!(untagged.unwrap_err().code(), "Codec.Schema");
}
