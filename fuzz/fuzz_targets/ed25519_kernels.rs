//! Every kernel and width says of every signature what ed25519-dalek says, whatever stands beside it.
//!
//! Each 4 bytes of input choose a seed, a message and how the signature departs from a good one; 96 bytes
//! more stand for a key and a signature that nobody made.
#![no_main]
use std::cell::RefCell;

use curve25519_dalek::{
    EdwardsPoint, Scalar, constants::EIGHT_TORSION, edwards::CompressedEdwardsY,
};
use ed25519_dalek::{Signer as _, SigningKey};
use jwp_core::ed25519::Kernels;
use sha2::{Digest as _, Sha512};

thread_local! {
    // Tables of the few keys that the cases have are built once.
    static KERNELS: RefCell<Kernels> = RefCell::new(Kernels::new());
}

type Case<'a> = ([u8; 32], [u8; 64], &'a [u8]);

fn case<'a>(data: &mut &'a [u8]) -> Option<Case<'a>> {
    let ([seed, length, flaw, place], rest) = data.split_first_chunk()?;
    *data = rest;
    if *flaw == 255 {
        let (bytes, rest) = data.split_first_chunk::<96>()?;
        *data = rest;
        return Some((
            bytes[..32].try_into().ok()?,
            bytes[32..].try_into().ok()?,
            b"raw",
        ));
    }
    let (message, rest) = data.split_at(usize::from(*length).min(data.len()));
    *data = rest;
    let signing = SigningKey::from_bytes(&[seed % 8 + 1; 32]);
    let mut key = signing.verifying_key().to_bytes();
    let mut signature = signing.sign(message).to_bytes();
    // R and A with torsion, R alone of small order, and s to go with them.
    let forge = |r: Scalar, r_torsion: EdwardsPoint, a_torsion: EdwardsPoint| {
        let a = signing.to_scalar();
        let key = EdwardsPoint::mul_base(&a) + a_torsion;
        let point = EdwardsPoint::mul_base(&r) + r_torsion;
        let (key, point) = (key.compress().0, point.compress().0);
        let hash = Sha512::new()
            .chain_update(point)
            .chain_update(key)
            .chain_update(message);
        let s = r + Scalar::from_hash(hash) * a;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&point);
        signature[32..].copy_from_slice(s.as_bytes());
        (key, signature)
    };
    let torsion = |n: u8| EIGHT_TORSION[usize::from(n) % 8];
    match flaw % 8 {
        0 | 1 => {}
        2 => signature[usize::from(place / 8) + 32 * usize::from(flaw / 128)] ^= 1 << (place % 8),
        3 => (key, signature) = forge(Scalar::from(*place), torsion(flaw / 8), torsion(0)),
        4 => (key, signature) = forge(Scalar::from(*place), torsion(*place), torsion(flaw / 8)),
        5 => (key, signature) = forge(Scalar::ZERO, torsion(flaw / 8), torsion(*place)),
        6 => {
            // y + p, for a y below 19.
            signature[..32].fill(0xff);
            signature[0] = 0xed + place % 19;
            signature[31] = if place < &128 { 0x7f } else { 0xff };
        }
        // s + L is the same scalar.
        _ => {
            let order: [u8; 32] = {
                let mut bytes = (-Scalar::ONE).to_bytes();
                bytes[0] += 1;
                bytes
            };
            let mut carry = 0;
            for (to, from) in signature[32..].iter_mut().zip(order) {
                let sum = u16::from(*to) + u16::from(from) + carry;
                (*to, carry) = (sum as u8, sum >> 8);
            }
        }
    }
    Some((key, signature, message))
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    let mut cases = Vec::new();
    while let Some(case) = case(&mut rest) {
        // Keys that are no points of the curve, or −0, have no table.
        if CompressedEdwardsY(case.0)
            .decompress()
            .is_some_and(|point| point.compress().0 == case.0)
        {
            cases.push(case);
        }
        if cases.len() == 20 {
            break;
        }
    }
    KERNELS.with_borrow_mut(|kernels| {
        if let Some((reference, kernels)) = kernels.verdicts(&cases) {
            for kernel in kernels {
                assert_eq!(kernel, reference);
            }
        }
    });
});
