//! Points that are no keys: without the public vectors.
#![cfg(test)]

use curve25519_dalek::{
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
    scalar::Scalar,
};
use jwp_core::VerifyingKey;

#[track_caller]
fn weak(bytes: [u8; 32], words: &str) {
    let error = VerifyingKey::from_bytes(&bytes).unwrap_err();
    assert_eq!(error.code(), "Trust.WeakKey");
    assert!(error.to_string().contains(words), "{error}");
}

/// T34: a signature under such a key holds for one verifier and not for another, by whether it multiplies by eight.
#[test]
fn a_point_with_torsion_is_no_key() {
    for secret in [1_u64, 2, 77] {
        let clean = ED25519_BASEPOINT_POINT * Scalar::from(secret);
        VerifyingKey::from_bytes(&clean.compress().0).unwrap();
        for torsion in &EIGHT_TORSION[1..] {
            weak((clean + torsion).compress().0, "a point with torsion");
        }
    }
}

/// T34
#[test]
fn a_point_of_small_order_is_no_key() {
    for torsion in EIGHT_TORSION {
        weak(torsion.compress().0, "a point of small order");
    }
}

/// T34: y + p, for the y below 19 that are points of the curve.
#[test]
fn a_number_beyond_the_field_is_no_key() {
    let mut points = 0;
    for y in 0..19_u8 {
        let mut beyond = [0xff; 32];
        (beyond[0], beyond[31]) = (0xed + y, 0x7f);
        let error = VerifyingKey::from_bytes(&beyond).unwrap_err();
        assert_eq!(error.code(), "Trust.WeakKey");
        points += usize::from(error.to_string().contains("a non-canonical encoding"));
    }
    assert!(points > 3, "{points}");
}
