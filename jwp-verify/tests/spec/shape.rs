//! The chains that `tests/cddl.rs` does not read have the shape of `jwp.cddl`: the release before, and
//! what stands in `rules` alone.

use cddl::validate_cbor_from_slice;
use jwp_core::{cbor, chain::Receipts};
use jwp_delivery::DeliveryKind;

use crate::index::{bytes, text};

/// Whether an item is what a rule says. As in `tests/cddl.rs`, the recursive rule `value` is opened: the
/// validator does not find a map in its choice, and claims are checked against rules of their own. The keys of `kinds`
/// are any text to it.
fn conforms(rule: &str, item: &[u8]) -> Result<(), String> {
    let (cddl, value) = (text("../jwp.cddl"), "\nvalue = int / ");
    assert_eq!(cddl.matches(value).count(), 1);
    let kinds = "{ + kind => uint }";
    assert_eq!(cddl.matches(kinds).count(), 1);
    let cddl = cddl.replace(value, "\nvalue = any / int / ");
    let cddl = cddl.replace(kinds, "{ + tstr => uint }");
    let cddl = format!("start = {rule}\n\n{cddl}");
    validate_cbor_from_slice(&cddl, item, None).map_err(|error| error.to_string())
}

/// What each receipt of a chain conforms to: its three maps, and its claim by its kind.
fn shapes(name: &str, skip: usize) -> Vec<Result<(), String>> {
    let chain = bytes(name);
    let receipts = Receipts::new(&chain).map(|item| item.unwrap().1);
    let shape = |receipt: jwp_core::UnverifiedReceipt<'_>| {
        conforms("receipt", receipt.as_bytes())?;
        conforms("header", receipt.protected_bytes())?;
        conforms("payload", receipt.payload_bytes())?;
        let payload = receipt.unverified_payload();
        let mut typed = vec![0x82];
        typed.extend(cbor::to_vec(payload.kind()).unwrap());
        typed.extend_from_slice(payload.claim_bytes());
        conforms("typed-claim", &typed)
    };
    receipts.skip(skip).map(shape).collect()
}

#[test]
fn release_before_has_its_shape() {
    let shapes = shapes("canary/previous.jwp", 0);
    assert_eq!(shapes.len(), 9);
    for (seq, shape) in shapes.into_iter().enumerate() {
        shape.unwrap_or_else(|error| panic!("seq {seq}: {error}"));
    }
}

/// What a rule across receipts refuses has nothing wrong with its shape.
#[test]
fn what_rules_refuse_has_its_shape() {
    for (name, seq) in [
        ("whole-algorithm-19", 8),
        ("whole-with-a-proof", 8),
        ("canary-aborted", 4),
        ("endorsed-later-receipt", 8),
        ("first-3-gates-failed", 2),
        ("first-3-waived", 2),
        ("gates-supersede-nothing", 8),
        ("incident-opened", 8),
        ("joules-overflow", 7),
        ("rollback-disarmed", 4),
        ("rollback-fired", 8),
        ("successor-with-incident", 0),
    ] {
        let shapes = shapes(&format!("rules/{name}.jwp"), seq);
        assert!(!shapes.is_empty(), "{name}");
        for shape in shapes {
            shape.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// The shapes are closed: a field too many, and a kind in a reserved name, are not in them.
#[test]
fn what_no_rule_knows_does_not_conform() {
    for (name, seq) in [
        ("claim-with-unknown-field", 0),
        ("kind-that-is-reserved", 8),
    ] {
        let shapes = shapes(&format!("rules/{name}.jwp"), seq);
        assert!(shapes[0].is_err(), "{name}");
    }
    let known = DeliveryKind::from_name("delivery.tests.passed");
    assert!(known.is_none());
}
