//! `spec/threats.tsv`: what stands there as held is tested where it says. What stands there as open may be tested in
//! part, where it says; its last column says what does not exist yet.
//!
//! A test is a function that names the row in front of it or within, a table of one that has it as a text, a row of
//! an index of vectors, a file of `cli/`, or a step of CI. What a file says at its head names no test.

#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Steps of CI that hold a row.
const STEPS: [&str; 2] = [".ci/instructions", ".ci/run"];

/// What names rows at tests, by the path of its file from the root.
fn named() -> BTreeMap<String, String> {
    let mut named = BTreeMap::new();
    for folder in ["jwp-core", "jwp-delivery", "jwp-verify"] {
        for part in ["src", "tests"] {
            walk(&format!("{folder}/{part}"), &mut named);
        }
    }
    walk("spec/vectors", &mut named);
    for step in STEPS {
        named.insert(
            step.to_owned(),
            fs::read_to_string(root().join(step)).unwrap(),
        );
    }
    named
}

fn walk(folder: &str, named: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            walk(&path, named);
            continue;
        }
        let what: fn(&str) -> String = match path.rsplit_once('.') {
            _ if path == "jwp-verify/tests/threats.rs" => continue,
            Some((_, "rs")) => at_tests,
            Some((_, "tsv")) if path.ends_with("/index.tsv") => second_column,
            Some((_, "toml")) if path.starts_with("jwp-verify/tests/cli/") => comments,
            _ => continue,
        };
        named.insert(path, what(&fs::read_to_string(entry.path()).unwrap()));
    }
}

/// The lines that stand in front of a test's name or within it, and every text that is nothing but names of rows.
fn at_tests(source: &str) -> String {
    let (mut kept, mut front, mut is_test, mut end) = (String::new(), String::new(), false, None);
    for line in source.lines() {
        let code = line.trim_start();
        for text in code
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|text| is_rows(text))
        {
            keep(text, &mut kept);
        }
        if let Some(last) = &end {
            keep(line, &mut kept);
            if line == last {
                end = None;
            }
        } else if code.starts_with("///") || code.starts_with("#[") {
            keep(line, &mut front);
            is_test |= code == "#[test]";
        } else {
            if is_test {
                kept.push_str(&front);
                let indent = line.strip_suffix(code).unwrap_or_default();
                end = Some(format!("{indent}}}"));
            }
            front.clear();
            is_test = false;
        }
    }
    kept
}

fn keep(line: &str, kept: &mut String) {
    kept.push_str(line);
    kept.push('\n');
}

/// `T42`, or several joined by commas.
fn is_rows(text: &str) -> bool {
    text.split(',').all(|id| {
        id.strip_prefix('T')
            .is_some_and(|n| n.len() >= 2 && n.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn second_column(index: &str) -> String {
    let rows = index.lines().filter_map(|line| line.split('\t').nth(1));
    rows.collect::<Vec<_>>().join("\n")
}

fn comments(toml: &str) -> String {
    let lines = toml.lines().filter(|line| line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a text names a row: `T42`, but neither `T421` nor the time `07T12:00`.
fn names(text: &str, id: &str) -> bool {
    text.match_indices(id).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at..].chars().skip(id.len());
        let (first, second) = (after.next(), after.next());
        let joined = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let time = first == Some(':') && second.is_some_and(|c| c.is_ascii_digit());
        !before.is_some_and(joined) && !first.is_some_and(|c| c.is_ascii_alphanumeric()) && !time
    })
}

#[test]
fn every_row_is_held_by_a_test_or_stands_open() {
    let table = fs::read_to_string(root().join("spec/threats.tsv")).unwrap();
    let named = named();
    let (mut ids, mut held, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, _, _, expected, state, listed, why] = fields.as_slice() else {
            panic!("seven columns: {line}");
        };
        assert!(ids.insert(*id), "{id} twice");
        assert!(!expected.is_empty(), "{id} expects nothing");
        assert_eq!(
            *state == "open",
            *why != "-" && !why.is_empty(),
            "{id}: {why}"
        );
        let naming: Vec<&str> = named
            .iter()
            .filter(|(_, text)| names(text, id))
            .map(|(path, _)| path.as_str())
            .collect();
        match *state {
            "held" if naming.is_empty() => wrong.push(format!("{id} is held by no test")),
            "held" => held += 1,
            "open" => {}
            other => panic!("{id}: state {other}"),
        }
        let naming = if naming.is_empty() {
            "-".to_owned()
        } else {
            naming.join(" ")
        };
        if naming != *listed {
            wrong.push(format!("{id} is tested in {naming}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(ids.len(), 114);
    assert!(held >= 106, "{held} rows are held");
}

#[test]
fn a_remark_is_no_test() {
    let remark = "//! T01\n// T02\n/// T03\nfn helper() {\n    // T04\n}\n";
    assert_eq!(at_tests(remark), "");
    let test = "/// T05\n#[test]\nfn test() {\n    // T06\n    case(\"T07\", \"T08 and more\");\n}\n// T09\n";
    let kept = at_tests(test);
    for (id, is) in [("T05", true), ("T06", true), ("T07", true), ("T09", false)] {
        assert_eq!(names(&kept, id), is, "{id}");
    }
    assert_eq!(at_tests("const ROW: &str = \"T10,T11\";\n"), "T10,T11\n");
    assert_eq!(
        second_column("# name\tthreat\na T01\tT12,T13\tT14\n"),
        "threat\nT12,T13"
    );
    assert_eq!(comments("# T15\nargs = [\"T16\"]\n"), "# T15");
}
