//! The payload as it stands in the received bytes: borrowed, wholly checked, nothing copied.

use core::{fmt, marker::PhantomData};

use super::{MAX_CITE, MAX_SEQ, Position, Ref, Rel, VERSION};
use crate::{
    cbor::Reader,
    decimal::Decimal,
    digest::Digest,
    error::{Error, ErrorKind, Result, SchemaProblem},
    identifier::{Kind, Name},
    joules::{EnergySource, Joules, MAX_MS, MeterScope, START_MS},
    link::{Link, RunId},
};

/// A payload that obeys the schema. Whether anyone signed it is not said here.
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
}

/// Joules, where they come from, and the meter as it stands in the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metered<'a> {
    joules: Joules,
    source: EnergySource,
    meter: &'a [u8],
}

impl<'a> Metered<'a> {
    pub(super) const fn new(joules: Joules, source: EnergySource, meter: &'a [u8]) -> Self {
        Self {
            joules,
            source,
            meter,
        }
    }
}

impl<'a> Payload<'a> {
    /// The name of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'a str {
        self.kind.as_str()
    }

    /// The name of the kind, which has its grammar.
    pub(crate) const fn name(&self) -> Name<'a> {
        self.kind
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
            _ => {
                let problem = SchemaProblem::UnknownKey { map: "the payload" };
                return Err(Error::at(ErrorKind::Schema(problem), start));
            }
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
                meter.check(joules, at)?;
                Some(Metered::new(joules, meter.source, bytes))
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
        })
    }
}

/// What can stand in a [`List`].
pub(crate) trait Element<'a>: Sized {
    fn read(r: &mut Reader<'a>) -> Result<Self>;
}

/// An array that was checked when the payload was parsed, and is read again element by element.
pub struct List<'a, T> {
    body: &'a [u8],
    count: usize,
    element: PhantomData<T>,
}

impl<'a, T> List<'a, T> {
    /// Elements that were checked.
    pub(super) const fn of(body: &'a [u8], count: usize) -> Self {
        Self {
            body,
            count,
            element: PhantomData,
        }
    }

    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none; an absent list is an empty one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[expect(
    private_bounds,
    reason = "the element types are this module's own; nobody adds one"
)]
impl<'a, T: Element<'a>> List<'a, T> {
    /// The elements in order.
    #[must_use]
    pub const fn iter(&self) -> Elements<'a, T> {
        Elements {
            reader: Reader::unbounded(self.body),
            left: self.count,
            element: PhantomData,
        }
    }

    /// The first element.
    #[must_use]
    pub fn first(&self) -> Option<T> {
        self.iter().next()
    }

    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let count = r.array()?;
        let start = r.position();
        for _ in 0..count {
            T::read(r)?;
        }
        r.close();
        // Every element took a byte at least, so the count fits.
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self::of(r.since(start), count))
    }

    /// An optional list is absent where it would be empty.
    fn read_some(field: &'static str, r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let list = Self::read(r)?;
        if list.is_empty() {
            return Err(Error::at(
                ErrorKind::field(field, "at least one entry, or absence"),
                start,
            ));
        }
        Ok(list)
    }
}

impl<'a, T: Element<'a>> IntoIterator for &List<'a, T> {
    type IntoIter = Elements<'a, T>;
    type Item = T;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The elements of a [`List`], in order.
#[derive(Debug, Clone)]
pub struct Elements<'a, T> {
    reader: Reader<'a>,
    left: usize,
    element: PhantomData<T>,
}

impl<'a, T: Element<'a>> Iterator for Elements<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        // The same bytes were read through once; a failure here ends the iteration all the same.
        let element = T::read(&mut self.reader).ok();
        if element.is_none() {
            self.left = 0;
        }
        element
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self {
            body: &[],
            count: 0,
            element: PhantomData,
        }
    }
}

impl<'a, T: Element<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Element<'a> for &'a str {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        r.text()
    }
}

impl<'a> Element<'a> for Digest {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let form = "\"sha256:\" or \"blake3:\" and 64 lower-case hex digits";
        r.text()?
            .parse()
            .map_err(|_| Error::at(ErrorKind::field("digest", form), start))
    }
}

impl<'a> Element<'a> for Ref {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let (mut rel, mut link) = (None, None);
        let mut map = r.map()?;
        while let Some(key) = map.next_key(r)? {
            let at = r.offset();
            match key {
                b"rel" => {
                    let expected = "\"supersedes\", \"reissue\" or \"part\"";
                    let wrong = || Error::at(ErrorKind::field("rel", expected), at);
                    rel = Some(Rel::from_name(r.text()?).ok_or_else(wrong)?);
                }
                b"link" => link = Some(Link::from_bytes(*r.array_of("link")?)),
                _ => return Err(unknown_key("a reference", at)),
            }
        }
        r.close();
        let missing = |key| Error::at(ErrorKind::missing(key), start);
        Ok(Self {
            rel: rel.ok_or_else(|| missing("rel"))?,
            link: link.ok_or_else(|| missing("link"))?,
        })
    }
}

fn unknown_key(map: &'static str, at: usize) -> Error {
    Error::at(ErrorKind::Schema(SchemaProblem::UnknownKey { map }), at)
}

/// One piece of evidence as it stands in the bytes. The fields are those of
/// [`Evidence`](crate::Evidence).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is documented on Evidence")]
pub struct EvidenceView<'a> {
    pub role: &'a str,
    pub digest: Digest,
    pub size: u64,
    pub media_type: Option<&'a str>,
    pub tool: Option<&'a str>,
    pub tool_version: Option<&'a str>,
    pub argv_digest: Option<Digest>,
    pub exit_code: Option<i64>,
}

impl<'a> Element<'a> for EvidenceView<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let (mut role, mut digest, mut size) = (None, None, None);
        let (mut media_type, mut tool, mut tool_version) = (None, None, None);
        let (mut argv_digest, mut exit_code) = (None, None);
        let mut map = r.map()?;
        while let Some(key) = map.next_key(r)? {
            let at = r.offset();
            match key {
                b"role" => role = Some(r.text()?),
                b"size" => size = Some(r.uint()?),
                b"tool" => tool = Some(r.text()?),
                b"digest" => digest = Some(Digest::read(r)?),
                b"exit_code" => {
                    let code = i64::try_from(r.int()?);
                    let kind = ErrorKind::range("an exit code in i64");
                    exit_code = Some(code.map_err(|_| Error::at(kind, at))?);
                }
                b"media_type" => media_type = Some(r.text()?),
                b"argv_digest" => argv_digest = Some(Digest::read(r)?),
                b"tool_version" => tool_version = Some(r.text()?),
                _ => return Err(unknown_key("evidence", at)),
            }
        }
        r.close();
        let missing = |key| Error::at(ErrorKind::missing(key), start);
        Ok(Self {
            role: role.ok_or_else(|| missing("role"))?,
            digest: digest.ok_or_else(|| missing("digest"))?,
            size: size.ok_or_else(|| missing("size"))?,
            media_type,
            tool,
            tool_version,
            argv_digest,
            exit_code,
        })
    }
}

/// How joules were obtained, as it stands in the bytes. The fields are those of
/// [`Meter`](crate::Meter).
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is documented on Meter")]
pub struct MeterView<'a> {
    pub source: EnergySource,
    pub method: &'a str,
    pub id: Option<&'a str>,
    pub scope: Option<MeterScope>,
    pub start_ms: Option<u64>,
    pub window_ms: Option<u64>,
    pub resolution_uj: Option<u64>,
    pub lo: Option<Joules>,
    pub hi: Option<Joules>,
    pub model: Option<Digest>,
    pub max_w: Option<Decimal>,
    pub domains: List<'a, &'a str>,
    pub note: Option<&'a str>,
}

impl<'a> MeterView<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let (mut source, mut method, mut id, mut scope) = (None, None, None, None);
        let (mut start_ms, mut window_ms, mut resolution_uj) = (None, None, None);
        let (mut lo, mut hi, mut model, mut max_w) = (None, None, None, None);
        let (mut domains, mut note) = (List::default(), None);
        let mut map = r.map()?;
        while let Some(key) = map.next_key(r)? {
            let at = r.offset();
            let other = |field, expected| Error::at(ErrorKind::field(field, expected), at);
            match key {
                b"hi" => hi = Some(r.joules()?),
                b"id" => id = Some(r.text()?),
                b"lo" => lo = Some(r.joules()?),
                b"note" => note = Some(r.text()?),
                b"max_w" => max_w = Some(r.decimal()?),
                b"model" => model = Some(Digest::read(r)?),
                b"scope" => {
                    let expected = "\"machine\", \"cgroup\" or \"process\"";
                    let found = MeterScope::from_name(r.text()?.as_bytes());
                    scope = Some(found.ok_or_else(|| other("scope", expected))?);
                }
                b"method" => method = Some(r.text()?),
                b"source" => {
                    let expected = "\"measured\", \"modelled\" or \"declared\"";
                    let found = EnergySource::from_name(r.text()?.as_bytes());
                    source = Some(found.ok_or_else(|| other("source", expected))?);
                }
                b"domains" => domains = List::read_some("domains", r)?,
                b"start_ms" => start_ms = Some(read_ms(r)?),
                b"window_ms" => window_ms = Some(r.uint()?),
                b"resolution_uj" => resolution_uj = Some(r.uint()?),
                _ => return Err(unknown_key("a meter", at)),
            }
        }
        r.close();
        let missing = |key| Error::at(ErrorKind::missing(key), start);
        Ok(Self {
            source: source.ok_or_else(|| missing("source"))?,
            method: method.ok_or_else(|| missing("method"))?,
            id,
            scope,
            start_ms,
            window_ms,
            resolution_uj,
            lo,
            hi,
            model,
            max_w,
            domains,
            note,
        })
    }

    /// The rules of [`Meter::validate`](crate::Meter::validate), over the borrowed fields.
    fn check(&self, joules: Joules, at: usize) -> Result<()> {
        let rule = crate::joules::MeterRules {
            source: self.source,
            named: self.id.is_some() && self.scope.is_some(),
            start_ms: self.start_ms,
            window_ms: self.window_ms,
            lo: self.lo,
            hi: self.hi,
            has_resolution: self.resolution_uj.is_some(),
        };
        rule.check(joules)
            .map_err(|invalid| Error::from(invalid).or_at(at))
    }
}

/// Milliseconds since the epoch.
fn read_ms(r: &mut Reader<'_>) -> Result<u64> {
    let start = r.offset();
    let ms = r.uint()?;
    if ms > MAX_MS {
        let expected = START_MS;
        return Err(Error::at(ErrorKind::range(expected), start));
    }
    Ok(ms)
}
