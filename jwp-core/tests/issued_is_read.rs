//! What is signed can be read: whatever a claim or a position holds, the writers give an error, and each the
//! same, or a receipt that our own reader takes.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/key.rs"]
mod key;
#[path = "support/lax.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod lax;

use core::num::NonZero;
use std::collections::BTreeMap;

use jwp_core::{
    ChainWriter, Citation, Claim, Decimal, Digest, Error, ErrorKind, Evidence, Link, Meter,
    ReceiptPayload, RunId, Signer as _, Timestamp, UnverifiedReceipt,
    cbor::Value,
    envelope::{self, Algorithm, Statement},
    payload::{Position, Ref, Rel},
};
use key::key;
use lax::Parts;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// Any claim, with any citations.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Anything {
    value: Value,
    #[serde(skip)]
    cite: Vec<String>,
}

impl Claim for Anything {
    const KIND: &'static str = "example.anything";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        self.cite.clone()
    }
}

fn claim(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Anything {
    let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
    Anything {
        value: Value::Map(entries.collect()),
        cite: vec!["a test".into()],
    }
}

fn statement() -> Statement {
    let id = |text: &str| text.parse().unwrap();
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    Statement::new(id("baker"), id("bakery@v1"), id("prod"), iat)
}

fn signed(payload: &ReceiptPayload<Anything>, position: &Position) -> Result<Vec<u8>, Error> {
    let signed = envelope::sign(payload, position, &statement(), Algorithm::EdDsa, &key())?;
    let receipt = UnverifiedReceipt::parse(signed.as_bytes()).expect("what was signed can be read");
    assert_eq!(receipt.link(), signed.link());
    assert_eq!(receipt.unverified_payload().position(), position);
    let receipt = receipt.verify(key().verifying_key()).unwrap();
    let claim: Anything = receipt.claim().unwrap();
    assert_eq!(claim.value, payload.claim().value);
    Ok(signed.into_bytes())
}

/// The verdict of every writer on a chain's first receipt.
fn issued(payload: &ReceiptPayload<Anything>, after: Option<Link>) -> Result<Vec<u8>, Error> {
    let run = RunId::from_bytes([9; 16]);
    let verdict = signed(payload, &Position::First { run, after });
    let Statement {
        iss, sub, aud, iat, ..
    } = statement();
    let mut writer = match after {
        Some(after) => ChainWriter::begin_after(sub, aud, run, after),
        None => ChainWriter::begin(sub, aud, run),
    };
    let mut all = writer.clone();
    assert_eq!(writer.append(payload, &iss, iat, &key()), verdict);
    let mut bytes = Vec::new();
    let result = all.append_all(
        [payload],
        &iss,
        iat,
        &key(),
        NonZero::<usize>::MIN,
        &mut bytes,
    );
    assert_eq!(result.map(|()| bytes), verdict);
    assert_eq!(all.head(), writer.head());
    verdict
}

fn array(items: usize) -> Value {
    Value::Array(vec![Value::Bool(true); items])
}

#[test]
fn a_claim_goes_as_deep_as_a_reader_goes() {
    let nested = |levels: u32| (0..levels).fold(Value::Bool(true), |v, _| Value::Array(vec![v]));
    let verdict = |value| issued(&ReceiptPayload::new(claim([("a", value)])), None);
    // Inside the payload and the claim.
    verdict(nested(14)).unwrap();
    let limit = 16;
    let error = verdict(nested(15)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooDeep { limit });
    let tenth = || Value::Number(Decimal::new(1, -1).unwrap());
    let around = |levels: u32| (0..levels).fold(tenth(), |v, _| Value::Array(vec![v]));
    verdict(around(12)).unwrap();
    let error = verdict(around(13)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooDeep { limit });
}

/// The last item that is written is the last that is read, whatever else the receipt holds.
#[test]
fn a_receipt_has_as_many_items_as_a_reader_takes() {
    type Payload = ReceiptPayload<Anything>;
    let digest = Digest::blake3(b"");
    let evidence = Evidence::new("report", digest, 9).with_exit_code(0);
    let (link, run) = (Link::from_bytes([5; 32]), RunId::from_bytes([9; 16]));
    let declared = || Meter::declared("by hand");
    let mut modelled = Meter::declared("a model");
    modelled.max_w = Decimal::new(15, -1);
    modelled.domains = vec!["dram".into(), "package-0".into()];
    let first = Position::First { run, after: None };
    let after = Some(link);
    let after = Position::First { run, after };
    let next = Position::Next {
        seq: 1000,
        prev: link,
    };
    let rel = |rel| Ref::new(rel, link);
    let cases: [(&dyn Fn(Payload) -> Payload, Position); 11] = [
        (&|plain| plain, first),
        (&|plain| plain, after),
        (&|plain| plain, next),
        (
            &|plain| plain.with_joules("3".parse().unwrap(), declared()),
            first,
        ),
        (
            &|plain| plain.with_joules("0.3".parse().unwrap(), modelled.clone()),
            next,
        ),
        (&|plain| plain.with_subject([digest]), first),
        (&|plain| plain.with_subject([digest; 3]), next),
        (&|plain| plain.with_evidence([evidence.clone()]), first),
        (
            &|plain| plain.with_evidence([evidence.clone(), evidence.clone()]),
            next,
        ),
        (&|plain| plain.with_ref(rel(Rel::Part)), first),
        (
            &|plain| plain.with_ref(rel(Rel::Part)).with_ref(rel(Rel::Reissue)),
            after,
        ),
    ];
    for (n, (with, position)) in cases.into_iter().enumerate() {
        let of = |items| {
            let mut claim = claim([("a", array(items))]);
            claim.cite = vec!["a".into(); n.saturating_mul(3)];
            signed(&with(ReceiptPayload::new(claim)), &position)
        };
        let (mut written, mut refused) = (60_000_usize, 65_536);
        while written.abs_diff(refused) > 1 {
            let middle = written.midpoint(refused);
            *(if of(middle).is_ok() {
                &mut written
            } else {
                &mut refused
            }) = middle;
        }
        let limit = 65_536;
        let error = of(refused).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::TooManyItems { limit });

        // The same receipt with one item more, from someone whose writer does not count.
        let largest = of(written).unwrap();
        let receipt = UnverifiedReceipt::parse(&largest).unwrap();
        let payload = receipt.payload_bytes();
        let head = |items: usize| {
            let [high, low] = u16::try_from(items).unwrap().to_be_bytes();
            [0x99, high, low]
        };
        let at = payload.windows(3).position(|w| w == head(written)).unwrap();
        let (before, behind) = payload.split_at(at);
        let more = [before, &head(refused), &[0xf5], &behind[3..]].concat();
        let more = Parts::new(receipt.protected_bytes().to_vec(), more).build(&key());
        let error = UnverifiedReceipt::parse(&more).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::TooManyItems { limit });
    }
}

#[test]
fn so_many_references_or_digests_that_no_reader_takes_them_are_not_signed() {
    let plain = || ReceiptPayload::new(claim([]));
    let reference = Ref::new(Rel::Part, Link::from_bytes([5; 32]));
    let many = (0..14_000).fold(plain(), |payload, _| payload.with_ref(reference));
    assert_eq!(
        issued(&many, None).unwrap_err().code(),
        "Codec.TooManyItems"
    );
    let many = plain().with_subject(vec![Digest::blake3(b""); 65_536]);
    assert_eq!(
        issued(&many, None).unwrap_err().code(),
        "Codec.TooManyItems"
    );
}

#[test]
fn a_window_begins_in_the_years_that_a_reader_takes() {
    let from = |ms| {
        let mut meter = Meter::declared("by hand");
        meter.start_ms = Some(ms);
        let payload = ReceiptPayload::new(claim([]));
        issued(&payload.with_joules("1".parse().unwrap(), meter), None)
    };
    from(253_402_300_799_999).unwrap();
    let expected = "milliseconds up to the year 9999";
    for ms in [253_402_300_800_000, u64::MAX] {
        assert_eq!(
            *from(ms).unwrap_err().kind(),
            ErrorKind::OutOfRange {
                field: Some("start_ms"),
                expected
            }
        );
    }
}

#[test]
fn a_later_receipt_has_a_seq_that_a_reader_takes() {
    let prev = Link::from_bytes([5; 32]);
    let payload = ReceiptPayload::new(claim([]));
    let at = |seq| signed(&payload, &Position::Next { seq, prev });
    at(1).unwrap();
    at((1 << 53) - 1).unwrap();
    let found = "seq 0 with a prev";
    assert_eq!(*at(0).unwrap_err().kind(), ErrorKind::Genesis { found });
    let expected = "a seq below 2^53";
    for seq in [1 << 53, u64::MAX] {
        assert_eq!(
            *at(seq).unwrap_err().kind(),
            ErrorKind::OutOfRange {
                field: None,
                expected
            }
        );
    }
}

fn value() -> impl Strategy<Value = Value> {
    let text = "[ -~ä€]{0,8}";
    let number = (any::<i64>(), -64i32..=0).prop_filter_map("a decimal", |(mantissa, exponent)| {
        Decimal::new(mantissa.into(), exponent)
    });
    let leaf = prop_oneof![
        number.prop_map(Value::Number),
        any::<bool>().prop_map(Value::Bool),
        text.prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(17, 64, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(text, inner, 0..4).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_issued_is_read(
        entries in prop::collection::btree_map("[ -~ä€]{0,8}", value(), 0..6),
        other in prop::option::weighted(0.1, value()),
        cite in prop::collection::vec("[ -~ä]{0,30}", 0..34),
        after in prop::option::of(any::<[u8; 32]>()),
        subjects in 0..4_usize,
        evidence in prop::collection::vec(("[ -~]{0,9}", any::<u64>(), any::<i64>()), 0..4),
        refs in 0..4_usize,
        energy in prop::option::of((0..=u64::MAX, prop::option::of(0..300_000_000_000_000_u64), "[ -~]{0,30}")),
    ) {
        let entries: BTreeMap<String, Value> = entries;
        let value = other.unwrap_or(Value::Map(entries));
        let mut payload = ReceiptPayload::new(Anything { value, cite })
            .with_subject(vec![Digest::blake3(b""); subjects])
            .with_evidence(evidence.into_iter().map(|(role, size, code)| {
                Evidence::new(role, Digest::blake3(b""), size).with_exit_code(code)
            }));
        for _ in 0..refs {
            payload = payload.with_ref(Ref::new(Rel::Part, Link::from_bytes([5; 32])));
        }
        if let Some((microjoules, start_ms, method)) = energy {
            let mut meter = Meter::declared(method);
            meter.start_ms = start_ms;
            let joules = jwp_core::Joules::from_microjoules(microjoules);
            payload = payload.with_joules(joules, meter);
        }
        // Whatever comes of it: the writers agree, and what they give is read.
        let _ = issued(&payload, after.map(Link::from_bytes));
    }
}
