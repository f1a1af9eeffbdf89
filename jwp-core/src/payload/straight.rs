//! A payload without a fault, read from front to end: what is wrong with any other is found by
//! [`Payload::read_carefully`], which also reads everything that this reads.

use super::{
    MAX_CITE, MAX_SEQ, Position,
    view::{List, Metered, Payload},
};
use crate::{
    cbor::Straight,
    digest,
    identifier::Name,
    joules::{EnergySource, Joules, MeterRules, MeterScope},
    link::{Link, RunId},
};

/// How many arrays, maps and tags are open inside the payload's map.
const OPEN: usize = 1;

impl<'a> Payload<'a> {
    /// `None` for a payload that has to be read with care: one with a fault, and a few that are rare. `offset` is
    /// where it begins.
    #[inline(always)]
    pub(crate) fn read_straight(s: &mut Straight<'a>, offset: usize) -> Option<Self> {
        let input = s.rest();
        // Optional members are there or not; the order of all is fixed, so that no key can stand twice.
        let mut members = s.map()?.checked_sub(5)?;
        let mut stands = |is: bool| {
            members = members.wrapping_sub(usize::from(is));
            is
        };
        s.literal(b"\x61v\x01", 2)?;
        let run = if stands(s.literal(b"\x63run\x50", 2).is_some()) {
            Some(RunId::from_bytes(*s.fixed()?))
        } else {
            None
        };
        s.literal(b"\x63seq", 1)?;
        let seq = s.uint().filter(|seq| *seq <= MAX_SEQ)?;
        s.literal(b"\x64cite", 1)?;
        let cite = list(s, |s| s.text().map(|_| ()))?;
        (cite.len() <= MAX_CITE).then_some(())?;
        s.literal(b"\x64kind", 1)?;
        let kind = Name::kind(s.unchecked_text()?)?;
        let link = |s: &mut Straight<'a>| s.fixed().map(|bytes| Link::from_bytes(*bytes));
        let position = match run {
            // `refs` and `after` are rare.
            Some(run) if seq == 0 => Position::First { run, after: None },
            None if seq > 0 && stands(s.literal(b"\x64prev\x58\x20", 2).is_some()) => {
                Position::Next {
                    seq,
                    prev: link(s)?,
                }
            }
            _ => return None,
        };
        s.literal(b"\x65claim", 1)?;
        let before = s.rest();
        let claim_at = input.len().checked_sub(before.len())?;
        s.apart(|s| s.skip_map(OPEN))?;
        let claim = between(before, s)?;
        let energy = if stands(s.literal(b"\x65meter", 1).is_some()) {
            let before = s.rest();
            let rules = meter(s)?;
            let meter = between(before, s)?;
            s.literal(b"\x66joules", 1)?;
            stands(true);
            let joules = joules(s)?;
            rules.check(joules).ok()?;
            Some(Metered::new(joules, rules.source, meter))
        } else {
            None
        };
        let subject = if stands(s.literal(b"\x67subject", 1).is_some()) {
            some(list(s, digest)?)?
        } else {
            List::default()
        };
        let evidence = if stands(s.literal(b"\x68evidence", 1).is_some()) {
            some(list(s, piece)?)?
        } else {
            List::default()
        };
        (members == 0).then_some(())?;
        Some(Self {
            kind,
            position,
            claim,
            claim_offset: offset.checked_add(claim_at)?,
            cite,
            subject,
            evidence,
            refs: List::default(),
            energy,
        })
    }
}

/// What was read since `before` was what lay ahead.
#[inline(always)]
fn between<'a>(before: &'a [u8], s: &Straight<'a>) -> Option<&'a [u8]> {
    before.get(..before.len().checked_sub(s.rest().len())?)
}

#[inline(always)]
fn list<'a, T>(
    s: &mut Straight<'a>,
    element: impl Fn(&mut Straight<'a>) -> Option<()>,
) -> Option<List<'a, T>> {
    let count = s.array()?;
    let before = s.rest();
    for _ in 0..count {
        element(s)?;
    }
    Some(List::of(between(before, s)?, count))
}

/// An optional list is absent where it would be empty.
#[inline(always)]
fn some<'a, T>(list: List<'a, T>) -> Option<List<'a, T>> {
    (!list.is_empty()).then_some(list)
}

#[inline(always)]
fn digest(s: &mut Straight<'_>) -> Option<()> {
    digest::is_text(s.unchecked_text()?).then_some(())
}

#[inline(always)]
fn joules(s: &mut Straight<'_>) -> Option<Joules> {
    match s.number()? {
        (mantissa, false, exponent) => Joules::from_parts(mantissa, exponent),
        _ => None,
    }
}

/// The members of a map that may be there or not, in their order.
struct Optional<'s, 'a> {
    s: &'s mut Straight<'a>,
    left: usize,
}

impl<'s, 'a> Optional<'s, 'a> {
    #[inline(always)]
    fn open(s: &'s mut Straight<'a>) -> Option<Self> {
        let left = s.map()?;
        Some(Self { s, left })
    }

    /// The value of the next key, if it is this one; the inner `None` where it is another.
    #[inline(always)]
    fn take<const N: usize, T>(
        &mut self,
        key: &[u8; N],
        value: impl FnOnce(&mut Straight<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.left == 0 || self.s.literal(key, 1).is_none() {
            return Some(None);
        }
        self.left = self.left.wrapping_sub(1);
        value(self.s).map(Some)
    }

    /// All members were taken.
    #[inline(always)]
    fn close(self) -> Option<()> {
        (self.left == 0).then_some(())
    }
}

/// One piece of evidence.
#[inline(always)]
fn piece(s: &mut Straight<'_>) -> Option<()> {
    let mut map = Optional::open(s)?;
    map.take(b"\x64role", Straight::text)??;
    map.take(b"\x64size", Straight::uint)??;
    map.take(b"\x64tool", Straight::text)?;
    map.take(b"\x66digest", digest)??;
    map.take(b"\x69exit_code", |s| match s.number()? {
        (code, _, 0) if code >> 63 == 0 => Some(()),
        _ => None,
    })?;
    map.take(b"\x6amedia_type", Straight::text)?;
    map.take(b"\x6bargv_digest", digest)?;
    map.take(b"\x6ctool_version", Straight::text)?;
    map.close()
}

/// The meter, and what its rules are about.
#[inline(always)]
fn meter(s: &mut Straight<'_>) -> Option<MeterRules> {
    let mut map = Optional::open(s)?;
    let hi = map.take(b"\x62hi", joules)?;
    let id = map.take(b"\x62id", Straight::text)?;
    let lo = map.take(b"\x62lo", joules)?;
    map.take(b"\x64note", Straight::text)?;
    map.take(b"\x65max_w", |s| match s.number()? {
        (mantissa, _, _) if mantissa >> 63 == 0 => Some(()),
        _ => None,
    })?;
    map.take(b"\x65model", digest)?;
    let scope = map.take(b"\x65scope", |s| MeterScope::from_name(s.unchecked_text()?))?;
    map.take(b"\x66method", Straight::text)??;
    let source = map.take(b"\x66source", |s| {
        EnergySource::from_name(s.unchecked_text()?)
    })??;
    map.take(b"\x67domains", |s| {
        some(list::<&str>(s, |s| s.text().map(|_| ()))?)
    })?;
    let start_ms = map.take(b"\x68start_ms", Straight::uint)?;
    let window_ms = map.take(b"\x69window_ms", Straight::uint)?;
    let resolution_uj = map.take(b"\x6dresolution_uj", Straight::uint)?;
    map.close()?;
    Some(MeterRules {
        source,
        named: id.is_some() && scope.is_some(),
        start_ms,
        window_ms,
        lo,
        hi,
        has_resolution: resolution_uj.is_some(),
    })
}
