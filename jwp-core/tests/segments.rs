//! However a chain is cut, checked and joined, the verdict is that of one receipt after the other.
#![cfg(test)]
#![cfg(feature = "std")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the test"
)]

use core::num::NonZero;
use std::{collections::BTreeMap, sync::LazyLock};

use jwp_core::{
    ChainHead, ChainWriter, Citation, Claim, Digest, DigestAlgorithm, EnergySource, Error,
    Evidence, Identifier, KeyId, Meter, Receipt, ReceiptPayload, RunId, Signer as _, SigningKey,
    Timestamp, UnverifiedReceipt, VerifyingKey,
    chain::{ReadError, Receipts, Segment, Terms},
    ed25519::Backend,
    envelope::Batch,
    merkle::{leaf_hash, root},
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    note: String,
}

impl Claim for Counted {
    const KIND: &'static str = "example.segment.counted";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["a test"]
    }
}

const LENGTH: usize = 120;

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let seed = |n: u8| core::array::from_fn(|at| n.wrapping_add(at.try_into().unwrap()));
    (1..4)
        .map(|n| SigningKey::from_seed(&seed(n)).unwrap())
        .collect()
});

static KNOWN: LazyLock<BTreeMap<KeyId, VerifyingKey>> = LazyLock::new(|| {
    let keys = KEYS.iter().map(|key| key.verifying_key().clone());
    keys.map(|key| (key.id(), key)).collect()
});

fn known(kid: &KeyId) -> Option<&'static VerifyingKey> {
    KNOWN.get(kid)
}

fn iat(seconds: usize) -> Timestamp {
    Timestamp::try_from(1_778_112_000 + seconds as u64).unwrap()
}

fn payload(n: usize) -> ReceiptPayload<Counted> {
    let payload = ReceiptPayload::new(Counted {
        // Other lengths, so that groups mix numbers of SHA-512 blocks; a few long ones, so that there is enough for
        // some threads.
        note: "x".repeat(n * 37 % 500 + n % 3 / 2 * 6000),
    });
    match n % 3 {
        0 => payload,
        1 => payload.with_joules("0.41".parse().unwrap(), Meter::declared("a test")),
        _ => payload.with_joules(
            "1.5".parse().unwrap(),
            Meter::new(EnergySource::Modelled, "a model"),
        ),
    }
}

fn chain(run: u8) -> Vec<Vec<u8>> {
    let mut writer = ChainWriter::begin(
        "service@v1".parse().unwrap(),
        "prod".parse().unwrap(),
        RunId::from_bytes([run; 16]),
    );
    let receipts = (0..LENGTH).map(|n| {
        let key = &KEYS[n / 7 % 3];
        let iss: Identifier = "builder".parse().unwrap();
        writer.append(&payload(n), &iss, iat(n / 10), key).unwrap()
    });
    receipts.collect()
}

static CHAIN: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| chain(1));
static OTHER: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| chain(2));

/// The slow way: one receipt after the other, each signature on its own.
fn slow(bytes: &[u8]) -> Result<Segment, Error> {
    one_by_one(bytes, |segment: Option<Segment>, receipt| match segment {
        Some(mut segment) => segment.push(receipt).map(|()| segment),
        None => Segment::of(receipt),
    })
}

/// The head by the slow way.
fn slow_head(bytes: &[u8]) -> Result<ChainHead, Error> {
    one_by_one(bytes, |head: Option<ChainHead>, receipt| match head {
        Some(mut head) => head.advance(receipt).map(|()| head),
        None => ChainHead::begin(receipt),
    })
}

fn one_by_one<T>(
    bytes: &[u8],
    mut go_on: impl FnMut(Option<T>, &Receipt<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut made = None;
    for item in Receipts::new(bytes) {
        let (offset, receipt) = item?;
        let mut step = || {
            let Some(key) = known(&receipt.kid()) else {
                let kid = receipt.kid().to_string().into();
                return Err(jwp_core::ErrorKind::UnknownKey { kid }.into());
            };
            go_on(made.take(), &receipt.clone().verify(key)?)
        };
        made = Some(step().map_err(|error: Error| error.or_at(offset))?);
    }
    made.ok_or_else(|| Error::at(jwp_core::ErrorKind::Truncated, 0))
}

/// Keys that were expected have tables from the first receipt on, so that the kernels run here.
fn batch(backend: Backend) -> Batch {
    let batch = Batch::with_backend(backend);
    KNOWN
        .values()
        .fold(batch, |batch, key| batch.expecting(key, 100))
}

/// Every fast way, compared with the slow one.
fn verdict(bytes: &[u8]) -> Result<Segment, Error> {
    let (expected, expected_head) = (slow(bytes), slow_head(bytes));
    for backend in [Backend::PORTABLE, Backend::detect()] {
        let found = Segment::verify(bytes, known, &mut batch(backend));
        assert_eq!(found, expected, "{}", backend.name());
        let found = ChainHead::verify(bytes, known, &mut batch(backend));
        assert_eq!(found, expected_head, "{}", backend.name());
    }
    // A head follows by the rule of a segment, from the first receipt of a chain on.
    let head = expected_head.as_ref().map(|head| (head.seq(), head.link()));
    match &expected {
        Ok(segment) if segment.first() == 0 => {
            assert_eq!(head, Ok((segment.last(), segment.head())));
        }
        _ => assert!(head.is_err(), "{head:?}"),
    }
    let resumed = ChainWriter::resume(bytes, known);
    assert_eq!(
        resumed.as_ref().ok().and_then(ChainWriter::head),
        expected_head.as_ref().ok()
    );
    for threads in 1..5 {
        let threads = NonZero::new(threads).unwrap();
        let make = || batch(Backend::detect());
        let found = Segment::verify_parallel(bytes, known, threads, make);
        assert_eq!(found, expected, "{threads} threads");
    }
    let mut last = (0, 0);
    let progress = |receipts, at| last = (receipts, at);
    let mut batch = batch(Backend::detect());
    let found = Segment::verify_stream(Dribble(bytes), known, &mut batch, progress);
    let found = found.map_err(|error| match error {
        ReadError::Receipt(error) => error,
        other => panic!("{other}"),
    });
    assert_eq!(found, expected, "stream");
    if let Ok(segment) = &expected {
        assert_eq!(last, (segment.receipts(), bytes.len()));
    }
    expected
}

/// Gives a few bytes at a time.
struct Dribble<'a>(&'a [u8]);

impl std::io::Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.len().min(buffer.len()).min(4099);
        let (now, later) = self.0.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

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

#[test]
fn as_many_batches_are_asked_for_as_threads() {
    let bytes = chain(1).concat();
    let whole = Segment::verify(&bytes, known, &mut Batch::new()).unwrap();
    for threads in 1..5 {
        let made = core::sync::atomic::AtomicUsize::new(0);
        let make = || {
            made.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
            Batch::new()
        };
        let count = NonZero::new(threads).unwrap();
        let found = Segment::verify_parallel(&bytes, known, count, make).unwrap();
        assert_eq!(found, whole);
        assert_eq!(made.into_inner(), threads);
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enclosed {
    chain: jwp_core::cbor::Bytes,
}

impl Claim for Enclosed {
    const KIND: &'static str = "example.segment.enclosed";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["a test"]
    }
}

/// A chain of receipts that enclose others.
fn enclosing(inner: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut writer = ChainWriter::begin(
        "service@v1".parse().unwrap(),
        "prod".parse().unwrap(),
        RunId::from_bytes([7; 16]),
    );
    let iss: Identifier = "builder".parse().unwrap();
    let receipts = inner.into_iter().enumerate().map(|(n, inner)| {
        let chain = inner.into();
        let payload = ReceiptPayload::new(Enclosed { chain });
        writer.append(&payload, &iss, iat(n), &KEYS[0]).unwrap()
    });
    receipts.collect::<Vec<_>>().concat()
}

/// Receipts inside a receipt look like the chain that is to be cut.
#[test]
fn a_chain_inside_a_receipt_is_not_cut_there() {
    // The middle of the whole lies inside the one in the middle.
    let bytes = enclosing((0..5).map(|n| if n == 2 { CHAIN.concat() } else { Vec::new() }));
    let segment = verdict(&bytes).unwrap();
    assert_eq!(segment.receipts(), 5);
}

/// Pieces have half a megabyte: there are cuts inside two receipts, two of them in the second. The rest is not verified twice
/// for their sake.
#[test]
fn a_cut_inside_a_receipt_costs_the_pieces_beside_it() {
    let inner = CHAIN.concat();
    let long = inner.repeat(900_000 / inner.len());
    let inner = |n| match n {
        30 => long[..500_000].to_vec(),
        60 => long.clone(),
        _ => vec![7; 50_000],
    };
    let bytes = enclosing((0..90).map(inner));
    assert_eq!(verdict(&bytes).unwrap().receipts(), 90);
    for threads in [2, 3] {
        let made = core::sync::atomic::AtomicUsize::new(0);
        let make = || {
            made.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
            Batch::new()
        };
        let count = NonZero::new(threads).unwrap();
        Segment::verify_parallel(&bytes, known, count, make).unwrap();
        // One for each thread, and one for what is put together around each of the two; all from front to end is one more.
        assert_eq!(made.into_inner(), threads + 2);
    }
}

#[test]
fn no_more_batches_are_asked_for_than_there_are_pieces_of_64_kib() {
    let bytes = CHAIN.concat();
    let whole = Segment::verify(&bytes, known, &mut Batch::new()).unwrap();
    for threads in [100, 4000, usize::MAX] {
        let made = core::sync::atomic::AtomicUsize::new(0);
        let make = || {
            made.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
            Batch::new()
        };
        let count = NonZero::new(threads).unwrap();
        let found = Segment::verify_parallel(&bytes, known, count, make).unwrap();
        assert_eq!(found, whole);
        let made = made.into_inner();
        assert!((2..=bytes.len() / 65_536 + 1).contains(&made), "{made}");
    }
}

/// Of 3.5 MB there are seven pieces, which two to four threads take in turn.
#[test]
fn a_thread_that_takes_another_piece_joins_it_where_it_belongs() {
    let mut writer = ChainWriter::begin(
        "service@v1".parse().unwrap(),
        "prod".parse().unwrap(),
        RunId::from_bytes([9; 16]),
    );
    let iss: Identifier = "builder".parse().unwrap();
    let receipts = (0..70).map(|n| {
        let note = "x".repeat(50_000 + n * 37);
        let payload = ReceiptPayload::new(Counted { note });
        writer.append(&payload, &iss, iat(n), &KEYS[n % 3]).unwrap()
    });
    let mut receipts: Vec<_> = receipts.collect();
    let whole = verdict(&receipts.concat()).unwrap();
    assert_eq!((whole.receipts(), whole.last()), (70, 69));
    let parallel = |bytes: &[u8], threads| {
        let made = core::sync::atomic::AtomicUsize::new(0);
        let make = || {
            made.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
            Batch::new()
        };
        let count = NonZero::new(threads).unwrap();
        let found = Segment::verify_parallel(bytes, known, count, make);
        (found, made.into_inner())
    };
    // With one batch more the pieces would not have joined.
    let bytes = receipts.concat();
    for threads in 2..5 {
        assert_eq!(parallel(&bytes, threads), (Ok(whole.clone()), threads));
    }
    for at in [0, 13, 41, 69] {
        let last = receipts[at].last_mut().unwrap();
        *last ^= 1;
        let bytes = receipts.concat();
        let error = verdict(&bytes).unwrap_err();
        let begin = receipts[..at].iter().map(Vec::len).sum();
        let found = (error.code(), error.offset());
        assert_eq!(found, ("Envelope.BadSignature", Some(begin)));
        // A piece that alone does not hold was not cut wrongly: all is verified from front to end, and nothing before.
        assert_eq!(parallel(&bytes, 3), (Err(error), 4));
        *receipts[at].last_mut().unwrap() ^= 1;
    }
    let _ = receipts.remove(35);
    let error = verdict(&receipts.concat()).unwrap_err();
    assert_eq!(error.code(), "Chain.PrevMismatch");
}

/// One of them is the first behind the cut.
#[test]
fn a_receipt_that_is_missing_where_the_chain_is_cut_is_missed() {
    for at in 1..39 {
        let bytes = [&CHAIN[..at], &CHAIN[at + 1..40]].concat().concat();
        assert!(bytes.len() > 64 << 10);
        let two = NonZero::new(2).unwrap();
        let error = Segment::verify_parallel(&bytes, known, two, Batch::new).unwrap_err();
        let found = (error.code(), error.offset());
        let begin = CHAIN[..at].concat().len();
        assert_eq!(found, ("Chain.PrevMismatch", Some(begin)));
    }
}

#[test]
fn more_threads_than_receipts_are_no_fault() {
    let bytes = CHAIN[..9].concat();
    let whole = Segment::verify(&bytes, known, &mut Batch::new()).unwrap();
    let most = NonZero::<usize>::MAX;
    let found = Segment::verify_parallel(&bytes, known, most, Batch::new).unwrap();
    assert_eq!(found, whole);
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
