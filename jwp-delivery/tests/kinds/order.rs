//! No claim has to be sorted when it is written: structs declare their fields in the order of the wire.

use core::fmt;

use jwp_core::Claim;
use jwp_delivery::DeliveryKind;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::json;

use super::{of_kind, sample};

/// A JSON text whose maps, at any depth, have their keys in the order of the wire: shorter ones first (RFC 8949 §4.2.1).
struct Ordered;

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
        let mut last = String::new();
        while let Some((key, Ordered)) = map.next_entry::<String, Ordered>()? {
            assert!(
                (last.len(), &last) < (key.len(), &key),
                "{key} stands behind {last}"
            );
            last = key;
        }
        Ok(Ordered)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ordered, A::Error> {
        while seq.next_element::<Ordered>()?.is_some() {}
        Ok(Ordered)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Ordered, E> {
        Ok(Ordered)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Ordered, E> {
        Ok(Ordered)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Ordered, E> {
        Ok(Ordered)
    }

    fn visit_str<E>(self, _: &str) -> Result<Ordered, E> {
        Ok(Ordered)
    }
}

fn in_order<C: Claim>(kind: DeliveryKind) {
    let mut sample = sample(kind);
    if kind == DeliveryKind::ReleaseSealed {
        // The names of kinds are no fields: there may be any, and they are sorted.
        sample["kinds"] = json!({});
    }
    let claim: C = serde_json::from_value(sample).unwrap();
    let text = serde_json::to_string(&claim).unwrap();
    if let Err(error) = serde_json::from_str::<Ordered>(&text) {
        panic!("{}: {error}", kind.name());
    }
}

/// Sorting four fields takes a fifth of the time of a payload, or more (`benches/README.md`).
#[test]
fn fields_stand_in_the_order_of_the_wire() {
    for kind in DeliveryKind::ALL {
        of_kind!(*kind, in_order(*kind));
    }
}

#[test]
#[should_panic(expected = "a stands behind bb")]
fn another_order_is_seen() {
    drop(serde_json::from_str::<Ordered>(
        "[{\"c\":{\"bb\":1,\"a\":2}}]",
    ));
}
