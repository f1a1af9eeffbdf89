//! What ends by itself: a waiver and a way back hold until the canary needs them no more.

use jwp_core::ReceiptPayload;
use jwp_delivery::kind::{
    canary::{Canary, CanaryStepped},
    gates::{GatesWaived, Waiver},
    release::Outcome,
    rollback::RollbackArmed,
};
use jwp_verify::Stage;

use crate::support::*;

#[test]
fn waived_gates_pass_until_the_waiver_ends() {
    let waived = |expires| {
        let mut claim = gates_failed().claim().0.clone();
        let who = ("sca", "GHSA-1");
        claim.waivers = vec![Waiver::new(who, "no exploit", "security lead", at(expires))];
        let claim = GatesWaived::new(claim);
        let mut steps = steps();
        steps[GATES] = step(
            "security",
            ReceiptPayload::new(claim).with_subject([image()]),
        );
        steps
    };
    let deploy = |expires| {
        let mut steps = waived(expires);
        steps.truncate(CANARY);
        check(&draft(steps).bytes(), &expect().with_stage(Stage::Deploy))
    };
    passes(&deploy(NOW));
    codes(&deploy(NOW - 1), 1, &["Policy.Expired"]);
    // A release is judged at its canary, not years later; here it ended before it was signed.
    let canary = signed(CANARY);
    passes(&check(
        &draft_sealed(waived(canary), Outcome::Released).bytes(),
        &expect(),
    ));
    let report = check(
        &draft_sealed(waived(canary - 1), Outcome::Released).bytes(),
        &expect(),
    );
    codes(&report, 1, &["Policy.Expired"]);
}

/// A release whose way back had ended before traffic moved had none.
#[test]
fn rollback_that_expired_before_the_canary_is_refused() {
    let with = |expires: u64| {
        let mut steps = steps();
        steps[ARMED] = step("deployer", armed_until(expires));
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    let canary = signed(CANARY);
    passes(&with(canary));
    codes(&with(canary - 1), 1, &["Policy.Expired"]);
}

fn armed_until(expires: u64) -> ReceiptPayload<RollbackArmed> {
    let mut rollback = rollback();
    rollback.expires = at(expires);
    ReceiptPayload::new(RollbackArmed::new(rollback)).with_subject([image()])
}

/// Whoever signs a canary chooses its `iat`, and not when it ended: what it needs is needed until then.
#[test]
fn a_canary_needs_its_way_back_until_it_ends() {
    let end = signed(CANARY) + 200;
    let with = |expires| {
        let mut steps = steps();
        steps[ARMED] = step("deployer", armed_until(expires));
        let mut canary = canary(&[5, 25, 50, 100]);
        canary.steps[3].dwell_s += end - ENDED;
        let canary = Canary::new(canary.steps, canary.plan, "6b5f", canary.weight_source);
        let payload = ReceiptPayload::new(CanaryStepped::new(canary)).with_subject([image()]);
        steps[CANARY] = step("deployer", payload);
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    passes(&with(end));
    codes(&with(end - 1), 1, &["Policy.Expired"]);
}

/// A canary that had no way back met users without one, whatever is armed, waived or stepped again behind it.
#[test]
fn nothing_that_expired_is_made_anew_behind_the_canary() {
    let waived_until = |expires| {
        let mut claim = gates_failed().claim().0.clone();
        claim.waivers = vec![Waiver::new(
            ("sca", "GHSA-1"),
            "no exploit",
            "lead",
            at(expires),
        )];
        ReceiptPayload::new(GatesWaived::new(claim)).with_subject([image()])
    };
    let canary = signed(CANARY);
    for (expires, expected) in [(canary, &[][..]), (canary - 1, &["Policy.Expired"])] {
        let mut anew = steps();
        anew[ARMED] = step("deployer", armed_until(expires));
        anew.insert(CANARY + 1, superseding("deployer", armed(), ARMED));
        anew.insert(CANARY + 2, superseding("deployer", stepped(), CANARY));
        let report = check(&draft_sealed(anew, Outcome::Released).bytes(), &expect());
        codes(&report, u8::from(!expected.is_empty()), expected);
        let mut anew = steps();
        anew[GATES] = step("security", waived_until(expires));
        anew.insert(
            CANARY + 1,
            superseding("security", waived_until(NOW), GATES),
        );
        anew.insert(CANARY + 2, superseding("deployer", armed(), ARMED));
        anew.insert(CANARY + 3, superseding("deployer", stepped(), CANARY));
        let report = check(&draft_sealed(anew, Outcome::Released).bytes(), &expect());
        codes(&report, u8::from(!expected.is_empty()), expected);
    }
}
