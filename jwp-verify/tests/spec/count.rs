//! `spec/vectors` is worth porting against: at least 300 cases, most of which must be refused, no case
//! without its file, and no file without its case.

use std::{collections::BTreeSet, fs};

use crate::index::{text, vectors};

/// The rows of an index, split at tabs.
fn rows(index: &str) -> Vec<Vec<String>> {
    text(index)
        .lines()
        .filter(|row| !row.starts_with('#'))
        .map(|row| row.split('\t').map(str::to_owned).collect())
        .collect()
}

/// Whether the case in this row must be refused, by the column with the exit code.
fn refused(row: &[String], exit: usize) -> bool {
    match row[exit].as_str() {
        "0" => false,
        "1" | "2" | "3" => true,
        other => panic!("{other}: {row:?}"),
    }
}

#[test]
fn at_least_300_cases_of_which_seven_in_ten_must_fail() {
    let (mut pass, mut fail) = (1, 0); // valid.cbor
    for index in [
        "kinds/index.tsv",
        "algorithm-19/index.tsv",
        "canary/links.tsv",
    ] {
        pass += rows(index).len();
    }
    fail += rows("negative/index.tsv").len();
    for (index, exit) in [("chain/index.tsv", 9), ("rules/index.tsv", 13)] {
        for row in rows(index) {
            *if refused(&row, exit) {
                &mut fail
            } else {
                &mut pass
            } += 1;
        }
    }
    println!("{} cases, {fail} of which must fail", pass + fail);
    assert!(pass + fail >= 300, "{pass} and {fail}");
    assert!(fail * 10 >= (pass + fail) * 7, "{pass} and {fail}");
}

#[test]
fn every_file_is_a_case_and_every_case_a_file() {
    for (folder, extension, column) in [
        ("negative", "cbor", 0),
        ("chain", "jwp", 2),
        ("rules", "jwp", 2),
    ] {
        let named: BTreeSet<String> = rows(&format!("{folder}/index.tsv"))
            .into_iter()
            // A case may judge the chain of another folder under expectations of its own.
            .filter(|row| !row[column].starts_with("../"))
            .map(|row| {
                row[column]
                    .trim_end_matches(&format!(".{extension}"))
                    .to_owned()
            })
            .collect();
        let there: BTreeSet<String> = fs::read_dir(vectors(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == extension))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let odd: Vec<_> = named.symmetric_difference(&there).collect();
        assert!(odd.is_empty(), "{folder}: {odd:?}");
    }
}
