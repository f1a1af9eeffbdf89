//! Every public CBOR vector: what is not well-formed or not deterministic is refused, what is both is
//! read and written again byte by byte, and where this profile is narrower than the set, the vector
//! stands in `testdata/cbor-exceptions.tsv` with the code that refuses it and the reason.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
//! `JWP_BLESS=1` writes the exceptions; each must have a reason below.
#![cfg(test)]

#[path = "support/public.rs"]
mod public;

use core::fmt::Write as _;
use std::{fs, path::PathBuf};

use jwp_core::{
    Error,
    cbor::{self, Value},
};
use public::{folder, hex, json};
use serde_json::Value as Json;

/// What a set says of a vector.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    /// Deterministic: it must be read, and written as it was, unless our profile is narrower.
    Valid,
    /// Not well-formed, or not deterministic: it must be refused, without exception.
    Invalid,
}

struct Vector {
    set: &'static str,
    index: usize,
    says: Says,
    bytes: Vec<u8>,
}

const DASL: [&str; 11] = [
    "cid",
    "concat",
    "floats",
    "indefinite",
    "integer_range",
    "map_keys",
    "numeric_reduction",
    "short_form",
    "simple",
    "tags",
    "utf8",
];

fn vectors(folder: &std::path::Path) -> Vec<Vector> {
    let mut all = Vec::new();
    let mut add = |set, file: &str, says: &dyn Fn(&Json) -> Says, field: &str| {
        for (index, entry) in json(folder.join(file))
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            let text = entry.as_str().or_else(|| entry[field].as_str()).unwrap();
            all.push(Vector {
                set,
                index,
                says: says(entry),
                bytes: hex(text),
            });
        }
    };
    let (valid, invalid) = (|_: &Json| Says::Valid, |_: &Json| Says::Invalid);
    add(
        "appendix-f",
        "cbor-not-well-formed/rfc8949_appendix_f.json",
        &invalid,
        "hex",
    );
    add(
        "qcbor",
        "cbor-not-well-formed/qcbor_not_well_formed.json",
        &invalid,
        "hex",
    );
    add(
        "hildjj-bad",
        "cbor-not-well-formed/hildjj_decode_bad.json",
        &invalid,
        "hex",
    );
    // One of these is fine under RFC 8949 §4.2.1, and ours refuses it by its range.
    add(
        "dcbor-negative",
        "cbor-deterministic/dcbor_numeric_negative.json",
        &invalid,
        "hex",
    );
    add(
        "dcbor-reject",
        "cbor-deterministic/dcbor_reject.json",
        &invalid,
        "hex",
    );
    add(
        "dcbor-positive",
        "cbor-deterministic/dcbor_numeric_positive.json",
        &valid,
        "hex",
    );
    add(
        "dcbor-roundtrip",
        "cbor-deterministic/dcbor_roundtrip.json",
        &valid,
        "hex",
    );
    let roundtrip = |entry: &Json| {
        if entry["roundtrip"] == true {
            Says::Valid
        } else {
            Says::Invalid
        }
    };
    add(
        "appendix-a",
        "cbor-appendix-a/appendix_a.json",
        &roundtrip,
        "hex",
    );
    for file in DASL {
        let says = |entry: &Json| {
            if entry["type"] == "roundtrip" {
                Says::Valid
            } else {
                Says::Invalid
            }
        };
        add(file, &format!("dasl-dag-cbor/{file}.json"), &says, "data");
    }
    all
}

/// Why our profile refuses what a set allows, by the code that refuses.
fn reason(set: &str, code: &str) -> Option<&'static str> {
    Some(match code {
        "Codec.FloatNotAllowed" => "no floats: figures are integers or exact decimals",
        "Codec.TagNotAllowed" => "no tags but 18 and 4",
        "Codec.TypeMismatch" => "no null, undefined or simple values but false and true",
        "Codec.OutOfRange" => "integers lie in -2^63..2^64-1",
        "Codec.Schema" => "map keys of a value are text",
        "Codec.BadText" => "text has no controls",
        "Codec.KeyOrder" => "keys in bytewise order of RFC 8949 section 4.2.1, not length first",
        "Codec.Indefinite" => "definite lengths only: the set is about general CBOR",
        "Codec.Malformed" if set == "appendix-a" => {
            "not well-formed since RFC 8949; RFC 7049 allowed it"
        }
        _ => return None,
    })
}

fn verdict(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let value: Value = cbor::from_slice(bytes)?;
    Ok(cbor::to_vec(&value).unwrap())
}

#[test]
fn every_vector_is_refused_or_has_one_form() {
    let Some(folder) = folder() else { return };
    let vectors = vectors(&folder);
    let mut exceptions = String::from("# set\tindex\tcode\treason\n");
    let (mut wrong, mut read) = (Vec::new(), 0);
    for Vector {
        set,
        index,
        says,
        bytes,
    } in &vectors
    {
        match (verdict(bytes), says) {
            (Ok(again), Says::Valid) => {
                assert_eq!(&again, bytes, "{set} {index} is written in another way");
                read += 1;
            }
            // The same bytes stand in the set again, as valid for every other profile.
            (Ok(_), Says::Invalid) if (*set, *index) == ("utf8", 3) => {
                let reason = "dCBOR alone asks for NFC; text is never normalised";
                writeln!(exceptions, "{set}\t{index}\taccepted\t{reason}").unwrap();
            }
            (Ok(_), Says::Invalid) => wrong.push(format!("{set} {index} is accepted")),
            (Err(_), Says::Invalid) => {}
            (Err(error), Says::Valid) => match reason(set, error.code()) {
                Some(reason) => {
                    writeln!(exceptions, "{set}\t{index}\t{}\t{reason}", error.code()).unwrap();
                }
                None => wrong.push(format!("{set} {index} is refused: {error}")),
            },
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(vectors.len(), EXPECTED, "vectors were lost, or others came");
    assert!(read > 80, "{read} are read");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/cbor-exceptions.tsv");
    if std::env::var_os("JWP_BLESS").is_some() {
        fs::write(&path, &exceptions).unwrap();
    }
    // An exception that is no longer one fails as well.
    assert_eq!(fs::read_to_string(&path).unwrap(), exceptions);
}

/// Vectors in all sets together.
const EXPECTED: usize = 559;
