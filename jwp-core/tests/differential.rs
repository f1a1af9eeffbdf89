//! Against decoders that share no code with ours: what we accept, they read as the same value; what
//! they accept and we refuse is listed with the rule that refuses it, in `testdata/peers-accept.tsv`.
//! `JWP_BLESS=1` writes the list.
#![cfg(test)]

use core::fmt::Write as _;
use std::{
    fs,
    path::{Path, PathBuf},
};

use coset::{CoseSign1, TaggedCborSerializable as _};
use jwp_core::{
    UnverifiedReceipt,
    cbor::{self, Value},
};
use minicbor::{Encoder, data::Token, decode::Tokenizer};

/// What ciborium reads, written by ciborium: it keeps the order of keys and writes shortest forms.
fn by_ciborium(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let value: ciborium::Value = ciborium::from_reader(&mut rest).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    ciborium::into_writer(&value, &mut out).ok()?;
    Some(out)
}

/// What minicbor reads as tokens, written by minicbor.
fn by_minicbor(bytes: &[u8]) -> Option<Vec<u8>> {
    let tokens: Vec<Token<'_>> = Tokenizer::new(bytes).collect::<Result<_, _>>().ok()?;
    let mut encoder = Encoder::new(Vec::new());
    for token in &tokens {
        encoder.encode(token).ok()?;
    }
    Some(encoder.into_writer())
}

#[track_caller]
fn same_value(bytes: &[u8]) {
    assert_eq!(by_ciborium(bytes).as_deref(), Some(bytes), "ciborium");
    assert_eq!(by_minicbor(bytes).as_deref(), Some(bytes), "minicbor");
}

fn vectors(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../spec/vectors")
        .join(name)
}

/// The receipts of `spec/vectors` that must be accepted.
fn receipts() -> Vec<Vec<u8>> {
    let mut all = vec![fs::read(vectors("valid.cbor")).unwrap()];
    for entry in fs::read_dir(vectors("kinds")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "cbor") {
            all.push(fs::read(path).unwrap());
        }
    }
    let chain = fs::read(vectors("canary/release.jwp")).unwrap();
    let parts = jwp_core::chain::Receipts::new(&chain);
    all.extend(parts.map(|item| item.unwrap().1.as_bytes().to_vec()));
    assert_eq!(all.len(), 1 + 22 + 9);
    all
}

#[test]
fn peers_read_every_accepted_receipt_as_the_same_value() {
    for bytes in receipts() {
        let ours = UnverifiedReceipt::parse(&bytes).unwrap();
        for part in [&bytes, ours.protected_bytes(), ours.payload_bytes()] {
            same_value(part);
        }
        let theirs = CoseSign1::from_tagged_slice(&bytes).unwrap();
        assert_eq!(
            theirs.protected.original_data.as_deref(),
            Some(ours.protected_bytes())
        );
        assert_eq!(theirs.payload.as_deref(), Some(ours.payload_bytes()));
        assert_eq!(theirs.signature, ours.signature());
        assert_eq!(theirs.protected.header.key_id, ours.kid().as_bytes());
        assert_eq!(theirs.tbs_data(&[]), ours.signed_bytes());
    }
}

/// Every two bytes: alone, as an array, and as a map.
#[test]
fn peers_read_whatever_we_read() {
    let mut read = 0u32;
    for first in 0..=255u8 {
        for second in 0..=255u8 {
            for bytes in [
                &[first, second][..],
                &[0x82, first, second],
                &[0xa1, 0x61, first, second],
            ] {
                if cbor::from_slice::<Value>(bytes).is_ok() {
                    same_value(bytes);
                    read += 1;
                }
            }
        }
    }
    assert!(read > 5000, "{read}");
}

/// What peers accept of what must be refused: never more than is listed, and nothing listed in vain.
#[test]
fn what_peers_accept_and_we_refuse_has_a_rule() {
    let index = fs::read_to_string(vectors("negative/index.tsv")).unwrap();
    let mut list = String::from("# negative\tour rule\taccepted by\n");
    for row in index.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [name, _, code, ..] = fields.as_slice() else {
            panic!("{row}")
        };
        let bytes = fs::read(vectors("negative").join(format!("{name}.cbor"))).unwrap();
        let mut peers = Vec::new();
        let cose = CoseSign1::from_tagged_slice(&bytes).ok();
        if cose.is_some() {
            peers.push("coset");
        }
        // A COSE library leaves the payload to the next one.
        let payload = cose.and_then(|message| message.payload);
        if payload.as_deref().is_some_and(|p| by_ciborium(p).is_some()) {
            peers.push("ciborium");
        }
        if payload.as_deref().is_some_and(|p| by_minicbor(p).is_some()) {
            peers.push("minicbor");
        }
        if !peers.is_empty() {
            writeln!(list, "{name}\t{code}\t{}", peers.join(" ")).unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/peers-accept.tsv");
    if std::env::var_os("JWP_BLESS").is_some() {
        fs::write(&path, &list).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), list);
}
