//! The baseline: the old version over equal windows, and the canary compared with its spread.

use jwp_core::Decimal;

use super::{
    answer::{Answer, Answers},
    canary::Canary,
    latency::Unit,
    plan::Plan,
    reason::AnalysisReason,
};
use crate::{
    compute::{
        Ratio,
        baseline::{Comparison, Doubt, MIN_WINDOWS, Spread, spread},
        quantile::{self, Bucket, UpperBound},
    },
    import::{
        ImportError, fault,
        promql::{self, Sample},
    },
    kind::analysis::Baseline as Claimed,
};

/// Means and spreads over the windows of the old version.
pub(super) struct Baseline {
    /// Of the quantiles, in microseconds.
    pub(super) latency_us: Spread,
    /// Of the error rates, in 10⁻⁹.
    errors_1e9: Spread,
}

impl Baseline {
    /// `None` where the plan asks for none, or where there are not two windows.
    pub(super) fn measure(
        plan: &Plan,
        answers: &Answers<'_>,
        canary: &Answer<'_>,
    ) -> Result<Option<Self>, ImportError> {
        let all = (
            answers.role("baseline_buckets"),
            answers.role("baseline_requests"),
            answers.role("baseline_errors"),
        );
        let (Some(buckets), Some(requests), Some(errors)) = all else {
            return Ok(None);
        };
        same_query(canary, buckets)?;
        let mut times = Vec::new();
        let latencies = window_quantiles(plan.quantile, buckets, &mut times)?;
        let totals = requests.window_sums(&mut times)?;
        let bad = errors.window_sums(&mut times)?;
        let mut rates = Vec::with_capacity(totals.len());
        for (total, bad) in totals.into_iter().zip(bad) {
            let rate = Ratio::of_counts(bad, total).filter(|_| bad <= total);
            let nano = rate.and_then(|rate| rate.checked_mul(Ratio::from(1_000_000_000))?.to_u64());
            let expected = "requests in every window, and at least as many as errors";
            rates.push(nano.ok_or_else(|| fault::value(&*requests.place, expected))?);
        }
        let unit = Unit::of(buckets)?;
        let mut micros = Vec::with_capacity(latencies.len());
        for value in latencies {
            let us = unit.microseconds(value)?.to_u64();
            micros.push(us.ok_or_else(|| fault::range(&buckets.place))?);
        }
        let both = spread(&micros).zip(spread(&rates));
        Ok(both.map(|(latency_us, errors_1e9)| Self {
            latency_us,
            errors_1e9,
        }))
    }

    /// Compares the canary with it, where it has windows enough.
    pub(super) fn judge(
        &self,
        canary: &Canary<'_>,
        reasons: &mut Vec<AnalysisReason>,
    ) -> Result<(), ImportError> {
        let windows = self.latency_us.n;
        if usize::try_from(windows).is_ok_and(|n| n < MIN_WINDOWS) {
            reasons.push(AnalysisReason::BaselineWindows { windows });
            return Ok(());
        }
        let (quantile, unit) = (&canary.quantile, canary.unit);
        if let Some(hi) = quantile.hi {
            let (lo, hi) = (unit.microseconds(quantile.lo)?, unit.microseconds(hi)?);
            match self.latency_us.compare(lo, hi) {
                Comparison::Within => {}
                Comparison::Beyond => reasons.push(AnalysisReason::LatencyBeyond),
                Comparison::Inconclusive(Doubt::NoSpread) => {
                    reasons.push(AnalysisReason::LatencyNoSpread);
                }
                Comparison::Inconclusive(_) => reasons.push(AnalysisReason::LatencyResolution),
            }
        }
        let nano = canary.error_rate.checked_mul(Ratio::from(1_000_000_000));
        let nano = nano.ok_or_else(|| fault::range("canary_errors"))?;
        match self.errors_1e9.compare(nano, nano) {
            Comparison::Within => {}
            Comparison::Beyond => reasons.push(AnalysisReason::ErrorRateBeyond),
            // An exact rate at or below every window of a flat baseline needs no spread to be within.
            Comparison::Inconclusive(_) if nano <= self.errors_1e9.mean => {}
            Comparison::Inconclusive(_) => reasons.push(AnalysisReason::ErrorRateNoSpread),
        }
        Ok(())
    }

    /// As the claim has it: milliseconds at 3 places, rates at 6.
    pub(super) fn to_claim(&self) -> Result<Claimed, ImportError> {
        let scaled = |ratio: Ratio, per: u64, places| {
            let value = ratio
                .checked_div(Ratio::from(per))
                .and_then(|ratio| ratio.to_decimal(places));
            value.ok_or_else(|| fault::range("baseline_buckets"))
        };
        let (latency_us, errors_1e9) = (self.latency_us, self.errors_1e9);
        let mut baseline = Claimed::new(latency_us.n);
        baseline.p99_ms = scaled(latency_us.mean, 1000, 3)?;
        baseline.p99_sigma_ms = scaled(latency_us.sigma.into(), 1000, 3)?;
        baseline.error_rate = scaled(errors_1e9.mean, 1_000_000_000, 6)?;
        baseline.error_rate_sigma = scaled(errors_1e9.sigma.into(), 1_000_000_000, 6)?;
        Ok(baseline)
    }
}

/// The canary and its baseline are measured alike: the same unit and the same bounds.
fn same_query(canary: &Answer<'_>, baseline: &Answer<'_>) -> Result<(), ImportError> {
    for answer in [canary, baseline] {
        let native = |point: &promql::Point| matches!(point.sample, Sample::Histogram(_));
        let mut points = answer.response.series.iter().flat_map(|s| &s.points);
        if points.any(native) {
            let expected = "classic buckets for a canary that has a baseline";
            return Err(fault::unsupported(&*answer.place, expected));
        }
    }
    let bounds = |answer: &Answer<'_>| -> Result<Vec<UpperBound>, ImportError> {
        let mut bounds = Vec::new();
        for series in answer.selected()? {
            bounds.push(series.le().map_err(|error| answer.inside(error))?);
        }
        bounds.sort_unstable();
        bounds.dedup();
        Ok(bounds)
    };
    if Unit::of(canary)? != Unit::of(baseline)? {
        let place = format!("{}/unit", baseline.place);
        return Err(fault::value(place, "the unit of the canary's buckets"));
    }
    if bounds(canary)? == bounds(baseline)? {
        Ok(())
    } else {
        Err(fault::value(
            &*baseline.place,
            "the same buckets as the canary's",
        ))
    }
}

/// The quantile of each window, in the unit of the answer.
fn window_quantiles(
    q: Decimal,
    answer: &Answer<'_>,
    times: &mut Vec<u64>,
) -> Result<Vec<Ratio>, ImportError> {
    let mut windows: Vec<Vec<Bucket>> = Vec::new();
    for series in answer.selected()? {
        let le = series.le().map_err(|error| answer.inside(error))?;
        let steps = answer.steps(series, times)?;
        windows.resize_with(steps.len(), Vec::new);
        for (window, count) in windows.iter_mut().zip(steps) {
            window.push(Bucket {
                le,
                count: count.into(),
            });
        }
    }
    let quantile = |window: &Vec<Bucket>| match quantile::of_buckets(q, window) {
        Ok(found) if found.forced => Err(fault::value(
            &*answer.place,
            "baseline windows whose buckets do not shrink",
        )),
        Ok(found) if !found.saturated => Ok(found.value),
        Ok(_) => Err(fault::value(
            &*answer.place,
            "baseline windows below the +Inf bucket",
        )),
        Err(error) => Err(fault::quantile(&answer.place, error)),
    };
    windows.iter().map(quantile).collect()
}
