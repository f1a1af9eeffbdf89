//! However a chain is cut, checked and joined, the verdict is that of one receipt after the other.
#![cfg(test)]
#![cfg(feature = "std")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the test"
)]

mod parallel;
mod support;

use jwp_core::{
    ChainWriter, Digest, DigestAlgorithm, EnergySource, Error, KeyId, RunId, Signer as _,
    UnverifiedReceipt,
    chain::{Receipts, Segment, Terms},
    envelope::Batch,
    merkle::{leaf_hash, root},
};
use proptest::prelude::*;

use support::{CHAIN, KEYS, LENGTH, OTHER, chain, iat, known, payload, slow, verdict};

#[test]
fn a_segment_says_what_its_receipts_say() {
    let segment = verdict(&CHAIN.concat()).unwrap();
    assert_eq!(
        (segment.first(), segment.last(), segment.receipts()),
        (0, 119, 120)
    );
    assert_eq!(
        (segment.sub().as_str(), segment.aud().as_str()),
        ("service@v1", "prod")
    );
    assert_eq!(
        (segment.run(), segment.after()),
        (Some(RunId::from_bytes([1; 16])), None)
    );
    assert_eq!((segment.prev(), segment.iat()), (None, iat(11)));
    // 40 receipts of each source: 40 × 0.41 J and 40 × 1.5 J.
    let joules = |source| segment.joules(source).map(|joules| joules.to_string());
    assert_eq!(joules(EnergySource::Declared).as_deref(), Some("16.4"));
    assert_eq!(joules(EnergySource::Modelled).as_deref(), Some("60"));
    assert_eq!(joules(EnergySource::Measured), None);
    let leaves: Vec<_> = CHAIN
        .iter()
        .map(|bytes| UnverifiedReceipt::parse(bytes).unwrap())
        .map(|receipt| leaf_hash(&[receipt.link().as_bytes(), receipt.signature()]))
        .collect();
    assert_eq!(segment.range().root(), Some(root(&leaves)));
    let middle = verdict(&CHAIN[50..60].concat()).unwrap();
    let link = UnverifiedReceipt::parse(&CHAIN[49]).unwrap().link();
    assert_eq!(
        (middle.prev(), middle.run(), middle.range().root()),
        (Some(link), None, None)
    );
    assert_eq!((middle.first(), middle.last()), (50, 59));
    assert_eq!(middle.terms(), None);
    assert_eq!(verdict(&[]).unwrap_err().code(), "Codec.Truncated");
}

#[test]
fn a_segment_says_what_it_follows_and_under_which_terms_it_was_judged() {
    let (trust, policy) = (Digest::sha256(b"trust"), Digest::sha256(b"policy"));
    let terms = Terms::new(trust, policy);
    let judged = verdict(&CHAIN[..3].concat()).unwrap().with_terms(terms);
    assert_eq!(judged.terms(), Some(&terms));
    let run = RunId::from_bytes([3; 16]);
    let after = judged.head();
    let (sub, aud) = ("a@v2".parse().unwrap(), "prod".parse().unwrap());
    let bytes = ChainWriter::begin_after(sub, aud, run, after)
        .append(&payload(0), &"builder".parse().unwrap(), iat(0), &KEYS[0])
        .unwrap();
    let next = verdict(&bytes).unwrap();
    assert_eq!((next.run(), next.after()), (Some(run), Some(after)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn pieces_of_random_cuts_join_to_the_verdict_of_the_whole(
        mut cuts in proptest::collection::vec(1..LENGTH, 0..6),
        order in any::<prop::sample::Index>(),
    ) {
        cuts.extend([0, LENGTH]);
        cuts.sort_unstable();
        cuts.dedup();
        let mut pieces: Vec<Segment> = cuts
            .windows(2)
            .map(|cut| verdict(&CHAIN[cut[0]..cut[1]].concat()).unwrap())
            .collect();
        // Any two neighbours first.
        while pieces.len() > 1 {
            let at = order.index(pieces.len() - 1);
            let next = pieces.remove(at + 1);
            pieces[at] = pieces[at].clone().merge(&next).unwrap();
        }
        prop_assert_eq!(&pieces[0], &slow(&CHAIN.concat()).unwrap());
    }

    /// Whatever is done to a chain, every way of verifying it names the same fault at the same byte.
    #[test]
    fn a_changed_chain_has_the_same_fault_by_every_way(
        at in 0..LENGTH,
        to in 0..LENGTH,
        bit in any::<prop::sample::Index>(),
        change in 0..6_u8,
    ) {
        let mut receipts = CHAIN.clone();
        match change {
            0 => {
                let bit = bit.index(receipts[at].len() * 8);
                receipts[at][bit / 8] ^= 1 << (bit % 8);
            }
            1 => receipts.swap(at, to),
            2 => drop(receipts.remove(at)),
            3 => receipts.insert(to, CHAIN[at].clone()),
            4 => receipts[at] = OTHER[at].clone(),
            // Two faults, of which the first counts.
            _ => {
                let last = receipts[at].len() - 1;
                receipts[at][last] ^= 1;
                let last = receipts[to].len() - 40;
                receipts[to][last] ^= 0x10;
            }
        }
        let found = verdict(&receipts.concat());
        let harmless = match change {
            1 | 5 => at == to && change == 1,
            // Without its end or its beginning a chain is a segment all the same.
            2 => at == 0 || at == LENGTH - 1,
            _ => false,
        };
        prop_assert_eq!(found.is_ok(), harmless, "{:?}", found);
    }
}

#[test]
fn a_joint_that_does_not_hold_is_named() {
    let of = |chain: &[Vec<u8>]| slow(&chain.concat()).unwrap();
    let (front, back) = (of(&CHAIN[..60]), of(&CHAIN[60..]));
    let code = |front: &Segment, back: &Segment| front.clone().merge(back).unwrap_err().code();
    assert!(front.clone().merge(&back).is_ok());
    // A gap, an overlap, a fork, two beginnings, the wrong way round.
    assert_eq!(code(&front, &of(&CHAIN[61..])), "Chain.PrevMismatch");
    assert_eq!(code(&front, &of(&CHAIN[59..])), "Chain.PrevMismatch");
    assert_eq!(code(&front, &of(&OTHER[60..])), "Chain.PrevMismatch");
    assert_eq!(code(&front, &of(&CHAIN[..60])), "Chain.Genesis");
    assert_eq!(code(&back, &front), "Chain.Genesis");
    let digest = |byte| Digest::new(DigestAlgorithm::Sha256, [byte; 32]);
    let terms = |segment: &Segment, policy| {
        segment
            .clone()
            .with_terms(Terms::new(digest(1), digest(policy)))
    };
    assert_eq!(code(&terms(&front, 2), &terms(&back, 3)), "Chain.Terms");
    assert_eq!(code(&terms(&front, 2), &back), "Chain.Terms");
    let whole = terms(&front, 2).merge(&terms(&back, 2)).unwrap();
    assert_eq!(whole, terms(&of(&CHAIN), 2));
}

/// A signer who links to the right receipt and says another place, time, release or environment; where several are
/// wrong, the first counts.
#[test]
fn a_signed_joint_that_says_something_else_is_named() {
    use jwp_core::{Statement, envelope, payload::Position};
    let front = slow(&CHAIN[..60].concat()).unwrap();
    let sign = |sub: &str, aud: &str, seq, seconds| {
        let statement = Statement::new(
            "builder".parse().unwrap(),
            sub.parse().unwrap(),
            aud.parse().unwrap(),
            iat(seconds),
        );
        let prev = front.head();
        let position = Position::Next { seq, prev };
        let algorithm = envelope::Algorithm::EdDsa;
        envelope::sign(&payload(0), &position, &statement, algorithm, &KEYS[0])
            .unwrap()
            .into_bytes()
    };
    for (bytes, code) in [
        (sign("service@v1", "prod", 60, 5), None),
        (sign("service@v1", "prod", 61, 5), Some("Chain.Sequence")),
        (sign("service@v1", "prod", 60, 4), Some("Chain.Time")),
        (
            sign("service@v2", "prod", 60, 5),
            Some("Chain.ReleaseMismatch"),
        ),
        (
            sign("service@v1", "test", 60, 5),
            Some("Chain.ReleaseMismatch"),
        ),
        (sign("service@v1", "prod", 61, 4), Some("Chain.Sequence")),
        (
            sign("service@v1", "test", 61, 4),
            Some("Chain.ReleaseMismatch"),
        ),
    ] {
        let next = slow(&bytes).unwrap();
        let joined = front.clone().merge(&next).map_err(|error| error.code());
        assert_eq!(joined.err(), code);
        let mut chain = CHAIN[..60].concat();
        let offset = chain.len();
        chain.extend_from_slice(&bytes);
        let error = verdict(&chain).err();
        assert_eq!(error.as_ref().map(Error::code), code);
        assert_eq!(error.and_then(|error| error.offset()), code.map(|_| offset));
    }
}

#[test]
fn receipts_of_an_unknown_key_are_refused_by_their_kid() {
    let bytes = CHAIN.concat();
    let seven = CHAIN[..7].concat().len();
    let only_first = |kid: &KeyId| known(kid).filter(|_| *kid == KEYS[0].verifying_key().id());
    let error = Segment::verify(&bytes, only_first, &mut Batch::new()).unwrap_err();
    assert_eq!(
        (error.code(), error.offset()),
        ("Trust.UnknownKey", Some(seven))
    );
    assert!(
        error
            .to_string()
            .contains(&KEYS[1].verifying_key().id().to_string())
    );
    // A caller that gives another key than the one asked for.
    let wrong = |_: &KeyId| known(&KEYS[2].verifying_key().id());
    let error = Segment::verify(&bytes, wrong, &mut Batch::new()).unwrap_err();
    assert_eq!(
        (error.code(), error.offset()),
        ("Envelope.BadSignature", Some(0))
    );
}

/// More receipts than are parsed ahead.
#[test]
fn every_receipt_is_handed_out_once_at_its_offset() {
    let bytes = chain(1).concat().repeat(5);
    let expected: Vec<_> = Receipts::new(&bytes).map(|it| it.unwrap().0).collect();
    assert_eq!(expected.len(), 5 * LENGTH);
    let mut found = Vec::new();
    let flow = Receipts::new(&bytes).check_each(&mut Batch::new(), known, |item| {
        let (offset, receipt) = item.unwrap();
        assert!(bytes[offset..].starts_with(receipt.as_bytes()));
        found.push(offset);
        core::ops::ControlFlow::<()>::Continue(())
    });
    assert!(flow.is_continue());
    assert_eq!(found, expected);
}
