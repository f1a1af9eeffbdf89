//! The meter as it stands in the bytes.

use super::{
    list::{Element as _, List},
    unknown_key,
};
use crate::{
    cbor::Reader,
    decimal::Decimal,
    digest::Digest,
    error::{Error, ErrorKind, Result},
    joules::{EnergySource, Joules, MAX_MS, MeterRules, MeterScope, START_MS},
};

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
    pub(super) fn read(r: &mut Reader<'a>) -> Result<Self> {
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

    /// What the rules of [`Meter::validate`](crate::Meter::validate) look at.
    pub(super) const fn rules(&self) -> MeterRules {
        MeterRules {
            source: self.source,
            named: self.id.is_some() && self.scope.is_some(),
            start_ms: self.start_ms,
            window_ms: self.window_ms,
            lo: self.lo,
            hi: self.hi,
            has_resolution: self.resolution_uj.is_some(),
        }
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
