//! Chains, from bytes to a verdict.

use core::num::NonZero;

use ed25519_dalek::Signature;
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
    // A long chain takes a fifth of a second, or one. Beside the peers' routes a round more tells nothing.
    let (rounds, close) = if is_portable { (1, 1) } else { (2, 4) };
    let (cose, dsse) = (cose::Route::new(), dsse::Route::new());
    let (receipts, envelopes) = (cose.sign(short)?, dsse.sign(short)?);
    let name = if count == LONG {
        "verify a chain of 100,000, one core, each"
    } else {
        "verify a chain of 2,000, one core, each"
    };
    let target = if is_portable { 1.0 / 4.2 } else { 1.0 / 25.0 };
    out.push(
        Row::new(name, "coset + ciborium + verify_strict", verify, || {
            cose.verify(&receipts).is_ok()
        })
        .over(length, short_length)
        .rounds(rounds)
        .at_most(target)
        .measure(),
    );
    out.push(
        Row::new(name, "DSSE JSON + verify_strict", verify, || {
            dsse.verify(&envelopes).is_ok()
        })
        .over(length, short_length)
        .rounds(rounds)
        .measure(),
    );
    // As the peers' routes do, which cannot verify a receipt without its claim.
    let claims = || ours.verify_at_once(chain, &mut batch());
    assert_eq!(
        claims()?,
        facts.iter().map(|facts| facts.errors).sum::<u64>()
    );
    out.push(
        Row::new(
            "verify a chain and read its claims, each",
            "coset + ciborium + verify_strict",
            claims,
            || cose.verify(&receipts).is_ok(),
        )
        .over(length, short_length)
        .rounds(rounds)
        .measure(),
    );
    let mut parsed: Vec<_> = Receipts::new(chain)
        .filter_map(|item| Some(item.ok()?.1))
        .collect();
    // All the cryptography of the verdict, the key's table too, on arrays that are ready, as many at a time as stay in a cache.
    let mut crypto = || {
        let (mut range, mut batch) = (MerkleRange::new(0), batch());
        for receipts in parsed.chunks_mut(256) {
            batch.check(receipts, known);
            let entries = receipts
                .iter()
                .map(|receipt| (*receipt.link().as_bytes(), receipt.signature()));
            range.push_receipts(backend, entries);
        }
        range.root()
    };
    assert_eq!(
        crypto(),
        Segment::verify(chain, known, &mut batch())?.range().root()
    );
    out.push(
        Row::new(name, "ours: links, tree, signatures alone", verify, crypto)
            .over(length, length)
            .rounds(close)
            .at_most(1.06)
            .measure(),
    );
    // Nor do the peers' routes have a tree.
    let head = || ChainHead::verify(chain, known, &mut batch()).map(|head| head.seq());
    let without_tree = || batch().check(&mut parsed, known);
    out.push(
        Row::new(
            "the same, its head alone",
            "ours: links, signatures alone",
            head,
            without_tree,
        )
        .over(length, length)
        .rounds(close)
        .at_most(1.06)
        .measure(),
    );

    let messages: Vec<_> = Receipts::new(chain)
        .take(short.len())
        .filter_map(|item| Some(item.ok()?.1))
        .collect();
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
    out.push(
        Row::new(name, "ed25519-dalek verify_batch alone", verify, batched)
            .over(length, short_length)
            .rounds(rounds)
            .measure(),
    );

    let cores = |count| {
        let threads = NonZero::new(count).unwrap_or(NonZero::<usize>::MIN);
        Segment::verify_parallel(chain, known, threads, batch).map(|segment| segment.receipts())
    };
    out.push(
        Row::new(
            "verify a chain on two cores, each",
            "ours on one core",
            || cores(2),
            || cores(1),
        )
        .over(length, length)
        .rounds(close)
        .at_most(1.0 / 1.9)
        .measure(),
    );
    Ok(())
}
