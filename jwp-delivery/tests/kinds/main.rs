//! Every kind: one form on the wire, and each rule of its claim by the exact code and field.
//!
//! `spec/vectors/kinds` holds a claim of every kind as JSON and the receipt it becomes.
//! `JWP_BLESS=1 cargo test -p jwp-delivery --test kinds` writes the receipts anew.

#![cfg(test)]

mod form;
mod mutate;
mod order;
mod refuse;
mod wire;

use core::fmt::Write as _;
use std::{collections::BTreeSet, fs, path::PathBuf};

use jwp_core::{
    Claim, Digest, Joules, Link, Meter, ReceiptPayload, RunId, Signer as _, SigningKey, Timestamp,
    UnverifiedReceipt, VerifyingKey,
    envelope::{Algorithm, Statement, sign},
    payload::Position,
};
use jwp_delivery::{
    DeliveryClaim, DeliveryKind, Family,
    kind::{
        analysis::{AnalysisFailed, AnalysisInconclusive, AnalysisPassed},
        attestation::AttestationSlsa,
        build::BuildCompleted,
        canary::{CanaryAborted, CanaryStepped},
        dora::DoraSnapshot,
        flag::FlagEvaluated,
        gates::{GatesFailed, GatesInconclusive, GatesPassed, GatesWaived},
        incident::{IncidentOpened, IncidentResolved},
        release::ReleaseSealed,
        rollback::{RollbackArmed, RollbackDisarmed, RollbackFailed, RollbackFired},
        trust::{ReceiptEndorsed, TimeWitnessed},
    },
};
use serde_json::Value;

/// Calls a generic function with the claim of a kind.
macro_rules! of_kind {
    ($kind:expr, $function:ident($($argument:expr),*)) => {
        match $kind {
            DeliveryKind::BuildCompleted => $function::<$crate::BuildCompleted>($($argument),*),
            DeliveryKind::AttestationSlsa => $function::<$crate::AttestationSlsa>($($argument),*),
            DeliveryKind::GatesPassed => $function::<$crate::GatesPassed>($($argument),*),
            DeliveryKind::GatesFailed => $function::<$crate::GatesFailed>($($argument),*),
            DeliveryKind::GatesInconclusive => $function::<$crate::GatesInconclusive>($($argument),*),
            DeliveryKind::GatesWaived => $function::<$crate::GatesWaived>($($argument),*),
            DeliveryKind::FlagEvaluated => $function::<$crate::FlagEvaluated>($($argument),*),
            DeliveryKind::CanaryStepped => $function::<$crate::CanaryStepped>($($argument),*),
            DeliveryKind::CanaryAborted => $function::<$crate::CanaryAborted>($($argument),*),
            DeliveryKind::AnalysisPassed => $function::<$crate::AnalysisPassed>($($argument),*),
            DeliveryKind::AnalysisFailed => $function::<$crate::AnalysisFailed>($($argument),*),
            DeliveryKind::AnalysisInconclusive => $function::<$crate::AnalysisInconclusive>($($argument),*),
            DeliveryKind::DoraSnapshot => $function::<$crate::DoraSnapshot>($($argument),*),
            DeliveryKind::RollbackArmed => $function::<$crate::RollbackArmed>($($argument),*),
            DeliveryKind::RollbackFired => $function::<$crate::RollbackFired>($($argument),*),
            DeliveryKind::RollbackFailed => $function::<$crate::RollbackFailed>($($argument),*),
            DeliveryKind::RollbackDisarmed => $function::<$crate::RollbackDisarmed>($($argument),*),
            DeliveryKind::IncidentOpened => $function::<$crate::IncidentOpened>($($argument),*),
            DeliveryKind::IncidentResolved => $function::<$crate::IncidentResolved>($($argument),*),
            DeliveryKind::ReleaseSealed => $function::<$crate::ReleaseSealed>($($argument),*),
            DeliveryKind::ReceiptEndorsed => $function::<$crate::ReceiptEndorsed>($($argument),*),
            DeliveryKind::TimeWitnessed => $function::<$crate::TimeWitnessed>($($argument),*),
            other => panic!("{other:?} is not tested"),
        }
    };
}
use of_kind;

fn spec(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../spec")
        .join(name)
}

fn sample(kind: DeliveryKind) -> Value {
    let path = spec("vectors/kinds").join(format!("{}.json", kind.name()));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The seed of RFC 8032 §7.1 test 1: everybody has it.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

fn key() -> SigningKey {
    SigningKey::from_seed(SEED.parse::<Link>().unwrap().as_bytes()).unwrap()
}

/// One receipt, at the place in a chain that its claim speaks of.
fn receipt<C: Claim>(kind: DeliveryKind, json: Value, algorithm: Algorithm) -> Vec<u8> {
    let claim: C = serde_json::from_value(json.clone()).unwrap();
    let image = sample(DeliveryKind::BuildCompleted)["image_digest"].clone();
    let image: Digest = serde_json::from_value(image).unwrap();
    let subject = match kind.family() {
        // Nothing asks for a subject here, and any may stand.
        Family::Trust => Some(Digest::sha256(b"image")),
        Family::Dora => None,
        _ => Some(image),
    };
    let mut payload = ReceiptPayload::new(claim).with_subject(subject);
    // The seal and what is said of other receipts cost nothing of their own.
    if !matches!(kind.family(), Family::Trust | Family::Release) {
        let joules = "0.36".parse::<Joules>().unwrap();
        payload = payload.with_joules(joules, Meter::declared("a vector"));
    }
    let position = if kind == DeliveryKind::ReleaseSealed {
        // It stands behind the receipts that it counts, and its prev is their head.
        let seal: ReleaseSealed = serde_json::from_value(json).unwrap();
        Position::Next {
            seq: seal.receipts,
            prev: seal.head,
        }
    } else {
        Position::First {
            run: RunId::from_bytes(*b"sixteen bytes!!!"),
            after: None,
        }
    };
    let statement = Statement::new(
        "vectors".parse().unwrap(),
        "jouledb@v2026.05.07".parse().unwrap(),
        "prod".parse().unwrap(),
        Timestamp::try_from(1_778_150_000).unwrap(),
    );
    sign(&payload, &position, &statement, algorithm, &key())
        .unwrap()
        .into_bytes()
}

#[test]
fn receipts_of_every_kind_are_the_checked_in_ones() {
    check_folder("kinds", Algorithm::EdDsa);
}

/// The same with alg -19 (RFC 9864): one byte of the header and the signature are others.
#[test]
fn receipts_of_every_kind_under_algorithm_19_are_the_checked_in_ones() {
    check_folder("algorithm-19", Algorithm::Ed25519);
}

/// Builds a folder of vectors anew. The claims and the seed lie in `kinds` alone.
fn check_folder(name: &str, algorithm: Algorithm) {
    let bless = std::env::var_os("JWP_BLESS").is_some();
    let folder = spec("vectors").join(name);
    let has_claims = algorithm == Algorithm::EdDsa;
    let key = key();
    let mut index = String::from("# kind\tlink\tbytes\tkid\n");
    let mut expected = BTreeSet::new();
    let pem = key.verifying_key().to_pem();
    let mut files = vec![("key.pub.pem".to_owned(), pem.clone().into_bytes())];
    if has_claims {
        files.push(("key.seed.hex".to_owned(), format!("{SEED}\n").into_bytes()));
    }
    // As a stranger reads it.
    let public = VerifyingKey::from_pem(&pem).unwrap();
    for kind in DeliveryKind::ALL {
        let bytes = of_kind!(*kind, receipt(*kind, sample(*kind), algorithm));
        let parsed = UnverifiedReceipt::parse(&bytes).unwrap();
        let claim = DeliveryClaim::decode(*kind, parsed.unverified_payload()).unwrap();
        assert_eq!(claim.kind(), *kind);
        let diagnostic = parsed.diagnostic();
        assert_eq!(parsed.kid(), public.id());
        let (link, kid) = (parsed.link(), parsed.kid());
        writeln!(index, "{}\t{link}\t{}\t{kid}", kind.name(), bytes.len()).unwrap();
        assert_eq!(parsed.verify(&public).unwrap().link(), link);
        if has_claims {
            files.push((
                format!("{}.diag", kind.name()),
                (diagnostic + "\n").into_bytes(),
            ));
            expected.insert(format!("{}.json", kind.name()));
        }
        files.push((format!("{}.cbor", kind.name()), bytes));
    }
    files.push(("index.tsv".to_owned(), index.into_bytes()));
    for (name, bytes) in files {
        if bless {
            fs::write(folder.join(&name), &bytes).unwrap();
        }
        assert!(
            fs::read(folder.join(&name)).unwrap() == bytes,
            "{name} differs"
        );
        expected.insert(name);
    }
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, expected);
}
