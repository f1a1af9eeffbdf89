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
    steps.truncate(ARMED);
    let bytes = draft(steps).bytes();
    // Nobody knows what such a chain is about, so nothing is missing in it either.
    for stage in [Stage::None, Stage::Promote] {
        let report = check(&bytes, &expect().with_stage(stage));
        codes(&report, 3, &["Codec.Schema"]);
    }
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

/// R03, T78: a receipt that was superseded has met users all the same.
#[test]
fn superseding_takes_no_traffic_back() {
    for (late, early) in [
        (CANARY, 0),
        (CANARY, GATES),
        (CANARY, ARMED),
        (FLAG, ATTESTATION),
    ] {
        let attempt = || match late {
            FLAG => step("deployer", flag()),
            _ => step("deployer", stepped()),
        };
        let mut steps = steps();
        steps[late] = match late {
            FLAG => superseding("deployer", flag(), early),
            _ => superseding("deployer", stepped(), early),
        };
        steps.insert(early, attempt());
        let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
        codes(&report, 1, &["Policy.Order"]);
    }
    // Gates, rollback and canary all made anew: each canary had what it needs in front of it.
    let mut anew = steps();
    anew.insert(CANARY + 1, superseding("security", gates_passed(), GATES));
    anew.insert(CANARY + 2, superseding("deployer", armed(), ARMED));
    anew.insert(CANARY + 3, superseding("deployer", stepped(), CANARY));
    let report = check(&draft_sealed(anew, Outcome::Released).bytes(), &expect());
    passes(&report);
    // A canary while failed gates stood, though others had passed before and do again.
    let mut failing = steps();
    failing.insert(CANARY, superseding("security", gates_failed(), GATES));
    failing.insert(CANARY + 2, superseding("security", gates_passed(), CANARY));
    failing.insert(CANARY + 3, superseding("deployer", armed(), ARMED));
    failing.insert(CANARY + 4, superseding("deployer", stepped(), CANARY + 1));
    let report = check(&draft_sealed(failing, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &["Policy.Order"]);
    // In its place a second attempt is as good as the first.
    let mut steps = steps();
    steps.insert(CANARY + 1, superseding("deployer", stepped(), CANARY));
    passes(&check(
        &draft_sealed(steps, Outcome::Released).bytes(),
        &expect(),
    ));
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
    codes(&report, 1, &["Policy.Reference"]);
}

/// An attempt is superseded where another takes its place, and once.
#[test]
fn superseded_attempts_are_counted_once() {
    let with = |refs: fn(jwp_core::Link) -> Vec<Ref>| {
        let mut steps = steps();
        steps.insert(
            GATES + 1,
            Box::new(move |draft: &mut Draft| {
                let refs = refs(draft.links[GATES]).into_iter();
                let payload = bare(&gates_passed(), &[image()]);
                draft.push("security", &refs.fold(payload, ReceiptPayload::with_ref));
            }),
        );
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    let count = |report: &jwp_verify::Report| report.facts.superseded.get("gates").copied();
    let report = with(|link| vec![Ref::new(Rel::Supersedes, link)]);
    passes(&report);
    assert_eq!(count(&report), Some(1));
    let report = with(|link| vec![Ref::new(Rel::Supersedes, link); 3]);
    codes(&report, 1, &["Policy.Reference"]);
    assert_eq!(count(&report), Some(1));
    assert_eq!(report.findings.len(), 2);
    // What is only signed again leaves the first in its place.
    let report = with(|link| {
        let rels = [Rel::Supersedes, Rel::Reissue];
        rels.map(|rel| Ref::new(rel, link)).to_vec()
    });
    passes(&report);
    assert_eq!(count(&report), None);
}

/// A receipt of this chain is one of this chain, whether it still stands or takes no place at all.
#[test]
fn references_reach_what_was_superseded() {
    // Behind failed gates that were superseded, `link` is that of the failed ones.
    let with = |reference: fn(jwp_core::Link) -> Step| {
        let mut steps = steps();
        steps.insert(GATES, step("security", gates_failed()));
        steps[GATES + 1] = superseding("security", gates_passed(), GATES);
        steps.push(Box::new(move |draft| reference(draft.links[GATES])(draft)));
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    let refused = &["Policy.Reference"];
    // An analysis is no reissue of gates, and has no place by it.
    let reissue = with(|link| {
        let payload = bare(&analysis(), &[image()]).with_ref(Ref::new(Rel::Reissue, link));
        step("deployer", payload)
    });
    codes(&reissue, 1, refused);
    let again = with(|link| {
        let payload = bare(&gates_failed(), &[image()]).with_ref(Ref::new(Rel::Reissue, link));
        step("security", payload)
    });
    passes(&again);
    let part = with(|link| {
        let payload = bare(&gates_failed(), &[image()]).with_ref(Ref::new(Rel::Part, link));
        step("security", payload)
    });
    codes(&part, 1, &["Policy.Reference", "Policy.Repeated"]);
    let endorsed = with(|link| {
        let kind = "delivery.gates.passed".parse().unwrap();
        let claim = ReceiptEndorsed::new(link, 1, kind);
        step("security", ReceiptPayload::new(claim))
    });
    codes(&endorsed, 1, refused);
}
