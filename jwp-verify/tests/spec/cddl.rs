//! `jwp.cddl` and the documentation say the same, and every receipt that is checked in is what they say, those that
//! a rule across receipts refuses among them. That a receipt is refused is shown by the vectors.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cddl::validate_cbor_from_slice;
use jwp_core::{UnverifiedReceipt, cbor, chain::Receipts};
use jwp_delivery::DeliveryKind;

use crate::index::{bytes, text, vectors};

fn cddl() -> String {
    text("../jwp.cddl")
}

/// The files of a folder and of the folders in it.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// What stands between "```cddl" and "```" in the documentation of a source file.
fn blocks(source: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in source.lines() {
        let line = line.trim_start();
        let text = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"));
        let text = text.map(|text| text.strip_prefix(' ').unwrap_or(text));
        match (text, &mut open) {
            (Some("```cddl"), None) => open = Some(String::new()),
            (Some("```"), Some(_)) => blocks.extend(open.take()),
            (Some(text), Some(block)) => {
                block.push_str(text);
                block.push('\n');
            }
            _ => {}
        }
    }
    assert!(open.is_none(), "a block that does not end");
    blocks
}

#[test]
fn every_block_of_the_documentation_stands_in_the_cddl() {
    let (cddl, mut sources, mut seen) = (cddl(), Vec::new(), BTreeSet::new());
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    files(&crates.join("jwp-core/src"), &mut sources);
    files(&crates.join("jwp-delivery/src"), &mut sources);
    for path in sources {
        for block in blocks(&fs::read_to_string(&path).unwrap()) {
            assert!(
                cddl.contains(&block),
                "{}: not in jwp.cddl:\n{block}",
                path.display()
            );
            seen.insert(block.split(" = ").next().unwrap().to_owned());
        }
    }
    // A test that found no documentation would hold.
    for rule in [
        "receipt", "header", "evidence", "meter", "decimal", "gates", "rollback",
    ] {
        assert!(seen.contains(rule), "{rule} is not documented");
    }
    assert!(seen.len() >= 20, "{} rules", seen.len());
}

#[test]
fn every_kind_has_a_rule_and_no_rule_has_another() {
    let cddl = cddl();
    let listed: BTreeSet<&str> = cddl
        .lines()
        .filter_map(|line| line.trim().strip_prefix("[ \"")?.split('"').next())
        .collect();
    let kinds: BTreeSet<&str> = DeliveryKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(listed, kinds);
}

/// Validates one item against one rule of `jwp.cddl`.
///
/// cddl 0.10.7 does not find a map in the choice of the recursive rule `value`, so that rule is opened
/// for it; nothing is lost, because the claim of a known kind is checked against its own, closed rule. Nor does it take
/// a rule with a control for keys: those of `kinds` are any text to it, and kinds to the decoder that read the seal.
fn conforms(rule: &str, item: &[u8]) -> Result<(), String> {
    let value = "\nvalue = int / tstr / bstr / bool / decimal / [* value] / { * tstr => value }\n";
    let cddl = cddl();
    let kinds = "{ + kind => uint }";
    for opened in [value, kinds] {
        assert_eq!(cddl.matches(opened).count(), 1, "{opened}");
    }
    let cddl = cddl.replace(value, "\nvalue = any\n");
    let cddl = cddl.replace(kinds, "{ + tstr => uint }");
    let cddl = format!("start = {rule}\n\n{cddl}");
    validate_cbor_from_slice(&cddl, item, None).map_err(|error| error.to_string())
}

/// Whether the three maps of a receipt are what their rules say, and its claim what that of its kind says; a kind of
/// anybody else's has no rule.
fn shape(receipt: &UnverifiedReceipt<'_>) -> Result<(), String> {
    conforms("receipt", receipt.as_bytes())?;
    conforms("header", receipt.protected_bytes())?;
    conforms("payload", receipt.payload_bytes())?;
    let payload = receipt.unverified_payload();
    let kind = payload.kind();
    if !kind.starts_with("delivery.") && !kind.starts_with("trust.") {
        return Ok(());
    }
    let mut typed = vec![0x82];
    typed.extend(cbor::to_vec(kind).unwrap());
    typed.extend_from_slice(payload.claim_bytes());
    conforms("typed-claim", &typed)
}

/// The shapes of a chain's receipts from `first` on.
fn shapes(name: &str, first: usize) -> Vec<Result<(), String>> {
    let chain = bytes(name);
    let receipts = Receipts::new(&chain).map(|item| item.unwrap().1);
    receipts
        .skip(first)
        .map(|receipt| shape(&receipt))
        .collect()
}

#[test]
fn every_checked_in_receipt_conforms() {
    let mut paths = Vec::new();
    files(&vectors("kinds"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|e| e == "cbor"));
    assert_eq!(paths.len(), DeliveryKind::ALL.len());
    paths.push(vectors("valid.cbor"));
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let receipt = UnverifiedReceipt::parse(&bytes).unwrap();
        shape(&receipt).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// The canary's, and the one before it.
#[test]
fn every_receipt_of_the_releases_conforms() {
    for name in ["canary/release.jwp", "canary/previous.jwp"] {
        let shapes = shapes(name, 0);
        assert_eq!(shapes.len(), 9, "{name}");
        for (seq, shape) in shapes.into_iter().enumerate() {
            shape.unwrap_or_else(|error| panic!("{name} at seq {seq}: {error}"));
        }
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

/// The positive check can fail: a claim under another kind's name does not conform.
#[test]
fn claim_of_another_kind_does_not_conform() {
    let bytes = bytes("kinds/delivery.build.completed.cbor");
    let receipt = UnverifiedReceipt::parse(&bytes).unwrap();
    let mut typed = vec![0x82];
    typed.extend(cbor::to_vec("delivery.dora.snapshot").unwrap());
    typed.extend_from_slice(receipt.unverified_payload().claim_bytes());
    assert!(conforms("typed-claim", &typed).is_err());
    assert!(conforms("header", receipt.payload_bytes()).is_err());
}
