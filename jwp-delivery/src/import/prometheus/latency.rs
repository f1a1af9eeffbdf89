//! Latency: a histogram, its quantile and their unit.

use jwp_core::Decimal;

use super::answer::Answer;
use crate::{
    compute::{
        Ratio,
        quantile::{self, Bucket, Interval, Quantile, UpperBound},
    },
    import::{
        ImportError, fault,
        promql::{self, Sample, Scrapes},
    },
    kind::analysis::HistogramBucket,
};

/// The histogram of an answer, and its quantile `q`.
pub(super) fn histogram(
    answer: &Answer<'_>,
    q: Decimal,
    scrapes: &Scrapes<'_>,
) -> Result<(Buckets, Quantile), ImportError> {
    let chosen = answer.selected()?;
    let native = chosen
        .iter()
        .find_map(|series| match series.points.as_slice() {
            [point] => match &point.sample {
                Sample::Histogram(native) => Some(native),
                Sample::Number(_) => None,
            },
            _ => None,
        });
    let refused = |error| fault::quantile(&answer.place, error);
    match native {
        Some(native) if chosen.len() == 1 => {
            let quantile = quantile::of_intervals(q, &native.buckets).map_err(refused)?;
            if !native.is_whole(quantile.total) {
                let expected = "buckets that hold every observation of the histogram";
                return Err(fault::value(&*answer.place, expected));
            }
            Ok((Buckets::Native(native.buckets.clone()), quantile))
        }
        Some(_) => Err(fault::value(&*answer.place, "one native histogram")),
        None => {
            let buckets = promql::buckets(&chosen, answer.response.result_type, scrapes)
                .map_err(|error| answer.inside(error))?;
            let quantile = quantile::of_buckets(q, &buckets).map_err(refused)?;
            Ok((Buckets::Classic(buckets), quantile))
        }
    }
}

/// A histogram in the unit of its server.
pub(super) enum Buckets {
    Classic(Vec<Bucket>),
    Native(Vec<Interval>),
}

impl Buckets {
    /// As the claim has them, in seconds.
    pub(super) fn to_claim(&self, unit: Unit) -> Result<Vec<HistogramBucket>, ImportError> {
        let bucket = |lo: Option<Decimal>, le: Option<Decimal>, count| {
            let seconds = |bound: Option<Decimal>| bound.map(|b| unit.seconds(b)).transpose();
            let mut bucket = HistogramBucket::new(seconds(le)?, count);
            bucket.lo = seconds(lo)?;
            Ok(bucket)
        };
        let classic = |one: &Bucket| match one.le {
            UpperBound::Finite(le) => bucket(None, Some(le), one.count),
            UpperBound::Infinite => bucket(None, None, one.count),
        };
        match self {
            Self::Classic(all) => all.iter().map(classic).collect(),
            Self::Native(all) => all
                .iter()
                .map(|one| bucket(Some(one.lo), Some(one.hi), one.count))
                .collect(),
        }
    }
}

/// The unit of the bounds of a histogram.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
}

impl Unit {
    /// That of an answer; seconds, where the plan does not say.
    pub(super) fn of(answer: &Answer<'_>) -> Result<Self, ImportError> {
        match answer.query.unit.as_deref() {
            None | Some("s") => Ok(Self::Seconds),
            Some("ms") => Ok(Self::Milliseconds),
            Some(_) => Err(fault::unsupported(
                format!("{}/unit", answer.place),
                "s or ms",
            )),
        }
    }

    /// The bound in seconds, exact.
    fn seconds(self, bound: Decimal) -> Result<Decimal, ImportError> {
        match self {
            Self::Seconds => Ok(bound),
            Self::Milliseconds => i32::from(bound.exponent())
                .checked_sub(3)
                .and_then(|exponent| Decimal::new(bound.mantissa(), exponent))
                .ok_or_else(|| fault::range("canary_buckets")),
        }
    }

    /// In microseconds, exact.
    pub(super) fn microseconds(self, value: Ratio) -> Result<Ratio, ImportError> {
        let factor = match self {
            Self::Milliseconds => 1000,
            Self::Seconds => 1_000_000,
        };
        value
            .checked_mul(Ratio::from(factor))
            .ok_or_else(|| fault::range("canary_buckets"))
    }

    /// In milliseconds, rounded half to even at 3 places.
    pub(super) fn milliseconds(self, value: Ratio) -> Result<Decimal, ImportError> {
        let us = self.microseconds(value)?;
        let ms = us
            .checked_div(Ratio::from(1000))
            .and_then(|ms| ms.to_decimal(3));
        ms.ok_or_else(|| fault::range("canary_buckets"))
    }
}
