//! The small types hold what they were made of, show it, and have one text form.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/key.rs"]
mod key;

use std::{collections::BTreeMap, sync::Arc};

use jwp_core::{
    Decimal, Digest, DigestAlgorithm, Error, ErrorKind, Identifier, Invalid, Joules, KeyId, Kind,
    Link, RunId, Signer, SigningKey, Timestamp,
    cbor::{self, Bytes, Value},
    merkle::{ConsistencyProof, MerkleRange, MerkleTree, leaf_hash},
};
use key::key;
use serde_json::json;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_digest_matches_its_own_bytes_under_its_own_algorithm() {
    for (digest, algorithm) in [
        (Digest::sha256(b"flour"), DigestAlgorithm::Sha256),
        (Digest::blake3(b"flour"), DigestAlgorithm::Blake3),
    ] {
        assert_eq!(digest.algorithm(), algorithm);
        assert!(digest.matches(b"flour"));
        assert!(!digest.matches(b"flout"));
        assert!(!digest.matches(b""));
        assert_eq!(format!("{digest:?}"), digest.to_string());
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }
}

#[test]
fn hex_is_of_lower_case_digits_each() {
    let good = format!("sha256:{}", "0123456789abcdef".repeat(4));
    assert!(good.parse::<Digest>().is_ok());
    let link: Link = good.strip_prefix("sha256:").unwrap().parse().unwrap();
    assert_eq!(link.to_string(), "0123456789abcdef".repeat(4));
    assert!(format!("{link:?}").contains(&link.to_string()));
    // One digit that is none, the other, and both.
    for bad in [
        "0g", "g0", "gg", "zz", "0A", "A0", "AA", "/0", ":0", "`0", "é", "  ",
    ] {
        let text = good.replacen("01", bad, 1);
        assert!(text.parse::<Digest>().is_err(), "{bad}");
        let bytes: Result<Bytes, _> = serde_json::from_value(json!(bad));
        assert!(bytes.is_err(), "{bad}");
    }
    for odd in ["0", "012"] {
        assert!(
            serde_json::from_value::<Bytes>(json!(odd)).is_err(),
            "{odd}"
        );
    }
}

#[test]
fn a_byte_string_is_hex_in_json_and_bytes_in_cbor() {
    let bytes = Bytes::from(&[0x00, 0x9f, 0xff][..]);
    assert_eq!(bytes.as_slice(), [0x00, 0x9f, 0xff]);
    assert_eq!(bytes.clone().into_vec(), [0x00, 0x9f, 0xff]);
    assert_eq!(Bytes::from(vec![0x00, 0x9f, 0xff]), bytes);
    assert_eq!(serde_json::to_value(&bytes).unwrap(), json!("009fff"));
    let back: Bytes = serde_json::from_value(json!("009fff")).unwrap();
    assert_eq!(back, bytes);
    let empty: Bytes = serde_json::from_value(json!("")).unwrap();
    assert!(empty.as_slice().is_empty());
    let wire = cbor::to_vec(&bytes).unwrap();
    assert_eq!(wire, [0x43, 0x00, 0x9f, 0xff]);
    assert_eq!(cbor::from_slice::<Bytes>(&wire).unwrap(), bytes);
    assert!(format!("{bytes:?}").contains("009fff"), "{bytes:?}");
    let refused = serde_json::from_value::<Bytes>(json!(7)).unwrap_err();
    assert!(refused.to_string().contains("hex"), "{refused}");
}

#[test]
fn a_value_is_told_in_json_without_a_loss() {
    let value = Value::Map(BTreeMap::from([
        ("most".into(), Value::Number(u64::MAX.into())),
        ("least".into(), Value::Number(i64::MIN.into())),
        ("part".into(), Value::Number(decimal("-0.25"))),
        ("text".into(), Value::Text("0.25".into())),
        ("bytes".into(), Value::Bytes(Bytes::from(&[7][..]))),
        ("list".into(), Value::Array(vec![Value::Bool(true)])),
    ]));
    let expected = json!({
        "most": u64::MAX, "least": i64::MIN, "part": "-0.25", "text": "0.25", "bytes": "07", "list": [true],
    });
    assert_eq!(serde_json::to_value(&value).unwrap(), expected);
    let wire = cbor::to_vec(&value).unwrap();
    assert_eq!(cbor::from_slice::<Value>(&wire).unwrap(), value);
    // Not back from there: text may have been bytes or a decimal.
    let refused = serde_json::from_value::<Value>(expected).unwrap_err();
    assert!(refused.to_string().contains("read from CBOR"), "{refused}");
}

#[test]
fn a_value_holds_joules_that_are_no_decimal() {
    for exponent in 0x20..0x26_u8 {
        for mantissa in [(1 << 63) - 1, (1 << 63) + 1, u64::MAX] {
            let wire = [&[0xc4, 0x82, exponent, 0x1b][..], &mantissa.to_be_bytes()].concat();
            cbor::check(&wire).unwrap();
            let value = cbor::from_slice::<Value>(&wire);
            let joules = cbor::from_slice::<Joules>(&wire);
            match (value, joules) {
                // What decimals hold, a value holds as one.
                (Ok(Value::Number(n)), _) if mantissa < 1 << 63 => {
                    assert_eq!(n.mantissa(), mantissa.into());
                }
                (Ok(Value::Joules(found)), Ok(joules)) => {
                    assert_eq!(found, joules);
                    let value = Value::Joules(found);
                    assert_eq!(cbor::to_vec(&value).unwrap(), wire);
                    assert_eq!(serde_json::to_value(&value).unwrap(), joules.to_string());
                }
                (Err(error), Err(_)) => {
                    assert_eq!(
                        (error.code(), error.offset()),
                        ("Codec.OutOfRange", Some(0))
                    );
                    assert!(exponent < 0x25);
                }
                other => panic!("{exponent:#x} {mantissa} {other:?}"),
            }
        }
    }
    // No joules have seven places, and no decimal such a mantissa.
    let wire = [&[0xc4, 0x82, 0x26, 0x1b][..], &u64::MAX.to_be_bytes()].concat();
    cbor::check(&wire).unwrap();
    let error = cbor::from_slice::<Value>(&wire).unwrap_err();
    assert_eq!(
        (error.code(), error.offset()),
        ("Codec.OutOfRange", Some(0))
    );
}

#[test]
fn a_decimal_knows_its_sign_and_its_bounds() {
    assert!(decimal("-0.1").is_negative());
    assert!(decimal("-1").is_negative());
    assert!(!Decimal::ZERO.is_negative());
    assert!(!decimal("0.1").is_negative());
    assert!(!decimal("1").is_negative());
    let most = i128::from(i64::MAX);
    assert!(Decimal::new(most, -1).is_some());
    assert!(Decimal::new(most + 1, -1).is_none());
    assert!(Decimal::new(i128::from(i64::MIN), -1).is_some());
    assert!(Decimal::new(i128::from(i64::MIN) - 1, -1).is_none());
    assert!(Decimal::new(i128::from(u64::MAX), 0).is_some());
    assert!(Decimal::new(i128::from(u64::MAX) + 1, 0).is_none());
    assert!(Decimal::new(1, -64).is_some());
    assert!(Decimal::new(1, -65).is_none());
    assert_eq!(Decimal::from_ratio(0, 7, 2).unwrap(), Decimal::ZERO);
    assert_eq!(Decimal::from_ratio(1, 0, 2), None);
}

#[test]
fn joules_read_what_they_show() {
    for energy_uj in [
        0,
        1,
        1_000_000,
        (1 << 63) - 1,
        1 << 63,
        (1 << 63) + 9,
        u64::MAX,
    ] {
        let joules = Joules::from_microjoules(energy_uj);
        assert_eq!(joules.to_string().parse(), Ok(joules), "{joules}");
    }
    for text in [
        "18446744073709.551616",
        "9223372036854.7758081",
        "9223372036854.",
        "+9223372036854.775809",
        "09223372036854.775809",
        "00.41",
    ] {
        text.parse::<Joules>().unwrap_err();
    }
}

#[test]
fn joules_add_up_and_show_their_unit() {
    let one: Joules = "1".parse().unwrap();
    let micro = Joules::from_microjoules(1);
    assert_eq!(one.checked_add(micro).unwrap().as_microjoules(), 1_000_001);
    assert_eq!(Joules::from_microjoules(u64::MAX).checked_add(micro), None);
    assert_eq!(
        format!("{:?}", one.checked_add(micro).unwrap()),
        "1.000001 J"
    );
    assert_eq!(format!("{:?}", Joules::from_microjoules(0)), "0 J");
    // The only form on the wire: 0, 10 and 0.1 have one, and 0 ends.
    for (text, wire) in [
        ("0", &[0x00][..]),
        ("10", &[0x0a]),
        ("0.1", &[0xc4, 0x82, 0x20, 0x01]),
        ("0.000001", &[0xc4, 0x82, 0x25, 0x01]),
    ] {
        let joules: Joules = text.parse().unwrap();
        assert_eq!(cbor::to_vec(&joules).unwrap(), wire, "{text}");
        assert_eq!(cbor::from_slice::<Joules>(wire).unwrap(), joules);
        assert_eq!(serde_json::to_value(joules).unwrap(), json!(text));
    }
    let refused = serde_json::from_value::<Joules>(json!(true)).unwrap_err();
    assert!(refused.to_string().contains("joules"), "{refused}");
}

#[test]
fn names_and_times_are_what_they_were_made_of() {
    assert_eq!(
        Identifier::parse("bakery@v1").unwrap().as_str(),
        "bakery@v1"
    );
    assert_eq!(Kind::parse("a.b").unwrap().as_str(), "a.b");
    let time = Timestamp::from_secs(1_778_000_000).unwrap();
    assert_eq!(time.as_secs(), 1_778_000_000);
    assert_eq!(format!("{time:?}"), "Timestamp(1778000000)");
    let last = 253_402_300_799;
    assert_eq!(
        Timestamp::from_secs(last).map(Timestamp::as_secs),
        Some(last)
    );
    assert_eq!(Timestamp::from_secs(last + 1), None);
    let run = RunId::from_bytes([0xa5; 16]);
    assert_eq!(run.to_string(), "a5".repeat(16));
    assert_eq!("a5".repeat(16).parse(), Ok(run));
}

/// A boxed or borrowed signer signs as the signer itself: RFC 8032 §5.1.6 leaves no choice.
#[test]
fn a_signer_behind_a_pointer_signs_as_itself() {
    fn through<S: Signer + ?Sized>(signer: &S) -> ([u8; 64], [u8; 32]) {
        let public = *signer.verifying_key().as_bytes();
        (signer.sign(b"bread").unwrap(), public)
    }
    let direct = through(&key());
    assert_eq!(through::<&SigningKey>(&&key()), direct);
    let boxed: Box<dyn Signer> = Box::new(key());
    assert_eq!(through(&boxed), direct);
    assert_eq!(through(boxed.as_ref()), direct);
    let shared: Arc<dyn Signer> = Arc::new(key());
    assert_eq!(through(&Arc::clone(&shared)), direct);
    assert_eq!(through::<Arc<SigningKey>>(&Arc::new(key())), direct);
    let public = boxed.verifying_key();
    public.verify(b"bread", &direct.0).unwrap();
    assert_eq!(
        public.verify(b"brick", &direct.0).unwrap_err().code(),
        "Envelope.BadSignature"
    );
    assert!(
        format!("{public:?}").contains(&public.id().to_string()),
        "{public:?}"
    );
    let secret = format!("{:?}", key());
    assert!(secret.contains(&public.id().to_string()), "{secret}");
}

#[test]
fn a_tree_and_a_range_know_their_size() {
    let leaves: Vec<_> = (0..5_u8).map(|n| leaf_hash(&[&[n]])).collect();
    let mut tree = MerkleTree::new();
    let mut range = MerkleRange::new(2);
    assert_eq!((tree.size(), range.begin(), range.end()), (0, 2, 2));
    for (n, leaf) in (1..).zip(&leaves) {
        tree.push(*leaf);
        range.push(*leaf);
        assert_eq!((tree.size(), range.begin(), range.end()), (n, 2, n + 2));
    }
    assert!(ConsistencyProof::of(&leaves, 0).is_none());
    assert!(ConsistencyProof::of(&leaves, 1).is_some());
    assert!(ConsistencyProof::of(&leaves, 5).is_some());
    assert!(ConsistencyProof::of(&leaves, 6).is_none());
}

#[test]
fn an_error_is_placed_in_what_it_stands_in() {
    let error = cbor::check(&[0x82, 0x00]).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("Codec.Truncated", Some(2)));
    let nested = error.clone().nested(100);
    assert_eq!(
        (nested.code(), nested.offset()),
        ("Codec.Truncated", Some(102))
    );
    assert_eq!(nested.kind(), error.kind());
    let nowhere = Error::from(ErrorKind::PrevMismatch);
    assert_eq!(nowhere.nested(100).offset(), None);
    let range = Error::from(Invalid::range("loaves", "at most a dozen"));
    assert_eq!(range.code(), "Codec.OutOfRange");
    assert!(range.to_string().contains("at most a dozen"), "{range}");
    let schema = Error::from(Invalid::schema("loaves", "whole ones"));
    assert_eq!(schema.code(), "Codec.Schema");
    for part in ["loaves", "whole ones"] {
        assert!(schema.to_string().contains(part), "{schema}");
    }
}

#[test]
fn a_prepared_key_says_whose_it_is_and_refuses_what_its_key_refuses() {
    use jwp_core::{ed25519::Width, key::PreparedKey};
    let key = key();
    let prepared = PreparedKey::new(key.verifying_key().clone(), Width::W7);
    let signature = key.sign(b"bread").unwrap();
    prepared.verify(b"bread", &signature).unwrap();
    let error = prepared.verify(b"broad", &signature).unwrap_err();
    assert_eq!(error.code(), "Envelope.BadSignature");
    let id = key.verifying_key().id();
    assert_eq!(prepared.key().id(), id);
    assert_eq!(format!("{prepared:?}"), format!("PreparedKey({id})"));
    let decimal: Decimal = "-0.50".parse().unwrap();
    assert_eq!(format!("{decimal:?}"), format!("Decimal({decimal})"));
    let error = serde_json::from_str::<Decimal>("[]").unwrap_err();
    assert!(error.to_string().contains("expected a decimal"), "{error}");
}

#[test]
fn a_precision_rounds_half_to_even_as_it_does_for_other_numbers() {
    for (text, precision, shown) in [
        ("84.5", 1, "84.5"),
        ("84.5", 2, "84.50"),
        ("84.5", 0, "84"),
        ("85.5", 0, "86"),
        ("84", 2, "84.00"),
        ("0.0021", 2, "0.00"),
        ("0.0021", 3, "0.002"),
        ("0.005", 2, "0.00"),
        ("0.015", 2, "0.02"),
        ("0.0051", 2, "0.01"),
        ("9.996", 2, "10.00"),
        ("-1234.5", 3, "-1234.500"),
        ("-0.04", 1, "0.0"),
        ("-0.06", 1, "-0.1"),
        ("1e-64", 3, "0.000"),
        (
            "9223372036854775807e-64",
            44,
            "0.00000000000000000000000000000000000000000000",
        ),
        ("18446744073709551615", 1, "18446744073709551615.0"),
    ] {
        let found = format!("{:.precision$}", decimal(text));
        assert_eq!(found, shown, "{text} to {precision}");
    }
    let long = format!("{:.300}", decimal("0.5"));
    assert_eq!(long.len(), 302);
    for (text, precision, shown) in [
        ("12.36", 1, "12.4"),
        ("12.36", 2, "12.36"),
        ("12.36", 3, "12.360"),
        ("12.5", 0, "12"),
        ("18446744073709.551615", 2, "18446744073709.55"),
    ] {
        let joules: Joules = text.parse().unwrap();
        assert_eq!(format!("{joules:.precision$}"), shown);
    }
}

#[test]
fn a_number_is_padded_as_other_numbers_are() {
    let (rate, loss) = (decimal("0.5"), decimal("-1234.5"));
    assert_eq!(
        format!("[{rate:6}] [{rate:<6}] [{rate:*^7}]"),
        "[   0.5] [0.5   ] [**0.5**]"
    );
    assert_eq!(
        format!("{rate:+} {rate:06} {loss:09} {loss:+}"),
        "+0.5 0000.5 -001234.5 -1234.5"
    );
    assert_eq!(format!("{rate:8.2}|{loss:>10.0}"), "    0.50|     -1234");
    let joules: Joules = "0.41".parse().unwrap();
    assert_eq!(format!("[{joules:6}] [{joules:<6.1}]"), "[  0.41] [0.4   ]");
    assert_eq!(decimal("-7"), Decimal::from(-7));
    assert_eq!(format!("{:?} {:?}", rate, joules), "Decimal(0.5) 0.41 J");
}

#[test]
fn a_name_in_hex_is_padded_as_other_texts_are() {
    let (link, run) = (Link::from_bytes([0xab; 32]), RunId::from_bytes([1; 16]));
    let kid = KeyId::from_bytes([2; 32]);
    let hex = "ab".repeat(32);
    assert_eq!(
        format!("[{link:66}] [{link:>66}]"),
        format!("[{hex}  ] [  {hex}]")
    );
    assert_eq!(format!("{link:.8}"), "abababab");
    assert_eq!(format!("{run:-^34}"), format!("-{}-", "01".repeat(16)));
    assert_eq!(format!("{kid:>65}"), format!(" {}", "02".repeat(32)));
    let digest = Digest::sha256(b"");
    assert_eq!(format!("[{digest:73}]"), format!("[{digest}  ]"));
}

#[test]
fn a_time_is_shown_as_rfc_3339_in_utc() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (86_399, "1970-01-01T23:59:59Z"),
        (68_169_599, "1972-02-28T23:59:59Z"),
        (68_169_600, "1972-02-29T00:00:00Z"),
        (951_868_799, "2000-02-29T23:59:59Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (978_307_199, "2000-12-31T23:59:59Z"),
        (1_778_155_200, "2026-05-07T12:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(Timestamp::from_secs(seconds).unwrap().to_string(), text);
    }
    assert_eq!(
        format!("[{:>22}]", Timestamp::MAX),
        "[  9999-12-31T23:59:59Z]"
    );
    // Every day there is, counted by hand.
    let is_leap = |year: u32| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut seconds = 0;
    for year in 1970..=9999 {
        for (month, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            let days = if month == 2 && is_leap(year) {
                29
            } else {
                days
            };
            for day in 1..=days {
                let time = Timestamp::from_secs(seconds).unwrap().to_string();
                assert_eq!(time, format!("{year}-{month:02}-{day:02}T00:00:00Z"));
                seconds += 86_400;
            }
        }
    }
    assert_eq!(seconds, Timestamp::MAX.as_secs() + 1);
}

#[test]
fn a_number_in_json_is_told_that_it_should_be_text() {
    for wrong in ["12", "0.36", "-1", "[]"] {
        let error = serde_json::from_str::<Decimal>(wrong).unwrap_err();
        let words = "expected a decimal as text, such as \"0.36\"";
        assert!(error.to_string().contains(words), "{error}");
        let error = serde_json::from_str::<Joules>(wrong).unwrap_err();
        let words = "expected joules as text, such as \"0.36\"";
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(
        serde_json::from_str::<Decimal>("\"0.36\"").unwrap(),
        decimal("0.36")
    );
}
