//! Reading straight ahead changes no verdict: what it accepts, reading with care accepts too, as the same
//! receipt, at the same place, with the same count of items.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use alloc::{format, string::String, vec, vec::Vec};
use std::{fs, path::Path};

use super::UnverifiedReceipt;
use crate::{
    Decimal,
    cbor::{self, MAX_ITEMS, Reader, Value},
    payload::Payload,
};

/// All that can be told of what was read, and of the reader behind it.
fn outcome<'a, T: core::fmt::Debug>(value: &T, r: &Reader<'a>) -> String {
    format!("{value:?} {r:?}")
}

/// Whether both accept the envelope.
#[track_caller]
fn envelope_is_read_the_same(bytes: &[u8]) -> bool {
    let (mut straight, mut careful) = (Reader::unbounded(bytes), Reader::unbounded(bytes));
    let Some(receipt) = straight.straight(UnverifiedReceipt::read_straight) else {
        assert_eq!(straight.position(), 0, "the reader has moved");
        return false;
    };
    let full = UnverifiedReceipt::read_carefully(&mut careful).unwrap();
    assert_eq!(outcome(&receipt, &straight), outcome(&full, &careful));
    true
}

/// As [`envelope_is_read_the_same`], for a payload on its own.
#[track_caller]
fn payload_is_read_the_same(bytes: &[u8]) -> bool {
    let (mut straight, mut careful) = (Reader::unbounded(bytes), Reader::unbounded(bytes));
    let Some(payload) = straight.straight(Payload::read_straight) else {
        assert_eq!(straight.position(), 0, "the reader has moved");
        return false;
    };
    let full = Payload::read_carefully(&mut careful).unwrap();
    assert_eq!(outcome(&payload, &straight), outcome(&full, &careful));
    true
}

/// Every receipt file of the vectors, wrong ones too.
fn vectors() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "cbor" || e == "jwp") {
                found.push(fs::read(path).unwrap());
            }
        }
    }
    found
}

/// The payload of each receipt that parses.
fn payloads() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for file in vectors() {
        let mut rest = &*file;
        while let Ok((receipt, behind)) = UnverifiedReceipt::parse_first(rest) {
            found.push(receipt.payload_bytes().to_vec());
            rest = behind;
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn vectors_are_read_the_same_straight_and_carefully() {
    let (mut accepted, mut receipts) = (0, 0);
    for file in vectors() {
        let mut rest = &*file;
        while !rest.is_empty() {
            accepted += u32::from(envelope_is_read_the_same(rest));
            receipts += 1;
            match UnverifiedReceipt::parse_first(rest) {
                Ok((_, behind)) => rest = behind,
                Err(_) => break,
            }
        }
    }
    // Most of the vectors' receipts have no fault of form.
    assert!(
        accepted > 300 && accepted < receipts,
        "{accepted} of {receipts}"
    );
}

/// Every change of a bit, every byte left out, and every end.
#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn changed_bytes_are_read_the_same_straight_and_carefully() {
    let payloads = payloads();
    for payload in payloads.iter().step_by(24) {
        for at in 0..payload.len() {
            let mut changed = payload.clone();
            for bit in 0..8 {
                changed[at] = payload[at] ^ 1 << bit;
                payload_is_read_the_same(&changed);
            }
            changed.remove(at);
            payload_is_read_the_same(&changed);
            payload_is_read_the_same(&payload[..at]);
        }
    }
}

fn leaves() -> Vec<Value> {
    let number = |mantissa, exponent| Value::Number(Decimal::new(mantissa, exponent).unwrap());
    vec![
        number(0, 0),
        number(1, 0),
        number(23, 0),
        number(24, 0),
        number(-1, 0),
        number(-25, 0),
        number((1 << 53) - 1, 0),
        number(1 << 53, 0),
        number(253_402_300_799_999, 0),
        number(253_402_300_800_000, 0),
        number(i128::from(i64::MAX), 0),
        number(1 << 63, 0),
        number(i128::from(i64::MIN), 0),
        number(15, -1),
        number(-15, -1),
        number(5_460_000_001, -9),
        number(1, -24),
        number(1, -25),
        Value::Bool(true),
        Value::Text(String::new()),
        Value::Text("é€😀".into()),
        Value::Text("a.b".into()),
        Value::Text("abs_host".into()),
        Value::Text("measured".into()),
        Value::Text(format!("sha256:{}", "ab".repeat(32))),
        Value::Text(format!("sha256:{}", "AB".repeat(32))),
        Value::Bytes(vec![7; 16].into()),
        Value::Bytes(vec![7; 32].into()),
        Value::Array(vec![]),
        Value::Array(vec![Value::Text("a".into()); 33]),
        Value::Map([].into()),
    ]
}

/// Gives every value that differs from this one in one place: an entry left out, a leaf exchanged, an
/// element doubled, a key added.
fn changes(value: &Value, found: &mut dyn FnMut(Value)) {
    for leaf in leaves() {
        found(leaf);
    }
    match value {
        Value::Map(map) => {
            for (key, inner) in map {
                let mut without = map.clone();
                without.remove(key);
                found(Value::Map(without));
                changes(inner, &mut |inner| {
                    let mut other = map.clone();
                    other.insert(key.clone(), inner);
                    found(Value::Map(other));
                });
            }
            for key in [
                "a",
                "after",
                "evidence",
                "joules",
                "lo",
                "note",
                "refs",
                "zzzzzzzzzzzzzz",
            ] {
                for leaf in leaves() {
                    let mut more = map.clone();
                    more.insert(key.into(), leaf);
                    found(Value::Map(more));
                }
            }
        }
        Value::Array(array) => {
            for (at, inner) in array.iter().enumerate() {
                let mut without = array.clone();
                without.remove(at);
                found(Value::Array(without));
                let mut twice = array.clone();
                twice.insert(at, inner.clone());
                found(Value::Array(twice));
                changes(inner, &mut |inner| {
                    let mut other = array.clone();
                    other[at] = inner;
                    found(Value::Array(other));
                });
            }
        }
        _ => {}
    }
}

#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn changed_members_are_read_the_same_straight_and_carefully() {
    let (mut accepted, mut all) = (0_u32, 0_u32);
    // Joules may have a mantissa that other numbers may not: such payloads have no `Value`.
    let values = payloads()
        .into_iter()
        .filter_map(|payload| cbor::from_slice(&payload).ok());
    for value in values.step_by(8) {
        changes(&value, &mut |changed| {
            // Some leaves have no form as a member.
            if let Ok(bytes) = cbor::to_vec(&changed) {
                accepted += u32::from(payload_is_read_the_same(&bytes));
                all += 1;
            }
        });
    }
    assert!(accepted > 1000 && accepted < all, "{accepted} of {all}");
}

/// The limit of items is the reader's, and holds for what was read straight.
#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn items_beyond_the_limit_are_not_read_straight() {
    let payload = payloads().remove(0);
    let Ok(Value::Map(mut map)) = cbor::from_slice(&payload) else {
        panic!("a payload is a map");
    };
    let mut straight_with = |elements: usize| {
        let list = vec![Value::Bool(true); elements / 4];
        let lists = ["a", "b", "c", "d"].map(|key| (key.into(), Value::Array(list.clone())));
        map.insert("claim".into(), Value::Map(lists.into()));
        let bytes = cbor::to_vec(&Value::Map(map.clone())).ok()?;
        let mut r = Reader::unbounded(&bytes);
        r.straight(Payload::read_straight).map(|_| ())
    };
    assert_eq!(straight_with(MAX_ITEMS - 400), Some(()));
    assert_eq!(straight_with(MAX_ITEMS), None);
}
