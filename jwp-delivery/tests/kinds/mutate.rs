//! Claims that no issuer of ours would write: every field missing, unknown or of another type, and
//! any number of changes at once.

use std::collections::BTreeSet;

use jwp_core::{Decimal, cbor::Value};
use jwp_delivery::DeliveryKind;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{sample, spec, wire};

/// Fields of inner maps that may be absent, with the place of the map and without positions.
const OPTIONAL_INSIDE: [&str; 14] = [
    "/burn/bad",
    "/burn/total",
    "/flag_off/flag_set",
    "/gates/db_age_s",
    "/gates/exit_code",
    "/gates/version",
    "/histogram/le",
    "/histogram/lo",
    "/joules/declared",
    "/joules/measured",
    "/joules/modelled",
    "/steps/error_rate",
    "/steps/p99_ms",
    "/waivers/-",
];

/// Every place in a value, the whole first, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
        match value {
            Value::Map(map) => map
                .iter()
                .for_each(|(key, inner)| walk(inner, &format!("{at}/{key}"), out)),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(i, inner)| walk(inner, &format!("{at}/{i}"), out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(value, "", &mut out);
    out
}

/// A place that an earlier change has removed is not there.
fn at<'v>(value: &'v mut Value, place: &str) -> Option<&'v mut Value> {
    let mut steps = place.split('/').skip(1);
    steps.try_fold(value, |value, step| match value {
        Value::Map(map) => map.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The place without positions in arrays.
fn field(place: &str) -> String {
    let steps = place
        .split('/')
        .filter(|step| step.parse::<usize>().is_err());
    steps.collect::<Vec<_>>().join("/")
}

fn remove(value: &mut Value, place: &str) -> Option<Value> {
    let (parent, step) = place.rsplit_once('/')?;
    match at(value, parent)? {
        Value::Map(map) => map.remove(step),
        Value::Array(items) => {
            let index = step.parse::<usize>().ok()?;
            (index < items.len()).then(|| items.remove(index))
        }
        _ => None,
    }
}

fn whole(kind: DeliveryKind) -> Value {
    wire::value_of(kind, sample(kind))
}

/// The map of counts by kind takes any kind as its key; all other maps are structs.
fn is_struct(place: &str, value: &Value) -> bool {
    matches!(value, Value::Map(_)) && place != "/kinds"
}

/// What the reader says of a changed claim.
fn refusal(kind: DeliveryKind, claim: Value) -> Option<(&'static str, String)> {
    let receipt = wire::receipt_around(kind, claim).unwrap();
    let error = wire::read(kind, &receipt).0.err()?;
    Some((error.code(), error.to_string()))
}

/// Fields of the claim that `jwp.cddl` marks as optional.
fn optional(kind: DeliveryKind) -> BTreeSet<String> {
    let cddl = std::fs::read_to_string(spec("jwp.cddl")).unwrap();
    let entry = format!("[ \"{}\", ", kind.name());
    let rule = cddl.split_once(&entry).expect("a kind of jwp.cddl").1;
    let rule = rule.split_once(" ]").unwrap().0;
    let head = format!("\n{rule} = {{");
    let body = cddl.split_once(&head).expect("its rule").1;
    let line = body.split('\n').next().unwrap();
    // A rule of one line closes in it.
    let body = if line.contains('}') {
        line
    } else {
        body.split_once("\n}").unwrap().0
    };
    let marked = body
        .lines()
        .filter_map(|line| line.trim().strip_prefix("? \""));
    marked
        .map(|rest| format!("/{}", rest.split('"').next().unwrap()))
        .collect()
}

#[test]
fn an_unknown_field_is_refused_in_every_map() {
    for kind in DeliveryKind::ALL {
        let claim = whole(*kind);
        for place in places(&claim) {
            let mut claim = claim.clone();
            let inner = at(&mut claim, &place).unwrap();
            if !is_struct(&place, inner) {
                continue;
            }
            let Value::Map(map) = inner else {
                unreachable!()
            };
            map.insert("not_a_field".to_owned(), Value::Bool(true));
            let (code, text) = refusal(*kind, claim).expect("a refusal");
            assert_eq!(code, "Codec.Schema", "{} {place}: {text}", kind.name());
            let named = text.contains("got a key that this claim does not take");
            assert!(named, "{} {place}: {text}", kind.name());
        }
    }
}

#[test]
fn every_field_is_required_unless_the_cddl_says_otherwise() {
    let mut removed = 0;
    for kind in DeliveryKind::ALL {
        let optional = optional(*kind);
        let claim = whole(*kind);
        for place in places(&claim) {
            let Some((parent, name)) = place.rsplit_once('/') else {
                continue;
            };
            let mut claim = claim.clone();
            if !is_struct(parent, at(&mut claim, parent).unwrap()) {
                continue;
            }
            remove(&mut claim, &place).unwrap();
            let refused = refusal(*kind, claim);
            let missing = format!("got no key {name}, which is required");
            let missing = refused
                .as_ref()
                .is_some_and(|(code, text)| *code == "Codec.Schema" && text.contains(&missing));
            let field = field(&place);
            let may = optional.contains(&field) || OPTIONAL_INSIDE.contains(&&*field);
            assert_eq!(missing, !may, "{} {place}: {refused:?}", kind.name());
            removed += 1;
        }
    }
    assert!(removed > 500, "{removed} fields");
}

#[test]
fn another_type_is_refused_at_every_place() {
    let others = [
        Value::Bool(true),
        Value::Bytes(vec![0; 32].into()),
        Value::Text("0".to_owned()),
        Value::Number(Decimal::from(1u64)),
        Value::Array(vec![Value::Array(Vec::new())]),
        Value::Array(Vec::new()),
        Value::Map([("a".to_owned(), Value::Bool(true))].into()),
        Value::Map([].into()),
    ];
    for kind in DeliveryKind::ALL {
        let claim = whole(*kind);
        for place in places(&claim).into_iter().skip(1) {
            for other in &others {
                let mut claim = claim.clone();
                let inner = at(&mut claim, &place).unwrap();
                if core::mem::discriminant(inner) == core::mem::discriminant(other) {
                    continue;
                }
                *inner = other.clone();
                let refused = refusal(*kind, claim);
                let code = refused.as_ref().map(|(code, _)| *code);
                let name = kind.name();
                assert_eq!(
                    code,
                    Some("Codec.Schema"),
                    "{name} {place} {other:?}: {refused:?}"
                );
            }
        }
    }
}

/// Serde reads a struct from an array of its fields too, if it is let.
#[test]
fn a_map_is_not_an_array_of_its_values() {
    for kind in DeliveryKind::ALL {
        let claim = whole(*kind);
        for place in places(&claim).into_iter().skip(1) {
            let mut claim = claim.clone();
            let inner = at(&mut claim, &place).unwrap();
            let Value::Map(map) = inner else { continue };
            // Declared order of two fields is not known here: both orders are tried.
            let mut values: Vec<Value> = map.values().cloned().collect();
            for _ in 0..2 {
                values.reverse();
                *at(&mut claim, &place).unwrap() = Value::Array(values.clone());
                let (code, text) = refusal(*kind, claim.clone()).expect("a refusal");
                assert_eq!(code, "Codec.Schema", "{} {place}: {text}", kind.name());
                assert!(
                    text.contains("expected map"),
                    "{} {place}: {text}",
                    kind.name()
                );
            }
        }
    }
}

#[test]
fn an_empty_list_that_may_be_absent_is_absent() {
    let mut claim = whole(DeliveryKind::GatesPassed);
    let Value::Map(map) = &mut claim else {
        panic!("{claim:?}")
    };
    map.insert("waivers".to_owned(), Value::Array(Vec::new()));
    let (code, text) = refusal(DeliveryKind::GatesPassed, claim).expect("a second form");
    assert_eq!(code, "Codec.Schema", "{text}");
}

fn any_number() -> impl Strategy<Value = Value> {
    let edge = prop_oneof![
        Just(0),
        Just(1),
        Just(-1),
        Just(i128::from(i64::MAX)),
        Just(i128::from(i64::MIN)),
        Just(i128::from(u64::MAX)),
        (-1000i128..1000),
        any::<i64>().prop_map(i128::from),
    ];
    (edge, prop_oneof![3 => Just(0), 1 => -64..=0i32])
        .prop_filter_map("a decimal", |(m, e)| Decimal::new(m, e).map(Value::Number))
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => any_number(),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => "[a-z0-9:./ -]{0,70}".prop_map(Value::Text),
        1 => vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::btree_map("[a-z_]{1,8}", inner, 0..3).prop_map(Value::Map),
        ]
    })
}

#[derive(Debug, Clone)]
enum Change {
    Put(Index, Value),
    Remove(Index),
    /// Puts what stands at the second place to the first.
    Copy(Index, Index),
    Repeat(Index),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => (any::<Index>(), any_number()).prop_map(|(i, n)| Change::Put(i, n)),
        1 => (any::<Index>(), any_value()).prop_map(|(i, v)| Change::Put(i, v)),
        1 => any::<Index>().prop_map(Change::Remove),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Copy(a, b)),
        1 => any::<Index>().prop_map(Change::Repeat),
    ]
}

fn apply(claim: &mut Value, change: Change) {
    let places = places(claim);
    let place = |index: Index| index.get(&places).as_str();
    match change {
        Change::Put(index, value) => {
            if let Some(inner) = at(claim, place(index)) {
                *inner = value;
            }
        }
        Change::Remove(index) => drop(remove(claim, place(index))),
        Change::Copy(to, from) => {
            let value = at(claim, place(from)).cloned();
            if let (Some(inner), Some(value)) = (at(claim, place(to)), value) {
                *inner = value;
            }
        }
        Change::Repeat(index) => {
            if let Some(Value::Array(items)) = at(claim, place(index))
                && let Some(last) = items.last().cloned()
            {
                items.push(last);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Whatever is read back is in its only form; nothing panics.
    #[test]
    fn a_changed_claim_is_refused_or_has_one_form(
        kind in any::<Index>(),
        changes in vec(any_change(), 1..4),
    ) {
        let kind = *kind.get(DeliveryKind::ALL);
        let mut claim = whole(kind);
        changes.into_iter().for_each(|change| apply(&mut claim, change));
        // A claim that is no map any more cannot be signed.
        if let Ok(receipt) = wire::receipt_around(kind, claim) {
            let (verdict, bytes) = wire::read(kind, &receipt);
            if let Ok(claim) = verdict {
                prop_assert_eq!(claim.kind(), kind);
                prop_assert!(!claim.headline().is_empty());
                prop_assert_eq!(wire::written(&claim), bytes);
            }
        }
    }
}
