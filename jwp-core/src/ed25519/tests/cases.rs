//! Signatures that are made to be accepted, or refused for one reason.

use super::*;

/// A signature, made to be accepted or refused for one reason.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) key: VerifyingKey,
    pub(super) message: Vec<u8>,
    pub(super) signature: [u8; 64],
}

impl Case {
    pub(super) fn reference(&self) -> bool {
        verify_strict(&self.key, &self.message, &self.signature)
    }
}

/// How a signature departs from a good one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Flaw {
    None,
    /// One bit of the signature.
    Bit(usize),
    /// One bit of the message.
    Message(usize),
    /// s + L, which is the same scalar.
    Unreduced,
    /// R = rB + T for a T of small order, and s as for that R: only a cofactored equation holds.
    Torsion(usize),
    /// R of small order, and s such that the equation asks for R + what `Torsion` would: for T = 0 the
    /// equation holds exactly.
    SmallOrder(usize),
    /// R as y + p, for the few y that have one.
    NonCanonical(u8),
    /// Signed by another key.
    OtherKey,
    /// Bytes that nobody has signed.
    Ground([u8; 32]),
}

pub(super) fn case(seed: [u8; 32], message: Vec<u8>, flaw: Flaw) -> Case {
    let signing = SigningKey::from_bytes(&seed);
    let key = signing.verifying_key();
    let mut signature = signing.sign(&message).to_bytes();
    let mut signed = message;
    let a = signing.to_scalar();
    let with_r = |r: Scalar, encoding: [u8; 32], message: &[u8]| {
        let hash = Sha512::new()
            .chain_update(encoding)
            .chain_update(key.as_bytes());
        let k = Scalar::from_hash(hash.chain_update(message));
        let mut out = [0; 64];
        out[..32].copy_from_slice(&encoding);
        out[32..].copy_from_slice((r + k * a).as_bytes());
        out
    };
    match flaw {
        Flaw::None => {}
        Flaw::Bit(bit) => signature[bit / 8] ^= 1 << (bit % 8),
        Flaw::Message(bit) => match signed.len() {
            0 => signed.push(0),
            length => signed[bit / 8 % length] ^= 1 << (bit % 8),
        },
        Flaw::Unreduced => {
            let order = BigUint::from_bytes_le(&(-Scalar::ONE).to_bytes()) + 1_u8;
            let s = BigUint::from_bytes_le(&signature[32..]) + order;
            signature[32..].copy_from_slice(&s.to_bytes_le());
        }
        Flaw::Torsion(index) => {
            let r = Scalar::from_bytes_mod_order(seed);
            let point = ED25519_BASEPOINT_POINT * r + EIGHT_TORSION[index % 8];
            signature = with_r(r, point.compress().0, &signed);
        }
        Flaw::SmallOrder(index) => {
            let point: EdwardsPoint = EIGHT_TORSION[index % 8];
            signature = with_r(Scalar::ZERO, point.compress().0, &signed);
        }
        Flaw::NonCanonical(y) => {
            let mut encoding = [0xff; 32];
            encoding[0] = 0xed + y % 19;
            encoding[31] = if y >= 128 { 0xff } else { 0x7f };
            signature = with_r(Scalar::ZERO, encoding, &signed);
        }
        Flaw::OtherKey => {
            let other = SigningKey::from_bytes(&seed.map(|byte| !byte));
            signature = other.sign(&signed).to_bytes();
        }
        Flaw::Ground(bytes) => signature[32..].copy_from_slice(&bytes),
    }
    Case {
        key,
        message: signed,
        signature,
    }
}

fn flaws() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        8 => Just(Flaw::None),
        2 => (0..512_usize).prop_map(Flaw::Bit),
        1 => (0..4096_usize).prop_map(Flaw::Message),
        1 => Just(Flaw::Unreduced),
        2 => (0..8_usize).prop_map(Flaw::Torsion),
        2 => (0..8_usize).prop_map(Flaw::SmallOrder),
        1 => any::<u8>().prop_map(Flaw::NonCanonical),
        1 => Just(Flaw::OtherKey),
        1 => any::<[u8; 32]>().prop_map(Flaw::Ground),
    ]
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    (
        1..6_u8,
        proptest::collection::vec(any::<u8>(), 0..600),
        flaws(),
    )
        .prop_map(|(seed, message, flaw)| case([seed; 32], message, flaw))
}

/// One bit in each limb of y and the sign of x; either half of s; and whatever the equation alone would let
/// through.
pub(super) fn every_flaw() -> Vec<Flaw> {
    [0, 51, 102, 153, 204, 254, 255, 256, 383, 504]
        .map(Flaw::Bit)
        .into_iter()
        .chain([Flaw::Message(0), Flaw::Unreduced, Flaw::OtherKey])
        .chain([0, 1, 18, 128, 129].map(Flaw::NonCanonical))
        .chain((1..8).map(Flaw::Torsion))
        .chain((0..8).map(Flaw::SmallOrder))
        .chain([Flaw::Ground([9; 32]), Flaw::Ground([0; 32])])
        .collect()
}

/// Good signatures of one key, of which one R has an even x and the other an odd one.
pub(super) fn good_of_both_signs() -> [Case; 2] {
    [0, 1].map(|sign| {
        (0..=255)
            .map(|n| case([1; 32], alloc::vec![n; 100], Flaw::None))
            .find(|case| case.signature[31] >> 7 == sign)
            .unwrap()
    })
}

/// k of the equation.
pub(super) fn challenge(case: &Case) -> [u8; 32] {
    let hash = Sha512::new()
        .chain_update(split(&case.signature).0)
        .chain_update(case.key.as_bytes())
        .chain_update(&case.message);
    Scalar::from_hash(hash).to_bytes()
}

pub(super) fn one_other_bit(bytes: &[u8; 32]) -> Vec<[u8; 32]> {
    let change = |bit: usize| {
        let mut other = *bytes;
        other[bit / 8] ^= 1 << (bit % 8);
        other
    };
    (0..256).map(change).collect()
}
