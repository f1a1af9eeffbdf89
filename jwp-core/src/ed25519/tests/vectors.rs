//! Every public Ed25519 vector through every kernel and width, in every lane.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
#[path = "../../../tests/support/ed25519.rs"]
mod ed25519;
#[path = "../../../tests/support/public.rs"]
mod public;

use alloc::vec::Vec;

use self::ed25519::{rfc8032, verdicts};
use super::*;

/// The cases whose key is a point, and what a kernel must say of them. Of a key that is not clean no kernel
/// ever hears outside of this test: there it must say what its arithmetic is, computed slowly.
fn all_cases() -> Option<Vec<(Case, bool)>> {
    let folder = public::folder()?;
    let vectors = verdicts(&folder)
        .into_iter()
        .chain(rfc8032(&folder).into_iter().map(|vector| (vector, true)));
    let mut clean = 0;
    let cases = vectors.filter_map(|(vector, verdict)| {
        let bytes: [u8; 32] = vector.key.as_slice().try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        let signature = vector.signature.as_slice().try_into().ok()?;
        let message = vector.message;
        // −0, which no table can be of.
        prepared::key_table(&key, Width::W7)?;
        let expected = if crate::VerifyingKey::from_bytes(&bytes).is_ok() {
            clean += 1;
            verdict
        } else {
            by_signs(&key, &message, &signature)
        };
        Some((
            Case {
                key,
                message,
                signature,
            },
            expected,
        ))
    });
    let cases: Vec<_> = cases.collect();
    assert!(
        cases.len() > 1200 && clean > 300,
        "{} cases, {clean} clean",
        cases.len()
    );
    Some(cases)
}

#[test]
fn every_vector_has_its_verdict_without_a_table() {
    for (case, expected) in all_cases().into_iter().flatten() {
        if crate::VerifyingKey::from_bytes(case.key.as_bytes()).is_ok() {
            let found = by_equation(&case.key, &case.message, &case.signature);
            assert_eq!(found, expected, "{:02x?}", case.signature);
        }
    }
}

/// T34, T35
#[test]
fn every_vector_has_its_verdict_by_every_kernel_and_width_in_every_lane() {
    let Some(cases) = all_cases() else { return };
    let others: Vec<Case> = (0..8)
        .map(|n: u8| {
            case(
                [n % 3 + 1; 32],
                alloc::vec![n; 40 * usize::from(n)],
                Flaw::None,
            )
        })
        .collect();
    for backend in backends() {
        for width in Width::ALL {
            for (index, (case, expected)) in cases.iter().enumerate() {
                let mut keys: Vec<VerifyingKey> = others.iter().map(|case| case.key).collect();
                keys.push(case.key);
                let mut queue = queue(backend, width, &[case.key]);
                let prepared = Prepared::new(case.key, width, backend);
                let name =
                    || alloc::format!("{} {width:?} {:02x?}", backend.name(), case.signature);
                assert_eq!(
                    prepared.by_kernel(&case.message, &case.signature),
                    *expected,
                    "{}",
                    name()
                );
                assert_eq!(
                    by_kernel(&mut queue, core::slice::from_ref(case)),
                    [*expected],
                    "{}",
                    name()
                );
                // Plain words are slow: there each vector takes one lane.
                let lanes = if cfg!(plain_lanes) {
                    index % 8..index % 8 + 1
                } else {
                    0..8
                };
                for lane in lanes {
                    // Neighbours under the same key, of which each is refused: they change nothing.
                    let mut group: Vec<Case> = others
                        .iter()
                        .cloned()
                        .map(|other| Case {
                            key: case.key,
                            ..other
                        })
                        .collect();
                    group[lane] = case.clone();
                    let found = by_kernel(&mut queue, &group);
                    assert_eq!(found[lane], *expected, "{} lane {lane}", name());
                    assert_eq!(
                        found.iter().filter(|accepted| **accepted).count(),
                        usize::from(*expected)
                    );
                }
            }
        }
    }
}

/// Neighbours under other keys that are all accepted.
#[test]
fn every_vector_has_its_verdict_among_good_signatures_of_other_keys() {
    let Some(cases) = all_cases() else { return };
    let others: Vec<Case> = (0..64)
        .map(|n: u8| {
            case(
                [n % 3 + 1; 32],
                alloc::vec![n; 10 * usize::from(n)],
                Flaw::None,
            )
        })
        .collect();
    let keys: Vec<VerifyingKey> = others[..3].iter().map(|case| case.key).collect();
    for backend in backends() {
        let mut queue = queue(backend, Width::W8, &keys);
        for (index, (case, expected)) in cases.iter().enumerate() {
            queue.force_table(&case.key, Width::W8);
            let mut group = others.clone();
            group.insert(index % 65, case.clone());
            let found = by_kernel(&mut queue, &group);
            for (place, accepted) in found.into_iter().enumerate() {
                assert_eq!(
                    accepted,
                    place != index % 65 || *expected,
                    "{} {place}",
                    backend.name()
                );
            }
        }
    }
}
