//! Every kernel, width and lane position gives the verdict of the reference.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "test helpers"
)]

mod field;
#[cfg(any(target_arch = "x86_64", plain_lanes))]
mod lanes;
mod sha256;
mod tables;
mod vectors;

use alloc::{string::ToString as _, vec::Vec};
use std::println;

use curve25519_dalek::{
    EdwardsPoint,
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
    scalar::Scalar,
};
use ed25519_dalek::{Signer as _, SigningKey};
use num_bigint::BigUint;
use proptest::prelude::*;

use sha2::{Digest as _, Sha256, Sha512};

use super::{
    comb::Window,
    digits::{digit, rows},
    field::words,
    oracle::by_signs,
    portable::{Candidate, combine, compare, compare_one},
    *,
};

fn backends() -> Vec<Backend> {
    let mut all = alloc::vec![Backend::PORTABLE];
    if Backend::detect() == Backend::PORTABLE {
        println!("only the portable kernel runs on this machine");
    } else {
        all.push(Backend::detect());
    }
    all
}

/// A signature, made to be accepted or refused for one reason.
#[derive(Debug, Clone)]
struct Case {
    key: VerifyingKey,
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Case {
    fn reference(&self) -> bool {
        verify_strict(&self.key, &self.message, &self.signature)
    }
}

/// How a signature departs from a good one.
#[derive(Debug, Clone, Copy)]
enum Flaw {
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

fn case(seed: [u8; 32], message: Vec<u8>, flaw: Flaw) -> Case {
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

fn cases() -> impl Strategy<Value = Case> {
    (
        1..6_u8,
        proptest::collection::vec(any::<u8>(), 0..600),
        flaws(),
    )
        .prop_map(|(seed, message, flaw)| case([seed; 32], message, flaw))
}

/// What the queue's kernel says, without the reference behind it: a wrong refusal would be hidden there.
fn by_kernel(queue: &mut Queue, cases: &[Case]) -> Vec<bool> {
    for (index, case) in cases.iter().enumerate() {
        queue.push(index, &case.key, &case.signature, |out| {
            out.extend_from_slice(&case.message);
        });
    }
    let mut out = alloc::vec![false; cases.len()];
    for (index, accepted) in queue.flush_unchecked() {
        out[index] = accepted;
    }
    out
}

fn queue(backend: Backend, width: Width, keys: &[VerifyingKey]) -> Queue {
    let mut queue = Queue::new(backend);
    for key in keys {
        queue.force_table(key, width);
    }
    queue
}

#[test]
fn the_eight_points_of_small_order_are_known_by_their_encodings() {
    for point in EIGHT_TORSION {
        assert!(is_small_order(&point.compress().0));
    }
    let mut known = 0;
    for first in 0..=255 {
        for (fill, last) in [(0, 0), (0, 0x80), (0xff, 0x7f), (0xff, 0xff)] {
            let mut bytes = [fill; 32];
            (bytes[0], bytes[31]) = (first, last);
            known += usize::from(is_small_order(&bytes));
        }
    }
    // Those of order 1, 2 and 4: 1, −1 and twice 0.
    assert_eq!(known, 4);
}

/// Were one more number taken for a point of small order, good signatures would be refused.
#[test]
fn one_other_bit_makes_another_point_of_small_order_or_none() {
    let encodings = EIGHT_TORSION.map(|point| point.compress().0);
    for encoding in encodings {
        for other in one_other_bit(&encoding) {
            let is_one_of_them = encodings.contains(&other);
            assert_eq!(is_small_order(&other), is_one_of_them, "{other:02x?}");
        }
    }
}

#[test]
fn s_is_below_the_order_of_the_group_or_refused() {
    let largest = (-Scalar::ONE).to_bytes();
    assert!(is_below_order(&largest) && is_below_order(&[0; 32]));
    let mut order = largest;
    order[0] += 1;
    assert!(!is_below_order(&order) && !is_below_order(&[0xff; 32]));
    // Every bit that makes the number larger.
    for bit in 0..256 {
        let mut other = order;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            is_below_order(&other),
            order[bit / 8] >> (bit % 8) & 1 == 1,
            "bit {bit}"
        );
    }
}

/// One bit in each limb of y and the sign of x; either half of s; and whatever the equation alone would let
/// through.
fn every_flaw() -> Vec<Flaw> {
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
fn good_of_both_signs() -> [Case; 2] {
    [0, 1].map(|sign| {
        (0..=255)
            .map(|n| case([1; 32], alloc::vec![n; 100], Flaw::None))
            .find(|case| case.signature[31] >> 7 == sign)
            .unwrap()
    })
}

/// The properties below meet each flaw now and then; here each is met every time.
#[test]
fn every_kernel_refuses_each_flaw_and_accepts_what_has_none() {
    let [even, odd] = good_of_both_signs();
    let bad = every_flaw()
        .into_iter()
        .map(|flaw| (case([1; 32], alloc::vec![7; 100], flaw), flaw));
    let bad: Vec<(Case, Flaw)> = bad.collect();
    for backend in backends() {
        let prepared = Prepared::new(even.key, Width::W7, backend);
        let mut queue = queue(backend, Width::W7, &[even.key]);
        let name = backend.name();
        for good in [&even, &odd] {
            assert!(prepared.by_kernel(&good.message, &good.signature), "{name}");
        }
        for (case, flaw) in &bad {
            assert!(!case.reference(), "{flaw:?}");
            let alone = prepared.by_kernel(&case.message, &case.signature);
            assert!(!alone, "{name} {flaw:?}");
            let group = [even.clone(), case.clone(), odd.clone()];
            let found = by_kernel(&mut queue, &group);
            assert_eq!(found, [true, false, true], "{name} {flaw:?}");
        }
    }
}

/// The way of a key without a table, and the reference where it is built to let s + L through.
#[test]
fn without_a_table_each_flaw_is_refused_and_what_has_none_accepted() {
    let accepted = |case: &Case| {
        [by_equation, verify, verify_strict].map(|by| by(&case.key, &case.message, &case.signature))
    };
    for good in good_of_both_signs() {
        assert_eq!(accepted(&good), [true; 3]);
    }
    for flaw in every_flaw() {
        let bad = case([1; 32], alloc::vec![7; 100], flaw);
        assert_eq!(accepted(&bad), [false; 3], "{flaw:?}");
    }
}

/// A kernel only ever makes it faster: where it has no table, or refuses, the reference decides.
#[test]
fn what_no_kernel_accepts_is_decided_by_the_reference() {
    let good = case([1; 32], b"a message".to_vec(), Flaw::None);
    let bad: Vec<Case> = every_flaw()
        .into_iter()
        .map(|flaw| case([1; 32], b"a message".to_vec(), flaw))
        .collect();
    for backend in backends() {
        let without = Prepared::without_table(good.key, backend);
        assert!(!without.by_kernel(&good.message, &good.signature));
        for prepared in [Prepared::new(good.key, Width::W7, backend), without] {
            assert!(prepared.verify(&good.message, &good.signature));
            for case in &bad {
                assert!(!prepared.verify(&case.message, &case.signature));
            }
        }
        for mut queue in [queue(backend, Width::W7, &[good.key]), Queue::new(backend)] {
            // Every second one is good.
            let mut expected = Vec::new();
            for case in bad.iter().flat_map(|case| [&good, case]) {
                queue.push(expected.len(), &case.key, &case.signature, |out| {
                    out.extend_from_slice(&case.message);
                });
                expected.push((expected.len(), expected.len() % 2 == 0));
            }
            let mut found = Vec::new();
            queue.flush(|index, accepted| found.push((index, accepted)));
            found.sort_unstable();
            assert_eq!(found, expected, "{}", backend.name());
        }
    }
}

/// k of the equation.
fn challenge(case: &Case) -> [u8; 32] {
    let hash = Sha512::new()
        .chain_update(split(&case.signature).0)
        .chain_update(case.key.as_bytes())
        .chain_update(&case.message);
    Scalar::from_hash(hash).to_bytes()
}

fn one_other_bit(bytes: &[u8; 32]) -> Vec<[u8; 32]> {
    let change = |bit: usize| {
        let mut other = *bytes;
        other[bit / 8] ^= 1 << (bit % 8);
        other
    };
    (0..256).map(change).collect()
}

/// In a signature another R changes k, and with it the whole sum. Here the sum stays as it is, so that each bit
/// of the comparison counts on its own.
#[test]
fn every_bit_of_r_is_compared_without_lanes() {
    for case in good_of_both_signs() {
        let (r, s) = split(&case.signature);
        let table = prepared::key_table(&case.key, Width::W7).unwrap();
        let point = combine(prepared::base_table(), s, &table, &challenge(&case));
        let good = Candidate { r: *r, point };
        let mut candidates: Vec<Candidate> = one_other_bit(r)
            .into_iter()
            .map(|r| Candidate { r, point })
            .collect();
        for candidate in &candidates {
            assert!(!compare_one(candidate), "{:02x?}", candidate.r);
        }
        assert!(compare_one(&good));
        candidates.push(good);
        let mut accepted = Vec::new();
        compare(&candidates, &mut Vec::new(), |index, same| {
            if same {
                accepted.push(index);
            }
        });
        assert_eq!(accepted, [256]);
    }
}

/// What waits is bounded in number and in bytes, so that a long file of receipts is not held in memory.
#[test]
fn a_queue_is_full_at_256_signatures_or_256_kibibytes() {
    let case = case([1; 32], Vec::new(), Flaw::None);
    let filled = |length: usize| {
        let mut queue = Queue::new(Backend::PORTABLE);
        let mut count = 0_usize;
        while !queue.is_full() {
            assert!(count < 300, "never full");
            queue.push(count, &case.key, &case.signature, |out| {
                out.resize(out.len() + length, 0);
            });
            count += 1;
        }
        count
    };
    assert_eq!(filled(1), 256);
    // R, A, 1967 bytes and 17 of padding: 16 blocks.
    assert_eq!(filled(1967), 128);
    assert_eq!(filled(256 << 10), 1);
}

/// SHA-512 pads what waits; where its padding ends is not where that of SHA-256 does.
#[test]
fn each_message_that_waits_has_its_sha_256_whatever_its_length() {
    let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
    for backend in [Backend::PORTABLE, Backend::detect()] {
        let mut queue = Queue::new(backend);
        let messages: Vec<Vec<u8>> = (0..256_usize)
            .map(|length| (0..length).map(|n| n as u8 | 0x80).collect())
            .collect();
        for (index, message) in messages.iter().enumerate() {
            queue.push(index, &key, &[0; 64], |out| out.extend_from_slice(message));
        }
        let mut count = 0;
        queue.sha256(|index, found| {
            count += 1;
            assert_eq!(
                found[..],
                Sha256::digest(&messages[index])[..],
                "{index} bytes"
            );
        });
        assert_eq!(count, messages.len());
    }
}

#[test]
fn a_kernel_has_a_name() {
    assert_eq!(Backend::PORTABLE.name(), "portable");
    assert!(["portable", "avx512ifma"].contains(&Backend::detect().name()));
    // Otherwise tests that need it would pass unseen.
    #[cfg(plain_lanes)]
    assert_eq!(Backend::detect().name(), "avx512ifma");
}

/// What entry `index` of a window is of its point: the powers of the window's bits, added where the index has a bit, and
/// the topmost always.
fn signs_of(window: &Window, index: usize) -> Scalar {
    let mut power = Scalar::ONE;
    for _ in 0..window.first {
        power *= Scalar::from(256_u64);
    }
    let mut sum = Scalar::ZERO;
    for bit in 0..window.bits {
        let is_added = bit == window.bits - 1 || index >> bit & 1 == 1;
        sum += if is_added { power } else { -power };
        power *= Scalar::from(256_u64);
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn digits_add_up_to_their_scalar(bytes: [u8; 32]) {
        let scalar = Scalar::from_bytes_mod_order(bytes);
        for scalar in [scalar, scalar + Scalar::ONE, Scalar::ZERO, Scalar::ONE, -Scalar::ONE] {
            for width in Width::ALL {
                let mut sum = Scalar::ZERO;
                for row in rows(words(scalar.as_bytes())).into_iter().rev() {
                    sum += sum;
                    for window in width.windows() {
                        let (index, negative) = digit(row, window);
                        let entries = window.begin..window.begin + (1 << (window.bits - 1));
                        prop_assert!(entries.contains(&index));
                        let signs = signs_of(window, index - window.begin);
                        sum += if negative { -signs } else { signs };
                    }
                }
                prop_assert_eq!(sum, scalar);
            }
        }
    }

    /// What the kernels compute is the equation.
    #[test]
    fn the_oracle_of_the_kernels_has_the_verdict_of_the_reference(case in cases()) {
        let found = by_signs(&case.key, &case.message, &case.signature);
        prop_assert_eq!(found, case.reference());
    }

    /// One signature at a time, for a key without a table and one that was prepared.
    #[test]
    fn one_signature_has_the_verdict_of_the_reference(cases in proptest::collection::vec(cases(), 1..4)) {
        for case in &cases {
            prop_assert_eq!(by_equation(&case.key, &case.message, &case.signature), case.reference());
            for backend in backends() {
                for width in Width::ALL {
                    let prepared = Prepared::new(case.key, width, backend);
                    let found = prepared.by_kernel(&case.message, &case.signature);
                    prop_assert_eq!(found, case.reference(), "{} {:?}", backend.name(), width);
                }
            }
        }
    }

    /// Groups of any mixture, in every kernel and width, say of each member what the reference says of
    /// it alone.
    #[test]
    fn groups_and_single_signatures_have_the_verdict_of_the_reference(
        cases in proptest::collection::vec(cases(), 1..20),
    ) {
        let expected: Vec<bool> = cases.iter().map(Case::reference).collect();
        let keys: Vec<VerifyingKey> = (1..6).map(|seed| SigningKey::from_bytes(&[seed; 32]).verifying_key())
            .chain((1..6).map(|seed: u8| SigningKey::from_bytes(&[!seed; 32]).verifying_key())).collect();
        for backend in backends() {
            for width in Width::ALL {
                let mut queue = queue(backend, width, &keys);
                let found = by_kernel(&mut queue, &cases);
                prop_assert_eq!(&found, &expected, "{} {:?}", backend.name(), width);
                for (case, expected) in cases.iter().zip(&expected) {
                    prop_assert_eq!(by_kernel(&mut queue, core::slice::from_ref(case))[0], *expected);
                }
            }
        }
    }
}

/// T36: what leads a batch equation astray. Each signature has the verdict that it has alone, wherever in
/// the group it stands.
#[test]
fn no_group_hides_a_signature_that_does_not_hold_alone() {
    let good = |n: u8| case([n % 3 + 1; 32], alloc::vec![n; usize::from(n)], Flaw::None);
    let shifted = |n: u8, by: Scalar| {
        let mut case = good(n);
        let s = Scalar::from_canonical_bytes(case.signature[32..].try_into().unwrap()).unwrap();
        case.signature[32..].copy_from_slice((s + by).as_bytes());
        case
    };
    let mixed_order = |index| case([1; 32], b"mixed order".to_vec(), Flaw::Torsion(index));
    let bad: [Vec<Case>; 5] = [
        // One of mixed order; all seven, whose torsion adds up to nothing.
        alloc::vec![mixed_order(1)],
        (1..8).map(mixed_order).collect(),
        // Two errors that cancel in an unweighted sum, under one key and under two.
        alloc::vec![shifted(3, Scalar::ONE), shifted(6, -Scalar::ONE)],
        alloc::vec![shifted(3, Scalar::ONE), shifted(4, -Scalar::ONE)],
        // A signature whose s was ground.
        alloc::vec![case([2; 32], b"ground".to_vec(), Flaw::Ground([9; 32]))],
    ];
    let keys: Vec<VerifyingKey> = (0..3).map(|n| good(n).key).collect();
    for backend in backends() {
        let mut queue = queue(backend, Width::W8, &keys);
        for bad in &bad {
            let mut group: Vec<(Case, bool)> =
                bad.iter().map(|case| (case.clone(), false)).collect();
            assert!(group.iter().all(|(case, _)| !case.reference()));
            group.extend((0..).map(|n| (good(n), true)).take(64 - bad.len()));
            for _ in 0..64 {
                group.rotate_left(1);
                let (cases, expected): (Vec<Case>, Vec<bool>) = group.iter().cloned().unzip();
                assert_eq!(
                    by_kernel(&mut queue, &cases),
                    expected,
                    "{}",
                    backend.name()
                );
            }
            group.reverse();
            let (cases, expected): (Vec<Case>, Vec<bool>) = group.iter().cloned().unzip();
            assert_eq!(
                by_kernel(&mut queue, &cases),
                expected,
                "{}",
                backend.name()
            );
        }
    }
}

/// Ten million cases, in an optimised build:
///
/// `cargo test --release -p jwp-core --lib -- --ignored ten_million --nocapture`
#[test]
#[ignore = "takes a quarter of an hour, or a whole one beside other work"]
fn ten_million_cases_have_the_verdict_of_the_reference() {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let keys: Vec<VerifyingKey> = (1..6)
        .map(|seed| SigningKey::from_bytes(&[seed; 32]).verifying_key())
        .collect();
    let backends = backends();
    let mut queues: Vec<(Queue, Backend, Width)> = Vec::new();
    for backend in backends {
        for width in [Width::W7, Width::W11] {
            queues.push((queue(backend, width, &keys), backend, width));
        }
    }
    let strategy = proptest::collection::vec(cases(), 100);
    let (mut seen, mut accepted) = (0_u64, 0_u64);
    while seen < 10_000_000 {
        // One tree of cases, walked in many orders: other neighbours, other lanes.
        let cases = strategy.new_tree(&mut runner).unwrap().current();
        let expected: Vec<bool> = cases.iter().map(Case::reference).collect();
        for (queue, backend, width) in &mut queues {
            let found = by_kernel(queue, &cases);
            assert_eq!(found, expected, "{} {width:?}", backend.name());
        }
        seen += cases.len() as u64;
        accepted += expected.iter().filter(|accepted| **accepted).count() as u64;
    }
    println!("{seen} cases, of which the reference accepts {accepted}: no kernel differs");
}
