//! Reading straight ahead changes no verdict: what it accepts, reading with care accepts too, as the same
//! receipt, at the same place, with the same count of items.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod behind;

use alloc::{format, string::String, vec, vec::Vec};
use std::{fs, path::Path};

use super::UnverifiedReceipt;
use crate::{
    Decimal,
    cbor::{self, MAX_ITEMS, Reader, Straight, Value, items_in, write_bytes},
    payload::{Payload, Position},
};

/// What is left to the reader with care, though nothing is wrong with it. All else is read straight, or it would
/// be slow and nobody would know.
fn is_rare(payload: &Payload<'_>, bytes: &[u8]) -> bool {
    let after = matches!(payload.position(), Position::First { after: Some(_), .. });
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    after
        || !payload.refs().is_empty()
        // A character of four bytes, an exponent below −24, 2⁶³ W or more.
        || holds("😀".as_bytes())
        || holds(b"\xc4\x82\x38")
        || holds(b"\x65max_w\x1b\x80")
}

/// All that can be told of what was read, and of the reader behind it.
fn outcome<'a, T: core::fmt::Debug>(value: &T, r: &Reader<'a>) -> String {
    format!("{value:?} {r:?}")
}

/// Whether both accept the envelope.
#[track_caller]
fn envelope_is_read_the_same<'a>(bytes: &'a [u8]) -> bool {
    let (mut straight, mut careful) = (Reader::unbounded(bytes), Reader::unbounded(bytes));
    let read = |s: &mut Straight<'a>, at| {
        let from = s.rest();
        let receipt = UnverifiedReceipt::read_straight(s, at, None)?;
        let parts = [s.since(from)?, receipt.protected, receipt.payload_bytes];
        Some((receipt, parts.into_iter().map(items_in).sum()))
    };
    let Some(receipt) = straight.straight(read) else {
        assert_eq!(straight.position(), 0, "the reader has moved");
        return false;
    };
    let full = UnverifiedReceipt::read_carefully(&mut careful).unwrap();
    // A reader with care counts no fewer items than there are behind the payload, which is the end.
    let seen =
        |receipt: &UnverifiedReceipt<'a>, r: &Reader<'a>| format!("{receipt:?} {}", r.position());
    assert_eq!(seen(&receipt, &straight), seen(&full, &careful));
    true
}

/// A payload and its items.
fn payload_straight<'a>(s: &mut Straight<'a>, at: usize) -> Option<(Payload<'a>, usize)> {
    let from = s.rest();
    let payload = Payload::read_straight(s, at, None)?;
    Some((payload, items_in(s.since(from)?)))
}

/// As [`envelope_is_read_the_same`], for a payload on its own.
#[track_caller]
fn payload_is_read_the_same(bytes: &[u8]) -> bool {
    let (mut straight, mut careful) = (Reader::unbounded(bytes), Reader::unbounded(bytes));
    let Some(payload) = straight.straight(payload_straight) else {
        assert_eq!(straight.position(), 0, "the reader has moved");
        let full = Payload::read_carefully(&mut careful);
        if let Ok(full) = full.and_then(|full| careful.finish().map(|()| full)) {
            assert!(is_rare(&full, bytes), "not read straight: {full:?}");
        }
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
            let is_straight = envelope_is_read_the_same(rest);
            accepted += u32::from(is_straight);
            receipts += 1;
            let Ok((receipt, behind)) = UnverifiedReceipt::parse_first(rest) else {
                break;
            };
            let is_rare = is_rare(&receipt.payload, receipt.payload_bytes());
            assert!(
                is_straight || is_rare || receipt.proofs().next().is_some(),
                "not read straight: {receipt:?}"
            );
            rest = behind;
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
    let with_all = with_all_members().map(|value| cbor::to_vec(&value).unwrap());
    for payload in payloads().iter().step_by(24).chain(&with_all) {
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

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let entries = entries.map(|(key, value)| (String::from(key), value));
    Value::Map(entries.into())
}

fn digest() -> Value {
    Value::Text(format!("sha256:{}", "ab".repeat(32)))
}

/// A first payload and a later one with every member that is read straight: few of the vectors have most of them.
fn with_all_members() -> [Value; 2] {
    let number = |mantissa, exponent| Value::Number(Decimal::new(mantissa, exponent).unwrap());
    let text = |text: &str| Value::Text(text.into());
    let piece = map([
        ("role", text("report")),
        ("size", number(1000, 0)),
        ("tool", text("cargo")),
        ("digest", digest()),
        ("exit_code", number(-1, 0)),
        ("media_type", text("text/plain")),
        ("argv_digest", digest()),
        ("tool_version", text("1.90")),
    ]);
    let least = map([
        ("role", text("log")),
        ("size", number(0, 0)),
        ("digest", digest()),
    ]);
    let meter = map([
        ("hi", number(2, 0)),
        ("id", text("rapl")),
        ("lo", number(1, 0)),
        ("note", text("a note")),
        ("max_w", number(655, -1)),
        ("model", digest()),
        ("scope", text("machine")),
        ("method", text("counter")),
        ("source", text("measured")),
        ("domains", Value::Array(vec![text("package-0")])),
        ("start_ms", number(253_402_300_799_999, 0)),
        ("window_ms", number(1000, 0)),
        ("resolution_uj", number(61, 0)),
    ]);
    let mut shared = vec![
        ("v", number(1, 0)),
        ("cite", Value::Array(vec![text("a book")])),
        ("kind", text("acme.load.tested")),
        ("claim", map([("requests", number(8, 0))])),
        ("meter", meter),
        ("joules", number(15, -1)),
        ("subject", Value::Array(vec![digest()])),
        ("evidence", Value::Array(vec![piece, least])),
    ];
    let mut first = shared.clone();
    first.extend([
        ("run", Value::Bytes(vec![7; 16].into())),
        ("seq", number(0, 0)),
    ]);
    shared.extend([
        ("prev", Value::Bytes(vec![7; 32].into())),
        ("seq", number((1 << 53) - 1, 0)),
    ]);
    [first, shared].map(|members| {
        let members = members.into_iter().map(|(key, value)| (key.into(), value));
        Value::Map(members.collect())
    })
}

#[test]
fn all_members_are_read_straight_with_as_many_cites_as_there_may_be() {
    for value in with_all_members() {
        let Value::Map(mut members) = value else {
            panic!("a payload is a map");
        };
        for (count, is_read) in [(1, true), (32, true), (33, false)] {
            let cite = vec![Value::Text("a book".into()); count];
            members.insert("cite".into(), Value::Array(cite));
            let bytes = cbor::to_vec(&Value::Map(members.clone())).unwrap();
            assert_eq!(payload_is_read_the_same(&bytes), is_read, "{count}");
        }
    }
}

/// Joules may have a mantissa of 64 bits, and share the reader of numbers with the decimals that may not.
#[test]
fn a_decimal_of_64_bits_is_read_by_neither() {
    let [payload, _] = with_all_members().map(|value| cbor::to_vec(&value).unwrap());
    let max_w = b"\x65max_w\xc4\x82\x20\x19\x02\x8f";
    let mut places = payload.windows(max_w.len());
    let at = places.position(|window| window == max_w).unwrap();
    let (before, behind) = payload.split_at(at);
    for (mantissa, is_read) in [(i64::MAX.unsigned_abs(), true), (u64::MAX, false)] {
        for initial in [0x1b, 0x3b] {
            let number = [&[initial], &mantissa.to_be_bytes()[..]].concat();
            let changed = [b"\x65max_w\xc4\x82\x20", &*number].concat();
            let bytes = [before, &changed, &behind[max_w.len()..]].concat();
            assert_eq!(payload_is_read_the_same(&bytes), is_read, "{changed:02x?}");
            let full = Payload::read_carefully(&mut Reader::unbounded(&bytes));
            assert_eq!(full.is_ok(), is_read, "{changed:02x?}");
        }
    }
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
    for value in values.step_by(8).chain(with_all_members()) {
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
        r.straight(payload_straight).map(|_| ())
    };
    assert_eq!(straight_with(MAX_ITEMS - 400), Some(()));
    assert_eq!(straight_with(MAX_ITEMS), None);
}

/// The items of a receipt that is read straight are not counted: it has no more bytes than there may be items.
#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn no_more_bytes_than_there_may_be_items_are_read_straight() {
    let files = vectors();
    let protected = files.iter().find_map(|file| {
        let (receipt, _) = UnverifiedReceipt::parse_first(file).ok()?;
        Some(receipt.protected)
    });
    let protected = protected.unwrap();
    let Ok(Value::Map(mut map)) = cbor::from_slice(&payloads().remove(0)) else {
        panic!("a payload is a map");
    };
    let mut receipt_with = |length: usize| {
        let text = Value::Text("a".repeat(length));
        map.insert("claim".into(), Value::Map([("a".into(), text)].into()));
        let payload = cbor::to_vec(&Value::Map(map.clone())).unwrap();
        let mut bytes = b"\xd2\x84".to_vec();
        write_bytes(protected, &mut bytes);
        bytes.push(0xa0);
        write_bytes(&payload, &mut bytes);
        write_bytes(&[0; 64], &mut bytes);
        (bytes, payload)
    };
    let others = receipt_with(65_000).0.len() - 65_000;
    for (length, is_straight) in [(MAX_ITEMS, true), (MAX_ITEMS + 1, false)] {
        let (bytes, payload) = receipt_with(length - others);
        assert_eq!(bytes.len(), length);
        let straight = UnverifiedReceipt::first_straight(&bytes, None);
        assert_eq!(straight.is_some(), is_straight);
        let found = UnverifiedReceipt::parse(&bytes).unwrap();
        assert_eq!(found.payload_bytes, payload);
    }
}
