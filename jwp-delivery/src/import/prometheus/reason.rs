//! Why an analysis does not pass: what is certainly bad, and what is not certain.

/// Why an analysis failed, or is inconclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisReason {
    /// Fails: the error rate is above the abort threshold.
    #[error("the error rate is above the abort threshold")]
    AbortErrorRate,
    /// Fails: the quantile is above the abort threshold.
    #[error("the latency quantile is above the abort threshold")]
    AbortLatency,
    /// Inconclusive: the baseline has too few windows, or none.
    #[error("the baseline has {windows} windows, expected at least 8")]
    BaselineWindows {
        /// How many there are.
        windows: u64,
    },
    /// Fails: a pair of windows burns the error budget too fast.
    #[error("the {long_s} s and the {short_s} s window burn the error budget above the factor")]
    BurnFiring {
        /// The long window in seconds.
        long_s: u64,
        /// The short window in seconds.
        short_s: u64,
    },
    /// Inconclusive: no pair of windows was fully observed, in counts and with enough events.
    #[error("no pair of burn windows was observed in full")]
    BurnNotObserved,
    /// Fails: the error rate is above mean + sigma of the baseline.
    #[error("the error rate is above one sigma of the baseline")]
    ErrorRateBeyond,
    /// Inconclusive: the error rate is above a baseline whose windows are all equal.
    #[error("the error rate is above a baseline without spread")]
    ErrorRateNoSpread,
    /// Inconclusive: bucket counts fell by more than float noise and were raised.
    #[error("bucket counts are not monotone")]
    Forced,
    /// Fails: the quantile is certainly above mean + sigma of the baseline.
    #[error("the latency quantile is above one sigma of the baseline")]
    LatencyBeyond,
    /// Inconclusive: the baseline's windows all have the same quantile.
    #[error("the baseline's latency has no spread")]
    LatencyNoSpread,
    /// Inconclusive: the bucket at the quantile is wider than sigma, or reaches over the limit.
    #[error("the buckets are too coarse for one sigma")]
    LatencyResolution,
    /// Fails: the quantile lies in the `+Inf` bucket.
    #[error("the latency quantile lies above the highest finite bucket")]
    Saturated,
}

impl AnalysisReason {
    /// Whether it fails the analysis; otherwise it leaves it inconclusive.
    #[must_use]
    pub const fn fails(self) -> bool {
        matches!(
            self,
            Self::AbortErrorRate
                | Self::AbortLatency
                | Self::BurnFiring { .. }
                | Self::ErrorRateBeyond
                | Self::LatencyBeyond
                | Self::Saturated
        )
    }
}
