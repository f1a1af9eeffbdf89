//! R06: a canary went through its plan, weight by weight.

use jwp_delivery::{DeliveryClaim, kind::canary::Canary};

use crate::{
    code::{Code, Rule},
    finding::{Finding, Place},
};

/// Checks the canary that is about to stand, if this is one.
pub(super) fn check(claim: &DeliveryClaim, place: Place, out: &mut Vec<Finding>) {
    let (canary, is_whole) = match claim {
        DeliveryClaim::CanaryStepped(stepped) => (&stepped.0, true),
        DeliveryClaim::CanaryAborted(aborted) => (&aborted.0, false),
        _ => return,
    };
    let mut refused = |code, found: String, expected: &str| {
        out.push(
            Finding::new(code, found, expected)
                .of_rule(Rule::R06)
                .at(place),
        );
    };
    let taken = || canary.steps.iter().map(|step| step.weight);
    if taken().any(|weight| weight == 100) && !taken().any(|weight| (1..100).contains(&weight)) {
        let expected = "a weight between 0 and 100 before 100";
        refused(
            Code::PolicyOrder,
            format!("weights {}", arrow(taken())),
            expected,
        );
    }
    let planned = || canary.plan.iter().map(|step| step.weight);
    // What was aborted took the beginning of its plan; somebody who promotes in full goes on to 100 at once.
    let skips = canary.promote_full && taken().next_back() == Some(100);
    let followed = canary.steps.len().saturating_sub(usize::from(skips));
    let length = if is_whole && !skips {
        canary.plan.len()
    } else {
        followed
    };
    if !taken().take(followed).eq(planned().take(length)) {
        let expected = format!("the weights of the plan, {}", arrow(planned()));
        refused(
            Code::PolicyOrder,
            format!("weights {}", arrow(taken())),
            &expected,
        );
    } else if let Some((weight, dwell_s, pause_s)) = hurried(canary, is_whole) {
        let found = format!("weight {weight} for {dwell_s} s");
        let expected = format!("at least the pause of the plan, {pause_s} s");
        refused(Code::PolicyMismatch, found, &expected);
    }
}

/// The first step that was left before its pause was over: weight, seconds taken and planned. The last step of what
/// was aborted ended when it was aborted, and somebody who promotes in full skips the pauses that are left.
fn hurried(canary: &Canary, is_whole: bool) -> Option<(u64, u64, u64)> {
    if canary.promote_full {
        return None;
    }
    let ended = canary.steps.len().saturating_sub(usize::from(!is_whole));
    let mut pairs = canary.steps.iter().take(ended).zip(&canary.plan);
    pairs
        .find(|(step, plan)| step.dwell_s < plan.pause_s)
        .map(|(step, plan)| (step.weight, step.dwell_s, plan.pause_s))
}

/// `5→25→100`, of at most eight weights.
fn arrow(weights: impl Iterator<Item = u64>) -> String {
    const SHOWN: usize = 8;
    let mut weights: Vec<_> = weights.map(|weight| weight.to_string()).collect();
    if weights.len() > SHOWN {
        weights.truncate(SHOWN);
        weights.push("…".to_owned());
    }
    weights.join("→")
}
