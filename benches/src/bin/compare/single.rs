//! One signature.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, Signer as _, Verifier as _};
use jwp_benches::{
    Result, SEED,
    compare::{Board, Row},
};
use jwp_core::{
    KeyId, Signer as _, SigningKey, UnverifiedReceipt, VerifyingKey,
    ed25519::{Backend, Width},
    envelope::{self, Algorithm, Batch},
    key::PreparedKey,
    payload::Position,
};

use super::{Inputs, receipt_at};

pub(super) fn measure(inputs: &Inputs, backend: Backend, out: &mut Board) -> Result<()> {
    let Inputs {
        ours, facts, chain, ..
    } = inputs;
    let bytes = receipt_at(chain, 41)?;
    let receipt = UnverifiedReceipt::parse(bytes)?;
    let (message, signature) = (receipt.signed_bytes(), *receipt.signature());
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let public = dalek.verifying_key();
    let theirs = Signature::from_bytes(&signature);

    let payload = ours.payload(facts.get(41).ok_or("a fact")?)?;
    let Position::Next { seq, prev } = *receipt.unverified_payload().position() else {
        return Err("a later receipt".into());
    };
    let position = Position::Next { seq, prev };
    let sign = |key: &SigningKey| {
        let algorithm = Algorithm::EdDsa;
        envelope::sign(&payload, &position, ours.statement(), algorithm, key)
    };
    let expanded = SigningKey::from_seed(&SEED)?.expanded();
    assert_eq!(sign(&expanded)?.as_bytes(), bytes);
    let rows = [
        ("sign a receipt, struct to envelope", ours.key()),
        ("sign a receipt, an expanded key", &expanded),
    ];
    for (name, key) in rows {
        out.push(
            Row::new(
                name,
                "ed25519-dalek, same bytes",
                || sign(key),
                || dalek.sign(&message),
            )
            .at_most(1.02)
            .measure(),
        );
    }

    let key = ours.key().verifying_key();
    let strict = || public.verify_strict(&message, &theirs);
    let verify = || {
        UnverifiedReceipt::parse(bytes)
            .and_then(|receipt| receipt.verify(key))
            .is_ok()
    };
    out.push(
        Row::new(
            "verify a receipt, key not seen before",
            "ed25519-dalek verify_strict",
            verify,
            strict,
        )
        .at_most(1.02)
        .measure(),
    );

    let prepared = PreparedKey::with_backend(key.clone(), Width::W11, backend);
    let target = if backend == Backend::PORTABLE {
        0.36
    } else {
        0.16
    };
    let one = || prepared.verify(&message, &signature).is_ok();
    let name = "verify one signature, key with a table";
    out.push(
        Row::new(name, "ed25519-dalek verify_strict", one, strict)
            .at_most(target)
            .measure(),
    );
    out.push(
        Row::new(name, "ed25519-dalek verify", one, || {
            public.verify(&message, &theirs)
        })
        .measure(),
    );
    let zebra = ed25519_zebra::VerificationKey::try_from(public.to_bytes())?;
    out.push(
        Row::new(name, "ed25519-zebra", one, || {
            zebra.verify(&theirs, &message)
        })
        .measure(),
    );
    #[cfg(feature = "c-peers")]
    {
        let lc = aws_lc_rs::signature::UnparsedPublicKey::new(
            &aws_lc_rs::signature::ED25519,
            public.to_bytes(),
        );
        out.push(Row::new(name, "aws-lc-rs", one, || lc.verify(&message, &signature)).measure());
        let ring =
            ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public.to_bytes());
        out.push(Row::new(name, "ring", one, || ring.verify(&message, &signature)).measure());
    }

    // Eight keys that were not used before: no table pays.
    let keys = (1..9).map(|n: u8| SigningKey::from_seed(&SEED.map(|byte| byte ^ n)));
    let keys = keys.collect::<core::result::Result<Vec<_>, _>>()?;
    let receipts = keys.iter().map(|key| {
        let signed = envelope::sign(&payload, &position, ours.statement(), Algorithm::EdDsa, key)?;
        Ok(signed.into_bytes())
    });
    let receipts = receipts.collect::<Result<Vec<_>>>()?;
    let known: BTreeMap<KeyId, &VerifyingKey> = keys
        .iter()
        .map(|key| (key.verifying_key().id(), key.verifying_key()))
        .collect();
    let dalek: Vec<_> = keys
        .iter()
        .zip(&receipts)
        .map(|(key, bytes)| {
            let key = ed25519_dalek::VerifyingKey::from_bytes(key.verifying_key().as_bytes())?;
            let receipt = UnverifiedReceipt::parse(bytes)?;
            Ok((
                key,
                receipt.signed_bytes(),
                Signature::from_bytes(receipt.signature()),
            ))
        })
        .collect::<Result<_>>()?;
    let batch = || {
        let mut parsed: Vec<_> = receipts
            .iter()
            .filter_map(|bytes| UnverifiedReceipt::parse(bytes).ok())
            .collect();
        Batch::with_backend(backend).check(&mut parsed, |kid| known.get(kid).copied());
        parsed
            .into_iter()
            .filter_map(|receipt| {
                let key = known.get(&receipt.kid())?;
                receipt.verify(key).ok()
            })
            .count()
    };
    let strict = || {
        dalek
            .iter()
            .filter(|(key, message, signature)| key.verify_strict(message, signature).is_ok())
            .count()
    };
    assert_eq!((batch(), strict()), (8, 8));
    out.push(
        Row::new(
            "verify 8 receipts of 8 new keys, each",
            "ed25519-dalek verify_strict",
            batch,
            strict,
        )
        .over(8.0, 8.0)
        .at_most(1.02)
        .measure(),
    );
    Ok(())
}
