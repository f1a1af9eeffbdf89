//! A figure against its baseline: within one standard deviation of the mean, or not.
//!
//! Samples are whole numbers of a small unit (microseconds of latency, 10⁻⁹ of a rate), one per
//! window of the same length. The standard deviation is the sample one (n − 1), rounded to the
//! nearest whole unit, half up; the mean stays exact.

use super::Ratio;

/// Fewer windows than this say nothing about a spread.
pub const MIN_WINDOWS: usize = 8;

/// Mean and spread of the baseline's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Spread {
    /// Number of windows.
    pub n: u64,
    /// Arithmetic mean, exact, in the unit of the samples.
    pub mean: Ratio,
    /// Sample standard deviation (n − 1), rounded to the nearest unit, half up.
    pub sigma: u64,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comparison {
    /// Certainly at or below mean + sigma.
    Within,
    /// Certainly above mean + sigma.
    Beyond,
    /// Not decidable.
    Inconclusive(Doubt),
}

/// Why a comparison is not decidable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// Fewer than [`MIN_WINDOWS`] windows.
    FewWindows,
    /// All windows are equal: one sigma of nothing.
    NoSpread,
    /// The interval of the figure is wider than one sigma, or reaches over the limit.
    Resolution,
}

/// Mean and sample standard deviation of one sample per window.
///
/// `None` below two samples and on overflow of 128 bits.
#[must_use]
pub fn spread(samples: &[u64]) -> Option<Spread> {
    let n = u128::try_from(samples.len()).ok()?;
    let sum = samples
        .iter()
        .try_fold(0u128, |sum, &x| sum.checked_add(u128::from(x)))?;
    // sigma² = Σ (n·x − sum)² / (n² (n − 1)), all integers.
    let squares = samples.iter().try_fold(0u128, |squares, &x| {
        let deviation = u128::from(x).checked_mul(n)?.abs_diff(sum);
        squares.checked_add(deviation.checked_mul(deviation)?)
    })?;
    let denominator = n.checked_mul(n)?.checked_mul(n.checked_sub(1)?)?;
    // floor(2·sigma) from floor(4·sigma²); then half up: floor((floor(2·sigma) + 1) / 2).
    let twice = squares.checked_mul(4)?.checked_div(denominator)?.isqrt();
    let sigma = twice.checked_add(1)?.checked_div(2)?;
    Some(Spread {
        n: u64::try_from(n).ok()?,
        mean: Ratio::new(i128::try_from(sum).ok()?, n)?,
        sigma: u64::try_from(sigma).ok()?,
    })
}

impl Spread {
    /// mean + sigma; `None` on overflow.
    #[must_use]
    pub fn limit(self) -> Option<Ratio> {
        self.mean.checked_add(Ratio::from(self.sigma))
    }

    /// Compares a figure known to lie in `lo..=hi`, in the unit of the samples.
    ///
    /// The upper end decides for *within*, the lower end for *beyond*. A figure that is exact has
    /// `lo == hi`.
    #[must_use]
    pub fn compare(self, lo: Ratio, hi: Ratio) -> Comparison {
        let enough = usize::try_from(self.n).is_ok_and(|n| n >= MIN_WINDOWS);
        if !enough {
            return Comparison::Inconclusive(Doubt::FewWindows);
        }
        if self.sigma == 0 {
            return Comparison::Inconclusive(Doubt::NoSpread);
        }
        let Some(limit) = self.limit() else {
            return Comparison::Inconclusive(Doubt::Resolution);
        };
        if lo > limit {
            return Comparison::Beyond;
        }
        let width = hi.checked_sub(lo);
        let fine = width.is_some_and(|width| width <= Ratio::from(self.sigma));
        if fine && hi <= limit {
            Comparison::Within
        } else {
            Comparison::Inconclusive(Doubt::Resolution)
        }
    }
}
