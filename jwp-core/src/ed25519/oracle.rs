//! What the kernels compute, the slow and obvious way: for tests and fuzzing.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "points of a curve have no overflow"
)]

use curve25519_dalek::{
    EdwardsPoint, Scalar, constants::ED25519_BASEPOINT_POINT, traits::Identity as _,
};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha512};

use super::{digits::rows, field::words, is_admissible, split};

/// The equation with each scalar taken as its signs are. Under a key that is free of torsion it is what
/// [`by_equation`](super::by_equation) says; under any other, which no kernel ever gets, it is what they would say.
pub(super) fn by_signs(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let (r, s) = split(signature);
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(key.as_bytes())
        .chain_update(message);
    let k = Scalar::from_hash(hash).to_bytes();
    let sum = || multiple(ED25519_BASEPOINT_POINT, s) + multiple(-key.to_edwards(), &k);
    is_admissible(signature) && sum().compress().as_bytes() == r
}

fn multiple(point: EdwardsPoint, scalar: &[u8; 32]) -> EdwardsPoint {
    let rows = rows(words(scalar));
    let (mut sum, mut power) = (EdwardsPoint::identity(), point);
    for bit in 0..32 {
        for row in rows {
            sum = if row >> bit & 1 == 1 {
                sum + power
            } else {
                sum - power
            };
            power = power + power;
        }
    }
    sum
}
