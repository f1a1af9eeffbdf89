//! R03: what proves a release stands in front of what it proves, and traffic behind all of it.

use jwp_core::ReceiptPayload;
use jwp_delivery::kind::release::Outcome;
use jwp_verify::Stage;

use crate::support::*;

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
        let mut steps = steps();
        steps[FLAG] = step("deployer", payload);
        let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
        codes(&report, 1, &["Policy.Mismatch"]);
    }
}
