//! Every public vector of inclusion and consistency proofs (RFC 9162 §2.1) gets its verdict, and
//! the roots of public logs come out of their leaves.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
//! Proofs about subtrees, which the set has too, are no part of RFC 9162 and of this library.
#![cfg(test)]

#[path = "support/public.rs"]
mod public;

use std::{fs, path::Path};

use base64ct::{Base64, Encoding as _};
use jwp_core::merkle::{
    ConsistencyProof, Hash, InclusionProof, LeafHash, MerkleTree, leaf_hash, root,
};
use public::{folder, hex, json};
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

fn holds(verdict: Result<(), jwp_core::Error>) -> Option<()> {
    verdict
        .map_err(|error| assert_eq!(error.code(), "Chain.Proof"))
        .ok()
}

fn inclusion(entry: &Value) -> Option<()> {
    let (index, size) = (entry["leafIdx"].as_u64()?, entry["treeSize"].as_u64()?);
    let proof = InclusionProof::new(index, size, path(entry)?);
    let leaf = LeafHash::from_bytes(node(&entry["leafHash"])?);
    holds(proof.verify(&leaf, &node(&entry["root"])?))
}

fn consistency(entry: &Value) -> Option<()> {
    let (first, second) = (entry["size1"].as_u64()?, entry["size2"].as_u64()?);
    let proof = ConsistencyProof::new(first, second, path(entry)?);
    holds(proof.verify(&node(&entry["root1"])?, &node(&entry["root2"])?))
}

/// T57
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

/// Every proof that we make for these leaves holds for exactly its place, size and root; gives the root.
fn proved(leaves: &[LeafHash]) -> Hash {
    let whole = root(leaves);
    for ((index, leaf), size) in leaves.iter().enumerate().zip(1..) {
        let proof = InclusionProof::of(leaves, index).unwrap();
        assert!(proof.verify(leaf, &whole).is_ok());
        let swapped = proof.verify(&LeafHash::from_bytes(whole), leaf.as_bytes());
        assert!(swapped.is_err() || leaves.len() == 1);
        let elsewhere = InclusionProof::new(proof.leaf_index ^ 1, proof.tree_size, proof.path);
        assert!(elsewhere.verify(leaf, &whole).is_err());
        let proof = ConsistencyProof::of(leaves, size).unwrap();
        let first = root(&leaves[..size]);
        assert!(proof.verify(&first, &whole).is_ok());
        assert!(proof.verify(&whole, &first).is_err() || first == whole);
    }
    whole
}

/// The constants of RFC 6962 implementations: eight entries, of which the first is empty and not in the
/// list, the proofs of the same tree, the roots of its eight beginnings, and the root of nothing.
#[test]
fn roots_of_the_reference_entries_are_the_known_ones() {
    let Some(folder) = folder() else { return };
    let constants = json(folder.join("merkle-transparency-dev/rfc6962_hex_constants.json"));
    let constants: Vec<Vec<u8>> = constants["inputs_and_roots_hex"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| hex(text.as_str().unwrap()))
        .collect();
    assert_eq!(constants.len(), 31);
    let entries = core::iter::once(&[][..]).chain(constants[..7].iter().map(Vec::as_slice));
    let leaves: Vec<LeafHash> = entries.map(|entry| leaf_hash(&[entry])).collect();
    for (size, expected) in (1..=8).zip(&constants[22..30]) {
        assert_eq!(
            proved(&leaves[..size]).as_slice(),
            expected,
            "{size} leaves"
        );
    }
    assert_eq!(MerkleTree::new().root().as_slice(), constants[30]);
}

/// Size and root of a checkpoint (c2sp.org/tlog-checkpoint).
fn checkpoint(path: &Path) -> (usize, Hash) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().skip(1);
    let size = lines.next().unwrap().parse().unwrap();
    let root = Base64::decode_vec(lines.next().unwrap()).unwrap();
    (size, root.try_into().unwrap())
}

/// The hashes of a tile (c2sp.org/tlog-tiles).
fn tile(path: &Path) -> Vec<Hash> {
    let bytes = fs::read(path).unwrap();
    let (hashes, rest) = bytes.as_chunks::<32>();
    assert!(rest.is_empty());
    hashes.to_vec()
}

/// The leaf hashes of a tile of level 0.
fn leaf_tile(path: &Path) -> Vec<LeafHash> {
    tile(path).into_iter().map(LeafHash::from_bytes).collect()
}

/// A log of fifteen entries, with its checkpoint at every size: from entry to leaf to root.
#[test]
fn every_checkpoint_of_a_public_log_is_the_root_of_its_entries() {
    let Some(folder) = folder() else { return };
    let log = folder.join("c2sp-tlog/log");
    for size in 1..=15usize {
        let bundle = fs::read(log.join(format!("tile/entries/000.p/{size}"))).unwrap();
        let (mut rest, mut leaves) = (bundle.as_slice(), Vec::new());
        while let Some((length, behind)) = rest.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes(*length));
            leaves.push(leaf_hash(&[&behind[..length]]));
            rest = &behind[length..];
        }
        assert_eq!(leaves.len(), size);
        assert_eq!(leaf_tile(&log.join(format!("tile/0/000.p/{size}"))), leaves);
        let (said, expected) = checkpoint(&log.join(format!("checkpoint.{size}")));
        assert_eq!((said, proved(&leaves)), (size, expected));
    }
}

/// A log of 300 entries: a full tile, a partial one, and the node above the full one.
#[test]
fn checkpoint_over_two_tiles_is_the_root_of_their_leaves() {
    let Some(folder) = folder() else { return };
    let mirror = folder.join("c2sp-tlog/witness/mirror");
    let log = fs::read_dir(&mirror)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let log = log.filter(|path| path.is_dir()).collect::<Vec<_>>();
    let [log] = log.as_slice() else {
        panic!("{log:?}")
    };
    let mut leaves = leaf_tile(&log.join("tile/0/000"));
    assert_eq!(tile(&log.join("tile/1/000.p/1")), [root(&leaves)]);
    leaves.extend(leaf_tile(&log.join("tile/0/001.p/44")));
    let (size, expected) = checkpoint(&log.join("checkpoint"));
    assert_eq!((leaves.len(), proved(&leaves)), (size, expected));
}
