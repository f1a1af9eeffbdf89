//! One signature.

use std::collections::BTreeMap;

use ed25519_dalek::{
    Signature, Signer as _, Verifier as _,
    hazmat::{ExpandedSecretKey, raw_sign},
};
use jwp_benches::{
    Result, SEED,
    compare::{Board, Row},
};
use jwp_core::{
    KeyId, ReceiptPayload, Signer as _, SigningKey, UnverifiedReceipt, VerifyingKey,
    chain::Receipts,
    ed25519::{Backend, Width},
    envelope::{self, Algorithm, Batch},
    key::PreparedKey,
    payload::Position,
};
use sha2::Sha512;

use super::{InTurn, Inputs};

pub(super) fn measure(inputs: &Inputs, backend: Backend, out: &mut Board) -> Result<()> {
    let Inputs {
        ours,
        payloads,
        messages,
        chain,
        ..
    } = inputs;
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let public = dalek.verifying_key();
    // All but the first, which has another position.
    let receipts = Receipts::new(chain).take(messages.len()).skip(1);
    let receipts = receipts
        .map(|item| Ok(item?.1))
        .collect::<Result<Vec<_>>>()?;
    let messages = messages.get(1..).unwrap_or_default();

    let payloads = payloads.iter().skip(1).zip(&receipts);
    let drafts: Vec<_> = payloads
        .map(|(payload, receipt)| (payload, receipt.unverified_payload().position()))
        .collect();
    let sign = |key: &SigningKey, (payload, position): (&ReceiptPayload<_>, &Position)| {
        envelope::sign(payload, position, ours.statement(), Algorithm::EdDsa, key)
    };
    let expanded = SigningKey::from_seed(&SEED)?.expanded();
    for key in [ours.key(), &expanded] {
        for (draft, receipt) in drafts.iter().zip(&receipts) {
            assert_eq!(sign(key, *draft)?.as_bytes(), receipt.as_bytes());
        }
    }
    let (draft, message) = (InTurn::new(&drafts)?, InTurn::new(messages)?);
    let plain = || draft.next().map(|draft| sign(ours.key(), *draft));
    let theirs = || message.next().map(|message| dalek.sign(message));
    let name = "sign a receipt, struct to envelope";
    out.measure(Row::new(name, "ed25519-dalek, same bytes", plain, theirs).at_most(1.02));
    // The peer's own key hashes its secret for every signature, and has this for who keeps the hash.
    let (draft, message) = (InTurn::new(&drafts)?, InTurn::new(messages)?);
    let secret = ExpandedSecretKey::from(&SEED);
    let ours_expanded = || draft.next().map(|draft| sign(&expanded, *draft));
    let theirs = || {
        let message = message.next()?;
        Some(raw_sign::<Sha512>(&secret, message, &public))
    };
    let name = "sign a receipt, an expanded key";
    out.measure(Row::new(name, "ed25519-dalek raw_sign", ours_expanded, theirs).at_most(1.02));

    let key = ours.key().verifying_key();
    let signed: Vec<_> = messages
        .iter()
        .zip(&receipts)
        .map(|(message, receipt)| (message, Signature::from_bytes(receipt.signature())))
        .collect();
    let (receipt, pair) = (InTurn::new(&receipts)?, InTurn::new(&signed)?);
    let strict = || {
        let (message, signature) = pair.next()?;
        public.verify_strict(message, signature).ok()
    };
    let verify = || {
        let receipt = UnverifiedReceipt::parse(receipt.next()?.as_bytes()).ok()?;
        Some(receipt.verify(key).is_ok())
    };
    assert_eq!((verify(), strict()), (Some(true), Some(())));
    let name = "verify a receipt, key without a table";
    out.measure(Row::new(name, "ed25519-dalek verify_strict", verify, strict).at_most(1.02));

    let prepared = PreparedKey::with_backend(key.clone(), Width::W11, backend);
    let target = if backend == Backend::PORTABLE {
        0.36
    } else {
        0.16
    };
    let mine = InTurn::new(&signed)?;
    let one = || {
        let (message, signature) = mine.next()?;
        prepared.verify(message, &signature.to_bytes()).ok()
    };
    assert_eq!(one(), Some(()));
    let name = "verify one signature, key with a table";
    out.measure(Row::new(name, "ed25519-dalek verify_strict", one, strict).at_most(target));
    let mut beside = |peer, verify: &dyn Fn(&[u8], &Signature) -> bool| {
        let theirs = || {
            let (message, signature) = pair.next()?;
            Some(verify(message, signature))
        };
        assert_eq!(theirs(), Some(true));
        out.measure(Row::new(name, peer, one, theirs));
    };
    beside("ed25519-dalek verify", &|message, signature| {
        public.verify(message, signature).is_ok()
    });
    let zebra = ed25519_zebra::VerificationKey::try_from(public.to_bytes())?;
    beside("ed25519-zebra", &|message, signature| {
        zebra.verify(signature, message).is_ok()
    });
    #[cfg(feature = "c-peers")]
    {
        use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
        let lc = ParsedPublicKey::new(&ED25519, public.to_bytes())?;
        beside("aws-lc-rs", &|message, signature| {
            lc.verify_sig(message, &signature.to_bytes()).is_ok()
        });
        // It has no key that is parsed beforehand.
        let ring =
            ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public.to_bytes());
        beside("ring", &|message, signature| {
            ring.verify(message, &signature.to_bytes()).is_ok()
        });
    }

    // Eight keys that were not used before: no table pays.
    let (payload, position) = *drafts.first().ok_or("a receipt")?;
    let keys = (1..9).map(|n: u8| SigningKey::from_seed(&SEED.map(|byte| byte ^ n)));
    let keys = keys.collect::<core::result::Result<Vec<_>, _>>()?;
    let receipts = keys.iter().map(|key| {
        let signed = envelope::sign(payload, position, ours.statement(), Algorithm::EdDsa, key)?;
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
    out.measure(
        Row::new(
            "verify 8 receipts of 8 keys without tables, each",
            "ed25519-dalek verify_strict",
            batch,
            strict,
        )
        .over(8.0, 8.0)
        .at_most(1.02),
    );
    Ok(())
}
