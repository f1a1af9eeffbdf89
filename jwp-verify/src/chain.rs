//! Whole chains: each receipt follows the one before, and where one does not, why.
//!
//! The deciding pass keeps the head and the next number and nothing else, however long the chain is.
//! What a break *is* may depend on receipts far before and behind it; naming it takes a second pass
//! over the same bytes, which changes the name and never the verdict.

mod breaks;

use jwp_core::{Link, Timestamp, UnverifiedReceipt, link::RunId, payload::Position};

pub(crate) use self::breaks::Classifier;
use crate::{
    code::{Code, Rule},
    finding::{Finding, Place},
};

/// The deciding pass.
///
/// It looks at what links receipts and at nothing else; whether a receipt is signed by somebody who
/// may sign it is the [trust store](crate::trust)'s answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Walk {
    first: Option<First>,
    head: Option<Tip>,
    next: u64,
}

/// What all receipts of a chain share.
#[derive(Debug, Clone)]
struct First {
    sub: Box<str>,
    aud: Box<str>,
    run: RunId,
}

/// The last receipt that followed.
#[derive(Debug, Clone, Copy)]
struct Tip {
    link: Link,
    iat: Timestamp,
}

/// A receipt that does not follow.
#[derive(Debug, Clone)]
pub(crate) struct Break {
    /// Where it stands.
    pub(crate) place: Place,
    link: Link,
    /// `None` at seq 0.
    prev: Option<Link>,
    run: Option<RunId>,
    same_release: bool,
    /// The next number, and the link behind which it belongs.
    next: u64,
    head: Option<Link>,
    first_run: Option<RunId>,
}

impl Walk {
    /// Goes on to `receipt`, or says that it does not follow. The walk then ends.
    pub(crate) fn step(
        &mut self,
        offset: usize,
        receipt: &UnverifiedReceipt<'_>,
        link: Link,
    ) -> Result<Option<Finding>, Box<Break>> {
        let (header, payload) = (receipt.unverified_header(), receipt.unverified_payload());
        let place = Place::new(payload.seq(), offset);
        let (run, prev) = match *payload.position() {
            Position::First { run, .. } => (Some(run), None),
            Position::Next { prev, .. } => (None, Some(prev)),
            // A position of a later version of jwp-core: nothing that could follow here.
            _ => (None, None),
        };
        let same_release = self
            .first
            .as_ref()
            .is_none_or(|first| *first.sub == *header.sub() && *first.aud == *header.aud());
        let head = self.head.map(|tip| tip.link);
        if !same_release || payload.seq() != self.next || prev != head {
            return Err(Box::new(Break {
                place,
                link,
                prev,
                run,
                same_release,
                next: self.next,
                head,
                first_run: self.first.as_ref().map(|first| first.run),
            }));
        }
        if let Some(run) = run {
            let (sub, aud) = (header.sub().into(), header.aud().into());
            self.first = Some(First { sub, aud, run });
        }
        let iat = header.iat();
        let time = self.head.filter(|tip| iat < tip.iat).map(|tip| {
            let found = format!("iat {}", iat.as_secs());
            let expected = format!(
                "an iat of at least {}, as the receipt before",
                tip.iat.as_secs()
            );
            Finding::new(Code::ChainTime, found, expected)
                .of_rule(Rule::R14)
                .at(place)
        });
        self.head = Some(Tip { link, iat });
        self.next = self.next.saturating_add(1);
        Ok(time)
    }

    /// The number of receipts that followed, which is the next number.
    pub(crate) const fn next(&self) -> u64 {
        self.next
    }
}

impl Break {
    /// What input that cannot be read twice reports.
    pub(crate) fn unnamed(&self) -> Finding {
        let found = format!("a receipt with link {} that does not follow", self.link);
        Finding::new(Code::ChainBroken, found, self.expected())
            .of_rule(self.rule())
            .at(self.place)
    }

    fn expected(&self) -> String {
        match self.head {
            None => "a first receipt, seq 0".to_owned(),
            Some(head) => format!("seq {} behind {head}", self.next),
        }
    }

    /// Gaps and repetitions are R13; wrong links R14.
    const fn rule(&self) -> Rule {
        if self.place.seq == self.next {
            Rule::R14
        } else {
            Rule::R13
        }
    }
}
