//! Whole and least claims of every kind, and what they say of themselves.

use core::fmt::Debug;
use std::collections::BTreeSet;

use jwp_core::{Claim, Digest, Evidence, cbor};
use jwp_delivery::{DeliveryKind, Family};
use serde_json::{Value, json};

use super::{of_kind, sample, wire};

/// Fields that may be absent, by kind and place without positions.
fn may_be_absent(kind: DeliveryKind) -> &'static [&'static str] {
    match kind {
        DeliveryKind::BuildCompleted => &["/index_digest", "/hermetic", "/parameterless"],
        DeliveryKind::AttestationSlsa => &[
            "/rekor_index",
            "/invocation_id",
            "/log_id",
            "/integrated_at",
            "/issuer_level",
        ],
        DeliveryKind::GatesPassed
        | DeliveryKind::GatesFailed
        | DeliveryKind::GatesInconclusive
        | DeliveryKind::GatesWaived => &["/gates/version", "/gates/db_age_s", "/gates/exit_code"],
        DeliveryKind::FlagEvaluated => {
            &["/flag_set", "/flag_version", "/events_root", "/cohort_root"]
        }
        DeliveryKind::CanaryStepped | DeliveryKind::CanaryAborted => &[
            "/abort_threshold",
            "/mesh",
            "/steps/p99_ms",
            "/steps/error_rate",
        ],
        // What passed was compared, and an excerpt of the histogram has no quantile to compare.
        DeliveryKind::AnalysisPassed => &["/histogram/le"],
        DeliveryKind::AnalysisFailed => &["/baseline", "/burn/bad", "/burn/total", "/histogram/le"],
        // Its sample has nothing to compare with.
        DeliveryKind::AnalysisInconclusive => &["/burn/bad", "/burn/total", "/histogram/le"],
        DeliveryKind::DoraSnapshot => &["/recovery_time_min"],
        // What a rollback left in Git is said in one way at least.
        DeliveryKind::RollbackArmed | DeliveryKind::RollbackFired => {
            &["/previous_seal", "/flag_off/flag_set"]
        }
        DeliveryKind::RollbackFailed | DeliveryKind::RollbackDisarmed => &[
            "/previous_seal",
            "/flag_off/flag_set",
            "/git_revert",
            "/sync_paused_until",
        ],
        DeliveryKind::IncidentOpened | DeliveryKind::IncidentResolved => &["/cause"],
        DeliveryKind::ReleaseSealed => {
            &["/joules/measured", "/joules/modelled", "/joules/declared"]
        }
        DeliveryKind::ReceiptEndorsed | DeliveryKind::TimeWitnessed => &[],
        other => panic!("{other:?} is not tested"),
    }
}

/// Removes the field wherever it stands and counts how often.
fn strip(value: &mut Value, steps: &[&str]) -> usize {
    match (value, steps) {
        (Value::Array(items), _) => items.iter_mut().map(|item| strip(item, steps)).sum(),
        (Value::Object(map), [last]) => usize::from(map.remove(*last).is_some()),
        (Value::Object(map), [first, rest @ ..]) => {
            map.get_mut(*first).map_or(0, |inner| strip(inner, rest))
        }
        _ => 0,
    }
}

fn least(kind: DeliveryKind) -> Value {
    let mut claim = sample(kind);
    for place in may_be_absent(kind) {
        let steps: Vec<&str> = place.split('/').skip(1).collect();
        let removed = strip(&mut claim, &steps);
        assert!(removed > 0, "the sample of {} has no {place}", kind.name());
    }
    claim
}

fn round_trip<C: Claim + PartialEq + Debug>(json: Value) {
    let claim: C = serde_json::from_value(json.clone()).unwrap();
    claim.validate().unwrap();
    let bytes = cbor::to_vec(&claim).unwrap();
    let back: C = cbor::from_slice(&bytes).unwrap();
    assert_eq!(back, claim);
    assert_eq!(cbor::to_vec(&back).unwrap(), bytes);
    let again = serde_json::to_value(&claim).unwrap();
    assert_eq!(again, json, "JSON and CBOR name the same fields");
    let text = serde_json::to_string(&claim).unwrap();
    assert_eq!(serde_json::from_str::<C>(&text).unwrap(), claim);
    let shown = claim.headline();
    assert!(!shown.is_empty(), "{} prints nothing", C::KIND);
    assert!(
        shown
            .iter()
            .all(|(name, value)| !name.is_empty() && !value.is_empty())
    );
    for prefix in 0..bytes.len() {
        let cut = cbor::from_slice::<C>(&bytes[..prefix]);
        assert_eq!(
            cut.unwrap_err().code(),
            "Codec.Truncated",
            "{prefix} bytes of {}",
            C::KIND
        );
    }
}

#[test]
fn every_kind_has_one_form_whole_and_least() {
    for kind in DeliveryKind::ALL {
        let whole = sample(*kind);
        let least = least(*kind);
        for claim in [&whole, &least] {
            of_kind!(*kind, round_trip(claim.clone()));
            let value = wire::value_of(*kind, claim.clone());
            let receipt = wire::receipt_around(*kind, value).unwrap();
            let (read, bytes) = wire::read(*kind, &receipt);
            let read = read.unwrap();
            assert_eq!(read.kind(), *kind);
            assert_eq!(wire::written(&read), bytes);
            assert!(!read.headline().is_empty());
        }
    }
}

#[test]
fn a_claim_is_read_as_its_own_kind_only() {
    for kind in DeliveryKind::ALL {
        let value = wire::value_of(*kind, sample(*kind));
        let receipt = wire::receipt_around(*kind, value).unwrap();
        for other in DeliveryKind::ALL.iter().filter(|other| *other != kind) {
            let error = wire::read(*other, &receipt).0.unwrap_err();
            assert_eq!(error.code(), "Codec.Schema");
            assert!(error.to_string().starts_with("got another kind"), "{error}");
        }
    }
}

#[test]
fn names_and_families_agree() {
    let mut names = BTreeSet::new();
    for kind in DeliveryKind::ALL {
        let name = kind.name();
        assert!(names.insert(name), "{name} twice");
        assert_eq!(DeliveryKind::from_name(name), Some(*kind));
        assert!(DeliveryKind::is_reserved(name));
        let labels: Vec<&str> = name.split('.').collect();
        let family = match labels[..] {
            ["trust", _, _] => Family::Trust,
            ["delivery", family, _] => {
                assert_eq!(kind.family().name(), family);
                kind.family()
            }
            _ => panic!("{name}"),
        };
        assert_eq!(kind.family(), family, "{name}");
        let about_an_image = family != Family::Trust && family != Family::Dora;
        assert_eq!(kind.needs_subject(), about_an_image, "{name}");
    }
    let steps: Vec<_> = Family::STEPS.iter().map(|family| family.step()).collect();
    assert_eq!(steps, (1..=8).map(Some).collect::<Vec<_>>());
    for family in [Family::Incident, Family::Release, Family::Trust] {
        assert_eq!(family.step(), None);
    }
    assert_eq!(DeliveryKind::from_name("delivery.build.completed.v2"), None);
    assert!(DeliveryKind::is_reserved("delivery.build.completed.v2"));
    assert!(!DeliveryKind::is_reserved("deliveries.build"));
}

fn cited<C: Claim>(json: Value, evidence: &[Evidence]) -> Vec<jwp_core::Citation> {
    let claim: C = serde_json::from_value(json).unwrap();
    claim.cite(evidence).into_iter().map(Into::into).collect()
}

/// Standards are fixed; tools come with the versions that the evidence, or the gate, names.
#[test]
fn citations_name_standards_and_tools_as_run() {
    let evidence: Vec<Evidence> = [
        ("Argo Rollouts", "v1.7.2"),
        ("Kubernetes", "v1.31.0"),
        ("OpenFeature", "1.7"),
        ("Prometheus", "2.55.1"),
        ("Prometheus", "2.56.0"),
        ("Semgrep", "9.9.9"),
    ]
    .map(|(tool, version)| {
        Evidence::new("report", Digest::blake3(b"report"), 6)
            .with_tool(tool, Some(version.to_owned()))
    })
    .into();
    let gates = [
        "Semgrep 1.182",
        "OSV-Scanner 1.8",
        "Trivy 0.55",
        "ScanCode 32.5",
    ];
    for kind in DeliveryKind::ALL {
        let expected: &[&str] = match kind.family() {
            Family::Build => &["OCI Image Spec v1.1", "SLSA v1.0"],
            Family::Attestation => &["SLSA v1.0 Provenance", "Rekor v1"],
            Family::Gates => &gates,
            Family::Flag => &["OpenFeature 1.7", "CloudEvents 1.0"],
            Family::Canary => &["Argo Rollouts 1.7", "Kubernetes 1.31"],
            Family::Analysis => &["Prometheus 2.55", "SLO multi-window burn-rate"],
            Family::Dora => &["DORA Capabilities", "2024 State of DevOps Report"],
            Family::Rollback => &["GitOps", "Argo Rollouts 1.7 abort"],
            Family::Incident => &["CDEvents 0.4"],
            Family::Release => &["RFC 9162", "RFC 9052"],
            Family::Trust if *kind == DeliveryKind::TimeWitnessed => &["RFC 3161"],
            Family::Trust => &["RFC 9943"],
            other => panic!("{other:?} is not tested"),
        };
        assert_eq!(
            of_kind!(*kind, cited(sample(*kind), &evidence)),
            expected,
            "{}",
            kind.name()
        );
        // A tool that nobody says to have run has no version.
        let plain: Vec<&str> = match kind.family() {
            Family::Flag => vec!["OpenFeature", "CloudEvents 1.0"],
            Family::Canary => vec!["Argo Rollouts", "Kubernetes"],
            Family::Analysis => vec!["Prometheus", "SLO multi-window burn-rate"],
            _ => expected.to_vec(),
        };
        assert_eq!(
            of_kind!(*kind, cited(sample(*kind), &[])),
            plain,
            "{}",
            kind.name()
        );
    }
    // Without a log entry there is no log to cite; without versions the gates name their tools.
    let attestation = least(DeliveryKind::AttestationSlsa);
    let cited_least = of_kind!(DeliveryKind::AttestationSlsa, cited(attestation, &[]));
    assert_eq!(cited_least, ["SLSA v1.0 Provenance"]);
    let cited_least = of_kind!(
        DeliveryKind::GatesPassed,
        cited(least(DeliveryKind::GatesPassed), &[])
    );
    assert_eq!(cited_least, ["Semgrep", "OSV-Scanner", "Trivy", "ScanCode"]);
}

fn valid<C: Claim>(json: Value) -> bool {
    let claim: C = serde_json::from_value(json).unwrap();
    claim.validate().is_ok()
}

/// The other side of each limit of the table of refusals.
#[test]
fn what_lies_on_the_limit_holds() {
    let commit = json!("a".repeat(64));
    let root = json!("00".repeat(32));
    let cases = [
        (DeliveryKind::BuildCompleted, "/source_commit", commit),
        (
            DeliveryKind::BuildCompleted,
            "/platform",
            json!("linux/arm/v7"),
        ),
        (DeliveryKind::BuildCompleted, "/layers", json!(1)),
        (DeliveryKind::AttestationSlsa, "/issuer_level", json!(0)),
        (DeliveryKind::AttestationSlsa, "/log_id", root.clone()),
        (DeliveryKind::GatesPassed, "/gates/0/medium", json!(9)),
        (DeliveryKind::GatesPassed, "/gates/2/high", json!(1)),
        (DeliveryKind::GatesPassed, "/gates/0/suppressed", json!(3)),
        (DeliveryKind::GatesFailed, "/high_vulns", json!(1)),
        (DeliveryKind::GatesInconclusive, "/gates", json!([])),
        (
            DeliveryKind::FlagEvaluated,
            "/errors",
            json!(482_116 - 24_106),
        ),
        (
            DeliveryKind::CanaryStepped,
            "/steps/0/error_rate",
            json!("1"),
        ),
        (
            DeliveryKind::CanaryStepped,
            "/steps/0/analysis",
            json!("inconclusive"),
        ),
        (DeliveryKind::AnalysisFailed, "/burn", json!([])),
        (DeliveryKind::AnalysisFailed, "/baseline/n", json!(2)),
        (DeliveryKind::AnalysisPassed, "/baseline/n", json!(8)),
        // 84 ms is one sigma of 2.236 ms above it, and two of the last place.
        (
            DeliveryKind::AnalysisPassed,
            "/baseline/p99_ms",
            json!("81.762"),
        ),
        (DeliveryKind::DoraSnapshot, "/recovery_time_min", json!("0")),
        (
            DeliveryKind::RollbackArmed,
            "/down_migration",
            json!("none"),
        ),
        (DeliveryKind::RollbackFired, "/measured_ms", json!(59_001)),
        (DeliveryKind::RollbackFired, "/measured_ms", json!(60_999)),
        (
            DeliveryKind::RollbackFired,
            "/git_revert",
            json!("a".repeat(64)),
        ),
        (
            DeliveryKind::IncidentResolved,
            "/resolved_at",
            json!(1_778_146_650),
        ),
        (DeliveryKind::ReleaseSealed, "/unmetered", json!(8)),
        (
            DeliveryKind::ReceiptEndorsed,
            "/seq",
            json!((1u64 << 53) - 1),
        ),
    ];
    for (kind, place, to) in cases {
        let mut claim = sample(kind);
        *claim.pointer_mut(place).expect(place) = to.clone();
        assert!(
            of_kind!(kind, valid(claim)),
            "{} {place} = {to}",
            kind.name()
        );
    }
}
