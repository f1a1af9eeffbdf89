//! Every public CBOR vector, and what its set says of it.

use std::{fs, path::Path};

use serde_json::Value as Json;

use crate::public::{hex, json};

/// What a set says of a vector.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Says {
    /// Deterministic: read, and written as it was, unless our profile is narrower.
    Valid,
    /// Well-formed, and perhaps deterministic: as `Valid`, and never refused as broken.
    WellFormed,
    /// Not well-formed, or not deterministic: refused.
    Invalid,
}

#[expect(
    clippy::allow_attributes,
    reason = "one of the tests that include this has use for all"
)]
#[allow(
    dead_code,
    reason = "a test may compare with more than what the set says"
)]
pub(crate) struct Vector {
    pub(crate) set: &'static str,
    pub(crate) index: usize,
    pub(crate) says: Says,
    pub(crate) bytes: Vec<u8>,
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

pub(crate) fn vectors(folder: &Path) -> Vec<Vector> {
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
