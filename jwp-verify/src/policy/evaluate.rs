//! Judging a chain by what is expected of it.

use jwp_core::Timestamp;
use jwp_delivery::{DeliveryKind, kind::release::Outcome};

use super::{Expectations, Stage};
use crate::{
    code::{Code, Rule},
    facts::{Facts, SealFacts},
    finding::Finding,
    invariant::{Detail, Rules, Slot, Standing},
};

/// Judges a chain that was verified to its end: image, age, stage.
pub(crate) fn evaluate(
    rules: &Rules,
    facts: &Facts,
    expect: &Expectations,
    now: Timestamp,
    out: &mut Vec<Finding>,
) {
    check_image(rules, expect, out);
    if let (Some(max), Some(head)) = (expect.max_age_s, facts.head) {
        let age = now.as_secs().saturating_sub(head.iat.as_secs());
        if age > max {
            let expected = format!("one of at most {max} seconds");
            let finding = Finding::new(
                Code::PolicyStale,
                format!("a head of {age} seconds ago"),
                expected,
            );
            out.push(finding.at_seq(head.seq));
        }
    }
    match expect.stage {
        Stage::None => {}
        Stage::Deploy => check_deploy(rules, now, out),
        Stage::Promote => {
            check_deploy(rules, now, out);
            check_rollback(rules, now, out);
        }
        Stage::Release => check_release(rules, out),
    }
}

/// The image is the manifest digest, or the index that the build names.
fn check_image(rules: &Rules, expect: &Expectations, out: &mut Vec<Finding>) {
    let Some(expected) = expect.image.value() else {
        return;
    };
    let index = match rules.get(Slot::Build).map(|build| &build.detail) {
        Some(Detail::Build { index, .. }) => *index,
        _ => None,
    };
    let expected_text = format!("image {expected}");
    match rules.image() {
        Some(image) if image == *expected || index == Some(*expected) => {}
        Some(image) => {
            let finding = Finding::new(
                Code::PolicyDigestMismatch,
                format!("image {image}"),
                expected_text,
            );
            out.push(finding.of_rule(Rule::R01));
        }
        None => {
            let found = "a chain that names no image";
            out.push(Finding::new(Code::PolicyMissing, found, expected_text));
        }
    }
}

/// Build, attestation, and gates that passed or are waived until a time that has not come.
fn check_deploy(rules: &Rules, now: Timestamp, out: &mut Vec<Finding>) {
    check_negatives(rules.negatives(), out);
    for (slot, kinds) in FAMILIES.iter().take(3) {
        check_present(rules, *slot, kinds, out);
    }
    out.extend(rules.expired_waiver(now));
    // A seal of another outcome says that the release was stopped.
    if let Some(seal) = rules.seal()
        && seal.outcome != Outcome::Released
    {
        out.push(ended(seal));
    }
}

/// An armed rollback for this image that can still be used.
fn check_rollback(rules: &Rules, now: Timestamp, out: &mut Vec<Finding>) {
    check_present(rules, Slot::Armed, &[DeliveryKind::RollbackArmed], out);
    out.extend(rules.expired_rollback(now));
    if let Some(used) = rules.get(Slot::Used) {
        let found = format!("{} behind it", used.kind.name());
        out.push(
            Finding::new(
                Code::PolicyMissing,
                found,
                "an armed rollback that was not used",
            )
            .at(used.place),
        );
    }
}

/// All eight families passed, and a seal as released.
fn check_release(rules: &Rules, out: &mut Vec<Finding>) {
    // Nothing that comes can make a release of it, so it is not undecided while it has no seal.
    if rules.is_successor() {
        let found = "a chain that follows another";
        let expected = "one that begins by itself: a successor is never released";
        out.push(Finding::new(Code::PolicyOutcome, found, expected).at_seq(0));
    }
    let Some(seal) = rules.seal() else {
        check_negatives(rules.final_negatives(), out);
        // What is missing may be what was cut off: the chain does not say.
        let expected = "a seal; an open chain can pass the stages deploy, promote and none";
        out.push(Finding::new(
            Code::ChainTruncated,
            "an open chain",
            expected,
        ));
        return;
    };
    check_negatives(rules.negatives(), out);
    for (slot, kinds) in FAMILIES {
        check_present(rules, *slot, kinds, out);
    }
    out.extend(rules.expired().iter().cloned());
    if seal.outcome != Outcome::Released {
        out.push(ended(seal));
    }
    if let Some(used) = rules.get(Slot::Used)
        && used.kind == DeliveryKind::RollbackDisarmed
        && rules
            .get(Slot::Canary)
            .is_some_and(|canary| used.place.seq < canary.place.seq)
    {
        let expected = "a rollback that is armed while traffic moves";
        let finding = Finding::new(
            Code::PolicyOrder,
            "a rollback disarmed before the canary",
            expected,
        );
        out.push(finding.of_rule(Rule::R03).at(used.place));
    }
}

/// Nothing negative stands. Before the seal a failed gate may still be superseded, an aborted canary
/// never.
fn check_negatives<'s>(negatives: impl IntoIterator<Item = &'s Standing>, out: &mut Vec<Finding>) {
    for negative in negatives {
        let expected = "nothing negative that was not superseded";
        out.push(
            Finding::new(Code::PolicyOutcome, negative.kind.name(), expected).at(negative.place),
        );
    }
}

fn check_present(rules: &Rules, slot: Slot, kinds: &[DeliveryKind], out: &mut Vec<Finding>) {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    let expected = names.join(" or ");
    match rules.get(slot) {
        Some(standing) if kinds.contains(&standing.kind) => {}
        Some(standing) => {
            let finding = Finding::new(Code::PolicyMissing, standing.kind.name(), expected);
            out.push(finding.at(standing.place));
        }
        None => out.push(Finding::new(Code::PolicyMissing, "none", expected)),
    }
}

fn ended(seal: SealFacts) -> Finding {
    let found = format!("a release sealed as {}", seal.outcome.name());
    Finding::new(Code::PolicyOutcome, found, "released").at_seq(seal.seq)
}

/// What each family must have come to, in the order of proof.
const FAMILIES: &[(Slot, &[DeliveryKind])] = &[
    (Slot::Build, &[DeliveryKind::BuildCompleted]),
    (Slot::Attestation, &[DeliveryKind::AttestationSlsa]),
    (
        Slot::Gates,
        &[DeliveryKind::GatesPassed, DeliveryKind::GatesWaived],
    ),
    (Slot::Armed, &[DeliveryKind::RollbackArmed]),
    (Slot::Canary, &[DeliveryKind::CanaryStepped]),
    (Slot::Flag, &[DeliveryKind::FlagEvaluated]),
    (Slot::Analysis, &[DeliveryKind::AnalysisPassed]),
    (Slot::Dora, &[DeliveryKind::DoraSnapshot]),
];
