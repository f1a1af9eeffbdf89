//! The payload as it stands in the received bytes: borrowed, wholly checked, nothing copied.

mod evidence;
mod list;
mod meter;

use core::fmt;

pub use self::{
    evidence::EvidenceView,
    list::{Elements, List},
    meter::MeterView,
};
use super::{MAX_CITE, MAX_SEQ, Position, Ref, VERSION};
use crate::{
    cbor::Reader,
    digest::Digest,
    error::{Error, ErrorKind, Result, SchemaProblem},
    identifier::{Kind, Name},
    joules::{EnergySource, Joules, MeterRules},
    link::{Link, RunId},
};

/// A payload that obeys the schema. Whether anyone signed it is not said here.
///
/// What it borrows is equal to what stands in its receipt. Of a chain that is read at once, it may lie in a receipt
/// before, where the same bytes stand: where something stands is said by [`Payload::claim_offset`] alone.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    pub(super) kind: Name<'a>,
    pub(super) position: Position,
    pub(super) claim: &'a [u8],
    pub(super) claim_offset: usize,
    pub(super) cite: List<'a, &'a str>,
    pub(super) subject: List<'a, Digest>,
    pub(super) evidence: List<'a, EvidenceView<'a>>,
    pub(super) refs: List<'a, Ref>,
    pub(super) energy: Option<Metered<'a>>,
    pub(super) parts: Parts<'a>,
}

/// Joules, where they come from, and the meter as it stands in the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metered<'a> {
    joules: Joules,
    source: EnergySource,
    meter: &'a [u8],
    admits_any: bool,
}

impl<'a> Metered<'a> {
    pub(super) fn new(joules: Joules, rules: &MeterRules, meter: &'a [u8]) -> Self {
        Self {
            joules,
            source: rules.source,
            meter,
            admits_any: rules.admit_any(),
        }
    }

    /// The meter, whose rules admit any joules if [`Metered::admits_any`].
    pub(super) const fn bytes(self) -> &'a [u8] {
        self.meter
    }

    pub(super) const fn admits_any(self) -> bool {
        self.admits_any
    }

    pub(super) const fn with(self, joules: Joules) -> Self {
        Self { joules, ..self }
    }
}

/// Parts of a payload which often come again in the next, as they stand in the bytes; both are empty where it was read
/// with care.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts<'a> {
    /// From the key `cite` to the kind.
    pub(super) named: &'a [u8],
    /// What stands behind the claim and its energy.
    pub(super) end: &'a [u8],
}

/// Of what was read it tells nothing.
impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

impl<'a> Payload<'a> {
    /// The name of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'a str {
        self.kind.as_str()
    }

    /// Where the receipt stands in its chain.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// The sequence number.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.position.seq()
    }

    /// The claim as it stands in the bytes: one deterministic CBOR map.
    #[must_use]
    pub const fn claim_bytes(&self) -> &'a [u8] {
        self.claim
    }

    /// Where the claim begins in the input that was parsed.
    #[must_use]
    pub const fn claim_offset(&self) -> usize {
        self.claim_offset
    }

    /// What the claim follows.
    #[must_use]
    pub const fn cite(&self) -> &List<'a, &'a str> {
        &self.cite
    }

    /// What the receipt is about.
    #[must_use]
    pub const fn subject(&self) -> &List<'a, Digest> {
        &self.subject
    }

    /// What the claim was computed from.
    #[must_use]
    pub const fn evidence(&self) -> &List<'a, EvidenceView<'a>> {
        &self.evidence
    }

    /// References to other receipts.
    #[must_use]
    pub const fn refs(&self) -> &List<'a, Ref> {
        &self.refs
    }

    /// What the step cost; `None` where nobody metered it, which is not 0.
    #[must_use]
    pub const fn joules(&self) -> Option<Joules> {
        match self.energy {
            Some(Metered { joules, .. }) => Some(joules),
            None => None,
        }
    }

    /// Where the figure of [`Payload::joules`] comes from.
    #[must_use]
    pub const fn source(&self) -> Option<EnergySource> {
        match self.energy {
            Some(Metered { source, .. }) => Some(source),
            None => None,
        }
    }

    /// How the figure of [`Payload::joules`] was obtained, read again from the bytes.
    #[must_use]
    pub fn meter(&self) -> Option<MeterView<'a>> {
        // The same bytes were read through once.
        MeterView::read(&mut Reader::unbounded(self.energy?.meter)).ok()
    }

    /// Reads any payload, and says what is wrong with it.
    pub(crate) fn read_carefully(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let mut version = None;
        let mut fields = Fields::default();
        let mut map = r.map()?;
        while let Some(key) = map.next_key(r)? {
            if key == b"v" {
                version = Some(read_version(r)?);
            } else {
                fields.read(key, r)?;
            }
        }
        r.close();
        if version.is_none() {
            return Err(Error::at(ErrorKind::missing("v"), start));
        }
        fields.finish(start)
    }
}

fn read_version(r: &mut Reader<'_>) -> Result<()> {
    let start = r.offset();
    match r.uint()? {
        VERSION => Ok(()),
        found => Err(Error::at(ErrorKind::Version { found }, start)),
    }
}

/// The members as they come, before it is known that they make a payload.
#[derive(Default)]
struct Fields<'a> {
    run: Option<RunId>,
    seq: Option<u64>,
    cite: Option<List<'a, &'a str>>,
    kind: Option<Name<'a>>,
    prev: Option<Link>,
    refs: Option<List<'a, Ref>>,
    after: Option<Link>,
    claim: Option<(&'a [u8], usize)>,
    meter: Option<(MeterView<'a>, &'a [u8], usize)>,
    joules: Option<Joules>,
    subject: Option<List<'a, Digest>>,
    evidence: Option<List<'a, EvidenceView<'a>>>,
}

impl<'a> Fields<'a> {
    fn read(&mut self, key: &[u8], r: &mut Reader<'a>) -> Result<()> {
        let start = r.offset();
        match key {
            b"run" => self.run = Some(RunId::from_bytes(*r.array_of("run")?)),
            b"seq" => {
                let seq = r.uint()?;
                if seq > MAX_SEQ {
                    let expected = "a seq below 2^53";
                    return Err(Error::at(ErrorKind::range(expected), start));
                }
                self.seq = Some(seq);
            }
            b"cite" => {
                let cite = List::read(r)?;
                if cite.len() > MAX_CITE {
                    return Err(Error::at(
                        ErrorKind::field("cite", "at most 32 entries"),
                        start,
                    ));
                }
                self.cite = Some(cite);
            }
            b"kind" => {
                let kind = Name::kind(r.text()?.as_bytes());
                self.kind = Some(kind.ok_or_else(|| Kind::refused().or_at(start))?);
            }
            b"prev" => self.prev = Some(Link::from_bytes(*r.array_of("prev")?)),
            b"refs" => self.refs = Some(List::read_some("refs", r)?),
            b"after" => self.after = Some(Link::from_bytes(*r.array_of("after")?)),
            b"claim" => {
                let (from, offset) = (r.position(), r.offset());
                let is_map = r.rest().first().is_some_and(|initial| initial >> 5 == 5);
                r.skip()?;
                if !is_map {
                    return Err(Error::at(
                        ErrorKind::field("claim", "{ * tstr => value }"),
                        offset,
                    ));
                }
                self.claim = Some((r.since(from), offset));
            }
            b"meter" => {
                let from = r.position();
                self.meter = Some((MeterView::read(r)?, r.since(from), start));
            }
            b"joules" => self.joules = Some(r.joules()?),
            b"subject" => self.subject = Some(List::read_some("subject", r)?),
            b"evidence" => self.evidence = Some(List::read_some("evidence", r)?),
            _ => return Err(unknown_key("the payload", start)),
        }
        Ok(())
    }

    fn finish(self, start: usize) -> Result<Payload<'a>> {
        let missing = |key| Error::at(ErrorKind::missing(key), start);
        let seq = self.seq.ok_or_else(|| missing("seq"))?;
        let cite = self.cite.ok_or_else(|| missing("cite"))?;
        let kind = self.kind.ok_or_else(|| missing("kind"))?;
        let (claim, claim_offset) = self.claim.ok_or_else(|| missing("claim"))?;
        let genesis = |found| Err(Error::at(ErrorKind::Genesis { found }, start));
        let position = match (seq, self.run, self.prev) {
            (0, Some(run), None) => Position::First {
                run,
                after: self.after,
            },
            (0, None, None) => return genesis("seq 0 without a run"),
            (0, _, Some(_)) => return genesis("seq 0 with a prev"),
            (_, None, Some(prev)) if self.after.is_none() => Position::Next { seq, prev },
            (_, _, None) => return genesis("a later receipt without a prev"),
            _ => return genesis("a later receipt with a run or an after"),
        };
        let energy = match (self.joules, self.meter) {
            (None, None) => None,
            (Some(joules), Some((meter, bytes, at))) => {
                let rules = meter.rules();
                let checked = rules.check(joules);
                checked.map_err(|invalid| Error::from(invalid).or_at(at))?;
                Some(Metered::new(joules, &rules, bytes))
            }
            (Some(_), None) => return Err(missing("meter")),
            (None, Some(_)) => return Err(missing("joules")),
        };
        Ok(Payload {
            kind,
            position,
            claim,
            claim_offset,
            cite,
            subject: self.subject.unwrap_or_default(),
            evidence: self.evidence.unwrap_or_default(),
            refs: self.refs.unwrap_or_default(),
            energy,
            parts: Parts::default(),
        })
    }
}

fn unknown_key(map: &'static str, at: usize) -> Error {
    Error::at(ErrorKind::Schema(SchemaProblem::UnknownKey { map }), at)
}
