//! How a receipt may refer to others of its chain, and which of them stands then.

use jwp_core::{
    Link, ReceiptPayload,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::{gates::GatesPassed, release::Outcome, trust::ReceiptEndorsed};
use jwp_verify::{Report, Stage};

use crate::support::*;

#[test]
fn supersedes_names_one_of_its_family_that_stands() {
    let mut other = steps();
    other[ATTESTATION] = superseding("builder", attestation(), 0);
    let report = check(&draft(other).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 1, &["Policy.Reference"]);
    let mut nowhere = steps();
    let reference = Ref::new(Rel::Supersedes, Link::from_bytes([1; 32]));
    nowhere[GATES] = step("security", gates_passed().with_ref(reference));
    let report = check(&draft(nowhere).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 1, &["Policy.Reference"]);
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

/// An attempt is superseded where another takes its place, and once.
#[test]
fn superseded_attempts_are_counted_once() {
    let with = |refs: fn(Link) -> Vec<Ref>| {
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
    let count = |report: &Report| report.facts.superseded.get("gates").copied();
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
    let with = |reference: fn(Link) -> Step| {
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

#[test]
fn reissue_says_the_same_without_joules() {
    let reissue = |payload: fn() -> ReceiptPayload<GatesPassed>| {
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
