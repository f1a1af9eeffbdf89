//! A release in memory: nine receipts of three issuers, and ways to make it wrong.

use jwp_core::{
    ChainWriter, Claim, Decimal, Digest, EnergySource, Identifier, Joules, Link, Meter, MeterScope,
    ReceiptPayload, RunId, Signer as _, SigningKey, Timestamp, UnverifiedReceipt,
    envelope::{Algorithm, Statement, sign},
    payload::{Position, Ref, Rel},
};
use jwp_delivery::kind::{
    analysis::{
        Analysis, AnalysisFailed, AnalysisPassed, Baseline, BurnWindow, HistogramBucket, Phase,
        Query,
    },
    attestation::AttestationSlsa,
    build::BuildCompleted,
    canary::{
        Canary, CanaryAborted, CanaryStep, CanaryStepped, PlanStep, StepAnalysis, WeightSource,
    },
    dora::DoraSnapshot,
    flag::{Admitted, FlagEvaluated},
    gates::{Gate, Gates, GatesFailed, GatesPassed},
    release::{Outcome, ReleaseSealed},
    rollback::{DownMigration, FlagOff, Rollback, RollbackArmed, RollbackFired},
    trust::ReceiptEndorsed,
};
use jwp_delivery::{
    Window,
    compute::burn_rate::{Counts, Slo},
};
use jwp_verify::{
    Expectations, Expected, KindPattern, NamePattern, Report, Stage, TrustStore, TrustedKey,
    seal::Tally, verify,
};

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

/// The claim of a payload about `subject`, with nothing beside it.
pub(crate) fn bare<C: Claim + Clone>(
    payload: &ReceiptPayload<C>,
    subject: &[Digest],
) -> ReceiptPayload<C> {
    ReceiptPayload::new(payload.claim().clone()).with_subject(subject.iter().copied())
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
    let mut slsa = AttestationSlsa::new(digest("statement"));
    slsa.rekor_index = Some(17_420_914);
    slsa.builder_id = "https://builder.example/v1".to_owned();
    slsa.build_type = "https://builder.example/type/v1".to_owned();
    slsa.source_uri = "git+https://git.example/jouledb".to_owned();
    slsa.source_commit = COMMIT.to_owned();
    slsa.resolved_dependencies = 47;
    slsa
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
    let mut gate = Gate::new(gate, tool, threshold, 100);
    gate.version = Some("1.94.0".to_owned());
    gate.high = high;
    gate
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
    let window = Window::new(at(from), at(to));
    let mut flag = FlagEvaluated::new(window, 100, Admitted::new(0, 5));
    flag.flag = "jouledb-fast-path".to_owned();
    flag.variant = "on".to_owned();
    flag.bucketing = "jwp-100".to_owned();
    flag.provider = "flagd".to_owned();
    flag.eval_count = 482_116;
    flag.admitted_count = 24_106;
    flag.eval_p99_ms = "0.6".parse().expect("a decimal");
    flag
}

pub(crate) fn flag() -> ReceiptPayload<FlagEvaluated> {
    about(flag_claim(BASE, BASE + 720), "0.55")
}

fn analysis_claim(phase: Phase) -> Analysis {
    let decimal = |text: &str| text.parse::<Decimal>().expect("a decimal");
    let window = Window::new(at(BASE), at(ENDED));
    let counts = |bad, total| Counts { bad, total };
    let objective = decimal("0.99");
    let mut analysis =
        Analysis::new(phase, window, objective, counts(21, 10_000)).expect("requests");
    analysis.p99_ms = decimal("84");
    analysis.histogram = vec![HistogramBucket::new(None, decimal("10000"))];
    let mut baseline = Baseline::new(8);
    baseline.p99_ms = decimal("87");
    baseline.p99_sigma_ms = decimal("2");
    baseline.error_rate = decimal("0.0022");
    baseline.error_rate_sigma = decimal("0.0001");
    analysis.baseline = Some(baseline);
    let slo = Slo::new(objective).expect("an objective");
    analysis.burn = [(300, counts(1, 1000)), (3600, counts(10, 10_000))]
        .map(|(window_s, counts)| BurnWindow::counted(window_s, slo, counts).expect("events"))
        .into();
    analysis.queries = vec![Query::new("p99", "histogram_quantile(0.99, x)")];
    analysis
}

pub(crate) fn analysis() -> ReceiptPayload<AnalysisPassed> {
    about(
        AnalysisPassed::new(analysis_claim(Phase::Successful)),
        "0.41",
    )
}

pub(crate) fn analysis_failed() -> ReceiptPayload<AnalysisFailed> {
    about(AnalysisFailed::new(analysis_claim(Phase::Failed)), "0.41")
}

/// The meter of a whole machine, for one second that begins `start_ms` behind [`BASE`].
pub(crate) fn machine(start_ms: u64) -> Meter {
    let mut meter = Meter::new(EnergySource::Measured, "rapl");
    meter.id = Some("intel-rapl:0".into());
    meter.scope = Some(MeterScope::Machine);
    meter.start_ms = Some(BASE * 1000 + start_ms);
    meter.window_ms = Some(1000);
    meter
}

pub(crate) fn dora() -> ReceiptPayload<DoraSnapshot> {
    let window = Window::new(at(BASE - 30 * 86_400), at(BASE));
    let deployments = Counts { bad: 5, total: 345 };
    let mut claim = DoraSnapshot::new(window, deployments, digest("events")).expect("deployments");
    claim.lead_time_min = Decimal::from(38u64);
    about(claim, "0.29")
}

/// Says of the receipt at `seq` that it is the gates that passed.
pub(crate) fn endorsed(link: Link, seq: usize) -> ReceiptPayload<ReceiptEndorsed> {
    let seq = u64::try_from(seq).expect("a count");
    let kind = "delivery.gates.passed".parse().expect("a kind");
    ReceiptPayload::new(ReceiptEndorsed::new(link, seq, kind))
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
