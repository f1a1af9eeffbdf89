//! T57: every public vector of inclusion and consistency proofs (RFC 9162 §2.1) gets its verdict.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
//! Proofs about subtrees, which the set has too, are no part of RFC 9162 and of this library.
#![cfg(test)]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/public.rs"]
mod public;

use base64ct::{Base64, Encoding as _};
use jwp_core::merkle::{ConsistencyProof, Hash, InclusionProof};
use public::{folder, json};
use serde_json::Value;

/// A node; `None` where the vector's is not 32 bytes, which no proof of ours can hold.
fn node(text: &Value) -> Option<Hash> {
    Base64::decode_vec(text.as_str()?).ok()?.try_into().ok()
}

fn path(entry: &Value) -> Option<Vec<Hash>> {
    match &entry["proof"] {
        Value::Null => Some(Vec::new()),
        nodes => nodes.as_array()?.iter().map(node).collect(),
    }
}

fn inclusion(entry: &Value) -> Option<()> {
    let (index, size) = (entry["leafIdx"].as_u64()?, entry["treeSize"].as_u64()?);
    let proof = InclusionProof::new(index, size, path(entry)?);
    proof
        .verify(&node(&entry["leafHash"])?, &node(&entry["root"])?)
        .ok()
}

fn consistency(entry: &Value) -> Option<()> {
    let (first, second) = (entry["size1"].as_u64()?, entry["size2"].as_u64()?);
    let proof = ConsistencyProof::new(first, second, path(entry)?);
    proof
        .verify(&node(&entry["root1"])?, &node(&entry["root2"])?)
        .ok()
}

#[test]
fn every_proof_has_its_verdict() {
    let Some(folder) = folder() else { return };
    let entries = json(folder.join("merkle-transparency-dev/ALL.json"));
    let (mut accepted, mut refused, mut other) = (0, 0, 0);
    for entry in entries.as_array().unwrap() {
        let holds = match entry["kind"].as_str().unwrap() {
            "inclusion" => inclusion(entry).is_some(),
            "consistency" => consistency(entry).is_some(),
            "subtreeinclusion" | "subtreeconsistency" => {
                other += 1;
                continue;
            }
            kind => panic!("{kind}"),
        };
        // Its roots are twelve bytes; ours are SHA-256.
        let too_short =
            entry["file"] == "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";
        let expected = entry["wantErr"] == false && !too_short;
        assert_eq!(holds, expected, "{}", entry["file"]);
        if holds {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert_eq!((accepted, refused, other), (11, 185, 322));
}
