//! What stands in a chain.

use jwp_core::{Digest, Link, Receipt, Timestamp};
use jwp_delivery::{DeliveryClaim, DeliveryKind, Family, Window, kind::rollback::Rollback};

use super::known::Said;
use crate::finding::Place;

/// A receipt as the rules look at it.
pub(crate) struct Seen<'r, 'a> {
    pub(crate) receipt: &'r Receipt<'a>,
    pub(crate) place: Place,
    pub(crate) kind: DeliveryKind,
    pub(crate) claim: DeliveryClaim,
}

/// Places that at most one receipt takes at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slot {
    Build,
    Attestation,
    Gates,
    /// `delivery.rollback.armed`
    Armed,
    Canary,
    Flag,
    Analysis,
    Dora,
    /// What became of the armed rollback.
    Used,
    Seal,
}

/// A receipt that stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) kind: DeliveryKind,
    pub(crate) place: Place,
    pub(crate) iat: Timestamp,
    pub(crate) detail: Detail,
    pub(super) link: Link,
    /// SHA-256 of the claim's bytes: to tell whether a reissue says the same.
    pub(super) claim: Digest,
    pub(super) subject: Option<Digest>,
}

impl Standing {
    pub(super) fn said(&self) -> Said {
        Said {
            seq: self.place.seq,
            kind: self.kind.name().into(),
            claim: self.claim,
            subject: self.subject,
        }
    }

    pub(super) fn new(seen: &Seen<'_, '_>, detail: Detail) -> Self {
        let payload = seen.receipt.payload();
        Self {
            kind: seen.kind,
            place: seen.place,
            iat: seen.receipt.header().iat(),
            detail,
            link: seen.receipt.link(),
            claim: Digest::sha256(payload.claim_bytes()),
            subject: payload.subject().first(),
        }
    }
}

/// What the rules need of a claim after its receipt has gone by.
#[derive(Debug, Clone)]
pub(crate) enum Detail {
    Build {
        config: Digest,
        index: Option<Digest>,
        commit: Box<str>,
    },
    Attestation {
        commit: Box<str>,
    },
    /// When the first waiver runs out.
    Gates {
        waived_until: Option<Timestamp>,
    },
    Canary {
        window: Option<Window>,
        highest_weight: u64,
    },
    /// Flag and analysis.
    Window(Window),
    Rollback(Box<Rollback>),
    Nothing,
}

/// The slot of a kind; incidents and `trust.*` take none.
pub(super) const fn slot(kind: DeliveryKind) -> Option<Slot> {
    Some(match kind.family() {
        Family::Build => Slot::Build,
        Family::Attestation => Slot::Attestation,
        Family::Gates => Slot::Gates,
        Family::Flag => Slot::Flag,
        Family::Canary => Slot::Canary,
        Family::Analysis => Slot::Analysis,
        Family::Dora => Slot::Dora,
        Family::Rollback if matches!(kind, DeliveryKind::RollbackArmed) => Slot::Armed,
        Family::Rollback => Slot::Used,
        Family::Release => Slot::Seal,
        _ => return None,
    })
}

/// The fields of any `delivery.rollback.*`.
pub(super) fn rollback_of(claim: &DeliveryClaim) -> Option<&Rollback> {
    match claim {
        DeliveryClaim::RollbackArmed(claim) => Some(&claim.0),
        DeliveryClaim::RollbackFired(claim) => Some(&claim.0),
        DeliveryClaim::RollbackFailed(claim) => Some(&claim.0),
        DeliveryClaim::RollbackDisarmed(claim) => Some(&claim.0),
        _ => None,
    }
}

pub(super) fn detail_of(claim: DeliveryClaim) -> Detail {
    match claim {
        DeliveryClaim::BuildCompleted(build) => Detail::Build {
            config: build.config_digest,
            index: build.index_digest,
            commit: build.source_commit.into(),
        },
        DeliveryClaim::AttestationSlsa(slsa) => Detail::Attestation {
            commit: slsa.source_commit.into(),
        },
        DeliveryClaim::GatesWaived(gates) => {
            let waived_until = gates.0.waivers.iter().map(|waiver| waiver.expires).min();
            Detail::Gates { waived_until }
        }
        DeliveryClaim::CanaryStepped(canary) => canary_detail(&canary.0),
        DeliveryClaim::CanaryAborted(canary) => canary_detail(&canary.0),
        DeliveryClaim::FlagEvaluated(flag) => Detail::Window(flag.window),
        DeliveryClaim::AnalysisPassed(analysis) => Detail::Window(analysis.0.window),
        DeliveryClaim::AnalysisFailed(analysis) => Detail::Window(analysis.0.window),
        DeliveryClaim::AnalysisInconclusive(analysis) => Detail::Window(analysis.0.window),
        DeliveryClaim::RollbackArmed(claim) => Detail::Rollback(Box::new(claim.0)),
        DeliveryClaim::RollbackFired(claim) => Detail::Rollback(Box::new(claim.0)),
        DeliveryClaim::RollbackFailed(claim) => Detail::Rollback(Box::new(claim.0)),
        DeliveryClaim::RollbackDisarmed(claim) => Detail::Rollback(Box::new(claim.0)),
        _ => Detail::Nothing,
    }
}

fn canary_detail(canary: &jwp_delivery::kind::canary::Canary) -> Detail {
    Detail::Canary {
        window: canary.window(),
        highest_weight: canary.highest_weight(),
    }
}
