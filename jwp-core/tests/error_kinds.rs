//! Every kind of error that the library can name is one that some input provokes.
//!
//! The list of them is the table of codes in the source itself, so that a kind that nothing provokes, or a
//! new one without a case here, fails.
#![cfg(test)]
#![cfg(feature = "std")]

#[path = "support/spec.rs"]
mod spec;

use std::{collections::BTreeSet, fs};

use jwp_core::{
    ChainHead, ChainWriter, Citation, Claim, Digest, Error, ErrorKind, Evidence, Identifier, Link,
    ReceiptPayload, RunId, Signer, SigningKey, Statement, Timestamp, UnverifiedReceipt,
    VerifyingKey, cbor,
    chain::{Segment, Terms},
    envelope::{self, Algorithm, Batch},
    merkle::{InclusionProof, LeafHash},
    payload::Position,
};
use serde::{Deserialize, Serialize};
use spec::vectors;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baked {
    loaves: u64,
}

impl Claim for Baked {
    const KIND: &'static str = "example.bread.baked";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum Flour {
    Rye,
}

/// Another kind than the receipts of the vectors.
#[derive(Debug, Serialize, Deserialize)]
struct Sold {}

impl Claim for Sold {
    const KIND: &'static str = "example.bread.sold";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

/// Signs everything with the same bytes.
struct Stamp(SigningKey);

impl Signer for Stamp {
    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    fn sign(&self, _: &[u8]) -> Result<[u8; 64], Error> {
        Ok([0; 64])
    }
}

fn key(n: u8) -> SigningKey {
    let seed = core::array::from_fn(|at| n.wrapping_add(at.try_into().unwrap()));
    SigningKey::from_seed(&seed).unwrap()
}

fn id(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

/// The names of the kind and of the schema's problem, where it is one.
fn names(error: &Error) -> impl Iterator<Item = String> + use<> {
    let name = |debug: String| {
        let end = debug.find(|c: char| !c.is_alphanumeric());
        debug.get(..end.unwrap_or(debug.len())).unwrap().to_owned()
    };
    let problem = match error.kind() {
        ErrorKind::Schema(problem) => Some(format!("Schema::{}", name(format!("{problem:?}")))),
        _ => None,
    };
    [name(format!("{:?}", error.kind()))]
        .into_iter()
        .chain(problem)
}

fn of_receipts(errors: &mut Vec<Error>) {
    let pem = fs::read_to_string(vectors().join("valid.pub.pem")).unwrap();
    let key = VerifyingKey::from_pem(&pem).unwrap();
    for entry in fs::read_dir(vectors().join("negative")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "cbor")
        {
            let bytes = fs::read(&path).unwrap();
            let verdict = UnverifiedReceipt::parse(&bytes).and_then(|it| it.verify(&key).map(drop));
            errors.push(verdict.expect_err(&path.display().to_string()));
        }
    }
    let valid = fs::read(vectors().join("valid.cbor")).unwrap();
    let receipt = UnverifiedReceipt::parse(&valid).unwrap();
    let receipt = receipt.verify(&key).unwrap();
    errors.push(receipt.claim::<Sold>().unwrap_err());
    errors.push(cbor::from_slice::<Baked>(b"\xa1\x66loaves\x20").unwrap_err());
    errors.push(cbor::from_slice::<u64>(b"\x61a").unwrap_err());
    // A type's own words.
    errors.push(cbor::from_slice::<Flour>(b"\x61a").unwrap_err());
}

fn of_keys(errors: &mut Vec<Error>) {
    errors.push(VerifyingKey::from_bytes(&[0; 32]).unwrap_err());
    errors.push(SigningKey::from_seed(&[0; 32]).unwrap_err());
}

fn receipt(writer: &mut ChainWriter, iat: u64) -> Result<Vec<u8>, Error> {
    let payload = ReceiptPayload::new(Baked { loaves: 1 });
    let iat = Timestamp::from_secs(1_778_000_000_u64.checked_add(iat).unwrap()).unwrap();
    writer.append(&payload, &id("baker"), iat, &key(1))
}

fn begin(sub: &str) -> ChainWriter {
    ChainWriter::begin(id(sub), id("prod"), RunId::from_bytes([9; 16]))
}

fn verified<T>(bytes: &[u8], then: impl FnOnce(&jwp_core::Receipt<'_>) -> T) -> T {
    let receipt = UnverifiedReceipt::parse(bytes).unwrap();
    then(&receipt.verify(key(1).verifying_key()).unwrap())
}

fn of_chains(errors: &mut Vec<Error>) {
    let mut writer = begin("bakery@v1");
    let [first, second, third] = [10, 20, 30].map(|iat| receipt(&mut writer, iat).unwrap());
    errors.push(receipt(&mut writer, 0).unwrap_err());
    let head = verified(&first, |first| ChainHead::begin(first).unwrap());
    // Left out, told twice, of another release, with another parent.
    let mut other = begin("bakery@v2");
    let elsewhere = [40, 50].map(|iat| receipt(&mut other, iat).unwrap());
    let mut twin = begin("bakery@v1");
    let twins = [11, 21].map(|iat| receipt(&mut twin, iat).unwrap());
    for wrong in [&third, &first, &elsewhere[1], &twins[1]] {
        errors.push(verified(wrong, |next| head.check(next)).unwrap_err());
    }

    let (seq, prev) = (7, head.link());
    let forked = envelope::sign(
        &ReceiptPayload::new(Baked { loaves: 1 }),
        &Position::Next { seq, prev },
        &Statement::new(id("baker"), id("bakery@v1"), id("prod"), head.iat()),
        Algorithm::EdDsa,
        &key(1),
    )
    .unwrap();
    errors.push(verified(forked.as_bytes(), |next| head.check(next)).unwrap_err());

    let whole = [first.clone(), second.clone()].concat();
    let unknown = Segment::verify(&whole, |_| None, &mut Batch::new());
    errors.push(unknown.unwrap_err());
    errors.push(ChainWriter::resume(&first, |_| None).unwrap_err());

    let payload = ReceiptPayload::new(Baked { loaves: 1 });
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let unsigned = begin("bakery@v1").append(&payload, &id("baker"), iat, &Stamp(key(1)));
    errors.push(unsigned.unwrap_err());

    let terms = |n: u8| Terms::new(Digest::sha256(&[n]), Digest::sha256(b"policy"));
    let segment = |bytes: &[u8], n| {
        verified(bytes, |receipt| Segment::of(receipt).unwrap()).with_terms(terms(n))
    };
    let gap = segment(&first, 1).merge(&segment(&third, 1));
    errors.push(gap.unwrap_err());
    let others = segment(&first, 1).merge(&segment(&second, 2));
    errors.push(others.unwrap_err());

    let proof = InclusionProof::new(2, 1, Vec::new());
    let leaf = LeafHash::from_bytes([0; 32]);
    errors.push(proof.verify(&leaf, &[0; 32]).unwrap_err());
    errors.push("jwpl1:no".parse::<Link>().unwrap_err());
    let evidence = Evidence::of_bytes("recipe", b"flour");
    errors.push(evidence.check_bytes(b"sugar").unwrap_err());
}

/// The variants of an enum of `src/error.rs`, in its own words.
fn variants(of: &str) -> BTreeSet<String> {
    let source = include_str!("../src/error.rs");
    let (_, body) = source.split_once(&format!("pub enum {of} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    body.lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| {
            let end = line.find(|c: char| !c.is_alphanumeric()).unwrap();
            line.get(..end).unwrap().to_owned()
        })
        .collect()
}

/// What `unwrap` prints of an error.
#[test]
fn an_error_shows_its_kind_and_its_place_to_who_debugs() {
    let error = Error::at(ErrorKind::Truncated, 7);
    assert_eq!(
        format!("{error:?}"),
        "Error { kind: Truncated, offset: Some(7) }"
    );
    let error = Error::from(ErrorKind::BadSignature);
    assert_eq!(
        format!("{error:?}"),
        "Error { kind: BadSignature, offset: None }"
    );
    assert_eq!(
        error.clone().or_at(3).nested(4),
        Error::at(ErrorKind::BadSignature, 7)
    );
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}

#[test]
fn every_kind_of_error_is_provoked() {
    let mut errors = Vec::new();
    of_receipts(&mut errors);
    of_keys(&mut errors);
    of_chains(&mut errors);
    let provoked: BTreeSet<_> = errors.iter().flat_map(names).collect();
    let problems = variants("SchemaProblem");
    let problems = problems.iter().map(|name| format!("Schema::{name}"));
    let all: BTreeSet<_> = variants("ErrorKind").into_iter().chain(problems).collect();
    assert!(all.len() > 40, "{all:?}");
    assert_eq!(
        all.difference(&provoked).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    assert_eq!(
        provoked.difference(&all).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}
