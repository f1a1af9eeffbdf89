//! Whatever a `Serialize` does that was written by somebody else, what comes out is one item in its only form,
//! or an error.
#![cfg(test)]

use jwp_core::cbor;
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeTuple as _},
};

/// The error of a value that is serialized by this code.
macro_rules! refused {
    ($serializer:ident => $body:expr) => {{
        struct This;
        impl Serialize for This {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                $body
            }
        }
        let (mut out, mut inside) = (vec![7], vec![7]);
        let error = cbor::to_buf(&This, &mut out).expect_err("nothing that can be read");
        let nested = cbor::to_buf(&[Some(This)], &mut inside).unwrap_err();
        assert_eq!((&error, &*out, &*inside), (&nested, &[7][..], &[7][..]));
        (error.code(), error.to_string())
    }};
}

#[test]
fn a_map_takes_keys_and_values_by_turns() {
    let cases = [
        refused!(s => {
            let mut map = s.serialize_map(Some(1))?;
            map.serialize_key("a")?;
            map.end()
        }),
        refused!(s => {
            let mut map = s.serialize_map(Some(1))?;
            map.serialize_value("a")?;
            map.end()
        }),
        refused!(s => {
            let mut map = s.serialize_map(Some(2))?;
            map.serialize_entry("a", &1)?;
            map.serialize_value(&2)?;
            map.end()
        }),
        refused!(s => {
            let mut map = s.serialize_map(Some(2))?;
            map.serialize_key("a")?;
            map.serialize_key("b")?;
            map.serialize_value(&2)?;
            map.end()
        }),
    ];
    for (code, text) in cases {
        assert_eq!(code, "Codec.Schema");
        assert!(text.contains("a key without a value"), "{text}");
    }
}

#[test]
fn an_error_that_is_passed_over_stays_one() {
    let cases = [
        refused!(s => {
            let mut seq = s.serialize_seq(None)?;
            let _ = seq.serialize_element(&1.5);
            seq.end()
        }),
        refused!(s => {
            let mut seq = s.serialize_seq(None)?;
            let _ = seq.serialize_element(&[Some(1), None]);
            let _ = seq.serialize_element(&1);
            seq.end()
        }),
        refused!(s => {
            let mut fields = s.serialize_struct("", 2)?;
            let _ = fields.serialize_field("a", &[1.5]);
            let _ = fields.serialize_field("b", &1);
            fields.end()
        }),
        refused!(s => {
            let mut fields = s.serialize_struct("", 1)?;
            let _ = fields.serialize_field("a\u{7}", &1);
            fields.end()
        }),
        refused!(s => {
            let mut map = s.serialize_map(None)?;
            let _ = map.serialize_key(&1);
            let _ = map.serialize_value(&1);
            map.end()
        }),
        refused!(s => {
            let mut map = s.serialize_map(None)?;
            map.serialize_key("a")?;
            let _ = map.serialize_value(&());
            let _ = map.serialize_value(&1);
            map.end()
        }),
        refused!(s => {
            let mut pair = s.serialize_tuple(2)?;
            let _ = pair.serialize_element(&1.5);
            pair.end()
        }),
    ];
    for (code, text) in cases {
        assert_eq!(code, "Codec.Schema");
        assert!(text.contains("went on behind an error"), "{text}");
    }
}

#[test]
fn the_name_of_a_decimal_does_not_make_one() {
    #[derive(Serialize)]
    #[serde(rename = "$jwp::decimal")]
    struct Decimal<T>(T);
    #[derive(Serialize)]
    #[serde(rename = "$jwp::joules")]
    struct Joules<T>(T);
    #[derive(Serialize)]
    struct Wrapped(i8);
    #[derive(Serialize)]
    struct Pair(i8, u8);
    #[derive(Serialize)]
    enum Variant {
        Unit,
        Tuple(i8, u8),
        Newtype(i8),
    }

    struct Fifteen;
    impl Serialize for Fifteen {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.serialize_str("fifteen")
            } else {
                serializer.serialize_u8(15)
            }
        }
    }

    fn refused<T: Serialize>(value: T) {
        let (mut out, mut joules) = (vec![7], vec![7]);
        let error = cbor::to_buf(&Decimal(&value), &mut out).unwrap_err();
        assert_eq!(error.code(), "Codec.Schema");
        assert!(error.to_string().contains("decimal"), "{error}");
        assert_eq!(cbor::to_buf(&Joules(&value), &mut joules), Err(error));
        assert_eq!((&*out, &*joules), (&[7][..], &[7][..]));
    }
    // Exponents and mantissas that have another form, or none.
    refused((0_i8, 15_u8));
    refused((1_i8, 15_u8));
    refused((-65_i8, 15_u8));
    refused((i64::MIN, 15_u8));
    refused((-1_i8, 0_u8));
    refused((-1_i8, 10_u8));
    refused((-1_i8, -10_i8));
    refused((-1_i8, u64::MAX - 5));
    // Other numbers of integers.
    refused([0_u8; 0]);
    refused([-1_i8]);
    refused([-1_i8, 15, 3]);
    refused(15_u8);
    refused(-1_i8);
    // Other shapes.
    refused(vec![-1_i8, 15]);
    refused(((-1_i8, 15_u8), 15_u8));
    refused((-1_i8, (15_u8,)));
    refused((-1_i8, Some(15_u8)));
    refused((-1_i8, Wrapped(15)));
    refused((-1_i8, Wrapped(15), 15_u8));
    refused((-1_i8, Some(15_u8), 15_u8));
    refused((-1_i8, Variant::Newtype(15), 15_u8));
    refused((-1_i8, None::<u8>, 15_u8));
    refused((-1_i8, Variant::Unit, 15_u8));
    refused((-1_i8, (), 15_u8));
    refused((-1_i8, Decimal((-1_i8, 15_u8))));
    refused(Pair(-1, 15));
    refused(Variant::Unit);
    refused(Variant::Newtype(15));
    refused(Variant::Tuple(-1, 15));
    refused(std::collections::BTreeMap::from([(-1_i8, 15_u8)]));
    refused((-1_i8, "15"));
    refused((-1_i8, 'x'));
    refused((-1_i8, true));
    refused((-1_i8, 1.5_f32));
    refused((-1_i8, 1.5_f64));
    refused((-1_i8, ()));
    refused((-1_i8, None::<u8>));
    refused("1.5");
    refused(Some((-1_i8, 15_u8)));

    // A pair in its only form is the decimal, whatever type it comes from.
    let written = |exponent: i64, mantissa: i64| cbor::to_vec(&Decimal((exponent, mantissa)));
    assert_eq!(written(-1, 15).unwrap(), [0xc4, 0x82, 0x20, 0x0f]);
    assert_eq!(written(-64, -11).unwrap(), [0xc4, 0x82, 0x38, 0x3f, 0x2a]);
    let as_for_machines = cbor::to_vec(&Decimal((-1_i8, Fifteen))).unwrap();
    assert_eq!(as_for_machines, [0xc4, 0x82, 0x20, 0x0f]);
    let most = cbor::to_vec(&Decimal((-1_i16, u64::MAX))).unwrap();
    cbor::check(&most).unwrap();
    let least = written(-1, i64::MIN).unwrap();
    cbor::check(&least).unwrap();
}

#[test]
fn a_decimal_is_counted_and_goes_as_deep_as_a_reader_reads_it() {
    struct Nested(u32);
    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0.checked_sub(1) {
                Some(less) => [Self(less)].serialize(serializer),
                None => jwp_core::Decimal::new(15, -1).serialize(serializer),
            }
        }
    }
    cbor::check(&cbor::to_vec(&Nested(14)).unwrap()).unwrap();
    let error = cbor::to_vec(&Nested(15)).unwrap_err();
    assert_eq!(error.code(), "Codec.TooDeep");

    // 16,383 decimals of four items and the array leave room for three.
    let mut items = vec![cbor::Value::Number(jwp_core::Decimal::new(15, -1).unwrap()); 16_383];
    items.extend([const { cbor::Value::Bool(true) }; 3]);
    cbor::check(&cbor::to_vec(&items).unwrap()).unwrap();
    items.push(cbor::Value::Bool(true));
    let error = cbor::to_vec(&items).unwrap_err();
    assert_eq!(error.code(), "Codec.TooManyItems");
    items.truncate(16_381);
    items.extend([const { cbor::Value::Bool(true) }; 8]);
    items.push(cbor::Value::Number(jwp_core::Decimal::new(15, -1).unwrap()));
    assert_eq!(
        cbor::to_vec(&items).unwrap_err().code(),
        "Codec.TooManyItems"
    );
}

#[test]
fn what_is_longer_than_a_receipt_is_not_written() {
    let of = |length: usize| cbor::to_vec(&cbor::Bytes::from(vec![0; length]));
    // Five bytes of head.
    let most = of(cbor::MAX_RECEIPT - 5).unwrap();
    cbor::check(&most).unwrap();
    let error = of(cbor::MAX_RECEIPT - 4).unwrap_err();
    let (found, limit) = ((1 << 20) + 1, 1 << 20);
    assert_eq!(
        *error.kind(),
        jwp_core::ErrorKind::TooLarge { found, limit }
    );
}
