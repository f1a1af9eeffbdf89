//! The serializer that cannot emit a non-deterministic item: it sorts, or it refuses.

use alloc::{string::ToString, vec::Vec};
use core::{cmp::Ordering, fmt::Display};

use serde::{Serialize, ser};

use super::{
    DECIMAL_TOKEN, JOULES_TOKEN, MAX_DEPTH, MAX_ITEMS, MAX_TEXT,
    head::{Head, Major},
    text,
};
use crate::error::{Error, ErrorKind, Result, SchemaProblem};

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string().into_boxed_str();
        ErrorKind::Schema(SchemaProblem::Claim { message }).into()
    }
}

// ---- Single items, for structures whose order is written down in the code ----

/// Writes an integer that fits the wire.
pub(crate) fn write_int(n: i64, out: &mut Vec<u8>) {
    match u64::try_from(n) {
        Ok(argument) => Head::write(Major::Uint, argument, out),
        // RFC 8949 §3.1: −1 − n, which is the bitwise complement.
        Err(_) => Head::write(Major::Nint, u64::try_from(!n).unwrap_or(u64::MAX), out),
    }
}

/// Writes an unsigned integer.
pub(crate) fn write_uint(n: u64, out: &mut Vec<u8>) {
    Head::write(Major::Uint, n, out);
}

pub(crate) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    Head::write(Major::Bstr, length(bytes.len()), out);
    out.extend_from_slice(bytes);
}

pub(crate) fn write_text(value: &str, out: &mut Vec<u8>) -> Result<()> {
    text::check(value)?;
    if value.len() > MAX_TEXT {
        let (found, limit) = (length(value.len()), length(MAX_TEXT));
        return Err(ErrorKind::TooLarge { found, limit }.into());
    }
    write_key(value, out);
    Ok(())
}

/// The head of a byte string of `size` bytes, and its length, for hashing without a copy.
pub(crate) fn bstr_head(size: usize) -> ([u8; 9], usize) {
    Head::to_bytes(Major::Bstr, length(size))
}

/// Writes text that stands in this crate's source.
pub(crate) fn write_key(key: &str, out: &mut Vec<u8>) {
    Head::write(Major::Tstr, length(key.len()), out);
    out.extend_from_slice(key.as_bytes());
}

pub(crate) fn write_array(count: usize, out: &mut Vec<u8>) {
    Head::write(Major::Array, length(count), out);
}

pub(crate) fn write_map(count: usize, out: &mut Vec<u8>) {
    Head::write(Major::Map, length(count), out);
}

pub(crate) fn write_tag(number: u64, out: &mut Vec<u8>) {
    Head::write(Major::Tag, number, out);
}

fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

// ---- serde ----

pub(super) fn to_buf<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    let mut encoder = Encoder {
        out,
        keys: Keys::new(),
        depth: 0,
        items: 0,
        none: false,
    };
    value.serialize(&mut encoder)?;
    if encoder.none { Err(no_null()) } else { Ok(()) }
}

fn no_null() -> Error {
    ErrorKind::TypeMismatch { found: "null" }.into()
}

/// The state of one encoding.
struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    /// Where the keys of the maps that are open begin and end, innermost last.
    keys: Keys,
    depth: usize,
    items: usize,
    /// The last value was `None`: the struct field in front of it is taken back.
    none: bool,
}

impl Encoder<'_> {
    fn head(&mut self, major: Major, argument: u64) -> Result<()> {
        self.count()?;
        Head::write(major, argument, self.out);
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        if self.items >= MAX_ITEMS {
            return Err(ErrorKind::TooManyItems { limit: MAX_ITEMS }.into());
        }
        self.items = self.items.saturating_add(1);
        Ok(())
    }

    fn text(&mut self, value: &str) -> Result<()> {
        self.count()?;
        write_text(value, self.out)
    }

    fn open(&mut self) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(ErrorKind::TooDeep { limit: MAX_DEPTH }.into());
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Opens an array or map whose count is not certain yet.
    fn begin(&mut self, major: Major, hint: Option<usize>) -> Result<Frame> {
        self.count()?;
        self.open()?;
        let start = self.out.len();
        Head::write(major, length(hint.unwrap_or(0)), self.out);
        let body = self.out.len();
        Ok(Frame {
            major,
            start,
            body,
            count: 0,
            keys: self.keys.len(),
        })
    }

    /// Writes the count as it came out, and for a map the entries in order.
    fn end(&mut self, frame: &Frame) -> Result<()> {
        if frame.major == Major::Map {
            self.sort(frame)?;
        }
        let (head, size) = Head::to_bytes(frame.major, length(frame.count));
        let head = head.get(..size).unwrap_or_default();
        if self.out.get(frame.start..frame.body) != Some(head) {
            self.out
                .splice(frame.start..frame.body, head.iter().copied());
        }
        self.close();
        Ok(())
    }

    /// RFC 8949 §4.2.1: entries in bytewise order of their encoded keys.
    fn sort(&mut self, frame: &Frame) -> Result<()> {
        let keys = self.keys.from(frame.keys);
        let key = |&(start, end): &(usize, usize)| self.out.get(start..end).unwrap_or_default();
        let mut sorted = true;
        for (a, b) in keys.iter().zip(keys.iter().skip(1)) {
            sorted = sorted && comes_before(key(a), key(b));
        }
        if !sorted {
            let behind = self.out.len();
            let ends = keys.iter().skip(1).map(|next| next.0).chain([behind]);
            let entries = keys.iter().zip(ends).map(|(key, end)| Entry {
                key: *key,
                entry: (key.0, end),
            });
            let mut few = [Entry::default(); FEW_KEYS];
            let mut many = Vec::new();
            let entries = if let Some(few) = few.get_mut(..keys.len()) {
                few.iter_mut()
                    .zip(entries)
                    .for_each(|(to, from)| *to = from);
                few
            } else {
                many.extend(entries);
                many.as_mut_slice()
            };
            entries.sort_by(|a, b| {
                let (a, b) = (key(&a.key), key(&b.key));
                if comes_before(a, b) {
                    Ordering::Less
                } else {
                    a.cmp(b)
                }
            });
            let mut neighbours = entries.iter().zip(entries.iter().skip(1));
            if !neighbours.all(|(a, b)| comes_before(key(&a.key), key(&b.key))) {
                return Err(ErrorKind::DuplicateKey.into());
            }
            // In order behind the map, then over it: the buffer has the room, or will have it next time.
            for Entry { entry, .. } in entries {
                self.out.extend_from_within(entry.0..entry.1);
            }
            self.out.copy_within(behind.., frame.body);
            self.out.truncate(behind);
        }
        self.keys.truncate(frame.keys);
        Ok(())
    }

    /// A value that may not be `None`.
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut *self)?;
        if core::mem::take(&mut self.none) {
            Err(no_null())
        } else {
            Ok(())
        }
    }
}

/// Bytewise order; the head and the first letter settle it for most keys.
#[inline]
pub(super) fn comes_before(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<2>(), b.first_chunk::<2>()) {
        (Some(first), Some(second)) if first != second => {
            u16::from_be_bytes(*first) < u16::from_be_bytes(*second)
        }
        _ => a < b,
    }
}

/// Where a key and its whole entry stand.
#[derive(Clone, Copy, Default)]
struct Entry {
    key: (usize, usize),
    entry: (usize, usize),
}

/// Keys of open maps that need no memory of their own: a receipt has few.
const FEW_KEYS: usize = 24;

/// Where the keys of the maps that are open begin and end.
struct Keys {
    few: [(usize, usize); FEW_KEYS],
    count: usize,
    /// All of them, once there were more than few.
    many: Vec<(usize, usize)>,
}

impl Keys {
    const fn new() -> Self {
        Self {
            few: [(0, 0); FEW_KEYS],
            count: 0,
            many: Vec::new(),
        }
    }

    const fn len(&self) -> usize {
        self.count
    }

    fn push(&mut self, key: (usize, usize)) {
        match self.few.get_mut(self.count) {
            Some(place) if self.many.is_empty() => *place = key,
            _ => {
                if self.many.is_empty() {
                    self.many.extend_from_slice(&self.few);
                }
                self.many.push(key);
            }
        }
        self.count = self.count.saturating_add(1);
    }

    fn truncate(&mut self, count: usize) {
        self.count = count;
        self.many.truncate(count);
    }

    fn pop(&mut self) {
        self.truncate(self.count.saturating_sub(1));
    }

    fn from(&self, first: usize) -> &[(usize, usize)] {
        let all = if self.many.is_empty() {
            self.few.as_slice()
        } else {
            self.many.as_slice()
        };
        all.get(first..self.count).unwrap_or_default()
    }
}

/// One array or map that is open.
struct Frame {
    major: Major,
    start: usize,
    body: usize,
    count: usize,
    keys: usize,
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

    fn serialize_bool(self, v: bool) -> Result<()> {
        self.head(Major::Bool, u64::from(v))
    }

    fn serialize_i8(self, v: i8) -> Result<()> {
        self.serialize_i64(v.into())
    }

    fn serialize_i16(self, v: i16) -> Result<()> {
        self.serialize_i64(v.into())
    }

    fn serialize_i32(self, v: i32) -> Result<()> {
        self.serialize_i64(v.into())
    }

    fn serialize_i64(self, v: i64) -> Result<()> {
        self.count()?;
        write_int(v, self.out);
        Ok(())
    }

    fn serialize_u8(self, v: u8) -> Result<()> {
        self.serialize_u64(v.into())
    }

    fn serialize_u16(self, v: u16) -> Result<()> {
        self.serialize_u64(v.into())
    }

    fn serialize_u32(self, v: u32) -> Result<()> {
        self.serialize_u64(v.into())
    }

    fn serialize_u64(self, v: u64) -> Result<()> {
        self.head(Major::Uint, v)
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

    fn serialize_str(self, v: &str) -> Result<()> {
        self.text(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<()> {
        self.head(Major::Bstr, length(v.len()))?;
        self.out.extend_from_slice(v);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.none = true;
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

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        if name != DECIMAL_TOKEN && name != JOULES_TOKEN {
            return value.serialize(self);
        }
        self.head(Major::Tag, 4)?;
        self.open()?;
        self.value(value)?;
        self.close();
        Ok(())
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

    fn serialize_seq(self, len: Option<usize>) -> Result<Open<'e, 'o>> {
        let frame = self.begin(Major::Array, len)?;
        Ok(Open {
            encoder: self,
            frame,
            variant: false,
        })
    }

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
        let frame = self.begin(Major::Array, Some(len))?;
        Ok(Open {
            encoder: self,
            frame,
            variant: true,
        })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Open<'e, 'o>> {
        let frame = self.begin(Major::Map, len)?;
        Ok(Open {
            encoder: self,
            frame,
            variant: false,
        })
    }

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
        let frame = self.begin(Major::Map, Some(len))?;
        Ok(Open {
            encoder: self,
            frame,
            variant: true,
        })
    }
}

/// An array or map that is being written; with `variant`, inside the one-entry map of its name.
struct Open<'e, 'o> {
    encoder: &'e mut Encoder<'o>,
    frame: Frame,
    variant: bool,
}

impl Open<'_, '_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.encoder.value(value)?;
        self.frame.count = self.frame.count.saturating_add(1);
        Ok(())
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let start = self.encoder.out.len();
        self.encoder.value(key)?;
        // Claims have text keys; the header's integers are written by the envelope itself.
        match self.encoder.out.get(start).map(|initial| initial >> 5) {
            Some(3) => {}
            _ => return Err(ErrorKind::field("a map key", "tstr").into()),
        }
        let end = self.encoder.out.len();
        self.encoder.keys.push((start, end));
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        let (start, items) = (self.encoder.out.len(), self.encoder.items);
        self.key(key)?;
        value.serialize(&mut *self.encoder)?;
        if core::mem::take(&mut self.encoder.none) {
            self.encoder.out.truncate(start);
            self.encoder.items = items;
            self.encoder.keys.pop();
        } else {
            self.frame.count = self.frame.count.saturating_add(1);
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.encoder.end(&self.frame)?;
        if self.variant {
            self.encoder.close();
        }
        Ok(())
    }
}

impl ser::SerializeSeq for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTuple for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeMap for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeStruct for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, string::String};

    use proptest::prelude::*;
    use serde::ser::{SerializeMap as _, Serializer};

    use super::*;

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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Few keys and many, which are kept in different places.
        #[cfg_attr(miri, ignore = "making the values takes Miri an hour")]
        #[test]
        fn entries_are_sorted_however_many_and_wherever_they_stand(
            entries in proptest::collection::btree_map("[a-c]{0,5}", any::<u64>(), 0..60),
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
            if let Some(first) = entries.first() {
                let mut twice = entries.clone();
                twice.push(first.clone());
                let error = to_buf(&Unsorted(&twice, nested), &mut found).unwrap_err();
                prop_assert_eq!(error.code(), "Codec.DuplicateKey");
            }
        }
    }
}
