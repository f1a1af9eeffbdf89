//! The hash of a leaf, which no other hash passes for.

use core::fmt;

use sha2::{Digest as _, Sha256};

use super::Hash;

/// What the hash of a leaf begins with, as that of an inner node begins with another byte: neither passes for the other.
pub(super) const LEAF: u8 = 0;

/// The hash of an entry as a leaf, `SHA-256(0x00 || entry)`: 32 bytes, printed by `Debug` as 64 lower-case hex digits.
///
/// It has a type of its own, apart from [`Hash`](type@Hash), because a proof holds of whatever stands in the place of the
/// leaf:
///
/// - A bare SHA-256 of an entry, without the byte in front: of `0x01 || left || right` as an entry it is an inner node.
/// - An inner node is a leaf of a smaller tree with the same root, and is proven by a shorter path.
/// - Leaf and root change places in [`InclusionProof::verify`](super::InclusionProof::verify): in a tree of one leaf they
///   are the same 32 bytes, so that a test with one entry shows nothing.
///
/// None of them compiles, unless [`LeafHash::from_bytes`] says that the bytes are a leaf's:
///
/// ```compile_fail,E0308
/// use jwp_core::merkle::{InclusionProof, leaf_hash, root};
///
/// let (leaf, proof) = (leaf_hash(&[b"water"]), InclusionProof::new(0, 1, Vec::new()));
/// proof.verify(&root(&[leaf]), &leaf)?;
/// # Ok::<(), jwp_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafHash(Hash);

impl LeafHash {
    /// From its 32 bytes, where somebody else has hashed the entry: a tile of level 0 of a log (c2sp.org/tlog-tiles), a
    /// published vector.
    ///
    /// Nothing is checked, as no hash says what it is of. A leaf that came beside a proof proves nothing of an entry:
    /// where the entry is at hand, [`leaf_hash`] is the way.
    #[must_use]
    pub const fn from_bytes(bytes: Hash) -> Self {
        Self(bytes)
    }

    /// The 32 bytes: the node of the tree above which the path begins, and the root where there is no other leaf.
    #[must_use]
    pub const fn as_bytes(&self) -> &Hash {
        &self.0
    }
}

impl fmt::Debug for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The hash of a leaf, `SHA-256(0x00 || entry)`, of an entry in parts that are hashed one behind the other.
///
/// ```
/// use jwp_core::merkle::leaf_hash;
///
/// assert_eq!(leaf_hash(&[b"entry"]), leaf_hash(&[b"en", b"try"]));
/// ```
#[must_use]
pub fn leaf_hash(entry: &[&[u8]]) -> LeafHash {
    let mut hasher = Sha256::new_with_prefix([LEAF]);
    entry.iter().for_each(|part| hasher.update(part));
    LeafHash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_hash_is_its_bytes_and_prints_them_in_hex() {
        // RFC 9162 §2.1.1: the leaf of an empty entry is SHA-256(0x00).
        let empty = leaf_hash(&[]);
        let text = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(alloc::format!("{empty:?}"), text);
        assert_eq!(LeafHash::from_bytes(*empty.as_bytes()), empty);
        assert_ne!(leaf_hash(&[&[]]), leaf_hash(&[&[0]]));
    }
}
