//! Error budgets: multi-window, multi-burn-rate alerts.
//!
//! burn = (bad / total) / (1 − SLO). A pair of windows fires exactly when the burn of the long
//! *and* of the short window are **above** its factor (The Site Reliability Workbook, chapter 5,
//! "Multiwindow, Multi-Burn-Rate Alerts"). The short window is a twelfth of the long one.

use jwp_core::Decimal;

use super::Ratio;

/// A service level objective: a fraction above 0 and below 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slo {
    objective: Decimal,
    budget: Ratio,
}

impl Slo {
    /// From the objective (`0.99`); `None` unless it is above 0 and below 1.
    #[must_use]
    pub fn new(objective: Decimal) -> Option<Self> {
        let budget = Ratio::from(1).checked_sub(Ratio::from_decimal(objective)?)?;
        let open = budget > Ratio::ZERO && budget < Ratio::from(1);
        open.then_some(Self { objective, budget })
    }

    /// The objective.
    #[must_use]
    pub const fn objective(self) -> Decimal {
        self.objective
    }

    /// The error budget, 1 − objective.
    #[must_use]
    pub const fn budget(self) -> Ratio {
        self.budget
    }

    /// The burn rate of a window; `None` without events or on overflow.
    #[must_use]
    pub fn burn(self, counts: Counts) -> Option<Ratio> {
        Ratio::of_counts(counts.bad, counts.total)?.checked_div(self.budget)
    }
}

/// Events of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a ratio is two counts")]
pub struct Counts {
    /// Events that spent budget.
    pub bad: u64,
    /// All events.
    pub total: u64,
}

/// A pair of windows and the factor above which both must burn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    long_s: u64,
    short_s: u64,
    factor: Decimal,
}

/// Why a pair cannot be used, or its counts cannot be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BurnError {
    /// More bad events than events.
    #[error("got more bad events than events")]
    BadAboveTotal,
    /// The short window is not a twelfth of the long one, or the factor is not positive.
    #[error(
        "got a pair whose short window is not a twelfth of the long one, or no positive factor"
    )]
    BadPair,
    /// The short window holds more than the long window around it.
    #[error("got more events in the short window than in the long one around it")]
    NotNested,
    /// Numbers too long for exact arithmetic.
    #[error("got numbers too long for exact arithmetic")]
    Overflow,
}

/// What a pair says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PairOutcome {
    /// Both windows burn above the factor.
    Firing,
    /// At least one window does not.
    Quiet,
    /// A window was not fully observed: nothing can be said.
    NotCovered,
    /// Fewer events than one bad event needs to stay below the factor.
    TooFew {
        /// Events needed in each window: ⌈1 / (factor × budget)⌉.
        needed: u64,
    },
}

impl Pair {
    /// A pair of window lengths in seconds.
    ///
    /// # Errors
    /// [`BurnError::BadPair`].
    pub fn new(long_s: u64, short_s: u64, factor: Decimal) -> Result<Self, BurnError> {
        let twelfth = short_s.checked_mul(12) == Some(long_s) && short_s > 0;
        if twelfth && factor > Decimal::ZERO {
            Ok(Self {
                long_s,
                short_s,
                factor,
            })
        } else {
            Err(BurnError::BadPair)
        }
    }

    /// Length of the long window in seconds.
    #[must_use]
    pub const fn long_s(self) -> u64 {
        self.long_s
    }

    /// Length of the short window in seconds.
    #[must_use]
    pub const fn short_s(self) -> u64 {
        self.short_s
    }

    /// The factor.
    #[must_use]
    pub const fn factor(self) -> Decimal {
        self.factor
    }

    /// The fewest events at which one bad event alone does not exceed the factor:
    /// ⌈1 / (factor × budget)⌉.
    ///
    /// # Errors
    /// [`BurnError::Overflow`].
    pub fn events_needed(self, slo: Slo) -> Result<u64, BurnError> {
        let needed = || {
            let share = Ratio::from_decimal(self.factor)?.checked_mul(slo.budget)?;
            let inverse = Ratio::from(1).checked_div(share)?;
            let numerator = u128::try_from(inverse.numerator()).ok()?;
            u64::try_from(numerator.div_ceil(inverse.denominator())).ok()
        };
        needed().ok_or(BurnError::Overflow)
    }

    /// Whether the pair fires; `None` for a window that was not fully observed.
    ///
    /// # Errors
    /// Counts that contradict each other, and overflow.
    pub fn evaluate(
        self,
        slo: Slo,
        long: Option<Counts>,
        short: Option<Counts>,
    ) -> Result<PairOutcome, BurnError> {
        for counts in [long, short].into_iter().flatten() {
            if counts.bad > counts.total {
                return Err(BurnError::BadAboveTotal);
            }
        }
        let (Some(long), Some(short)) = (long, short) else {
            return Ok(PairOutcome::NotCovered);
        };
        if short.bad > long.bad || short.total > long.total {
            return Err(BurnError::NotNested);
        }
        let needed = self.events_needed(slo)?;
        if short.total < needed || long.total < needed {
            return Ok(PairOutcome::TooFew { needed });
        }
        let long = slo.burn(long).ok_or(BurnError::Overflow)?;
        let short = slo.burn(short).ok_or(BurnError::Overflow)?;
        self.compare(long, short)
    }

    /// The same over burn rates that were computed elsewhere.
    ///
    /// # Errors
    /// [`BurnError::Overflow`].
    pub fn compare(self, long: Ratio, short: Ratio) -> Result<PairOutcome, BurnError> {
        let factor = Ratio::from_decimal(self.factor).ok_or(BurnError::Overflow)?;
        // Strictly above: a burn of exactly the factor spends the budget exactly in time.
        let fires = long > factor && short > factor;
        Ok(if fires {
            PairOutcome::Firing
        } else {
            PairOutcome::Quiet
        })
    }
}
