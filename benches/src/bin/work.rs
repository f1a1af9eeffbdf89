//! One piece of work, done as often as asked: what an instruction counter is put around.
//!
//! `work CASE TIMES [BYTES]`. `.ci/instructions` runs it under valgrind with two numbers of times; the
//! difference is the work, without start and preparation. Cases of hostile input take their size.

use core::hint::black_box;

use ed25519_dalek::{Signature, Signer as _};
use jwp_benches::{Result, SEED, codec, facts, jwp};
use jwp_core::{
    Signer as _, SigningKey, UnverifiedReceipt,
    cbor::{self, Value},
    chain::Receipts,
    ed25519::{Backend, Width},
    envelope::{self, Algorithm},
    key::PreparedKey,
    payload::{Payload, Position},
};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let case = arguments.next().ok_or("which case?")?;
    let times: u32 = arguments.next().ok_or("how often?")?.parse()?;
    match arguments.next() {
        Some(bytes) => hostile(&case, times, bytes.parse()?),
        None => work(&case, times),
    }
}

fn repeat<T>(times: u32, mut work: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(work());
    }
}

/// The operations that are guarded, ours and the peers'.
fn work(case: &str, times: u32) -> Result<()> {
    let route = jwp::Route::new()?;
    let facts = facts(42)?;
    let chain = route.sign(&facts)?;
    let (_, receipt) = Receipts::new(&chain).nth(41).ok_or("a receipt")??;
    let bytes = receipt.as_bytes();
    let fact = facts.get(41).ok_or("a fact")?;
    let (payload, theirs) = (route.payload(fact)?, codec::Payload::new(fact));
    let Position::Next { seq, prev } = *receipt.unverified_payload().position() else {
        return Err("a later receipt".into());
    };
    let position = Position::Next { seq, prev };
    let mut buffer = Vec::with_capacity(1024);
    let (message, signature) = (receipt.signed_bytes(), *receipt.signature());
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    match case {
        "encode" => repeat(times, || {
            buffer.clear();
            payload.encode(&position, &mut buffer)
        }),
        "encode-unsorted" => {
            let payload = route.unsorted_payload(fact)?;
            repeat(times, || {
                buffer.clear();
                payload.encode(&position, &mut buffer)
            });
        }
        "encode-ciborium" => repeat(times, || theirs.ciborium(&mut buffer)),
        "decode" => repeat(times, || UnverifiedReceipt::parse(bytes).map(|it| it.kid())),
        "decode-payload" => {
            payload.encode(&position, &mut buffer)?;
            repeat(times, || {
                Payload::parse(&buffer).map(|payload| payload.seq())
            });
        }
        "claim" => {
            let claim = receipt.unverified_payload().claim_bytes();
            repeat(times, || cbor::from_slice::<jwp::Analysed>(claim));
        }
        "decode-ciborium" => {
            theirs.ciborium(&mut buffer)?;
            repeat(times, || codec::Payload::from_ciborium(&buffer));
        }
        "sign" | "sign-expanded" => {
            let key = SigningKey::from_seed(&SEED)?;
            let key = if case == "sign" { key } else { key.expanded() };
            repeat(times, || {
                envelope::sign(
                    &payload,
                    &position,
                    route.statement(),
                    Algorithm::EdDsa,
                    &key,
                )
            });
        }
        "sign-dalek" => repeat(times, || dalek.sign(&message)),
        "verify" => {
            let key = route.key().verifying_key();
            repeat(times, || {
                UnverifiedReceipt::parse(bytes).and_then(|receipt| receipt.verify(key).map(|_| ()))
            });
        }
        "verify-table" => {
            let key = route.key().verifying_key().clone();
            let key = PreparedKey::with_backend(key, Width::W11, Backend::PORTABLE);
            repeat(times, || key.verify(&message, &signature));
        }
        "verify-dalek" => {
            let (key, signature) = (dalek.verifying_key(), Signature::from_bytes(&signature));
            repeat(times, || key.verify_strict(&message, &signature));
        }
        _ => return Err(format!("no such work: {case}").into()),
    }
    Ok(())
}

/// Input of about `size` bytes that makes a reader look at nearly all of it before it is refused.
fn hostile(case: &str, times: u32, size: usize) -> Result<()> {
    let count = size / 20;
    let length = u16::try_from(count)?.to_be_bytes();
    let head = |initial: u8| [initial, length[0], length[1]];
    let mut bytes = Vec::with_capacity(size.saturating_add(64));
    match case {
        // Texts, the last of which is not UTF-8.
        "texts" => {
            bytes.extend(head(0x99));
            for _ in 1..count {
                bytes.extend(b"\x72eighteen character");
            }
            bytes.extend(b"\x61\xff");
        }
        // Keys in their order; the last is the first once more, in a longer form.
        "keys" => {
            bytes.extend(head(0xb9));
            for n in 0..count.saturating_sub(1) {
                bytes.extend(b"\x71");
                bytes.extend(format!("a key no. {n:07}").bytes());
                bytes.push(0);
            }
            bytes.extend(b"\x78\x11a key no. 0000000\x00");
        }
        // One prefix before every key, and the last two in the wrong order.
        "order" => {
            bytes.extend(head(0xb9));
            for n in 0..count.saturating_sub(1) {
                bytes.extend(b"\x71");
                bytes.extend(format!("aaaaaaaaaa{n:07}").bytes());
                bytes.push(0);
            }
            bytes.extend(b"\x71aaaaaaaaaa0000000\x00");
        }
        // Maps of one key in an array, and a float at the end.
        "maps" => {
            bytes.extend(head(0x99));
            for _ in 1..count {
                bytes.extend(b"\xa1\x6ca single key\x43abc");
            }
            bytes.push(0xf9);
        }
        // Decimals with the longest mantissa, and at the end one that is divisible by ten.
        "decimals" => {
            bytes.extend(head(0x99));
            for _ in 1..count {
                bytes.extend(b"\xc4\x82\x28\x1b\x7f\xff\xff\xff\xff\xff\xff\xff");
            }
            bytes.extend(b"\xc4\x82\x20\x0a");
        }
        // Texts of 32,000 bytes in characters of two bytes, the last of them torn.
        "text" => {
            let count = size / 32_003;
            match u8::try_from(count)? {
                few @ ..24 => bytes.push(0x80 | few),
                many => bytes.extend([0x98, many]),
            }
            for _ in 0..count {
                bytes.extend(b"\x79\x7d\x00");
                bytes.extend("é".repeat(16_000).bytes());
            }
            bytes.pop();
            bytes.push(b'e');
        }
        _ => return Err(format!("no such input: {case}").into()),
    }
    let mut refused = 0_u32;
    for _ in 0..times {
        refused = refused.saturating_add(u32::from(
            black_box(cbor::check(&bytes)).is_err()
                && black_box(cbor::from_slice::<Value>(&bytes)).is_err(),
        ));
    }
    if refused != times {
        return Err(format!("{case} is no hostile input").into());
    }
    Ok(())
}
