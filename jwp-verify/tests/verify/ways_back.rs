//! What became of an armed rollback, and what that leaves of the release.

use jwp_core::{
    Link, ReceiptPayload,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::{canary::CanaryAborted, release::Outcome, rollback::RollbackDisarmed};
use jwp_verify::{
    Stage,
    seal::{self, Abandoned},
};

use crate::support::*;

fn upto(n: usize) -> Vec<Step> {
    let mut steps = steps();
    steps.truncate(n);
    steps
}

fn firing() -> Step {
    Box::new(|draft| {
        let payload = fired(draft.links[ARMED]);
        draft.push("deployer", &payload);
    })
}

/// Only what follows another chain may have been armed there.
#[test]
fn what_was_not_armed_is_not_fired() {
    let fire = || step("deployer", fired(Link::from_bytes([4; 32])));
    let mut steps = upto(ARMED);
    steps.push(fire());
    let report = check(&draft(steps).bytes(), &anything(Stage::None));
    codes(&report, 1, &["Policy.Reference"]);
    let after = release().links[SEAL];
    let successor = Draft::begin_after(SUB, AUD, 2, after).with(vec![fire()]);
    passes(&check(&successor.bytes(), &anything(Stage::None)));
}

/// T109: a rollback that was used does not become one that was put away.
#[test]
fn fired_is_never_superseded() {
    let mut steps = steps();
    let place = steps.len();
    steps.push(firing());
    steps.push(Box::new(move |draft| {
        let claim = RollbackDisarmed::new(fired(draft.links[ARMED]).claim().0.clone());
        let payload = ReceiptPayload::new(claim).with_subject([image()]);
        let reference = Ref::new(Rel::Supersedes, draft.links[place]);
        draft.push("deployer", &payload.with_ref(reference));
    }));
    let report = check(&draft(steps).bytes(), &anything(Stage::None));
    codes(&report, 1, &["Policy.Reference", "Policy.Repeated"]);
}

/// A rollback is fired where traffic was, whether or not a canary says so.
#[test]
fn what_was_rolled_back_was_not_abandoned() {
    let mut steps = upto(CANARY);
    steps.push(firing());
    let open = draft(steps);
    let sealed_as = |abandoned| {
        let prepared = seal::prepare(&open.bytes(), &trust(), at(NOW), abandoned);
        prepared
            .map(|prepared| prepared.payload.claim().outcome)
            .map_err(|report| report.codes())
    };
    assert_eq!(sealed_as(Abandoned::Yes), Err(vec!["Policy.Outcome"]));
    assert_eq!(sealed_as(Abandoned::No), Ok(Outcome::RolledBack));
    let mut steps = upto(CANARY);
    steps.push(firing());
    let report = check(
        &draft_sealed(steps, Outcome::Abandoned).bytes(),
        &anything(Stage::None),
    );
    codes(&report, 1, &["Seal.Mismatch"]);
}

/// R03: what was aborted stays, so that no way back can be armed behind its weight of 100.
#[test]
fn no_rollback_is_armed_behind_a_full_canary_that_was_aborted() {
    let rearmed = |weights: &[u64]| {
        let mut canary = canary(weights);
        canary.rollback_fired = true;
        let payload = ReceiptPayload::new(CanaryAborted::new(canary)).with_subject([image()]);
        let mut steps = upto(CANARY);
        steps.push(step("deployer", payload));
        steps.push(superseding("deployer", armed(), ARMED));
        let bytes = draft(steps).bytes();
        let going_on = seal::check_open(&bytes, &trust(), at(NOW)).map_err(|r| r.codes());
        let report = check(&bytes, &anything(Stage::None));
        (going_on, report)
    };
    let (going_on, report) = rearmed(&[5, 25, 50]);
    assert_eq!(going_on, Ok(Vec::new()));
    passes(&report);
    let (going_on, report) = rearmed(&[5, 25, 100]);
    assert_eq!(going_on, Err(vec!["Policy.Order"]));
    codes(&report, 1, &["Policy.Order"]);
    assert_eq!(report.findings.len(), 1, "said once");
}
