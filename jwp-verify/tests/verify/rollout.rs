//! Traffic goes up, by the plan, behind its gates, to 100 of 100 at most.

use jwp_core::{Citation, Claim, Evidence, ReceiptPayload};
use jwp_delivery::kind::{
    canary::{Canary, CanaryAborted, CanaryStepped},
    flag::FlagEvaluated,
};
use jwp_verify::{Report, Stage};
use serde::{Deserialize, Serialize};

use crate::support::*;

/// Fields of a kind, without the rules that a writer holds.
macro_rules! unruly {
    ($name:ident, $fields:ty, $kind:ty) => {
        #[derive(Debug, Clone, Serialize, Deserialize)]
        struct $name($fields);

        impl Claim for $name {
            const KIND: &'static str = <$kind>::KIND;

            fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
                None::<&str>
            }
        }
    };
}

unruly!(Stepped, Canary, CanaryStepped);
unruly!(Aborted, Canary, CanaryAborted);
unruly!(Flag, FlagEvaluated, FlagEvaluated);

/// The steps in front of the canary, and `payload` in its place.
fn with<C: Claim + 'static>(payload: C) -> Report {
    let mut steps = steps();
    steps.truncate(CANARY);
    let payload = ReceiptPayload::new(payload).with_subject([image()]);
    steps.push(step("deployer", payload));
    check(&draft(steps).bytes(), &expect().with_stage(Stage::None))
}

/// T79: steps without the gates, or with those that stand behind them.
#[test]
fn no_step_goes_before_its_gates() {
    for behind in [false, true] {
        let mut steps = steps();
        let gates = steps.remove(GATES);
        if behind {
            steps.insert(CANARY, gates);
        }
        let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::None));
        codes(&report, 1, &["Policy.Order"]);
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.rule == Some("R03"))
        );
    }
}

/// R06, T79: from nothing to everything, whether or not the nothing is said.
#[test]
fn no_step_jumps_to_everything() {
    for weights in [&[5, 100], &[1, 100]] {
        passes(&with(CanaryStepped::new(canary(weights))));
    }
    for weights in [&[100][..], &[0, 100]] {
        let report = with(CanaryStepped::new(canary(weights)));
        codes(&report, 1, &["Policy.Order"]);
        assert!(report.findings.iter().all(|it| it.rule == Some("R06")));
    }
}

/// R06, T79: each weight of the plan has its turn, for as long as the plan says.
#[test]
fn steps_follow_the_plan() {
    let canary_of = |change: fn(&mut Canary)| {
        let mut canary = canary(&[5, 25, 100]);
        change(&mut canary);
        with(CanaryStepped::new(canary))
    };
    let report = canary_of(|it| it.plan[1].weight = 30);
    codes(&report, 1, &["Policy.Order"]);
    let found = report.findings[0].to_string();
    assert!(
        found.contains("weights 5→25→100, expected the weights of the plan, 5→30→100"),
        "{found}"
    );
    let report = canary_of(|it| it.plan[1].pause_s = 181);
    codes(&report, 1, &["Policy.Mismatch"]);
    let found = report.findings[0].to_string();
    assert!(
        found.contains("weight 25 for 180 s, expected at least the pause of the plan, 181 s"),
        "{found}"
    );
}

/// T79
#[test]
fn no_step_goes_above_100() {
    for weight in [101, 200, u64::MAX] {
        let mut steps = canary(&[5, 25, 100]);
        steps.steps[2].weight = weight;
        codes(&with(Stepped(steps.clone())), 3, &["Codec.OutOfRange"]);
        let mut plan = canary(&[5, 25, 100]);
        plan.plan[2].weight = weight;
        codes(&with(Stepped(plan)), 3, &["Codec.OutOfRange"]);
        steps.rollback_fired = true;
        codes(&with(Aborted(steps)), 3, &["Codec.OutOfRange"]);
        let mut flag = flag_claim(BASE, BASE + 720);
        flag.rollout_pct = weight;
        codes(&with(Flag(flag)), 3, &["Codec.OutOfRange"]);
    }
}

/// T79: what goes back without a rollback is no step of a canary; the word for going back is aborted.
#[test]
fn no_step_goes_down() {
    for weights in [
        &[5, 25, 5, 100][..],
        &[25, 5, 100],
        &[5, 5, 100],
        &[5, 100, 25],
        &[5, 25, 0],
    ] {
        codes(&with(Stepped(canary(weights))), 3, &["Codec.Schema"]);
    }
    let mut fired = canary(&[5, 25]);
    fired.rollback_fired = true;
    passes(&with(Aborted(fired.clone())));
    codes(&with(Stepped(fired)), 3, &["Codec.Schema"]);
    codes(&with(Aborted(canary(&[5, 25]))), 3, &["Codec.Schema"]);
}
