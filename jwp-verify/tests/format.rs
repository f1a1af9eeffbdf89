//! `spec/format.md` names every code with its class, every rule with its state, and shows a real receipt.

#![cfg(test)]

use std::{fs, path::Path};

use jwp_verify::code::{CODES, Class, RULES};

fn spec(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../spec")
            .join(name),
    )
    .unwrap()
}

#[test]
fn every_code_and_rule_stands_in_the_format() {
    let format = String::from_utf8(spec("format.md")).unwrap();
    for code in CODES {
        let class = match code.class() {
            Class::Refused => "refused",
            Class::Undecided => "undecided",
            Class::Usage => "usage",
            other => panic!("{other:?}"),
        };
        let given = if code.is_given() {
            ""
        } else {
            " *Not given yet.*"
        };
        let row = format!(
            "| `{}` | {class} | {}{given} |",
            code.name(),
            code.meaning()
        );
        assert!(format.lines().any(|line| line == row), "missing: {row}");
    }
    for rule in RULES {
        let state = if rule.is_checked() {
            "checked"
        } else {
            "not yet"
        };
        let row = format!("| {} | {state} | {} |", rule.id(), rule.meaning());
        assert!(format.lines().any(|line| line == row), "missing: {row}");
    }
    let rows = format
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains('.'));
    let codes = rows.filter(|line| {
        line.split('`')
            .nth(1)
            .is_some_and(|code| code.contains('.'))
    });
    assert_eq!(
        codes.count(),
        CODES.len(),
        "a row of a code that is no more"
    );
}

#[test]
fn the_annotated_receipt_is_the_vector() {
    let format = String::from_utf8(spec("format.md")).unwrap();
    let annotated = format.split_once("## 7. ").unwrap().1;
    let hex: String = annotated
        .lines()
        .filter(|line| line.starts_with("    "))
        .map(|line| line.split(';').next().unwrap().trim())
        .collect();
    let vector = spec("vectors/kinds/trust.receipt.endorsed.cbor");
    let expected: String = vector.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}
