//! Each rule of a claim by its exact words: one change to a valid claim, one refusal.

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::{Claim, Error, Invalid};
use jwp_delivery::DeliveryKind;
use serde_json::Value;

use super::{of_kind, sample, wire};

/// Columns: name, kind, place (JSON pointer), value (`-` removes), code, field, expected.
const TABLE: &str = include_str!("refused.tsv");

struct Row {
    name: &'static str,
    kind: DeliveryKind,
    /// Places and values, in the order of the change; several are joined by ` & `.
    changes: Vec<(&'static str, &'static str)>,
    refusal: [&'static str; 3],
}

fn rows() -> Vec<Row> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, kind, places, values, code, field, expected] = columns[..] else {
            panic!("{line}");
        };
        let kind = DeliveryKind::from_name(kind).expect(kind);
        Row {
            name,
            kind,
            changes: places.split(" & ").zip(values.split(" & ")).collect(),
            refusal: [code, field, expected],
        }
    };
    rows.map(row).collect()
}

fn change(claim: &mut Value, pointer: &str, to: &str) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = claim.pointer_mut(parent).expect("a place in the sample");
    match (parent, to) {
        (Value::Object(map), "-") => drop(map.remove(field).expect("a field to remove")),
        (Value::Object(map), to) => {
            drop(map.insert(field.to_owned(), serde_json::from_str(to).unwrap()));
        }
        (Value::Array(items), to) => {
            items[field.parse::<usize>().unwrap()] = serde_json::from_str(to).unwrap();
        }
        (other, _) => panic!("{other}"),
    }
}

fn changed(row: &Row) -> Value {
    let mut claim = sample(row.kind);
    for (pointer, to) in &row.changes {
        change(&mut claim, pointer, to);
    }
    claim
}

fn check<C: Claim>(claim: Value) -> Result<(), Invalid> {
    let claim: C = serde_json::from_value(claim).expect("a claim that can be read");
    claim.validate()
}

#[test]
fn every_rule_names_its_code_and_field() {
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in rows() {
        assert!(names.insert((row.kind, row.name)), "{} twice", row.name);
        let claim = changed(&row);
        let said = of_kind!(row.kind, check(claim.clone()));
        let said = said.expect_err(row.name);
        let code = Error::from(said).code();
        if [code, said.field(), said.expected()] != row.refusal {
            wrong.push(format!(
                "{} {}\t{code}\t{}\t{}",
                row.kind.name(),
                row.name,
                said.field(),
                said.expected()
            ));
        }
        // The same claim in a signed receipt: the reader refuses it by the same words.
        let value = wire::value_of(row.kind, claim);
        let receipt = wire::receipt_around(row.kind, value).unwrap();
        let refused = wire::read(row.kind, &receipt).0.expect_err(row.name);
        assert_eq!(refused.kind(), Error::from(said).kind(), "{}", row.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let kinds: BTreeSet<_> = rows().iter().map(|row| row.kind).collect();
    assert_eq!(
        kinds.len(),
        DeliveryKind::ALL.len(),
        "a kind without a rule"
    );
}

/// The literals of each `Invalid::schema(field, expected)` in the sources.
fn rules() -> BTreeMap<(String, Option<String>), &'static str> {
    macro_rules! sources {
        ($($file:literal),+) => { [$(($file, include_str!(concat!("../../src/", $file)))),+] };
    }
    let sources = sources![
        "kind.rs",
        "kind/analysis.rs",
        "kind/attestation.rs",
        "kind/build.rs",
        "kind/canary.rs",
        "kind/dora.rs",
        "kind/flag.rs",
        "kind/gates.rs",
        "kind/incident.rs",
        "kind/release.rs",
        "kind/rollback.rs",
        "kind/trust.rs",
        "window.rs"
    ];
    let literal = |text: &str| {
        let text = text.trim_start().strip_prefix('"')?;
        text.split_once('"')
            .map(|(s, rest)| (s.to_owned(), rest.to_owned()))
    };
    let mut rules = BTreeMap::new();
    for (file, source) in sources {
        for call in ["Invalid::schema(", "Invalid::range("] {
            for rest in source.split(call).skip(1) {
                let (field, rest) = literal(rest).expect("the field's name");
                let rest = rest.trim_start().strip_prefix(',').unwrap();
                // A constant or a variable stands for the words: the field alone is compared.
                rules.insert((field, literal(rest).map(|(words, _)| words)), file);
            }
        }
    }
    rules
}

#[test]
fn every_rule_has_a_row() {
    let rules = rules();
    assert!(rules.len() > 60, "{} rules", rules.len());
    let rows = rows();
    for ((field, expected), file) in rules {
        let has = rows.iter().any(|row| {
            let [_, its_field, its_words] = row.refusal;
            its_field == field && expected.as_deref().is_none_or(|words| words == its_words)
        });
        assert!(has, "{file}: no row for {field}, {expected:?}");
    }
}
