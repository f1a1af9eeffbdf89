//! Every kind: one form on the wire, and each rule of its claim by the exact code and field.
//!
//! `spec/vectors/kinds` holds a claim of every kind as JSON and the receipt it becomes.
//! `JWP_BLESS=1 cargo test -p jwp-delivery --test kinds` writes the receipts anew.

#![cfg(test)]

use core::fmt::{Debug, Write as _};
use std::{collections::BTreeSet, fs, path::PathBuf};

use jwp_core::{
    Claim, Digest, Error, Joules, Link, Meter, ReceiptPayload, RunId, Signer as _, SigningKey,
    Timestamp, UnverifiedReceipt, cbor,
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
use serde_json::{Value, json};

/// Calls a generic function with the claim of a kind.
macro_rules! of_kind {
    ($kind:expr, $function:ident($($argument:expr),*)) => {
        match $kind {
            DeliveryKind::BuildCompleted => $function::<BuildCompleted>($($argument),*),
            DeliveryKind::AttestationSlsa => $function::<AttestationSlsa>($($argument),*),
            DeliveryKind::GatesPassed => $function::<GatesPassed>($($argument),*),
            DeliveryKind::GatesFailed => $function::<GatesFailed>($($argument),*),
            DeliveryKind::GatesInconclusive => $function::<GatesInconclusive>($($argument),*),
            DeliveryKind::GatesWaived => $function::<GatesWaived>($($argument),*),
            DeliveryKind::FlagEvaluated => $function::<FlagEvaluated>($($argument),*),
            DeliveryKind::CanaryStepped => $function::<CanaryStepped>($($argument),*),
            DeliveryKind::CanaryAborted => $function::<CanaryAborted>($($argument),*),
            DeliveryKind::AnalysisPassed => $function::<AnalysisPassed>($($argument),*),
            DeliveryKind::AnalysisFailed => $function::<AnalysisFailed>($($argument),*),
            DeliveryKind::AnalysisInconclusive => $function::<AnalysisInconclusive>($($argument),*),
            DeliveryKind::DoraSnapshot => $function::<DoraSnapshot>($($argument),*),
            DeliveryKind::RollbackArmed => $function::<RollbackArmed>($($argument),*),
            DeliveryKind::RollbackFired => $function::<RollbackFired>($($argument),*),
            DeliveryKind::RollbackFailed => $function::<RollbackFailed>($($argument),*),
            DeliveryKind::RollbackDisarmed => $function::<RollbackDisarmed>($($argument),*),
            DeliveryKind::IncidentOpened => $function::<IncidentOpened>($($argument),*),
            DeliveryKind::IncidentResolved => $function::<IncidentResolved>($($argument),*),
            DeliveryKind::ReleaseSealed => $function::<ReleaseSealed>($($argument),*),
            DeliveryKind::ReceiptEndorsed => $function::<ReceiptEndorsed>($($argument),*),
            DeliveryKind::TimeWitnessed => $function::<TimeWitnessed>($($argument),*),
            other => panic!("{other:?} is not tested"),
        }
    };
}

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

/// What the claim's own check, or its reader before it, says of this JSON: a code and a field.
fn judge<C: Claim>(claim: Value) -> Result<(), String> {
    let claim: C = serde_json::from_value(claim).map_err(|error| format!("reader: {error}"))?;
    claim.validate().map_err(|invalid| {
        let code = Error::from(invalid).code();
        format!("{code}: {invalid}")
    })
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

fn round_trip<C: Claim + PartialEq + Debug>(json: Value) {
    let claim: C = serde_json::from_value(json.clone()).unwrap();
    claim.validate().unwrap();
    let bytes = cbor::to_vec(&claim).unwrap();
    let back: C = cbor::from_slice(&bytes).unwrap();
    assert_eq!(back, claim);
    assert_eq!(cbor::to_vec(&back).unwrap(), bytes);
    assert_eq!(
        serde_json::to_value(&claim).unwrap(),
        json,
        "JSON and CBOR name the same fields"
    );
    assert!(!claim.headline().is_empty(), "{} prints nothing", C::KIND);
    for prefix in 0..bytes.len() {
        assert!(
            cbor::from_slice::<C>(&bytes[..prefix]).is_err(),
            "{prefix} bytes of {}",
            C::KIND
        );
    }
}

#[test]
fn every_kind_has_one_form() {
    for kind in DeliveryKind::ALL {
        of_kind!(*kind, round_trip(sample(*kind)));
    }
}

/// Fields that `jwp.cddl` marks as optional, by rule.
fn optional(kind: DeliveryKind) -> BTreeSet<String> {
    let cddl = fs::read_to_string(spec("jwp.cddl")).unwrap();
    let entry = format!("[ \"{}\", ", kind.name());
    let rule = cddl.split_once(&entry).expect("a kind of jwp.cddl").1;
    let rule = rule.split_once(" ]").unwrap().0;
    let body = cddl
        .split_once(&format!("\n{rule} = {{"))
        .expect("its rule")
        .1;
    let body = body.split_once("\n}").map_or(body, |(body, _)| body);
    let body = body.split_once("\n\n").map_or(body, |(body, _)| body);
    let marked = body
        .lines()
        .filter_map(|line| line.trim().strip_prefix("? \""));
    marked
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_field_is_required_unless_the_cddl_says_otherwise() {
    let mut removed = 0;
    for kind in DeliveryKind::ALL {
        let whole = sample(*kind);
        for field in whole.as_object().unwrap().keys() {
            let mut claim = whole.clone();
            claim.as_object_mut().unwrap().remove(field);
            let verdict = of_kind!(*kind, judge(claim));
            let missing = verdict.as_ref().is_err_and(|e| e.contains("missing field"));
            assert_eq!(
                missing,
                !optional(*kind).contains(field),
                "{} without {field}: {verdict:?}",
                kind.name()
            );
            removed += 1;
        }
    }
    assert!(removed > 150, "{removed} fields");
}

#[test]
fn unknown_field_and_wrong_type_are_refused_by_the_reader() {
    for kind in DeliveryKind::ALL {
        let whole = sample(*kind);
        let mut claim = whole.clone();
        claim["not_a_field"] = json!(1);
        let verdict = of_kind!(*kind, judge(claim)).unwrap_err();
        assert!(
            verdict.contains("unknown field `not_a_field`"),
            "{}: {verdict}",
            kind.name()
        );
        for field in whole.as_object().unwrap().keys() {
            let mut claim = whole.clone();
            claim[field.as_str()] = json!([[[]]]);
            let verdict = of_kind!(*kind, judge(claim)).unwrap_err();
            assert!(
                verdict.starts_with("reader: "),
                "{} {field}: {verdict}",
                kind.name()
            );
        }
    }
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

/// What was changed in the sample of a kind, and the code and field that must be named. `-` removes.
const NEGATIVES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "delivery.build.completed",
        "/layers",
        "0",
        "Codec.OutOfRange",
        "layers",
    ),
    (
        "delivery.build.completed",
        "/media_type",
        "\"\"",
        "Codec.Schema",
        "media_type",
    ),
    (
        "delivery.build.completed",
        "/platform",
        "\"linux\"",
        "Codec.Schema",
        "platform",
    ),
    (
        "delivery.build.completed",
        "/platform",
        "\"linux/\"",
        "Codec.Schema",
        "platform",
    ),
    (
        "delivery.build.completed",
        "/platform",
        "\"linux/arm/v7/x\"",
        "Codec.Schema",
        "platform",
    ),
    (
        "delivery.build.completed",
        "/config_digest",
        "\"sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343\"",
        "Codec.Schema",
        "config_digest",
    ),
    (
        "delivery.build.completed",
        "/index_digest",
        "\"sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343\"",
        "Codec.Schema",
        "index_digest",
    ),
    (
        "delivery.build.completed",
        "/source_commit",
        "\"abc123d\"",
        "Codec.Schema",
        "source_commit",
    ),
    (
        "delivery.build.completed",
        "/source_commit",
        "\"ABC123DE6610BFDA898E5D37FC0CAA243309017A\"",
        "Codec.Schema",
        "source_commit",
    ),
    (
        "delivery.attestation.slsa",
        "/predicate_type",
        "\"https://slsa.dev/provenance/v2\"",
        "Codec.Schema",
        "predicate_type",
    ),
    (
        "delivery.attestation.slsa",
        "/builder_id",
        "\"\"",
        "Codec.Schema",
        "builder_id",
    ),
    (
        "delivery.attestation.slsa",
        "/resolved_dependencies",
        "0",
        "Codec.OutOfRange",
        "resolved_dependencies",
    ),
    (
        "delivery.attestation.slsa",
        "/rekor_index",
        "-",
        "Codec.Schema",
        "rekor_index",
    ),
    (
        "delivery.attestation.slsa",
        "/log_id",
        "\"8F01\"",
        "Codec.Schema",
        "log_id",
    ),
    (
        "delivery.attestation.slsa",
        "/issuer_level",
        "4",
        "Codec.OutOfRange",
        "issuer_level",
    ),
    (
        "delivery.attestation.slsa",
        "/source_commit",
        "\"main\"",
        "Codec.Schema",
        "source_commit",
    ),
    (
        "delivery.gates.passed",
        "/gates",
        "[]",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/gate",
        "\"dast\"",
        "Codec.Schema",
        "gate",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/tool",
        "\"\"",
        "Codec.Schema",
        "tool",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/threshold",
        "\"scary\"",
        "Codec.Schema",
        "threshold",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/gate",
        "\"sca\"",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/scanned",
        "0",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/errors",
        "1",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.gates.passed",
        "/gates/0/high",
        "1",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.gates.passed",
        "/high_vulns",
        "1",
        "Codec.Schema",
        "high_vulns",
    ),
    (
        "delivery.gates.passed",
        "/license_drift",
        "\"\"",
        "Codec.Schema",
        "license_drift",
    ),
    (
        "delivery.gates.passed",
        "/license_drift",
        "\"GPL-3.0-only\"",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.gates.passed",
        "/waivers",
        "[{\"gate\":\"sca\",\"code\":\"c\",\"reason\":\"r\",\"approver\":\"a\",\"expires\":1}]",
        "Codec.Schema",
        "waivers",
    ),
    (
        "delivery.gates.waived",
        "/waivers",
        "-",
        "Codec.Schema",
        "waivers",
    ),
    (
        "delivery.gates.inconclusive",
        "/gates/0/scanned",
        "1",
        "Codec.Schema",
        "gates",
    ),
    (
        "delivery.flag.evaluated",
        "/flag",
        "\"\"",
        "Codec.Schema",
        "flag",
    ),
    (
        "delivery.flag.evaluated",
        "/rollout_pct",
        "101",
        "Codec.OutOfRange",
        "rollout_pct",
    ),
    (
        "delivery.flag.evaluated",
        "/rollout_pct",
        "6",
        "Codec.Schema",
        "rollout_pct",
    ),
    (
        "delivery.flag.evaluated",
        "/buckets",
        "0",
        "Codec.OutOfRange",
        "admitted",
    ),
    (
        "delivery.flag.evaluated",
        "/admitted/to",
        "101",
        "Codec.OutOfRange",
        "admitted",
    ),
    (
        "delivery.flag.evaluated",
        "/admitted/from",
        "6",
        "Codec.OutOfRange",
        "admitted",
    ),
    (
        "delivery.flag.evaluated",
        "/eval_count",
        "0",
        "Codec.OutOfRange",
        "eval_count",
    ),
    (
        "delivery.flag.evaluated",
        "/admitted_count",
        "482117",
        "Codec.Schema",
        "admitted_count",
    ),
    (
        "delivery.flag.evaluated",
        "/errors",
        "18446744073709551615",
        "Codec.Schema",
        "admitted_count",
    ),
    (
        "delivery.flag.evaluated",
        "/eval_p99_ms",
        "\"-0.1\"",
        "Codec.OutOfRange",
        "eval_p99_ms",
    ),
    (
        "delivery.flag.evaluated",
        "/window/to",
        "0",
        "Codec.Schema",
        "window",
    ),
    (
        "delivery.canary.stepped",
        "/strategy",
        "\"\"",
        "Codec.Schema",
        "pod_hash",
    ),
    (
        "delivery.canary.stepped",
        "/steps/0/weight",
        "101",
        "Codec.OutOfRange",
        "weight",
    ),
    (
        "delivery.canary.stepped",
        "/plan/0/weight",
        "101",
        "Codec.OutOfRange",
        "weight",
    ),
    (
        "delivery.canary.stepped",
        "/duration_min",
        "\"13\"",
        "Codec.Schema",
        "duration_min",
    ),
    (
        "delivery.canary.stepped",
        "/steps",
        "[]",
        "Codec.Schema",
        "duration_min",
    ),
    (
        "delivery.canary.stepped",
        "/steps/1/started_at",
        "1778146381",
        "Codec.Schema",
        "steps",
    ),
    (
        "delivery.canary.stepped",
        "/steps/1/weight",
        "5",
        "Codec.Schema",
        "steps",
    ),
    (
        "delivery.canary.stepped",
        "/steps/3/weight",
        "99",
        "Codec.Schema",
        "steps",
    ),
    (
        "delivery.canary.stepped",
        "/steps/0/error_rate",
        "\"2\"",
        "Codec.OutOfRange",
        "error_rate",
    ),
    (
        "delivery.canary.stepped",
        "/steps/0/analysis",
        "\"failed\"",
        "Codec.Schema",
        "analysis",
    ),
    (
        "delivery.canary.stepped",
        "/rollback_fired",
        "true",
        "Codec.Schema",
        "rollback_fired",
    ),
    (
        "delivery.canary.aborted",
        "/rollback_fired",
        "false",
        "Codec.Schema",
        "rollback_fired",
    ),
    (
        "delivery.analysis.passed",
        "/phase",
        "\"Failed\"",
        "Codec.Schema",
        "phase",
    ),
    (
        "delivery.analysis.failed",
        "/phase",
        "\"Successful\"",
        "Codec.Schema",
        "phase",
    ),
    (
        "delivery.analysis.inconclusive",
        "/phase",
        "\"Successful\"",
        "Codec.Schema",
        "phase",
    ),
    (
        "delivery.analysis.passed",
        "/requests",
        "0",
        "Codec.OutOfRange",
        "errors",
    ),
    (
        "delivery.analysis.passed",
        "/errors",
        "358",
        "Codec.Schema",
        "error_rate",
    ),
    (
        "delivery.analysis.passed",
        "/errors",
        "170001",
        "Codec.OutOfRange",
        "errors",
    ),
    (
        "delivery.analysis.passed",
        "/slo",
        "\"1\"",
        "Codec.OutOfRange",
        "slo",
    ),
    (
        "delivery.analysis.passed",
        "/slo",
        "\"0\"",
        "Codec.OutOfRange",
        "slo",
    ),
    (
        "delivery.analysis.passed",
        "/p99_ms",
        "\"-1\"",
        "Codec.OutOfRange",
        "p99_ms",
    ),
    (
        "delivery.analysis.passed",
        "/histogram",
        "[]",
        "Codec.Schema",
        "histogram",
    ),
    (
        "delivery.analysis.passed",
        "/queries",
        "[]",
        "Codec.Schema",
        "histogram",
    ),
    (
        "delivery.analysis.passed",
        "/burn/0/bad",
        "439",
        "Codec.Schema",
        "burn",
    ),
    (
        "delivery.analysis.passed",
        "/burn/0/total",
        "-",
        "Codec.Schema",
        "burn",
    ),
    (
        "delivery.analysis.passed",
        "/window/to",
        "0",
        "Codec.Schema",
        "window",
    ),
    (
        "delivery.dora.snapshot",
        "/statistic",
        "\"mean\"",
        "Codec.Schema",
        "statistic",
    ),
    (
        "delivery.dora.snapshot",
        "/deployments",
        "0",
        "Codec.OutOfRange",
        "deployments",
    ),
    (
        "delivery.dora.snapshot",
        "/failed_deployments",
        "346",
        "Codec.OutOfRange",
        "deployments",
    ),
    (
        "delivery.dora.snapshot",
        "/failed_deployments",
        "6",
        "Codec.Schema",
        "change_failure_rate",
    ),
    (
        "delivery.dora.snapshot",
        "/deploys_per_day",
        "\"11\"",
        "Codec.Schema",
        "deploys_per_day",
    ),
    (
        "delivery.dora.snapshot",
        "/lead_time_min",
        "\"-1\"",
        "Codec.OutOfRange",
        "lead_time_min",
    ),
    (
        "delivery.dora.snapshot",
        "/incidents",
        "0",
        "Codec.Schema",
        "recovery_time_min",
    ),
    (
        "delivery.dora.snapshot",
        "/recovery_time_min",
        "\"-1\"",
        "Codec.OutOfRange",
        "recovery_time_min",
    ),
    (
        "delivery.rollback.armed",
        "/rto_s",
        "0",
        "Codec.OutOfRange",
        "rto_s",
    ),
    (
        "delivery.rollback.armed",
        "/armed_for",
        "\"sha256:d2b07cc6ccc45ba3a1bdfb5219423f8bd1d1d8cb2b0a0d5aaea9ebe4f3fd8972\"",
        "Codec.Schema",
        "rollback_image",
    ),
    (
        "delivery.rollback.armed",
        "/nonce",
        "\"00\"",
        "Codec.Schema",
        "nonce",
    ),
    (
        "delivery.rollback.armed",
        "/trigger",
        "[]",
        "Codec.Schema",
        "trigger",
    ),
    (
        "delivery.rollback.armed",
        "/trigger/0",
        "\"\"",
        "Codec.Schema",
        "trigger",
    ),
    (
        "delivery.rollback.armed",
        "/flag_off/variant",
        "\"\"",
        "Codec.Schema",
        "flag_off",
    ),
    (
        "delivery.rollback.armed",
        "/round_trip_min",
        "\"0\"",
        "Codec.OutOfRange",
        "round_trip_min",
    ),
    (
        "delivery.rollback.armed",
        "/reason",
        "\"p99\"",
        "Codec.Schema",
        "armed",
    ),
    (
        "delivery.rollback.armed",
        "/git_revert",
        "\"9f2c\"",
        "Codec.Schema",
        "armed",
    ),
    (
        "delivery.rollback.fired",
        "/armed",
        "-",
        "Codec.Schema",
        "armed",
    ),
    (
        "delivery.rollback.fired",
        "/measured_ms",
        "-",
        "Codec.Schema",
        "armed",
    ),
    (
        "delivery.rollback.failed",
        "/reason",
        "-",
        "Codec.Schema",
        "armed",
    ),
    (
        "delivery.rollback.disarmed",
        "/started_at",
        "-",
        "Codec.Schema",
        "armed",
    ),
    (
        "delivery.rollback.fired",
        "/finished_at",
        "1778146699",
        "Codec.Schema",
        "finished_at",
    ),
    (
        "delivery.incident.opened",
        "/incident",
        "\"\"",
        "Codec.Schema",
        "incident",
    ),
    (
        "delivery.incident.opened",
        "/resolved_at",
        "1778147400",
        "Codec.Schema",
        "resolved_at",
    ),
    (
        "delivery.incident.resolved",
        "/resolved_at",
        "-",
        "Codec.Schema",
        "resolved_at",
    ),
    (
        "delivery.incident.resolved",
        "/resolved_at",
        "1778146649",
        "Codec.Schema",
        "resolved_at",
    ),
    (
        "delivery.release.sealed",
        "/receipts",
        "0",
        "Codec.OutOfRange",
        "receipts",
    ),
    (
        "delivery.release.sealed",
        "/receipts",
        "9",
        "Codec.Schema",
        "kinds",
    ),
    (
        "delivery.release.sealed",
        "/root",
        "\"00\"",
        "Codec.Schema",
        "root",
    ),
    (
        "delivery.release.sealed",
        "/kinds/delivery.gates.passed",
        "0",
        "Codec.Schema",
        "kinds",
    ),
    (
        "delivery.release.sealed",
        "/kinds/delivery.gates.passed",
        "18446744073709551615",
        "Codec.Schema",
        "kinds",
    ),
    (
        "delivery.release.sealed",
        "/unmetered",
        "9",
        "Codec.OutOfRange",
        "unmetered",
    ),
    (
        "trust.receipt.endorsed",
        "/seq",
        "9007199254740992",
        "Codec.OutOfRange",
        "seq",
    ),
    (
        "trust.time.witnessed",
        "/seq",
        "9007199254740992",
        "Codec.OutOfRange",
        "seq",
    ),
    (
        "trust.time.witnessed",
        "/token",
        "\"\"",
        "Codec.Schema",
        "token",
    ),
];

fn change(claim: &mut Value, pointer: &str, to: &str) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = claim.pointer_mut(parent).expect("a place in the sample");
    if to == "-" {
        parent
            .as_object_mut()
            .unwrap()
            .remove(field)
            .expect("a field to remove");
        return;
    }
    let to = serde_json::from_str(to).unwrap();
    match parent {
        Value::Object(map) => drop(map.insert(field.to_owned(), to)),
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = to,
        other => panic!("{other}"),
    }
}

#[test]
fn every_rule_of_a_claim_names_its_code_and_field() {
    let mut wrong = Vec::new();
    for (name, pointer, to, code, field) in NEGATIVES {
        let kind = DeliveryKind::from_name(name).unwrap();
        let mut claim = sample(kind);
        change(&mut claim, pointer, to);
        let expected = format!("{code}: got another value for {field}, expected ");
        match of_kind!(kind, judge(claim)) {
            Err(found) if found.starts_with(&expected) => {}
            found => wrong.push(format!(
                "{name} {pointer} = {to}: {found:?}, expected {expected}"
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Gates that found nothing have not failed.
    let mut claim = sample(DeliveryKind::GatesFailed);
    change(&mut claim, "/gates/1/high", "0");
    change(&mut claim, "/high_vulns", "0");
    let found = of_kind!(DeliveryKind::GatesFailed, judge(claim)).unwrap_err();
    assert!(found.contains("a finding at the threshold"), "{found}");
    // A rollback that fired leaves Git as it was unless one of the two says otherwise.
    let mut claim = sample(DeliveryKind::RollbackFired);
    change(&mut claim, "/git_revert", "-");
    change(&mut claim, "/sync_paused_until", "-");
    let found = of_kind!(DeliveryKind::RollbackFired, judge(claim)).unwrap_err();
    assert!(found.contains("git_revert or sync_paused_until"), "{found}");
}
