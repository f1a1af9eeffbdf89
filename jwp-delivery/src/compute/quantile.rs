//! A quantile of a histogram: the value that PromQL's `histogram_quantile` gives, in exact
//! rational arithmetic, with the bucket that it fell into.
//!
//! A histogram knows no more than the bucket; the value inside is a linear guess. So every result
//! carries the interval, and says when the quantile fell beyond the last finite bound, where the
//! usual answer is an underestimate.

use jwp_core::Decimal;

use super::Ratio;

/// The upper bound of a cumulative bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a bound is finite or it is not")]
pub enum UpperBound {
    /// A finite bound, in the unit of the histogram.
    Finite(Decimal),
    /// `+Inf`: the bucket that counts everything.
    Infinite,
}

/// One cumulative bucket: how many observations are at or below the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a bucket is a bound and a count")]
pub struct Bucket {
    /// The upper bound, `le`.
    pub le: UpperBound,
    /// Observations at or below it. A rate gives fractions; counts are not negative.
    pub count: Decimal,
}

/// One bucket with both bounds and its own count (native histograms).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an interval is two bounds and a count"
)]
pub struct Interval {
    /// Lower bound.
    pub lo: Decimal,
    /// Upper bound, above the lower.
    pub hi: Decimal,
    /// Observations between them.
    pub count: Decimal,
}

/// A quantile and what is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Quantile {
    /// The interpolated value, exact.
    pub value: Ratio,
    /// Lower bound of the bucket it fell into.
    pub lo: Ratio,
    /// Upper bound of that bucket; absent in the `+Inf` bucket.
    pub hi: Option<Ratio>,
    /// All observations.
    pub total: Ratio,
    /// The quantile fell into the `+Inf` bucket: `value` is the highest finite bound, and the
    /// truth is at or above it.
    pub saturated: bool,
    /// Counts fell from one bucket to the next by more than 10⁻¹² of their sum and were raised.
    pub forced: bool,
}

/// Why there is no quantile, where PromQL would answer NaN or an infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantileError {
    /// The quantile asked for is not above 0 and below 1.
    #[error("got a quantile outside 0..1")]
    BadQuantile,
    /// A count below zero.
    #[error("got a negative count")]
    NegativeCount,
    /// The highest bucket is not `+Inf`.
    #[error("got no +Inf bucket")]
    NoInfiniteBucket,
    /// Nothing was observed.
    #[error("got no observations")]
    NoObservations,
    /// Intervals that overlap, are empty or are out of order.
    #[error("got intervals that are not in order")]
    NotOrdered,
    /// Numbers too long for exact arithmetic in 128 bits.
    #[error("got numbers too long for exact arithmetic")]
    Overflow,
    /// Fewer than two buckets.
    #[error("got fewer than two buckets")]
    TooFewBuckets,
}

/// The quantile `q` of cumulative buckets in any order.
///
/// The steps of PromQL's `histogram_quantile` (2.55.1, `promql/quantile.go`): sort by bound, merge
/// equal bounds, make counts monotone, find the first bucket below `+Inf` with `count >= q × total`,
/// interpolate in it from the bound below (0 for the first bucket).
///
/// # Errors
/// A [`QuantileError`] wherever PromQL answers NaN or an infinity.
pub fn of_buckets(q: Decimal, buckets: &[Bucket]) -> Result<Quantile, QuantileError> {
    let q = fraction(q)?;
    let merged = merge(buckets)?;
    let ((last, _), finite) = merged.split_last().ok_or(QuantileError::TooFewBuckets)?;
    if *last != UpperBound::Infinite {
        return Err(QuantileError::NoInfiniteBucket);
    }
    if finite.is_empty() {
        return Err(QuantileError::TooFewBuckets);
    }
    let (counts, forced) = monotone(&merged)?;
    let total = counts.last().copied().ok_or(QuantileError::TooFewBuckets)?;
    if total == Ratio::ZERO {
        return Err(QuantileError::NoObservations);
    }
    let rank = q.checked_mul(total).ok_or(QuantileError::Overflow)?;
    let mut below: Option<(Ratio, Ratio)> = None;
    for ((le, _), &count) in finite.iter().zip(&counts) {
        let UpperBound::Finite(end) = *le else {
            return Err(QuantileError::NotOrdered);
        };
        let end = Ratio::from_decimal(end).ok_or(QuantileError::Overflow)?;
        if count >= rank {
            let done = |value, lo| Quantile {
                value,
                lo,
                hi: Some(end),
                total,
                saturated: false,
                forced,
            };
            let Some((start, under)) = below else {
                if end <= Ratio::ZERO {
                    return Ok(done(end, end));
                }
                let value = interpolate(Ratio::ZERO, end, rank, count)?;
                return Ok(done(value, Ratio::ZERO));
            };
            let inside = rank.checked_sub(under).ok_or(QuantileError::Overflow)?;
            let own = count.checked_sub(under).ok_or(QuantileError::Overflow)?;
            return Ok(done(interpolate(start, end, inside, own)?, start));
        }
        below = Some((end, count));
    }
    let (value, _) = below.ok_or(QuantileError::TooFewBuckets)?;
    Ok(Quantile {
        value,
        lo: value,
        hi: None,
        total,
        saturated: true,
        forced,
    })
}

/// The quantile `q` of buckets with both bounds, ascending and apart.
///
/// Linear inside the bucket, as PromQL 2.40–2.55 does for native histograms (3.x interpolates
/// exponentially; the interval is the same).
///
/// # Errors
/// A [`QuantileError`] wherever PromQL answers NaN, and for intervals that are not in order.
pub fn of_intervals(q: Decimal, intervals: &[Interval]) -> Result<Quantile, QuantileError> {
    let q = fraction(q)?;
    let mut total = Ratio::ZERO;
    let mut end: Option<Decimal> = None;
    for interval in intervals {
        if interval.lo >= interval.hi || end.is_some_and(|end| interval.lo < end) {
            return Err(QuantileError::NotOrdered);
        }
        end = Some(interval.hi);
        total = total
            .checked_add(count_of(interval.count)?)
            .ok_or(QuantileError::Overflow)?;
    }
    if total == Ratio::ZERO {
        return Err(QuantileError::NoObservations);
    }
    let rank = q.checked_mul(total).ok_or(QuantileError::Overflow)?;
    let mut seen = Ratio::ZERO;
    for interval in intervals {
        let own = count_of(interval.count)?;
        let upto = seen.checked_add(own).ok_or(QuantileError::Overflow)?;
        if upto >= rank && own != Ratio::ZERO {
            let lo = Ratio::from_decimal(interval.lo).ok_or(QuantileError::Overflow)?;
            let hi = Ratio::from_decimal(interval.hi).ok_or(QuantileError::Overflow)?;
            let inside = rank.checked_sub(seen).ok_or(QuantileError::Overflow)?;
            let value = interpolate(lo, hi, inside, own)?;
            return Ok(Quantile {
                value,
                lo,
                hi: Some(hi),
                total,
                saturated: false,
                forced: false,
            });
        }
        seen = upto;
    }
    Err(QuantileError::NoObservations)
}

fn fraction(q: Decimal) -> Result<Ratio, QuantileError> {
    let q = Ratio::from_decimal(q).ok_or(QuantileError::Overflow)?;
    if q > Ratio::ZERO && q < Ratio::from(1) {
        Ok(q)
    } else {
        Err(QuantileError::BadQuantile)
    }
}

fn count_of(count: Decimal) -> Result<Ratio, QuantileError> {
    if count.is_negative() {
        return Err(QuantileError::NegativeCount);
    }
    Ratio::from_decimal(count).ok_or(QuantileError::Overflow)
}

/// start + (end − start) × part / whole.
fn interpolate(
    start: Ratio,
    end: Ratio,
    part: Ratio,
    whole: Ratio,
) -> Result<Ratio, QuantileError> {
    let value = || {
        let share = part.checked_div(whole)?;
        start.checked_add(end.checked_sub(start)?.checked_mul(share)?)
    };
    value().ok_or(QuantileError::Overflow)
}

fn merge(buckets: &[Bucket]) -> Result<Vec<(UpperBound, Ratio)>, QuantileError> {
    let mut sorted = buckets.to_vec();
    sorted.sort_by_key(|bucket| bucket.le);
    let mut merged: Vec<(UpperBound, Ratio)> = Vec::with_capacity(sorted.len());
    for bucket in sorted {
        let count = count_of(bucket.count)?;
        match merged.last_mut() {
            Some((le, sum)) if *le == bucket.le => {
                *sum = sum.checked_add(count).ok_or(QuantileError::Overflow)?;
            }
            _ => merged.push((bucket.le, count)),
        }
    }
    Ok(merged)
}

/// Counts that never fall. A difference below 10⁻¹² of the sum is float noise of the server and is
/// flattened in silence, in either direction; a larger fall is raised and reported.
fn monotone(merged: &[(UpperBound, Ratio)]) -> Result<(Vec<Ratio>, bool), QuantileError> {
    let tolerance = Ratio::new(1, 1_000_000_000_000).ok_or(QuantileError::Overflow)?;
    let mut counts = Vec::with_capacity(merged.len());
    let mut forced = false;
    let mut top: Option<Ratio> = None;
    for &(_, count) in merged {
        let kept = match top {
            None => count,
            Some(top) if top == count => count,
            Some(top) => {
                let (low, high) = if top < count {
                    (top, count)
                } else {
                    (count, top)
                };
                let noise = || {
                    let sum = low.checked_add(high)?.checked_mul(tolerance)?;
                    Some(low != Ratio::ZERO && high.checked_sub(low)? < sum)
                };
                if noise().ok_or(QuantileError::Overflow)? {
                    top
                } else if count < top {
                    forced = true;
                    top
                } else {
                    count
                }
            }
        };
        top = Some(kept);
        counts.push(kept);
    }
    Ok((counts, forced))
}
