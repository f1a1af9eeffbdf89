//! The serializer that cannot emit a non-deterministic item: it sorts, or it refuses.

mod known;
mod open;

use alloc::{string::ToString, vec::Vec};
use core::fmt::Display;

use serde::{Serialize, ser};

use self::{known::KnownMap, open::Open};
use super::{
    MAX_DEPTH, MAX_ITEMS,
    head::{Head, Major},
    order::Keys,
    pair::{PAIR_DEPTH, PAIR_ITEMS, Pair},
    write::{length, write_int, write_text},
};
use crate::{
    decimal::DECIMAL_TOKEN,
    error::{Error, ErrorKind, Result, SchemaProblem},
    joules::JOULES_TOKEN,
};

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string().into_boxed_str();
        ErrorKind::Schema(SchemaProblem::Claim { message }).into()
    }
}

fn no_null() -> Error {
    ErrorKind::TypeMismatch { found: "null" }.into()
}

#[cold]
fn too_many() -> Error {
    ErrorKind::TooManyItems { limit: MAX_ITEMS }.into()
}

fn beyond_the_wire() -> Error {
    ErrorKind::range("an integer of -2^63..2^64-1").into()
}

/// The state of one encoding. Every value writes something or fails, but `None`, which writes nothing.
pub(crate) struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    keys: Keys,
    depth: usize,
    /// Items that may still be written.
    items_left: usize,
}

impl<'o> Encoder<'o> {
    pub(crate) const fn new(out: &'o mut Vec<u8>) -> Self {
        Self::within(0, 0, out)
    }

    /// For values inside so many arrays and maps, of an encoding that holds so many items beside them.
    pub(crate) const fn within(depth: usize, others: usize, out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            keys: Keys::new(),
            depth,
            items_left: MAX_ITEMS.saturating_sub(others),
        }
    }

    /// For items whose order is written down in the code.
    pub(crate) const fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Begins a map of less than 24 members, whose keys the code writes in their order.
    #[inline]
    pub(crate) fn known_map(&mut self) -> Result<KnownMap<'_, 'o>> {
        KnownMap::begin(self)
    }

    /// Writes a value that may not be `None`.
    #[inline]
    pub(crate) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let before = self.out.len();
        value.serialize(&mut *self)?;
        if self.out.len() == before {
            return Err(no_null());
        }
        Ok(())
    }

    #[inline]
    fn head(&mut self, major: Major, argument: u64) -> Result<()> {
        self.count(1)?;
        Head::write(major, argument, self.out);
        Ok(())
    }

    /// Counts items, before they are written.
    #[inline]
    fn count(&mut self, items: usize) -> Result<()> {
        self.items_left = self.items_left.checked_sub(items).ok_or_else(too_many)?;
        Ok(())
    }

    #[inline]
    fn text(&mut self, value: &str) -> Result<()> {
        self.count(1)?;
        write_text(value, self.out)
    }

    #[inline]
    fn open(&mut self) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(ErrorKind::TooDeep { limit: MAX_DEPTH }.into());
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    #[inline]
    const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

impl<'e, 'o> ser::Serializer for &'e mut Encoder<'o> {
    type Error = Error;
    type Ok = ();
    type SerializeMap = Open<'e, 'o>;
    type SerializeSeq = Open<'e, 'o>;
    type SerializeStruct = Open<'e, 'o>;
    type SerializeStructVariant = Open<'e, 'o>;
    type SerializeTuple = Open<'e, 'o>;
    type SerializeTupleStruct = Open<'e, 'o>;
    type SerializeTupleVariant = Open<'e, 'o>;

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn serialize_bool(self, v: bool) -> Result<()> {
        self.head(Major::Bool, u64::from(v))
    }

    #[inline]
    fn serialize_i8(self, v: i8) -> Result<()> {
        self.serialize_i64(v.into())
    }

    fn serialize_i16(self, v: i16) -> Result<()> {
        self.serialize_i64(v.into())
    }

    fn serialize_i32(self, v: i32) -> Result<()> {
        self.serialize_i64(v.into())
    }

    #[inline]
    fn serialize_i64(self, v: i64) -> Result<()> {
        self.count(1)?;
        write_int(v, self.out);
        Ok(())
    }

    #[inline]
    fn serialize_u8(self, v: u8) -> Result<()> {
        self.serialize_u64(v.into())
    }

    fn serialize_u16(self, v: u16) -> Result<()> {
        self.serialize_u64(v.into())
    }

    fn serialize_u32(self, v: u32) -> Result<()> {
        self.serialize_u64(v.into())
    }

    #[inline]
    fn serialize_u64(self, v: u64) -> Result<()> {
        self.head(Major::Uint, v)
    }

    fn serialize_i128(self, v: i128) -> Result<()> {
        match (u64::try_from(v), i64::try_from(v)) {
            (Ok(v), _) => self.serialize_u64(v),
            (_, Ok(v)) => self.serialize_i64(v),
            _ => Err(beyond_the_wire()),
        }
    }

    fn serialize_u128(self, v: u128) -> Result<()> {
        let v = u64::try_from(v).map_err(|_| beyond_the_wire())?;
        self.serialize_u64(v)
    }

    fn serialize_f32(self, _: f32) -> Result<()> {
        Err(ErrorKind::FloatNotAllowed.into())
    }

    fn serialize_f64(self, _: f64) -> Result<()> {
        Err(ErrorKind::FloatNotAllowed.into())
    }

    fn serialize_char(self, v: char) -> Result<()> {
        self.text(v.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, v: &str) -> Result<()> {
        self.text(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<()> {
        self.head(Major::Bstr, length(v.len()))?;
        self.out.extend_from_slice(v);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        // Nothing: whoever asked for a value sees that there is none.
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        self.value(value)
    }

    fn serialize_unit(self) -> Result<()> {
        Err(no_null())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        Err(no_null())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.text(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        if name != DECIMAL_TOKEN && name != JOULES_TOKEN {
            // A field without its member is read as absent by an Option alone, not by a name for one.
            return self.value(value);
        }
        if self.depth.saturating_add(PAIR_DEPTH) > MAX_DEPTH {
            return Err(ErrorKind::TooDeep { limit: MAX_DEPTH }.into());
        }
        self.count(PAIR_ITEMS)?;
        Pair::write_of(value, self.out)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.head(Major::Map, 1)?;
        self.open()?;
        self.text(variant)?;
        self.value(value)?;
        self.close();
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Open<'e, 'o>> {
        Open::begin(self, Major::Array, len, false)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Open<'e, 'o>> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Open<'e, 'o>> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Open<'e, 'o>> {
        self.head(Major::Map, 1)?;
        self.open()?;
        self.text(variant)?;
        Open::begin(self, Major::Array, Some(len), true)
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Open<'e, 'o>> {
        Open::begin(self, Major::Map, len, false)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Open<'e, 'o>> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Open<'e, 'o>> {
        self.head(Major::Map, 1)?;
        self.open()?;
        self.text(variant)?;
        Open::begin(self, Major::Map, Some(len), true)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, string::String};

    use proptest::prelude::*;
    use serde::ser::{SerializeMap as _, SerializeStruct as _, Serializer};

    use super::*;
    use crate::cbor::to_buf;

    /// A map that gives its entries in an order of its own, and inside each the same map once more.
    struct Unsorted<'a>(&'a [(String, u64)], bool);

    impl Serialize for Unsorted<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for (key, value) in self.0 {
                if self.1 {
                    map.serialize_entry(key, &Unsorted(self.0, false))?;
                } else {
                    map.serialize_entry(key, value)?;
                }
            }
            map.end()
        }
    }

    /// A struct whose fields come in an order of their own; where there is no value, it is `None`.
    struct Fields<'a>(&'a [(&'static str, Option<u64>)]);

    impl Serialize for Fields<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("Fields", self.0.len())?;
            for (key, value) in self.0 {
                fields.serialize_field(key, value)?;
            }
            fields.end()
        }
    }

    /// The first bytes of an entry settle the order, and what stands behind a short key is its value.
    #[test]
    fn a_key_that_stands_twice_is_found_whatever_its_values_are() {
        let twice = |key: &str, values: [u64; 2], other: &[&str]| {
            let [first, second] = values.map(|value| (String::from(key), value));
            let others = other.iter().map(|other| (String::from(*other), 0));
            let entries: Vec<_> = [first].into_iter().chain(others).chain([second]).collect();
            to_buf(&Unsorted(&entries, false), &mut Vec::new())
        };
        for length in 0..10 {
            let key = "bbbbbbbbbb".get(..length).unwrap_or_default();
            for values in [[0, 0], [0, 1], [1, 0], [0, 1 << 40], [1 << 40, 0]] {
                for other in [&[][..], &["a"], &["c"], &["a", "ccccccccccc"]] {
                    let code = twice(key, values, other).map_err(|error| error.code());
                    assert_eq!(
                        code,
                        Err("Codec.DuplicateKey"),
                        "{key} {values:?} {other:?}"
                    );
                }
            }
        }
    }

    #[track_caller]
    fn fields_and_entries_come_out_sorted(fields: &[(&'static str, Option<u64>)]) {
        let present = fields
            .iter()
            .filter_map(|(key, value)| Some((*key, (*value)?)));
        let map: BTreeMap<(usize, &str), u64> = present
            .clone()
            .map(|(key, value)| ((key.len(), key), value))
            .collect();
        let expected: Vec<(String, u64)> = map
            .iter()
            .map(|((_, key), value)| ((*key).into(), *value))
            .collect();
        let expected = crate::cbor::to_vec(&Unsorted(&expected, false)).unwrap();
        let expected = if present.clone().count() == map.len() {
            Ok(expected)
        } else {
            Err("Codec.DuplicateKey")
        };
        let entries: Vec<(String, u64)> = present.map(|(key, value)| (key.into(), value)).collect();
        let found = crate::cbor::to_vec(&Unsorted(&entries, false));
        assert_eq!(found.map_err(|error| error.code()), expected, "{fields:?}");
        let found = crate::cbor::to_vec(&Fields(fields));
        assert_eq!(found.map_err(|error| error.code()), expected, "{fields:?}");
    }

    #[cfg_attr(miri, ignore = "hundreds of cases")]
    #[test]
    fn two_fields_or_three_are_sorted_in_every_order() {
        for [a, b, c] in NAMES.iter().flat_map(|a| {
            let others = NAMES.iter().flat_map(|b| NAMES.map(|c| (*b, c)));
            others.map(|(b, c)| [*a, b, c])
        }) {
            fields_and_entries_come_out_sorted(&[(a, Some(1)), (b, Some(2)), (c, Some(3))]);
            fields_and_entries_come_out_sorted(&[(a, Some(1)), (b, Some(2)), (c, None)]);
            fields_and_entries_come_out_sorted(&[(a, Some(1)), (b, None), (c, Some(3))]);
        }
    }

    const NAMES: [&str; 8] = [
        "",
        "a",
        "ab",
        "b",
        "ba",
        "bb",
        "sixteen letters!",
        "sixteen letters?",
    ];

    proptest! {
        #[cfg_attr(miri, ignore = "hundreds of cases")]
        #[test]
        fn fields_are_sorted_in_whatever_order_they_are_declared(
            places in proptest::collection::vec(0..NAMES.len(), 0..7),
            values: [Option<u64>; 7],
        ) {
            let fields: Vec<_> =
                places.iter().zip(values).map(|(place, value)| (NAMES[*place], value)).collect();
            fields_and_entries_come_out_sorted(&fields);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Few keys and many, which are kept in different places.
        #[cfg_attr(miri, ignore = "making the values takes Miri an hour")]
        #[test]
        fn entries_are_sorted_however_many_and_wherever_they_stand(
            entries in proptest::collection::btree_map(
                "[a-c]{0,5}|aaaaa[ab]{1,6}|a{21}[ab]{1,4}",
                any::<u64>(),
                0..60,
            ),
            nested: bool,
        ) {
            let mut sorted: Vec<(String, u64)> = entries.into_iter().collect();
            let entries: Vec<(String, u64)> = {
                let by_value: BTreeMap<(u64, &str), u64> =
                    sorted.iter().map(|(key, value)| ((*value, key.as_str()), *value)).collect();
                by_value.into_iter().map(|((_, key), value)| (key.into(), value)).collect()
            };
            sorted.sort_by_key(|(key, _)| (key.len(), key.clone()));
            let (mut found, mut expected) = (alloc::vec![7; 3], alloc::vec![7; 3]);
            to_buf(&Unsorted(&entries, nested), &mut found).unwrap();
            to_buf(&Unsorted(&sorted, nested), &mut expected).unwrap();
            prop_assert_eq!(&found, &expected);
            prop_assert!(crate::cbor::Reader::new(&found[3..]).unwrap().skip().is_ok());
            if let Some((key, _)) = entries.first() {
                let mut twice = entries.clone();
                twice.push((key.clone(), 7));
                let error = to_buf(&Unsorted(&twice, nested), &mut found).unwrap_err();
                prop_assert_eq!(error.code(), "Codec.DuplicateKey");
            }
        }
    }
}
