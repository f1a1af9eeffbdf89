//! R17: what a meter measured is counted once, and is no more than the machine can draw. `spec/vectors/rules` has each
//! border.

use jwp_core::{Joules, Meter, ReceiptPayload};
use jwp_delivery::kind::{
    incident::{Incident, IncidentOpened},
    release::Outcome,
};
use jwp_verify::Stage;

use crate::support::*;

#[track_caller]
fn finding(steps: Vec<Step>, code: &str, rule: &str) -> String {
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &[code]);
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    let finding = &report.findings[0];
    assert_eq!(finding.rule, Some(rule));
    finding.to_string()
}

/// R17, T83
#[test]
fn energy_of_one_stretch_of_time_is_counted_once() {
    let with = |first: u64, second: Meter| {
        let joules = "1.84".parse::<Joules>().unwrap();
        let mut steps = steps();
        steps[0] = step("builder", build().with_joules(joules, machine(first)));
        steps[GATES] = step("security", gates_passed().with_joules(joules, second));
        steps
    };
    passes(&check(
        &draft_sealed(with(0, machine(1000)), Outcome::Released).bytes(),
        &expect(),
    ));
    let found = finding(with(0, machine(999)), "Policy.Measurement", "R17");
    assert!(found.contains("seq 0 has not counted already"), "{found}");
    let mut weak = machine(1000);
    weak.max_w = Some("1.83".parse().unwrap());
    let found = finding(with(0, weak), "Policy.Measurement", "R17");
    assert!(
        found.contains("1.84 J in 1000 ms, expected at most 1.83 W"),
        "{found}"
    );
}

/// T83: a chain of any length is verified in the same memory, so that what was not compared is said.
#[test]
fn windows_beyond_the_limit_are_listed() {
    const LIMIT: u64 = 1 << 14;
    const EACH: u64 = 1 << 10;
    let mut draft = Draft::begin(SUB, AUD, 1);
    let incident = |draft: &mut Draft, start_ms: u64| {
        let claim = IncidentOpened::new(Incident::new("INC-1", at(BASE)));
        let mut meter = machine(start_ms);
        meter.domains = (0..EACH).map(|domain| domain.to_string()).collect();
        let joules = "0.1".parse::<Joules>().unwrap();
        let payload = ReceiptPayload::new(claim).with_subject([image()]);
        draft.push("deployer", &payload.with_joules(joules, meter));
    };
    let full = LIMIT / EACH;
    (0..full).for_each(|number| incident(&mut draft, number * 1000));
    // There is no room for it: what comes after it is not compared with it.
    incident(&mut draft, full * 1000);
    incident(&mut draft, full * 1000);
    let report = check(&draft.bytes(), &anything(Stage::None));
    passes(&report);
    let listed = report.not_checked.iter().find(|it| it.what == "energy");
    assert_eq!(
        listed.map(|it| it.seqs.as_slice()),
        Some(&[full, full + 1][..])
    );
    // What is remembered is compared with all that comes.
    incident(&mut draft, 500);
    let report = check(&draft.bytes(), &anything(Stage::None));
    codes(&report, 1, &["Policy.Measurement"]);
}
