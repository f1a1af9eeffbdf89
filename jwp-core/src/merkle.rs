//! Merkle trees over receipts: RFC 9162 §2.1 with SHA-256.

#[cfg(feature = "std")]
mod bulk;
mod leaf;
mod range;

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

#[cfg(feature = "std")]
pub(crate) use self::bulk::Bulk;
pub use self::{
    leaf::{LeafHash, leaf_hash},
    range::MerkleRange,
};
use crate::error::{ErrorKind, Result};

/// A node of the tree, or its root: 32 bytes of SHA-256. What goes in as a leaf is a [`LeafHash`].
pub type Hash = [u8; 32];

/// What the hash of an inner node begins with, as that of a leaf begins with another byte.
const NODE: u8 = 1;

/// The hash of an inner node, `SHA-256(0x01 || left || right)`.
fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix([NODE]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// A tree that grows leaf by leaf and keeps one hash per complete subtree.
///
/// ```
/// use jwp_core::merkle::{MerkleTree, leaf_hash};
/// let mut tree = MerkleTree::new();
/// tree.push(leaf_hash(&[b"entry"]));
/// assert_eq!(tree.root(), *leaf_hash(&[b"entry"]).as_bytes());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MerkleTree {
    /// Roots of complete subtrees from left to right, one per set bit of `size`.
    subtrees: Vec<Hash>,
    size: u64,
}

impl MerkleTree {
    /// The empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            subtrees: Vec::new(),
            size: 0,
        }
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf on the right.
    pub fn push(&mut self, leaf: LeafHash) {
        let mut node = *leaf.as_bytes();
        // Each trailing one bit of the size is a complete subtree of the same height to join with.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.subtrees.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The root; of the empty tree, SHA-256 of nothing (RFC 9162 §2.1.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        join_right_to_left(self.subtrees.iter().rev())
    }
}

/// The root over complete subtrees, the smallest of which come first.
fn join_right_to_left<'a>(mut subtrees: impl Iterator<Item = &'a Hash>) -> Hash {
    match subtrees.next() {
        None => Sha256::digest([]).into(),
        Some(last) => subtrees.fold(*last, |right, left| node_hash(left, &right)),
    }
}

impl Extend<LeafHash> for MerkleTree {
    fn extend<I: IntoIterator<Item = LeafHash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// The root over leaf hashes.
#[must_use]
pub fn root(leaves: &[LeafHash]) -> Hash {
    let mut tree = MerkleTree::new();
    tree.extend(leaves.iter().copied());
    tree.root()
}

/// That one leaf stands in a tree (RFC 9162 §2.1.3). This is what SCITT and COSE call the content
/// of a *Receipt*; here it is never called that.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InclusionProof {
    /// Position of the leaf, from 0.
    pub leaf_index: u64,
    /// Number of leaves in the tree.
    pub tree_size: u64,
    /// The audit path, from the leaf upwards.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// A proof from its parts; whether it holds is said by [`InclusionProof::verify`].
    #[must_use]
    pub const fn new(leaf_index: u64, tree_size: u64, path: Vec<Hash>) -> Self {
        Self {
            leaf_index,
            tree_size,
            path,
        }
    }

    /// The proof for one of `leaves`; `None` beyond the last.
    #[must_use]
    pub fn of(leaves: &[LeafHash], index: usize) -> Option<Self> {
        leaves.get(index)?;
        let (mut path, mut range, mut target) = (Vec::new(), leaves, index);
        while range.len() > 1 {
            let (left, right) = range.split_at(split_point(range.len()));
            if target < left.len() {
                path.push(root(right));
                range = left;
            } else {
                path.push(root(left));
                target = target.saturating_sub(left.len());
                range = right;
            }
        }
        path.reverse();
        let leaf_index = u64::try_from(index).ok()?;
        let tree_size = u64::try_from(leaves.len()).ok()?;
        Some(Self {
            leaf_index,
            tree_size,
            path,
        })
    }

    /// Checks that the leaf with the hash `leaf` stands in the tree with this `root` (RFC 9162 §2.1.3.2).
    ///
    /// First what is proven, then what is trusted. No root says how large its tree is: `tree_size` is to be the one that
    /// came with the root.
    ///
    /// ```
    /// use jwp_core::merkle::{InclusionProof, leaf_hash, root};
    ///
    /// let entries = ["flour", "water", "salt"];
    /// let leaves = entries.map(|entry| leaf_hash(&[entry.as_bytes()]));
    /// // From who keeps the log, by a way that is trusted; the proof comes with the entry.
    /// let root_of_the_log = root(&leaves);
    /// let proof = InclusionProof::of(&leaves, 1).expect("one of three");
    ///
    /// // Hash the entry that is at hand: a leaf that came with the proof proves nothing of it.
    /// let leaf = leaf_hash(&[b"water"]);
    /// proof.verify(&leaf, &root_of_the_log)?;
    ///
    /// let other = leaf_hash(&[b"wine"]);
    /// assert!(proof.verify(&other, &root_of_the_log).is_err());
    /// # Ok::<(), jwp_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Chain.Proof`.
    pub fn verify(&self, leaf: &LeafHash, root: &Hash) -> Result<()> {
        if self.leaf_index >= self.tree_size {
            return Err(ErrorKind::Proof.into());
        }
        let (mut index, mut last) = (self.leaf_index, self.tree_size.saturating_sub(1));
        let mut node = *leaf.as_bytes();
        for sibling in &self.path {
            if last == 0 {
                return Err(ErrorKind::Proof.into());
            }
            if index & 1 == 1 || index == last {
                node = node_hash(sibling, &node);
                // The last node of an odd level rises until it is a right child.
                while index & 1 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                node = node_hash(&node, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        if last == 0 && node == *root {
            Ok(())
        } else {
            Err(ErrorKind::Proof.into())
        }
    }
}

/// That a tree is the beginning of a larger one (RFC 9162 §2.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsistencyProof {
    /// Number of leaves in the smaller tree.
    pub first_size: u64,
    /// Number of leaves in the larger tree.
    pub second_size: u64,
    /// The nodes of the proof.
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// A proof from its parts; whether it holds is said by [`ConsistencyProof::verify`].
    #[must_use]
    pub const fn new(first_size: u64, second_size: u64, path: Vec<Hash>) -> Self {
        Self {
            first_size,
            second_size,
            path,
        }
    }

    /// The proof that the first `first` of `leaves` are the beginning of all of them; `None` for
    /// none or too many.
    #[must_use]
    pub fn of(leaves: &[LeafHash], first: usize) -> Option<Self> {
        if first == 0 || first > leaves.len() {
            return None;
        }
        // RFC 9162 §2.1.4.1, SUBPROOF unrolled: descend to the node that ends at `first`.
        let (mut path, mut range, mut size, mut whole) = (Vec::new(), leaves, first, true);
        while size < range.len() {
            let (left, right) = range.split_at(split_point(range.len()));
            if size <= left.len() {
                path.push(root(right));
                range = left;
            } else {
                path.push(root(left));
                size = size.saturating_sub(left.len());
                range = right;
                whole = false;
            }
        }
        if !whole {
            path.push(root(range));
        }
        path.reverse();
        let first_size = u64::try_from(first).ok()?;
        let second_size = u64::try_from(leaves.len()).ok()?;
        Some(Self {
            first_size,
            second_size,
            path,
        })
    }

    /// Checks that the tree with `first` is the beginning of the one with `second` (RFC 9162
    /// §2.1.4.2).
    ///
    /// # Errors
    /// `Chain.Proof`.
    pub fn verify(&self, first: &Hash, second: &Hash) -> Result<()> {
        let wrong = || Err(ErrorKind::Proof.into());
        if self.first_size == 0 || self.first_size > self.second_size {
            return wrong();
        }
        if self.first_size == self.second_size {
            return if self.path.is_empty() && first == second {
                Ok(())
            } else {
                wrong()
            };
        }
        let mut path = self.path.iter();
        let start = if self.first_size.is_power_of_two() {
            Some(first)
        } else {
            path.next()
        };
        let Some(start) = start else { return wrong() };
        let (mut index, mut last) = (
            self.first_size.saturating_sub(1),
            self.second_size.saturating_sub(1),
        );
        while index & 1 == 1 {
            index >>= 1;
            last >>= 1;
        }
        let (mut old, mut new) = (*start, *start);
        for node in path {
            if last == 0 {
                return wrong();
            }
            if index & 1 == 1 || index == last {
                old = node_hash(node, &old);
                new = node_hash(node, &new);
                while index & 1 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                new = node_hash(&new, node);
            }
            index >>= 1;
            last >>= 1;
        }
        if last == 0 && old == *first && new == *second {
            Ok(())
        } else {
            wrong()
        }
    }
}

/// The largest power of two below `size` (RFC 9162 §2.1.1), for sizes above one.
fn split_point(size: usize) -> usize {
    size.saturating_sub(1)
        .checked_ilog2()
        .map_or(1, |log| 1 << log)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Miri takes a thousand times as long.
    const SIZES: usize = if cfg!(miri) { 6 } else { 20 };

    fn leaves(n: usize) -> Vec<LeafHash> {
        (0..n).map(|i| leaf_hash(&[&i.to_be_bytes()])).collect()
    }

    /// RFC 9162 §2.1.1, recursively, as the oracle of the growing tree.
    fn slow_root(leaves: &[LeafHash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf.as_bytes(),
            _ => {
                let (left, right) = leaves.split_at(split_point(leaves.len()));
                node_hash(&slow_root(left), &slow_root(right))
            }
        }
    }

    #[test]
    fn growing_tree_agrees_with_the_definition() {
        for n in 0..4 * SIZES {
            assert_eq!(root(&leaves(n)), slow_root(&leaves(n)), "{n}");
        }
    }

    #[test]
    fn every_inclusion_proof_verifies_and_every_mutant_fails() {
        for n in 1..SIZES {
            let leaves = leaves(n);
            let top = root(&leaves);
            for i in 0..n {
                let proof = InclusionProof::of(&leaves, i).unwrap();
                proof.verify(&leaves[i], &top).unwrap();
                let fails = |proof: &InclusionProof| {
                    assert_eq!(
                        proof.verify(&leaves[i], &top).unwrap_err().code(),
                        "Chain.Proof"
                    );
                };
                fails(&InclusionProof {
                    path: [&proof.path[..], &[top]].concat(),
                    ..proof.clone()
                });
                fails(&InclusionProof {
                    leaf_index: proof.tree_size,
                    ..proof.clone()
                });
                if n > 1 {
                    fails(&InclusionProof {
                        path: proof.path[1..].to_vec(),
                        ..proof.clone()
                    });
                    let mut swapped = proof.clone();
                    swapped.path[0][0] ^= 1;
                    fails(&swapped);
                    assert!(proof.verify(&leaves[(i + 1) % n], &top).is_err());
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_verifies_and_every_mutant_fails() {
        for n in 1..SIZES {
            let leaves = leaves(n);
            let second = root(&leaves);
            for m in 1..=n {
                let first = root(&leaves[..m]);
                let proof = ConsistencyProof::of(&leaves, m).unwrap();
                proof.verify(&first, &second).unwrap();
                let longer = [&proof.path[..], &[second]].concat();
                assert!(
                    ConsistencyProof {
                        path: longer,
                        ..proof.clone()
                    }
                    .verify(&first, &second)
                    .is_err()
                );
                if !proof.path.is_empty() {
                    let shorter = proof.path[1..].to_vec();
                    assert!(
                        ConsistencyProof {
                            path: shorter,
                            ..proof.clone()
                        }
                        .verify(&first, &second)
                        .is_err()
                    );
                }
                if m < n {
                    assert!(proof.verify(&second, &first).is_err());
                }
            }
        }
    }
}
