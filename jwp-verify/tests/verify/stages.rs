//! What each stage needs of a chain, and which outcomes are no release.

use jwp_core::ReceiptPayload;
use jwp_delivery::kind::{
    incident::{Incident, IncidentOpened},
    release::Outcome,
    rollback::RollbackArmed,
};
use jwp_verify::{Stage, verify};

use crate::support::*;

#[test]
fn whole_release_passes() {
    let release = release();
    let report = check(&release.bytes(), &expect());
    passes(&report);
    let verdict = report.verdict();
    let head = release.links[SEAL];
    assert_eq!(
        verdict,
        format!(
            "PASSED: jouledb@v2026.05.07 to prod, image {}, stage release, 9 receipts, 5.46 J \
             (declared), sealed at seq 8, head {head}",
            image()
        )
    );
    assert_eq!(report.facts.receipts, 9);
    assert_eq!(report.facts.unmetered, 0);
    assert_eq!(report.facts.kinds.values().sum::<u64>(), 9);
    let not_checked: Vec<_> = report.not_checked.iter().map(|entry| entry.what).collect();
    assert_eq!(not_checked, ["attestation", "time", "later-events", "rule"]);
}

/// T41, T114: an open chain passes no release; at an earlier stage the verdict says where it ends.
#[test]
fn open_chain_passes_its_stage_only() {
    let release = release();
    for length in 1..SEAL {
        let report = check(&release.receipts[..length].concat(), &expect());
        codes(&report, 3, &["Chain.Truncated"]);
    }
    let open = release.receipts[..=GATES].concat();
    let report = check(&open, &expect().with_stage(Stage::Deploy));
    passes(&report);
    let expected = format!("PASSED (open at seq 2, head {}): ", release.links[GATES]);
    assert!(
        report.verdict().starts_with(&expected),
        "{}",
        report.verdict()
    );
    assert!(
        report
            .verdict()
            .contains(", stage deploy, 3 receipts, 2.41 J (declared)")
    );
    codes(
        &check(&open, &expect().with_stage(Stage::Promote)),
        1,
        &["Policy.Missing"],
    );

    let armed = release.receipts[..=ARMED].concat();
    passes(&check(&armed, &expect().with_stage(Stage::Promote)));
    let late = verify(
        &armed,
        &trust(),
        &expect().with_stage(Stage::Promote),
        at(BASE + 86_401),
    );
    codes(&late, 1, &["Policy.Expired"]);
    passes(&verify(
        &armed,
        &trust(),
        &expect().with_stage(Stage::Promote),
        at(BASE + 86_400),
    ));
}

/// T76: each of the eight families is needed, and each stage needs its own.
#[test]
fn missing_kind_is_refused() {
    for missing in 0..SEAL {
        let mut steps = steps();
        drop(steps.remove(missing));
        let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
        assert!(report.codes().contains(&"Policy.Missing"), "{missing}");
        assert_eq!(report.exit_code(), 1, "{missing}");
    }
    let mut unbuilt = steps();
    unbuilt.truncate(GATES);
    let report = check(&draft(unbuilt).bytes(), &expect().with_stage(Stage::Deploy));
    codes(&report, 1, &["Policy.Missing"]);
}

#[test]
fn stage_none_requires_nothing_and_says_so() {
    let report = check(
        &draft(vec![step("builder", build())]).bytes(),
        &expect().with_stage(Stage::None),
    );
    passes(&report);
    assert!(
        report
            .verdict()
            .contains("stage none (no kind and no seal required)")
    );
}

/// T109: whatever the seal says, an aborted or fired release is no release.
#[test]
fn negative_receipts_refuse_a_release() {
    let mut aborting = steps();
    aborting[CANARY] = step("deployer", aborted());
    aborting.truncate(CANARY + 1);
    let bytes = draft_sealed(aborting, Outcome::Aborted).bytes();
    let report = check(&bytes, &expect());
    assert_eq!(report.exit_code(), 1);
    assert_eq!(report.codes(), ["Policy.Outcome", "Policy.Missing"]);
    let report = check(&bytes, &expect().with_stage(Stage::None));
    passes(&report);
    assert!(
        report.verdict().contains("sealed as aborted at seq 5"),
        "{}",
        report.verdict()
    );
    let report = check(&bytes, &expect().with_stage(Stage::Deploy));
    codes(&report, 1, &["Policy.Outcome"]);

    let mut firing = steps();
    firing.push(Box::new(|draft| {
        let payload = fired(draft.links[ARMED]);
        draft.push("deployer", &payload);
    }));
    let report = check(
        &draft_sealed(firing, Outcome::RolledBack).bytes(),
        &expect(),
    );
    codes(&report, 1, &["Policy.Outcome"]);

    let mut failing = steps();
    failing[ANALYSIS] = step("deployer", analysis_failed());
    let report = check(&draft_sealed(failing, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &["Policy.Outcome", "Policy.Missing"]);

    let incident = Incident::new("INC-1", at(BASE));
    let payload = ReceiptPayload::new(IncidentOpened::new(incident)).with_subject([image()]);
    let mut incidents = steps();
    incidents.push(step("deployer", payload));
    let report = check(
        &draft_sealed(incidents, Outcome::Released).bytes(),
        &expect(),
    );
    codes(&report, 1, &["Policy.Outcome"]);
}

#[test]
fn failed_gates_are_superseded_by_name_only() {
    let attempts = |second: Step| {
        let mut steps = steps();
        steps.insert(GATES, step("security", gates_failed()));
        steps[GATES + 1] = second;
        draft_sealed(steps, Outcome::Released).bytes()
    };
    let report = check(
        &attempts(superseding("security", gates_passed(), GATES)),
        &expect(),
    );
    passes(&report);
    assert_eq!(report.facts.superseded.get("gates"), Some(&1));
    let report = check(&attempts(step("security", gates_passed())), &expect());
    assert_eq!(report.codes()[0], "Policy.Repeated");
    assert_eq!(report.exit_code(), 1);
}

/// A rollback that is armed for another image arms nothing (T78).
#[test]
fn rollback_for_another_image() {
    let mut claim = rollback();
    claim.armed_for = digest("other image");
    let payload = ReceiptPayload::new(RollbackArmed::new(claim)).with_subject([image()]);
    let mut steps = steps();
    steps[ARMED] = step("deployer", payload);
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &["Policy.DigestMismatch", "Policy.Order"]);
}
