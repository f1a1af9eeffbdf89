//! The canary chain with anything missing or any bit changed: refused or undecided, never passed.

use std::thread;

use jwp_core::{UnverifiedReceipt, chain::Receipts};
use jwp_verify::{Outcome, Stage, verify};

use crate::support::{CANARY, check};

#[test]
fn untouched_chain_passes() {
    assert_eq!(check(&CANARY.chain).outcome, Outcome::Verified);
    assert_eq!(Receipts::new(&CANARY.chain).count(), 9);
}

#[test]
fn every_prefix_is_refused_or_undecided() {
    for length in 0..CANARY.chain.len() {
        let report = check(&CANARY.chain[..length]);
        assert_ne!(report.outcome, Outcome::Verified, "{length} bytes");
        assert_ne!(report.exit_code(), 0, "{length} bytes");
        assert!(!report.findings.is_empty(), "{length} bytes");
    }
}

/// A prefix that ends between two receipts is a whole chain of fewer receipts: it passes where no stage
/// is asked for, and nowhere else.
#[test]
fn prefix_of_whole_receipts_passes_only_without_a_stage() {
    let none = CANARY.expected.clone().with_stage(Stage::None);
    let ends: Vec<usize> = Receipts::new(&CANARY.chain)
        .map(|item| item.unwrap())
        .map(|(offset, receipt)| offset + receipt.as_bytes().len())
        .collect();
    for length in 0..CANARY.chain.len() {
        let report = verify(&CANARY.chain[..length], &CANARY.trust, &none, CANARY.now);
        let verified = report.outcome == Outcome::Verified;
        assert_eq!(verified, ends.contains(&length), "{length} bytes");
    }
}

/// T21: each bit of each receipt, at the receipt: it does not parse, names no key of ours, or its signature
/// does not hold. The chain authenticates every receipt, so this is each bit of the chain.
#[test]
fn every_flipped_bit_breaks_its_receipt() {
    let receipts = Receipts::new(&CANARY.chain).map(|item| item.unwrap().1);
    thread::scope(|scope| {
        for receipt in receipts {
            scope.spawn(move || {
                let mut bytes = receipt.as_bytes().to_vec();
                for bit in 0..bytes.len() * 8 {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    assert!(!is_ours(&bytes), "bit {bit} of {:?}", receipt.link());
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
                assert!(is_ours(&bytes), "the untouched receipt is ours");
            });
        }
    });
}

fn is_ours(bytes: &[u8]) -> bool {
    let Ok(receipt) = UnverifiedReceipt::parse(bytes) else {
        return false;
    };
    let key = CANARY.keys.iter().find(|key| key.id() == receipt.kid());
    key.is_some_and(|key| receipt.verify(key).is_ok())
}

/// One bit of each byte, through the whole verifier, with what it says of it.
#[test]
fn every_byte_counts_in_the_verdict() {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || {
                let mut bytes = CANARY.chain.clone();
                for at in (worker..bytes.len()).step_by(workers) {
                    bytes[at] ^= 1 << (at % 8);
                    let report = check(&bytes);
                    assert_ne!(report.outcome, Outcome::Verified, "byte {at}");
                    assert!(!report.findings.is_empty(), "byte {at}");
                    bytes[at] ^= 1 << (at % 8);
                }
            });
        }
    });
}
