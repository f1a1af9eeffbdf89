//! The table of codes holds every code that anything gives.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use jwp_core::{ErrorKind, error::SchemaProblem};
use jwp_delivery::import::{ImportError, ImportErrorKind};
use jwp_verify::code::{CODES, Class, RULES, find, find_rule};

/// One of each. A match without a wildcard is not possible on a non-exhaustive enum from outside; the
/// text of the source stands in for it.
#[test]
fn every_code_of_core_is_in_the_table() {
    let source = include_str!("../../../jwp-core/src/error.rs");
    let codes: Vec<_> = codes_in(source).collect();
    assert!(codes.len() > 35, "{codes:?}");
    for code in codes {
        assert!(find(code).is_some(), "{code}");
    }
    for kind in [
        ErrorKind::Truncated,
        ErrorKind::Schema(SchemaProblem::MissingKey { key: "v" }),
        ErrorKind::BadSignature,
        ErrorKind::UnverifiedHead,
        ErrorKind::Signer,
    ] {
        assert!(find(kind.code()).is_some(), "{}", kind.code());
    }
}

#[test]
fn every_code_of_the_importers_is_in_the_table() {
    let source = include_str!("../../../jwp-delivery/src/import.rs");
    let codes: Vec<_> = codes_in(source).collect();
    assert!(codes.len() >= 7, "{codes:?}");
    for code in codes {
        assert!(find(code).is_some(), "{code}");
    }
    let error = ImportError::new(ImportErrorKind::Path, "/a");
    assert_eq!(find(error.code()).unwrap().class(), Class::Undecided);
}

/// An entry that nothing gives is marked, and so is a rule that nothing checks. This crate names them by type alone.
#[test]
fn the_table_says_which_codes_are_given() {
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    collect(&root().join("jwp-verify/src"), &mut ours);
    for folder in ["jwp-core", "jwp-delivery"] {
        collect(&root().join(folder).join("src"), &mut foreign);
    }
    let named: Vec<&str> = ours.iter().flat_map(|text| codes_in(text)).collect();
    assert!(named.is_empty(), "{named:?}");
    let foreign: BTreeSet<&str> = foreign.iter().flat_map(|text| codes_in(text)).collect();
    for code in &foreign {
        assert!(find(code).is_some(), "{code}");
    }
    let words = ours
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != ':'));
    let words: BTreeSet<&str> = words.collect();
    for code in CODES {
        let given = foreign.contains(code.name()) || words.contains(&*format!("Code::{code:?}"));
        assert_eq!(given, code.is_given(), "{code:?}");
    }
    for rule in RULES {
        let given = words.contains(&*format!("Rule::{rule:?}"));
        assert_eq!(given, rule.is_checked(), "{rule:?}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files below a folder up to their tests, but for the table itself.
fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if !path.ends_with("jwp-verify/src/code.rs") && !path.ends_with("tests.rs") {
            let source = fs::read_to_string(path).unwrap();
            let (code, _) = source
                .split_once("#[cfg(test)]\nmod tests {")
                .unwrap_or((&source, ""));
            found.push(code.to_owned());
        }
    }
}

#[test]
fn classes_and_rules_are_found_by_name() {
    assert_eq!(find("Chain.Truncated").unwrap().class().exit_code(), 3);
    assert_eq!(find("Cli.Usage").unwrap().class().exit_code(), 2);
    assert_eq!(
        find("Envelope.BadSignature").unwrap().class().exit_code(),
        1
    );
    assert!(find("chain.truncated").is_none());
    assert!(find_rule("R03").unwrap().is_checked());
    assert!(find_rule("R25").is_none());
    assert_eq!(RULES.len(), 24);
}

/// Texts of the form `"Area.Name"` in a source.
fn codes_in(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').filter(|text| {
        let Some((area, name)) = text.split_once('.') else {
            return false;
        };
        let word = |text: &str| {
            text.chars().next().is_some_and(char::is_uppercase)
                && text.chars().all(char::is_alphanumeric)
        };
        word(area) && word(name)
    })
}
