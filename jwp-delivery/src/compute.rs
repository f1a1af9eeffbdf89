//! Pure arithmetic behind the claims: integers and exact rationals in, exact rationals out.
//!
//! | module | what it computes | rule followed |
//! |---|---|---|
//! | [`quantile`] | a quantile of histogram buckets, with its interval | PromQL `histogram_quantile` |
//! | [`burn_rate`] | multi-window, multi-burn-rate alerts | The Site Reliability Workbook, ch. 5 |
//! | [`baseline`] | mean, sample standard deviation, one-sigma comparison | n − 1 estimator |
//! | [`bucket`] | the bucket of a user under a feature flag | one algorithm per stated id |
//! | [`dora`] | lead time, change failure rate, frequency, recovery time | dora.dev, five metrics |
//!
//! Nothing here reads a document, knows a tool or touches a float: the same input gives the same
//! output on every machine.

use core::cmp::Ordering;

use jwp_core::Decimal;

pub mod baseline;
pub mod bucket;
pub mod burn_rate;
pub mod dora;
pub mod quantile;

/// An exact rational number in lowest terms.
///
/// Intermediate results stay exact; [`Ratio::to_decimal`] rounds once, half to even, at the places
/// that a claim states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i128,
    denominator: u128,
}

impl Ratio {
    /// Zero.
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };

    /// `numerator / denominator` in lowest terms; `None` for a denominator of zero.
    #[must_use]
    pub fn new(numerator: i128, denominator: u128) -> Option<Self> {
        let divisor = gcd(numerator.unsigned_abs(), denominator);
        let magnitude = numerator.unsigned_abs().checked_div(divisor)?;
        let magnitude = i128::try_from(magnitude).ok()?;
        let numerator = if numerator < 0 {
            magnitude.checked_neg()?
        } else {
            magnitude
        };
        let denominator = denominator.checked_div(divisor).filter(|&d| d != 0)?;
        Some(Self {
            numerator,
            denominator,
        })
    }

    /// The quotient of two counts; `None` where the second is zero.
    #[must_use]
    pub fn of_counts(part: u64, whole: u64) -> Option<Self> {
        Self::new(i128::from(part), u128::from(whole))
    }

    /// The decimal as a rational; `None` where a power of ten leaves `u128` (beyond 38 places).
    #[must_use]
    pub fn from_decimal(decimal: Decimal) -> Option<Self> {
        let places = u32::from(decimal.exponent().unsigned_abs());
        Self::new(decimal.mantissa(), 10u128.checked_pow(places)?)
    }

    /// The numerator, which carries the sign.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// The denominator, at least 1.
    #[must_use]
    pub const fn denominator(self) -> u128 {
        self.denominator
    }

    /// The sum; `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let divisor = gcd(self.denominator, other.denominator);
        let left = other.denominator.checked_div(divisor)?;
        let right = self.denominator.checked_div(divisor)?;
        let a = self.numerator.checked_mul(i128::try_from(left).ok()?)?;
        let b = other.numerator.checked_mul(i128::try_from(right).ok()?)?;
        Self::new(a.checked_add(b)?, self.denominator.checked_mul(left)?)
    }

    /// The difference; `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let negated = Self {
            numerator: other.numerator.checked_neg()?,
            ..other
        };
        self.checked_add(negated)
    }

    /// The product; `None` on overflow.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        // Cross-reduced first, so that only a result that does not fit overflows.
        let a = Self::new(self.numerator, other.denominator)?;
        let b = Self::new(other.numerator, self.denominator)?;
        let numerator = a.numerator.checked_mul(b.numerator)?;
        Self::new(numerator, a.denominator.checked_mul(b.denominator)?)
    }

    /// The quotient; `None` on overflow and for a divisor of zero.
    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        let magnitude = i128::try_from(other.denominator).ok()?;
        let numerator = if other.numerator < 0 {
            magnitude.checked_neg()?
        } else {
            magnitude
        };
        self.checked_mul(Self::new(numerator, other.numerator.unsigned_abs())?)
    }

    /// Rounded half to even at `places` places; `None` outside the range of [`Decimal`].
    #[must_use]
    pub fn to_decimal(self, places: u8) -> Option<Decimal> {
        Decimal::from_ratio(self.numerator, self.denominator, places)
    }

    /// Rounded half to even to a whole number; `None` below zero or above `u64`.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        self.to_decimal(0)?.to_u64()
    }
}

impl From<u64> for Ratio {
    fn from(whole: u64) -> Self {
        Self {
            numerator: i128::from(whole),
            denominator: 1,
        }
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.numerator < 0, other.numerator < 0) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (negative, _) => {
                let a = (self.numerator.unsigned_abs(), self.denominator);
                let b = (other.numerator.unsigned_abs(), other.denominator);
                let by_size = compare_fractions(a, b);
                if negative { by_size.reverse() } else { by_size }
            }
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares a/b with c/d by their continued fractions, where a product could overflow.
fn compare_fractions(mut a: (u128, u128), mut b: (u128, u128)) -> Ordering {
    let mut reversed = false;
    // Every round shrinks the numbers at least as fast as Euclid's algorithm does.
    loop {
        let whole_a = a.0.checked_div(a.1).unwrap_or(u128::MAX);
        let whole_b = b.0.checked_div(b.1).unwrap_or(u128::MAX);
        let rest_a = a.0.checked_rem(a.1).unwrap_or(0);
        let rest_b = b.0.checked_rem(b.1).unwrap_or(0);
        let order = match whole_a.cmp(&whole_b) {
            Ordering::Equal if rest_a == 0 || rest_b == 0 => rest_a.min(1).cmp(&rest_b.min(1)),
            Ordering::Equal => {
                // rest_a / a.1 < rest_b / b.1 exactly when a.1 / rest_a > b.1 / rest_b.
                a = (a.1, rest_a);
                b = (b.1, rest_b);
                reversed = !reversed;
                continue;
            }
            unequal => unequal,
        };
        return if reversed { order.reverse() } else { order };
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a
}

/// A number of items, as a claim counts them.
pub(crate) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
