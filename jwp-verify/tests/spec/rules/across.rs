//! What receipts say of each other.

use jwp_core::{
    Citation, Claim, Digest, Evidence, Joules, Kind, Link, Meter, ReceiptPayload, Timestamp,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::{
    attestation::AttestationSlsa,
    build::BuildCompleted,
    canary::{CanaryAborted, CanaryStepped},
    dora::DoraSnapshot,
    flag::FlagEvaluated,
    gates::{GatesFailed, GatesPassed},
    incident::{Incident, IncidentOpened},
    release::Outcome,
    rollback::{Rollback, RollbackArmed, RollbackDisarmed, RollbackFailed, RollbackFired},
    trust::ReceiptEndorsed,
};
use serde::{Deserialize, Serialize};

use super::Files;
use crate::draft::{BASE, Draft, STEPS, about, analysis, claim, supersedes, unmetered};

/// A kind of somebody else's.
#[derive(Serialize, Deserialize)]
struct Loaded {
    requests: u64,
}

impl Claim for Loaded {
    const KIND: &'static str = "acme.load.tested";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

/// A kind of somebody else's that has the name of one of ours without its first label.
#[derive(Serialize, Deserialize)]
struct Passed {
    requests: u64,
}

impl Claim for Passed {
    const KIND: &'static str = "gates.passed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

/// A kind in the name of this project that it does not have.
#[derive(Serialize, Deserialize)]
struct Tested {
    requests: u64,
}

impl Claim for Tested {
    const KIND: &'static str = "delivery.tests.passed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

pub(super) fn other() -> Digest {
    Digest::sha256(b"another image")
}

pub(super) fn time(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds).unwrap()
}

pub(super) fn gates_failed() -> GatesFailed {
    let mut gates = claim::<GatesPassed>(2).0;
    gates.gates[1].high = 1;
    gates.high_vulns = 1;
    GatesFailed::new(gates)
}

pub(super) fn aborted() -> CanaryAborted {
    let mut canary = claim::<CanaryStepped>(4).0;
    canary.steps.truncate(2);
    canary.duration_min = 7u64.into();
    canary.rollback_fired = true;
    CanaryAborted::new(canary)
}

/// What was armed, used.
pub(super) fn used(armed: Link) -> Rollback {
    let mut rollback = claim::<RollbackArmed>(3).0;
    rollback.armed = Some(armed);
    rollback.started_at = Some(time(BASE));
    rollback.finished_at = Some(time(BASE + 60));
    rollback.measured_ms = Some(60_000);
    rollback.reason = Some("p99".into());
    rollback.git_revert = Some("0123abc".into());
    rollback
}

/// The whole release, with one payload in the place of a step.
pub(super) fn with<C: Claim>(step: &str, issuer: &str, payload: &ReceiptPayload<C>) -> Draft {
    let at = STEPS.iter().position(|name| *name == step).unwrap();
    let draft = Draft::of(&STEPS[..at]).push(issuer, payload);
    draft.then(&STEPS[at + 1..])
}

pub(super) fn released(draft: Draft) -> Vec<u8> {
    draft.sealed(Outcome::Released).bytes()
}

pub(super) fn files(files: &mut Files) {
    order(files);
    image_and_source(files);
    references(files);
    rollbacks(files);
    kinds(files);
}

fn order(files: &mut Files) {
    for (name, steps) in [
        (
            "gates-after-canary.jwp",
            [
                "build",
                "attestation",
                "armed",
                "canary",
                "gates",
                "flag",
                "analysis",
                "dora",
            ],
        ),
        (
            "armed-after-canary.jwp",
            [
                "build",
                "attestation",
                "gates",
                "canary",
                "armed",
                "flag",
                "analysis",
                "dora",
            ],
        ),
        (
            "attestation-after-canary.jwp",
            [
                "build",
                "gates",
                "armed",
                "canary",
                "attestation",
                "flag",
                "analysis",
                "dora",
            ],
        ),
        (
            "attestation-before-build.jwp",
            [
                "attestation",
                "build",
                "gates",
                "armed",
                "canary",
                "flag",
                "analysis",
                "dora",
            ],
        ),
        (
            "flag-before-attestation.jwp",
            [
                "build",
                "flag",
                "attestation",
                "gates",
                "armed",
                "canary",
                "analysis",
                "dora",
            ],
        ),
        (
            "flag-before-canary.jwp",
            [
                "build",
                "attestation",
                "gates",
                "armed",
                "flag",
                "canary",
                "analysis",
                "dora",
            ],
        ),
    ] {
        files.add(name, released(Draft::of(&steps)));
    }
    for (name, canary_first) in [("flag-outside-canary.jwp", false), ("flag-early.jwp", true)] {
        let mut flag: FlagEvaluated = claim(5);
        if canary_first {
            flag.window.from = time(flag.window.from.as_secs() - 1);
        } else {
            flag.window.to = time(flag.window.to.as_secs() + 1);
        }
        files.add(
            name,
            released(with("flag", "deployer", &about(flag, "0.55"))),
        );
    }
    let mut late = analysis();
    late.0.window.to = time(late.0.window.to.as_secs() + 1);
    let late = with("analysis", "deployer", &about(late, "0.41"));
    files.add("analysis-outside-canary.jwp", released(late));
}

fn image_and_source(files: &mut Files) {
    let about_other = ReceiptPayload::new(claim::<GatesPassed>(2)).with_subject([other()]);
    let draft = with("gates", "security", &about_other);
    files.add("gates-about-another-image.jwp", released(draft));
    let no_subject = ReceiptPayload::new(claim::<GatesPassed>(2));
    let draft = with("gates", "security", &no_subject);
    files.add("gates-about-nothing.jwp", released(draft));
    let draft = Draft::of(&STEPS[..2]).push("security", &no_subject);
    files.add("first-3-gates-about-nothing.jwp", draft.bytes());
    let more = about(claim::<BuildCompleted>(0), "0.36").with_subject([other()]);
    let draft = with("build", "builder", &more);
    files.add("build-with-a-strange-name.jwp", released(draft));
    let named: BuildCompleted = claim(0);
    let config = named.config_digest;
    let more = about(named, "0.36").with_subject([config]);
    let draft = with("build", "builder", &more);
    files.add("build-with-its-config-as-name.jwp", released(draft));
    let mut build: BuildCompleted = claim(0);
    build.image_digest = other();
    let draft = with("build", "builder", &about(build, "0.36"));
    files.add("build-of-another-image.jwp", released(draft));
    let mut attestation: AttestationSlsa = claim(1);
    attestation.source_commit = "f".repeat(40);
    let draft = with("attestation", "builder", &about(attestation, "0.21"));
    files.add("attestation-of-another-commit.jwp", released(draft));
    let mut armed: RollbackArmed = claim(3);
    armed.0.armed_for = other();
    let draft = with("armed", "deployer", &about(armed, "0.18"));
    files.add("armed-for-another-image.jwp", released(draft));
}

fn references(files: &mut Files) {
    let gates = || claim::<GatesPassed>(2);
    let rest = &STEPS[3..];
    files.add(
        "gates-twice.jwp",
        released(Draft::of(&STEPS[..3]).then(&["gates"]).then(rest)),
    );
    let failed = || Draft::of(&STEPS[..2]).push("security", &about(gates_failed(), "1.84"));
    files.add("gates-failed.jwp", released(failed().then(rest)));
    let link = failed().links[2];
    let passed = about(gates(), "1.84").with_ref(supersedes(link));
    let passed = failed().push("security", &passed).then(rest);
    files.add("gates-failed-then-passed.jwp", released(passed));
    let twice = about(gates(), "1.84")
        .with_ref(supersedes(link))
        .with_ref(supersedes(link));
    let twice = failed().push("security", &twice).then(rest);
    files.add("gates-supersede-twice.jwp", released(twice));
    for (name, target) in [
        ("gates-supersede-nothing.jwp", Link::from_bytes([9; 32])),
        ("gates-supersede-the-attestation.jwp", failed().links[1]),
    ] {
        let payload = about(gates(), "1.84").with_ref(supersedes(target));
        files.add(name, released(with("gates", "security", &payload)));
    }
    // The failed gates do not stand any more, and are receipts of this chain all the same.
    let passed = about(gates(), "1.84").with_ref(supersedes(link));
    let retried = || failed().push("security", &passed).then(&STEPS[3..6]);
    let stranger = unmetered(analysis()).with_ref(Ref::new(Rel::Reissue, link));
    let draft = retried().push("deployer", &stranger).then(&["dora"]);
    files.add("analysis-reissues-superseded-gates.jwp", released(draft));
    let counted = about(analysis(), "0.41").with_ref(Ref::new(Rel::Part, link));
    let draft = retried().push("deployer", &counted).then(&["dora"]);
    files.add("part-of-superseded-gates.jwp", released(draft));
    let passed = unmetered(Passed { requests: 9 });
    files.add(
        "kind-named-like-gates.jwp",
        Draft::of(&STEPS[..2]).push("security", &passed).bytes(),
    );
    let build = about(claim::<BuildCompleted>(0), "0.36");
    let draft = Draft::new().push("stranger", &build).then(&STEPS[1..]);
    files.add("begun-by-a-stranger.jwp", draft.bytes());
    let loaded = unmetered(Loaded { requests: 9 }).with_ref(supersedes(Link::from_bytes([9; 32])));
    files.add(
        "kind-of-another-supersedes.jwp",
        released(Draft::of(&STEPS).push("deployer", &loaded)),
    );
    let three = || Draft::of(&STEPS[..3]);
    let again = |rel| Ref::new(rel, three().links[2]);
    for (name, payload) in [
        (
            "gates-reissued.jwp",
            unmetered(gates()).with_ref(again(Rel::Reissue)),
        ),
        (
            "gates-reissued-with-joules.jwp",
            about(gates(), "1.84").with_ref(again(Rel::Reissue)),
        ),
        (
            "gates-as-part-of-this-chain.jwp",
            unmetered(gates())
                .with_ref(again(Rel::Reissue))
                .with_ref(again(Rel::Part)),
        ),
    ] {
        let draft = three().push("security", &payload).then(rest);
        files.add(name, released(draft));
    }
    let abort = || Draft::of(&STEPS[..4]).push("deployer", &unmetered(aborted()));
    let link = abort().links[4];
    let retry = unmetered(claim::<CanaryStepped>(4)).with_ref(supersedes(link));
    files.add(
        "canary-aborted-then-stepped.jwp",
        abort().push("deployer", &retry).bytes(),
    );
    // What was superseded has met users all the same.
    let again = |draft: &Draft, at: usize| {
        unmetered(claim::<CanaryStepped>(4)).with_ref(supersedes(draft.links[at]))
    };
    for (name, first, between) in [
        ("canary-superseded-before-gates.jwp", 2, &STEPS[2..4]),
        ("canary-superseded-before-armed.jwp", 3, &STEPS[3..4]),
        ("canary-superseded-in-its-place.jwp", 4, &[][..]),
    ] {
        let draft = Draft::of(&STEPS[..first]).then(&["canary"]).then(between);
        let second = again(&draft, first);
        let draft = draft.push("deployer", &second).then(&STEPS[5..]);
        files.add(name, released(draft));
    }
    let draft = Draft::of(&["build", "flag", "attestation", "gates", "armed", "canary"]);
    let second = unmetered(claim::<FlagEvaluated>(5)).with_ref(supersedes(draft.links[1]));
    let draft = draft.push("deployer", &second).then(&STEPS[6..]);
    files.add("flag-superseded-before-attestation.jwp", released(draft));
    files.add(
        "canary-aborted.jwp",
        abort().sealed(Outcome::Aborted).bytes(),
    );
}

fn rollbacks(files: &mut Files) {
    let all = || Draft::of(&STEPS);
    let armed = all().links[3];
    let fired = |rollback| unmetered(RollbackFired::new(rollback));
    let draft = || all().push("deployer", &fired(used(armed)));
    files.add(
        "rollback-fired.jwp",
        draft().sealed(Outcome::RolledBack).bytes(),
    );
    files.add(
        "rollback-fired-sealed-as-released.jwp",
        draft().sealed(Outcome::Released).bytes(),
    );
    let mut faster = used(armed);
    faster.rto_s = 9;
    let draft = all().push("deployer", &fired(faster));
    files.add("rollback-fired-other-than-armed.jwp", draft.bytes());
    let draft = all().push("deployer", &fired(used(all().links[2])));
    files.add("rollback-fired-of-the-gates.jwp", draft.bytes());
    let disarmed = || unmetered(RollbackDisarmed::new(used(armed)));
    let draft = Draft::of(&STEPS[..4]).push("deployer", &disarmed());
    files.add("rollback-disarmed.jwp", draft.bytes());
    files.add(
        "rollback-disarmed-before-canary.jwp",
        released(draft.then(&STEPS[4..])),
    );
    let draft = Draft::of(&STEPS[..4]).push("deployer", &disarmed());
    let twice = disarmed().with_ref(supersedes(draft.links[4]));
    let draft = draft.then(&STEPS[4..]).push("deployer", &twice);
    files.add("rollback-disarmed-twice.jwp", released(draft));
    let failed = unmetered(RollbackFailed::new(used(armed)));
    let draft = all().push("deployer", &failed);
    let given_up = disarmed().with_ref(supersedes(draft.links[8]));
    let draft = draft.push("deployer", &given_up);
    files.add("rollback-failed-then-disarmed.jwp", released(draft));
    files.add(
        "rollback-disarmed-after-canary.jwp",
        released(all().push("deployer", &disarmed())),
    );
}

fn kinds(files: &mut Files) {
    let all = || Draft::of(&STEPS);
    let loaded = unmetered(Loaded { requests: 9 });
    files.add(
        "kind-of-another.jwp",
        released(all().push("deployer", &loaded)),
    );
    let tested = unmetered(Tested { requests: 9 });
    files.add(
        "kind-that-is-reserved.jwp",
        released(all().push("deployer", &tested)),
    );
    let incident = IncidentOpened::new(Incident::new("INC-7", time(BASE)));
    files.add(
        "incident-opened.jwp",
        released(all().push("deployer", &unmetered(incident))),
    );
    let most = Joules::from_microjoules(u64::MAX);
    let dora = ReceiptPayload::new(claim::<DoraSnapshot>(7));
    let dora = dora.with_joules(most, Meter::declared("a vector"));
    files.add(
        "joules-overflow.jwp",
        Draft::of(&STEPS[..7]).push("deployer", &dora).bytes(),
    );
    let gates = all().links[2];
    let endorsed = |seq, kind| ReceiptEndorsed::new(gates, seq, Kind::parse(kind).unwrap());
    let passed = "delivery.gates.passed";
    let bare = ReceiptPayload::new;
    for (name, payload) in [
        ("endorsed.jwp", bare(endorsed(2, passed))),
        (
            "endorsed-with-joules.jwp",
            about(endorsed(2, passed), "0.01"),
        ),
        (
            "endorsed-as-another-kind.jwp",
            bare(endorsed(2, "delivery.gates.waived")),
        ),
        ("endorsed-at-another-seq.jwp", bare(endorsed(1, passed))),
        ("endorsed-later-receipt.jwp", bare(endorsed(40, passed))),
    ] {
        files.add(name, released(all().push("security", &payload)));
    }
}
