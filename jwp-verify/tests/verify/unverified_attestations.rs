//! An attestation that its issuer only read is listed as not checked, in every report.

use jwp_core::ReceiptPayload;
use jwp_delivery::kind::attestation::Verification;
use jwp_verify::{Report, Stage, report};

use crate::support::*;

fn with(verification: Verification) -> Report {
    let mut claim = attestation_claim();
    claim.verification = verification;
    let mut steps = steps();
    steps.truncate(CANARY);
    steps[ATTESTATION] = step(
        "builder",
        ReceiptPayload::new(claim).with_subject([image()]),
    );
    check(&draft(steps).bytes(), &expect().with_stage(Stage::Deploy))
}

/// T95
#[test]
fn what_was_only_read_is_listed() {
    let read = with(Verification::ImportedUnverified);
    passes(&read);
    let listed = read
        .not_checked
        .iter()
        .find(|entry| entry.what == "attestation");
    let seqs: Vec<u64> = vec![ATTESTATION as u64];
    assert_eq!(listed.map(|entry| &entry.seqs), Some(&seqs));
    let said = "the attestation's own signature and log entry";
    assert!(report::human::render(&read).contains(said));
    assert!(report::json::render(&read).contains(said));
    let checked = with(Verification::Cryptographic);
    passes(&checked);
    assert!(
        !checked
            .not_checked
            .iter()
            .any(|entry| entry.what == "attestation")
    );
}
