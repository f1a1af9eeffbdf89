//! Documents of the test data, ways to change them, and claims under their wire names.

use core::fmt::Debug;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jwp_core::{Claim, Digest, Timestamp};
use jwp_delivery::import::ImportError;
use serde_json::Value;

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

#[track_caller]
pub(crate) fn read(path: &str) -> Vec<u8> {
    fs::read(testdata(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[track_caller]
pub(crate) fn folder(path: &str) -> Files {
    let entries = fs::read_dir(testdata(path)).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// Replaces `from`, which must be there, once.
#[track_caller]
pub(crate) fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

/// A document with one piece replaced, which must be there.
#[track_caller]
pub(crate) fn changed(path: &str, from: &str, to: &str) -> Vec<u8> {
    replace(&read(path), from, to)
}

/// Asserts that a document is refused with `code`, and with words.
#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T, ImportError>, code: &str) {
    refused_as(result, code, "a document");
}

/// The same of one of many documents, which a failure names.
#[track_caller]
pub(crate) fn refused_as<T: Debug>(result: Result<T, ImportError>, code: &str, what: &str) {
    match result {
        Ok(read) => panic!("{what}: got {read:?}, expected {code}"),
        Err(error) => {
            assert_eq!(error.code(), code, "{what}: {error}");
            assert!(!error.to_string().is_empty(), "{what}");
        }
    }
}

#[track_caller]
pub(crate) fn secs(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds).unwrap()
}

/// The kind of a claim and its fields under their wire names.
pub(crate) fn wire<C: Claim>(claim: &C) -> (&'static str, Value) {
    (C::KIND, serde_json::to_value(claim).unwrap())
}

pub(crate) type Outcome = Result<(&'static str, Value), &'static str>;

pub(crate) const IMAGE: &str =
    "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";

pub(crate) fn image() -> Digest {
    IMAGE.parse().expect("a digest")
}
