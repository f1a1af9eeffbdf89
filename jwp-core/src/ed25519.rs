//! Ed25519 verification (RFC 8032 §5.1.7) under one acceptance rule, by several kernels.
//!
//! Under a key that is canonical, not of small order and free of torsion a signature `R || s` is
//! accepted exactly when
//!
//! - s < L,
//! - R is not the encoding of a point of small order, and
//! - `enc([s]B − [SHA-512(R || A || M)]A)` equals R bytewise.
//!
//! That is `verify_strict` of ed25519-dalek, which is the reference here. The kernels compute the left
//! side of the equation from tables of multiples of B and −A, with seven doublings and without decoding R,
//! and compare bytes; nothing is random, and no verdict depends on what else is checked at the same time. They take
//! scalars modulo L, which is right because both points are of that order: no key with torsion gets here.
//! Under a key without a table ed25519-dalek computes the left side, and R is not decoded either.
//! What is refused in one of these ways is given to `verify_strict` before it is reported.
//!
//! SHA-256 of many messages at once stands here as well, because it runs in the same lanes.
//!
//! This module knows nothing of receipts. Nothing in it is secret and nothing runs in constant time.
//! Signing stays with ed25519-dalek, but for `SigningKey::expanded`. The kernels need the
//! feature `std`, which detects processors and keeps the table of B; without it there is the reference alone.

#[cfg(feature = "std")]
mod backend;
#[cfg(feature = "std")]
mod comb;
#[cfg(feature = "std")]
mod digits;
#[cfg(feature = "std")]
mod field;
#[cfg(feature = "std")]
mod front;
#[cfg(feature = "std")]
mod inverse;
#[cfg(all(feature = "std", any(target_arch = "x86_64", plain_lanes)))]
#[cfg_attr(
    plain_lanes,
    expect(
        clippy::redundant_closure,
        reason = "a function with target features, as without `plain_lanes`, is no `Fn`"
    )
)]
mod lanes;
#[cfg(all(feature = "std", any(test, fuzzing)))]
mod oracle;
#[cfg(feature = "std")]
mod padded;
#[cfg(feature = "std")]
mod point;
#[cfg(feature = "std")]
mod portable;
#[cfg(feature = "std")]
mod prepared;
#[cfg(feature = "std")]
mod queue;
#[cfg(feature = "std")]
mod table;
#[cfg(test)]
#[cfg(feature = "std")]
mod tests;

#[cfg(all(fuzzing, feature = "std"))]
use alloc::vec::Vec;

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};

#[cfg(feature = "std")]
pub use self::{backend::Backend, comb::Width};
#[cfg(feature = "std")]
pub(crate) use self::{
    front::Front,
    padded::{Padded, SHA256_BLOCK},
    prepared::Prepared,
    queue::Queue,
};

/// Under a key that has no table. ed25519-dalek's `verify` is the equation with s < L; `verify_strict` decodes R
/// beyond that, a square root, to learn what its encoding tells as well. What is refused is decided by the reference.
pub(crate) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    by_equation(key, message, signature) || verify_strict(key, message, signature)
}

/// [`verify`] without the reference behind it.
fn by_equation(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let parsed = Signature::from_bytes(signature);
    is_admissible(signature) && key.verify(message, &parsed).is_ok()
}

/// The reference. Where any package of a build asks for ed25519-dalek's feature `legacy_compatibility`, its own
/// check of s lets s + L through. The order is compared here as well, so that no feature changes a verdict.
fn verify_strict(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let parsed = Signature::from_bytes(signature);
    is_below_order(split(signature).1) && key.verify_strict(message, &parsed).is_ok()
}

/// R and s.
fn split(signature: &[u8; 64]) -> (&[u8; 32], &[u8; 32]) {
    let (halves, _) = signature.as_chunks::<32>();
    match halves {
        [r, s] => (r, s),
        _ => (&[0; 32], &[0; 32]),
    }
}

/// The two conditions that need no arithmetic: s < L, and R not of small order.
fn is_admissible(signature: &[u8; 64]) -> bool {
    let (r, s) = split(signature);
    is_below_order(s) && !is_small_order(r)
}

/// Whether a little-endian number is below L = 2²⁵² + 27742317777372353535851937790883648493.
fn is_below_order(s: &[u8; 32]) -> bool {
    /// L, most significant word first.
    const ORDER: [u64; 4] = [
        0x1000_0000_0000_0000,
        0,
        0x14de_f9de_a2f7_9cd6,
        0x5812_631a_5cf5_d3ed,
    ];
    let mut words = [0; 4];
    let (chunks, _) = s.as_chunks::<8>();
    for (word, chunk) in words.iter_mut().rev().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    words < ORDER
}

/// Whether these are the canonical encoding of one of the eight points of small order. An encoding that
/// is not canonical never equals the encoding of a sum, so it needs no place here.
fn is_small_order(r: &[u8; 32]) -> bool {
    // y is 1, 0 (twice), −1, or one of two numbers for the four points of order 8.
    const ORDER_8: [[u8; 31]; 2] = [
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03,
        ],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc,
        ],
    ];
    let [low @ .., last] = r;
    let (top, sign) = (last & 0x7f, last >> 7);
    match low.first() {
        Some(0) => low == &[0; 31] && top == 0,
        Some(1) => low.iter().skip(1).all(|byte| *byte == 0) && top == 0 && sign == 0,
        Some(0xec) => low.iter().skip(1).all(|byte| *byte == 0xff) && top == 0x7f && sign == 0,
        Some(0xc7) => *low == ORDER_8[0] && top == 0x7a,
        Some(0x26) => *low == ORDER_8[1] && top == 0x05,
        _ => false,
    }
}

/// For the fuzz target alone: every kernel and width, without the reference behind it.
#[cfg(all(fuzzing, feature = "std"))]
#[doc(hidden)]
#[derive(Debug)]
pub struct Kernels {
    queues: Vec<(Queue, Width)>,
    keys: usize,
}

#[cfg(all(fuzzing, feature = "std"))]
impl Kernels {
    /// Without a key.
    #[must_use]
    pub fn new() -> Self {
        let backends = [Backend::PORTABLE, Backend::detect()];
        let queues = backends.into_iter().flat_map(|backend| {
            let queue = move |width| (Queue::new(backend), width);
            Width::ALL.into_iter().map(queue)
        });
        let queues = queues.collect();
        Self { queues, keys: 0 }
    }

    /// What the equation says of these signatures by ed25519-dalek, and what each kernel says of all of
    /// them together. Keys with torsion, which no kernel gets otherwise, are taken as they are, and compared with what
    /// the kernels compute. `None` where one has no table.
    pub fn verdicts(
        &mut self,
        cases: &[([u8; 32], [u8; 64], &[u8])],
    ) -> Option<(Vec<bool>, Vec<Vec<bool>>)> {
        // Of each width and kernel.
        if self.keys > 800 {
            *self = Self::new();
        }
        let mut reference = Vec::new();
        let mut keys = Vec::new();
        for (key, signature, message) in cases {
            let key = VerifyingKey::from_bytes(key).ok()?;
            prepared::key_table(&key, Width::W7)?;
            reference.push(if key.to_edwards().is_torsion_free() {
                by_equation(&key, message, signature)
            } else {
                oracle::by_signs(&key, message, signature)
            });
            keys.push(key);
        }
        let mut all = Vec::new();
        for (queue, width) in &mut self.queues {
            for (index, (key, (_, signature, message))) in keys.iter().zip(cases).enumerate() {
                if queue.width_of(key) != Some(*width) {
                    queue.force_table(key, *width);
                    self.keys = self.keys.saturating_add(1);
                }
                queue.push(index, key, signature, |out| out.extend_from_slice(message));
            }
            let mut found = alloc::vec![false; cases.len()];
            for (index, accepted) in queue.flush_unchecked() {
                if let Some(found) = found.get_mut(index) {
                    *found = accepted;
                }
            }
            all.push(found);
        }
        Some((reference, all))
    }
}
