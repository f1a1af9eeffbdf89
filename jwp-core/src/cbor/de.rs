//! The serde deserializer over [`Reader`]: it accepts nothing but the only form.

use alloc::string::ToString;
use core::fmt::Display;

use serde::{Deserialize, de, de::value::BorrowedStrDeserializer, forward_to_deserialize_any};

use super::{
    MAX_DEPTH,
    head::{Head, Major},
    pair::PAIR_ITEMS,
    reader::{MapReader, Reader, mismatch, tag_not_allowed},
    value::VALUE_TOKEN,
};
use crate::{
    decimal::DECIMAL_TOKEN,
    error::{Error, ErrorKind, Result, SchemaProblem},
    joules::JOULES_TOKEN,
};

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string().into_boxed_str();
        ErrorKind::Schema(SchemaProblem::Claim { message }).into()
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        let found = match unexpected {
            de::Unexpected::Bool(_) => "bool",
            de::Unexpected::Unsigned(_) => "uint",
            de::Unexpected::Signed(_) => "nint",
            de::Unexpected::Str(_) => "tstr",
            de::Unexpected::Bytes(_) => "bstr",
            de::Unexpected::Seq => "array",
            de::Unexpected::Map => "map",
            _ => "an item of another type",
        };
        ErrorKind::wrong_type(found, "the type of this field").into()
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        match unexpected {
            // An integer that the field's type cannot hold is a range error of the wire.
            de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) => {
                ErrorKind::range("an integer of this field's type").into()
            }
            _ => Self::custom(format_args!("got {unexpected}, expected {expected}")),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        ErrorKind::missing(field).into()
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        ErrorKind::Schema(SchemaProblem::UnknownKey { map: "this claim" }).into()
    }
}

impl<'a> Reader<'a> {
    /// Reads one value through its serde implementation.
    ///
    /// # Errors
    /// What the codec or the type refuses.
    pub fn deserialize<T: Deserialize<'a>>(&mut self) -> Result<T> {
        let start = self.offset();
        let value = T::deserialize(Deserializer::new(self)).map_err(|error| error.or_at(start))?;
        pass(self, start)?;
        Ok(value)
    }
}

/// Reads a whole item; after an error the reader stands in front of it, with as much open as before.
#[inline]
fn whole<'de, T>(
    reader: &mut Reader<'de>,
    read: impl FnOnce(&mut Reader<'de>) -> Result<T>,
) -> Result<T> {
    let before = reader.mark();
    let value = read(reader);
    if value.is_err() {
        reader.back_to(before);
    }
    value
}

/// Reads over the item at `start` where its type has not read it: it swallowed what was wrong, or never asked.
#[inline]
fn pass(reader: &mut Reader<'_>, start: usize) -> Result<()> {
    if reader.offset() == start {
        reader.skip()?;
    }
    Ok(())
}

/// The same of a value of which a visitor may swallow the error and go on.
#[inline]
fn passed<T>(reader: &mut Reader<'_>, start: usize, value: Result<T>) -> Result<T> {
    match value {
        Ok(value) => pass(reader, start).map(|()| value),
        Err(error) => Err(swallowed(reader, start, error)),
    }
}

#[cold]
fn swallowed(reader: &mut Reader<'_>, start: usize, error: Error) -> Error {
    // What cannot be read over is refused by whatever is read next.
    let _ = pass(reader, start);
    error.or_at(start)
}

/// Reads one item.
struct Deserializer<'r, 'de> {
    reader: &'r mut Reader<'de>,
}

impl<'r, 'de> Deserializer<'r, 'de> {
    const fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader }
    }

    /// An item of one major type. Serde's own visitors take more than they ask for (text from a byte
    /// string, a struct from an array), and each would be a second form of one value.
    fn only<V: de::Visitor<'de>>(self, major: Major, visitor: V) -> Result<V::Value> {
        let head = self.reader.peek()?;
        // What a tag may not stand for is said of the tag itself.
        if head.major != major && head.major != Major::Tag {
            return Err(mismatch(head.major, major.name(), self.reader.offset()));
        }
        self.item(head, visitor)
    }

    /// Whatever comes next, which has this head.
    fn item<V: de::Visitor<'de>>(self, head: Head, visitor: V) -> Result<V::Value> {
        let start = self.reader.offset();
        match head.major {
            Major::Uint | Major::Nint => self.integer(visitor),
            Major::Bool => visitor.visit_bool(self.reader.bool()?),
            Major::Bstr => visitor.visit_borrowed_bytes(whole(self.reader, Reader::bytes)?),
            Major::Tstr => visitor.visit_borrowed_str(text(self.reader)?),
            Major::Array => whole(self.reader, |reader| {
                let remaining = reader.array()?;
                let mut elements = Elements { reader, remaining };
                let value = visitor.visit_seq(&mut elements)?;
                elements.finish(start)?;
                Ok(value)
            }),
            Major::Map => whole(self.reader, |reader| {
                let map = reader.map()?;
                let mut entries = Entries { reader, map };
                let value = visitor.visit_map(&mut entries)?;
                entries.finish()?;
                Ok(value)
            }),
            Major::Tag => Err(tag_not_allowed(head.argument, start)),
        }
        .map_err(|error: Error| error.or_at(start))
    }

    /// An integer, in the visitor's terms.
    fn integer<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Some(n) = self.reader.straight(|s, _| Some((s.uint()?, 1))) {
            return visitor.visit_u64(n);
        }
        let n = whole(self.reader, Reader::int)?;
        match (u64::try_from(n), i64::try_from(n)) {
            (Ok(n), _) => visitor.visit_u64(n),
            (_, Ok(n)) => visitor.visit_i64(n),
            _ => Err(ErrorKind::range("an integer").into()),
        }
    }
}

impl<'de> de::Deserializer<'de> for Deserializer<'_, 'de> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let head = self.reader.peek()?;
        // Who asks for anything asks on behalf of serde's buffer, in which bytes may become text that nobody checked.
        if head.major == Major::Bstr {
            let expected = "the type of this field, which is no bstr";
            return Err(mismatch(head.major, expected, self.reader.offset()));
        }
        self.item(head, visitor)
    }

    /// The name of a field or of a variant: text, and no number of either.
    fn deserialize_identifier<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.only(Major::Tstr, visitor)
    }

    fn deserialize_f32<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    /// Integers do not go through floats, which do not hold all of them.
    fn deserialize_f64<V: de::Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(Error::at(ErrorKind::FloatNotAllowed, self.reader.offset()))
    }

    fn deserialize_option<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        // Nothing on the wire stands for None; an absent field is None before it gets here.
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: de::Visitor<'de>>(self, _: V) -> Result<V::Value> {
        let head = self.reader.peek()?;
        Err(mismatch(head.major, "nothing", self.reader.offset()))
    }

    fn deserialize_unit_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: de::Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        let start = self.reader.offset();
        let tagged = matches!(self.reader.peek()?.major, Major::Tag);
        match name {
            DECIMAL_TOKEN => decimal_parts(self.reader, visitor).map_err(|e| e.or_at(start)),
            JOULES_TOKEN => decimal_parts(self.reader, visitor).map_err(|e| {
                // Below zero, or beyond microjoules in exponent or sum, said by the type.
                let by_type = matches!(
                    e.kind(),
                    ErrorKind::Schema(SchemaProblem::Claim { .. }) | ErrorKind::OutOfRange { .. }
                );
                if by_type && e.offset().is_none() {
                    return Error::at(ErrorKind::range("joules"), start);
                }
                e.or_at(start)
            }),
            VALUE_TOKEN if tagged => visitor.visit_newtype_struct(self),
            VALUE_TOKEN => {
                let head = self.reader.peek()?;
                self.item(head, visitor)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let start = self.reader.offset();
        let value = whole(self.reader, |reader| {
            if !matches!(reader.peek()?.major, Major::Map) {
                let variant = reader.text()?;
                return visitor.visit_enum(BorrowedStrDeserializer::new(variant));
            }
            let mut map = reader.map()?;
            if map.remaining() != 1 {
                return Err(Error::at(
                    ErrorKind::field("a variant", "a map of one entry"),
                    start,
                ));
            }
            let variant = map.next_text(reader)?.unwrap_or_default();
            let value = visitor.visit_enum(Variant {
                reader: &mut *reader,
                variant,
            })?;
            reader.close();
            Ok(value)
        });
        value.map_err(|error: Error| error.or_at(start))
    }

    fn deserialize_ignored_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.reader.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_str<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.only(Major::Tstr, visitor)
    }

    fn deserialize_string<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.only(Major::Tstr, visitor)
    }

    fn deserialize_bytes<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.only(Major::Bstr, visitor)
    }

    fn deserialize_byte_buf<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.only(Major::Bstr, visitor)
    }

    fn deserialize_map<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.only(Major::Map, visitor)
    }

    fn deserialize_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.only(Major::Map, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char
        seq tuple tuple_struct
    }
}

/// A key of a map: text, and whatever is a name for text.
struct Key<'de>(&'de str);

impl<'de> de::Deserializer<'de> for Key<'de> {
    type Error = Error;

    /// As for every other item: what is text only where people read it is no key. A number has more than one text.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: de::Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        BorrowedStrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Text, straight ahead where it can be.
fn text<'de>(reader: &mut Reader<'de>) -> Result<&'de str> {
    let ahead = reader.straight(|s, _| Some((core::str::from_utf8(s.text()?).ok()?, 1)));
    ahead.map_or_else(|| whole(reader, Reader::text), Ok)
}

/// Mantissa and exponent, straight ahead where it can be.
fn number(reader: &mut Reader<'_>) -> Result<(i128, i8)> {
    // A decimal opens a tag, and an array within: how deep they stand is not looked at straight ahead.
    let deep = reader.depth().saturating_add(2) > MAX_DEPTH;
    let ahead = reader.straight(|s, _| match s.number()? {
        _ if deep => None,
        (mantissa, negative, exponent) => {
            let mantissa = i128::from(mantissa);
            let number = (if negative { !mantissa } else { mantissa }, exponent);
            Some((number, if exponent == 0 { 1 } else { PAIR_ITEMS }))
        }
    });
    ahead.map_or_else(|| whole(reader, Reader::number), Ok)
}

/// Gives an integer as itself and a tag 4 as the pair of exponent and mantissa.
fn decimal_parts<'de, V: de::Visitor<'de>>(
    reader: &mut Reader<'de>,
    visitor: V,
) -> Result<V::Value> {
    let start = reader.offset();
    let (mantissa, exponent) = number(reader)?;
    let range = |_| Error::at(ErrorKind::range("a decimal of this field"), start);
    if exponent == 0 {
        return match u64::try_from(mantissa) {
            Ok(n) => visitor.visit_u64(n),
            Err(_) => visitor.visit_i64(i64::try_from(mantissa).map_err(|_| range(()))?),
        };
    }
    visitor.visit_seq(Pair {
        exponent: Some(exponent),
        mantissa: Some(mantissa),
        start,
    })
}

struct Pair {
    exponent: Option<i8>,
    mantissa: Option<i128>,
    start: usize,
}

impl Pair {
    #[cold]
    fn out_of_range(&self) -> Error {
        let expected = "a mantissa in 64 bits";
        Error::at(ErrorKind::range(expected), self.start)
    }
}

impl<'de> de::SeqAccess<'de> for Pair {
    type Error = Error;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>> {
        if let Some(exponent) = self.exponent.take() {
            let element = de::value::I8Deserializer::<Error>::new(exponent);
            return seed.deserialize(element).map(Some);
        }
        let Some(mantissa) = self.mantissa.take() else {
            return Ok(None);
        };
        let value = match (i64::try_from(mantissa), u64::try_from(mantissa)) {
            (Ok(n), _) => seed.deserialize(de::value::I64Deserializer::<Error>::new(n)),
            (_, Ok(n)) => seed.deserialize(de::value::U64Deserializer::<Error>::new(n)),
            _ => return Err(self.out_of_range()),
        };
        value.map(Some).map_err(|_| self.out_of_range())
    }
}

struct Elements<'r, 'de> {
    reader: &'r mut Reader<'de>,
    remaining: u64,
}

impl Elements<'_, '_> {
    /// A type that stops early leaves elements that it does not take.
    fn finish(self, start: usize) -> Result<()> {
        if self.remaining != 0 {
            return Err(Error::at(
                ErrorKind::field("an array", "fewer elements"),
                start,
            ));
        }
        self.reader.close();
        Ok(())
    }
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>> {
        if self.remaining == 0 {
            return Ok(None);
        }
        self.remaining = self.remaining.saturating_sub(1);
        let start = self.reader.offset();
        let element = seed.deserialize(Deserializer::new(self.reader));
        passed(self.reader, start, element).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        // Each element is a byte at least: what the input cannot hold is not reserved for.
        let possible = self.reader.rest().len();
        usize::try_from(self.remaining)
            .ok()
            .map(|remaining| remaining.min(possible))
    }
}

struct Entries<'r, 'de> {
    reader: &'r mut Reader<'de>,
    map: MapReader<'de>,
}

impl Entries<'_, '_> {
    fn finish(self) -> Result<()> {
        if self.map.remaining() != 0 {
            let kind = ErrorKind::Schema(SchemaProblem::UnknownKey { map: "this map" });
            return Err(Error::at(kind, self.reader.offset()));
        }
        self.reader.close();
        Ok(())
    }
}

impl<'de> de::MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let start = self.reader.offset();
        let Some(key) = self.map.next_by(self.reader, text)? else {
            return Ok(None);
        };
        let key = seed.deserialize(Key(key));
        key.map(Some).map_err(|error: Error| error.or_at(start))
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let start = self.reader.offset();
        let value = seed.deserialize(Deserializer::new(self.reader));
        passed(self.reader, start, value)
    }
}

/// A variant with content: a map of one entry, `{ variant => content }`.
struct Variant<'r, 'de> {
    reader: &'r mut Reader<'de>,
    variant: &'de str,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: de::DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let value = seed.deserialize(BorrowedStrDeserializer::<Error>::new(self.variant))?;
        Ok((value, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Err(Error::at(
            ErrorKind::field("a variant", "text"),
            self.reader.offset(),
        ))
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        let start = self.reader.offset();
        let value = seed.deserialize(Deserializer::new(self.reader))?;
        pass(self.reader, start)?;
        Ok(value)
    }

    fn tuple_variant<V: de::Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_tuple(Deserializer::new(self.reader), len, visitor)
    }

    fn struct_variant<V: de::Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        de::Deserializer::deserialize_struct(Deserializer::new(self.reader), "", fields, visitor)
    }
}
