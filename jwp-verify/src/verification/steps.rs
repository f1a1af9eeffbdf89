//! The steps in their order, receipt by receipt.

use core::ops::ControlFlow;
use std::io::{self, Read};

use jwp_core::{
    Error, ErrorKind, Identifier, KeyId, Link, Receipt, Timestamp, UnverifiedReceipt,
    chain::{ChainHead, ReadError, SequenceReader},
    envelope::Batch,
    payload::Position,
};
use jwp_delivery::{DeliveryClaim, DeliveryKind};

use crate::{
    chain::{Break, Walk},
    code::{Class, Code, Rule},
    facts::{Facts, Head},
    finding::{Finding, Findings, Place},
    invariant::{Rules, Seen},
    policy::{Expectations, MAX_CLOCK_SKEW_S},
    tally::Tally,
    trust::{TrustStore, TrustedKey},
    unchecked::Unchecked,
};

/// The steps, with what is kept between receipts: nothing that grows with the chain.
pub(super) struct Verification<'t> {
    pub(super) trust: &'t TrustStore,
    pub(super) expect: &'t Expectations,
    pub(super) now: Timestamp,
    pub(super) walk: Walk,
    pub(super) broken: Option<Box<Break>>,
    pub(super) rules: Rules,
    pub(super) tally: Tally,
    pub(super) seals: u64,
    pub(super) findings: Findings,
    pub(super) unchecked: Unchecked,
    pub(super) facts: Facts,
    /// Whether every receipt so far was verified and understood: rules across receipts say nothing
    /// about a chain of which a part is unknown.
    pub(super) clean: bool,
    pub(super) head_is_unverified: bool,
    /// The last verified receipt, where somebody will append behind it.
    pub(super) head: Option<ChainHead>,
    /// Whether the chain was read to its end.
    pub(super) ended: bool,
    /// Offset behind the last receipt.
    end: usize,
    pub(super) met_head: bool,
    /// What stands where a head was seen before.
    pub(super) met_remembered: Option<Link>,
}

impl<'t> Verification<'t> {
    pub(super) fn new(trust: &'t TrustStore, expect: &'t Expectations, now: Timestamp) -> Self {
        Self {
            trust,
            expect,
            now,
            walk: Walk::default(),
            broken: None,
            rules: Rules::default(),
            tally: Tally::new(),
            seals: 0,
            findings: Findings::default(),
            unchecked: Unchecked::default(),
            facts: Facts::default(),
            clean: true,
            head_is_unverified: false,
            head: None,
            ended: true,
            end: 0,
            met_head: false,
            met_remembered: None,
        }
    }

    pub(super) fn read<R: Read>(&mut self, reader: &mut SequenceReader<R>) {
        let trust = self.trust;
        let keys = |kid: &KeyId| trust.key(kid).map(TrustedKey::verifying_key);
        // Either way of ending has left its findings in `self`.
        let _ = reader.check_each(&mut Batch::new(), keys, |item| match item {
            Ok((offset, receipt)) => self.take(offset, receipt),
            Err(ReadError::Receipt(error)) => self.stop(&error),
            Err(ReadError::Io { offset, source }) => self.fail(&source, offset),
            Err(_) => self.fail(&io::ErrorKind::Other.into(), self.end),
        });
    }

    /// The stream cannot be read.
    pub(super) fn fail(&mut self, error: &io::Error, offset: usize) -> ControlFlow<()> {
        let finding = Finding::new(Code::CliIo, error.to_string(), "a chain that can be read");
        self.findings.push(finding.at_offset(offset));
        self.ended = false;
        ControlFlow::Break(())
    }

    /// The next item is no receipt: where it ends, nobody knows.
    pub(super) fn stop(&mut self, error: &Error) -> ControlFlow<()> {
        self.ended = false;
        let seq = self.walk.next();
        let finding = Finding::of_error(error, 0).at_seq(seq);
        let is_malformed = finding.class() == Class::Undecided;
        self.findings.push(finding);
        // Whole receipts, then something else: the file was damaged behind the last of them. Bytes that
        // merely end are a write that was cut short, or is still going on.
        let torn = *error.kind() != ErrorKind::Truncated && seq > 0 && is_malformed;
        if torn {
            let found = "bytes that are no receipt behind whole receipts";
            let finding = Finding::new(
                Code::ChainCorrupt,
                found,
                format!("a receipt at byte {}", self.end),
            );
            self.findings.push(finding.at(Place::new(seq, self.end)));
        }
        ControlFlow::Break(())
    }

    /// The steps for one receipt that parsed.
    pub(super) fn take(
        &mut self,
        offset: usize,
        receipt: UnverifiedReceipt<'_>,
    ) -> ControlFlow<()> {
        let place = Place::new(receipt.unverified_payload().seq(), offset);
        if self.walk.next() >= self.expect.max_receipts {
            let found = format!("more than {} receipts", self.expect.max_receipts);
            self.findings
                .push(Finding::new(Code::ChainTooMany, found, "at most that many").at(place));
            self.ended = false;
            return ControlFlow::Break(());
        }
        self.end = offset.saturating_add(receipt.as_bytes().len());
        if receipt.proofs().next().is_some() {
            let detail = "inclusion proofs in the unprotected header (394): no log key was given";
            self.unchecked.note("proof", detail, place.seq);
        }
        // Links and numbers.
        let link = receipt.link();
        match self.walk.step(offset, &receipt, link) {
            Ok(None) => {}
            Ok(Some(late)) => self.findings.push(late),
            Err(broken) => {
                self.broken = Some(broken);
                self.ended = false;
                return ControlFlow::Break(());
            }
        }
        self.meet(place.seq, link);
        // Key, signature, what the key may sign.
        self.head_is_unverified = true;
        match self.trust.authenticate(receipt, offset) {
            Ok(receipt) => {
                self.head_is_unverified = false;
                self.judge(&receipt, place);
            }
            Err(finding) => {
                self.findings.push(finding);
                self.clean = false;
            }
        }
        ControlFlow::Continue(())
    }

    /// The steps for one verified receipt.
    fn judge(&mut self, receipt: &Receipt<'_>, place: Place) {
        self.check_time(receipt, place);
        if !receipt.payload().evidence().is_empty() {
            let detail = "documents that receipts name as evidence were not read";
            self.unchecked.note("evidence", detail, place.seq);
        }
        if self.facts.receipts == 0 {
            self.begin(receipt, place);
        }
        let mut found = Vec::new();
        self.judge_claim(receipt, place, &mut found);
        self.findings.extend(found);
        if receipt.payload().kind() == DeliveryKind::ReleaseSealed.name() {
            // The seal covers the receipts before it and has no energy of its own.
            self.seals = self.seals.saturating_add(1);
        } else if let Err(error) = self.tally.push(receipt)
            && self.clean
        {
            let finding = Finding::of_text(error.code(), &error.to_string());
            self.findings.push(finding.of_rule(Rule::R17).at(place));
        }
        self.facts.receipts = self.facts.receipts.saturating_add(1);
        let iat = receipt.header().iat();
        self.facts.head = Some(Head::new(place.seq, receipt.link(), iat));
        if self.expect.own {
            self.advance(receipt);
        }
    }

    /// Behind what does not follow nobody goes on: it has its finding already, and there is no head any more.
    fn advance(&mut self, receipt: &Receipt<'_>) {
        self.head = match self.head.take() {
            None => ChainHead::begin(receipt).ok(),
            Some(mut head) => head.advance(receipt).is_ok().then_some(head),
        };
    }

    /// The claim: known kinds are read, and go through the rules.
    fn judge_claim(&mut self, receipt: &Receipt<'_>, place: Place, out: &mut Vec<Finding>) {
        let name = receipt.payload().kind();
        let Some(kind) = DeliveryKind::from_name(name) else {
            let unknown = |expected| {
                Finding::new(Code::PolicyUnknownKind, format!("kind {name}"), expected)
                    .of_rule(Rule::R23)
                    .at(place)
            };
            if DeliveryKind::is_reserved(name) {
                out.push(unknown("a kind of this project that this version knows"));
            } else if !self.expect.allows(name) {
                out.push(unknown("a known kind, or one that was allowed"));
            }
            if self.clean {
                self.rules.push_unknown(receipt, place, out);
            }
            return;
        };
        match DeliveryClaim::decode(kind, receipt.payload()) {
            Ok(_) if kind.needs_subject() && receipt.payload().subject().is_empty() => {
                self.clean = false;
                let expected = "the image manifest digest as first subject";
                out.push(Finding::new(Code::CodecSchema, "no subject", expected).at(place));
            }
            Ok(claim) if self.clean => {
                let seen = Seen {
                    receipt,
                    place,
                    kind,
                    claim,
                };
                self.rules.push(seen, &self.tally, out);
            }
            Ok(_) => {}
            Err(error) => {
                self.clean = false;
                out.push(Finding::of_error(&error, place.offset).at_seq(place.seq));
            }
        }
    }

    /// The first verified receipt says what the chain is about.
    fn begin(&mut self, receipt: &Receipt<'_>, place: Place) {
        let header = receipt.header();
        // The parser has checked the grammar of both.
        self.facts.sub = Identifier::parse(header.sub()).ok();
        self.facts.aud = Identifier::parse(header.aud()).ok();
        if let Position::First { run, after } = *receipt.payload().position() {
            self.facts.run = Some(run);
            self.facts.after = after;
            if after.is_some() {
                self.rules.set_successor(place);
            }
        }
        let names = [
            (
                "sub",
                header.sub(),
                self.expect.sub.value(),
                Code::PolicyReleaseMismatch,
            ),
            (
                "aud",
                header.aud(),
                self.expect.aud.value(),
                Code::PolicyEnvironmentMismatch,
            ),
        ];
        for (what, found, expected, code) in names {
            if let Some(expected) = expected
                && *expected != *found
            {
                let (found, expected) = (format!("{what} {found}"), format!("{what} {expected}"));
                self.findings
                    .push(Finding::new(code, found, expected).at(place));
            }
        }
    }

    fn check_time(&mut self, receipt: &Receipt<'_>, place: Place) {
        let iat = receipt.header().iat();
        if iat.as_secs() > self.now.as_secs().saturating_add(MAX_CLOCK_SKEW_S) {
            let found = format!("iat {}", iat.as_secs());
            let expected = format!(
                "at most {MAX_CLOCK_SKEW_S} seconds after now, {}",
                self.now.as_secs()
            );
            self.findings
                .push(Finding::new(Code::PolicyClockSkew, found, expected).at(place));
        }
        let key = self.trust.key(&receipt.header().kid());
        if !key.is_some_and(|key| key.has_ended(self.now)) {
            return;
        }
        if self.expect.proven_time {
            let found = format!(
                "iat {}, claimed by the holder of a key that has ended",
                iat.as_secs()
            );
            let finding = Finding::new(
                Code::TrustUnprovenTime,
                found,
                "proof that it was signed before",
            );
            self.findings.push(finding.of_rule(Rule::R16).at(place));
        } else {
            let detail = "whether keys that have ended since signed before they ended";
            self.unchecked.note("ended-key", detail, place.seq);
        }
    }

    /// Heads that the caller knows. What they are worth is said when the whole chain is verified.
    fn meet(&mut self, seq: u64, link: Link) {
        self.met_head |= self.expect.head == Some(link);
        if self.expect.remembered.is_some_and(|it| it.seq == seq) {
            self.met_remembered = Some(link);
        }
    }
}
