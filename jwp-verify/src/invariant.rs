//! What must hold across the receipts of a release. Each rule has a number in
//! [`RULES`](crate::code::RULES); each finding names it.
//!
//! The receipts come one by one and are not kept. What is kept is what *stands*: at most one receipt
//! of each family, because a second one must supersede the first.

mod energy;
mod expiry;
mod known;
mod outcome;
mod past;
mod plan;
mod proof;
mod reference;
mod standing;
mod traffic;

use std::collections::BTreeMap;

use jwp_core::{Digest, Receipt};
use jwp_delivery::{DeliveryClaim, Family, kind::release::ReleaseSealed};

pub(crate) use self::standing::{Detail, Seen, Slot, Standing};
use self::{energy::Measured, known::Known, traffic::Traffic};
pub use self::{outcome::Abandoned, past::MAX_CLOCK_SKEW_S};
use crate::{
    code::{Code, Rule},
    facts::SealFacts,
    finding::{Finding, Place},
    tally::Tally,
    unchecked::Unchecked,
};

/// The rules, fed with verified receipts in the order of the chain.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    standing: BTreeMap<Slot, Standing>,
    superseded: BTreeMap<Family, u64>,
    image: Option<Digest>,
    /// Whether the chain follows another one.
    is_successor: bool,
    seal: Option<SealFacts>,
    traffic: Traffic,
    known: Known,
    measured: Measured,
    /// Receipts that say that something went wrong and that nothing can supersede.
    final_negatives: Vec<Standing>,
    /// What had run out before a canary ended: at most [`MAX_LISTED`](crate::unchecked::MAX_LISTED).
    expired: Vec<Finding>,
    unchecked: Unchecked,
}

impl Rules {
    /// `after` of the first receipt was given: this chain follows another, which is not here.
    pub(crate) fn set_successor(&mut self, first: Place) {
        self.is_successor = true;
        self.note_reference(first);
    }

    /// Whether the chain follows another.
    pub(crate) const fn is_successor(&self) -> bool {
        self.is_successor
    }

    /// Takes a verified receipt of a known kind. `tally` covers the receipts before it.
    pub(crate) fn push(&mut self, seen: Seen<'_, '_>, tally: &Tally, out: &mut Vec<Finding>) {
        self.final_seal(seen.place, out);
        past::check(seen.receipt, Some(&seen.claim), seen.place, out);
        self.known.note(seen.receipt);
        self.measured
            .push(seen.receipt, seen.place, &mut self.unchecked, out);
        self.check_subject(&seen, out);
        match &seen.claim {
            DeliveryClaim::ReleaseSealed(seal) => self.check_seal(&seen, seal, tally, out),
            DeliveryClaim::ReceiptEndorsed(_) | DeliveryClaim::TimeWitnessed(_) => {
                self.check_endorsement(&seen, out);
            }
            DeliveryClaim::AttestationSlsa(attestation) => {
                use jwp_delivery::kind::attestation::Verification;
                if attestation.verification != Verification::Cryptographic {
                    let detail =
                        "the attestation's own signature and log entry: its issuer only read them";
                    self.unchecked.note("attestation", detail, seen.place.seq);
                }
            }
            _ => {}
        }
        self.stand(seen, out);
    }

    /// Takes a verified receipt of a kind that nobody here knows.
    pub(crate) fn push_unknown(
        &mut self,
        receipt: &Receipt<'_>,
        place: Place,
        out: &mut Vec<Finding>,
    ) {
        self.final_seal(place, out);
        past::check(receipt, None, place, out);
        let detail = "claims of kinds that this version does not know";
        self.unchecked.note("kind", detail, place.seq);
        self.check_foreign_refs(receipt, place, out);
        self.known.note(receipt);
        self.measured.push(receipt, place, &mut self.unchecked, out);
    }

    /// The seal is final.
    fn final_seal(&self, place: Place, out: &mut Vec<Finding>) {
        if let Some(seal) = self.seal {
            let found = format!("a receipt behind the seal at seq {}", seal.seq);
            let expected = "the end of the chain; later facts open a successor chain";
            out.push(
                Finding::new(Code::SealNotLast, found, expected)
                    .of_rule(Rule::R18)
                    .at(place),
            );
        }
    }

    /// R01: the first subject is the image, and the others are names of it.
    fn check_subject(&mut self, seen: &Seen<'_, '_>, out: &mut Vec<Finding>) {
        if seen.kind.family() == Family::Trust {
            return;
        }
        let mut subjects = seen.receipt.payload().subject().iter();
        let Some(first) = subjects.next() else {
            return;
        };
        let mut differs = |found: String, expected: String| {
            let finding = Finding::new(Code::PolicyDigestMismatch, found, expected);
            out.push(finding.of_rule(Rule::R01).at(seen.place));
        };
        let image = *self.image.get_or_insert(first);
        if first != image {
            differs(
                format!("image {first}"),
                format!("image {image}, as the receipts before"),
            );
        }
        let (claimed, names) = match &seen.claim {
            DeliveryClaim::BuildCompleted(build) => {
                let names = [Some(build.config_digest), build.index_digest];
                (Some(build.image_digest), names)
            }
            claim => {
                let names = match self.standing.get(&Slot::Build).map(|build| &build.detail) {
                    Some(Detail::Build { config, index, .. }) => [Some(*config), *index],
                    _ => [None; 2],
                };
                (
                    standing::rollback_of(claim).map(|rollback| rollback.armed_for),
                    names,
                )
            }
        };
        if let Some(claimed) = claimed
            && claimed != first
        {
            differs(
                format!("a claim about image {claimed}"),
                format!("a claim about its subject {first}"),
            );
        }
        for other in subjects {
            if !names.contains(&Some(other)) {
                differs(
                    format!("subject {other}"),
                    "a name of the image that its build gives".to_owned(),
                );
            }
        }
    }

    /// R17, R18: the seal says what the receipts say, and how the release ended.
    fn check_seal(
        &mut self,
        seen: &Seen<'_, '_>,
        seal: &ReleaseSealed,
        tally: &Tally,
        out: &mut Vec<Finding>,
    ) {
        let place = seen.place;
        out.extend(
            tally
                .compare(seal)
                .into_iter()
                .map(|finding| finding.at(place)),
        );
        if let Some(joules) = seen.receipt.payload().joules() {
            let found = format!("a seal of {joules} J of its own");
            out.push(
                Finding::new(Code::SealMismatch, found, "an unmetered seal")
                    .of_rule(Rule::R17)
                    .at(place),
            );
        }
        if let Err(finding) = self.check_outcome(seal.outcome) {
            out.push(finding.at(place));
        }
        self.seal
            .get_or_insert(SealFacts::new(place.seq, seal.outcome));
    }

    /// What stands in a slot.
    pub(crate) fn get(&self, slot: Slot) -> Option<&Standing> {
        self.standing.get(&slot)
    }

    /// The image that the receipts are about.
    pub(crate) const fn image(&self) -> Option<Digest> {
        self.image
    }

    /// The seal.
    pub(crate) const fn seal(&self) -> Option<SealFacts> {
        self.seal
    }

    /// Attempts that were superseded.
    pub(crate) fn superseded(&self) -> BTreeMap<&'static str, u64> {
        self.superseded
            .iter()
            .map(|(family, count)| (family.name(), *count))
            .collect()
    }

    /// What was met and not checked.
    pub(crate) fn take_unchecked(&mut self) -> Unchecked {
        core::mem::take(&mut self.unchecked)
    }
}
