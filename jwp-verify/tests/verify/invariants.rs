//! Rules across receipts.

use jwp_core::{
    Claim, Digest, ReceiptPayload,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::{release::Outcome, trust::ReceiptEndorsed};
use jwp_verify::Stage;

use crate::support::*;

/// A payload about `image`, with nothing but its claim.
fn bare<C: Claim + Clone>(payload: &ReceiptPayload<C>, subject: &[Digest]) -> ReceiptPayload<C> {
    ReceiptPayload::new(payload.claim().clone()).with_subject(subject.iter().copied())
}

#[track_caller]
fn with(index: usize, replaced: Step, expected: &[&str]) {
    let mut steps = steps();
    steps[index] = replaced;
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    let exit = if expected.is_empty() { 0 } else { 1 };
    codes(&report, exit, expected);
}

/// R01, T75
#[test]
fn one_image() {
    let other = bare(&gates_passed(), &[digest("other image")]);
    with(GATES, step("security", other), &["Policy.DigestMismatch"]);
    let names = bare(
        &gates_passed(),
        &[image(), digest("index"), digest("config")],
    );
    with(GATES, step("security", names), &[]);
    let stranger = bare(&gates_passed(), &[image(), digest("elsewhere")]);
    with(
        GATES,
        step("security", stranger),
        &["Policy.DigestMismatch"],
    );
    // The build's own claim is about its subject.
    let mut claim = build_claim();
    claim.image_digest = digest("other image");
    let payload = ReceiptPayload::new(claim).with_subject([image()]);
    with(0, step("builder", payload), &["Policy.DigestMismatch"]);
}

#[test]
fn a_delivery_receipt_is_about_an_image() {
    let mut steps = steps();
    steps[GATES] = step("security", bare(&gates_passed(), &[]));
    steps.truncate(CANARY);
    let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 3, &["Codec.Schema"]);
    // Figures of thirty days are about no image.
    with(DORA, step("deployer", bare(&dora(), &[])), &[]);
    with(
        DORA,
        step("deployer", bare(&dora(), &[digest("other")])),
        &["Policy.DigestMismatch"],
    );
}

/// R02, T80
#[test]
fn one_source() {
    let mut claim = attestation_claim();
    claim.source_commit = COMMIT.replace("abc", "abd");
    let payload = ReceiptPayload::new(claim).with_subject([image()]);
    with(ATTESTATION, step("builder", payload), &["Policy.Mismatch"]);
}

/// R03, T78, T79, T80: every pair that is ordered, in the wrong order.
#[test]
fn order_of_proof() {
    for (early, late) in [
        (ATTESTATION, 0),
        (GATES, ATTESTATION),
        (ARMED, GATES),
        (CANARY, ARMED),
        (CANARY, GATES),
        (FLAG, ATTESTATION),
    ] {
        let mut steps = steps();
        let moved = steps.remove(early);
        steps.insert(late, moved);
        let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
        codes(&report, 1, &["Policy.Order"]);
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.rule == Some("R03"))
        );
    }
    // Without gates or an armed rollback no traffic may move.
    for missing in [GATES, ARMED] {
        let mut steps = steps();
        drop(steps.remove(missing));
        let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::None));
        codes(&report, 1, &["Policy.Order"]);
    }
    // A canary behind failed gates, superseded afterwards.
    let mut late = steps();
    late[GATES] = step("security", gates_failed());
    late.insert(CANARY + 1, superseding("security", gates_passed(), GATES));
    let report = check(&draft_sealed(late, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &["Policy.Order"]);
}

#[test]
fn windows_lie_inside_the_canary() {
    for (from, to) in [(BASE - 1, BASE + 720), (BASE, BASE + 721)] {
        let payload = ReceiptPayload::new(flag_claim(from, to)).with_subject([image()]);
        with(FLAG, step("deployer", payload), &["Policy.Mismatch"]);
    }
}

#[test]
fn aborted_is_never_superseded() {
    let mut steps = steps();
    steps[CANARY] = step("deployer", aborted());
    steps.insert(CANARY + 1, superseding("deployer", stepped(), CANARY));
    let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::None));
    codes(
        &report,
        1,
        &["Policy.Reference", "Policy.Repeated", "Policy.Mismatch"],
    );
}

#[test]
fn supersedes_names_one_of_its_family_that_stands() {
    let mut other = steps();
    other[ATTESTATION] = superseding("builder", attestation(), 0);
    let report = check(&draft(other).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 1, &["Policy.Reference"]);
    let mut nowhere = steps();
    let reference = Ref::new(Rel::Supersedes, jwp_core::Link::from_bytes([1; 32]));
    nowhere[GATES] = step("security", gates_passed().with_ref(reference));
    let report = check(&draft(nowhere).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 1, &["Policy.Reference"]);
}

#[test]
fn reissue_says_the_same_without_joules() {
    let reissue = |payload: fn() -> ReceiptPayload<jwp_delivery::kind::gates::GatesPassed>| {
        let mut steps = steps();
        steps.push(Box::new(move |draft: &mut Draft| {
            let reference = Ref::new(Rel::Reissue, draft.links[GATES]);
            draft.push("security", &payload().with_ref(reference));
        }) as Step);
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    passes(&reissue(|| bare(&gates_passed(), &[image()])));
    codes(&reissue(gates_passed), 1, &["Policy.Reference"]);
    codes(
        &reissue(|| bare(&gates_passed(), &[image(), digest("index")])),
        0,
        &[],
    );
    let report = reissue(|| {
        let mut claim = gates_passed().claim().clone();
        claim.0.gates[0].scanned = 99;
        ReceiptPayload::new(claim).with_subject([image()])
    });
    codes(&report, 1, &["Policy.Reference", "Policy.Repeated"]);
}

#[test]
fn endorsements_are_unmetered_and_look_back() {
    let endorse = |seq: u64, kind: &'static str, metered: bool| {
        let mut steps = steps();
        steps.truncate(CANARY);
        steps.push(Box::new(move |draft: &mut Draft| {
            let kind = kind.parse().expect("a kind");
            let mut payload =
                ReceiptPayload::new(ReceiptEndorsed::new(draft.links[GATES], seq, kind));
            if metered {
                let joules = "1".parse().expect("joules");
                payload = payload.with_joules(joules, jwp_core::Meter::declared("x"));
            }
            draft.push("security", &payload);
        }) as Step);
        check(&draft(steps).bytes(), &expect().with_stage(Stage::Promote))
    };
    let report = endorse(2, "delivery.gates.passed", false);
    passes(&report);
    assert!(
        report
            .not_checked
            .iter()
            .any(|entry| entry.what == "endorsement")
    );
    codes(
        &endorse(2, "delivery.gates.passed", true),
        1,
        &["Policy.Reference"],
    );
    codes(
        &endorse(2, "delivery.gates.waived", false),
        1,
        &["Policy.Reference"],
    );
    codes(
        &endorse(3, "delivery.gates.passed", false),
        1,
        &["Policy.Reference"],
    );
    codes(
        &endorse(9, "delivery.gates.passed", false),
        1,
        &["Policy.Reference"],
    );
}
