//! Every receipt in `spec/vectors/negative` is refused with exactly the code that its row names, and
//! the checked-in files are what this test builds.
//!
//! `JWP_BLESS=1 cargo test -p jwp-core --test negatives` writes them anew.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a mistake in how a vector is built fails the test, whichever way it panics"
)]

#[path = "../support/lax.rs"]
mod lax;

mod base;
mod encoding;
mod envelope;
mod first_fault;
mod header;
mod items;
mod limits;
mod numbers;
mod payload;
mod position;
mod signature;
mod text;
mod unprotected;

use core::fmt::Write as _;
use std::{collections::BTreeSet, fs, path::PathBuf};

use jwp_core::Signer as _;

use self::base::Base;

/// What was changed, which row of the threat table it stands for, and the code expected.
struct Case {
    name: &'static str,
    threat: &'static str,
    code: &'static str,
    bytes: Vec<u8>,
}

fn cases(b: &Base) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |threat, code, name, bytes| {
        cases.push(Case {
            name,
            threat,
            code,
            bytes,
        });
    };
    encoding::add_to(&mut add, b);
    limits::add_to(&mut add, b);
    items::add_to(&mut add, b);
    text::add_to(&mut add, b);
    numbers::add_to(&mut add, b);
    payload::add_to(&mut add, b);
    position::add_to(&mut add, b);
    header::add_to(&mut add, b);
    unprotected::add_to(&mut add, b);
    envelope::add_to(&mut add, b);
    signature::add_to(&mut add, b);
    first_fault::add_to(&mut add, b);
    cases
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../spec/vectors/negative"
    ))
}

#[test]
fn every_negative_is_refused_with_its_code() {
    let base = Base::new();
    let mut names = BTreeSet::new();
    for case in cases(&base) {
        let error = base.verdict(&case.bytes).expect_err(case.name);
        assert_eq!(error.code(), case.code, "{}: {error}", case.name);
        assert!(names.insert(case.name), "{} stands twice", case.name);
    }
}

/// What a person reads: what was found, what was expected, and where. A changed word is seen in review.
#[test]
fn every_negative_is_refused_in_these_words() {
    let base = Base::new();
    let mut messages = String::from("# name\tmessage\n");
    for case in cases(&base) {
        let error = base.verdict(&case.bytes).expect_err(case.name);
        writeln!(messages, "{}\t{error}", case.name).unwrap();
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/messages.tsv");
    if std::env::var_os("JWP_BLESS").is_some() {
        fs::write(&file, &messages).unwrap();
    }
    assert_eq!(fs::read_to_string(file).unwrap(), messages);
}

#[test]
fn the_checked_in_negatives_are_these() {
    let base = Base::new();
    let mut index = String::from("# name\tthreat\tcode\toffset\n");
    let bless = std::env::var_os("JWP_BLESS").is_some();
    if bless {
        fs::create_dir_all(folder()).unwrap();
        fs::write(folder().join("../valid.cbor"), base.valid()).unwrap();
        fs::write(
            folder().join("../valid.pub.pem"),
            base.key.verifying_key().to_pem(),
        )
        .unwrap();
    }
    let pem = fs::read_to_string(folder().join("../valid.pub.pem")).unwrap();
    assert_eq!(pem, base.key.verifying_key().to_pem());
    assert_eq!(
        fs::read(folder().join("../valid.cbor")).unwrap(),
        base.valid()
    );
    let mut expected = BTreeSet::from(["index.tsv".to_owned()]);
    for case in cases(&base) {
        let error = base.verdict(&case.bytes).expect_err(case.name);
        let offset = error
            .offset()
            .map_or("-".to_owned(), |offset| offset.to_string());
        writeln!(
            index,
            "{}\t{}\t{}\t{offset}",
            case.name, case.threat, case.code
        )
        .unwrap();
        let file = folder().join(format!("{}.cbor", case.name));
        if bless {
            fs::write(&file, &case.bytes).unwrap();
        }
        assert!(
            fs::read(&file).unwrap() == case.bytes,
            "{} differs",
            case.name
        );
        expected.insert(format!("{}.cbor", case.name));
    }
    if bless {
        fs::write(folder().join("index.tsv"), &index).unwrap();
    }
    assert_eq!(
        fs::read_to_string(folder().join("index.tsv")).unwrap(),
        index
    );
    let found = fs::read_dir(folder()).unwrap();
    let found: BTreeSet<_> = found
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, expected, "a file that no case builds");
}
