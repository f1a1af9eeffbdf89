//! Responses of the Prometheus HTTP API, `/api/v1/query` and `/api/v1/query_range`, versions 2 and 3.
//!
//! A reader that importers share, not an importer: it makes no claim. Values stay the text that
//! the server wrote and become exact decimals where they are used; `NaN` and infinities are
//! refused there. An error status, and any warning or info (partial data), refuse the response.
//! Source: Prometheus 2.55.1 `docs/querying/api.md`; real answers of 2.42.0.

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};

use jwp_core::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ImportError, fault};
use crate::compute::{
    Ratio,
    quantile::{Bucket, Interval, UpperBound},
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status: String,
    #[serde(default)]
    error_type: Option<String>,
    #[serde(borrow, default)]
    data: Option<Data<'a>>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    result_type: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

type Pair<'a> = (&'a RawValue, String);

#[derive(Deserialize)]
struct RawSeries<'a> {
    metric: BTreeMap<String, String>,
    #[serde(borrow, default)]
    value: Option<Pair<'a>>,
    #[serde(borrow, default)]
    values: Option<Vec<Pair<'a>>>,
    #[serde(borrow, default)]
    histogram: Option<(&'a RawValue, RawHistogram<'a>)>,
    #[serde(borrow, default)]
    histograms: Option<Vec<(&'a RawValue, RawHistogram<'a>)>>,
}

#[derive(Deserialize)]
struct RawHistogram<'a> {
    count: String,
    #[serde(borrow, default)]
    buckets: Vec<(&'a RawValue, String, String, String)>,
}

/// Reads one response body.
///
/// # Errors
/// `Import.Json` for a body that is not one strict JSON text (404 and 405 answer in plain text);
/// `Import.Incomplete` for an error status, warnings and infos; `Import.Unsupported` for the
/// result type `string`; `Import.Value` for points that are not in order of time, and for two series with
/// the same labels.
pub fn parse(body: &[u8]) -> Result<Response, ImportError> {
    let body: Body<'_> = fault::json(body)?;
    match body.status.as_str() {
        "success" => {}
        "error" => {
            let place = if body.error_type.is_some() {
                "/errorType"
            } else {
                "/status"
            };
            return Err(fault::incomplete(place, "status success"));
        }
        _ => return Err(fault::unsupported("/status", "success or error")),
    }
    if !body.warnings.is_empty() {
        return Err(fault::incomplete(
            "/warnings",
            "no warnings: the data may be partial",
        ));
    }
    if !body.infos.is_empty() {
        return Err(fault::incomplete(
            "/infos",
            "no infos: the data may be partial",
        ));
    }
    let data = body
        .data
        .ok_or_else(|| fault::incomplete("/data", "data"))?;
    let result = data.result.get().as_bytes();
    let (result_type, series) = match data.result_type.as_str() {
        "vector" => (ResultType::Vector, all_series(result, ResultType::Vector)?),
        "matrix" => (ResultType::Matrix, all_series(result, ResultType::Matrix)?),
        "scalar" => {
            let place = "/data/result";
            let (time, value): Pair<'_> =
                fault::json(result).map_err(|e| fault::within(e, place))?;
            let points = vec![point(time, Sample::Number(value), place)?];
            let labels = BTreeMap::new();
            (
                ResultType::Scalar,
                vec![Series {
                    labels,
                    place: place.into(),
                    points,
                }],
            )
        }
        _ => {
            return Err(fault::unsupported(
                "/data/resultType",
                "vector, matrix or scalar",
            ));
        }
    };
    Ok(Response {
        result_type,
        series,
    })
}

fn all_series(result: &[u8], kind: ResultType) -> Result<Vec<Series>, ImportError> {
    // Lines and columns are those of the result.
    let raw: Vec<RawSeries<'_>> =
        fault::json(result).map_err(|e| fault::within(e, "/data/result"))?;
    let mut all = Vec::with_capacity(raw.len());
    for (i, raw) in raw.into_iter().enumerate() {
        let place = format!("/data/result/{i}");
        let mut points = Vec::new();
        let (numbers, histograms) = match kind {
            ResultType::Matrix => (
                raw.values.unwrap_or_default(),
                raw.histograms.unwrap_or_default(),
            ),
            _ => (
                raw.value.into_iter().collect(),
                raw.histogram.into_iter().collect(),
            ),
        };
        for (time, value) in numbers {
            points.push(point(time, Sample::Number(value), &place)?);
        }
        for (time, histogram) in histograms {
            points.push(point(
                time,
                Sample::Histogram(native(&histogram, &place)?),
                &place,
            )?);
        }
        if points.is_empty() {
            return Err(fault::incomplete(place, "at least one point"));
        }
        if points
            .windows(2)
            .any(|w| matches!(w, [a, b] if a.at_ms >= b.at_ms))
        {
            return Err(fault::value(place, "points in order of time"));
        }
        all.push(Series {
            labels: raw.metric,
            place,
            points,
        });
    }
    // Prometheus never answers so ("cannot contain metrics with the same labelset"): counted twice, a
    // series would double what it counts.
    let mut seen = BTreeSet::new();
    if let Some(twice) = all.iter().find(|series| !seen.insert(&series.labels)) {
        return Err(fault::value(&*twice.place, "labels that stand once"));
    }
    Ok(all)
}

fn point(time: &RawValue, sample: Sample, place: &str) -> Result<Point, ImportError> {
    let expected = "seconds since the epoch with at most 3 places";
    let at_ms = time.get().parse::<Decimal>().ok().and_then(to_milli);
    let at_ms = at_ms.ok_or_else(|| fault::value(place, expected))?;
    Ok(Point { at_ms, sample })
}

fn to_milli(seconds: Decimal) -> Option<u64> {
    Decimal::new(
        seconds.mantissa(),
        i32::from(seconds.exponent()).checked_add(3)?,
    )?
    .to_u64()
}

fn native(raw: &RawHistogram<'_>, place: &str) -> Result<NativeHistogram, ImportError> {
    let mut buckets = Vec::with_capacity(raw.buckets.len());
    for (_, lo, hi, count) in &raw.buckets {
        let [lo, hi, count] = [
            number(lo, place)?,
            number(hi, place)?,
            number(count, place)?,
        ];
        buckets.push(Interval { lo, hi, count });
    }
    Ok(NativeHistogram {
        count: number(&raw.count, place)?,
        buckets,
    })
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

impl Series {
    fn target(&self) -> Target<'_> {
        ["job", "instance"].map(|label| self.labels.get(label).map(String::as_str))
    }

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

    /// How much was counted: the only point of a vector, or the growth over the points of a matrix.
    ///
    /// Growth is the sum of the steps between raw samples; a fall is a restart of the counter,
    /// after which its value is the growth. Nothing is extrapolated, unlike `increase()`. A counter that
    /// came into being while its target was scraped began at 0, and grew by its first value: Prometheus clients make the
    /// series of a status code with the first answer of that code.
    ///
    /// # Errors
    /// `Import.Value` for anything but whole numbers, and for a matrix of one point;
    /// `Import.Incomplete` for a counter of which nobody knows whether it began inside the window.
    pub fn counted(&self, kind: ResultType, scrapes: &Scrapes<'_>) -> Result<u64, ImportError> {
        let counts = self.counts()?;
        let few = || fault::value(&*self.place, "at least two points of a counter");
        match (kind, counts.as_slice()) {
            (ResultType::Matrix, [first, ..]) => {
                let began = match scrapes.began(self) {
                    Began::Inside => *first,
                    Began::Before | Began::Unknown if counts.len() < 2 => return Err(few()),
                    Began::Before => 0,
                    // It did not grow, whenever it began.
                    Began::Unknown if counts.iter().all(|count| *count == 0) => 0,
                    Began::Unknown => {
                        let expected =
                            "a counter that was scraped from the beginning of the window";
                        return Err(fault::incomplete(&*self.place, expected));
                    }
                };
                let grown = steps(&counts).try_fold(began, u64::checked_add);
                grown.ok_or_else(|| fault::value(&*self.place, "a sum below 2^64"))
            }
            (ResultType::Vector | ResultType::Scalar, [count]) => Ok(*count),
            _ => Err(few()),
        }
    }

    /// How much a counter grew from each point to the next.
    ///
    /// # Errors
    /// Those of [`Series::counts`].
    pub(crate) fn steps(&self) -> Result<Vec<u64>, ImportError> {
        Ok(steps(&self.counts()?).collect())
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

/// The steps between raw samples of a counter: a fall is a restart, after which its value is the growth.
fn steps(counts: &[u64]) -> impl Iterator<Item = u64> {
    counts.windows(2).filter_map(|pair| match *pair {
        [before, after] => Some(after.checked_sub(before).unwrap_or(after)),
        _ => None,
    })
}

/// The scraped process, as far as labels name it. Series of one target share the times of their samples; so do
/// the series of an expression that was evaluated at steps, which have neither label.
type Target<'a> = [Option<&'a str>; 2];

/// When a counter began.
enum Began {
    /// It was there when the window began.
    Before,
    /// Its target was scraped before it was there.
    Inside,
    /// It is not there for as long as its own interval or longer, and no other series shows that its target was
    /// scraped: it began late, or scrapes failed.
    Unknown,
}

/// From when on the targets of a window were scraped, as all its answers show.
#[derive(Debug, Clone)]
pub struct Scrapes<'a> {
    from_ms: u64,
    /// When each target was scraped again: the samples of its series but for their first ones.
    again: BTreeMap<Target<'a>, BTreeSet<u64>>,
}

impl<'a> Scrapes<'a> {
    /// The scrapes behind answers over one window that begins at `from_ms`, in milliseconds since the epoch.
    pub fn new(from_ms: u64, answers: impl IntoIterator<Item = &'a Response>) -> Self {
        let mut again: BTreeMap<Target<'a>, BTreeSet<u64>> = BTreeMap::new();
        let matrices = answers
            .into_iter()
            .filter(|answer| answer.result_type == ResultType::Matrix);
        for series in matrices.flat_map(|answer| &answer.series) {
            // What lies before the window says nothing of its beginning.
            let all = series.points.iter().map(|point| point.at_ms);
            let inside = all.filter(|&at| at >= from_ms);
            again
                .entry(series.target())
                .or_default()
                .extend(inside.skip(1));
        }
        Self { from_ms, again }
    }

    fn began(&self, series: &Series) -> Began {
        let Some(first) = series.points.first().map(|point| point.at_ms) else {
            return Began::Unknown;
        };
        let again = self.again.get(&series.target());
        if again.is_some_and(|again| again.contains(&first)) {
            return Began::Inside;
        }
        // Scrapes keep their interval: one that is late by a whole one was not the first.
        let is_late = |gap| first.saturating_sub(self.from_ms) >= gap;
        if first <= self.from_ms || series.gaps_ms().min().is_some_and(|gap| !is_late(gap)) {
            Began::Before
        } else {
            Began::Unknown
        }
    }
}

/// Cumulative buckets out of one series per `le`: a number each, or the growth of counters.
///
/// # Errors
/// Those of [`Series::le`] and [`Series::counted`]. Counts are whole numbers.
pub(crate) fn buckets(
    series: &[&Series],
    kind: ResultType,
    scrapes: &Scrapes<'_>,
) -> Result<Vec<Bucket>, ImportError> {
    let bucket = |series: &&Series| {
        Ok(Bucket {
            le: series.le()?,
            count: series.counted(kind, scrapes)?.into(),
        })
    };
    series.iter().map(bucket).collect()
}
