//! Responses of the Prometheus HTTP API, `/api/v1/query` and `/api/v1/query_range`, versions 2 and 3.
//!
//! A reader that importers share, not an importer: it makes no claim. Values stay the text that
//! the server wrote and become exact decimals where they are used; `NaN` and infinities are
//! refused there. An error status, and any warning or info (partial data), refuse the response.
//! Source: Prometheus 2.55.1 `docs/querying/api.md`; real answers of 2.42.0.

mod body;
mod counter;

use core::ops::RangeInclusive;
use std::collections::BTreeMap;

use jwp_core::Decimal;

pub(crate) use self::counter::buckets;
pub use self::{body::parse, counter::Scrapes};
use super::{ImportError, fault};
use crate::compute::{
    Ratio,
    quantile::{Interval, UpperBound},
};

/// What a query answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResultType {
    /// One series of points per label set.
    Matrix,
    /// One point without labels.
    Scalar,
    /// One point per label set.
    Vector,
}

/// A response with status `success`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// What `result` holds.
    pub result_type: ResultType,
    /// The series, in the order of the document. A scalar is one series without labels.
    pub series: Vec<Series>,
}

impl Response {
    /// Refuses samples outside `seconds` since the epoch. A sample lies in the second that it is cut off to.
    pub(crate) fn check_times(&self, seconds: &RangeInclusive<u64>) -> Result<(), ImportError> {
        let inside = |point: &Point| seconds.contains(&(point.at_ms / 1000));
        let is_outside = |series: &&Series| !series.points.iter().all(inside);
        match self.series.iter().find(is_outside) {
            Some(series) => Err(fault::value(&*series.place, "samples inside the window")),
            None => Ok(()),
        }
    }
}

/// One label set and its points, in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Series {
    /// The labels, `__name__` included where the server gives it.
    pub labels: BTreeMap<String, String>,
    /// Where it stands in the document, as a JSON pointer.
    pub place: String,
    /// The points; at least one.
    pub points: Vec<Point>,
}

/// One point of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Point {
    /// Milliseconds since the epoch.
    pub at_ms: u64,
    /// The value.
    pub sample: Sample,
}

/// The value of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sample {
    /// A number, in the server's own text.
    Number(String),
    /// A native histogram.
    Histogram(NativeHistogram),
}

/// A native histogram as the API writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NativeHistogram {
    /// All observations.
    pub count: Decimal,
    /// The buckets with both bounds, ascending, each with its own count.
    pub buckets: Vec<Interval>,
}

impl NativeHistogram {
    /// Whether `sum` of the buckets is its count. An observation of NaN counts and lies in no bucket. Counts of a rate
    /// are floats of the server, and their sum may be off by its rounding, of which PromQL allows 10⁻¹².
    pub(crate) fn is_whole(&self, sum: Ratio) -> bool {
        let off = || {
            let count = Ratio::from_decimal(self.count)?;
            let (low, high) = (count.min(sum), count.max(sum));
            let noise = high.checked_mul(Ratio::new(1, 1_000_000_000_000)?)?;
            let exact = [count, sum].iter().all(|n| n.denominator() == 1);
            Some((
                high.checked_sub(low)?,
                if exact { Ratio::ZERO } else { noise },
            ))
        };
        off().is_some_and(|(off, allowed)| off <= allowed)
    }
}

impl Series {
    /// The only point, as an exact number.
    ///
    /// # Errors
    /// `Import.Value` for more points, a histogram, NaN, an infinity or more than 18 digits.
    pub fn number(&self) -> Result<Decimal, ImportError> {
        match self.points.as_slice() {
            [
                Point {
                    sample: Sample::Number(text),
                    ..
                },
            ] => number(text, &self.place),
            _ => Err(fault::value(&*self.place, "one number")),
        }
    }

    /// The time from each point to the next, in milliseconds.
    pub(crate) fn gaps_ms(&self) -> impl Iterator<Item = u64> {
        let gap = |pair: &[Point]| match pair {
            [before, after] => after.at_ms.checked_sub(before.at_ms),
            _ => None,
        };
        self.points.windows(2).filter_map(gap)
    }

    /// Every point as a whole number.
    ///
    /// # Errors
    /// `Import.Value` for anything else.
    pub fn counts(&self) -> Result<Vec<u64>, ImportError> {
        let count = |point: &Point| match &point.sample {
            Sample::Number(text) => number(text, &self.place)?
                .to_u64()
                .ok_or_else(|| fault::value(&*self.place, "a whole number")),
            Sample::Histogram(_) => Err(fault::value(&*self.place, "a number")),
        };
        self.points.iter().map(count).collect()
    }

    /// The upper bound in the label `le`.
    ///
    /// # Errors
    /// `Import.Incomplete` without the label, `Import.Value` for a bound that is no number.
    pub fn le(&self) -> Result<UpperBound, ImportError> {
        let place = format!("{}/metric/le", self.place);
        match self.labels.get("le").map(String::as_str) {
            None => Err(fault::incomplete(place, "a bucket's label le")),
            Some("+Inf") => Ok(UpperBound::Infinite),
            Some(le) => number(le, &place).map(UpperBound::Finite),
        }
    }
}

/// The exact decimal of a value's text.
pub(crate) fn number(text: &str, place: &str) -> Result<Decimal, ImportError> {
    let bad = |expected| Err(fault::value(place, expected));
    match text {
        "NaN" => bad("a number (NaN: nothing was observed)"),
        "+Inf" | "-Inf" | "Inf" => bad("a finite number"),
        _ => text
            .parse()
            .or_else(|_| bad("a number of at most 18 digits")),
    }
}
