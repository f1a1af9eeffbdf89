//! `delivery.analysis.*`: the new version was compared with the old one and with its objective.

use std::collections::BTreeSet;

use jwp_core::{Citation, Decimal, Evidence, Invalid};
use serde::{Deserialize, Serialize};

use super::{cite_after_tools, outcome_claims};
use crate::{
    compute::{
        Ratio,
        baseline::MIN_WINDOWS,
        burn_rate::{Counts, Slo},
        quantile::{self, Bucket, Interval, QuantileError, UpperBound},
    },
    window::Window,
};

/// Most places of an objective.
const MAX_SLO_PLACES: i8 = 12;

/// Latency and errors of the canary against baseline and error budget.
///
/// ```cddl
/// analysis = {
///   "p99_ms" => decimal,
///   "error_rate" => decimal,
///   "requests" => uint,
///   "errors" => uint,
///   "histogram" => [+ histogram-bucket],
///   ? "baseline" => baseline,
///   "burn" => [* burn-window],
///   "slo" => decimal,
///   "window" => window,
///   "queries" => [+ { "role" => tstr, "query" => tstr }],
///   "phase" => "Successful" / "Failed" / "Inconclusive",
/// }
/// ```
///
/// Source: Prometheus HTTP API; the SRE workbook's multi-window, multi-burn-rate alerts. Anyone can
/// recompute `p99_ms` from `histogram` and `error_rate` from `errors` and `requests`.
///
/// **Proves** that the issuer got these answers. **Does not prove** that the metrics cover every
/// request. Trusted: who runs the metrics server and asks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Analysis {
    /// The objective: share of good requests (`0.99`).
    pub slo: Decimal,
    /// How fast the error budget burns.
    pub burn: Vec<BurnWindow>,
    /// The analysis template's word.
    pub phase: Phase,
    /// Requests that failed (5xx).
    pub errors: u64,
    /// 99th percentile of the canary's latency, milliseconds at 3 places.
    pub p99_ms: Decimal,
    /// When.
    pub window: Window,
    /// What the server was asked.
    pub queries: Vec<Query>,
    /// The old version over equal windows; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Requests to the canary.
    pub requests: u64,
    /// The canary's latency histogram, cumulative, in seconds as the server keeps it.
    pub histogram: Vec<HistogramBucket>,
    /// `errors / requests` at 6 places.
    pub error_rate: Decimal,
}

/// A bucket of a cumulative histogram; the last has no bound (`+Inf`).
///
/// ```cddl
/// histogram-bucket = { ? "lo" => decimal, ? "le" => decimal, "count" => decimal }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HistogramBucket {
    /// Upper bound, inclusive; absent for `+Inf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub le: Option<Decimal>,
    /// Lower bound; only where the histogram is native (then `count` is not cumulative).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lo: Option<Decimal>,
    /// Observations.
    pub count: Decimal,
}

impl HistogramBucket {
    /// Observations up to `le`.
    #[must_use]
    pub const fn new(le: Option<Decimal>, count: Decimal) -> Self {
        Self {
            lo: None,
            le,
            count,
        }
    }
}

/// The old version over `n` windows.
///
/// ```cddl
/// baseline = {
///   "p99_ms" => decimal,
///   "p99_sigma_ms" => decimal,
///   "error_rate" => decimal,
///   "error_rate_sigma" => decimal,
///   "n" => uint,
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Baseline {
    /// Number of windows.
    pub n: u64,
    /// Mean of the windows' 99th percentiles, milliseconds at 3 places.
    pub p99_ms: Decimal,
    /// Mean of the windows' error rates, 6 places.
    pub error_rate: Decimal,
    /// Sample standard deviation of the percentiles (n − 1), milliseconds at 3 places.
    pub p99_sigma_ms: Decimal,
    /// Sample standard deviation of the error rates (n − 1), 6 places.
    pub error_rate_sigma: Decimal,
}

impl Baseline {
    /// The old version over `n` windows. Its figures are fields to be set.
    #[must_use]
    pub const fn new(n: u64) -> Self {
        Self {
            p99_ms: Decimal::ZERO,
            p99_sigma_ms: Decimal::ZERO,
            error_rate: Decimal::ZERO,
            error_rate_sigma: Decimal::ZERO,
            n,
        }
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.n < 2 {
            return Err(Invalid::range("baseline", "at least 2 windows"));
        }
        let figures = [
            self.p99_ms,
            self.p99_sigma_ms,
            self.error_rate,
            self.error_rate_sigma,
        ];
        if figures.into_iter().any(Decimal::is_negative) {
            return Err(Invalid::range("baseline", "figures of 0 or more"));
        }
        if self.error_rate > Decimal::from(1u64) {
            return Err(Invalid::range("baseline", "an error rate of at most 1"));
        }
        Ok(())
    }

    /// Whether the canary's figures are at most one sigma above those of the baseline. All were rounded by
    /// themselves: three halves of the last place, which is less than two of it.
    fn admits(&self, p99_ms: Decimal, error_rate: Decimal) -> Option<bool> {
        let within = |figure, mean, sigma, places| {
            let [figure, mean, sigma] = [figure, mean, sigma].map(Ratio::from_decimal);
            let slack = Ratio::from_decimal(Decimal::new(2, places)?)?;
            let limit = mean?.checked_add(sigma?)?.checked_add(slack)?;
            Some(figure? <= limit)
        };
        let latency = within(p99_ms, self.p99_ms, self.p99_sigma_ms, -3)?;
        let errors = within(error_rate, self.error_rate, self.error_rate_sigma, -6)?;
        Some(latency && errors)
    }
}

/// The error budget's burn rate over one window.
///
/// ```cddl
/// burn-window = { "window_s" => uint, ? "bad" => uint, ? "total" => uint, "burn" => decimal }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BurnWindow {
    /// Bad events; absent where only the server's ratio is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad: Option<u64>,
    /// `(bad / total) / (1 − slo)` at 6 places.
    pub burn: Decimal,
    /// All events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Length in seconds.
    pub window_s: u64,
}

impl BurnWindow {
    /// The burn rate over `window_s` seconds, from its counts.
    ///
    /// `None` without events, or where the rate has no decimal.
    #[must_use]
    pub fn counted(window_s: u64, slo: Slo, counts: Counts) -> Option<Self> {
        Some(Self {
            window_s,
            bad: Some(counts.bad),
            total: Some(counts.total),
            burn: slo.burn(counts)?.to_decimal(6)?,
        })
    }

    /// The burn rate over `window_s` seconds as the server gives it.
    #[must_use]
    pub const fn stated(window_s: u64, burn: Decimal) -> Self {
        Self {
            window_s,
            bad: None,
            total: None,
            burn,
        }
    }
}

/// A question to the metrics server, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Query {
    /// What the answer was used for.
    pub role: String,
    /// The query text.
    pub query: String,
}

impl Query {
    /// A query and its use.
    #[must_use]
    pub fn new(role: impl Into<String>, query: impl Into<String>) -> Self {
        Self {
            role: role.into(),
            query: query.into(),
        }
    }
}

/// The words of an `AnalysisRun`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Phase {
    /// Outside its limits.
    Failed,
    /// Neither.
    Inconclusive,
    /// Within its limits.
    Successful,
}

impl Analysis {
    /// So many requests over `window`, of which `bad` failed, with the error rate that follows. Latency, histogram, baseline,
    /// burn rates and queries are fields to be set: without histogram and queries [`Claim::validate`] refuses it.
    ///
    /// `None` without requests.
    ///
    /// [`Claim::validate`]: jwp_core::Claim::validate
    #[must_use]
    pub fn new(phase: Phase, window: Window, slo: Decimal, requests: Counts) -> Option<Self> {
        Some(Self {
            p99_ms: Decimal::ZERO,
            error_rate: Ratio::of_counts(requests.bad, requests.total)?.to_decimal(6)?,
            requests: requests.total,
            errors: requests.bad,
            histogram: Vec::new(),
            baseline: None,
            burn: Vec::new(),
            slo,
            window,
            queries: Vec::new(),
            phase,
        })
    }

    fn validate_as(&self, phase: Phase) -> Result<(), Invalid> {
        if self.phase != phase {
            return Err(Invalid::schema("phase", "the phase of the kind"));
        }
        if self.requests == 0 {
            return Err(Invalid::range("requests", "at least one"));
        }
        if self.errors > self.requests {
            return Err(Invalid::schema("errors", "errors <= requests"));
        }
        let rate = Ratio::of_counts(self.errors, self.requests);
        if rate.and_then(|rate| rate.to_decimal(6)) != Some(self.error_rate) {
            return Err(Invalid::schema(
                "error_rate",
                "errors / requests at 6 places",
            ));
        }
        let one = Decimal::from(1u64);
        if self.slo <= Decimal::ZERO || self.slo >= one {
            return Err(Invalid::range("slo", "above 0 and below 1"));
        }
        // So that burn rates of all counts are exact in 128 bits.
        if self.slo.exponent() < -MAX_SLO_PLACES {
            return Err(Invalid::range("slo", "at most 12 places"));
        }
        if self.p99_ms.is_negative() {
            return Err(Invalid::range("p99_ms", "0 or more"));
        }
        if self.burn.iter().any(|burn| burn.burn.is_negative()) {
            return Err(Invalid::range("burn", "0 or more"));
        }
        self.baseline.as_ref().map_or(Ok(()), Baseline::validate)?;
        if self.histogram.is_empty() || self.queries.is_empty() {
            return Err(Invalid::schema(
                "histogram",
                "at least one bucket and one query",
            ));
        }
        self.validate_p99()?;
        self.burn
            .iter()
            .try_for_each(|burn| self.validate_burn(burn))?;
        let lengths: BTreeSet<u64> = self.burn.iter().map(|burn| burn.window_s).collect();
        if lengths.contains(&0) || lengths.len() != self.burn.len() {
            return Err(Invalid::schema(
                "window_s",
                "windows of 1 s or more, each once",
            ));
        }
        if phase == Phase::Successful {
            self.validate_passed()?;
        }
        self.window.validate()
    }

    /// Passed is what was compared: with enough windows of the old version, and with the budget over a long and a
    /// short window.
    fn validate_passed(&self) -> Result<(), Invalid> {
        let enough = |n: u64| usize::try_from(n).is_ok_and(|n| n >= MIN_WINDOWS);
        let baseline = self.baseline.as_ref().filter(|baseline| enough(baseline.n));
        let baseline = baseline.ok_or(Invalid::schema(
            "baseline",
            "at least 8 windows where the analysis passed",
        ))?;
        if baseline.admits(self.p99_ms, self.error_rate) != Some(true) {
            return Err(Invalid::schema(
                "baseline",
                "p99_ms and error_rate at most one sigma above it",
            ));
        }
        let counted = self.burn.iter().filter(|burn| burn.total.is_some());
        if counted.count() < 2 {
            return Err(Invalid::schema(
                "burn",
                "counts over two windows where the analysis passed",
            ));
        }
        Ok(())
    }

    /// The quantile where the histogram has one. An excerpt without its ends has none.
    fn validate_p99(&self) -> Result<(), Invalid> {
        let wrong = || Invalid::schema("p99_ms", "the 99th percentile of the histogram");
        let q = Decimal::new(99, -2).ok_or_else(wrong)?;
        let found = if self.histogram.iter().any(|bucket| bucket.lo.is_some()) {
            let interval = |bucket: &HistogramBucket| {
                let (lo, hi) = bucket.lo.zip(bucket.le)?;
                let count = bucket.count;
                Some(Interval { lo, hi, count })
            };
            let all: Option<Vec<Interval>> = self.histogram.iter().map(interval).collect();
            quantile::of_intervals(q, &all.ok_or_else(wrong)?)
        } else {
            let bucket = |bucket: &HistogramBucket| Bucket {
                le: bucket.le.map_or(UpperBound::Infinite, UpperBound::Finite),
                count: bucket.count,
            };
            let all: Vec<Bucket> = self.histogram.iter().map(bucket).collect();
            quantile::of_buckets(q, &all)
        };
        let seconds = match found {
            Ok(found) => found.value,
            Err(QuantileError::NoInfiniteBucket | QuantileError::TooFewBuckets) => return Ok(()),
            Err(_) => return Err(wrong()),
        };
        let ms = seconds.checked_mul(Ratio::from(1000));
        if ms.and_then(|ms| ms.to_decimal(3)) == Some(self.p99_ms) {
            Ok(())
        } else {
            Err(wrong())
        }
    }

    /// The burn rate where its counts stand beside it: `(bad / total) / (1 − slo)`.
    fn validate_burn(&self, burn: &BurnWindow) -> Result<(), Invalid> {
        let wrong = Invalid::schema("burn", "(bad / total) / (1 - slo) at 6 places");
        let (bad, total) = match (burn.bad, burn.total) {
            (Some(_), Some(0)) => return Err(Invalid::range("total", "at least one event")),
            (Some(bad), Some(total)) if bad <= total => (bad, total),
            (None, None) => return Ok(()),
            _ => return Err(wrong),
        };
        let rate = Slo::new(self.slo).and_then(|slo| slo.burn(Counts { bad, total }));
        if rate.and_then(|rate| rate.to_decimal(6)) == Some(burn.burn) {
            Ok(())
        } else {
            Err(wrong)
        }
    }

    fn shown(&self) -> Vec<(&'static str, String)> {
        vec![
            ("p99_ms", self.p99_ms.to_string()),
            ("error_rate", self.error_rate.to_string()),
        ]
    }

    fn cited(&self, evidence: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        cite_after_tools(evidence, &["Prometheus"], &["SLO multi-window burn-rate"])
    }
}

outcome_claims! {
    Analysis, Analysis::validate_as, Analysis::cited, Analysis::shown;
    /// Latency and errors are within their limits, and the budget is intact.
    AnalysisPassed = "delivery.analysis.passed", Phase::Successful;
    /// A limit is crossed, or the budget burns too fast.
    AnalysisFailed = "delivery.analysis.failed", Phase::Failed;
    /// There is too little to decide on.
    AnalysisInconclusive = "delivery.analysis.inconclusive", Phase::Inconclusive;
}
