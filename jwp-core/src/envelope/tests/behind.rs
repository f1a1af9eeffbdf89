//! What was read before changes no receipt: what it has in common with one in front is taken from there.

use alloc::{format, vec::Vec};

use super::{payloads, vectors, with_all_members};
use crate::{
    Decimal,
    cbor::{self, Straight, Value},
    envelope::UnverifiedReceipt,
    payload::Payload,
};

/// Reads the envelope behind another receipt, and on its own.
#[track_caller]
fn is_read_the_same_behind(before: &UnverifiedReceipt<'_>, bytes: &[u8]) -> bool {
    let read = |before: Option<&UnverifiedReceipt<'_>>| {
        let mut s = Straight::new(bytes);
        let receipt = UnverifiedReceipt::read_straight(&mut s, 0, before)?;
        Some(format!("{receipt:?} {:?}", s.rest()))
    };
    let (alone, behind) = (read(None), read(Some(before)));
    assert_eq!(behind, alone, "behind {before:?}");
    alone.is_some()
}

/// What was read before changes nothing: not the receipt in front, not the receipt itself, and not what became another
/// by one bit, or by one byte that is missing.
#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn receipts_are_read_the_same_behind_any_other() {
    let files = vectors();
    let mut all: Vec<UnverifiedReceipt<'_>> = Vec::new();
    for file in &files {
        let mut rest = &**file;
        while let Ok((receipt, behind)) = UnverifiedReceipt::parse_first(rest) {
            let same_header = all
                .last()
                .and_then(|last| last.header_of(receipt.protected));
            if let Some(header) = same_header {
                assert_eq!(format!("{header:?}"), format!("{:?}", receipt.header));
            }
            for before in all.iter().rev().take(3) {
                is_read_the_same_behind(before, receipt.bytes);
            }
            all.push(receipt);
            rest = behind;
        }
    }
    let (mut accepted, mut refused) = (0, 0);
    for receipt in all.iter().step_by(300) {
        assert!(receipt.header_of(receipt.protected).is_some());
        for at in 0..receipt.bytes.len() {
            let mut changed = receipt.bytes.to_vec();
            for bit in 0..8 {
                changed[at] = receipt.bytes[at] ^ 1 << bit;
                let is_read = is_read_the_same_behind(receipt, &changed);
                accepted += u32::from(is_read);
                refused += u32::from(!is_read);
            }
            changed.remove(at);
            is_read_the_same_behind(receipt, &changed);
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted}, {refused}");
}

/// Whether citations, and what stands behind claim and energy, are taken from the receipt before.
fn taken<'a>(bytes: &'a [u8], before: &Payload<'a>) -> [bool; 2] {
    let places = |payload: &Payload<'a>| {
        let role = payload.evidence().first().unwrap().role;
        [payload.cite().first().unwrap(), role].map(str::as_ptr)
    };
    let read = |before| Payload::read_straight(&mut Straight::new(bytes), 0, before).unwrap();
    let (alone, behind) = (places(&read(None)), places(&read(Some(before))));
    let here = bytes.as_ptr_range();
    assert!(alone.iter().all(|place| here.contains(place)));
    behind.map(|place| !here.contains(&place))
}

/// What comes again in the next receipt is taken from the one before, or reading would be slow and nobody would know.
/// One bit in it that is another, and it is read.
#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn what_comes_again_is_not_read_again() {
    let mut all = 0;
    for bytes in payloads() {
        let Ok(first) = Payload::parse(&bytes) else {
            continue;
        };
        let (Some(cite), Some(evidence)) = (first.cite().first(), first.evidence().first()) else {
            continue;
        };
        let changed = |text: &str| {
            let mut other = bytes.clone();
            let is_text = |window: &[u8]| window == text.as_bytes();
            let at = bytes.windows(text.len()).rposition(is_text).unwrap();
            other[at + text.len() - 1] ^= 1;
            other
        };
        assert_eq!(taken(&bytes.clone(), &first), [true, true]);
        assert_eq!(taken(&changed(cite), &first), [false, true]);
        assert_eq!(taken(&changed(evidence.role), &first), [true, false]);
        all += 1;
    }
    assert!(all > 10, "{all}");
}

/// The rules of a meter that was read before are asked of the joules of each receipt.
#[test]
fn joules_are_held_to_a_meter_that_comes_again() {
    let number = |mantissa, exponent| Value::Number(Decimal::new(mantissa, exponent).unwrap());
    let with = |source: &str, bounds: bool, joules| {
        let [_, Value::Map(mut members)] = with_all_members() else {
            panic!("a payload is a map");
        };
        let Some(Value::Map(meter)) = members.get_mut("meter") else {
            panic!("a meter is a map");
        };
        meter.insert("source".into(), Value::Text(source.into()));
        if !bounds {
            meter.remove("lo");
            meter.remove("hi");
        }
        members.insert("joules".into(), joules);
        cbor::to_vec(&Value::Map(members)).unwrap()
    };
    let all = [
        number(0, 0),
        number(5, -1),
        number(1, 0),
        number(15, -1),
        number(25, -1),
    ];
    for (source, bounds, admitted) in [
        ("measured", true, [false, false, true, true, false]),
        ("modelled", true, [false, false, true, true, false]),
        ("measured", false, [false, true, true, true, true]),
        ("modelled", false, [true; 5]),
    ] {
        let first = with(source, bounds, number(15, -1));
        let first = Payload::parse(&first).unwrap();
        let found = all.clone().map(|joules| {
            let bytes = with(source, bounds, joules);
            let mut s = Straight::new(&bytes);
            let behind = Payload::read_straight(&mut s, 0, Some(&first)).is_some();
            assert_eq!(behind, Payload::parse(&bytes).is_ok());
            behind
        });
        assert_eq!(found, admitted, "{source}, {bounds}");
    }
}
