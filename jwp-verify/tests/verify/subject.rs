//! R01 and R02: the receipts of a release are about one image, made of one source.

use jwp_core::ReceiptPayload;
use jwp_delivery::kind::release::Outcome;
use jwp_verify::Stage;

use crate::support::*;

#[track_caller]
fn with(index: usize, replaced: Step, expected: &[&str]) {
    let mut steps = steps();
    steps[index] = replaced;
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    let exit = if expected.is_empty() { 0 } else { 1 };
    codes(&report, exit, expected);
}

/// R01, T75
#[test]
fn one_image() {
    let other = bare(&gates_passed(), &[digest("other image")]);
    with(GATES, step("security", other), &["Policy.DigestMismatch"]);
    let names = bare(
        &gates_passed(),
        &[image(), digest("index"), digest("config")],
    );
    with(GATES, step("security", names), &[]);
    let stranger = bare(&gates_passed(), &[image(), digest("elsewhere")]);
    with(
        GATES,
        step("security", stranger),
        &["Policy.DigestMismatch"],
    );
    // The build's own claim is about its subject.
    let mut claim = build_claim();
    claim.image_digest = digest("other image");
    let payload = ReceiptPayload::new(claim).with_subject([image()]);
    with(0, step("builder", payload), &["Policy.DigestMismatch"]);
}

#[test]
fn a_delivery_receipt_is_about_an_image() {
    let mut steps = steps();
    steps[GATES] = step("security", bare(&gates_passed(), &[]));
    steps.truncate(ARMED);
    let bytes = draft(steps).bytes();
    // Nobody knows what such a chain is about, so nothing is missing in it either.
    for stage in [Stage::None, Stage::Promote] {
        let report = check(&bytes, &expect().with_stage(stage));
        codes(&report, 3, &["Codec.Schema"]);
    }
    // Figures of thirty days are about no image.
    with(DORA, step("deployer", bare(&dora(), &[])), &[]);
    with(
        DORA,
        step("deployer", bare(&dora(), &[digest("other")])),
        &["Policy.DigestMismatch"],
    );
}

/// R02, T80
#[test]
fn one_source() {
    let mut claim = attestation_claim();
    claim.source_commit = COMMIT.replace("abc", "abd");
    let payload = ReceiptPayload::new(claim).with_subject([image()]);
    with(ATTESTATION, step("builder", payload), &["Policy.Mismatch"]);
}
