//! A payload without a fault, read from front to end: what is wrong with any other is found by
//! [`Payload::read_carefully`], which also reads everything that this reads.

use super::{
    MAX_CITE, MAX_SEQ, Position,
    view::{EvidenceView, List, Metered, Parts, Payload},
};
use crate::{
    cbor::Straight,
    digest::{self, Digest},
    identifier::Name,
    joules::{EnergySource, Joules, MeterRules, MeterScope},
    link::{Link, RunId},
};

/// How many arrays, maps and tags are open inside the payload's map.
const OPEN: usize = 1;

impl<'a> Payload<'a> {
    /// `None` for a payload that has to be read with care: one with a fault, and a few that are rare. `offset` is
    /// where it begins. Any payload may have been read `before`: what is the same in both is not read again.
    #[inline(always)]
    pub(crate) fn read_straight(
        s: &mut Straight<'a>,
        offset: usize,
        before: Option<&Self>,
    ) -> Option<Self> {
        let input = s.rest();
        // Optional members are there or not; the order of all is fixed, so that no key can stand twice.
        let mut members = s.map()?.checked_sub(5)?;
        let mut stands = |is: bool| {
            members = members.wrapping_sub(usize::from(is));
            is
        };
        s.literal(b"\x61v\x01")?;
        let run = if stands(s.literal(b"\x63run\x50").is_some()) {
            Some(RunId::from_bytes(*s.fixed()?))
        } else {
            None
        };
        s.literal(b"\x63seq")?;
        let seq = s.uint().filter(|seq| *seq <= MAX_SEQ)?;
        let at = s.rest();
        let (cite, kind) = match before {
            Some(before) if s.again(before.parts.named) => (before.cite.clone(), before.kind),
            _ => named(s)?,
        };
        let named = s.since(at)?;
        let link = |s: &mut Straight<'a>| s.fixed().map(|bytes| Link::from_bytes(*bytes));
        let position = match run {
            // `refs` and `after` are rare.
            Some(run) if seq == 0 => Position::First { run, after: None },
            None if seq > 0 && stands(s.literal(b"\x64prev\x58\x20").is_some()) => Position::Next {
                seq,
                prev: link(s)?,
            },
            _ => return None,
        };
        s.literal(b"\x65claim")?;
        let at = s.rest();
        let claim_at = input.len().checked_sub(at.len())?;
        s.skip_map(OPEN)?;
        let claim = s.since(at)?;
        let energy = if stands(s.literal(b"\x65meter").is_some()) {
            stands(true);
            Some(energy(s, before.and_then(|before| before.energy))?)
        } else {
            None
        };
        let end = s.rest();
        let (subject, evidence) = match before {
            Some(before) if before.parts.end.len() == end.len() && s.again(before.parts.end) => {
                (before.subject.clone(), before.evidence.clone())
            }
            _ => (
                optional_list(s, b"\x67subject")?,
                optional_list(s, b"\x68evidence")?,
            ),
        };
        stands(!subject.is_empty());
        stands(!evidence.is_empty());
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
            parts: Parts { named, end },
        })
    }
}

/// Citations and kind.
#[inline(always)]
fn named<'a>(s: &mut Straight<'a>) -> Option<(List<'a, &'a str>, Name<'a>)> {
    s.literal(b"\x64cite")?;
    let cite = list(s)?;
    (cite.len() <= MAX_CITE).then_some(())?;
    s.literal(b"\x64kind")?;
    Some((cite, Name::kind(s.unchecked_text()?)?))
}

/// Meter and joules. A meter that was read before is not read again where its rules ask nothing of the joules.
#[inline(always)]
fn energy<'a>(s: &mut Straight<'a>, before: Option<Metered<'a>>) -> Option<Metered<'a>> {
    let at = s.rest();
    if let Some(before) = before
        && before.admits_any()
        && s.again(before.bytes())
    {
        s.literal(b"\x66joules")?;
        return Some(before.with(joules(s)?));
    }
    let rules = meter(s)?;
    let meter = s.since(at)?;
    s.literal(b"\x66joules")?;
    let joules = joules(s)?;
    rules.check(joules).ok()?;
    Some(Metered::new(joules, &rules, meter))
}

/// A list that is absent where it would be empty.
#[inline(always)]
fn optional_list<'a, T: Listed<'a>, const N: usize>(
    s: &mut Straight<'a>,
    key: &[u8; N],
) -> Option<List<'a, T>> {
    match s.literal(key) {
        Some(()) => some(list(s)?),
        None => Some(List::default()),
    }
}

/// What a list is of, gone over by a method: whether a closure becomes part of its caller is not for us to say, and
/// where it does not, what lies ahead goes through memory.
trait Listed<'a> {
    fn go_over(s: &mut Straight<'a>) -> Option<()>;
}

impl<'a> Listed<'a> for &'a str {
    #[inline(always)]
    fn go_over(s: &mut Straight<'a>) -> Option<()> {
        s.text().map(|_| ())
    }
}

impl<'a> Listed<'a> for Digest {
    #[inline(always)]
    fn go_over(s: &mut Straight<'a>) -> Option<()> {
        digest::is_text(s.unchecked_text()?).then_some(())
    }
}

#[inline(always)]
fn list<'a, T: Listed<'a>>(s: &mut Straight<'a>) -> Option<List<'a, T>> {
    let count = s.array()?;
    let before = s.rest();
    for _ in 0..count {
        T::go_over(s)?;
    }
    Some(List::of(s.since(before)?, count))
}

/// An optional list is absent where it would be empty.
#[inline(always)]
fn some<'a, T>(list: List<'a, T>) -> Option<List<'a, T>> {
    (!list.is_empty()).then_some(list)
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

    /// Whether the next key is this one.
    #[inline(always)]
    fn is_next<const N: usize>(&mut self, key: &[u8; N]) -> bool {
        let is = self.left != 0 && self.s.literal(key).is_some();
        self.left = self.left.wrapping_sub(usize::from(is));
        is
    }

    /// All members were taken.
    #[inline(always)]
    fn close(self) -> Option<()> {
        (self.left == 0).then_some(())
    }
}

/// The value of the next key, if it is this one; `None` where it is another.
macro_rules! member {
    ($map:ident, $key:literal, $value:expr) => {
        if $map.is_next($key) {
            Some($value?)
        } else {
            None
        }
    };
}

impl<'a> Listed<'a> for EvidenceView<'a> {
    #[inline(always)]
    fn go_over(s: &mut Straight<'a>) -> Option<()> {
        let mut map = Optional::open(s)?;
        member!(map, b"\x64role", map.s.text())?;
        member!(map, b"\x64size", map.s.uint())?;
        member!(map, b"\x64tool", map.s.text());
        member!(map, b"\x66digest", Digest::go_over(map.s))?;
        member!(map, b"\x69exit_code", exit_code(map.s));
        member!(map, b"\x6amedia_type", map.s.text());
        member!(map, b"\x6bargv_digest", Digest::go_over(map.s));
        member!(map, b"\x6ctool_version", map.s.text());
        map.close()
    }
}

#[inline(always)]
fn exit_code(s: &mut Straight<'_>) -> Option<()> {
    match s.number()? {
        (code, _, 0) if code >> 63 == 0 => Some(()),
        _ => None,
    }
}

#[inline(always)]
fn max_w(s: &mut Straight<'_>) -> Option<()> {
    match s.number()? {
        (mantissa, _, _) if mantissa >> 63 == 0 => Some(()),
        _ => None,
    }
}

/// The meter, and what its rules are about.
#[inline(always)]
fn meter(s: &mut Straight<'_>) -> Option<MeterRules> {
    let mut map = Optional::open(s)?;
    // A meter that says nothing but what it must begins with its method.
    let mut method = member!(map, b"\x66method", map.s.text());
    let (mut hi, mut id, mut lo, mut scope) = (None, None, None, None);
    if method.is_none() {
        hi = member!(map, b"\x62hi", joules(map.s));
        id = member!(map, b"\x62id", map.s.text());
        lo = member!(map, b"\x62lo", joules(map.s));
        member!(map, b"\x64note", map.s.text());
        member!(map, b"\x65max_w", max_w(map.s));
        member!(map, b"\x65model", Digest::go_over(map.s));
        scope = member!(
            map,
            b"\x65scope",
            MeterScope::from_name(map.s.unchecked_text()?)
        );
        method = member!(map, b"\x66method", map.s.text());
    }
    method?;
    let source = member!(
        map,
        b"\x66source",
        EnergySource::from_name(map.s.unchecked_text()?)
    )?;
    member!(map, b"\x67domains", some(list::<&str>(map.s)?));
    let start_ms = member!(map, b"\x68start_ms", map.s.uint());
    let window_ms = member!(map, b"\x69window_ms", map.s.uint());
    let resolution_uj = member!(map, b"\x6dresolution_uj", map.s.uint());
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
