//! Every public Ed25519 vector gets the verdict of the one acceptance rule, by every path.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/ed25519.rs"]
mod ed25519;
#[path = "support/public.rs"]
mod public;

use std::{fs, path::PathBuf};

use ed25519::{Vector, named_verdicts, rfc8032_with_seeds, vectors};
use jwp_core::{
    ErrorKind, Signer as _, SigningKey, UnverifiedReceipt, VerifyingKey,
    ed25519::{Backend, Width},
    key::PreparedKey,
};
use public::folder;

/// A way to check a signature. A faster one becomes another row.
type Path = fn(&Vector) -> bool;

const PATHS: &[(&str, Path)] = &[
    ("from bytes", |vector| {
        key(vector).is_some_and(|key| accepts(&key, vector))
    }),
    ("from PEM", |vector| {
        let key = key(vector).map(|key| VerifyingKey::from_pem(&key.to_pem()).unwrap());
        key.is_some_and(|key| accepts(&key, vector))
    }),
    ("prepared", |vector| prepared(vector, Backend::detect())),
    ("prepared, portable", |vector| {
        prepared(vector, Backend::PORTABLE)
    }),
];

/// By the narrowest and the widest table: the kernels' own tests have all of them, and groups.
fn prepared(vector: &Vector, backend: Backend) -> bool {
    let Some(key) = key(vector) else { return false };
    let Ok(signature) = vector.signature.as_slice().try_into() else {
        return false;
    };
    let [narrow, wide] = [Width::W7, Width::W11].map(|width| {
        let key = PreparedKey::with_backend(key.clone(), width, backend);
        key.verify(&vector.message, signature).is_ok()
    });
    assert_eq!(narrow, wide, "{:02x?}", vector.key);
    narrow
}

fn key(vector: &Vector) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = vector.key.as_slice().try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

fn accepts(key: &VerifyingKey, vector: &Vector) -> bool {
    let signature: Result<&[u8; 64], _> = vector.signature.as_slice().try_into();
    signature.is_ok_and(|signature| key.verify(&vector.message, signature).is_ok())
}

/// T34, T35
#[test]
fn every_vector_has_the_verdict_of_the_acceptance_rule() {
    let Some(folder) = folder() else { return };
    let (mut accepted, mut wrong) = (0, Vec::new());
    for (id, vector, expected) in named_verdicts(&folder) {
        for (name, path) in PATHS {
            if path(&vector) != expected {
                wrong.push(format!("{id} {name}: expected {expected}"));
            }
        }
        accepted += usize::from(expected);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A rule that refuses everything is as wrong as one that accepts everything.
    assert!(accepted > 80, "{accepted} are accepted");
}

#[test]
fn every_signature_of_rfc_8032_is_accepted_and_made_again() {
    let Some(folder) = folder() else { return };
    for (seed, vector) in rfc8032_with_seeds(&folder) {
        let signing = SigningKey::from_seed(&seed.try_into().unwrap()).unwrap();
        assert_eq!(signing.verifying_key().as_bytes().as_slice(), vector.key);
        let signature = signing.sign(&vector.message).unwrap();
        assert_eq!(signature.as_slice(), vector.signature);
        for (name, path) in PATHS {
            assert!(path(&vector), "{name} refuses {:02x?}", vector.key);
        }
    }
}

/// The path of a receipt: whatever signature stands in the envelope, it is the rule that decides. A
/// valid receipt with each signature of the vectors in place of its own is refused.
#[test]
fn no_signature_of_the_vectors_passes_in_a_receipt() {
    let Some(folder) = folder() else { return };
    let valid = fs::read(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../spec/vectors/kinds/delivery.build.completed.cbor"),
    )
    .unwrap();
    let pem = include_str!("../../spec/vectors/kinds/key.pub.pem");
    let key = VerifyingKey::from_pem(pem).unwrap();
    assert!(
        UnverifiedReceipt::parse(&valid)
            .unwrap()
            .verify(&key)
            .is_ok()
    );
    let mut seen = 0;
    for (id, vector) in vectors(&folder) {
        let Ok(signature) = <&[u8; 64]>::try_from(vector.signature.as_slice()) else {
            continue;
        };
        let mut forged = valid.clone();
        let at = forged.len() - 64;
        forged[at..].copy_from_slice(signature);
        let error = UnverifiedReceipt::parse(&forged)
            .unwrap()
            .verify(&key)
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::BadSignature),
            "{id:?}: {error}"
        );
        seen += 1;
    }
    assert!(seen > 1200, "{seen}");
}
