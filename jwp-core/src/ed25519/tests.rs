//! Every kernel, width and lane position gives the verdict of the reference.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "test helpers"
)]

mod cases;
mod field;
#[cfg(any(target_arch = "x86_64", plain_lanes))]
mod lanes;
mod rule;
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

use self::cases::{
    Case, Flaw, case, cases, challenge, every_flaw, good_of_both_signs, one_other_bit,
};
use super::{oracle::by_signs, *};

fn backends() -> Vec<Backend> {
    let mut all = alloc::vec![Backend::PORTABLE];
    if Backend::detect() == Backend::PORTABLE {
        println!("only the portable kernel runs on this machine");
    } else {
        all.push(Backend::detect());
    }
    all
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

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
