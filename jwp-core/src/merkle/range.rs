//! The leaves of a tree from one place to another, in as few hashes as will do.

use alloc::vec::Vec;

use super::{Hash, LeafHash, join_right_to_left, node_hash};

/// A compact range: the leaves `begin..end` of a tree as the roots of the largest complete subtrees that
/// lie within. Neighbouring ranges join to one, in any order of joining with the same result; a range
/// that begins at leaf 0 has the root of the tree of its leaves.
///
/// At most two hashes for each bit of `end` are kept. The last leaf that has a place is at 2⁶⁴ − 2: a range that ends
/// behind it is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerkleRange {
    begin: u64,
    pub(super) end: u64,
    /// Height and root of each subtree, from left to right.
    pub(super) subtrees: Vec<(u32, Hash)>,
}

impl MerkleRange {
    /// The empty range in front of the leaf at `begin`.
    #[must_use]
    pub const fn new(begin: u64) -> Self {
        Self {
            begin,
            end: begin,
            subtrees: Vec::new(),
        }
    }

    /// Index of the first leaf.
    #[must_use]
    pub const fn begin(&self) -> u64 {
        self.begin
    }

    /// Index behind the last leaf.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Adds a leaf on the right; none where the range is full.
    pub fn push(&mut self, leaf: LeafHash) {
        if self.end < u64::MAX {
            self.push_subtree(0, *leaf.as_bytes());
        }
    }

    /// Joins the range that begins where this one ends; otherwise gives `None`.
    #[must_use]
    pub fn join(mut self, next: &Self) -> Option<Self> {
        if self.end != next.begin {
            return None;
        }
        for (height, root) in &next.subtrees {
            self.push_subtree(*height, *root);
        }
        Some(self)
    }

    /// The root of the tree; `None` for a range that does not begin at leaf 0. Of no leaves, SHA-256 of
    /// nothing (RFC 9162 §2.1.1).
    #[must_use]
    pub fn root(&self) -> Option<Hash> {
        let roots = self.subtrees.iter().map(|(_, root)| root);
        (self.begin == 0).then(|| join_right_to_left(roots.rev()))
    }

    fn push_subtree(&mut self, height: u32, root: Hash) {
        let leaves = 1_u64.checked_shl(height).unwrap_or(0);
        let mut begin = self.end;
        self.end = self.end.saturating_add(leaves);
        let (mut height, mut root) = (height, root);
        // Two neighbours as high make one subtree where the left of them is a left child.
        while let Some((left_height, left)) = self.subtrees.last()
            && *left_height == height
            && begin
                .checked_shr(height)
                .is_some_and(|begin| begin & 1 == 1)
        {
            root = node_hash(left, &root);
            begin = begin.saturating_sub(1_u64.checked_shl(height).unwrap_or(0));
            height = height.saturating_add(1);
            self.subtrees.pop();
        }
        self.subtrees.push((height, root));
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "numbers of the test")]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{leaf_hash, root},
        *,
    };

    fn leaf(index: u64) -> LeafHash {
        leaf_hash(&[&index.to_be_bytes()])
    }

    fn range(begin: u64, end: u64) -> MerkleRange {
        let mut range = MerkleRange::new(begin);
        (begin..end).for_each(|index| range.push(leaf(index)));
        range
    }

    proptest! {
        #[test]
        fn ranges_join_to_the_range_of_all_their_leaves_in_any_order(
            begin in 0..if cfg!(miri) { 5 } else { 200_u64 },
            lengths in proptest::array::uniform4(0..if cfg!(miri) { 3 } else { 60_u64 }),
        ) {
            let mut ranges = Vec::new();
            let mut end = begin;
            for length in lengths {
                ranges.push(range(end, end + length));
                end += length;
            }
            let whole = range(begin, end);
            let join = |a: &MerkleRange, b: &MerkleRange| a.clone().join(b).unwrap();
            let [a, b, c, d] = [&ranges[0], &ranges[1], &ranges[2], &ranges[3]];
            prop_assert_eq!(&join(&join(&join(a, b), c), d), &whole);
            prop_assert_eq!(&join(a, &join(b, &join(c, d))), &whole);
            prop_assert_eq!(&join(&join(a, b), &join(c, d)), &whole);
            prop_assert!(whole.subtrees.len() <= 16);
            if !lengths.contains(&0) {
                prop_assert!(a.clone().join(c).is_none() && b.clone().join(a).is_none());
            }
            let leaves: Vec<LeafHash> = (0..end).map(leaf).collect();
            prop_assert_eq!(range(0, end).root(), Some(root(&leaves)));
            prop_assert_eq!(whole.root().is_some(), begin == 0);
        }
    }

    #[test]
    fn a_range_that_is_full_takes_no_leaf() {
        let (last, full) = (u64::MAX - 1, u64::MAX);
        let mut range = MerkleRange::new(full);
        range.push(leaf(0));
        assert_eq!(range, MerkleRange::new(full));
        let mut range = MerkleRange::new(last);
        range.push(leaf(0));
        let one = range.clone();
        assert_eq!((one.begin(), one.end()), (last, full));
        range.push(leaf(1));
        assert_eq!(range, one);
        assert_eq!(one.clone().join(&MerkleRange::new(full)), Some(one.clone()));
        assert_eq!(MerkleRange::new(last).join(&one), Some(one.clone()));
        assert_eq!(one.clone().join(&one), None);
    }
}
