//! R02 and R03: one source, and the order of proof.

use jwp_delivery::{DeliveryKind, Window};

use super::{Detail, Rules, Slot, Standing, traffic::Traffic};
use crate::finding::Finding;

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
            let finding = Finding::new("Policy.Mismatch", found, expected);
            out.push(finding.of_rule("R02").at(attestation.place));
        }
    }

    /// R03, by seq: build, attestation, gates, armed rollback, weight 100. Of flags and canaries the first counts:
    /// one that was superseded has met users all the same.
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
        let Traffic {
            flag, canary, full, ..
        } = &self.traffic;
        for traffic in [flag, canary].into_iter().flatten() {
            if let Some(attestation) = self.get(Slot::Attestation) {
                behind(traffic, attestation, out);
            }
        }
        let Some(canary) = canary else {
            return;
        };
        let passed = self.get(Slot::Gates).filter(|gates| {
            matches!(
                gates.kind,
                DeliveryKind::GatesPassed | DeliveryKind::GatesWaived
            )
        });
        match passed {
            Some(gates) => behind(canary, gates, out),
            None => disorder(
                canary,
                "a canary without gates that passed",
                "gates passed or waived before it",
                out,
            ),
        }
        let Some(canary) = full else {
            return;
        };
        let armed = self.get(Slot::Armed).filter(|armed| match &armed.detail {
            Detail::Rollback(rollback) => Some(rollback.armed_for) == self.image(),
            _ => false,
        });
        match armed {
            Some(armed) => behind(canary, armed, out),
            None => disorder(
                canary,
                "weight 100 without a rollback armed for the image",
                "an armed rollback before it",
                out,
            ),
        }
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
                let finding = Finding::new("Policy.Mismatch", found, expected);
                out.push(finding.of_rule("R03").at(standing.place));
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
            Finding::new("Policy.Order", found, expected)
                .of_rule("R03")
                .at(later.place),
        );
    }
}

fn disorder(at: &Standing, found: &str, expected: &str, out: &mut Vec<Finding>) {
    out.push(
        Finding::new("Policy.Order", found, expected)
            .of_rule("R03")
            .at(at.place),
    );
}

fn span(window: &Window) -> String {
    format!("[{}, {})", window.from.as_secs(), window.to.as_secs())
}
