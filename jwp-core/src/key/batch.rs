//! Many signatures of one key, which share the costliest part of writing each `R`: feature `batch-sign`.
//!
//! ed25519-dalek expands the secret and inverts a coordinate for every signature. Here the secret is expanded
//! once, and one inversion serves a group (Montgomery's trick). The bytes are those of ed25519-dalek, and all that
//! knows the secret outside of it stands in this file.

use alloc::vec::Vec;

use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar, traits::Identity};
use ed25519_dalek::hazmat::ExpandedSecretKey;
use sha2::{Digest as _, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::SigningKey;

/// Signatures that share an inversion: the rest of a signature is then a hundred times what is left of it.
const GROUP: usize = 32;

/// What must not be learnt of one signature: whoever knows `r` computes the key from `s`.
#[derive(Clone, Copy)]
struct Nonce {
    r: Scalar,
    /// r·B as it was computed. Its Z tells of r; what is made public is the point alone.
    point: EdwardsPoint,
}

impl Zeroize for Nonce {
    fn zeroize(&mut self) {
        self.r.zeroize();
        self.point.zeroize();
    }
}

impl SigningKey {
    /// Signs each message (RFC 8032 §5.1.6): the signatures are those of [`Signer::sign`](super::Signer::sign), in
    /// the order of the messages.
    pub(crate) fn sign_all(&self, messages: &[&[u8]], signatures: &mut Vec<[u8; 64]>) {
        let secret = ExpandedSecretKey::from(self.inner.as_bytes());
        let public = self.verifying.as_bytes();
        let none = Nonce {
            r: Scalar::ZERO,
            point: EdwardsPoint::identity(),
        };
        for group in messages.chunks(GROUP) {
            // A group that is not full is filled with the identity, whose inversion costs next to nothing.
            let mut nonces = Zeroizing::new([none; GROUP]);
            for (nonce, message) in nonces.iter_mut().zip(group) {
                let mut hash = Sha512::new_with_prefix(secret.hash_prefix);
                hash.update(message);
                nonce.r = Scalar::from_hash(hash);
                nonce.point = EdwardsPoint::mul_base(&nonce.r);
            }
            let points = Zeroizing::new(nonces.map(|nonce| nonce.point));
            let encoded = EdwardsPoint::compress_batch(&points);
            for ((nonce, encoded), message) in nonces.iter().zip(&encoded).zip(group) {
                let mut hash = Sha512::new_with_prefix(encoded.as_bytes());
                hash.update(public);
                hash.update(message);
                #[expect(
                    clippy::arithmetic_side_effects,
                    reason = "modulo the order of the group"
                )]
                let s = Scalar::from_hash(hash) * secret.scalar + nonce.r;
                let mut signature = [0; 64];
                let (first, second) = signature.split_at_mut(32);
                first.copy_from_slice(encoded.as_bytes());
                second.copy_from_slice(s.as_bytes());
                signatures.push(signature);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;
    use crate::key::Signer as _;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Groups that are full, that are not, and that are empty.
        #[test]
        fn signatures_of_a_group_are_those_made_one_by_one(
            seed: [u8; 32],
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..70),
        ) {
            prop_assume!(seed.iter().any(|byte| *byte != seed[0]));
            let key = SigningKey::from_seed(&seed).unwrap();
            let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
            let mut signatures = vec![[7; 64]];
            key.sign_all(&messages, &mut signatures);
            let mut expected = vec![[7; 64]];
            expected.extend(messages.iter().map(|message| key.sign(message).unwrap()));
            prop_assert_eq!(signatures, expected);
        }
    }

    #[test]
    fn one_message_many_times_is_one_signature() {
        let key = SigningKey::from_seed(&core::array::from_fn(|n| n.try_into().unwrap())).unwrap();
        let mut signatures = Vec::new();
        key.sign_all(&[b"the same".as_slice(); 33], &mut signatures);
        assert_eq!(signatures, [key.sign(b"the same").unwrap(); 33]);
    }
}
