//! `spec/jwp.cddl` and the documentation say the same, and every receipt that is checked in is what
//! they say. A positive check only: that a receipt is refused is shown by the vectors.

#![cfg(test)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cddl::validate_cbor_from_slice;
use jwp_core::{UnverifiedReceipt, cbor, chain::Receipts};
use jwp_delivery::DeliveryKind;

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn cddl() -> String {
    fs::read_to_string(root("spec/jwp.cddl")).unwrap()
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
    files(&root("jwp-core/src"), &mut sources);
    files(&root("jwp-delivery/src"), &mut sources);
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
    assert!(cddl.contains(value) && cddl.contains(kinds));
    let cddl = cddl.replace(value, "\nvalue = any\n");
    let cddl = cddl.replace(kinds, "{ + tstr => uint }");
    let cddl = format!("start = {rule}\n\n{cddl}");
    validate_cbor_from_slice(&cddl, item, None).map_err(|error| error.to_string())
}

fn check(receipt: &UnverifiedReceipt<'_>, what: &str) {
    conforms("receipt", receipt.as_bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
    conforms("header", receipt.protected_bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
    conforms("payload", receipt.payload_bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
    let payload = receipt.unverified_payload();
    if DeliveryKind::from_name(payload.kind()).is_some() {
        let mut typed = vec![0x82];
        typed.extend(cbor::to_vec(payload.kind()).unwrap());
        typed.extend_from_slice(payload.claim_bytes());
        conforms("typed-claim", &typed).unwrap_or_else(|e| panic!("{what}: {e}"));
    }
}

#[test]
fn every_checked_in_receipt_conforms() {
    let mut paths = Vec::new();
    files(&root("spec/vectors/kinds"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|e| e == "cbor"));
    assert_eq!(paths.len(), DeliveryKind::ALL.len());
    paths.push(root("spec/vectors/valid.cbor"));
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let receipt = UnverifiedReceipt::parse(&bytes).unwrap();
        check(&receipt, &path.display().to_string());
    }
    let chain = fs::read(root("spec/vectors/canary/release.jwp")).unwrap();
    let mut receipts = 0;
    for item in Receipts::new(&chain) {
        let (offset, receipt) = item.unwrap();
        check(&receipt, &format!("release.jwp at byte {offset}"));
        receipts += 1;
    }
    assert_eq!(receipts, 9);
}

/// The positive check can fail: a claim under another kind's name does not conform.
#[test]
fn claim_of_another_kind_does_not_conform() {
    let bytes = fs::read(root("spec/vectors/kinds/delivery.build.completed.cbor")).unwrap();
    let receipt = UnverifiedReceipt::parse(&bytes).unwrap();
    let mut typed = vec![0x82];
    typed.extend(cbor::to_vec("delivery.dora.snapshot").unwrap());
    typed.extend_from_slice(receipt.unverified_payload().claim_bytes());
    assert!(conforms("typed-claim", &typed).is_err());
    assert!(conforms("header", receipt.payload_bytes()).is_err());
}
