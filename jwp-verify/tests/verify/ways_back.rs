//! What became of an armed rollback, and what that leaves of the release.

use jwp_core::{
    Decimal, Link, ReceiptPayload,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::{
    canary::CanaryAborted,
    release::Outcome,
    rollback::{Rollback, RollbackDisarmed, RollbackFailed, RollbackFired},
};
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

/// T109: who gives up a rollback that failed does not make it one that was never needed.
#[test]
fn a_rollback_that_failed_is_superseded_by_another_attempt_alone() {
    let used = |draft: &Draft| fired(draft.links[ARMED]).claim().0.clone();
    let failed = move |draft: &mut Draft| {
        let claim = RollbackFailed::new(used(draft));
        draft.push(
            "deployer",
            &ReceiptPayload::new(claim).with_subject([image()]),
        );
    };
    let after = steps().len();
    let with = |next: Step| {
        let mut steps = steps();
        steps.push(Box::new(failed));
        steps.push(next);
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    let disarmed: Step = Box::new(move |draft| {
        let claim = RollbackDisarmed::new(used(draft));
        let reference = Ref::new(Rel::Supersedes, draft.links[after]);
        let payload = ReceiptPayload::new(claim).with_subject([image()]);
        draft.push("deployer", &payload.with_ref(reference));
    });
    let expected = ["Policy.Reference", "Policy.Repeated", "Policy.Outcome"];
    codes(&with(disarmed), 1, &expected);
    // Another attempt that fails is negative as the first was.
    let failed_again: Step = Box::new(move |draft| {
        let claim = RollbackFailed::new(used(draft));
        let reference = Ref::new(Rel::Supersedes, draft.links[after]);
        let payload = ReceiptPayload::new(claim).with_subject([image()]);
        draft.push("deployer", &payload.with_ref(reference));
    });
    codes(&with(failed_again), 1, &["Policy.Outcome"]);
}

/// A rollback disarmed in front of the canary is not disarmed behind it by being disarmed again.
#[test]
fn disarmed_is_never_superseded() {
    let disarmed = |draft: &Draft| {
        let claim = RollbackDisarmed::new(fired(draft.links[ARMED]).claim().0.clone());
        ReceiptPayload::new(claim).with_subject([image()])
    };
    let mut steps = steps();
    steps.insert(
        CANARY,
        Box::new(move |draft| {
            let payload = disarmed(draft);
            draft.push("deployer", &payload);
        }),
    );
    steps.push(Box::new(move |draft| {
        let reference = Ref::new(Rel::Supersedes, draft.links[CANARY]);
        let payload = disarmed(draft).with_ref(reference);
        draft.push("deployer", &payload);
    }));
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    let expected = ["Policy.Reference", "Policy.Repeated", "Policy.Order"];
    codes(&report, 1, &expected);
}

#[test]
fn disarmed_rollback_promotes_nothing() {
    let mut steps = steps();
    steps.truncate(CANARY);
    steps.push(Box::new(|draft| {
        let mut rollback = rollback();
        rollback.armed = Some(draft.links[ARMED]);
        rollback.started_at = Some(at(BASE));
        rollback.finished_at = Some(at(BASE));
        rollback.measured_ms = Some(0);
        rollback.reason = Some("not needed".to_owned());
        let payload = ReceiptPayload::new(RollbackDisarmed::new(rollback));
        draft.push("deployer", &payload.with_subject([image()]));
    }));
    let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::Promote));
    codes(&report, 1, &["Policy.Missing"]);
}

#[test]
fn used_rollback_says_what_was_armed() {
    let with = |change: fn(&mut Rollback)| {
        let mut steps = steps();
        steps.push(Box::new(move |draft| {
            let mut claim = fired(draft.links[ARMED]).claim().0.clone();
            change(&mut claim);
            let claim = RollbackFired::new(claim);
            draft.push(
                "deployer",
                &ReceiptPayload::new(claim).with_subject([image()]),
            );
        }));
        check(&draft(steps).bytes(), &expect().with_stage(Stage::None))
    };
    passes(&with(|_| ()));
    codes(&with(|claim| claim.rto_s = 900), 1, &["Policy.Mismatch"]);
    codes(
        &with(|claim| claim.armed = Some(Link::from_bytes([1; 32]))),
        1,
        &["Policy.Reference"],
    );
    codes(
        &with(|claim| claim.round_trip_min = Decimal::from(99u64)),
        1,
        &["Policy.Mismatch"],
    );
}
