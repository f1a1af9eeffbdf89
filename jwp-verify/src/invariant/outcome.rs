//! How a release ended, computed from what stands.

use jwp_delivery::{DeliveryKind, kind::release::Outcome};

use super::{Rules, Slot, Standing};
use crate::{
    code::{Code, Rule},
    finding::Finding,
};

/// Whether the owner says that a release was given up. It is the only outcome that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "it was said or it was not")]
pub enum Abandoned {
    /// The outcome is computed.
    #[default]
    No,
    /// Stopped before any traffic moved.
    Yes,
}

impl Rules {
    /// The outcome that the receipts come to; `None` where the release did not end.
    ///
    /// A chain that follows another may tell what happened afterwards; it releases nothing.
    fn computed(&self) -> Option<Outcome> {
        let kind = |slot| self.get(slot).map(|standing| standing.kind);
        match (kind(Slot::Used), kind(Slot::Canary)) {
            (Some(DeliveryKind::RollbackFired), _) => Some(Outcome::RolledBack),
            (_, Some(DeliveryKind::CanaryAborted)) => Some(Outcome::Aborted),
            (_, Some(DeliveryKind::CanaryStepped)) if !self.is_successor => Some(Outcome::Released),
            _ => None,
        }
    }

    /// Whether any share of the traffic reached the image.
    fn traffic_moved(&self) -> bool {
        self.traffic.moved
            || self
                .get(Slot::Used)
                .is_some_and(|used| used.kind == DeliveryKind::RollbackFired)
    }

    /// The outcome of a seal that is to be issued.
    pub(crate) fn outcome(&self, abandoned: Abandoned) -> Result<Outcome, Box<Finding>> {
        let refused = |found, expected| {
            Err(Box::new(
                Finding::new(Code::PolicyOutcome, found, expected).of_rule(Rule::R18),
            ))
        };
        match (abandoned, self.computed()) {
            (Abandoned::No, Some(outcome)) => Ok(outcome),
            (Abandoned::No, None) if self.is_successor => refused(
                "a chain that follows another and did not end",
                "an aborted canary or a fired rollback, or abandoned",
            ),
            (Abandoned::No, None) => refused(
                "a release that did not end",
                "a canary or a fired rollback, or abandoned",
            ),
            (Abandoned::Yes, _) if self.traffic_moved() => refused(
                "a release that traffic reached",
                "abandoned only before any traffic",
            ),
            (Abandoned::Yes, _) => Ok(Outcome::Abandoned),
        }
    }

    /// R18: the outcome of a seal that stands in the chain.
    pub(super) fn check_outcome(&self, said: Outcome) -> Result<(), Finding> {
        let abandoned = if said == Outcome::Abandoned {
            Abandoned::Yes
        } else {
            Abandoned::No
        };
        let found = || format!("outcome {}", said.name());
        let mismatch =
            |expected| Finding::new(Code::SealMismatch, found(), expected).of_rule(Rule::R18);
        match self.outcome(abandoned) {
            Ok(outcome) if outcome == said => Ok(()),
            Ok(outcome) => Err(mismatch(format!(
                "outcome {}, as the receipts say",
                outcome.name()
            ))),
            Err(finding) => Err(mismatch(finding.expected)),
        }
    }

    /// What says that something went wrong, and that nothing can supersede.
    pub(crate) fn final_negatives(&self) -> &[Standing] {
        &self.final_negatives
    }

    /// What says that something went wrong, and stands.
    pub(crate) fn negatives(&self) -> Vec<&Standing> {
        let is_negative = |standing: &&Standing| {
            matches!(
                standing.kind,
                DeliveryKind::GatesFailed
                    | DeliveryKind::GatesInconclusive
                    | DeliveryKind::AnalysisFailed
                    | DeliveryKind::AnalysisInconclusive
                    | DeliveryKind::RollbackFailed
            )
        };
        let mut negatives: Vec<_> = self.standing.values().filter(is_negative).collect();
        negatives.extend(&self.final_negatives);
        negatives.sort_by_key(|standing| standing.place.seq);
        negatives
    }
}
