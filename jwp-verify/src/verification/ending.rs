//! What can be said when the chain has come to its end.

use jwp_core::{Digest, Kind};
use jwp_delivery::DeliveryKind;

use super::{State, steps::Verification};
use crate::{
    code::{Code, RULES},
    finding::Finding,
    policy::evaluate::evaluate,
    report::{Asked, Basis, Outcome, Report},
    unchecked::NotChecked,
};

impl Verification<'_> {
    /// What can be said at the end, and the report.
    pub(super) fn finish(mut self, chain: Option<Digest>) -> (Report, State) {
        if self.ended && self.walk.next() == 0 {
            let finding = Finding::new(Code::CodecTruncated, "no receipt", "a chain");
            self.findings.push(finding.at_offset(0));
        }
        self.facts.image = self.rules.image();
        self.facts.seal = self.rules.seal();
        self.facts.joules = self.tally.joules();
        self.facts.unmetered = self.tally.unmetered();
        self.facts.kinds = self.tally.kinds().clone();
        if let (1.., Ok(kind)) = (self.seals, Kind::parse(DeliveryKind::ReleaseSealed.name())) {
            self.facts.kinds.insert(kind, self.seals);
        }
        self.facts.superseded = self.rules.superseded();
        let whole = self.ended && self.clean && self.facts.receipts > 0;
        if whole {
            let mut found = Vec::new();
            if !self.expect.goes_on {
                self.rules.finish(&mut found);
            }
            evaluate(&self.rules, &self.facts, self.expect, self.now, &mut found);
            self.check_heads(&mut found);
            self.findings.extend(found);
        }
        let not_checked = self.not_checked(whole);
        // One thing that is wrong decides, whatever else could not be found out. Without findings
        // the chain is verified only where there was one, read to its end.
        let outcome = if self.findings.refuse() {
            Outcome::Refused
        } else if self.findings.is_empty() && whole {
            Outcome::Verified
        } else {
            Outcome::Undecided
        };
        let (findings, more_findings) = self.findings.take();
        let basis = Basis {
            chain,
            trust: self.trust.digest(),
            now: self.now,
            version: env!("CARGO_PKG_VERSION"),
        };
        let asked = Asked::of(self.expect);
        let facts = self.facts;
        let report = Report {
            outcome,
            findings,
            more_findings,
            asked,
            facts,
            not_checked,
            basis,
        };
        let state = State {
            head: self.head.filter(|_| outcome == Outcome::Verified),
            rules: self.rules,
            tally: self.tally,
            head_is_unverified: self.head_is_unverified,
        };
        (report, state)
    }

    fn check_heads(&self, out: &mut Vec<Finding>) {
        let Some(head) = self.facts.head else { return };
        let found = || format!("head {} at seq {}", head.link, head.seq);
        if let Some(expected) = self.expect.head
            && expected != head.link
        {
            let code = if self.met_head {
                Code::ChainHeadMoved
            } else {
                Code::ChainTruncated
            };
            out.push(Finding::new(code, found(), format!("head {expected}")).at_seq(head.seq));
        }
        let Some(remembered) = self.expect.remembered else {
            return;
        };
        match self.met_remembered {
            None => {
                let expected = format!(
                    "head {} at seq {}, which was seen before",
                    remembered.link, remembered.seq
                );
                out.push(Finding::new(Code::ChainRollback, found(), expected).at_seq(head.seq));
            }
            Some(link) if link != remembered.link => {
                let found = format!("head {link}");
                let expected = format!("head {}, which was seen before", remembered.link);
                let finding = Finding::new(Code::ChainEquivocation, found, expected);
                out.push(finding.at_seq(remembered.seq));
            }
            Some(_) => {}
        }
    }

    fn not_checked(&mut self, whole: bool) -> Vec<NotChecked> {
        let entry = |what, detail: String, count| NotChecked {
            what,
            detail,
            seqs: Vec::new(),
            count,
        };
        let mut list = core::mem::take(&mut self.unchecked).into_list();
        list.extend(self.rules.take_unchecked().into_list());
        if self.facts.receipts > 0 {
            let detail = "time claimed: when a receipt was signed is its signer's word";
            list.push(entry("time", detail.to_owned(), self.facts.receipts));
        }
        if let Some(seal) = self.facts.seal {
            let detail = format!(
                "later events: what came behind the seal at seq {}",
                seal.seq
            );
            list.push(entry("later-events", detail, 1));
        }
        if !whole {
            let detail = "rules across receipts, the stage and what follows: the chain is not verified to its end";
            list.push(entry("invariants", detail.to_owned(), 1));
        }
        let planned: Vec<_> = RULES
            .iter()
            .filter(|rule| !rule.is_checked())
            .map(|rule| rule.id())
            .collect();
        let count = u64::try_from(planned.len()).unwrap_or(u64::MAX);
        list.push(entry(
            "rule",
            format!("rules of a later version: {}", planned.join(" ")),
            count,
        ));
        list
    }
}
