//! One receipt: encoding, decoding, signing and verifying, beside the peers, with throughput.
//!
//! `cargo bench -p jwp-benches --bench operations`. `compare` measures most of these pairs interleaved, and is
//! what a ratio should be quoted from; this has criterion's statistics and history.

use core::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::{Signature, Signer as _, Verifier as _};
use jwp_benches::{Facts, SEED, codec, facts, jwp};
use jwp_core::{
    Link, Signer as _, UnverifiedReceipt,
    chain::Receipts,
    ed25519::{Backend, Width},
    envelope::{self, Algorithm},
    key::PreparedKey,
    merkle::{MerkleRange, leaf_hash},
    payload::Position,
};

const POSITION: Position = Position::Next {
    seq: 41,
    prev: Link::from_bytes([0x5a; 32]),
};

fn fact() -> Facts {
    let mut facts = facts(42).expect("the constants hold");
    facts.pop().expect("a fact")
}

fn bytes(length: usize) -> Throughput {
    Throughput::Bytes(u64::try_from(length).unwrap_or(u64::MAX))
}

fn codecs(c: &mut Criterion) {
    let ours = jwp::Route::new().expect("the constants hold");
    let fact = fact();
    let (payload, theirs) = (
        ours.payload(&fact).expect("it holds"),
        codec::Payload::new(&fact),
    );
    let mut buffer = Vec::with_capacity(1024);
    payload.encode(&POSITION, &mut buffer).expect("it encodes");

    let mut group = c.benchmark_group("encode");
    group.throughput(bytes(buffer.len()));
    group.bench_function("jwp", |b| {
        b.iter(|| {
            buffer.clear();
            payload.encode(black_box(&POSITION), &mut buffer)
        });
    });
    group.bench_function("ciborium", |b| {
        b.iter(|| black_box(&theirs).ciborium(&mut buffer))
    });
    group.bench_function("minicbor", |b| {
        b.iter(|| black_box(&theirs).minicbor(&mut buffer))
    });
    group.bench_function("cbor4ii", |b| {
        b.iter(|| black_box(&theirs).cbor4ii(&mut buffer));
    });
    group.bench_function("serde_json", |b| {
        b.iter(|| black_box(&theirs).serde_json(&mut buffer));
    });
    group.bench_function("serde_jcs", |b| {
        b.iter(|| black_box(&theirs).serde_jcs(&mut buffer));
    });
    group.finish();

    let chain = ours.sign(&[fact]).expect("it signs");
    let mut cbor = Vec::new();
    theirs.ciborium(&mut cbor).expect("it encodes");
    let mut group = c.benchmark_group("decode");
    // Ours reads the envelope, the header and the payload; the peers read their payload alone.
    group.throughput(bytes(chain.len()));
    group.bench_function("jwp", |b| {
        b.iter(|| UnverifiedReceipt::parse(black_box(&chain)).map(|receipt| receipt.kid()));
    });
    group.throughput(bytes(cbor.len()));
    group.bench_function("ciborium", |b| {
        b.iter(|| codec::Payload::from_ciborium(black_box(&cbor)));
    });
    group.bench_function("cbor4ii", |b| {
        b.iter(|| codec::Payload::from_cbor4ii(black_box(&cbor)));
    });
    group.bench_function("minicbor", |b| {
        b.iter(|| codec::Payload::from_minicbor(black_box(&cbor)));
    });
    group.finish();
}

fn signatures(c: &mut Criterion) {
    let ours = jwp::Route::new().expect("the constants hold");
    let fact = fact();
    let payload = ours.payload(&fact).expect("it holds");
    let chain = ours.sign(&[fact]).expect("it signs");
    let (_, receipt) = Receipts::new(&chain)
        .next()
        .expect("a receipt")
        .expect("it parses");
    let (message, signature) = (receipt.signed_bytes(), *receipt.signature());
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let (public, theirs) = (dalek.verifying_key(), Signature::from_bytes(&signature));

    let mut group = c.benchmark_group("sign one");
    group.throughput(Throughput::Elements(1));
    group.bench_function("jwp, struct to envelope", |b| {
        b.iter(|| {
            let (statement, key) = (ours.statement(), ours.key());
            envelope::sign(
                black_box(&payload),
                &POSITION,
                statement,
                Algorithm::EdDsa,
                key,
            )
        });
    });
    group.bench_function("ed25519-dalek, same bytes", |b| {
        b.iter(|| dalek.sign(black_box(&message)));
    });
    group.finish();

    let mut group = c.benchmark_group("verify one");
    group.throughput(Throughput::Elements(1));
    let key = ours.key().verifying_key();
    group.bench_function("jwp, receipt", |b| {
        b.iter(|| {
            UnverifiedReceipt::parse(black_box(&chain))
                .and_then(|receipt| receipt.verify(key))
                .is_ok()
        });
    });
    for (name, backend) in [
        ("jwp, table", Backend::detect()),
        ("jwp, table, portable", Backend::PORTABLE),
    ] {
        let prepared = PreparedKey::with_backend(key.clone(), Width::W11, backend);
        group.bench_function(name, |b| {
            b.iter(|| prepared.verify(black_box(&message), &signature));
        });
    }
    // What a table costs before it saves anything.
    for width in Width::ALL {
        let name = format!("jwp, building a table of {} bits", width.bits());
        group.bench_function(name, |b| {
            b.iter(|| PreparedKey::new(black_box(key).clone(), width));
        });
    }
    group.bench_function("ed25519-dalek verify_strict", |b| {
        b.iter(|| public.verify_strict(black_box(&message), &theirs));
    });
    group.bench_function("ed25519-dalek verify", |b| {
        b.iter(|| public.verify(black_box(&message), &theirs));
    });
    let batch: Vec<_> = core::iter::repeat_n(message.as_slice(), 64).collect();
    let (many, keys) = (vec![theirs; 64], vec![public; 64]);
    group.throughput(Throughput::Elements(64));
    group.bench_function("ed25519-dalek verify_batch, 64", |b| {
        b.iter(|| ed25519_dalek::verify_batch(black_box(&batch), &many, &keys));
    });
    group.throughput(Throughput::Elements(1));
    let zebra = ed25519_zebra::VerificationKey::try_from(public.to_bytes()).expect("a key");
    group.bench_function("ed25519-zebra", |b| {
        b.iter(|| zebra.verify(&theirs, black_box(&message)));
    });
    #[cfg(feature = "c-peers")]
    {
        use aws_lc_rs::signature as lc;
        let lc = lc::UnparsedPublicKey::new(&lc::ED25519, public.to_bytes());
        group.bench_function("aws-lc-rs", |b| {
            b.iter(|| lc.verify(black_box(&message), &signature))
        });
        use ring::signature as ring;
        let ring = ring::UnparsedPublicKey::new(&ring::ED25519, public.to_bytes());
        group.bench_function("ring", |b| {
            b.iter(|| ring.verify(black_box(&message), &signature))
        });
    }
    group.finish();
}

/// What a receipt of a chain costs beside its signature and its parsing.
fn hashes(c: &mut Criterion) {
    let ours = jwp::Route::new().expect("the constants hold");
    let chain = ours.sign(&[fact()]).expect("it signs");
    let receipt = UnverifiedReceipt::parse(&chain).expect("it parses");
    let mut group = c.benchmark_group("hash");
    group.throughput(Throughput::Elements(1));
    group.bench_function("link", |b| b.iter(|| black_box(&receipt).link()));
    let (link, mut range) = (receipt.link(), MerkleRange::new(0));
    group.bench_function("Merkle leaf, and the nodes above it", |b| {
        b.iter(|| {
            range.push(leaf_hash(&[
                link.as_bytes(),
                black_box(receipt.signature()),
            ]))
        });
    });
    group.finish();
}

criterion_group!(benches, codecs, signatures, hashes);
criterion_main!(benches);
