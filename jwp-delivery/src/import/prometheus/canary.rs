//! The canary over the window: its latency, its requests, and what is bad about them alone.

use super::{
    answer::{Answer, Answers},
    latency::{Buckets, Unit, histogram},
    plan::{AbortThreshold, Plan},
    reason::AnalysisReason,
};
use crate::{
    compute::{Ratio, burn_rate::Counts, quantile::Quantile},
    import::{ImportError, fault, promql::Scrapes},
    window::Window,
};

/// What was measured of the canary.
pub(super) struct Canary<'a> {
    /// The answer with its histogram.
    pub(super) answer: &'a Answer<'a>,
    pub(super) buckets: Buckets,
    pub(super) unit: Unit,
    pub(super) quantile: Quantile,
    pub(super) requests: Counts,
    /// Errors per request.
    pub(super) error_rate: Ratio,
}

impl<'a> Canary<'a> {
    pub(super) fn measure(
        plan: &Plan,
        answers: &'a Answers<'a>,
        window: Window,
    ) -> Result<Self, ImportError> {
        let answer = answers.needed("canary_buckets")?;
        let unit = Unit::of(answer)?;
        let requests = answers.needed("canary_requests")?;
        let errors = answers.needed("canary_errors")?;
        let all = [answer, requests, errors].map(|answer| &answer.response);
        let scrapes = Scrapes::new(window.from.as_secs().saturating_mul(1000), all);
        let (buckets, quantile) = histogram(answer, plan.quantile, &scrapes)?;
        let requests = Counts {
            total: requests.sum(&scrapes)?,
            bad: errors.sum(&scrapes)?,
        };
        if requests.total == 0 || requests.bad > requests.total {
            let expected = "requests above 0, and at least as many as errors";
            return Err(fault::value(&*answer.place, expected));
        }
        let error_rate = Ratio::of_counts(requests.bad, requests.total);
        Ok(Self {
            answer,
            buckets,
            unit,
            quantile,
            requests,
            error_rate: error_rate.ok_or_else(|| fault::range("canary_requests"))?,
        })
    }

    /// What is known against its histogram.
    pub(super) fn judge_histogram(&self, reasons: &mut Vec<AnalysisReason>) {
        if self.quantile.forced {
            reasons.push(AnalysisReason::Forced);
        }
        if self.quantile.saturated {
            reasons.push(AnalysisReason::Saturated);
        }
    }
}

impl AbortThreshold {
    /// Whether the error rate is above it.
    pub(super) fn judge_errors(
        &self,
        canary: &Canary<'_>,
        reasons: &mut Vec<AnalysisReason>,
    ) -> Result<(), ImportError> {
        let limit = Ratio::from_decimal(self.error_rate);
        if canary.error_rate > limit.ok_or_else(|| fault::range("/abort_threshold"))? {
            reasons.push(AnalysisReason::AbortErrorRate);
        }
        Ok(())
    }

    /// Whether the quantile is above it, which is so much above the mean of the baseline, `mean_us`.
    pub(super) fn judge_latency(
        &self,
        canary: &Canary<'_>,
        mean_us: Ratio,
        reasons: &mut Vec<AnalysisReason>,
    ) -> Result<(), ImportError> {
        let (quantile, unit) = (&canary.quantile, canary.unit);
        let factor = Ratio::from_decimal(self.p99_increase).and_then(|i| i.checked_add(1.into()));
        let limit = factor.and_then(|factor| mean_us.checked_mul(factor));
        let limit = limit.ok_or_else(|| fault::range("/abort_threshold"))?;
        let hi = quantile.hi.map(|hi| unit.microseconds(hi)).transpose()?;
        if unit.microseconds(quantile.lo)? > limit {
            reasons.push(AnalysisReason::AbortLatency);
        } else if hi.is_some_and(|hi| hi > limit)
            && !reasons.contains(&AnalysisReason::LatencyResolution)
        {
            // Where in its bucket the quantile lies, nobody knows.
            reasons.push(AnalysisReason::LatencyResolution);
        }
        Ok(())
    }
}
