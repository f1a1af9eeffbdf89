//! Proofs that hold by arithmetic alone, in trees that are none or have no such place: without the public vectors.
#![cfg(test)]

use jwp_core::merkle::{ConsistencyProof, Hash, InclusionProof, leaf_hash, root};

fn leaf(byte: u8) -> Hash {
    leaf_hash(&[&[byte]])
}

fn node(left: Hash, right: Hash) -> Hash {
    root(&[left, right])
}

#[track_caller]
fn refused(result: Result<(), jwp_core::Error>) {
    assert_eq!(result.unwrap_err().code(), "Chain.Proof");
}

/// T57
#[test]
fn an_empty_tree_holds_nothing_and_begins_nothing() {
    let only = leaf(1);
    refused(InclusionProof::new(0, 0, vec![]).verify(&only, &only));
    InclusionProof::new(0, 1, vec![])
        .verify(&only, &only)
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
    let (own, other) = (leaf(1), leaf(2));
    refused(InclusionProof::new(0, 1, vec![other]).verify(&own, &node(other, own)));
    refused(InclusionProof::new(0, 1, vec![other]).verify(&own, &node(own, other)));
    // Three leaves of four: the last subtree, its sibling, the left half; and one node more.
    let [a, b, c, d] = [1, 2, 3, 4].map(leaf);
    let (left, above) = (node(a, b), leaf(9));
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
    let (own, other) = (leaf(1), leaf(2));
    refused(InclusionProof::new(0, 2, vec![]).verify(&own, &own));
    refused(InclusionProof::new(1, 2, vec![]).verify(&own, &own));
    refused(ConsistencyProof::new(1, 2, vec![]).verify(&own, &own));
    refused(ConsistencyProof::new(2, 4, vec![]).verify(&own, &own));
    refused(ConsistencyProof::new(1, 4, vec![other]).verify(&own, &node(own, other)));
}
