//! Whatever says that something went wrong refuses the release, at every stage that asks for anything.

use jwp_core::ReceiptPayload;
use jwp_delivery::kind::{
    analysis::AnalysisInconclusive,
    gates::{Gate, GatesInconclusive},
    rollback::RollbackFailed,
};
use jwp_verify::Stage;

use crate::support::*;

fn inconclusive() -> ReceiptPayload<AnalysisInconclusive> {
    let mut claim = analysis().claim().0.clone();
    claim.phase = jwp_delivery::kind::analysis::Phase::Inconclusive;
    ReceiptPayload::new(AnalysisInconclusive::new(claim)).with_subject([image()])
}

fn promoted(negative: Step) -> jwp_verify::Report {
    let mut steps = steps();
    steps.truncate(CANARY);
    steps.push(negative);
    check(&draft(steps).bytes(), &expect().with_stage(Stage::Promote))
}

/// T109
#[test]
fn an_analysis_that_did_not_pass_stops_the_promotion() {
    for negative in [
        step("deployer", analysis_failed()),
        step("deployer", inconclusive()),
    ] {
        codes(&promoted(negative), 1, &["Policy.Outcome"]);
    }
    passes(&promoted(step("deployer", analysis())));
}

/// T76: a gate that was skipped, that saw nothing, or that came to no result did not pass, and no list of gates has.
#[test]
fn gates_that_saw_too_little_stop_the_deployment() {
    let gates = gates_passed().claim().0.clone();
    let with = |change: fn(&mut Vec<Gate>)| {
        let mut gates = gates.clone();
        change(&mut gates.gates);
        gates
    };
    for too_little in [
        with(Vec::clear),
        with(|gates| gates.truncate(3)),
        with(|gates| gates[0].scanned = 0),
        with(|gates| gates[0].errors = 1),
        with(|gates| gates[0].unknown = 1),
    ] {
        let deployed = |step: Step| {
            let mut steps = steps();
            steps.truncate(GATES);
            steps.push(step);
            check(&draft(steps).bytes(), &expect().with_stage(Stage::Deploy))
        };
        let claim = GatesInconclusive::new(too_little);
        let payload = ReceiptPayload::new(claim).with_subject([image()]);
        let report = deployed(step("security", payload));
        codes(&report, 1, &["Policy.Outcome", "Policy.Missing"]);
    }
}

/// T109
#[test]
fn a_way_back_that_failed_stops_the_promotion() {
    let failed: Step = Box::new(|draft| {
        let claim = RollbackFailed::new(fired(draft.links[ARMED]).claim().0.clone());
        let payload = ReceiptPayload::new(claim).with_subject([image()]);
        draft.push("deployer", &payload);
    });
    codes(&promoted(failed), 1, &["Policy.Outcome", "Policy.Missing"]);
}

/// T109: what can still be superseded leaves an open chain undecided; what cannot be refuses it.
#[test]
fn an_open_chain_with_what_nothing_supersedes_is_refused_as_a_release() {
    let open = |steps: Vec<Step>| check(&draft(steps).bytes(), &expect());
    let mut stopped = steps();
    stopped.truncate(CANARY);
    stopped.push(step("deployer", aborted()));
    codes(&open(stopped), 1, &["Policy.Outcome", "Chain.Truncated"]);
    let mut analysed = steps();
    analysed.truncate(ANALYSIS);
    analysed.push(step("deployer", inconclusive()));
    codes(&open(analysed), 3, &["Chain.Truncated"]);
}
