//! OpenFeature evaluations: which share of users a flag admitted, and how long it took.
//!
//! Three documents make a claim:
//!
//! 1. **The rule**: flagd's flag definition, whose `fractional` weights give the percentage, the
//!    buckets and the admitted range; or a percentage under `jwp-100`.
//! 2. **The evaluations**, in one of three forms:
//!    - *counters*: a Prometheus answer with `feature_flag_evaluation_success_total` and
//!      `feature_flag_evaluation_error_total`, as OpenFeature's OpenTelemetry metrics hook counts
//!      them (half a million evaluations are three series);
//!    - *details*: `EvaluationDetails` with a `targetingKey`, as JSON lines or an array;
//!    - *events*: CloudEvents 1.0 of type [`EVENT_TYPE`] with such details as data. OpenFeature
//!      defines no CloudEvents type; this one is ours.
//! 3. **The latency**: with counters, a Prometheus answer with one series per `le` over the same
//!    evaluations (its name is the operator's: no convention defines one); with details and events,
//!    the member `durationNs` that the hook adds.
//!
//! | reason | counts as |
//! |---|---|
//! | `TARGETING_MATCH`, `SPLIT` with the variant | exposure (flagd says `TARGETING_MATCH` for a fractional rule) |
//! | `ERROR`, an `errorCode`, the error counter | error |
//! | `STALE`, `CACHED` | evaluation, no exposure: an answer from before |
//! | `DEFAULT`, `DISABLED`, `UNKNOWN`, `STATIC`, any other | evaluation, no exposure; with the variant it is refused: users were admitted outside the rule |
//!
//! With details and events the bucket of every user is computed again, and must give the variant that was
//! served; the share of distinct users that were admitted must lie within 4 standard deviations of the percentage.
//! Counters do not tell users apart, and one user may be evaluated a thousand times: of them only 0 % and 100 % say
//! what the counts must be.
//!
//! Source: OpenFeature specification 0.8 §1.4, Appendix D; flagd `fractional`.

mod counters;
mod details;
mod division;
mod reason;

use core::ops::RangeInclusive;

use jwp_core::{Decimal, Digest, Evidence, Timestamp};

use self::division::Division;
use super::{ImportError, Imported, fault};
use crate::{
    compute::bucket::{Bucketing, share_is_plausible},
    kind::flag::{Admitted, FlagEvaluated},
};

/// The CloudEvents type of one evaluation. Ours: OpenFeature and flagd define none.
pub const EVENT_TYPE: &str = "dev.jwp.openfeature.evaluation.v1";

/// The admitted share may differ from the percentage by this many standard deviations.
pub const SHARE_SIGMAS: u32 = 4;

/// How users are divided.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Rule<'a> {
    /// flagd's flag definition (`flags.json`), under `flagd-v2` or `flagd-go-pre2026`.
    Flagd {
        /// The definition.
        definition: &'a [u8],
        /// The algorithm of the evaluator that ran: the definition does not say.
        bucketing: Bucketing,
    },
    /// `jwp-100`: buckets `0..percent` of 100.
    Percent {
        /// The percentage, 0..=100.
        percent: u32,
        /// The salt of the hash.
        salt: &'a str,
    },
}

/// The evaluations.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Evaluations<'a> {
    /// Prometheus answers: counters, and the latency histogram.
    Counters {
        /// The success and error counters.
        counters: &'a [u8],
        /// One series per `le`, in seconds.
        latency: &'a [u8],
    },
    /// `EvaluationDetails` in JSON lines, an array or one.
    Details(&'a [u8]),
    /// CloudEvents around them.
    Events {
        /// The stream.
        stream: &'a [u8],
        /// The type of the events that count; others are passed over.
        event_type: &'a str,
    },
}

/// What the documents do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagContext {
    /// The flag key.
    pub flag: String,
    /// The variant that admits.
    pub variant: String,
    /// Beginning of the window.
    pub from: Timestamp,
    /// End of the window.
    pub to: Timestamp,
    /// The provider and its version (`flagd`, `0.11`).
    pub provider: (String, Option<String>),
    /// Version of the OpenFeature SDK.
    pub sdk_version: Option<String>,
    /// With a salt, which is not empty, `cohort_root` names the admitted users without giving them away.
    pub cohort_salt: Option<String>,
}

impl FlagContext {
    /// A flag and its admitting variant over a window.
    #[must_use]
    pub fn new(
        flag: impl Into<String>,
        variant: impl Into<String>,
        (from, to): (Timestamp, Timestamp),
        provider: impl Into<String>,
    ) -> Self {
        Self {
            flag: flag.into(),
            variant: variant.into(),
            from,
            to,
            provider: (provider.into(), None),
            sdk_version: None,
            cohort_salt: None,
        }
    }

    /// The seconds of the window, ends included.
    const fn seconds(&self) -> RangeInclusive<u64> {
        self.from.as_secs()..=self.to.as_secs()
    }

    /// With the version of the provider.
    #[must_use]
    pub fn with_provider_version(mut self, version: impl Into<String>) -> Self {
        self.provider.1 = Some(version.into());
        self
    }

    /// With the version of the SDK.
    #[must_use]
    pub fn with_sdk_version(mut self, version: impl Into<String>) -> Self {
        self.sdk_version = Some(version.into());
        self
    }

    /// With a salt for `cohort_root`.
    #[must_use]
    pub fn with_cohort_salt(mut self, salt: impl Into<String>) -> Self {
        self.cohort_salt = Some(salt.into());
        self
    }
}

/// Reads the rule and the evaluations, and counts.
///
/// # Errors
/// `Import.Json` for bytes that are not strict JSON; `Import.Incomplete` for a missing flag, variant,
/// label, targeting key or latency, for no evaluation at all, and for none that divided users;
/// `Import.Unsupported` for targeting that is more than `fractional`; `Import.Value` for counts that contradict each other, a variant
/// that its user's bucket does not give, users that another reason admitted, an admitted share that chance does not
/// explain, and an event or sample outside the window.
pub fn import(
    rule: Rule<'_>,
    evaluations: Evaluations<'_>,
    context: &FlagContext,
) -> Result<Imported<FlagEvaluated>, ImportError> {
    let window = fault::window("window", context.from, context.to)?;
    // Without a salt anybody who guesses a user finds out whether they were admitted.
    if context.cohort_salt.as_deref() == Some("") {
        return Err(fault::value("cohort salt", "at least one character"));
    }
    let evidence = evidence(&rule, &evaluations, context);
    let division = Division::of(rule, context)?;
    let counted = evaluations.count(&division, context)?;
    if counted.decided == 0 {
        let expected = "an evaluation that divided users";
        return Err(fault::incomplete("evaluations", expected));
    }
    if !counted.is_plausible(division.percent) {
        let expected = "an admitted share within 4 standard deviations of the percentage";
        return Err(fault::value("evaluations", expected));
    }
    let p99_ms = counted.p99_ms.ok_or_else(|| {
        fault::incomplete(
            "evaluations",
            "durationNs in every evaluation: the latency is claimed",
        )
    })?;
    let (from, to) = division.admitted;
    let admitted = Admitted::new(from.into(), to.into());
    let mut claim = FlagEvaluated::new(window, division.buckets.into(), admitted);
    claim.flag.clone_from(&context.flag);
    claim.variant.clone_from(&context.variant);
    division.bucketing.id().clone_into(&mut claim.bucketing);
    claim.eval_count = counted.evaluations;
    claim.admitted_count = counted.admitted;
    claim.eval_p99_ms = p99_ms;
    claim.errors = counted.errors;
    claim.flag_set = division.flag_set;
    claim.flag_version = division.flag_version;
    claim.provider.clone_from(&context.provider.0);
    claim.events_root = counted.events_root;
    claim.cohort_root = counted.cohort_root;
    Imported::new(claim, evidence, Vec::new())
}

/// What was counted.
#[derive(Default)]
struct Counted {
    evaluations: u64,
    /// Evaluations that the rule decided.
    decided: u64,
    admitted: u64,
    /// Distinct users that the rule decided on, and those of them that it admitted, where users are known.
    users: Option<(u64, u64)>,
    errors: u64,
    p99_ms: Option<Decimal>,
    events_root: Option<Digest>,
    cohort_root: Option<Digest>,
}

impl Counted {
    /// Whether chance explains what a percentage admitted. Where users are not known, only its ends say what the counts
    /// must be.
    fn is_plausible(&self, percent: u32) -> bool {
        match (self.users, percent) {
            (Some((users, admitted)), percent) => {
                share_is_plausible(admitted, users, percent, SHARE_SIGMAS) == Some(true)
            }
            (None, 0) => self.admitted == 0,
            (None, 100) => self.admitted == self.decided,
            (None, _) => true,
        }
    }
}

impl Evaluations<'_> {
    /// The documents, each with its role.
    fn documents(&self) -> Vec<(&'static str, &[u8])> {
        match *self {
            Self::Counters { counters, latency } => vec![
                ("evaluation counters", counters),
                ("evaluation latency", latency),
            ],
            Self::Details(details) => vec![("evaluations", details)],
            Self::Events { stream, .. } => vec![("evaluation events", stream)],
        }
    }

    fn count(&self, division: &Division, context: &FlagContext) -> Result<Counted, ImportError> {
        match *self {
            Self::Counters { counters, latency } => counters::count(counters, latency, context),
            Self::Details(details) => details::count_rows(details, division, context),
            Self::Events { stream, event_type } => {
                details::count_events(stream, event_type, division, context)
            }
        }
    }
}

/// One entry per document: the provider wrote the rule, the SDK the evaluations.
fn evidence(
    rule: &Rule<'_>,
    evaluations: &Evaluations<'_>,
    context: &FlagContext,
) -> Vec<Evidence> {
    let of = |role: &str, bytes: &[u8], (tool, version): (&str, &Option<String>)| {
        Evidence::of_bytes(role, bytes)
            .with_media_type("application/json")
            .with_tool(tool, version.clone())
    };
    let (provider, version) = &context.provider;
    let definition = match rule {
        Rule::Flagd { definition, .. } => {
            Some(of("flag definition", definition, (provider, version)))
        }
        Rule::Percent { .. } => None,
    };
    let sdk = ("OpenFeature", &context.sdk_version);
    let evaluations = evaluations.documents().into_iter();
    let evaluations = evaluations.map(|(role, bytes)| of(role, bytes, sdk));
    definition.into_iter().chain(evaluations).collect()
}
