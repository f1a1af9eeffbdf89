//! DORA's figures over a window of deployments.
//!
//! Windows are half-open, `from <= t < to`, in milliseconds since the epoch (UTC). The median of an
//! even number is the mean of the middle two. A figure over nothing is absent, never 0.
//!
//! | here | dora.dev (2026) | definition |
//! |---|---|---|
//! | `lead_time` | change lead time | median over *changes* of deployed − merged |
//! | `change_failure_rate` | change fail rate | failed deployments / deployments |
//! | `deploys_per_day` | deployment frequency | deployments / window |
//! | `recovery_time` | failed deployment recovery time | median of incident opened to resolved |

use jwp_core::{
    Decimal, Digest, DigestAlgorithm, Timestamp,
    merkle::{MerkleTree, leaf_hash},
};

use super::Ratio;

const MS_PER_MINUTE: u64 = 60_000;
const MS_PER_DAY: u64 = 86_400_000;

/// A half-open window in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    from_ms: u64,
    to_ms: u64,
}

impl Window {
    /// `from_ms <= t < to_ms`; `None` for an empty window.
    #[must_use]
    pub fn new(from_ms: u64, to_ms: u64) -> Option<Self> {
        (from_ms < to_ms).then_some(Self { from_ms, to_ms })
    }

    /// The same between two points in whole seconds.
    pub(crate) fn between(from: Timestamp, to: Timestamp) -> Option<Self> {
        let ms = |at: Timestamp| at.as_secs().checked_mul(1000);
        Self::new(ms(from)?, ms(to)?)
    }

    /// Whether a point in time lies in the window.
    #[must_use]
    pub fn contains(self, at_ms: u64) -> bool {
        (self.from_ms..self.to_ms).contains(&at_ms)
    }

    /// Its length.
    #[must_use]
    pub const fn length_ms(self) -> u64 {
        self.to_ms.saturating_sub(self.from_ms)
    }
}

/// A pair of times: merged and deployed, or opened and resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a span is two points in time")]
pub struct Span {
    /// When it began, milliseconds since the epoch.
    pub from_ms: u64,
    /// When it ended, milliseconds since the epoch.
    pub to_ms: u64,
}

/// What cannot be a set of deployments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DoraError {
    /// More failed deployments than deployments.
    #[error("got more failed deployments than deployments")]
    FailedAboveTotal,
    /// A change deployed before it was merged, or an incident resolved before it was opened.
    #[error("got an end at {to_ms} ms before its beginning at {from_ms} ms")]
    Negative {
        /// The beginning.
        from_ms: u64,
        /// The end.
        to_ms: u64,
    },
    /// No deployment in the window: rates are undefined, not 0.
    #[error("got no deployment in the window")]
    NoDeployment,
    /// Out of the range of the decimals.
    #[error("got figures out of range")]
    Overflow,
}

/// failed / deployments at 3 places.
///
/// # Errors
/// [`DoraError::NoDeployment`] and [`DoraError::FailedAboveTotal`].
pub fn change_failure_rate(failed: u64, deployments: u64) -> Result<Decimal, DoraError> {
    if failed > deployments {
        return Err(DoraError::FailedAboveTotal);
    }
    let rate = Ratio::of_counts(failed, deployments).ok_or(DoraError::NoDeployment)?;
    rate.to_decimal(3).ok_or(DoraError::Overflow)
}

/// deployments / days of the window at 1 place.
///
/// # Errors
/// [`DoraError::NoDeployment`].
pub fn deploys_per_day(deployments: u64, window: Window) -> Result<Decimal, DoraError> {
    if deployments == 0 {
        return Err(DoraError::NoDeployment);
    }
    let per_ms = Ratio::of_counts(deployments, window.length_ms()).ok_or(DoraError::Overflow)?;
    let per_day = per_ms
        .checked_mul(Ratio::from(MS_PER_DAY))
        .ok_or(DoraError::Overflow)?;
    per_day.to_decimal(1).ok_or(DoraError::Overflow)
}

/// The median length of the spans in minutes at 1 place; `None` where there are none.
///
/// # Errors
/// [`DoraError::Negative`] for a span that ends before it begins; nothing is dropped in silence.
pub fn median_minutes(spans: &[Span]) -> Result<Option<Decimal>, DoraError> {
    let mut lengths = Vec::with_capacity(spans.len());
    for &Span { from_ms, to_ms } in spans {
        let length = to_ms
            .checked_sub(from_ms)
            .ok_or(DoraError::Negative { from_ms, to_ms })?;
        lengths.push(length);
    }
    let Some(median) = median(&mut lengths) else {
        return Ok(None);
    };
    let minutes = median
        .checked_div(Ratio::from(MS_PER_MINUTE))
        .ok_or(DoraError::Overflow)?;
    minutes.to_decimal(1).map(Some).ok_or(DoraError::Overflow)
}

/// The median; the mean of the middle two for an even number. `None` of nothing.
#[must_use]
pub fn median(values: &mut [u64]) -> Option<Ratio> {
    values.sort_unstable();
    let upper = values.len() / 2;
    let high = values.get(upper)?;
    if values.len() % 2 == 1 {
        return Some(Ratio::from(*high));
    }
    let low = values.get(upper.checked_sub(1)?)?;
    Ratio::new(i128::from(*low).checked_add(i128::from(*high))?, 2)
}

/// The RFC 9162 §2.1.1 SHA-256 Merkle root over the exact bytes of events, in the given order.
#[must_use]
pub fn events_root<'a>(events: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut tree = MerkleTree::new();
    events
        .into_iter()
        .for_each(|event| tree.push(leaf_hash(&[event])));
    Digest::new(DigestAlgorithm::Sha256, tree.root())
}
