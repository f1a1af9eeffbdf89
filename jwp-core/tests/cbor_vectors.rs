//! Every public CBOR vector: what is not well-formed or not deterministic is refused, what is both is
//! read and written again byte by byte, and where this profile is narrower than the set, the vector
//! stands in `testdata/cbor-exceptions.tsv` with the code that refuses it and the reason. Without its
//! row a vector fails, and a row without its vector, or with another verdict, fails too.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
#![cfg(test)]

#[path = "support/public.rs"]
mod public;

use std::{collections::BTreeMap, fs, path::Path};

use jwp_core::{
    Error, ErrorKind,
    cbor::{self, Value},
};
use public::{folder, hex, json};
use serde_json::Value as Json;

/// What a set says of a vector.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    /// Deterministic: read, and written as it was, unless our profile is narrower.
    Valid,
    /// Well-formed, and perhaps deterministic: as `Valid`, and never refused as broken.
    WellFormed,
    /// Not well-formed, or not deterministic: refused.
    Invalid,
}

struct Vector {
    set: &'static str,
    index: usize,
    says: Says,
    bytes: Vec<u8>,
}

/// Set, file, field of the hex, what the set says of each entry, and how many entries it has: a set that
/// is gone or has another form fails.
type Set = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Json) -> Says,
    usize,
);

fn valid(_: &Json) -> Says {
    Says::Valid
}

fn well_formed(_: &Json) -> Says {
    Says::WellFormed
}

fn invalid(_: &Json) -> Says {
    Says::Invalid
}

/// RFC 8949 Appendix A marks what an encoder would not write: indefinite lengths and wide floats.
fn appendix_a(entry: &Json) -> Says {
    if entry["roundtrip"] == true {
        Says::Valid
    } else {
        Says::Invalid
    }
}

fn dasl(entry: &Json) -> Says {
    match entry["type"].as_str().unwrap() {
        "roundtrip" => Says::Valid,
        "invalid_in" | "invalid_out" => Says::Invalid,
        other => panic!("{other}"),
    }
}

#[rustfmt::skip]
const SETS: [Set; 21] = [
    ("appendix-a", "cbor-appendix-a/appendix_a.json", "hex", appendix_a, 82),
    ("hildjj-good", "cbor-appendix-a/hildjj_good_hex.json", "hex", well_formed, 139),
    ("appendix-f", "cbor-not-well-formed/rfc8949_appendix_f.json", "hex", invalid, 94),
    ("qcbor", "cbor-not-well-formed/qcbor_not_well_formed.json", "hex", invalid, 122),
    ("hildjj-bad", "cbor-not-well-formed/hildjj_decode_bad.json", "hex", invalid, 33),
    ("dcbor-negative", "cbor-deterministic/dcbor_numeric_negative.json", "hex", invalid, 11),
    ("dcbor-reject", "cbor-deterministic/dcbor_reject.json", "hex", invalid, 10),
    ("dcbor-positive", "cbor-deterministic/dcbor_numeric_positive.json", "hex", valid, 41),
    ("dcbor-roundtrip", "cbor-deterministic/dcbor_roundtrip.json", "hex", valid, 61),
    ("dag-cbor", "dag-cbor/negative-fixtures/dag-cbor/decode/duplicate-keys.json", "hex", invalid, 1),
    ("dasl-cid", "dasl-dag-cbor/cid.json", "data", dasl, 12),
    ("dasl-concat", "dasl-dag-cbor/concat.json", "data", dasl, 1),
    ("dasl-floats", "dasl-dag-cbor/floats.json", "data", dasl, 23),
    ("dasl-indefinite", "dasl-dag-cbor/indefinite.json", "data", dasl, 4),
    ("dasl-integer_range", "dasl-dag-cbor/integer_range.json", "data", dasl, 11),
    ("dasl-map_keys", "dasl-dag-cbor/map_keys.json", "data", dasl, 6),
    ("dasl-numeric_reduction", "dasl-dag-cbor/numeric_reduction.json", "data", dasl, 4),
    ("dasl-short_form", "dasl-dag-cbor/short_form.json", "data", dasl, 31),
    ("dasl-simple", "dasl-dag-cbor/simple.json", "data", dasl, 5),
    ("dasl-tags", "dasl-dag-cbor/tags.json", "data", dasl, 3),
    ("dasl-utf8", "dasl-dag-cbor/utf8.json", "data", dasl, 5),
];

/// The examples of the CDE draft, which are in CSV: kind, value, hex, comment. Values hold commas.
const CDE: (&str, &str, usize) = (
    "cde",
    "cbor-deterministic/example-table-input.csv",
    22 + 44 + 10,
);

fn vectors(folder: &Path) -> Vec<Vector> {
    let mut all = Vec::new();
    for (set, file, field, says, count) in SETS {
        let entries = json(folder.join(file));
        let entries = entries.as_array().unwrap();
        assert_eq!(
            entries.len(),
            count,
            "{set}: vectors were lost, or others came"
        );
        for (index, entry) in entries.iter().enumerate() {
            let text = entry.as_str().or_else(|| entry[field].as_str()).unwrap();
            let (says, bytes) = (says(entry), hex(text));
            all.push(Vector {
                set,
                index,
                says,
                bytes,
            });
        }
    }
    let (set, file, count) = CDE;
    let table = fs::read_to_string(folder.join(file)).unwrap();
    assert_eq!(table.lines().count(), count, "{set}");
    for (index, row) in table.lines().enumerate() {
        let says = if row.starts_with("bad,") {
            Says::Invalid
        } else {
            Says::Valid
        };
        // The hex is the field that is nothing else; the value in front of it may look like it only
        // where it is a number, and is then the second field.
        let is_hex = |text: &&str| {
            text.len() >= 2
                && text.len().is_multiple_of(2)
                && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let text = row.split(',').skip(2).find(is_hex).unwrap();
        all.push(Vector {
            set,
            index,
            says,
            bytes: hex(text),
        });
    }
    all
}

/// The verdict of every reader of whole items; they must agree.
fn verdict(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let value = cbor::from_slice::<Value>(bytes);
    let checked = cbor::check(bytes);
    let mut reader = cbor::Reader::new(bytes)?;
    assert_eq!(
        reader.skip().and_then(|()| reader.finish()),
        checked,
        "{bytes:02x?}"
    );
    assert_eq!(value.as_ref().err(), checked.as_ref().err(), "{bytes:02x?}");
    assert_eq!(
        cbor::diagnose(bytes).is_ok(),
        checked.is_ok(),
        "{bytes:02x?}"
    );
    Ok(cbor::to_vec(&value?).unwrap())
}

/// The rows of `cbor-exceptions.tsv`: the code, or `accepted`, by set and index.
fn exceptions() -> BTreeMap<(&'static str, usize), &'static str> {
    let mut rows = BTreeMap::new();
    let table = include_str!("testdata/cbor-exceptions.tsv");
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [set, index, code, reason] = fields.as_slice() else {
            panic!("{row}")
        };
        assert!(reason.len() > 10, "{row} has no reason");
        let before = rows.insert((*set, index.parse().unwrap()), *code);
        assert!(before.is_none(), "{row} stands twice");
    }
    rows
}

#[test]
fn every_vector_is_refused_or_has_one_form() {
    let Some(folder) = folder() else { return };
    let (mut exceptions, mut wrong, mut read) = (exceptions(), Vec::new(), 0);
    for Vector {
        set,
        index,
        says,
        bytes,
    } in &vectors(&folder)
    {
        let exception = exceptions.remove(&(*set, *index));
        let result = verdict(bytes);
        if let Ok(again) = &result {
            assert_eq!(again, bytes, "{set} {index} is written in another way");
            read += 1;
        }
        let broken = matches!(
            result.as_ref().map_err(Error::kind),
            Err(ErrorKind::Malformed { .. } | ErrorKind::Truncated | ErrorKind::TrailingBytes)
        );
        let found = result.as_ref().map_or_else(Error::code, |_| "accepted");
        let expected = match says {
            // What a set forbids may be accepted where it is the rule of another profile alone.
            Says::Invalid if exception.is_none() && result.is_err() => found,
            Says::Invalid if exception == Some("accepted") => "accepted",
            Says::Invalid => "refused, and no row of the table",
            Says::Valid | Says::WellFormed => exception.unwrap_or("accepted"),
        };
        if found != expected {
            let words = result.as_ref().err().map(Error::to_string);
            wrong.push(format!(
                "{set}\t{index}\t{found}\t{}",
                words.unwrap_or_default()
            ));
        } else if says == &Says::WellFormed && broken {
            wrong.push(format!("{set}\t{index}\t{found}\tbut it is well-formed"));
        }
    }
    wrong.extend(
        exceptions
            .keys()
            .map(|row| format!("{row:?} is no exception")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read > 150, "{read} are read");
}
