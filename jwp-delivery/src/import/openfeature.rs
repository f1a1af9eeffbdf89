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

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};

use jwp_core::{Decimal, Digest, Evidence, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{
    ImportError, Imported,
    cloudevents::{self, EventData},
    fault,
    promql::{self, Response, Scrapes},
    stream,
};
use crate::{
    compute::{
        Ratio,
        bucket::{Bucketing, share_is_plausible},
        dora, quantile,
    },
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

#[derive(Deserialize)]
struct Definition<'a> {
    #[serde(borrow)]
    flags: BTreeMap<String, Flag<'a>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Flag<'a> {
    state: String,
    #[serde(borrow)]
    variants: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    targeting: Option<&'a RawValue>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    flag_set_id: Option<String>,
    #[serde(default)]
    version: Option<Version>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Number(u64),
    Text(String),
}

impl Version {
    fn text(&self) -> String {
        match self {
            Self::Number(n) => n.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Targeting<'a> {
    #[serde(borrow)]
    fractional: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    flag_key: String,
    #[serde(default)]
    targeting_key: Option<String>,
    #[serde(borrow)]
    #[expect(
        dead_code,
        reason = "details without a value are not EvaluationDetails"
    )]
    value: &'a RawValue,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    duration_ns: Option<u64>,
}

/// The rule in numbers.
struct Division {
    bucketing: Bucketing,
    salt: String,
    buckets: u32,
    admitted: (u32, u32),
    percent: u32,
    flag_set: Option<String>,
    flag_version: Option<String>,
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
    let mut evidence = Vec::new();
    let json = "application/json";
    let division = match rule {
        Rule::Flagd {
            definition,
            bucketing,
        } => {
            let (name, version) = context.provider.clone();
            let entry = Evidence::of_bytes("flag definition", definition);
            evidence.push(entry.with_media_type(json).with_tool(name, version));
            flagd(definition, bucketing, context)
                .map_err(|e| fault::within(e, "flag definition"))?
        }
        Rule::Percent { percent, salt } => {
            if percent > 100 || salt.contains('\0') {
                return Err(fault::value("percent", "0..100, and a salt without NUL"));
            }
            Division {
                bucketing: Bucketing::Jwp100,
                salt: salt.to_owned(),
                buckets: 100,
                admitted: (0, percent),
                percent,
                flag_set: None,
                flag_version: None,
            }
        }
    };
    let mut note = |role: &str, bytes: &[u8]| {
        let entry = Evidence::of_bytes(role, bytes).with_media_type(json);
        evidence.push(entry.with_tool("OpenFeature", context.sdk_version.clone()));
    };
    let counted = match evaluations {
        Evaluations::Counters {
            counters: bytes,
            latency,
        } => {
            note("evaluation counters", bytes);
            note("evaluation latency", latency);
            let mut counted =
                counters(bytes, context).map_err(|e| fault::within(e, "evaluation counters"))?;
            let p99 = latency_p99(latency, counted.evaluations, context);
            counted.p99_ms = Some(p99.map_err(|e| fault::within(e, "evaluation latency"))?);
            counted
        }
        Evaluations::Details(bytes) => {
            note("evaluations", bytes);
            let rows = stream::rows(bytes)?;
            let root = dora::events_root(rows.iter().map(|row| row.bytes));
            let items = rows.iter().map(|row| Item {
                data: row.bytes,
                place: row.place(),
            });
            details(items, root, &division, context)?
        }
        Evaluations::Events { stream, event_type } => {
            note("evaluation events", stream);
            let set = cloudevents::distinct(cloudevents::parse(stream)?)?;
            let events: Vec<_> = set
                .events
                .iter()
                .filter(|event| event.event_type == event_type)
                .collect();
            let mut items = Vec::with_capacity(events.len());
            for event in &events {
                let EventData::Json(data) = event.data else {
                    let expected = "evaluation details as JSON data";
                    return Err(fault::incomplete(&*event.place, expected));
                };
                let inside = |at_ms: u64| context.seconds().contains(&(at_ms / 1000));
                if !event.time_ms.is_some_and(inside) {
                    return Err(fault::value(&*event.place, "a time inside the window"));
                }
                items.push(Item {
                    data,
                    place: event.place.clone(),
                });
            }
            let root = dora::events_root(events.iter().map(|event| event.raw));
            details(items.into_iter(), root, &division, context)?
        }
    };
    if counted.decided == 0 {
        let expected = "an evaluation that divided users";
        return Err(fault::incomplete("evaluations", expected));
    }
    let plausible = match (counted.users, division.percent) {
        (Some((users, admitted)), percent) => {
            share_is_plausible(admitted, users, percent, SHARE_SIGMAS) == Some(true)
        }
        (None, 0) => counted.admitted == 0,
        (None, 100) => counted.admitted == counted.decided,
        (None, _) => true,
    };
    if !plausible {
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
    let claim = FlagEvaluated {
        flag: context.flag.clone(),
        rollout_pct: division.percent.into(),
        variant: context.variant.clone(),
        buckets: division.buckets.into(),
        admitted: Admitted::new(from.into(), to.into()),
        bucketing: division.bucketing.id().to_owned(),
        eval_count: counted.evaluations,
        admitted_count: counted.admitted,
        eval_p99_ms: p99_ms,
        errors: counted.errors,
        window,
        flag_set: division.flag_set,
        flag_version: division.flag_version,
        provider: context.provider.0.clone(),
        events_root: counted.events_root,
        cohort_root: counted.cohort_root,
    };
    Imported::new(claim, evidence, Vec::new())
}

fn flagd(
    definition: &[u8],
    bucketing: Bucketing,
    context: &FlagContext,
) -> Result<Division, ImportError> {
    if bucketing == Bucketing::Jwp100 {
        return Err(fault::unsupported("bucketing", "an algorithm of flagd"));
    }
    let read: Definition<'_> = fault::json(definition)?;
    let pointer = format!("/flags/{}", context.flag);
    let at = |member: &str| format!("{pointer}/{member}");
    let flag = read.flags.get(&context.flag);
    let flag = flag.ok_or_else(|| fault::incomplete(&*pointer, "the flag"))?;
    if flag.state != "ENABLED" {
        return Err(fault::value(at("state"), "ENABLED"));
    }
    if !flag.variants.contains_key(&context.variant) {
        return Err(fault::incomplete(at("variants"), "the variant that admits"));
    }
    let expected = "targeting by fractional alone";
    let unsupported = || fault::unsupported(at("targeting"), expected);
    let targeting = flag.targeting.ok_or_else(unsupported)?;
    let targeting: Targeting<'_> =
        fault::json(targeting.get().as_bytes()).map_err(|_| unsupported())?;
    let (mut total, mut admitted) = (0u32, None);
    for (i, entry) in targeting.fractional.iter().enumerate() {
        let text = entry.get();
        if i == 0 && text.starts_with('{') {
            // What is hashed: the flag key and the targeting key, which is also the default.
            let spelled: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            if spelled != r#"{"cat":[{"var":"$flagd.flagKey"},{"var":"targetingKey"}]}"# {
                return Err(unsupported());
            }
            continue;
        }
        let (variant, weight) = match fault::json::<(String, u32)>(text.as_bytes()) {
            Ok(pair) => pair,
            Err(_) => match fault::json::<(String,)>(text.as_bytes()) {
                Ok((variant,)) => (variant, 1),
                Err(_) => return Err(unsupported()),
            },
        };
        let from = total;
        total = total.checked_add(weight).ok_or_else(unsupported)?;
        if !flag.variants.contains_key(&variant) {
            return Err(fault::value(at("targeting"), "variants of the flag"));
        }
        if variant == context.variant && admitted.replace((from, total)).is_some() {
            return Err(fault::value(at("targeting"), "the admitting variant once"));
        }
    }
    let admitted =
        admitted.ok_or_else(|| fault::incomplete(at("targeting"), "the admitting variant"))?;
    let (from, to) = admitted;
    let weight = to.saturating_sub(from);
    let percent = Ratio::of_counts(weight.into(), total.into())
        .and_then(|share| share.checked_mul(Ratio::from(100)))
        .filter(|percent| percent.denominator() == 1)
        .and_then(|percent| u32::try_from(percent.numerator()).ok());
    let percent = percent.ok_or_else(|| fault::value(at("targeting"), "a whole percentage"))?;
    let of = |name: fn(&Metadata) -> Option<String>| name(&flag.metadata).or(name(&read.metadata));
    Ok(Division {
        bucketing,
        salt: String::new(),
        buckets: total,
        admitted,
        percent,
        flag_set: of(|metadata| metadata.flag_set_id.clone()),
        flag_version: of(|metadata| metadata.version.as_ref().map(Version::text)),
    })
}

/// The labels of OpenFeature's metrics hook, older and newer names.
const KEY: [&str; 2] = ["key", "feature_flag_key"];
const VARIANT: [&str; 3] = [
    "variant",
    "feature_flag_variant",
    "feature_flag_result_variant",
];
const REASON: [&str; 3] = [
    "reason",
    "feature_flag_reason",
    "feature_flag_result_reason",
];

fn counters(bytes: &[u8], context: &FlagContext) -> Result<Counted, ImportError> {
    let response = answer(bytes, context)?;
    let scrapes = Scrapes::new(context.from.as_secs().saturating_mul(1000), [&response]);
    let mut counted = Counted::default();
    let mut seen = false;
    for series in &response.series {
        let label = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| series.labels.get(*name))
                .map(String::as_str)
        };
        let key = label(&KEY);
        let key = key.ok_or_else(|| fault::incomplete(&*series.place, "the label key"))?;
        if key != context.flag {
            continue;
        }
        let count = series.counted(response.result_type, &scrapes)?;
        let add = |sum: &mut u64| {
            *sum = sum
                .checked_add(count)
                .ok_or_else(|| fault::range(&*series.place))?;
            Ok::<(), ImportError>(())
        };
        add(&mut counted.evaluations)?;
        match series.labels.get("__name__").map(String::as_str) {
            Some("feature_flag_evaluation_error_total") => add(&mut counted.errors)?,
            Some("feature_flag_evaluation_success_total") => {
                seen = true;
                let reason = label(&REASON)
                    .ok_or_else(|| fault::incomplete(&*series.place, "the label reason"))?;
                match Reason::of(reason) {
                    Reason::Error => add(&mut counted.errors)?,
                    Reason::Decided => {
                        add(&mut counted.decided)?;
                        if label(&VARIANT) == Some(&context.variant) {
                            add(&mut counted.admitted)?;
                        }
                    }
                    Reason::Stale => {}
                    Reason::Other if label(&VARIANT) == Some(&context.variant) && count > 0 => {
                        return Err(fault::value(&*series.place, INSIDE_THE_RULE));
                    }
                    Reason::Other => {}
                }
            }
            _ => {
                let expected = "feature_flag_evaluation_success_total or _error_total";
                return Err(fault::unsupported(
                    format!("{}/metric", series.place),
                    expected,
                ));
            }
        }
    }
    if seen {
        Ok(counted)
    } else {
        Err(fault::incomplete(
            "/data/result",
            "evaluations of the flag: no data is not zero",
        ))
    }
}

const INSIDE_THE_RULE: &str = "the admitting variant by TARGETING_MATCH or SPLIT alone";

enum Reason {
    Decided,
    Error,
    Other,
    /// What was served before, by whatever rule there was.
    Stale,
}

impl Reason {
    /// OpenFeature writes upper case, OpenTelemetry lower.
    fn of(word: &str) -> Self {
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        if is("TARGETING_MATCH") || is("SPLIT") {
            Self::Decided
        } else if is("ERROR") {
            Self::Error
        } else if is("STALE") || is("CACHED") {
            Self::Stale
        } else {
            Self::Other
        }
    }
}

/// An answer whose samples lie in the window, ends included.
fn answer(bytes: &[u8], context: &FlagContext) -> Result<Response, ImportError> {
    let response = promql::parse(bytes)?;
    response.check_times(&context.seconds())?;
    Ok(response)
}

fn latency_p99(
    bytes: &[u8],
    evaluations: u64,
    context: &FlagContext,
) -> Result<Decimal, ImportError> {
    let response = answer(bytes, context)?;
    let scrapes = Scrapes::new(context.from.as_secs().saturating_mul(1000), [&response]);
    let series: Vec<_> = response.series.iter().collect();
    let buckets = promql::buckets(&series, response.result_type, &scrapes)?;
    let place = "/data/result";
    let q = Decimal::from_ratio(99, 100, 2).ok_or_else(|| fault::range(place))?;
    let p99 = quantile::of_buckets(q, &buckets).map_err(|error| fault::quantile(place, error))?;
    if p99.saturated || p99.forced {
        return Err(fault::value(
            place,
            "a quantile below the +Inf bucket, and monotone buckets",
        ));
    }
    if p99.total != Ratio::from(evaluations) {
        return Err(fault::value(place, "as many observations as evaluations"));
    }
    let ms = p99
        .value
        .checked_mul(Ratio::from(1000))
        .and_then(|ms| ms.to_decimal(3));
    ms.ok_or_else(|| fault::range(place))
}

struct Item<'a> {
    data: &'a [u8],
    place: String,
}

fn details<'a>(
    items: impl Iterator<Item = Item<'a>>,
    events_root: Digest,
    division: &Division,
    context: &FlagContext,
) -> Result<Counted, ImportError> {
    let mut counted = Counted {
        events_root: Some(events_root),
        ..Counted::default()
    };
    let mut durations = Vec::new();
    let (mut others, mut cohort) = (BTreeSet::new(), BTreeSet::new());
    for item in items {
        let read: Details<'_> =
            fault::json(item.data).map_err(|e| fault::within(e, &item.place))?;
        if read.flag_key != context.flag {
            continue;
        }
        let increment = |n: &mut u64| *n = n.saturating_add(1);
        increment(&mut counted.evaluations);
        durations.extend(read.duration_ns);
        let reason = Reason::of(read.reason.as_deref().unwrap_or_default());
        if read.error_code.is_some() || matches!(reason, Reason::Error) {
            increment(&mut counted.errors);
            continue;
        }
        let on = read.variant.as_deref() == Some(&context.variant);
        match reason {
            Reason::Decided => increment(&mut counted.decided),
            Reason::Other if on => return Err(fault::value(item.place, INSIDE_THE_RULE)),
            Reason::Error | Reason::Other | Reason::Stale => continue,
        }
        // Without a key all users share one bucket: that is no exposure of a percentage.
        let user = read.targeting_key.filter(|user| !user.is_empty());
        let expected = "a targetingKey in every evaluation that the rule decided";
        let user = user.ok_or_else(|| fault::incomplete(&*item.place, expected))?;
        let bucket =
            division
                .bucketing
                .bucket(&division.salt, &context.flag, &user, division.buckets);
        let (from, to) = division.admitted;
        if bucket.map(|bucket| (from..to).contains(&bucket)) != Some(on) {
            return Err(fault::value(
                item.place,
                "the variant that the bucket of its user gives",
            ));
        }
        if on {
            increment(&mut counted.admitted);
            cohort.insert(user);
        } else {
            others.insert(user);
        }
    }
    // A user's bucket gives one variant: nobody is in both.
    let count = |users: &BTreeSet<String>| u64::try_from(users.len()).unwrap_or(u64::MAX);
    let admitted = count(&cohort);
    counted.users = Some((count(&others).saturating_add(admitted), admitted));
    if counted.evaluations == 0 {
        return Err(fault::incomplete(
            "evaluations",
            "at least one evaluation of the flag",
        ));
    }
    // Timed in full or not at all: a part would be a sample that nobody chose.
    if durations.len() == usize::try_from(counted.evaluations).unwrap_or(usize::MAX) {
        counted.p99_ms = nearest_rank_p99(&mut durations);
    } else if !durations.is_empty() {
        return Err(fault::incomplete(
            "evaluations",
            "durationNs in every evaluation, or in none",
        ));
    }
    if let Some(salt) = &context.cohort_salt {
        counted.cohort_root = Some(cohort_root(salt, &context.flag, &cohort));
    }
    Ok(counted)
}

/// The ⌈0.99 n⌉-th smallest, in milliseconds at 3 places.
fn nearest_rank_p99(durations_ns: &mut [u64]) -> Option<Decimal> {
    durations_ns.sort_unstable();
    let rank = durations_ns.len().checked_mul(99)?.div_ceil(100);
    let ns = durations_ns.get(rank.checked_sub(1)?)?;
    Decimal::from_ratio(i128::from(*ns), 1_000_000, 3)
}

/// RFC 9162 root over SHA-256(salt ‖ 0x00 ‖ flag ‖ 0x00 ‖ user) of the admitted users, sorted.
fn cohort_root(salt: &str, flag: &str, users: &BTreeSet<String>) -> Digest {
    let leaf = |user: &String| {
        let mut hash = Sha256::new();
        for part in [
            salt.as_bytes(),
            &[0],
            flag.as_bytes(),
            &[0],
            user.as_bytes(),
        ] {
            hash.update(part);
        }
        <[u8; 32]>::from(hash.finalize())
    };
    let leaves: BTreeSet<[u8; 32]> = users.iter().map(leaf).collect();
    dora::events_root(leaves.iter().map(<[u8; 32]>::as_slice))
}
