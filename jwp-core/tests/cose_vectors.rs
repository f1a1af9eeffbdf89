//! Every public COSE_Sign1, COSE_Sign and SCITT message: what our parser says of it, and why, stands in
//! `testdata/cose-verdicts.tsv`. None is a receipt: each must be refused, with exactly that code, and
//! nothing of it may stop the program.
//!
//! The messages lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/public.rs"]
mod public;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jwp_core::{
    UnverifiedReceipt, cbor,
    chain::{Receipts, SequenceReader},
};
use public::{folder, hex, json};
use serde_json::Value;

/// The files below `folder` in order, by their path from it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let each = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    entries.into_iter().flat_map(each).collect()
}

/// The hex of every message in a JSON file, by its JSON pointer. These are the members that hold whole
/// messages: COSE WG, GlueCOSE, and the SCITT interop vector.
fn messages(entry: &Value, pointer: &str, found: &mut Vec<(String, Vec<u8>)>) {
    const WHOLE: [&str; 5] = [
        "output/cbor",
        "taggedCOSESign1/cborHex",
        "expectedOutput/cborHex",
        "bytes_hex",
        "receipt_bytes_hex",
    ];
    match entry {
        Value::String(text) if WHOLE.iter().any(|end| pointer.ends_with(end)) => {
            found.push((pointer.to_owned(), hex(text)));
        }
        Value::Object(members) => {
            for (name, member) in members {
                messages(member, &format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Every message, by set, path and, in a JSON file, pointer.
fn vectors(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for set in ["cose-wg-examples", "gluecose", "scitt", "scitt-cose"] {
        for path in files(&folder.join(set)) {
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("cbor" | "cose") => {
                    all.insert(name, fs::read(&path).unwrap());
                }
                Some("json") => {
                    let mut found = Vec::new();
                    messages(&json(path), "", &mut found);
                    all.extend(
                        found
                            .into_iter()
                            .map(|(pointer, bytes)| (format!("{name}#{pointer}"), bytes)),
                    );
                }
                _ => {}
            }
        }
    }
    all
}

/// Messages of each set, so that a folder which is gone or has another form is seen.
const COUNTS: [(&str, usize); 4] = [
    ("cose-wg-examples/", 27),
    ("gluecose/", 18),
    ("scitt/", 27),
    ("scitt-cose/", 16),
];

#[test]
fn every_message_has_the_verdict_of_the_table() {
    let Some(folder) = folder() else { return };
    let vectors = vectors(&folder);
    for (set, count) in COUNTS {
        let read = vectors.keys().filter(|name| name.starts_with(set)).count();
        assert_eq!(read, count, "{set}");
    }
    let table = include_str!("testdata/cose-verdicts.tsv");
    let mut rows = BTreeMap::new();
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [name, code, reason] = fields.as_slice() else {
            panic!("{row}")
        };
        assert!(reason.len() > 10, "{name} has no reason");
        let before = rows.insert((*name).to_owned(), *code);
        assert!(before.is_none(), "{name} stands twice");
    }
    let mut wrong = Vec::new();
    for (name, bytes) in &vectors {
        let verdict = UnverifiedReceipt::parse(bytes);
        let found = verdict.as_ref().map_or_else(|e| e.code(), |_| "accepted");
        let expected = rows.remove(name);
        if expected != Some(found) {
            let words = verdict.map_or_else(|error| error.to_string(), |_| String::new());
            wrong.push(format!("{name}\t{found}\t{words} (table: {expected:?})"));
        }
    }
    wrong.extend(rows.keys().map(|name| format!("{name}: no such message")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whole, cut anywhere, or with any byte turned over: no way in stops the program or accepts it.
#[test]
fn no_message_and_no_part_of_one_is_a_receipt() {
    let Some(folder) = folder() else { return };
    let refused = |name: &str, bytes: &[u8]| {
        assert!(UnverifiedReceipt::parse(bytes).is_err(), "{name}");
        assert!(UnverifiedReceipt::parse_first(bytes).is_err(), "{name}");
        let in_memory = Receipts::new(bytes).next();
        assert!(in_memory.is_none_or(|item| item.is_err()), "{name}");
        // Whether the item is deterministic is another question; asking it must be safe.
        let _ = cbor::check(bytes);
        let _ = cbor::diagnose(bytes);
    };
    for (name, mut bytes) in vectors(&folder) {
        refused(&name, &bytes);
        let stream = SequenceReader::new(bytes.as_slice())
            .next_receipt()
            .is_err();
        assert!(stream, "{name}");
        for length in 0..bytes.len() {
            refused(&name, &bytes[..length]);
        }
        for at in 0..bytes.len() {
            bytes[at] ^= 0xff;
            refused(&name, &bytes);
            bytes[at] ^= 0xff;
        }
    }
}
