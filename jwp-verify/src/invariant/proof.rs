//! R02 and R03: one source, and the order of proof.

use jwp_delivery::{DeliveryKind, Window};

use super::{Detail, Rules, Slot, Standing};
use crate::{
    code::{Code, Rule},
    finding::Finding,
};

impl Rules {
    /// Checks what can be said when the whole chain is known.
    pub(crate) fn finish(&self, out: &mut Vec<Finding>) {
        self.check_source(out);
        self.check_order(out);
        self.check_windows(out);
    }

    /// R02: build and attestation name one commit.
    fn check_source(&self, out: &mut Vec<Finding>) {
        let (Some(build), Some(attestation)) = (self.get(Slot::Build), self.get(Slot::Attestation))
        else {
            return;
        };
        if let (Detail::Build { commit: built, .. }, Detail::Attestation { commit }) =
            (&build.detail, &attestation.detail)
            && built != commit
        {
            let found = format!("source_commit {commit}");
            let expected = format!("{built}, as the build at seq {}", build.place.seq);
            let finding = Finding::new(Code::PolicyMismatch, found, expected);
            out.push(finding.of_rule(Rule::R02).at(attestation.place));
        }
    }

    /// R03, by seq, of what stands at the end: build, attestation, gates, armed rollback, weight 100.
    fn check_order(&self, out: &mut Vec<Finding>) {
        let mut before: Option<&Standing> = None;
        for slot in [Slot::Build, Slot::Attestation, Slot::Gates, Slot::Armed] {
            let Some(standing) = self.get(slot) else {
                continue;
            };
            if let Some(before) = before {
                behind(standing, before, out);
            }
            before = Some(standing);
        }
        if let Some(attestation) = self.get(Slot::Attestation) {
            let standing = [Slot::Flag, Slot::Canary].map(|slot| self.get(slot));
            for traffic in standing
                .into_iter()
                .flatten()
                .filter(|it| !self.traffic.is_told(it))
            {
                behind(traffic, attestation, out);
            }
        }
        let Some(canary) = self.get(Slot::Canary).filter(|_| !self.traffic.is_early) else {
            return;
        };
        match self.passed() {
            Some(gates) => behind(canary, gates, out),
            None => no_gates(canary, out),
        }
        if is_full(canary) {
            match self.armed() {
                Some(armed) => behind(canary, armed, out),
                None => no_way_back(canary, out),
            }
        }
    }

    /// R03, when a canary comes: what must stand in front of it stands now, whatever supersedes it or the canary later.
    pub(super) fn check_canary(&mut self, canary: &Standing, out: &mut Vec<Finding>) {
        let before = out.len();
        if self.passed().is_none() {
            no_gates(canary, out);
        }
        if is_full(canary) && self.armed().is_none() {
            no_way_back(canary, out);
        }
        self.traffic.is_early = out.len() > before;
    }

    /// R03, when something comes that should have stood in front of traffic: of what no later receipt can mend. The
    /// first flag and the first canary met users, and a canary that was aborted stays.
    pub(super) fn check_late(&mut self, slot: Slot, late: &Standing, out: &mut Vec<Finding>) {
        let aborted = self.get(Slot::Canary);
        let aborted = aborted.filter(|canary| canary.kind == DeliveryKind::CanaryAborted);
        let aborted = aborted.cloned();
        match (slot, aborted) {
            (Slot::Attestation, aborted) => {
                if self.get(Slot::Attestation).is_none() {
                    for first in &self.traffic.unattested {
                        behind(first, late, out);
                    }
                }
                if let Some(canary) = aborted.filter(|canary| !self.traffic.is_told(canary)) {
                    behind(&canary, late, out);
                    self.traffic.unattested.push(canary);
                }
            }
            (Slot::Gates, Some(canary)) => {
                behind(&canary, late, out);
                self.traffic.is_early = true;
            }
            (Slot::Armed, Some(canary)) if is_full(&canary) => {
                behind(&canary, late, out);
                self.traffic.is_early = true;
            }
            _ => {}
        }
    }

    /// Gates that passed or were waived.
    fn passed(&self) -> Option<&Standing> {
        self.get(Slot::Gates).filter(|gates| {
            matches!(
                gates.kind,
                DeliveryKind::GatesPassed | DeliveryKind::GatesWaived
            )
        })
    }

    /// A rollback that was armed for the image.
    fn armed(&self) -> Option<&Standing> {
        self.get(Slot::Armed).filter(|armed| match &armed.detail {
            Detail::Rollback(rollback) => Some(rollback.armed_for) == self.image(),
            _ => false,
        })
    }

    /// R03: what was measured was measured while the canary had traffic. Claimed figures: this
    /// compares what they say and proves no order.
    fn check_windows(&self, out: &mut Vec<Finding>) {
        let Some(Detail::Canary {
            window: Some(canary),
            ..
        }) = self.get(Slot::Canary).map(|standing| &standing.detail)
        else {
            return;
        };
        for standing in [Slot::Flag, Slot::Analysis]
            .into_iter()
            .filter_map(|slot| self.get(slot))
        {
            if let Detail::Window(window) = &standing.detail
                && !canary.contains(window)
            {
                let found = format!("{} over {}", standing.kind.name(), span(window));
                let expected = format!("a window inside the canary's, {}", span(canary));
                let finding = Finding::new(Code::PolicyMismatch, found, expected);
                out.push(finding.of_rule(Rule::R03).at(standing.place));
            }
        }
    }
}

fn behind(later: &Standing, earlier: &Standing, out: &mut Vec<Finding>) {
    if later.place.seq <= earlier.place.seq {
        let found = format!("{} at seq {}", later.kind.name(), later.place.seq);
        let expected = format!(
            "{} behind {} at seq {}",
            later.kind.name(),
            earlier.kind.name(),
            earlier.place.seq
        );
        out.push(
            Finding::new(Code::PolicyOrder, found, expected)
                .of_rule(Rule::R03)
                .at(later.place),
        );
    }
}

const fn is_full(canary: &Standing) -> bool {
    matches!(
        canary.detail,
        Detail::Canary {
            highest_weight: 100..,
            ..
        }
    )
}

fn no_gates(canary: &Standing, out: &mut Vec<Finding>) {
    let found = "a canary without gates that passed";
    disorder(canary, found, "gates passed or waived before it", out);
}

fn no_way_back(canary: &Standing, out: &mut Vec<Finding>) {
    let found = "weight 100 without a rollback armed for the image";
    disorder(canary, found, "an armed rollback before it", out);
}

fn disorder(at: &Standing, found: &str, expected: &str, out: &mut Vec<Finding>) {
    out.push(
        Finding::new(Code::PolicyOrder, found, expected)
            .of_rule(Rule::R03)
            .at(at.place),
    );
}

fn span(window: &Window) -> String {
    format!("[{}, {})", window.from.as_secs(), window.to.as_secs())
}
