//! `format.md` names every code with its class and every rule with its state.

use jwp_verify::code::{CODES, Class, RULES};

use crate::index::text;

#[test]
fn every_code_and_rule_stands_in_the_format() {
    let format = text("../format.md");
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
