//! No receipt tells what was not over when it was signed.

use jwp_core::{Claim, EnergySource, Meter, MeterScope, ReceiptPayload};
use jwp_delivery::{
    Window,
    kind::{
        canary::{Canary, CanaryAborted, CanaryStepped},
        incident::{Incident, IncidentOpened, IncidentResolved},
        rollback::{RollbackDisarmed, RollbackFailed, RollbackFired},
    },
};
use jwp_verify::Stage;

use crate::support::*;

/// R14: what has not happened yet cannot be told. Each end may lie as far behind `iat` as clocks differ.
#[test]
fn nothing_is_told_before_it_was_over() {
    fn about<C: Claim>(claim: C) -> ReceiptPayload<C> {
        ReceiptPayload::new(claim).with_subject([image()])
    }
    // The border of a receipt at `seq`, which passes, and the second behind it.
    let check_at = |seq: usize, of: &dyn Fn(&Draft, u64) -> Step| {
        let border = signed(seq) + 300;
        for (end, expected) in [(border, &[][..]), (border + 1, &["Policy.ClockSkew"])] {
            let mut steps = steps();
            steps.truncate(seq);
            let mut draft = draft(steps);
            let step = of(&draft, end);
            step(&mut draft);
            let report = check(&draft.bytes(), &expect().with_stage(Stage::None));
            codes(&report, u8::from(!expected.is_empty()), expected);
            assert!(report.findings.iter().all(|it| it.rule == Some("R14")));
        }
    };
    check_at(ATTESTATION, &|_, end| {
        let mut slsa = attestation_claim();
        slsa.integrated_at = Some(at(end));
        step("builder", about(slsa))
    });
    check_at(CANARY, &|_, end| {
        let mut canary = canary(&[5, 25, 50, 100]);
        canary.steps[3].dwell_s += end - ENDED;
        let canary = Canary::new(canary.steps, canary.plan, "6b5f", canary.weight_source);
        step("deployer", about(CanaryStepped::new(canary)))
    });
    check_at(CANARY, &|_, end| {
        let mut canary = canary(&[5, 25]);
        canary.steps[1].dwell_s += end - (BASE + 360);
        let mut canary = Canary::new(canary.steps, canary.plan, "6b5f", canary.weight_source);
        canary.rollback_fired = true;
        step("deployer", about(CanaryAborted::new(canary)))
    });
    // In front of the canary, whose window would not hold it.
    check_at(CANARY, &|_, end| {
        step("deployer", about(flag_claim(BASE, end)))
    });
    check_at(CANARY, &|_, end| {
        let mut claim = analysis().claim().clone();
        claim.0.window.to = at(end);
        step("deployer", about(claim))
    });
    check_at(CANARY, &|_, end| {
        let mut claim = analysis_failed().claim().clone();
        claim.0.window.to = at(end);
        step("deployer", about(claim))
    });
    check_at(CANARY, &|_, end| {
        let mut claim = dora().claim().clone();
        claim.window = Window::new(at(end - 30 * 86_400), at(end));
        step("deployer", about(claim))
    });
    let used = |draft: &Draft, end| {
        let mut used = fired(draft.links[ARMED]).claim().0.clone();
        used.finished_at = Some(at(end));
        let started = used.started_at.expect("a time").as_secs();
        used.measured_ms = Some((end - started) * 1000);
        used
    };
    check_at(CANARY, &|draft, end| {
        step("deployer", about(RollbackFired::new(used(draft, end))))
    });
    check_at(CANARY, &|draft, end| {
        step("deployer", about(RollbackFailed::new(used(draft, end))))
    });
    check_at(CANARY, &|draft, end| {
        step("deployer", about(RollbackDisarmed::new(used(draft, end))))
    });
    check_at(CANARY, &|_, end| {
        let incident = Incident::new("INC-1", at(end));
        step("deployer", about(IncidentOpened::new(incident)))
    });
    check_at(CANARY, &|_, end| {
        let mut incident = Incident::new("INC-1", at(BASE));
        incident.resolved_at = Some(at(end));
        step("deployer", about(IncidentResolved::new(incident)))
    });
    // What a meter measured, to the millisecond.
    let mut meter = Meter::new(EnergySource::Measured, "rapl");
    meter.id = Some("intel-rapl:0".into());
    meter.scope = Some(MeterScope::Process);
    meter.start_ms = Some((signed(0) + 299) * 1000);
    for (window_ms, expected) in [(1000, &[][..]), (1001, &["Policy.ClockSkew"])] {
        meter.window_ms = Some(window_ms);
        let payload = build().with_joules("0.36".parse().unwrap(), meter.clone());
        let report = check(
            &draft(vec![step("builder", payload)]).bytes(),
            &expect().with_stage(Stage::None),
        );
        codes(&report, u8::from(!expected.is_empty()), expected);
    }
}
