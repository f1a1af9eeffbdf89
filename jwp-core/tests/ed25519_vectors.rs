//! T34, T35: every public Ed25519 vector gets the verdict of the one acceptance rule, by every path.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
#![cfg(test)]

#[path = "support/public.rs"]
mod public;

use std::{collections::BTreeMap, fs, path::PathBuf};

use jwp_core::{ErrorKind, Signer as _, SigningKey, UnverifiedReceipt, VerifyingKey};
use public::{folder, hex, json};
use serde_json::Value;

struct Vector {
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
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
fn vectors(folder: &std::path::Path) -> BTreeMap<(String, String), Vector> {
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

/// A way to check a signature. A faster one becomes another row.
type Path = fn(&Vector) -> bool;

const PATHS: &[(&str, Path)] = &[
    ("from bytes", |vector| {
        key(vector).is_some_and(|key| accepts(&key, vector))
    }),
    ("from PEM", |vector| {
        let key = key(vector).map(|key| VerifyingKey::from_pem(&key.to_pem()).unwrap());
        key.is_some_and(|key| accepts(&key, vector))
    }),
];

fn key(vector: &Vector) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = vector.key.as_slice().try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

fn accepts(key: &VerifyingKey, vector: &Vector) -> bool {
    let signature: Result<&[u8; 64], _> = vector.signature.as_slice().try_into();
    signature.is_ok_and(|signature| key.verify(&vector.message, signature).is_ok())
}

#[test]
fn every_vector_has_the_verdict_of_the_acceptance_rule() {
    let Some(folder) = folder() else { return };
    let vectors = vectors(&folder);
    let table = fs::read_to_string(folder.join("ed25519-expected/verdicts.tsv")).unwrap();
    let mut header = table.lines().next().unwrap().split('\t');
    let column = header
        .position(|name| name.starts_with("profile_A"))
        .unwrap();
    let (mut rows, mut accepted, mut wrong) = (0, 0, Vec::new());
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        let vector = &vectors[&(fields[0].to_owned(), fields[1].to_owned())];
        let expected = fields[column] == "1";
        for (name, path) in PATHS {
            if path(vector) != expected {
                wrong.push(format!(
                    "{} {} {name}: expected {expected}",
                    fields[0], fields[1]
                ));
            }
        }
        rows += 1;
        accepted += usize::from(expected);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((rows, vectors.len()), (1273, 1273));
    // A rule that refuses everything is as wrong as one that accepts everything.
    assert!(accepted > 80, "{accepted} are accepted");
}

#[test]
fn every_signature_of_rfc_8032_is_accepted_and_made_again() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    let entries = json(folder.join("rfc8032/rfc8032_ed25519.json"));
    let mut cases: Vec<[Vec<u8>; 4]> = Vec::new();
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
    for [seed, public, message, signature] in cases {
        let signing = SigningKey::from_seed(&seed.try_into().unwrap()).unwrap();
        assert_eq!(signing.verifying_key().as_bytes().as_slice(), public);
        assert_eq!(signing.sign(&message).unwrap().as_slice(), signature);
        let vector = Vector {
            key: public,
            message,
            signature,
        };
        for (name, path) in PATHS {
            assert!(path(&vector), "{name} refuses {:02x?}", vector.key);
        }
        seen += 1;
    }
    assert_eq!(seen, 5 + 128);
}

/// The path of a receipt: whatever signature stands in the envelope, it is the rule that decides. A
/// valid receipt with each signature of the vectors in place of its own is refused.
#[test]
fn no_signature_of_the_vectors_passes_in_a_receipt() {
    let Some(folder) = folder() else { return };
    let valid = fs::read(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../spec/vectors/kinds/delivery.build.completed.cbor"),
    )
    .unwrap();
    let pem = include_str!("../../spec/vectors/kinds/key.pub.pem");
    let key = VerifyingKey::from_pem(pem).unwrap();
    assert!(
        UnverifiedReceipt::parse(&valid)
            .unwrap()
            .verify(&key)
            .is_ok()
    );
    let mut seen = 0;
    for (id, vector) in vectors(&folder) {
        let Ok(signature) = <&[u8; 64]>::try_from(vector.signature.as_slice()) else {
            continue;
        };
        let mut forged = valid.clone();
        let at = forged.len() - 64;
        forged[at..].copy_from_slice(signature);
        let error = UnverifiedReceipt::parse(&forged)
            .unwrap()
            .verify(&key)
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::BadSignature),
            "{id:?}: {error}"
        );
        seen += 1;
    }
    assert!(seen > 1200, "{seen}");
}
