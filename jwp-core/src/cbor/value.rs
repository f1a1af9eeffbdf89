//! The generic view of a claim.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Bytes;
use crate::{
    decimal::{DECIMAL_TOKEN, Decimal},
    joules::Joules,
};

/// The newtype name by which a value asks the codec for whatever comes.
pub(super) const VALUE_TOKEN: &str = "$jwp::value";

/// Any value that a claim may hold.
///
/// ```cddl
/// value = int / tstr / bstr / bool / decimal / [* value] / { * tstr => value }
/// ```
///
/// A tag 4 that is neither a [`Decimal`] nor [`Joules`], with a mantissa above 2^63−1 and beyond what joules hold, is
/// `Codec.OutOfRange` here, as in every typed field, though the walk over a claim lets it pass.
///
/// JSON shows it and cannot give it back: there a byte string is hex and a decimal is text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// An integer or an exact decimal number.
    Number(Decimal),
    /// Joules that are no [`Decimal`], because their mantissa is above 2^63−1: what is read as a value gives these alone,
    /// and all others as numbers.
    Joules(Joules),
    /// A text string.
    Text(String),
    /// A byte string.
    Bytes(Bytes),
    /// A truth value.
    Bool(bool),
    /// An array.
    Array(Vec<Self>),
    /// A map; the codec writes it in the order of the wire.
    Map(BTreeMap<String, Self>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Integers stay integers in JSON; only true decimals become text there.
            Self::Number(n) => match (n.to_u64(), i64::try_from(n.mantissa())) {
                (Some(n), _) => serializer.serialize_u64(n),
                (None, Ok(i)) if n.exponent() == 0 => serializer.serialize_i64(i),
                _ => n.serialize(serializer),
            },
            Self::Joules(joules) => joules.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_map(entries),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let reason =
                "a value is read from CBOR: JSON does not tell text, bytes and decimals apart";
            return Err(de::Error::custom(reason));
        }
        deserializer.deserialize_newtype_struct(VALUE_TOKEN, ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> de::Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.into()))
    }

    /// The codec gives tag 4 this way.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value, D::Error> {
        deserializer.deserialize_newtype_struct(DECIMAL_TOKEN, TagVisitor)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        // Grown as elements come: an element of one byte becomes a Value of many, so the size hint
        // is not trusted with memory.
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            entries.insert(key, value);
        }
        Ok(Value::Map(entries))
    }
}

/// Exponent and mantissa of a tag 4, as the codec gives them.
struct TagVisitor;

impl<'de> de::Visitor<'de> for TagVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal or joules")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let missing = |at| de::Error::invalid_length(at, &self);
        let exponent: i8 = seq.next_element()?.ok_or_else(|| missing(0))?;
        let Mantissa(mantissa) = seq.next_element()?.ok_or_else(|| missing(1))?;
        if let Some(decimal) = Decimal::new(mantissa, exponent.into()) {
            return Ok(Value::Number(decimal));
        }
        // Whatever is below zero is a decimal.
        let whole = u64::try_from(mantissa).unwrap_or_default();
        match Joules::from_parts(whole, exponent) {
            Some(joules) if whole > 0 => Ok(Value::Joules(joules)),
            _ => Err(de::Error::invalid_value(
                de::Unexpected::Unsigned(whole),
                &"a mantissa in 64 bits",
            )),
        }
    }
}

/// An integer of the wire.
struct Mantissa(i128);

impl<'de> Deserialize<'de> for Mantissa {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i128(MantissaVisitor)
    }
}

struct MantissaVisitor;

impl de::Visitor<'_> for MantissaVisitor {
    type Value = Mantissa;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Mantissa, E> {
        Ok(Mantissa(n.into()))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Mantissa, E> {
        Ok(Mantissa(n.into()))
    }
}
