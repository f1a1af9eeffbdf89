//! The body of a response, to series of points.

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{NativeHistogram, Point, Response, ResultType, Sample, Series, number};
use crate::{
    compute::quantile::Interval,
    import::{ImportError, fault},
};

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
