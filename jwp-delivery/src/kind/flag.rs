//! `delivery.flag.evaluated`: a feature flag admitted a share of users.

use jwp_core::{Citation, Claim, Decimal, Digest, Evidence, Invalid};
use serde::{Deserialize, Serialize};

use super::{cite_after_tools, count};
use crate::{compute::bucket::Bucketing, window::Window};

/// Evaluations of one flag over a window: `delivery.flag.evaluated`.
///
/// ```cddl
/// flag-evaluated = {
///   "flag" => tstr,
///   "rollout_pct" => 0..100,
///   "variant" => tstr,
///   "buckets" => uint,
///   "admitted" => { "from" => uint, "to" => uint },
///   "bucketing" => tstr,
///   "eval_count" => uint,
///   "admitted_count" => uint,
///   "eval_p99_ms" => decimal,
///   "errors" => uint,
///   "window" => window,
///   ? "flag_set" => tstr,
///   ? "flag_version" => tstr,
///   "provider" => tstr,
///   ? "events_root" => digest,
///   ? "cohort_root" => digest,
/// }
/// ```
///
/// Source: OpenFeature specification (evaluation details, appendix D telemetry); CloudEvents 1.0.
/// OpenFeature defines no CloudEvents binding: the event type is this project's own.
///
/// **Proves** that the issuer counted these evaluations. **Does not prove** that no other flag or
/// route brought traffic to the image. Trusted: who evaluates the flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlagEvaluated {
    /// The flag key.
    pub flag: String,
    /// Evaluations that ended in an error: no exposure.
    pub errors: u64,
    /// When.
    pub window: Window,
    /// Number of buckets.
    pub buckets: u64,
    /// The variant that admits.
    pub variant: String,
    /// The admitted buckets.
    pub admitted: Admitted,
    /// Name of the flag set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_set: Option<String>,
    /// The provider (`flagd`).
    pub provider: String,
    /// Identifier of the bucketing algorithm.
    pub bucketing: String,
    /// Evaluations in the window.
    pub eval_count: u64,
    /// Merkle root over the salted keys of admitted users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_root: Option<Digest>,
    /// 99th percentile of the evaluation latency, milliseconds at 3 places.
    pub eval_p99_ms: Decimal,
    /// Merkle root over the evaluation events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_root: Option<Digest>,
    /// Percent of the buckets that are admitted.
    pub rollout_pct: u64,
    /// Version of the flag set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_version: Option<String>,
    /// Evaluations that admitted.
    pub admitted_count: u64,
}

/// The buckets `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Admitted {
    /// The bucket behind the last.
    pub to: u64,
    /// The first bucket.
    pub from: u64,
}

impl Admitted {
    /// The buckets `[from, to)`.
    #[must_use]
    pub const fn new(from: u64, to: u64) -> Self {
        Self { from, to }
    }

    /// The percentage of `buckets` that these are, where it is a whole one.
    pub(crate) fn whole_percent(self, buckets: u64) -> Option<u64> {
        let share = u128::from(self.to.saturating_sub(self.from));
        // In 64 bits the product could be too large.
        let (hundredfold, buckets) = (share.checked_mul(100)?, u128::from(buckets));
        let percent = hundredfold.checked_div(buckets)?;
        let is_whole = percent.checked_mul(buckets) == Some(hundredfold);
        u64::try_from(percent).ok().filter(|_| is_whole)
    }
}

impl FlagEvaluated {
    /// A flag that admits some of `buckets` over `window`, with the percentage that follows. Names and counts are fields to
    /// be set: without them [`Claim::validate`] refuses it.
    #[must_use]
    pub const fn new(window: Window, buckets: u64, admitted: Admitted) -> Self {
        let share = admitted.to.saturating_sub(admitted.from);
        let rollout_pct = match share.saturating_mul(100).checked_div(buckets) {
            Some(percent) => percent,
            None => 0,
        };
        Self {
            flag: String::new(),
            rollout_pct,
            variant: String::new(),
            buckets,
            admitted,
            bucketing: String::new(),
            eval_count: 0,
            admitted_count: 0,
            eval_p99_ms: Decimal::ZERO,
            errors: 0,
            window,
            flag_set: None,
            flag_version: None,
            provider: String::new(),
            events_root: None,
            cohort_root: None,
        }
    }
}

impl Claim for FlagEvaluated {
    const KIND: &'static str = "delivery.flag.evaluated";

    fn cite(&self, evidence: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        cite_after_tools(evidence, &["OpenFeature"], &["CloudEvents 1.0"])
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.flag.is_empty() || self.variant.is_empty() || self.provider.is_empty() {
            return Err(Invalid::schema("flag", "flag, variant and provider named"));
        }
        if self.rollout_pct > 100 {
            return Err(Invalid::range("rollout_pct", "0..100"));
        }
        if self.bucketing.is_empty() {
            return Err(Invalid::schema("bucketing", "the id of an algorithm"));
        }
        let Admitted { from, to } = self.admitted;
        if self.bucketing == Bucketing::Jwp100.id() && (self.buckets, from) != (100, 0) {
            return Err(Invalid::schema(
                "bucketing",
                "jwp-100 with 100 buckets, admitted from 0",
            ));
        }
        if self.buckets == 0 {
            return Err(Invalid::range("buckets", "at least one"));
        }
        if from > to || to > self.buckets {
            return Err(Invalid::schema("admitted", "from <= to <= buckets"));
        }
        if self.admitted.whole_percent(self.buckets) != Some(self.rollout_pct) {
            return Err(Invalid::schema(
                "rollout_pct",
                "the admitted share of the buckets",
            ));
        }
        if self.eval_count == 0 {
            return Err(Invalid::range("eval_count", "at least one evaluation"));
        }
        let counted = self.admitted_count.checked_add(self.errors);
        if counted.is_none_or(|counted| counted > self.eval_count) {
            return Err(Invalid::schema(
                "admitted_count",
                "admitted and errors within eval_count",
            ));
        }
        // Errors and answers by other reasons admit nobody; at 100 % everybody else was admitted.
        let nobody = self.admitted_count == 0;
        if (self.rollout_pct == 0 && !nobody) || (self.rollout_pct == 100 && nobody) {
            return Err(Invalid::schema(
                "admitted_count",
                "nobody at 0 %, somebody at 100 %",
            ));
        }
        if self.eval_p99_ms.is_negative() {
            return Err(Invalid::range("eval_p99_ms", "0 or more"));
        }
        self.window.validate()
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        vec![
            ("flag", self.flag.clone()),
            ("rollout_pct", count(self.rollout_pct)),
        ]
    }
}
