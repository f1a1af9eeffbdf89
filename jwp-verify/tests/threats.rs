//! `spec/threats.tsv`: what stands there as held is tested where it says, and nothing that is tested
//! stands there as open.

#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files below a folder, by their paths from the root.
fn sources(folder: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            sources(&path, found);
        } else if path.ends_with(".rs") && path != "jwp-verify/tests/threats.rs" {
            found.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// Whether a text names a row: `T42`, but neither `T421` nor the time `07T12:00`.
fn names(text: &str, id: &str) -> bool {
    text.match_indices(id).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at..].chars().skip(id.len());
        let (first, second) = (after.next(), after.next());
        let joined = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let time = first == Some(':') && second.is_some_and(|c| c.is_ascii_digit());
        !before.is_some_and(joined) && !first.is_some_and(|c| c.is_ascii_alphanumeric()) && !time
    })
}

#[test]
fn every_row_is_held_by_a_test_or_stands_open() {
    let table = fs::read_to_string(root().join("spec/threats.tsv")).unwrap();
    let mut tests = BTreeMap::new();
    for folder in ["jwp-core", "jwp-delivery", "jwp-verify"] {
        sources(&format!("{folder}/src"), &mut tests);
        sources(&format!("{folder}/tests"), &mut tests);
    }
    let (mut ids, mut held) = (BTreeSet::new(), 0);
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, _, _, expected, state, listed] = fields.as_slice() else {
            panic!("six columns: {line}");
        };
        assert!(ids.insert(*id), "{id} twice");
        assert!(!expected.is_empty(), "{id} expects nothing");
        let naming: Vec<&str> = tests
            .iter()
            .filter(|(_, text)| names(text, id))
            .map(|(path, _)| path.as_str())
            .collect();
        match *state {
            "held" => {
                assert_eq!(listed.split(' ').collect::<Vec<_>>(), naming, "{id}");
                held += 1;
            }
            "open" => {
                assert_eq!(*listed, "-", "{id}");
                assert!(naming.is_empty(), "{id} is open, and tested in {naming:?}");
            }
            other => panic!("{id}: state {other}"),
        }
    }
    assert_eq!(ids.len(), 114);
    assert!(held >= 90, "{held} rows are held");
}
