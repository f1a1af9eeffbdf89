//! `spec/vectors/rules`: chains that are well signed and still must not pass, beside the ones that may.
//!
//! `JWP_BLESS=1 cargo test -p jwp-verify --test spec` writes the chains and trust files anew. It never
//! writes `rules/index.tsv`: what a verifier must say was decided by a reader of the specification.

mod across;
mod claims;
mod ends;
mod figures;
mod late;
mod links;
mod past;
mod trust;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::index::{bytes, vectors};

/// Chains and trust files by their names.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    pub(crate) fn add(&mut self, name: &str, bytes: Vec<u8>) {
        let before = self.0.insert(name.to_owned(), bytes);
        assert!(before.is_none(), "{name} twice");
    }
}

#[test]
fn rule_vectors_are_what_this_makes() {
    let mut files = Files::default();
    trust::files(&mut files);
    links::files(&mut files);
    across::files(&mut files);
    claims::files(&mut files);
    ends::files(&mut files);
    figures::files(&mut files);
    late::files(&mut files);
    past::files(&mut files);
    let Files(files) = files;
    let folder = vectors("rules");
    if std::env::var_os("JWP_BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in &files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "index.tsv")
        .collect();
    assert_eq!(there, files.keys().cloned().collect());
    for (name, made) in &files {
        assert!(bytes(&format!("rules/{name}")) == *made, "{name} differs");
    }
}
