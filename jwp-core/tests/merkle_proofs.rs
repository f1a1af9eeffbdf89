//! Proofs that hold by arithmetic alone, in trees that are none or have no such place: without the public vectors.
#![cfg(test)]

use jwp_core::merkle::{ConsistencyProof, Hash, InclusionProof, LeafHash, leaf_hash, root};

fn leaf(byte: u8) -> LeafHash {
    leaf_hash(&[&[byte]])
}

/// A leaf as a node of the tree.
fn bare(byte: u8) -> Hash {
    *leaf(byte).as_bytes()
}

fn node(left: Hash, right: Hash) -> Hash {
    root(&[left, right].map(LeafHash::from_bytes))
}

#[track_caller]
fn refused(result: Result<(), jwp_core::Error>) {
    assert_eq!(result.unwrap_err().code(), "Chain.Proof");
}

/// T57
#[test]
fn an_empty_tree_holds_nothing_and_begins_nothing() {
    let only = bare(1);
    refused(InclusionProof::new(0, 0, vec![]).verify(&leaf(1), &only));
    InclusionProof::new(0, 1, vec![])
        .verify(&leaf(1), &only)
        .unwrap();
    refused(ConsistencyProof::new(0, 1, vec![only]).verify(&only, &only));
    refused(ConsistencyProof::new(0, 0, vec![]).verify(&only, &only));
    let empty = root(&[]);
    refused(ConsistencyProof::new(0, 1, vec![]).verify(&empty, &only));
    ConsistencyProof::new(1, 1, vec![])
        .verify(&only, &only)
        .unwrap();
}

/// T57: a path that goes on above the root would make a larger tree pass for this one.
#[test]
fn nothing_stands_above_the_root() {
    let (own, other) = (bare(1), bare(2));
    refused(InclusionProof::new(0, 1, vec![other]).verify(&leaf(1), &node(other, own)));
    refused(InclusionProof::new(0, 1, vec![other]).verify(&leaf(1), &node(own, other)));
    // Three leaves of four: the last subtree, its sibling, the left half; and one node more.
    let [a, b, c, d] = [1, 2, 3, 4].map(bare);
    let (left, above) = (node(a, b), bare(9));
    let (first, second) = (node(left, c), node(left, node(c, d)));
    let path = vec![c, d, left];
    ConsistencyProof::new(3, 4, path.clone())
        .verify(&first, &second)
        .unwrap();
    let longer = [path, vec![above]].concat();
    let proof = ConsistencyProof::new(3, 4, longer);
    refused(proof.verify(&node(above, first), &node(above, second)));
}

/// T57: nor does a path end below it.
#[test]
fn a_path_goes_up_to_the_root() {
    let (own, other) = (bare(1), bare(2));
    refused(InclusionProof::new(0, 2, vec![]).verify(&leaf(1), &own));
    refused(InclusionProof::new(1, 2, vec![]).verify(&leaf(1), &own));
    refused(ConsistencyProof::new(1, 2, vec![]).verify(&own, &own));
    refused(ConsistencyProof::new(2, 4, vec![]).verify(&own, &own));
    refused(ConsistencyProof::new(1, 4, vec![other]).verify(&own, &node(own, other)));
}

/// T57: a bare SHA-256 and an inner node are no leaf, but whoever says so of them by hand is believed: the second is a
/// leaf of a smaller tree with this root.
#[test]
fn what_is_no_leaf_hash_is_proven_as_the_bytes_that_it_is() {
    let leaves = [1, 2, 3, 4].map(leaf);
    let (whole, proof) = (root(&leaves), InclusionProof::of(&leaves, 0).unwrap());
    proof.verify(&leaf(1), &whole).unwrap();
    let sha256 = LeafHash::from_bytes(*jwp_core::Digest::sha256(&[1]).as_bytes());
    refused(proof.verify(&sha256, &whole));
    let (left, right) = (node(bare(1), bare(2)), node(bare(3), bare(4)));
    let inner = LeafHash::from_bytes(left);
    refused(proof.verify(&inner, &whole));
    let smaller = InclusionProof::new(0, 2, vec![right]);
    smaller.verify(&inner, &whole).unwrap();
    let entry = [&[1][..], &bare(1), &bare(2)].concat();
    refused(smaller.verify(&leaf_hash(&[&entry]), &whole));
}
