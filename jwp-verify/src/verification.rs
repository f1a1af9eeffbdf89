//! One verification: the steps in their order, receipt by receipt.

use core::ops::ControlFlow;
use std::io::{self, Read, Seek, SeekFrom};

use jwp_core::{
    Digest, DigestAlgorithm, Error, ErrorKind, Identifier, KeyId, Kind, Link, Receipt, Timestamp,
    UnverifiedReceipt,
    chain::{ChainHead, ReadError, Receipts, SequenceReader},
    envelope::Batch,
    payload::Position,
};
use jwp_delivery::{DeliveryClaim, DeliveryKind};
use sha2::{Digest as _, Sha256};

use crate::{
    chain::{Break, Classifier, Walk},
    code::{Class, Code, RULES, Rule},
    facts::{Facts, Head},
    finding::{Finding, Findings, Place},
    invariant::{Rules, Seen},
    policy::{Expectations, MAX_CLOCK_SKEW_S, evaluate::evaluate},
    report::{Asked, Basis, Outcome, Report},
    tally::Tally,
    trust::{TrustStore, TrustedKey},
    unchecked::{NotChecked, Unchecked},
};

/// What a verification knows beyond its report.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) rules: Rules,
    pub(crate) tally: Tally,
    /// Whether the last receipt that follows the others is not signed by somebody who may sign it.
    pub(crate) head_is_unverified: bool,
    /// The last receipt, to go on behind it, where the chain is verified for that and is whole.
    pub(crate) head: Option<ChainHead>,
}

/// Verifies a chain in memory.
pub(crate) fn of_bytes(
    bytes: &[u8],
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> (Report, State) {
    let mut run = Verification::new(trust, expect, now);
    let keys = |kid: &KeyId| trust.key(kid).map(TrustedKey::verifying_key);
    // Either way of ending has left its findings in `run`.
    let _ = Receipts::new(bytes).check_each(&mut Batch::new(), keys, |item| match item {
        Ok((offset, receipt)) => run.take(offset, receipt),
        Err(error) => run.stop(&error),
    });
    if let Some(broken) = run.broken.take() {
        let mut classifier = Classifier::new(&broken, trust);
        // An item that does not parse ends the iteration; what stands before it names the break.
        for (offset, receipt) in Receipts::new(bytes).map_while(Result::ok) {
            if classifier.look(offset, &receipt).is_break() {
                break;
            }
        }
        run.findings.push(classifier.finish());
    }
    run.finish(Some(Digest::sha256(bytes)))
}

/// Verifies a chain from a stream that can be read once.
pub(crate) fn of_stream<R: Read>(
    source: R,
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> Report {
    let mut hashed = Hashed::new(source);
    let mut run = Verification::new(trust, expect, now);
    run.read(&mut SequenceReader::new(&mut hashed));
    if let Some(broken) = run.broken.take() {
        run.findings.push(broken.unnamed());
    }
    run.finish(hashed.digest()).0
}

/// Verifies a chain from a source that can be read a second time.
pub(crate) fn of_reader<R: Read + Seek>(
    mut source: R,
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> Report {
    let mut run = Verification::new(trust, expect, now);
    let start = match source.stream_position() {
        Ok(start) => start,
        Err(error) => {
            let _ = run.fail(&error, 0);
            return run.finish(None).0;
        }
    };
    let mut hashed = Hashed::new(&mut source);
    run.read(&mut SequenceReader::new(&mut hashed));
    let mut digest = hashed.digest();
    if let Some(broken) = run.broken.take() {
        let finding = name(&broken, &mut source, start, trust);
        run.findings
            .push(finding.unwrap_or_else(|| broken.unnamed()));
    }
    if digest.is_none() {
        digest = digest_of(&mut source, start).ok();
    }
    run.finish(digest).0
}

/// The second pass; `None` where the source cannot be read again.
fn name<R: Read + Seek>(
    broken: &Break,
    source: &mut R,
    start: u64,
    trust: &TrustStore,
) -> Option<Finding> {
    source.seek(SeekFrom::Start(start)).ok()?;
    let mut reader = SequenceReader::new(source);
    let mut classifier = Classifier::new(broken, trust);
    loop {
        match reader.next_receipt() {
            Ok(Some((offset, receipt))) if classifier.look(offset, &receipt).is_continue() => {}
            Ok(_) | Err(ReadError::Receipt(_)) => return Some(classifier.finish()),
            Err(_) => return None,
        }
    }
}

fn digest_of<R: Read + Seek>(source: &mut R, start: u64) -> io::Result<Digest> {
    source.seek(SeekFrom::Start(start))?;
    let mut hashed = Hashed::new(source);
    io::copy(&mut hashed, &mut io::sink())?;
    hashed
        .digest()
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Hashes what is read.
struct Hashed<R> {
    source: R,
    hasher: Sha256,
    ended: bool,
}

impl<R> Hashed<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            hasher: Sha256::new(),
            ended: false,
        }
    }

    /// The digest of the whole source, once it was read to its end.
    fn digest(self) -> Option<Digest> {
        let digest = Digest::new(DigestAlgorithm::Sha256, self.hasher.finalize().into());
        self.ended.then_some(digest)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.ended |= read == 0 && !buffer.is_empty();
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The steps, with what is kept between receipts: nothing that grows with the chain.
struct Verification<'t> {
    trust: &'t TrustStore,
    expect: &'t Expectations,
    now: Timestamp,
    walk: Walk,
    broken: Option<Box<Break>>,
    rules: Rules,
    tally: Tally,
    seals: u64,
    findings: Findings,
    unchecked: Unchecked,
    facts: Facts,
    /// Whether every receipt so far was verified and understood: rules across receipts say nothing
    /// about a chain of which a part is unknown.
    clean: bool,
    head_is_unverified: bool,
    /// The last verified receipt, where somebody will append behind it.
    head: Option<ChainHead>,
    /// Whether the chain was read to its end.
    ended: bool,
    /// Offset behind the last receipt.
    end: usize,
    met_head: bool,
    /// What stands where a head was seen before.
    met_remembered: Option<Link>,
}

impl<'t> Verification<'t> {
    fn new(trust: &'t TrustStore, expect: &'t Expectations, now: Timestamp) -> Self {
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

    fn read<R: Read>(&mut self, reader: &mut SequenceReader<R>) {
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
    fn fail(&mut self, error: &io::Error, offset: usize) -> ControlFlow<()> {
        let finding = Finding::new(Code::CliIo, error.to_string(), "a chain that can be read");
        self.findings.push(finding.at_offset(offset));
        self.ended = false;
        ControlFlow::Break(())
    }

    /// The next item is no receipt: where it ends, nobody knows.
    fn stop(&mut self, error: &Error) -> ControlFlow<()> {
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
    fn take(&mut self, offset: usize, receipt: UnverifiedReceipt<'_>) -> ControlFlow<()> {
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

    /// What does not follow has its finding already, and nobody goes on behind it.
    fn advance(&mut self, receipt: &Receipt<'_>) {
        match &mut self.head {
            None => self.head = ChainHead::begin(receipt).ok(),
            Some(head) => {
                let _ = head.advance(receipt);
            }
        }
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

    /// What can be said at the end, and the report.
    fn finish(mut self, chain: Option<Digest>) -> (Report, State) {
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
