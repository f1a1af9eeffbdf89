//! When users met the image. A receipt that supersedes the one that says so takes nothing of it back.

use jwp_delivery::{DeliveryClaim, Family};

use super::standing::Standing;

/// What receipts of traffic said, whether they still stand or not.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// Whether any canary came to a weight above 0, or any flag admitted somebody.
    pub(super) moved: bool,
    /// The first flag and the first canary, where no attestation stood in front of them: of these it is said when one
    /// comes.
    pub(super) unattested: Vec<Standing>,
    /// Whether the last canary came too early, which was said when it came.
    pub(super) is_early: bool,
    seen: [bool; 2],
}

impl Traffic {
    /// Whether it was said already that this came in front of every attestation.
    pub(super) fn is_told(&self, traffic: &Standing) -> bool {
        let mut told = self.unattested.iter();
        told.any(|told| told.place.seq == traffic.place.seq)
    }

    /// Takes what is about to stand. `moves` says whether users met the image by it.
    pub(super) fn note(&mut self, standing: &Standing, moves: bool, is_attested: bool) {
        let [flag, canary] = &mut self.seen;
        let seen = match standing.kind.family() {
            Family::Flag => flag,
            Family::Canary => canary,
            _ => return,
        };
        if !core::mem::replace(seen, true) && !is_attested {
            self.unattested.push(standing.clone());
        }
        self.moved |= moves;
    }
}

/// Whether users met the image by what is claimed.
pub(super) fn moves(claim: &DeliveryClaim) -> bool {
    match claim {
        DeliveryClaim::CanaryAborted(canary) => canary.0.highest_weight() > 0,
        DeliveryClaim::CanaryStepped(canary) => canary.0.highest_weight() > 0,
        DeliveryClaim::FlagEvaluated(flag) => flag.admitted_count > 0,
        _ => false,
    }
}
