//! Every kind: one form on the wire, and each rule of its claim by the exact code and field.
//!
//! `spec/vectors/kinds` holds a claim of every kind as JSON and the receipt it becomes.
//! `JWP_BLESS=1 cargo test -p jwp-delivery --test kinds` writes the receipts anew.

#![cfg(test)]

#[path = "kinds/form.rs"]
mod form;
#[path = "kinds/mutate.rs"]
mod mutate;
#[path = "kinds/refuse.rs"]
mod refuse;
#[path = "kinds/wire.rs"]
mod wire;

use core::fmt::Write as _;
use std::{collections::BTreeSet, fs, path::PathBuf};

use jwp_core::{
    Claim, Digest, Joules, Link, Meter, ReceiptPayload, RunId, Signer as _, SigningKey, Timestamp,
    UnverifiedReceipt,
    envelope::{Algorithm, Statement, sign},
    payload::Position,
};
use jwp_delivery::{
    DeliveryClaim, DeliveryKind,
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
fn key() -> SigningKey {
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    SigningKey::from_seed(seed.parse::<Link>().unwrap().as_bytes()).unwrap()
}

fn receipt<C: Claim>(claim: Value, position: &Position) -> Vec<u8> {
    let claim: C = serde_json::from_value(claim).unwrap();
    let mut payload = ReceiptPayload::new(claim).with_subject([Digest::sha256(b"image")]);
    // The seal and what is said of other receipts cost nothing of their own.
    let unmetered = C::KIND.starts_with("trust.") || C::KIND == ReleaseSealed::KIND;
    if !unmetered {
        let joules = "0.36".parse::<Joules>().unwrap();
        payload = payload.with_joules(joules, Meter::declared("a vector"));
    }
    let statement = Statement::new(
        "vectors".parse().unwrap(),
        "jouledb@v2026.05.07".parse().unwrap(),
        "prod".parse().unwrap(),
        Timestamp::try_from(1_778_150_000).unwrap(),
    );
    sign(&payload, position, &statement, Algorithm::EdDsa, &key())
        .unwrap()
        .0
}

#[test]
fn receipts_of_every_kind_are_the_checked_in_ones() {
    let bless = std::env::var_os("JWP_BLESS").is_some();
    let folder = spec("vectors/kinds");
    let key = key();
    let first = Position::First {
        run: RunId::from_bytes(*b"sixteen bytes!!!"),
        after: None,
    };
    let mut index = String::from("# kind\tlink\tbytes\n");
    let mut expected = BTreeSet::from(["index.tsv".to_owned(), "key.pub.pem".to_owned()]);
    let mut files = vec![(
        "key.pub.pem".to_owned(),
        key.verifying_key().to_pem().into_bytes(),
    )];
    for kind in DeliveryKind::ALL {
        let bytes = of_kind!(*kind, receipt(sample(*kind), &first));
        let parsed = UnverifiedReceipt::parse(&bytes).unwrap();
        let claim = DeliveryClaim::decode(*kind, parsed.unverified_payload()).unwrap();
        assert_eq!(claim.kind(), *kind);
        let diagnostic = parsed.diagnostic();
        writeln!(index, "{}\t{}\t{}", kind.name(), parsed.link(), bytes.len()).unwrap();
        parsed.verify(key.verifying_key()).unwrap();
        files.push((
            format!("{}.diag", kind.name()),
            (diagnostic + "\n").into_bytes(),
        ));
        files.push((format!("{}.cbor", kind.name()), bytes));
        expected.insert(format!("{}.json", kind.name()));
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
