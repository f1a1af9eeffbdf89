//! Naming a break: one rule, asked in order.

use core::ops::ControlFlow;

use jwp_core::{Link, UnverifiedReceipt, payload::Position};

use super::Break;
use crate::{code::Code, finding::Finding, trust::TrustStore};

/// The second pass: is shown every receipt of the chain again, and then names the break.
///
/// 1. another `sub` or `aud`: `Chain.ReleaseMismatch`
/// 2. a link that the file already holds: `Chain.Duplicate`
/// 3. `seq` 0: of the same run `Chain.Equivocation`, else `Chain.Genesis`
/// 4. `prev` is the head, but `seq` is not the next number: `Chain.Sequence`
/// 5. `prev` is an earlier link: `Chain.Equivocation` where two signers that may sign follow one
///    receipt, `Chain.Inserted` where one of the two is nobody's
/// 6. `seq` is too high: `Chain.Reordered` where the missing number comes later, else `Chain.Missing`
/// 7. `seq` is too low: `Chain.Inserted`
/// 8. else `Chain.PrevMismatch`
#[derive(Debug)]
pub(crate) struct Classifier<'b> {
    of: &'b Break,
    trust: &'b TrustStore,
    duplicate_of: Option<u64>,
    parent: Option<u64>,
    /// The receipt that follows the same parent, and whether somebody who may do so signed it.
    sibling: Option<(Link, bool)>,
    own_is_signed: bool,
    comes_later: Option<usize>,
}

impl<'b> Classifier<'b> {
    pub(crate) const fn new(of: &'b Break, trust: &'b TrustStore) -> Self {
        Self {
            of,
            trust,
            duplicate_of: None,
            parent: None,
            sibling: None,
            own_is_signed: false,
            comes_later: None,
        }
    }

    /// Takes the next receipt of the chain; breaks off when nothing that comes can change the name.
    pub(crate) fn look(
        &mut self,
        offset: usize,
        receipt: &UnverifiedReceipt<'_>,
    ) -> ControlFlow<()> {
        let seq = receipt.unverified_payload().seq();
        let of = self.of;
        if offset > of.place.offset {
            if seq == of.next {
                self.comes_later = Some(offset);
            }
            let is_open = of.place.seq > of.next && self.comes_later.is_none();
            return if is_open {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            };
        }
        let is_signed = || self.trust.authenticate(receipt.clone(), offset).is_ok();
        if offset == of.place.offset {
            self.own_is_signed = is_signed();
            return ControlFlow::Continue(());
        }
        let link = receipt.link();
        if link == of.link {
            self.duplicate_of = Some(seq);
        }
        if Some(link) == of.prev {
            self.parent = Some(seq);
        }
        if let Position::Next { prev, .. } = *receipt.unverified_payload().position()
            && Some(prev) == of.prev
        {
            self.sibling = Some((link, is_signed()));
        }
        ControlFlow::Continue(())
    }

    /// The name of the break.
    pub(crate) fn finish(self) -> Finding {
        let of = self.of;
        let seq = of.place.seq;
        let (code, found, expected) = if !of.same_release {
            let found = "a receipt of another release or environment".to_owned();
            (
                Code::ChainReleaseMismatch,
                found,
                "the sub and aud of the first receipt".to_owned(),
            )
        } else if let Some(first) = self.duplicate_of {
            let found = format!("link {} for the second time, first at seq {first}", of.link);
            (Code::ChainDuplicate, found, of.expected())
        } else if seq == 0 {
            if of.run.is_some() && of.run == of.first_run {
                let found = format!("a second beginning of the same run, link {}", of.link);
                (Code::ChainEquivocation, found, of.expected())
            } else {
                (
                    Code::ChainGenesis,
                    "the beginning of another chain".to_owned(),
                    of.expected(),
                )
            }
        } else if of.prev.is_some() && of.prev == of.head {
            (Code::ChainSequence, format!("seq {seq}"), of.expected())
        } else if let Some(parent) = self.parent {
            self.fork(parent)
        } else if seq > of.next {
            match self.comes_later {
                Some(offset) => {
                    let found = format!("seq {seq}, and seq {} later, at byte {offset}", of.next);
                    (Code::ChainReordered, found, of.expected())
                }
                None => {
                    let found = format!("seq {seq}, and seq {} nowhere", of.next);
                    (Code::ChainMissing, found, of.expected())
                }
            }
        } else if seq < of.next {
            (
                Code::ChainInserted,
                format!("seq {seq} again, link {}", of.link),
                of.expected(),
            )
        } else {
            let prev = of
                .prev
                .map_or("no prev".to_owned(), |prev| format!("prev {prev}"));
            (Code::ChainPrevMismatch, prev, of.expected())
        };
        Finding::new(code, found, expected)
            .of_rule(of.rule())
            .at(of.place)
    }

    fn fork(&self, parent: u64) -> (Code, String, String) {
        let of = self.of;
        match self.sibling {
            Some((sibling, is_signed)) if !is_signed || !self.own_is_signed => {
                let found = format!(
                    "{} and {sibling} behind seq {parent}, one of them of a signer who may not sign",
                    of.link
                );
                (Code::ChainInserted, found, "one receipt".to_owned())
            }
            sibling => {
                let sibling = sibling.map_or(String::new(), |(link, _)| format!(" and {link}"));
                let found = format!("{}{sibling} behind seq {parent}", of.link);
                (Code::ChainEquivocation, found, "one receipt".to_owned())
            }
        }
    }
}
