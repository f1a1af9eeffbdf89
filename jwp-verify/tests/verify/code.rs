//! The table of codes holds every code that anything gives.

use jwp_core::{Decimal, ErrorKind, error::SchemaProblem};
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
    let _ = Decimal::ZERO;
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
    assert_eq!(find(error.code()).unwrap().class, Class::Undecided);
}

/// Every code that this crate itself gives stands in the table: a finding without an entry would
/// have no class of its own.
#[test]
fn every_code_of_this_crate_is_in_the_table() {
    for source in [
        include_str!("../../src/chain.rs"),
        include_str!("../../src/chain/breaks.rs"),
        include_str!("../../src/invariant.rs"),
        include_str!("../../src/invariant/outcome.rs"),
        include_str!("../../src/invariant/proof.rs"),
        include_str!("../../src/invariant/standing.rs"),
        include_str!("../../src/policy.rs"),
        include_str!("../../src/seal.rs"),
        include_str!("../../src/trust.rs"),
        include_str!("../../src/verification.rs"),
    ] {
        for code in codes_in(source) {
            assert!(find(code).is_some(), "{code}");
        }
    }
}

#[test]
fn classes_and_rules_are_found_by_name() {
    assert_eq!(find("Chain.Truncated").unwrap().class.exit_code(), 3);
    assert_eq!(find("Cli.Usage").unwrap().class.exit_code(), 2);
    assert_eq!(find("Envelope.BadSignature").unwrap().class.exit_code(), 1);
    assert!(find("chain.truncated").is_none());
    assert!(find_rule("R03").unwrap().checked);
    assert!(find_rule("R25").is_none());
    assert_eq!(RULES.len(), 24);
    assert!(CODES.is_sorted_by_key(|entry| entry.code.split_once('.').unwrap().0));
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
