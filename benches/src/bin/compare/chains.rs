//! Chains, from bytes to a verdict.

use core::num::NonZero;

use ed25519_dalek::Signature;
use getrandom::SysRng;
use jwp_benches::{
    Result, SEED,
    compare::{Board, Row},
    cose, dsse,
};
use jwp_core::{
    ChainHead, KeyId, Signer as _, UnverifiedReceipt,
    chain::{Receipts, Segment},
    ed25519::Backend,
    envelope::Batch,
    merkle::MerkleRange,
};
use rand_core::UnwrapErr;

use super::{Inputs, LONG, SHORT};

pub(super) fn measure(inputs: &Inputs, backend: Backend, out: &mut Board) -> Result<()> {
    let Inputs {
        ours, facts, chain, ..
    } = inputs;
    let key = ours.key().verifying_key();
    let known = |kid: &KeyId| (*kid == key.id()).then_some(key);
    let count = u32::try_from(facts.len())?;
    let length = f64::from(count);
    let batch = || Batch::with_backend(backend).expecting(key, u64::from(count));
    let verify = || Segment::verify(chain, known, &mut batch()).map(|segment| segment.receipts());
    assert_eq!(verify()?, u64::try_from(facts.len())?);

    let short = facts.get(..usize::try_from(SHORT)?).unwrap_or(facts);
    let short_length = f64::from(SHORT).min(length);
    let is_portable = backend == Backend::PORTABLE;
    // A chain takes a large part of a second: one round a pass where there is no target, more where it is near.
    let (rounds, close_rounds) = if is_portable { (1, 1) } else { (2, 4) };
    let (cose, dsse) = (cose::Route::new(), dsse::Route::new());
    let (receipts, envelopes) = (cose.sign(short)?, dsse.sign(short)?);
    assert!(cose.verify(&receipts).is_ok() && dsse.verify(&envelopes).is_ok());
    let name = if count == LONG {
        "verify a chain of 100,000, one core, each"
    } else {
        "verify a chain of 2,000, one core, each"
    };
    let target = if is_portable { 1.0 / 4.2 } else { 1.0 / 25.0 };
    out.measure(
        Row::new(name, "coset + ciborium + verify_strict", verify, || {
            cose.verify(&receipts).is_ok()
        })
        .over(length, short_length)
        .rounds(rounds)
        .at_most(target),
    );
    out.measure(
        Row::new(name, "DSSE JSON + verify_strict", verify, || {
            dsse.verify(&envelopes).is_ok()
        })
        .over(length, short_length)
        .rounds(1),
    );
    // As the peers' routes do, which cannot verify a receipt without its claim.
    let claims = || ours.verify_at_once(chain, &mut batch());
    assert_eq!(
        claims()?,
        facts.iter().map(|facts| facts.errors).sum::<u64>()
    );
    out.measure(
        Row::new(
            "verify a chain and read its claims, each",
            "coset + ciborium + verify_strict",
            claims,
            || cose.verify(&receipts).is_ok(),
        )
        .over(length, short_length)
        .rounds(1),
    );
    // Beside all its cryptography, the key's table too, on receipts that were parsed before: of the whole chain, which come
    // from memory as the bytes do, and of so few that they stay in the caches, again and again.
    let alone = "ours: links, tree, signatures alone";
    let cached = "ours: the same of 1024 in the caches";
    let varied = "verify a chain of varied receipts, each";
    let rows = [
        (name, alone, chain, usize::MAX, close_rounds, Some(1.06)),
        (name, cached, chain, 1024, 1, None),
        (varied, alone, &inputs.varied, usize::MAX, 1, None),
    ];
    for (name, peer, chain, kept, rounds, target) in rows {
        let mut parsed = parse(chain);
        parsed.truncate(kept);
        let times = facts.len().div_ceil(parsed.len().max(1));
        let done = f64::from(u32::try_from(times.saturating_mul(parsed.len()))?);
        let mut crypto = || {
            let (mut range, mut batch) = (MerkleRange::new(0), batch());
            for _ in 0..times {
                for receipts in parsed.chunks_mut(256) {
                    batch.check(receipts, known);
                    let entries = receipts
                        .iter()
                        .map(|receipt| (*receipt.link().as_bytes(), receipt.signature()));
                    range.push_receipts(backend, entries);
                }
            }
            range.root()
        };
        let verify = || Segment::verify(chain, known, &mut batch()).map(|it| it.range().root());
        assert!(times > 1 || crypto() == verify()?);
        let row = Row::new(name, peer, verify, crypto);
        let row = row.over(length, done).rounds(rounds);
        out.measure(target.into_iter().fold(row, Row::at_most));
    }
    // Nor do the peers' routes have a tree.
    let head = || ChainHead::verify(chain, known, &mut batch()).map(|head| head.seq());
    let mut parsed = parse(chain);
    let without_tree = || batch().check(&mut parsed, known);
    out.measure(
        Row::new(
            "verify a chain, its head alone, each",
            "ours: links, signatures alone",
            head,
            without_tree,
        )
        .over(length, length)
        .rounds(close_rounds)
        .at_most(1.06),
    );

    let mut messages = parse(chain);
    messages.truncate(short.len());
    let signed: Vec<Vec<u8>> = messages
        .iter()
        .map(UnverifiedReceipt::signed_bytes)
        .collect();
    let slices: Vec<&[u8]> = signed.iter().map(Vec::as_slice).collect();
    let signatures: Vec<Signature> = messages
        .iter()
        .map(|receipt| Signature::from_bytes(receipt.signature()))
        .collect();
    let publics = vec![ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key(); slices.len()];
    let batched = || ed25519_dalek::verify_batch(&slices, &signatures, &publics).is_ok();
    out.measure(
        Row::new(name, "ed25519-dalek verify_batch alone", verify, batched)
            .over(length, short_length)
            .rounds(1),
    );

    let zebra = ed25519_zebra::VerificationKeyBytes::from(*key.as_bytes());
    let coalesced = || {
        let mut batch = ed25519_zebra::batch::Verifier::new();
        for (message, signature) in slices.iter().zip(&signatures) {
            batch.queue((zebra, *signature, message));
        }
        batch.verify(UnwrapErr(SysRng)).is_ok()
    };
    assert!(batched() && coalesced());
    out.measure(
        Row::new(name, "ed25519-zebra batch alone", verify, coalesced)
            .over(length, short_length)
            .rounds(1),
    );

    let cores = |count| {
        let threads = NonZero::new(count).unwrap_or(NonZero::<usize>::MIN);
        Segment::verify_parallel(chain, known, threads, batch).map(|segment| segment.receipts())
    };
    out.measure(
        Row::new(
            "verify a chain on two cores, each",
            "ours on one core",
            || cores(2),
            || cores(1),
        )
        .over(length, length)
        .rounds(close_rounds)
        .at_most(1.0 / 1.9),
    );
    Ok(())
}

/// The receipts of a chain that has no fault.
fn parse(chain: &[u8]) -> Vec<UnverifiedReceipt<'_>> {
    let receipts = Receipts::new(chain);
    receipts.filter_map(|item| Some(item.ok()?.1)).collect()
}
