//! Whatever is done to a whole release, it passes no more.

use jwp_verify::Stage;
use proptest::prelude::*;

use crate::support::*;

/// What can be done to the receipts of a file without a key.
#[derive(Debug, Clone)]
enum Mutation {
    Drop(usize),
    Swap(usize, usize),
    Duplicate(usize, usize),
    /// Receipts from one place on come from another run of the same release.
    Splice(usize),
    /// Bytes from the end.
    Truncate(usize),
    Flip(usize, u8),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = 0..9usize;
    prop_oneof![
        place.clone().prop_map(Mutation::Drop),
        (place.clone(), place.clone()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        (place.clone(), 0..=9usize).prop_map(|(a, b)| Mutation::Duplicate(a, b)),
        (1..9usize).prop_map(Mutation::Splice),
        (1..6000usize).prop_map(Mutation::Truncate),
        (any::<usize>(), 0..8u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
    ]
}

fn mutate(mutations: &[Mutation]) -> Vec<u8> {
    let mut receipts = release().receipts;
    let other = Draft::begin(SUB, AUD, 2).with(steps()).receipts;
    let mut flips = Vec::new();
    let mut cut = 0;
    for mutation in mutations {
        match *mutation {
            Mutation::Drop(at) if at < receipts.len() => drop(receipts.remove(at)),
            Mutation::Swap(a, b) if a < receipts.len() && b < receipts.len() => receipts.swap(a, b),
            Mutation::Duplicate(from, to) if from < receipts.len() && to <= receipts.len() => {
                receipts.insert(to, receipts[from].clone());
            }
            Mutation::Splice(from) if from < other.len() => {
                receipts.truncate(from);
                receipts.extend_from_slice(&other[from..]);
            }
            Mutation::Truncate(bytes) => cut = bytes,
            Mutation::Flip(at, bit) => flips.push((at, bit)),
            _ => {}
        }
    }
    let mut bytes = receipts.concat();
    bytes.truncate(bytes.len().saturating_sub(cut));
    for (at, bit) in flips {
        let length = bytes.len();
        if length > 0 {
            bytes[at % length] ^= 1 << bit;
        }
    }
    bytes
}

/// Whether these are the first receipts of the release, at least one, and nothing else.
fn is_beginning(bytes: &[u8]) -> bool {
    let receipts = release().receipts;
    (1..=receipts.len()).any(|length| receipts[..length].concat() == bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn mutated_release_never_passes(mutations in prop::collection::vec(mutation(), 1..4)) {
        let whole = release().bytes();
        let bytes = mutate(&mutations);
        prop_assume!(bytes != whole);
        let report = check(&bytes, &expect());
        prop_assert!(!report.is_verified(), "{:?}: {}", mutations, report.verdict());
        prop_assert!(!report.findings.is_empty());
        // At the stage that asks for nothing, only a chain that is whole as far as it goes passes.
        let report = check(&bytes, &anything(Stage::None));
        prop_assert_eq!(report.is_verified(), is_beginning(&bytes), "{}", report.verdict());
        prop_assert_eq!(report.findings.is_empty(), report.is_verified());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let report = check(&bytes, &anything(Stage::None));
        prop_assert!(!report.is_verified());
    }
}

/// What the mutations seldom leave: the beginnings, each of which is a chain that goes on.
#[test]
fn every_beginning_passes_where_nothing_is_asked_for() {
    let receipts = release().receipts;
    for length in 1..=receipts.len() {
        let report = check(&receipts[..length].concat(), &anything(Stage::None));
        passes(&report);
        assert!(report.findings.is_empty(), "{length} receipts");
    }
}

/// Every single bit of the first receipt, in a whole release.
#[test]
fn every_bit_counts() {
    let release = release();
    let whole = release.bytes();
    let first = release.receipts[0].len();
    for at in 0..first {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let report = check(&bytes, &expect());
            assert!(!report.is_verified(), "bit {bit} of byte {at}");
        }
    }
}
