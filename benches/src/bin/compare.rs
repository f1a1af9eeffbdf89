//! Ours and the peers', interleaved in one run of half a minute: one table of medians, ratios and targets.
//!
//! `cargo run --release -p jwp-benches --bin compare [-- --json] [--backend portable] [--quick] [--only GROUP]`

use core::{hint::black_box, num::NonZero};
use std::{collections::BTreeMap, io::Write as _};

use ed25519_dalek::{Signature, Signer as _, Verifier as _};
use jwp_benches::{
    Facts, Result, SEED, codec,
    compare::{Row, Table},
    cose, dsse, facts, jwp,
};
use jwp_core::{
    ChainHead, Evidence, KeyId, ReceiptPayload, Signer as _, SigningKey, UnverifiedReceipt,
    VerifyingKey, cbor,
    chain::{Receipts, Segment},
    ed25519::{Backend, Width},
    envelope::{self, Algorithm, Batch},
    key::PreparedKey,
    merkle::MerkleRange,
    payload::{Payload, Position},
};

/// Receipts of the long chain, in a quick run and otherwise, and of the peers' chains, which are timed per receipt.
const QUICK: u32 = 2000;
const LONG: u32 = 100_000;
const SHORT: u32 = 1000;
/// Rounds of a long chain, which takes a fifth of a second.
const CHAINS: u32 = 11;

fn main() -> Result<()> {
    let (mut backend, mut only) = (Backend::detect(), None);
    let (mut quick, mut json) = (false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = true,
            "--quick" => quick = true,
            "--backend" => match arguments.next().as_deref() {
                Some("portable") => backend = Backend::PORTABLE,
                other => return refuse("--backend", other, "portable"),
            },
            "--only" => match arguments.next() {
                Some(group) if GROUPS.contains(&group.as_str()) => only = Some(group),
                other => return refuse("--only", other.as_deref(), &GROUPS.join(", ")),
            },
            other => {
                let known = "--json, --quick, --backend portable or --only GROUP";
                return Err(format!("got {other}, expected {known}").into());
            }
        }
    }
    let rows = measure(backend, quick, only.as_deref())?;
    let table = Table::new(backend.name(), rows);
    if json {
        println!("{}", serde_json::to_string(&table)?);
    } else {
        print!("{}", table.to_text());
    }
    Ok(())
}

fn refuse(option: &str, found: Option<&str>, expected: &str) -> Result<()> {
    let found = found.unwrap_or("nothing");
    Err(format!("got {found} behind {option}, expected one of: {expected}").into())
}

/// What the rows share.
struct Inputs {
    ours: jwp::Route,
    facts: Vec<Facts>,
    chain: Vec<u8>,
}

/// The rows in the order of the table.
const GROUPS: [&str; 5] = ["codecs", "single", "chains", "issuing", "evidence"];

fn measure(backend: Backend, quick: bool, only: Option<&str>) -> Result<Measured> {
    let long = if quick { QUICK } else { LONG };
    let ours = jwp::Route::new()?;
    let facts = facts(long)?;
    let chain = ours.sign(&facts)?;
    let inputs = Inputs { ours, facts, chain };
    let mut measured = Vec::new();
    for group in GROUPS {
        match group {
            _ if only.is_some_and(|only| only != group) => {}
            "codecs" => codecs(&inputs, &mut measured)?,
            "single" => single(&inputs, backend, &mut measured)?,
            "chains" => chains(&inputs, backend, &mut measured)?,
            "issuing" => issuing(&inputs, &mut measured)?,
            "evidence" => evidence(&mut measured)?,
            other => return Err(format!("no rows: {other}").into()),
        }
    }
    Ok(measured)
}

type Measured = Vec<jwp_benches::compare::Measured>;

/// Encoding and decoding of one payload.
fn codecs(inputs: &Inputs, out: &mut Measured) -> Result<()> {
    let facts = inputs.facts.get(41).ok_or("a fact")?;
    let theirs = codec::Payload::new(facts);
    let payload = inputs.ours.payload(facts)?;
    let prev = jwp_core::Link::from_bytes([0x5a; 32]);
    let position = Position::Next { seq: 41, prev };
    let encode = |buffer: &mut Vec<u8>| {
        buffer.clear();
        payload.encode(&position, buffer)
    };
    let name = "encode a payload, serde, reused buffer";
    let mut buffers = [const { Vec::new() }; 10];
    let [a, b, c, d, e, f, g, h, i, j] = &mut buffers;
    out.push(
        Row::new(
            name,
            "ciborium over serde",
            || encode(a),
            || theirs.ciborium(b),
        )
        .at_most(0.75)
        .measure(),
    );
    let unsorted = inputs.ours.unsorted_payload(facts)?;
    out.push(
        Row::new(
            "encode the same, fields in another order",
            "ciborium over serde",
            || {
                i.clear();
                unsorted.encode(&position, i)
            },
            || theirs.ciborium(j),
        )
        .at_most(0.75)
        .measure(),
    );
    out.push(
        Row::new(
            name,
            "minicbor by hand",
            || encode(c),
            || theirs.minicbor(d),
        )
        .measure(),
    );
    out.push(
        Row::new(
            name,
            "cbor4ii over serde",
            || encode(e),
            || theirs.cbor4ii(Vec::with_capacity(512)),
        )
        .measure(),
    );
    out.push(Row::new(name, "serde_json", || encode(f), || theirs.serde_json(g)).measure());
    out.push(Row::new(name, "serde_jcs", || encode(h), || theirs.serde_jcs()).measure());

    let mut cbor = Vec::new();
    theirs.ciborium(&mut cbor)?;
    let mut ours = Vec::new();
    payload.encode(&position, &mut ours)?;
    let name = "strict decode of a payload, borrowed";
    let parse = || Payload::parse(&ours).map(|payload| payload.seq());
    out.push(
        Row::new(name, "ciborium over serde", parse, || {
            codec::Payload::from_ciborium(&cbor)
        })
        .at_most(0.06)
        .measure(),
    );
    out.push(
        Row::new(name, "cbor4ii over serde", parse, || {
            codec::Payload::from_cbor4ii(&cbor)
        })
        .measure(),
    );
    out.push(
        Row::new(name, "minicbor, tokens", parse, || {
            codec::Payload::from_minicbor(&cbor)
        })
        .measure(),
    );
    out.push(
        Row::new(
            "the same, and its claim over serde",
            "ciborium over serde",
            || {
                let payload = Payload::parse(&ours)?;
                cbor::from_slice::<jwp::Analysed>(payload.claim_bytes())
            },
            || codec::Payload::from_ciborium(&cbor),
        )
        .measure(),
    );
    let receipt = first(&inputs.chain, 41)?;
    let theirs = cose::Route::new().sign(inputs.facts.get(..42).unwrap_or(&inputs.facts))?;
    let theirs = theirs.last().ok_or("a receipt")?;
    out.push(
        Row::new(
            "strict decode of a receipt, borrowed",
            "coset + ciborium over serde",
            || UnverifiedReceipt::parse(receipt).map(|receipt| receipt.kid()),
            || cose::Route::decode(theirs),
        )
        .at_most(0.06)
        .measure(),
    );
    Ok(())
}

/// One signature.
fn single(inputs: &Inputs, backend: Backend, out: &mut Measured) -> Result<()> {
    let Inputs { ours, facts, chain } = inputs;
    let bytes = first(chain, 41)?;
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
    let sign = || {
        envelope::sign(
            &payload,
            &position,
            ours.statement(),
            Algorithm::EdDsa,
            ours.key(),
        )
    };
    out.push(
        Row::new(
            "sign a receipt, struct to envelope",
            "ed25519-dalek, same bytes",
            sign,
            || dalek.sign(&message),
        )
        .at_most(1.02)
        .measure(),
    );

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

/// Chains, from bytes to a verdict.
fn chains(inputs: &Inputs, backend: Backend, out: &mut Measured) -> Result<()> {
    let Inputs { ours, facts, chain } = inputs;
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
        .rounds(CHAINS)
        .at_most(target)
        .measure(),
    );
    out.push(
        Row::new(name, "DSSE JSON + verify_strict", verify, || {
            dsse.verify(&envelopes).is_ok()
        })
        .over(length, short_length)
        .rounds(CHAINS)
        .measure(),
    );
    let mut parsed: Vec<_> = Receipts::new(chain)
        .filter_map(|item| Some(item.ok()?.1))
        .collect();
    let mut warm = batch();
    // All the cryptography of the verdict on arrays that are ready, as many at a time as stay in a cache.
    let mut crypto = || {
        let mut range = MerkleRange::new(0);
        for receipts in parsed.chunks_mut(256) {
            warm.check(receipts, known);
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
            .rounds(CHAINS)
            .at_most(1.06)
            .measure(),
    );
    // Nor do the peers' routes have a tree.
    let head = || ChainHead::verify(chain, known, &mut batch()).map(|head| head.seq());
    let mut warm = batch();
    let without_tree = || warm.check(&mut parsed, known);
    out.push(
        Row::new(
            "the same, its head alone",
            "ours: links, signatures alone",
            head,
            without_tree,
        )
        .over(length, length)
        .rounds(CHAINS)
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
            .rounds(CHAINS)
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
        .rounds(CHAINS)
        .at_most(1.0 / 1.9)
        .measure(),
    );
    Ok(())
}

/// Many receipts of one issuer.
fn issuing(inputs: &Inputs, out: &mut Measured) -> Result<()> {
    let Inputs { ours, facts, chain } = inputs;
    let short = facts.get(..usize::try_from(SHORT)?).unwrap_or(facts);
    let payloads = short
        .iter()
        .map(|facts| ours.payload(facts))
        .collect::<Result<Vec<ReceiptPayload<_>>>>()?;
    let length = f64::from(u32::try_from(payloads.len())?);
    let (statement, mut bytes) = (ours.statement(), Vec::new());
    let mut issue = |count| {
        let threads = NonZero::new(count).unwrap_or(NonZero::<usize>::MIN);
        bytes.clear();
        let mut writer = ours.writer();
        writer.append_all(
            &payloads,
            &statement.iss,
            statement.iat,
            ours.key(),
            threads,
            &mut bytes,
        )
    };
    issue(2)?;
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let messages = Receipts::new(chain)
        .take(short.len())
        .filter_map(|item| Some(item.ok()?.1.signed_bytes()));
    let messages: Vec<Vec<u8>> = messages.collect();
    let sign = || {
        for message in &messages {
            black_box(dalek.sign(message));
        }
    };
    let issue = core::cell::RefCell::new(issue);
    let on = |count| (issue.borrow_mut())(count);
    let (one_core, target) = if cfg!(feature = "batch-sign") {
        ("issue 1000 receipts, one core, batch-sign, each", 0.85)
    } else {
        ("issue 1000 receipts, one core, each", 1.03)
    };
    out.push(
        Row::new(one_core, "ed25519-dalek, same bytes", || on(1), sign)
            .over(length, length)
            .rounds(31)
            .at_most(target)
            .measure(),
    );
    out.push(
        Row::new(
            "issue 1000 receipts, two cores, each",
            "ours on one core",
            || on(2),
            || on(1),
        )
        .over(length, length)
        .rounds(31)
        .at_most(1.0 / 1.9)
        .measure(),
    );
    Ok(())
}

/// The digest of a large file.
fn evidence(out: &mut Measured) -> Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    let block: Vec<u8> = (0..=255_u8).cycle().take(1 << 20).collect();
    for _ in 0..64 {
        file.write_all(&block)?;
    }
    let path = file.path();
    let ours = || Evidence::of_file("log", path).map(|evidence| evidence.digest);
    let bare =
        || Ok::<_, std::io::Error>(blake3::Hasher::new().update_mmap_rayon(path)?.finalize());
    assert_eq!(ours()?.as_bytes(), bare()?.as_bytes());
    out.push(
        Row::new(
            "digest of 64 MiB of evidence",
            "bare BLAKE3, mmap and rayon",
            ours,
            bare,
        )
        .rounds(31)
        .at_most(1.05)
        .measure(),
    );
    Ok(())
}

/// The bytes of the receipt at `seq`.
fn first(chain: &[u8], seq: usize) -> Result<&[u8]> {
    let item = Receipts::new(chain).nth(seq).ok_or("a receipt")?;
    Ok(item?.1.as_bytes())
}
