//! An index of vectors: one line is one call of a verifier, and what it must say.

use std::{fs, path::PathBuf};

use jwp_core::{Digest, Identifier, Kind, Link, Timestamp};
use jwp_verify::{
    Expectations, Expected, RememberedHead, Stage, TrustStore,
    code::{self, Class, Code},
    verify,
};

/// A file or folder of `spec/vectors`.
pub(crate) fn vectors(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../spec/vectors")
        .join(name)
}

pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(vectors(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn bytes(name: &str) -> Vec<u8> {
    fs::read(vectors(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The columns of one line, by the names that the first line gives them.
#[derive(Debug)]
pub(crate) struct Row {
    folder: &'static str,
    fields: Vec<(String, String)>,
}

/// The lines of `FOLDER/index.tsv`.
pub(crate) fn rows(folder: &'static str) -> Vec<Row> {
    let index = text(&format!("{folder}/index.tsv"));
    let mut lines = index.lines();
    let head = lines.next().unwrap().strip_prefix("# ").unwrap();
    let names: Vec<&str> = head
        .split('\t')
        // "codes, the first decides the case" is the column "codes".
        .map(|name| name.split(',').next().unwrap())
        .collect();
    lines
        .map(|line| {
            let values: Vec<&str> = line.split('\t').collect();
            assert_eq!(values.len(), names.len(), "{folder}: {line}");
            let pairs = names.iter().zip(&values);
            let fields = pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            Row { folder, fields }
        })
        .collect()
}

impl Row {
    /// A column; `None` where the index has no such column or holds `-`.
    pub(crate) fn maybe(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(column, _)| column == name);
        field
            .map(|(_, value)| value.as_str())
            .filter(|value| *value != "-")
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.maybe(name)
            .unwrap_or_else(|| panic!("{self:?}: no {name}"))
    }

    fn expectations(&self) -> Expectations {
        let name = |column| match self.get(column) {
            "any" => Expected::Any,
            name => Expected::Is(name.parse::<Identifier>().unwrap()),
        };
        let image: Expected<Digest> = match self.get("image") {
            "any" => Expected::Any,
            image => Expected::Is(image.parse().unwrap()),
        };
        let stage: Stage = self.get("stage").parse().unwrap();
        let mut expect = Expectations::new(name("sub"), name("aud"), image).with_stage(stage);
        if let Some(kind) = self.maybe("allow") {
            expect = expect.with_allowed_kind(Kind::parse(kind).unwrap());
        }
        if let Some(head) = self.maybe("head") {
            expect = expect.with_head(head.parse::<Link>().unwrap());
        }
        if let Some(seen) = self.maybe("seen") {
            let (seq, link) = seen.split_once(':').unwrap();
            let seen = RememberedHead::new(seq.parse().unwrap(), link.parse().unwrap());
            expect = expect.with_remembered_head(seen);
        }
        if let Some(seconds) = self.maybe("max_age_s") {
            expect = expect.with_max_age_s(seconds.parse().unwrap());
        }
        expect
    }

    /// What the verifier says: its exit code, and the codes of its findings or `-`.
    pub(crate) fn verdict(&self) -> (String, String) {
        let file = |column| format!("{}/{}", self.folder, self.get(column));
        let trust = match TrustStore::from_toml(&text(&file("trust"))) {
            Ok(trust) => trust,
            Err(error) => {
                let class = code::find(error.code()).map(Code::class);
                let exit = class.map_or(0, Class::exit_code);
                return (exit.to_string(), error.code().to_owned());
            }
        };
        let now = Timestamp::try_from(self.get("now").parse::<u64>().unwrap()).unwrap();
        let report = verify(&bytes(&file("chain")), &trust, &self.expectations(), now);
        let mut codes = report.codes();
        // The one that decides stands first.
        let deciding = report.deciding().map(|finding| finding.code);
        codes.sort_by_key(|code| Some(*code) != deciding);
        let codes = codes.join(",");
        let codes = if codes.is_empty() { "-".into() } else { codes };
        (report.exit_code().to_string(), codes)
    }
}
