//! The public Ed25519 vectors: in the folder that `JWP_SHARED` names.
#![allow(dead_code, reason = "each test uses its part")]

use std::{
    borrow::ToOwned as _,
    collections::BTreeMap,
    format, fs,
    path::Path,
    string::{String, ToString as _},
    vec::Vec,
};

use serde_json::Value;

use super::public::{hex, json};

#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) key: Vec<u8>,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

fn of(entry: &Value, key: &str, message: Vec<u8>, signature: &str) -> Vector {
    let field = |name: &str| hex(entry[name].as_str().unwrap());
    Vector {
        key: field(key),
        message,
        signature: field(signature),
    }
}

/// All vectors, by set and number as `verdicts.tsv` names them.
pub(crate) fn vectors(folder: &Path) -> BTreeMap<(String, String), Vector> {
    let mut all = BTreeMap::new();
    let wycheproof = json(folder.join("wycheproof/testvectors_v1/ed25519_test.json"));
    for group in wycheproof["testGroups"].as_array().unwrap() {
        let key = hex(group["publicKey"]["pk"].as_str().unwrap());
        for test in group["tests"].as_array().unwrap() {
            let mut vector = of(test, "msg", hex(test["msg"].as_str().unwrap()), "sig");
            vector.key.clone_from(&key);
            let id = format!("{}:{}", test["tcId"], test["result"].as_str().unwrap());
            all.insert(("wycheproof".to_owned(), id), vector);
        }
    }
    let mut list = |set: &str, file: &str, vector: &dyn Fn(&Value) -> Vector| {
        for (index, entry) in json(folder.join(file))
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            all.insert((set.to_owned(), index.to_string()), vector(entry));
        }
    };
    list("speccheck", "ed25519-speccheck/cases.json", &|entry| {
        of(
            entry,
            "pub_key",
            hex(entry["message"].as_str().unwrap()),
            "signature",
        )
    });
    list("cctv", "cctv-ed25519/ed25519vectors.json", &|entry| {
        of(entry, "key", entry["msg"].as_str().unwrap().into(), "sig")
    });
    list("zip215", "zip215/zip215_small_order_196.json", &|entry| {
        of(
            entry,
            "vk",
            entry["msg_ascii"].as_str().unwrap().into(),
            "sig",
        )
    });
    all
}

/// Every vector of `verdicts.tsv` with its name, and what the acceptance rule says of it (profile A).
pub(crate) fn named_verdicts(folder: &Path) -> Vec<(String, Vector, bool)> {
    let mut vectors = vectors(folder);
    let table = fs::read_to_string(folder.join("ed25519-expected/verdicts.tsv")).unwrap();
    let mut header = table.lines().next().unwrap().split('\t');
    let column = header
        .position(|name| name.starts_with("profile_A"))
        .unwrap();
    let rows = table.lines().skip(1).map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        let id = (fields[0].to_owned(), fields[1].to_owned());
        let vector = vectors.remove(&id).unwrap();
        (
            format!("{} {}", fields[0], fields[1]),
            vector,
            fields[column] == "1",
        )
    });
    let rows: Vec<_> = rows.collect();
    assert!(
        vectors.is_empty(),
        "{} vectors have no verdict",
        vectors.len()
    );
    assert_eq!(rows.len(), 1273);
    rows
}

/// Every vector and its verdict.
pub(crate) fn verdicts(folder: &Path) -> Vec<(Vector, bool)> {
    named_verdicts(folder)
        .into_iter()
        .map(|(_, vector, expected)| (vector, expected))
        .collect()
}

/// The signatures of RFC 8032, all of which are accepted.
pub(crate) fn rfc8032(folder: &Path) -> Vec<Vector> {
    rfc8032_with_seeds(folder)
        .into_iter()
        .map(|(_, vector)| vector)
        .collect()
}

/// The same, with the secrets that made them.
pub(crate) fn rfc8032_with_seeds(folder: &Path) -> Vec<(Vec<u8>, Vector)> {
    let mut cases = Vec::new();
    let entries = json(folder.join("rfc8032/rfc8032_ed25519.json"));
    for entry in entries.as_array().unwrap() {
        cases.push(["sk", "pk", "msg", "sig"].map(|name| hex(entry[name].as_str().unwrap())));
    }
    for line in fs::read_to_string(folder.join("rfc8032/TESTVECTORS"))
        .unwrap()
        .lines()
    {
        let fields: Vec<&str> = line.split(':').collect();
        // The first field is seed and key, the last the signature and the message.
        cases.push([
            hex(&fields[0][..64]),
            hex(fields[1]),
            hex(fields[2]),
            hex(&fields[3][..128]),
        ]);
    }
    assert_eq!(cases.len(), 5 + 128);
    let with_seed = |[seed, key, message, signature]: [Vec<u8>; 4]| {
        (
            seed,
            Vector {
                key,
                message,
                signature,
            },
        )
    };
    cases.into_iter().map(with_seed).collect()
}
