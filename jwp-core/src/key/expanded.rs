//! A key whose secret stays expanded: feature `expanded-key`.
//!
//! ed25519-dalek hashes the secret for every signature (RFC 8032 §5.1.6, step 1), and inverts a coordinate for each. Here
//! it is hashed once for the life of the key, and one inversion serves a group (Montgomery's trick). The bytes are those
//! of ed25519-dalek, and all that knows the secret outside of it stands in this file.

use alloc::{boxed::Box, vec::Vec};

use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar, traits::Identity};
use ed25519_dalek::{
    VerifyingKey,
    hazmat::{ExpandedSecretKey, raw_sign},
};
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

/// The secret as RFC 8032 §5.1.5 expands it, with the public key that is its own: whoever signs under another gives the
/// secret away. ed25519-dalek zeroises it when it is dropped.
pub(super) struct Expanded {
    secret: ExpandedSecretKey,
    public: VerifyingKey,
}

impl SigningKey {
    /// The same key, which hashes its secret now and not for every signature, and makes the same signatures. By
    /// [`ChainWriter::append_all`](crate::ChainWriter::append_all), which signs in groups, a receipt takes 0.82 of a signature
    /// of ed25519-dalek alone, and 1.03 under a plain key: `benches/README.md` has machine and commit.
    ///
    /// What it keeps in memory tells as much as the seed, and is zeroised like it. It is held by what ed25519-dalek calls
    /// `hazmat`, in one file of this crate.
    #[must_use]
    pub fn expanded(mut self) -> Self {
        self.expanded = Some(Box::new(Expanded {
            secret: ExpandedSecretKey::from(self.inner.as_bytes()),
            public: self.inner.verifying_key(),
        }));
        self
    }
}

impl Expanded {
    /// The signature that ed25519-dalek makes of the message.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        raw_sign::<Sha512>(&self.secret, message, &self.public).to_bytes()
    }

    /// Signs each message (RFC 8032 §5.1.6): the signatures are those of [`Expanded::sign`], in the order of the messages.
    pub(super) fn sign_all<'m>(
        &self,
        messages: impl Iterator<Item = &'m [u8]>,
        signatures: &mut Vec<[u8; 64]>,
    ) {
        let Self { secret, public } = self;
        let none = Nonce {
            r: Scalar::ZERO,
            point: EdwardsPoint::identity(),
        };
        let messages: Vec<_> = messages.collect();
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
                hash.update(public.as_bytes());
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

    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;

    use super::*;
    use crate::{key::Signer as _, link::Link};

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
            let mut expected = vec![[7; 64]];
            expected.extend(messages.iter().map(|message| key.inner.sign(message).to_bytes()));
            for key in [SigningKey::from_seed(&seed).unwrap().expanded(), key] {
                let mut signatures = vec![[7; 64]];
                key.sign_all(messages.iter().map(Vec::as_slice), &mut signatures);
                prop_assert_eq!(&signatures, &expected);
                let one_by_one = messages.iter().map(|message| key.sign(message).unwrap());
                prop_assert!(expected[1..].iter().copied().eq(one_by_one));
            }
        }
    }

    /// What is expanded before goes on as it was: RFC 8032 §7.1, TEST 2.
    #[test]
    fn an_expanded_key_signs_as_the_standard_has_it() {
        let hex = |text: &str| *text.parse::<Link>().unwrap().as_bytes();
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let key = SigningKey::from_seed(&seed).unwrap().expanded().expanded();
        assert_eq!(key.verifying_key().as_bytes(), &public);
        let r = hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da");
        let s = hex("085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        assert_eq!(
            key.sign(&[0x72]).unwrap().as_chunks(),
            ([r, s].as_slice(), [].as_slice())
        );
    }

    #[test]
    fn one_message_many_times_is_one_signature() {
        let key = SigningKey::from_seed(&core::array::from_fn(|n| n.try_into().unwrap())).unwrap();
        let (key, mut signatures) = (key.expanded(), Vec::new());
        key.sign_all([b"the same".as_slice(); 33].into_iter(), &mut signatures);
        assert_eq!(signatures, [key.sign(b"the same").unwrap(); 33]);
    }
}
