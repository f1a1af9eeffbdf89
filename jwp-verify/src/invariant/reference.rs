//! How a receipt may refer to others, and which of them stands then.

use std::collections::BTreeSet;

use jwp_core::{Link, Receipt, payload::Rel};
use jwp_delivery::{DeliveryClaim, DeliveryKind};

use super::{
    Rules,
    known::Said,
    plan,
    standing::{Detail, Seen, Slot, Standing, detail_of, rollback_of, slot},
    traffic,
};
use crate::{
    code::Code,
    finding::{Finding, Place},
    unchecked::MAX_LISTED,
};

/// Receipts that nothing supersedes.
const FINAL: [DeliveryKind; 6] = [
    DeliveryKind::CanaryAborted,
    DeliveryKind::IncidentOpened,
    DeliveryKind::IncidentResolved,
    DeliveryKind::ReleaseSealed,
    DeliveryKind::RollbackDisarmed,
    DeliveryKind::RollbackFired,
];

impl Rules {
    /// Gives the receipt its place, replaces what it supersedes, and checks its references.
    pub(super) fn stand(&mut self, seen: Seen<'_, '_>, out: &mut Vec<Finding>) {
        let (place, kind) = (seen.place, seen.kind);
        let payload = seen.receipt.payload();
        let mut supersedes = false;
        let mut reissues = false;
        check_repeated(seen.receipt, place, out);
        for reference in payload.refs().iter() {
            match reference.rel {
                Rel::Supersedes => {
                    supersedes |= self.supersede(&seen, reference.link, out);
                }
                Rel::Reissue => reissues |= self.reissue(seen.receipt, place, reference.link, out),
                Rel::Part => self.part(place, reference.link, out),
                _ => out.push(refused("another rel", "supersedes, reissue or part", place)),
            }
        }
        if !reissues {
            self.check_armed(&seen, out);
        }
        if matches!(
            kind,
            DeliveryKind::IncidentOpened
                | DeliveryKind::CanaryAborted
                | DeliveryKind::RollbackFired
        ) && self.final_negatives.len() < MAX_LISTED
        {
            self.final_negatives
                .push(Standing::new(&seen, Detail::Nothing));
        }
        let Some(slot) = slot(kind) else { return };
        // A receipt that only signs again what stands leaves the first in its place: order was proved
        // by the first.
        if reissues {
            return;
        }
        match self.standing.get(&slot) {
            Some(first) if !supersedes => {
                let found = format!(
                    "{} beside {} at seq {}",
                    kind.name(),
                    first.kind.name(),
                    first.place.seq
                );
                let expected = "one of a family, or a ref that supersedes";
                // A second seal stands behind the first, which is found elsewhere.
                if slot != Slot::Seal {
                    out.push(Finding::new(Code::PolicyRepeated, found, expected).at(place));
                }
            }
            _ => {
                plan::check(&seen.claim, place, out);
                let moves = traffic::moves(&seen.claim);
                let mut standing = Standing::new(&seen, Detail::Nothing);
                standing.detail = detail_of(seen.claim);
                let is_attested = self.standing.contains_key(&Slot::Attestation);
                self.traffic.note(&standing, moves, is_attested);
                if slot == Slot::Canary {
                    self.check_canary(&standing, out);
                    self.check_expiry(&standing);
                }
                self.check_late(slot, &standing, out);
                if self.standing.insert(slot, standing).is_some() {
                    let count = self.superseded.entry(kind.family()).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// Whether `link` stands in the same slot, is about the same image and may be replaced.
    fn supersede(&mut self, seen: &Seen<'_, '_>, link: Link, out: &mut Vec<Finding>) -> bool {
        let place = seen.place;
        let target = self
            .standing
            .values()
            .find(|standing| standing.link == link);
        let Some(target) = target else {
            let expected = "supersedes to name the receipt that stands in this chain";
            out.push(refused(&format!("supersedes {link}"), expected, place));
            return false;
        };
        let found = format!(
            "supersedes {} at seq {}",
            target.kind.name(),
            target.place.seq
        );
        if slot(seen.kind).is_none() || slot(target.kind) != slot(seen.kind) {
            out.push(refused(&found, "a receipt of one family", place));
            return false;
        }
        if FINAL.contains(&target.kind) {
            out.push(refused(&found, "a receipt that may be superseded", place));
            return false;
        }
        // A way back that failed was not there, whoever gives it up afterwards.
        if target.kind == DeliveryKind::RollbackFailed
            && seen.kind == DeliveryKind::RollbackDisarmed
        {
            let expected = "another attempt: rollback.fired or rollback.failed";
            out.push(refused(&found, expected, place));
            return false;
        }
        if target.subject != seen.receipt.payload().subject().first() {
            out.push(refused(&found, "a receipt about the same image", place));
            return false;
        }
        true
    }

    /// What a receipt of this chain said.
    fn said(&self, link: Link) -> Option<Said> {
        let standing = || self.standing.values().find(|s| s.link == link);
        self.known
            .get(link)
            .cloned()
            .or_else(|| standing().map(Standing::said))
    }

    /// Whether `link` is that of a receipt of this chain, which must say the same.
    fn reissue(
        &mut self,
        receipt: &Receipt<'_>,
        place: Place,
        link: Link,
        out: &mut Vec<Finding>,
    ) -> bool {
        if receipt.payload().joules().is_some() {
            let found = "a reissue with joules";
            out.push(refused(found, "none: the work was metered once", place));
        }
        let Some(first) = self.said(link) else {
            self.note_reference(place);
            return false;
        };
        if !first.is_said_by(&Said::of(receipt)) {
            let found = format!("a reissue of seq {} that says something else", first.seq);
            out.push(refused(&found, "the same kind, claim and image", place));
        }
        true
    }

    /// A receipt of another chain is counted here.
    fn part(&mut self, place: Place, link: Link, out: &mut Vec<Finding>) {
        if self.said(link).is_some() {
            let expected = "part to name a receipt of another chain";
            out.push(refused("a receipt of this chain", expected, place));
            return;
        }
        self.note_reference(place);
    }

    /// References of a kind that nobody here knows. It takes no place, and so supersedes nothing.
    pub(super) fn check_foreign_refs(
        &mut self,
        receipt: &Receipt<'_>,
        place: Place,
        out: &mut Vec<Finding>,
    ) {
        check_repeated(receipt, place, out);
        for reference in receipt.payload().refs().iter() {
            match reference.rel {
                Rel::Reissue => {
                    self.reissue(receipt, place, reference.link, out);
                }
                Rel::Part => self.part(place, reference.link, out),
                _ => {
                    let found = format!("{} {}", reference.rel.name(), reference.link);
                    out.push(refused(&found, "a kind that takes a place", place));
                }
            }
        }
    }

    /// A rollback that was used says everything that was armed, and which receipt armed it.
    fn check_armed(&mut self, seen: &Seen<'_, '_>, out: &mut Vec<Finding>) {
        let Some(used) = rollback_of(&seen.claim).filter(|used| used.armed.is_some()) else {
            return;
        };
        let armed = self
            .standing
            .get(&Slot::Armed)
            .map(|standing| (standing.link, &standing.detail));
        match armed {
            Some((link, Detail::Rollback(armed))) if used.armed == Some(link) => {
                let mut plain = used.clone();
                (plain.armed, plain.started_at, plain.finished_at) = (None, None, None);
                (plain.measured_ms, plain.reason) = (None, None);
                (plain.git_revert, plain.sync_paused_until) = (None, None);
                if plain != **armed {
                    let found = "another rollback than was armed";
                    let expected = "all fields of the armed receipt";
                    out.push(Finding::new(Code::PolicyMismatch, found, expected).at(seen.place));
                }
            }
            // The chain before this one armed it.
            None if self.is_successor => self.note_reference(seen.place),
            _ => {
                let expected = "armed to name the rollback.armed that stands in this chain";
                out.push(refused("another armed link", expected, seen.place));
            }
        }
    }

    /// An endorsement is unmetered and names a receipt before it, or the seal that `after` names.
    pub(super) fn check_endorsement(&mut self, seen: &Seen<'_, '_>, out: &mut Vec<Finding>) {
        let place = seen.place;
        if seen.receipt.payload().joules().is_some() {
            out.push(refused("joules", "an unmetered endorsement", place));
        }
        let (link, seq, kind) = match &seen.claim {
            DeliveryClaim::ReceiptEndorsed(claim) => {
                (claim.link, claim.seq, Some(claim.kind.as_str()))
            }
            DeliveryClaim::TimeWitnessed(claim) => (claim.link, claim.seq, None),
            _ => return,
        };
        let wrong = self
            .said(link)
            .is_some_and(|said| said.seq != seq || kind.is_some_and(|kind| kind != &*said.kind));
        if wrong || (!self.is_successor && seq >= place.seq) {
            let expected =
                "link, seq and kind of a receipt before this one, or of the seal that after names";
            out.push(refused(&format!("seq {seq}"), expected, place));
        }
        let (what, detail) = match kind {
            Some(_) => (
                "endorsement",
                "endorsements: no threshold was asked for, so they count for nothing",
            ),
            None => (
                "witness",
                "time-stamp tokens: this version does not read them",
            ),
        };
        self.unchecked.note(what, detail, place.seq);
    }

    pub(super) fn note_reference(&mut self, place: Place) {
        let detail = "references to receipts that were not found in this chain";
        self.unchecked.note("reference", detail, place.seq);
    }
}

/// What is said once is not said twice.
fn check_repeated(receipt: &Receipt<'_>, place: Place, out: &mut Vec<Finding>) {
    let mut before = BTreeSet::new();
    for reference in receipt.payload().refs().iter() {
        if !before.insert((reference.rel.name(), reference.link)) {
            let found = format!("{} {} again", reference.rel.name(), reference.link);
            out.push(refused(&found, "each reference once", place));
        }
    }
}

fn refused(found: &str, expected: &str, place: Place) -> Finding {
    Finding::new(Code::PolicyReference, found, expected).at(place)
}
