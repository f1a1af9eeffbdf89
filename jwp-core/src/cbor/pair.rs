//! What stands behind the token of a decimal: exponent and mantissa, in their only form.

use alloc::vec::Vec;

use serde::{
    Serialize,
    ser::{Impossible, SerializeTuple, Serializer},
};

use super::head::{Head, Major};
use crate::error::{Error, ErrorKind, Result};

/// Items of a decimal: tag, array, exponent and mantissa.
pub(super) const PAIR_ITEMS: usize = 4;
/// What a decimal opens: tag and array.
pub(super) const PAIR_DEPTH: usize = 2;

/// The two integers of a decimal. Anybody's type can have the token for a name: all else is refused.
#[derive(Default)]
pub(super) struct Pair {
    /// Each as a head has it.
    parts: [Option<(Major, u64)>; 2],
    /// How many were given.
    count: u8,
    is_tuple: bool,
}

impl Pair {
    /// Writes what [`Decimal`](crate::Decimal) and [`Joules`](crate::Joules) put behind their tokens.
    #[inline]
    pub(super) fn write_of<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
        let mut pair = Self::default();
        value.serialize(&mut pair)?;
        pair.write(out)
    }

    /// Writes tag 4 and the pair (RFC 8949 §3.4.4), if a reader takes them for the only form.
    #[inline]
    fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        let [
            Some((Major::Nint, exponent @ 0..=63)),
            Some((sign, mantissa)),
        ] = self.parts
        else {
            return Err(no_pair());
        };
        // RFC 8949 §3.1: a negative integer is −1 − n. What comes from an i64 is below 2⁶³.
        let magnitude = mantissa.wrapping_add(u64::from(sign == Major::Nint));
        if self.count != 2 || magnitude.checked_rem(10) == Some(0) {
            return Err(no_pair());
        }
        out.extend_from_slice(&[0xc4, 0x82]);
        Head::write(Major::Nint, exponent, out);
        Head::write(sign, mantissa, out);
        Ok(())
    }

    #[inline]
    fn push(&mut self, major: Major, argument: u64) -> Result<()> {
        let place = self.parts.get_mut(usize::from(self.count));
        *place.ok_or_else(no_pair)? = Some((major, argument));
        self.count = self.count.saturating_add(1);
        Ok(())
    }
}

fn no_pair() -> Error {
    ErrorKind::field(
        "decimal",
        "an exponent of -64..-1 and a mantissa that is no multiple of ten",
    )
    .into()
}

macro_rules! integers {
    ($($signed:ident($i:ty), $unsigned:ident($u:ty);)*) => {$(
        #[inline]
        fn $signed(self, n: $i) -> Result<()> {
            let n = i64::from(n);
            match u64::try_from(n) {
                Ok(argument) => self.push(Major::Uint, argument),
                Err(_) => self.push(Major::Nint, (!n).cast_unsigned()),
            }
        }

        #[inline]
        fn $unsigned(self, n: $u) -> Result<()> {
            self.push(Major::Uint, n.into())
        }
    )*};
}

macro_rules! refused {
    ($($name:ident($($argument:ty),*) -> $made:ty;)*) => {$(
        fn $name(self, $(_: $argument),*) -> Result<$made> {
            Err(no_pair())
        }
    )*};
}

type Never = Impossible<(), Error>;

impl Serializer for &mut Pair {
    type Error = Error;
    type Ok = ();
    type SerializeMap = Never;
    type SerializeSeq = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;

    integers! {
        serialize_i8(i8), serialize_u8(u8);
        serialize_i16(i16), serialize_u16(u16);
        serialize_i32(i32), serialize_u32(u32);
        serialize_i64(i64), serialize_u64(u64);
    }

    refused! {
        serialize_bool(bool) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_char(char) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_map(Option<usize>) -> Never;
        serialize_none() -> ();
        serialize_seq(Option<usize>) -> Never;
        serialize_str(&str) -> ();
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<()> {
        Err(no_pair())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()> {
        Err(no_pair())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<()> {
        Err(no_pair())
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Self> {
        if self.is_tuple {
            return Err(no_pair());
        }
        self.is_tuple = true;
        Ok(self)
    }
}

impl SerializeTuple for &mut Pair {
    type Error = Error;
    type Ok = ();

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut **self)
    }

    #[inline]
    fn end(self) -> Result<()> {
        Ok(())
    }
}
