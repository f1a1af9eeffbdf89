//! Features add; none takes a check away.
#![cfg(test)]

use std::{collections::BTreeSet, fs, path::Path};

const CRATES: [&str; 3] = ["jwp-core", "jwp-delivery", "jwp-verify"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), text));
        }
    }
}

/// T107: there is no feature for tests or against something, so that none can be on where it should not.
#[test]
fn the_features_are_those_that_are_known() {
    let mut features = BTreeSet::new();
    for name in CRATES {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let table = manifest.split("\n[features]\n").nth(1).unwrap_or_default();
        let lines = table.lines().take_while(|line| !line.starts_with('['));
        let keys = lines.filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()));
        features.extend(keys.map(|key| format!("{name}/{key}")));
    }
    let known = [
        "jwp-core/default",
        "jwp-core/expanded-key",
        "jwp-core/key-formats",
        "jwp-core/std",
        "jwp-verify/cli",
        "jwp-verify/default",
    ];
    assert_eq!(features, known.map(str::to_owned).into());
}

/// T107: nothing stands in the sources only where a feature is missing.
#[test]
fn nothing_depends_on_the_absence_of_a_feature() {
    let mut found = Vec::new();
    for name in CRATES {
        sources(&root().join(name).join("src"), &mut found);
    }
    assert!(found.len() > 100);
    let mut absent = Vec::new();
    for (path, text) in &found {
        let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for call in dense.split("cfg(not(").skip(1) {
            let inner = call.split(')').next().unwrap_or_default();
            if inner.contains("feature=\"") {
                absent.push((path, inner.to_owned()));
            }
        }
        // Nor is a branch chosen by one.
        assert!(!dense.contains("cfg!(feature"), "{path}");
    }
    assert_eq!(absent, []);
}
