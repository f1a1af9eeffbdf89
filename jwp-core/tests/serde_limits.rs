//! The writer stops where the reader would, and the reader through serde where the one without it does: at the last
//! item, level and byte of text, by every shape of serde; and a count that turns out to be another is written as it
//! came out.
#![cfg(test)]

use std::collections::BTreeMap;

use jwp_core::cbor::{self, Value};
use serde::{
    Deserialize, Serialize, Serializer,
    ser::{
        SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeStructVariant as _,
        SerializeTuple as _, SerializeTupleStruct as _, SerializeTupleVariant as _,
    },
};

fn code(value: &impl Serialize) -> Option<&'static str> {
    match cbor::to_vec(value) {
        Ok(bytes) => {
            cbor::check(&bytes).expect("what is written can be read");
            None
        }
        Err(error) => Some(error.code()),
    }
}

/// Arrays in arrays, so many levels.
struct Nested(u32);

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.checked_sub(1) {
            Some(less) => [Self(less)].serialize(serializer),
            None => serializer.serialize_u8(0),
        }
    }
}

macro_rules! shape {
    ($serializer:ident => $body:expr) => {{
        struct This;
        impl Serialize for This {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                $body
            }
        }
        cbor::to_vec(&This).unwrap()
    }};
}

#[test]
fn the_last_item_is_the_one_that_the_reader_still_takes() {
    // The array counts as one.
    assert_eq!(code(&vec![0; 65_535]), None);
    assert_eq!(code(&vec![0; 65_536]), Some("Codec.TooManyItems"));
    assert_eq!(code(&vec!["a"; 65_535]), None);
    assert_eq!(code(&vec!["a"; 65_536]), Some("Codec.TooManyItems"));
    let mut wire = vec![0x9a, 0, 1, 0, 0];
    wire.resize(5 + 65_536, 0);
    let read = cbor::check(&wire).unwrap_err();
    assert_eq!(read.code(), "Codec.TooManyItems");
}

#[test]
fn the_deepest_level_is_the_one_that_the_reader_still_takes() {
    assert_eq!(code(&Nested(16)), None);
    assert_eq!(code(&Nested(17)), Some("Codec.TooDeep"));
    // Levels that were closed do not count.
    assert_eq!(code(&[Nested(15), Nested(15)]), None);
    assert_eq!(code(&[Nested(15), Nested(16)]), Some("Codec.TooDeep"));
    let wire = [&[0x81; 17][..], &[0]].concat();
    assert_eq!(cbor::check(&wire).unwrap_err().code(), "Codec.TooDeep");
}

/// A decimal takes two levels, its tag and the array within.
#[test]
fn an_item_is_read_as_deep_through_serde_as_without() {
    let items: [(&[u8], usize); 6] = [
        (b"\xc4\x82\x20\x19\x01\x41", 2),
        (b"\xc4\x82\x20\x39\x01\x41", 2),
        (b"\xa1\x61a\x05", 1),
        (b"\x80", 1),
        (b"\x19\x01\x41", 0),
        (b"\x63abc", 0),
    ];
    for (item, levels) in items {
        for depth in 0..20 {
            let wire = [vec![0x81; depth], item.to_vec()].concat();
            let read = cbor::from_slice::<Value>(&wire);
            let expected = cbor::check(&wire);
            assert_eq!(
                read.as_ref().err(),
                expected.as_ref().err(),
                "{item:?} in {depth}"
            );
            let fits = depth.saturating_add(levels) <= cbor::MAX_DEPTH;
            assert_eq!(read.is_ok(), fits, "{item:?} in {depth}");
        }
    }
}

#[test]
fn text_of_64_kibibytes_is_written_and_one_byte_more_is_not() {
    assert_eq!(code(&"x".repeat(65_536)), None);
    assert_eq!(code(&"x".repeat(65_537)), Some("Codec.TooLarge"));
    assert_eq!(code(&"x".repeat(65_538)), Some("Codec.TooLarge"));
}

#[test]
fn an_integer_of_every_width_is_the_same_on_the_wire() {
    #[derive(Serialize)]
    struct Widths(i8, i16, i32, i64, u8, u16, u32, u64);
    let wire = cbor::to_vec(&Widths(-1, -1, -1, -1, 7, 7, 7, 7)).unwrap();
    assert_eq!(wire, [0x88, 0x20, 0x20, 0x20, 0x20, 7, 7, 7, 7]);
}

#[test]
fn a_count_is_written_as_it_came_out() {
    let two = [0x82, 1, 2];
    assert_eq!(
        shape!(s => { let mut a = s.serialize_seq(None)?; a.serialize_element(&1)?; a.serialize_element(&2)?; a.end() }),
        two
    );
    assert_eq!(
        shape!(s => { let mut a = s.serialize_seq(Some(300))?; a.serialize_element(&1)?; a.serialize_element(&2)?; a.end() }),
        two
    );
    assert_eq!(
        shape!(s => { let mut a = s.serialize_tuple(1)?; a.serialize_element(&1)?; a.serialize_element(&2)?; a.end() }),
        two
    );
    assert_eq!(
        shape!(s => { let mut a = s.serialize_tuple_struct("t", 30)?; a.serialize_field(&1)?; a.serialize_field(&2)?; a.end() }),
        two
    );
    let variant = [0xa1, 0x61, b'v', 0x82, 1, 2];
    assert_eq!(
        shape!(s => { let mut a = s.serialize_tuple_variant("t", 0, "v", 0)?; a.serialize_field(&1)?; a.serialize_field(&2)?; a.end() }),
        variant
    );
    let map = [0xa2, 0x61, b'a', 1, 0x61, b'b', 2];
    assert_eq!(
        shape!(s => { let mut a = s.serialize_map(None)?; a.serialize_entry("b", &2)?; a.serialize_entry("a", &1)?; a.end() }),
        map
    );
    assert_eq!(
        shape!(s => { let mut a = s.serialize_struct("t", 99)?; a.serialize_field("b", &2)?; a.serialize_field("a", &1)?; a.end() }),
        map
    );
    assert_eq!(
        shape!(s => { let mut a = s.serialize_struct_variant("t", 0, "v", 0)?; a.serialize_field("b", &2)?; a.serialize_field("a", &1)?; a.end() }),
        [&[0xa1, 0x61, b'v'][..], &map].concat()
    );
}

/// A variant is a level of its own, and closes it.
#[test]
fn levels_of_variants_are_counted_and_closed() {
    #[derive(Serialize)]
    enum Variant {
        Tuple(u8, Nested),
        Struct { inner: Nested },
    }
    assert_eq!(code(&Variant::Tuple(0, Nested(14))), None);
    assert_eq!(code(&Variant::Tuple(0, Nested(15))), Some("Codec.TooDeep"));
    assert_eq!(code(&Variant::Struct { inner: Nested(14) }), None);
    let deeper = Variant::Struct { inner: Nested(15) };
    assert_eq!(code(&deeper), Some("Codec.TooDeep"));
    let row: Vec<_> = (0..20).map(|_| Variant::Tuple(0, Nested(13))).collect();
    assert_eq!(code(&row), None);
    let row: Vec<_> = (0..20)
        .map(|_| Variant::Struct { inner: Nested(13) })
        .collect();
    assert_eq!(code(&row), None);
}

/// A field of `None` leaves no trace, wherever it stands among fields that are out of order.
#[test]
fn an_absent_field_leaves_no_trace() {
    #[derive(Serialize)]
    struct Fields {
        zz: Option<u8>,
        b: Option<u8>,
        yy: Option<u8>,
        a: u8,
        xx: Option<u8>,
    }
    for bits in 0..16_u8 {
        let field = |bit: u8| (bits >> bit & 1 == 1).then_some(bit);
        let (zz, b, yy, xx) = (field(0), field(1), field(2), field(3));
        let expected: Value = {
            let entries = [("a", Some(9)), ("b", b), ("xx", xx), ("yy", yy), ("zz", zz)];
            let present = entries.iter().filter_map(|(key, value)| {
                value.map(|value| ((*key).to_owned(), Value::Number(u64::from(value).into())))
            });
            Value::Map(present.collect())
        };
        let fields = Fields {
            zz,
            b,
            yy,
            a: 9,
            xx,
        };
        let wire = cbor::to_vec(&fields).unwrap();
        assert_eq!(wire, cbor::to_vec(&expected).unwrap(), "{bits:04b}");
        assert_eq!(cbor::from_slice::<Value>(&wire).unwrap(), expected);
    }
}

#[test]
fn diagnostic_notation_has_every_type_and_refuses_what_is_no_value() {
    let wire = [
        0x86, 0x01, 0x20, 0xf5, 0x42, 0xab, 0xcd, 0xa2, 0x61, b'"', 0xa0, 0x61, b'a', 0x80, 0xc4,
        0x82, 0x20, 0x03,
    ];
    let shown = cbor::diagnose(&wire).unwrap();
    assert_eq!(
        shown,
        r#"[1, -1, true, h'abcd', {"\"": {}, "a": []}, 4([-1, 3])]"#
    );
    let tagged = cbor::diagnose(&[0x81, 0xc1, 0x00]).unwrap_err();
    assert_eq!(
        (tagged.code(), tagged.offset()),
        ("Codec.TagNotAllowed", Some(1))
    );
    assert_eq!(
        cbor::diagnose(&[0xa1, 0x01, 0x02]).unwrap_err().code(),
        "Codec.Schema"
    );
}

/// Not all integers are floats, and no float is written.
#[test]
fn no_number_is_read_through_a_float() {
    for wire in [&b"\x01"[..], b"\x1b\x00\x20\x00\x00\x00\x00\x00\x01"] {
        for error in [
            cbor::from_slice::<f64>(wire).unwrap_err(),
            cbor::from_slice::<f32>(wire).map(f64::from).unwrap_err(),
        ] {
            assert_eq!(
                (error.code(), error.offset()),
                ("Codec.FloatNotAllowed", Some(0))
            );
        }
    }
}

/// What a type writes, it reads.
#[test]
fn names_for_texts_are_keys_and_names_for_nothing_are_refused() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    struct Host(String);
    let load = BTreeMap::from([(Host("a".to_owned()), 1_u64)]);
    let wire = cbor::to_vec(&load).unwrap();
    assert_eq!(cbor::from_slice::<BTreeMap<Host, u64>>(&wire), Ok(load));
    #[derive(Serialize)]
    struct Score(Option<u64>);
    #[derive(Serialize)]
    struct Scored {
        score: Score,
    }
    let scored = |score| {
        code(&Scored {
            score: Score(score),
        })
    };
    assert_eq!(
        (scored(Some(1)), scored(None)),
        (None, Some("Codec.TypeMismatch"))
    );
}
