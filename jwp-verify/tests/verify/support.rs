//! A release in memory: nine receipts of three issuers, and ways to make it wrong.

use jwp_core::{
    ChainWriter, Claim, Decimal, Digest, Identifier, Joules, Link, Meter, ReceiptPayload, RunId,
    Signer as _, SigningKey, Timestamp, UnverifiedReceipt,
    envelope::{Algorithm, Statement, sign},
    payload::{Position, Ref, Rel},
};
use jwp_delivery::kind::{
    analysis::{Analysis, AnalysisFailed, AnalysisPassed},
    attestation::AttestationSlsa,
    build::BuildCompleted,
    canary::{
        Canary, CanaryAborted, CanaryStep, CanaryStepped, PlanStep, StepAnalysis, WeightSource,
    },
    dora::DoraSnapshot,
    flag::FlagEvaluated,
    gates::{Gate, Gates, GatesFailed, GatesPassed},
    release::{Outcome, ReleaseSealed},
    rollback::{DownMigration, FlagOff, Rollback, RollbackArmed, RollbackFired},
};
use jwp_verify::{
    Expectations, Expected, KindPattern, NamePattern, Report, Stage, TrustStore, TrustedKey,
    seal::Tally, verify,
};
use serde_json::json;

pub(crate) const SUB: &str = "jouledb@v2026.05.07";
pub(crate) const AUD: &str = "prod";
/// 2026-05-07T12:00:00Z, when the canary begins.
pub(crate) const BASE: u64 = 1_778_155_200;
/// When the canary has ended, and the first receipt is signed; each further one a minute later.
pub(crate) const ENDED: u64 = BASE + 720;
pub(crate) const NOW: u64 = BASE + 3600;
pub(crate) const COMMIT: &str = "abc123de0123456789abcdef0123456789abcdef";

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds).expect("a time")
}

/// When the receipt at `seq` is signed.
pub(crate) fn signed(seq: usize) -> u64 {
    ENDED + 60 * u64::try_from(seq).expect("a count")
}

pub(crate) fn id(text: &str) -> Identifier {
    Identifier::parse(text).expect("an identifier")
}

pub(crate) fn digest(name: &str) -> Digest {
    Digest::sha256(name.as_bytes())
}

pub(crate) fn image() -> Digest {
    digest("image")
}

/// The key of an issuer: made of its name, so that everybody knows it.
pub(crate) fn key(issuer: &str) -> SigningKey {
    SigningKey::from_seed(Digest::sha256(issuer.as_bytes()).as_bytes()).expect("a seed")
}

pub(crate) fn trusted(issuer: &str, kinds: &[&str]) -> TrustedKey {
    let kinds = kinds
        .iter()
        .map(|kind| KindPattern::parse(kind).expect("a pattern"));
    let key = key(issuer).verifying_key().clone();
    TrustedKey::new(
        key,
        id(issuer),
        kinds,
        [NamePattern::parse(AUD).expect("a pattern")],
    )
}

pub(crate) const BUILDER: &[&str] = &["delivery.build.*", "delivery.attestation.slsa"];
pub(crate) const SECURITY: &[&str] = &["delivery.gates.*", "trust.*"];
pub(crate) const DEPLOYER: &[&str] = &[
    "delivery.rollback.*",
    "delivery.canary.*",
    "delivery.flag.*",
    "delivery.analysis.*",
    "delivery.dora.snapshot",
    "delivery.incident.*",
    "delivery.release.sealed",
    "acme.*",
];

pub(crate) fn trust() -> TrustStore {
    TrustStore::from_keys([
        trusted("builder", BUILDER),
        trusted("security", SECURITY),
        trusted("deployer", DEPLOYER),
    ])
    .expect("a store")
}

pub(crate) fn expect() -> Expectations {
    Expectations::new(id(SUB), id(AUD), image())
}

pub(crate) fn anything(stage: Stage) -> Expectations {
    Expectations::new(Expected::Any, Expected::Any, Expected::Any).with_stage(stage)
}

/// A chain on its way.
pub(crate) struct Draft {
    writer: ChainWriter,
    pub(crate) receipts: Vec<Vec<u8>>,
    pub(crate) links: Vec<Link>,
}

/// What one receipt adds to the draft.
pub(crate) type Step = Box<dyn FnOnce(&mut Draft)>;

impl Draft {
    pub(crate) fn begin(sub: &str, aud: &str, run: u8) -> Self {
        let run = RunId::from_bytes([run; 16]);
        Self::write(ChainWriter::begin(id(sub), id(aud), run))
    }

    pub(crate) fn begin_after(sub: &str, aud: &str, run: u8, after: Link) -> Self {
        let run = RunId::from_bytes([run; 16]);
        Self::write(ChainWriter::begin_after(id(sub), id(aud), run, after))
    }

    const fn write(writer: ChainWriter) -> Self {
        Self {
            writer,
            receipts: Vec::new(),
            links: Vec::new(),
        }
    }

    pub(crate) fn push<C: Claim>(&mut self, iss: &str, payload: &ReceiptPayload<C>) {
        let seconds = signed(self.receipts.len());
        self.push_signed(iss, payload, seconds, &key(iss));
    }

    pub(crate) fn push_signed<C: Claim>(
        &mut self,
        iss: &str,
        payload: &ReceiptPayload<C>,
        iat: u64,
        key: &SigningKey,
    ) {
        let bytes = self
            .writer
            .append(payload, &id(iss), at(iat), key)
            .expect("a receipt");
        self.links
            .push(UnverifiedReceipt::parse(&bytes).expect("a receipt").link());
        self.receipts.push(bytes);
    }

    pub(crate) fn with(mut self, steps: Vec<Step>) -> Self {
        for step in steps {
            step(&mut self);
        }
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.receipts.concat()
    }
}

/// A receipt of `iss`.
pub(crate) fn step<C: Claim + 'static>(iss: &'static str, payload: ReceiptPayload<C>) -> Step {
    Box::new(move |draft| draft.push(iss, &payload))
}

/// A receipt that supersedes the one at `seq`.
pub(crate) fn superseding<C: Claim + 'static>(
    iss: &'static str,
    payload: ReceiptPayload<C>,
    seq: usize,
) -> Step {
    Box::new(move |draft| {
        let reference = Ref::new(Rel::Supersedes, draft.links[seq]);
        draft.push(iss, &payload.with_ref(reference));
    })
}

/// The seal over what stands in the draft, after `change` has been at it.
pub(crate) fn sealed(outcome: Outcome, change: impl FnOnce(&mut ReleaseSealed) + 'static) -> Step {
    Box::new(move |draft| {
        let mut tally = Tally::new();
        for bytes in &draft.receipts {
            let receipt = UnverifiedReceipt::parse(bytes).expect("a receipt");
            let kid = receipt.kid();
            let keys = ["builder", "security", "deployer", "stranger"].map(key);
            let key = keys
                .iter()
                .find(|key| key.verifying_key().id() == kid)
                .expect("a key");
            let receipt = receipt.verify(key.verifying_key()).expect("a signature");
            tally.push(&receipt).expect("a sum");
        }
        let mut seal = tally.seal(outcome).expect("a seal");
        change(&mut seal);
        draft.push(
            "deployer",
            &ReceiptPayload::new(seal).with_subject([image()]),
        );
    })
}

fn about<C: Claim>(claim: C, joules: &str) -> ReceiptPayload<C> {
    ReceiptPayload::new(claim)
        .with_subject([image()])
        .with_joules(
            joules.parse::<Joules>().expect("joules"),
            Meter::declared("the owner's figure"),
        )
}

pub(crate) fn build_claim() -> BuildCompleted {
    let mut build = BuildCompleted::new(image(), digest("config"), 7, "linux/amd64", COMMIT);
    build.index_digest = Some(digest("index"));
    build
}

pub(crate) fn build() -> ReceiptPayload<BuildCompleted> {
    about(build_claim(), "0.36")
}

pub(crate) fn attestation_claim() -> AttestationSlsa {
    serde_json::from_value(json!({
        "predicate_type": "https://slsa.dev/provenance/v1",
        "rekor_index": 17_420_914,
        "builder_id": "https://builder.example/v1",
        "build_type": "https://builder.example/type/v1",
        "source_uri": "git+https://git.example/jouledb",
        "source_commit": COMMIT,
        "resolved_dependencies": 47,
        "statement_digest": digest("statement").to_string(),
        "verification": "imported-unverified",
    }))
    .expect("a claim")
}

pub(crate) fn attestation() -> ReceiptPayload<AttestationSlsa> {
    about(attestation_claim(), "0.21")
}

fn gate(gate: &str, tool: &str, high: u64) -> Gate {
    let threshold = if gate == "license" {
        "allow-set"
    } else {
        "high"
    };
    serde_json::from_value(json!({
        "gate": gate, "tool": tool, "version": "1.94.0", "threshold": threshold,
        "critical": 0, "high": high, "medium": 0, "low": 0, "info": 0, "unknown": 0,
        "suppressed": 0, "scanned": 100, "errors": 0,
    }))
    .expect("a gate")
}

fn gates(high: u64) -> Gates {
    let gates = vec![
        gate("sast", "Semgrep", 0),
        gate("sca", "OSV-Scanner", high),
        gate("container", "Trivy", 0),
        gate("license", "ScanCode", 0),
    ];
    Gates::new(high, "none", gates)
}

pub(crate) fn gates_passed() -> ReceiptPayload<GatesPassed> {
    about(GatesPassed::new(gates(0)), "1.84")
}

pub(crate) fn gates_failed() -> ReceiptPayload<GatesFailed> {
    about(GatesFailed::new(gates(1)), "1.84")
}

pub(crate) fn rollback() -> Rollback {
    let previous = (digest("previous image"), "jouledb@v2026.05.06");
    let flag_off = FlagOff::new("jouledb-fast-path", "off");
    let mut rollback = Rollback::new(image(), previous, 90, flag_off, at(BASE + 86_400), [7; 16]);
    rollback.down_migration = DownMigration::None;
    rollback.trigger = vec!["p99 > +10 %".to_owned()];
    rollback.round_trip_min = Decimal::from(14u64);
    rollback
}

pub(crate) fn armed() -> ReceiptPayload<RollbackArmed> {
    about(RollbackArmed::new(rollback()), "0.18")
}

pub(crate) fn fired(armed: Link) -> ReceiptPayload<RollbackFired> {
    let mut rollback = rollback();
    rollback.armed = Some(armed);
    rollback.started_at = Some(at(BASE + 700));
    rollback.finished_at = Some(at(BASE + 760));
    rollback.measured_ms = Some(60_000);
    rollback.reason = Some("p99".to_owned());
    rollback.git_revert = Some("0123abc".to_owned());
    ReceiptPayload::new(RollbackFired::new(rollback)).with_subject([image()])
}

/// Weights, three minutes each.
pub(crate) fn canary(weights: &[u64]) -> Canary {
    let mut start = BASE;
    let mut steps = Vec::new();
    for weight in weights {
        steps.push(CanaryStep::new(
            *weight,
            at(start),
            180,
            StepAnalysis::Passed,
        ));
        start += 180;
    }
    let plan = weights
        .iter()
        .map(|weight| PlanStep::new(*weight, 120))
        .collect();
    Canary::new(steps, plan, "6b5f", WeightSource::Requested)
}

pub(crate) fn stepped() -> ReceiptPayload<CanaryStepped> {
    about(CanaryStepped::new(canary(&[5, 25, 50, 100])), "1.62")
}

pub(crate) fn aborted() -> ReceiptPayload<CanaryAborted> {
    let mut canary = canary(&[5, 25]);
    canary.rollback_fired = true;
    about(CanaryAborted::new(canary), "1.62")
}

pub(crate) fn flag_claim(from: u64, to: u64) -> FlagEvaluated {
    serde_json::from_value(json!({
        "flag": "jouledb-fast-path", "rollout_pct": 5, "variant": "on", "buckets": 100,
        "admitted": { "from": 0, "to": 5 }, "bucketing": "jwp-100", "eval_count": 482_116,
        "admitted_count": 24_106, "eval_p99_ms": "0.6", "errors": 0,
        "window": { "from": from, "to": to }, "provider": "flagd",
    }))
    .expect("a claim")
}

pub(crate) fn flag() -> ReceiptPayload<FlagEvaluated> {
    about(flag_claim(BASE, BASE + 720), "0.55")
}

fn analysis_claim(phase: &str) -> Analysis {
    serde_json::from_value(json!({
        "p99_ms": "84", "error_rate": "0.0021", "requests": 10_000, "errors": 21,
        "histogram": [{ "count": "10000" }], "slo": "0.99",
        "baseline": { "p99_ms": "87", "p99_sigma_ms": "2", "error_rate": "0.0022",
            "error_rate_sigma": "0.0001", "n": 8 },
        "burn": [
            { "window_s": 300, "bad": 1, "total": 1000, "burn": "0.1" },
            { "window_s": 3600, "bad": 10, "total": 10_000, "burn": "0.1" }
        ],
        "window": { "from": BASE, "to": BASE + 720 },
        "queries": [{ "role": "p99", "query": "histogram_quantile(0.99, x)" }], "phase": phase,
    }))
    .expect("a claim")
}

pub(crate) fn analysis() -> ReceiptPayload<AnalysisPassed> {
    about(AnalysisPassed::new(analysis_claim("Successful")), "0.41")
}

pub(crate) fn analysis_failed() -> ReceiptPayload<AnalysisFailed> {
    about(AnalysisFailed::new(analysis_claim("Failed")), "0.41")
}

pub(crate) fn dora() -> ReceiptPayload<DoraSnapshot> {
    let claim: DoraSnapshot = serde_json::from_value(json!({
        "lead_time_min": "38", "change_failure_rate": "0.014", "statistic": "p50",
        "window": { "from": BASE - 30 * 86_400, "to": BASE }, "deployments": 345,
        "failed_deployments": 5, "deploys_per_day": "11.5", "incidents": 0,
        "events_root": digest("events").to_string(),
    }))
    .expect("a claim");
    about(claim, "0.29")
}

/// The eight steps in the order of proof, without the seal.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        step("builder", build()),
        step("builder", attestation()),
        step("security", gates_passed()),
        step("deployer", armed()),
        step("deployer", stepped()),
        step("deployer", flag()),
        step("deployer", analysis()),
        step("deployer", dora()),
    ]
}

/// Positions of the receipts in [`steps`].
pub(crate) const ATTESTATION: usize = 1;
pub(crate) const GATES: usize = 2;
pub(crate) const ARMED: usize = 3;
pub(crate) const CANARY: usize = 4;
pub(crate) const FLAG: usize = 5;
pub(crate) const ANALYSIS: usize = 6;
pub(crate) const DORA: usize = 7;
pub(crate) const SEAL: usize = 8;

pub(crate) fn draft(steps: Vec<Step>) -> Draft {
    Draft::begin(SUB, AUD, 1).with(steps)
}

/// `steps`, sealed as `outcome`.
pub(crate) fn draft_sealed(mut steps: Vec<Step>, outcome: Outcome) -> Draft {
    steps.push(sealed(outcome, |_| ()));
    draft(steps)
}

/// The whole release: nine receipts.
pub(crate) fn release() -> Draft {
    draft_sealed(steps(), Outcome::Released)
}

/// A receipt at a place that no writer would give it, well signed.
pub(crate) fn forged<C: Claim>(
    iss: &str,
    payload: &ReceiptPayload<C>,
    position: &Position,
) -> Vec<u8> {
    forged_for((SUB, AUD), iss, payload, position)
}

pub(crate) fn forged_for<C: Claim>(
    (sub, aud): (&str, &str),
    iss: &str,
    payload: &ReceiptPayload<C>,
    position: &Position,
) -> Vec<u8> {
    let statement = Statement::new(id(iss), id(sub), id(aud), at(signed(10)));
    let signed = sign(payload, position, &statement, Algorithm::EdDsa, &key(iss));
    signed.expect("a receipt").into_bytes()
}

pub(crate) fn next(seq: u64, prev: Link) -> Position {
    Position::Next { seq, prev }
}

pub(crate) fn check(bytes: &[u8], expect: &Expectations) -> Report {
    verify(bytes, &trust(), expect, at(NOW))
}

/// Checks that the report holds exactly these codes, in their order, and the right exit code.
#[track_caller]
pub(crate) fn codes(report: &Report, exit: u8, expected: &[&str]) {
    assert_eq!(report.codes(), expected, "{:#?}", report.findings);
    assert_eq!(report.exit_code(), exit, "{}", report.verdict());
}

#[track_caller]
pub(crate) fn passes(report: &Report) {
    assert!(
        report.is_verified(),
        "{}",
        jwp_verify::report::human::render(report)
    );
    assert!(
        report.verdict().starts_with("PASSED"),
        "{}",
        report.verdict()
    );
}
