//! Leaves of many receipts, hashed side by side.

use alloc::vec::Vec;

use super::{Hash, MerkleRange, NODE, leaf::LEAF};
use crate::ed25519::{Backend, Padded, SHA256_BLOCK};

/// Leaves that wait at most: enough to fill the lanes for three levels, few enough to stay in a cache.
const WAITING: usize = 256;

/// Room for a leaf or a pair, and for the padding of SHA-256.
type TwoBlocks = [u8; 2 * SHA256_BLOCK];
/// Bytes of a leaf: the first, link and signature.
const LEAF_LENGTH: usize = 1 + 32 + 64;
/// Bytes of a pair.
const PAIR_LENGTH: usize = 1 + 32 + 32;
const _: () = assert!(Padded::blocks_of(LEAF_LENGTH) == 2 && Padded::blocks_of(PAIR_LENGTH) == 2);

/// Puts leaves behind a range, with the same result as [`MerkleRange::push`] of each.
///
/// Leaves wait until there are many, and then each level of the tree is hashed at once. Nothing is in the
/// range until [`Bulk::flush`].
#[derive(Debug)]
pub(crate) struct Bulk {
    backend: Backend,
    /// `0x00 || link || signature`, padded.
    leaves: Vec<TwoBlocks>,
    /// Neighbours of one height, and for each pair of them `0x01 || left || right`, padded.
    nodes: Vec<Hash>,
    pairs: Vec<TwoBlocks>,
    /// What has no right neighbour, lowest first.
    unpaired: Vec<(u32, Hash)>,
}

impl Bulk {
    pub(crate) const fn new(backend: Backend) -> Self {
        Self {
            backend,
            leaves: Vec::new(),
            nodes: Vec::new(),
            pairs: Vec::new(),
            unpaired: Vec::new(),
        }
    }

    /// Puts the leaf of a receipt in line.
    pub(crate) fn push(&mut self, range: &mut MerkleRange, link: &[u8; 32], signature: &[u8; 64]) {
        self.leaves.push(concat(LEAF, link, signature));
        if self.leaves.len() >= WAITING {
            self.flush(range);
        }
    }

    /// Puts all that wait behind `range`.
    pub(crate) fn flush(&mut self, range: &mut MerkleRange) {
        let Self {
            backend,
            leaves,
            nodes,
            pairs,
            unpaired,
        } = self;
        hash_each(*backend, LEAF_LENGTH, leaves, nodes);
        leaves.clear();
        // The place of the first of `nodes` among all nodes of their height.
        let (mut height, mut begin) = (0_u32, range.end);
        let added = u64::try_from(nodes.len()).unwrap_or(u64::MAX);
        range.end = range.end.saturating_add(added);
        while !nodes.is_empty() {
            if begin & 1 == 1 {
                // A right child. Its sibling is the subtree in front of it, unless the range begins between
                // them.
                match range.subtrees.pop_if(|(left, _)| *left == height) {
                    Some((_, sibling)) => {
                        nodes.insert(0, sibling);
                        begin = begin.saturating_sub(1);
                    }
                    None => {
                        range.subtrees.push((height, nodes.remove(0)));
                        begin = begin.saturating_add(1);
                    }
                }
            }
            let (both, single) = nodes.as_chunks::<2>();
            unpaired.extend(single.iter().map(|node| (height, *node)));
            pairs.clear();
            pairs.extend(both.iter().map(|[left, right]| concat(NODE, left, right)));
            hash_each(*backend, PAIR_LENGTH, pairs, nodes);
            begin >>= 1;
            height = height.saturating_add(1);
        }
        range.subtrees.extend(unpaired.drain(..).rev());
    }
}

impl MerkleRange {
    /// Adds a leaf for each receipt on the right, of its link and its signature; none where the range is full. As
    /// [`MerkleRange::push`] of the [`leaf_hash`](super::leaf_hash) of both, but hashed side by side
    /// where the processor has lanes for it.
    ///
    /// ```
    /// use jwp_core::{ed25519::Backend, merkle::{MerkleRange, leaf_hash}};
    ///
    /// let (link, signature) = ([1; 32], [2; 64]);
    /// let mut range = MerkleRange::new(0);
    /// range.push_receipts(Backend::detect(), [(link, &signature)]);
    /// assert_eq!(range.root(), Some(*leaf_hash(&[&link, &signature]).as_bytes()));
    /// ```
    pub fn push_receipts<'r>(
        &mut self,
        backend: Backend,
        receipts: impl IntoIterator<Item = ([u8; 32], &'r [u8; 64])>,
    ) {
        let room = u64::MAX.saturating_sub(self.end());
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let mut bulk = Bulk::new(backend);
        for (link, signature) in receipts.into_iter().take(room) {
            bulk.push(self, &link, signature);
        }
        bulk.flush(self);
    }
}

/// The first byte, the two parts behind it, and the bit that ends them: copies of lengths that are known here.
fn concat<const A: usize, const B: usize>(first: u8, a: &[u8; A], b: &[u8; B]) -> TwoBlocks {
    const { assert!(1 + A + B < size_of::<TwoBlocks>(), "room for one bit more") };
    let mut out = [0; size_of::<TwoBlocks>()];
    out[0] = first;
    if let Some((to, rest)) = out
        .split_first_mut()
        .and_then(|(_, rest)| rest.split_first_chunk_mut::<A>())
    {
        *to = *a;
        if let Some((to, [end, ..])) = rest.split_first_chunk_mut::<B>() {
            (*to, *end) = (*b, 0x80);
        }
    }
    out
}

fn hash_each(backend: Backend, length: usize, messages: &[TwoBlocks], hashes: &mut Vec<Hash>) {
    hashes.clear();
    let message = |index: usize| Padded::new(messages.get(index)?, length);
    backend.sha256(messages.len(), message, |_, hash| hashes.push(hash));
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::{super::leaf_hash, *};

    proptest! {
        #[test]
        fn many_leaves_at_once_are_the_leaves_one_by_one(
            begin in 0..300_u64,
            lengths in proptest::collection::vec(0..if cfg!(miri) { 3 } else { 150_usize }, 1..5),
            portable: bool,
        ) {
            let backend = if portable { Backend::PORTABLE } else { Backend::detect() };
            let mut bulk = Bulk::new(backend);
            let (mut many, mut single) = (MerkleRange::new(begin), MerkleRange::new(begin));
            let mut count = 0_u8;
            for length in lengths {
                for _ in 0..length {
                    count = count.wrapping_add(1);
                    let (link, signature) = ([count; 32], [!count; 64]);
                    bulk.push(&mut many, &link, &signature);
                    single.push(leaf_hash(&[&link, &signature]));
                }
                bulk.flush(&mut many);
                prop_assert_eq!(&many, &single);
            }
        }
    }

    #[test]
    fn leaves_of_many_receipts_end_where_the_range_is_full() {
        let receipts: Vec<_> = (0..40).map(|n: u8| ([n; 32], [!n; 64])).collect();
        for begin in [
            0,
            1,
            7,
            u64::MAX - 40,
            u64::MAX - 39,
            u64::MAX - 1,
            u64::MAX,
        ] {
            let (mut many, mut single) = (MerkleRange::new(begin), MerkleRange::new(begin));
            many.push_receipts(
                Backend::detect(),
                receipts.iter().map(|(link, signature)| (*link, signature)),
            );
            for (link, signature) in &receipts {
                single.push(leaf_hash(&[link, signature]));
            }
            assert_eq!(many, single, "{begin}");
        }
    }

    /// Without a flush, as a chain that is longer than what waits.
    #[cfg_attr(miri, ignore = "a thousand blocks of SHA-256")]
    #[test]
    fn leaves_do_not_wait_for_ever() {
        let mut bulk = Bulk::new(Backend::detect());
        let mut range = MerkleRange::new(0);
        for _ in 0..WAITING {
            bulk.push(&mut range, &[1; 32], &[2; 64]);
        }
        let all = alloc::vec![leaf_hash(&[&[1; 32], &[2; 64]]); WAITING];
        assert_eq!(range.root(), Some(super::super::root(&all)));
    }
}
