//! Energy: exact microjoules, and where a figure comes from.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    decimal::{self, Decimal, ParseDecimalError},
    digest::Digest,
    error::Invalid,
};

/// The newtype name by which joules ask the codec for tag 4.
pub(crate) const JOULES_TOKEN: &str = "$jwp::joules";

/// Energy in microjoules, printed and written in joules.
///
/// ```cddl
/// joules = uint / #6.4([-6..-1, uint])
/// ```
///
/// Unmetered is absent, never 0. Sums are checked ([`Joules::checked_add`]).
///
/// ```
/// use jwp_core::Joules;
/// let total = "0.36".parse::<Joules>()?.checked_add("5.1".parse()?).unwrap();
/// assert_eq!(total.to_string(), "5.46");
/// # Ok::<(), jwp_core::decimal::ParseDecimalError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Joules(u64);

impl Joules {
    /// From microjoules (10⁻⁶ J).
    #[must_use]
    pub const fn from_microjoules(energy_uj: u64) -> Self {
        Self(energy_uj)
    }

    /// In microjoules.
    #[must_use]
    pub const fn as_microjoules(self) -> u64 {
        self.0
    }

    /// The sum, or `None` above `u64` microjoules.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}

impl TryFrom<Decimal> for Joules {
    type Error = ParseDecimalError;

    /// Exact: more than six places, a negative number and more than `u64` microjoules are refused.
    fn try_from(joules: Decimal) -> Result<Self, Self::Error> {
        let places = u32::from(joules.exponent().unsigned_abs());
        let power = 6u32.checked_sub(places).ok_or(ParseDecimalError)?;
        10i128
            .checked_pow(power)
            .and_then(|scale| joules.mantissa().checked_mul(scale))
            .and_then(|uj| u64::try_from(uj).ok())
            .map(Self)
            .ok_or(ParseDecimalError)
    }
}

impl FromStr for Joules {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.parse::<Decimal>().and_then(Self::try_from);
        parsed.or_else(|error| in_microjoules(text).ok_or(error))
    }
}

/// Of a text whose mantissa no decimal has.
fn in_microjoules(text: &str) -> Option<Joules> {
    let (whole, part) = text.split_once('.')?;
    let is_plain =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let has_zeros = whole.len() > 1 && whole.starts_with('0');
    if !is_plain(whole) || !is_plain(part) || part.len() > 6 || has_zeros {
        return None;
    }
    let missing = 6_u32.checked_sub(u32::try_from(part.len()).ok()?)?;
    let part = part
        .parse::<u64>()
        .ok()?
        .checked_mul(10_u64.checked_pow(missing)?)?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(1_000_000)?;
    whole.checked_add(part).map(Joules)
}

/// Rounded half to even where there is a precision: `{:.2}` has two places.
impl fmt::Display for Joules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mantissa, exponent) = self.parts();
        decimal::print(f, mantissa.into(), exponent)
    }
}

impl fmt::Debug for Joules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} J")
    }
}

impl Joules {
    /// Mantissa and exponent in the only form: an integer, or −6..−1 and no multiple of ten.
    pub(crate) fn parts(self) -> (u64, i8) {
        let (mut mantissa, mut exponent) = (self.0, -6i8);
        while exponent < 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            exponent = exponent.saturating_add(1);
        }
        (mantissa, exponent)
    }

    /// The inverse of [`Self::parts`] over pairs that the codec has found in their only form.
    #[inline]
    pub(crate) fn from_parts(mantissa: u64, exponent: i8) -> Option<Self> {
        /// Microjoules in one of each place.
        const PLACES: [u64; 7] = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1];
        let place = PLACES.get(usize::from(exponent.unsigned_abs()))?;
        place.checked_mul(mantissa).map(Self)
    }
}

impl Serialize for Joules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        match self.parts() {
            (mantissa, 0) => serializer.serialize_u64(mantissa),
            (mantissa, exponent) => {
                serializer.serialize_newtype_struct(JOULES_TOKEN, &(exponent, mantissa))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Joules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(decimal::Text::new("joules as text, such as \"0.36\""))
        } else {
            deserializer.deserialize_newtype_struct(JOULES_TOKEN, JoulesVisitor)
        }
    }
}

struct JoulesVisitor;

impl<'de> de::Visitor<'de> for JoulesVisitor {
    type Value = Joules;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("joules (uint / #6.4([-6..-1, uint]))")
    }

    fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Joules, E> {
        let unexpected = de::Unexpected::Unsigned(whole);
        Joules::from_parts(whole, 0).ok_or_else(|| E::invalid_value(unexpected, &self))
    }

    fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Joules, E> {
        match u64::try_from(whole) {
            Ok(whole) => self.visit_u64(whole),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(whole), &self)),
        }
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Joules, A::Error> {
        let exponent: i8 = seq
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let mantissa: u64 = seq
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(1, &self))?;
        Joules::from_parts(mantissa, exponent).ok_or_else(|| de::Error::custom(ParseDecimalError))
    }
}

/// Where a figure of energy comes from. A modelled joule must never look measured.
///
/// Ordered from best to worst: the worst source among figures is the source of their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EnergySource {
    /// Read from a counter over a stated window.
    Measured,
    /// Computed by a stated model from stated inputs.
    Modelled,
    /// Said by the issuer.
    Declared,
}

impl EnergySource {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Modelled => "modelled",
            Self::Declared => "declared",
        }
    }

    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        [Self::Measured, Self::Modelled, Self::Declared]
            .into_iter()
            .find(|s| s.name().as_bytes() == name)
    }
}

/// What a measurement covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MeterScope {
    /// The whole machine.
    Machine,
    /// One control group.
    Cgroup,
    /// One process.
    Process,
}

impl MeterScope {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Cgroup => "cgroup",
            Self::Process => "process",
        }
    }

    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        [Self::Machine, Self::Cgroup, Self::Process]
            .into_iter()
            .find(|s| s.name().as_bytes() == name)
    }
}

/// How the joules of a receipt were obtained.
///
/// ```cddl
/// meter = {
///   "source" => "measured" / "modelled" / "declared",
///   "method" => tstr,
///   ? "id" => tstr,
///   ? "scope" => "machine" / "cgroup" / "process",
///   ? "start_ms" => 0..253402300799999,
///   ? "window_ms" => uint,
///   ? "resolution_uj" => uint,
///   ? "lo" => joules,
///   ? "hi" => joules,
///   ? "model" => digest,
///   ? "max_w" => decimal,
///   ? "domains" => [+ tstr],
///   ? "note" => tstr,
/// }
/// ```
///
/// A measured figure names `id`, `scope`, `start_ms` and `window_ms`; `lo` and `hi` stand both or
/// neither, and around the figure; a measured 0 states `resolution_uj` and `hi`.
///
/// **Does not prove** that the figure is true: it says who says so, and how they came by it.
// In the order of the wire, in which nothing has to be sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Meter {
    /// Upper bound of the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi: Option<Joules>,
    /// Name of the meter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Lower bound of the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lo: Option<Joules>,
    /// Anything a reader should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Highest power that the machine can draw, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_w: Option<Decimal>,
    /// Digest of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Digest>,
    /// What the figure covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<MeterScope>,
    /// The method, in a few words (`rapl`, `declared by the owner`).
    pub method: String,
    /// Where the figure comes from.
    pub source: EnergySource,
    /// Counter domains (`package-0`, `dram`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Beginning of the window, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_ms: Option<u64>,
    /// Length of the window in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
    /// Smallest step of the counter in microjoules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution_uj: Option<u64>,
}

impl Meter {
    /// A figure from `source`, obtained by `method`.
    #[must_use]
    pub fn new(source: EnergySource, method: impl Into<String>) -> Self {
        Self {
            source,
            method: method.into(),
            id: None,
            scope: None,
            start_ms: None,
            window_ms: None,
            resolution_uj: None,
            lo: None,
            hi: None,
            model: None,
            max_w: None,
            domains: Vec::new(),
            note: None,
        }
    }

    /// A figure that its issuer declares, without a measurement behind it.
    #[must_use]
    pub fn declared(method: impl Into<String>) -> Self {
        Self::new(EnergySource::Declared, method)
    }

    /// Checks this meter against the figure that it explains.
    ///
    /// # Errors
    /// The first rule of the type's documentation that does not hold.
    pub fn validate(&self, joules: Joules) -> Result<(), Invalid> {
        let rules = MeterRules {
            source: self.source,
            named: self.id.is_some() && self.scope.is_some(),
            start_ms: self.start_ms,
            window_ms: self.window_ms,
            lo: self.lo,
            hi: self.hi,
            has_resolution: self.resolution_uj.is_some(),
        };
        rules.check(joules)
    }
}

/// The end of the year 9999 in milliseconds since the epoch.
pub(crate) const MAX_MS: u64 = 253_402_300_799_999;
/// What `start_ms` takes, in words.
pub(crate) const START_MS: &str = "milliseconds up to the year 9999";

/// What the rules of a meter look at, whether it is owned or borrowed.
pub(crate) struct MeterRules {
    pub(crate) source: EnergySource,
    pub(crate) named: bool,
    pub(crate) start_ms: Option<u64>,
    pub(crate) window_ms: Option<u64>,
    pub(crate) lo: Option<Joules>,
    pub(crate) hi: Option<Joules>,
    pub(crate) has_resolution: bool,
}

impl MeterRules {
    /// Whether [`MeterRules::check`] says the same of all joules.
    pub(crate) fn admit_any(&self) -> bool {
        self.lo.is_none() && self.hi.is_none() && self.source != EnergySource::Measured
    }

    pub(crate) fn check(&self, joules: Joules) -> Result<(), Invalid> {
        if self.start_ms > Some(MAX_MS) {
            return Err(Invalid::range("start_ms", START_MS));
        }
        let measured = self.source == EnergySource::Measured;
        let timed = self.start_ms.is_some() && self.window_ms.is_some();
        if measured && !(self.named && timed) {
            return Err(Invalid::schema(
                "meter",
                "id, scope, start_ms and window_ms when measured",
            ));
        }
        match (self.lo, self.hi) {
            (None, None) => {}
            (Some(lo), Some(hi)) if lo <= joules && joules <= hi => {}
            (Some(_), Some(_)) => return Err(Invalid::schema("meter", "lo <= joules <= hi")),
            _ => return Err(Invalid::schema("meter", "lo and hi both or neither")),
        }
        if measured && joules.0 == 0 && !(self.has_resolution && self.hi.is_some()) {
            return Err(Invalid::schema(
                "meter",
                "resolution_uj and hi for a measured 0",
            ));
        }
        Ok(())
    }
}
