//! Prometheus' HTTP API, versions 2 and 3: the analysis of a canary against its baseline.
//!
//! The API does not repeat the query in its answer, so a **plan** says what was asked: the window,
//! the objective, and for each file its role and query. Answers are the exact bodies that the
//! server sent ([`promql`]); no verdict of theirs is used. The plan is ours:
//!
//! ```json
//! {"jwp": "prometheus-plan/1",
//!  "window": {"from": 1778140800, "to": 1778141520},
//!  "slo": "0.99", "quantile": "0.99",
//!  "abort_threshold": {"p99_increase": "0.10", "error_rate": "0.01"},
//!  "burn": [{"long": "1h", "short": "5m", "factor": "14.4"}],
//!  "queries": [{"role": "canary_buckets", "file": "canary-buckets.json", "query": "…",
//!               "unit": "s", "select": {"track": "canary"}}]}
//! ```
//!
//! | role | answer | needed |
//! |---|---|---|
//! | `buildinfo` | `/api/v1/status/buildinfo` | yes: the tool's version |
//! | `canary_buckets` | one series per `le`: a vector of increases, a matrix of raw counters, or one native histogram | yes |
//! | `canary_requests`, `canary_errors` | whole numbers, summed over the series | yes |
//! | `baseline_buckets` | matrix of raw counters per `le`, n + 1 points at equal steps | else inconclusive |
//! | `baseline_requests`, `baseline_errors` | matrix of raw counters at the same points | else inconclusive |
//! | `burn_total`, `burn_bad` | whole numbers over `window` | per pair of windows |
//! | `burn_ratio` | a burn rate that the server computed | can fail an analysis, never pass it |
//!
//! `select` takes only series with these labels; `5xx` stands for any three-digit code from 500 to
//! 599. An empty answer is *no data*, never 0, and refused.
//!
//! # Outcome
//! **Failed** where anything is certainly bad: the quantile in the `+Inf` bucket; the *lower* end of
//! its bucket above mean + sigma of the baseline's windows, or above the abort threshold; the error
//! rate above either; a burn pair firing. **Passed** where everything is certainly good: the *upper* end
//! of the bucket at or below mean + sigma, the bucket no wider than sigma, the error rate within, at
//! least one burn pair observed and quiet. **Inconclusive** otherwise. Every reason is listed.

use std::collections::BTreeMap;

use jwp_core::{Decimal, Evidence, Timestamp};
use serde::Deserialize;

use super::{
    ImportError, Imported, fault,
    gates::measured::tool_version,
    promql::{self, Response, ResultType, Sample, Scrapes, Series},
};
use crate::{
    compute::{
        Ratio,
        baseline::{Comparison, Doubt, MIN_WINDOWS, Spread, spread},
        burn_rate::{Counts, Pair, PairOutcome, Slo},
        quantile::{self, Bucket, Interval, Quantile, UpperBound},
    },
    kind::analysis::{
        Analysis, AnalysisFailed, AnalysisInconclusive, AnalysisPassed, Baseline, BurnWindow,
        HistogramBucket, Phase, Query,
    },
    window::Window,
};

/// A file of the plan and its exact bytes.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an input: a name and bytes are all there is"
)]
pub struct Document<'a> {
    /// The name, as the plan writes it.
    pub name: &'a str,
    /// The body of the response.
    pub bytes: &'a [u8],
}

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

/// An analysis, and why it did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnalysisImport {
    /// The claim.
    pub outcome: AnalysisOutcome,
    /// Every reason against passing; empty exactly where it passed.
    pub reasons: Vec<AnalysisReason>,
}

/// How an analysis came out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three words of an analysis")]
pub enum AnalysisOutcome {
    /// Something is certainly bad.
    Failed(Imported<AnalysisFailed>),
    /// Too little is certain.
    Inconclusive(Imported<AnalysisInconclusive>),
    /// Everything is certainly good.
    Passed(Imported<AnalysisPassed>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    jwp: String,
    window: PlanWindow,
    slo: Decimal,
    quantile: Decimal,
    #[serde(default)]
    abort_threshold: Option<AbortThreshold>,
    burn: Vec<PlanPair>,
    queries: Vec<PlanQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanWindow {
    from: u64,
    to: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbortThreshold {
    p99_increase: Decimal,
    error_rate: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanPair {
    long: String,
    short: String,
    factor: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanQuery {
    role: String,
    file: String,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    window: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    select: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct BuildInfo {
    status: String,
    data: BuildInfoData,
}

#[derive(Deserialize)]
struct BuildInfoData {
    version: String,
}

const ROLES: [&str; 10] = [
    "baseline_buckets",
    "baseline_errors",
    "baseline_requests",
    "buildinfo",
    "burn_bad",
    "burn_ratio",
    "burn_total",
    "canary_buckets",
    "canary_errors",
    "canary_requests",
];

/// The names of the files that a plan needs, for a caller who opens them. Names are plain: letters,
/// digits, `.`, `_` and `-`, no folders.
///
/// # Errors
/// As [`import`] refuses a plan.
pub fn plan_files(plan: &[u8]) -> Result<Vec<String>, ImportError> {
    Ok(read_plan(plan)?
        .queries
        .into_iter()
        .map(|query| query.file)
        .collect())
}

fn read_plan(plan: &[u8]) -> Result<Plan, ImportError> {
    let plan: Plan = fault::json(plan)?;
    if plan.jwp != "prometheus-plan/1" {
        return Err(fault::unsupported("/jwp", "prometheus-plan/1"));
    }
    // The claim's field is the 99th percentile, and no other.
    if plan.quantile.to_string() != "0.99" {
        return Err(fault::value("/quantile", "0.99"));
    }
    for (i, query) in plan.queries.iter().enumerate() {
        let place = |member: &str| format!("/queries/{i}/{member}");
        if !ROLES.contains(&query.role.as_str()) {
            return Err(fault::unsupported(
                place("role"),
                "a role of prometheus-plan/1",
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if query.file.is_empty() || query.file.starts_with('.') || !query.file.chars().all(plain) {
            return Err(fault::path(place("file")));
        }
        let asked =
            query.role == "buildinfo" || query.query.as_deref().is_some_and(|q| !q.is_empty());
        if !asked {
            return Err(fault::incomplete(
                place("query"),
                "the query as it was sent",
            ));
        }
        if query.role.starts_with("burn_") != query.window.is_some() {
            return Err(fault::value(
                place("window"),
                "a window for the burn roles only",
            ));
        }
        // 60m is 1h.
        let length = |query: &PlanQuery| query.window.as_deref().map(seconds);
        let twin = |other: &&PlanQuery| other.role == query.role && length(other) == length(query);
        if plan.queries.iter().take(i).any(|other| twin(&other)) {
            return Err(fault::value(
                place("role"),
                "each role once (and window, for burn)",
            ));
        }
    }
    Ok(plan)
}

enum Buckets {
    Classic(Vec<Bucket>),
    Native(Vec<Interval>),
}

impl Buckets {
    /// As the claim has them, in seconds.
    fn to_claim(&self, unit: Unit) -> Result<Vec<HistogramBucket>, ImportError> {
        let bucket = |lo: Option<Decimal>, le: Option<Decimal>, count| {
            let seconds = |bound: Option<Decimal>| bound.map(|b| unit.seconds(b)).transpose();
            let mut bucket = HistogramBucket::new(seconds(le)?, count);
            bucket.lo = seconds(lo)?;
            Ok(bucket)
        };
        let classic = |one: &Bucket| match one.le {
            UpperBound::Finite(le) => bucket(None, Some(le), one.count),
            UpperBound::Infinite => bucket(None, None, one.count),
        };
        match self {
            Self::Classic(all) => all.iter().map(classic).collect(),
            Self::Native(all) => all
                .iter()
                .map(|one| bucket(Some(one.lo), Some(one.hi), one.count))
                .collect(),
        }
    }
}

struct BurnFigure {
    window_s: u64,
    counts: Option<Counts>,
    burn: Option<Ratio>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Milliseconds,
    Seconds,
}

impl Unit {
    fn of(query: &PlanQuery, place: &str) -> Result<Self, ImportError> {
        match query.unit.as_deref() {
            None | Some("s") => Ok(Self::Seconds),
            Some("ms") => Ok(Self::Milliseconds),
            Some(_) => Err(fault::unsupported(format!("{place}/unit"), "s or ms")),
        }
    }

    /// The bound in seconds, exact.
    fn seconds(self, bound: Decimal) -> Result<Decimal, ImportError> {
        match self {
            Self::Seconds => Ok(bound),
            Self::Milliseconds => i32::from(bound.exponent())
                .checked_sub(3)
                .and_then(|exponent| Decimal::new(bound.mantissa(), exponent))
                .ok_or_else(|| fault::range("canary_buckets")),
        }
    }

    /// In microseconds, exact.
    fn microseconds(self, value: Ratio) -> Result<Ratio, ImportError> {
        let factor = match self {
            Self::Milliseconds => 1000,
            Self::Seconds => 1_000_000,
        };
        value
            .checked_mul(Ratio::from(factor))
            .ok_or_else(|| fault::range("canary_buckets"))
    }

    /// In milliseconds, rounded half to even at 3 places.
    fn milliseconds(self, value: Ratio) -> Result<Decimal, ImportError> {
        let us = self.microseconds(value)?;
        let ms = us
            .checked_div(Ratio::from(1000))
            .and_then(|ms| ms.to_decimal(3));
        ms.ok_or_else(|| fault::range("canary_buckets"))
    }
}

/// An answer of the plan: its response, cut down to the selected series.
struct Answer<'p> {
    query: &'p PlanQuery,
    place: String,
    response: Response,
}

impl Answer<'_> {
    fn selected(&self) -> Result<Vec<&Series>, ImportError> {
        let chosen: Vec<&Series> = self
            .response
            .series
            .iter()
            .filter(|s| self.takes(s))
            .collect();
        if chosen.is_empty() {
            let expected = "at least one series: no data is not zero";
            return Err(fault::incomplete(
                format!("{}#/data/result", self.place),
                expected,
            ));
        }
        Ok(chosen)
    }

    fn takes(&self, series: &Series) -> bool {
        self.query.select.iter().all(|(label, wanted)| {
            let found = series.labels.get(label).map_or("", String::as_str);
            if wanted == "5xx" {
                let digits = found.bytes().all(|b| b.is_ascii_digit());
                found.len() == 3 && found.starts_with('5') && digits
            } else {
                found == wanted
            }
        })
    }

    fn sum(&self, scrapes: &Scrapes<'_>) -> Result<u64, ImportError> {
        let kind = self.response.result_type;
        let within = |error| fault::within(error, &format!("{}#", self.place));
        self.selected()?.iter().try_fold(0u64, |sum, series| {
            sum.checked_add(series.counted(kind, scrapes).map_err(within)?)
                .ok_or_else(|| fault::range(&self.place))
        })
    }

    fn histogram(
        &self,
        q: Decimal,
        scrapes: &Scrapes<'_>,
    ) -> Result<(Buckets, Quantile), ImportError> {
        let chosen = self.selected()?;
        let native = chosen
            .iter()
            .find_map(|series| match series.points.as_slice() {
                [point] => match &point.sample {
                    Sample::Histogram(native) => Some(native),
                    Sample::Number(_) => None,
                },
                _ => None,
            });
        let refused = |error| fault::quantile(&self.place, error);
        match native {
            Some(native) if chosen.len() == 1 => {
                let quantile = quantile::of_intervals(q, &native.buckets).map_err(refused)?;
                if !native.is_whole(quantile.total) {
                    let expected = "buckets that hold every observation of the histogram";
                    return Err(fault::value(&*self.place, expected));
                }
                Ok((Buckets::Native(native.buckets.clone()), quantile))
            }
            Some(_) => Err(fault::value(&*self.place, "one native histogram")),
            None => {
                let buckets = promql::buckets(&chosen, self.response.result_type, scrapes)?;
                let quantile = quantile::of_buckets(q, &buckets).map_err(refused)?;
                Ok((Buckets::Classic(buckets), quantile))
            }
        }
    }

    /// Whole numbers per window: the differences of n + 1 raw samples, with restarts.
    fn steps(&self, series: &Series, times: &mut Vec<u64>) -> Result<Vec<u64>, ImportError> {
        let expected = "a matrix with the same points in every baseline series, at equal steps";
        let wrong = || fault::value(format!("{}#{}", self.place, series.place), expected);
        if self.response.result_type != ResultType::Matrix {
            return Err(wrong());
        }
        let at: Vec<u64> = series.points.iter().map(|point| point.at_ms).collect();
        if times.is_empty() {
            let first = series.gaps_ms().next();
            if first.is_none() || series.gaps_ms().any(|gap| Some(gap) != first) {
                return Err(wrong());
            }
            times.clone_from(&at);
        }
        if at != *times {
            return Err(wrong());
        }
        series.steps()
    }

    fn window_sums(&self, times: &mut Vec<u64>) -> Result<Vec<u64>, ImportError> {
        let mut sums: Vec<u64> = Vec::new();
        for series in self.selected()? {
            let steps = self.steps(series, times)?;
            sums.resize(steps.len(), 0);
            for (sum, step) in sums.iter_mut().zip(steps) {
                *sum = sum
                    .checked_add(step)
                    .ok_or_else(|| fault::range(&self.place))?;
            }
        }
        Ok(sums)
    }
}

/// Reads the plan and its answers, and computes the analysis.
///
/// # Errors
/// `Import.Json` for bytes that are not strict JSON; `Import.Incomplete` for a missing file, role,
/// series or sample, an error status, warnings, and a quantile over nothing; `Import.Unsupported`
/// for an unknown role, unit, result type, plan or server version; `Import.Value` for numbers that
/// contradict each other or are not exact; `Import.Path` for a file name with a folder in it.
pub fn import(plan: &[u8], documents: &[Document<'_>]) -> Result<AnalysisImport, ImportError> {
    let bytes = plan;
    let plan = read_plan(bytes)?;
    let slo = Slo::new(plan.slo).ok_or_else(|| fault::value("/slo", "above 0 and below 1"))?;
    let window = plan_window(&plan.window)?;
    let mut evidence =
        vec![Evidence::of_bytes("analysis plan", bytes).with_media_type("application/json")];
    let mut version = None;
    let mut answers = Vec::new();
    let mut queries = Vec::new();
    for (i, query) in plan.queries.iter().enumerate() {
        let found = documents
            .iter()
            .find(|document| document.name == query.file);
        let expected = "a file for every query of the plan";
        let document =
            found.ok_or_else(|| fault::incomplete(format!("/queries/{i}/file"), expected))?;
        if query.role == "buildinfo" {
            version =
                Some(server_version(document.bytes).map_err(|e| fault::within(e, &query.file))?);
        } else {
            let response =
                promql::parse(document.bytes).map_err(|e| fault::within(e, &query.file))?;
            let answer = Answer {
                query,
                place: query.file.clone(),
                response,
            };
            check_times(&answer, window)?;
            answers.push(answer);
            queries.push(Query::new(
                &*query.role,
                query.query.clone().unwrap_or_default(),
            ));
        }
        evidence.push(
            Evidence::of_bytes(&query.role, document.bytes).with_media_type("application/json"),
        );
    }
    let version =
        version.ok_or_else(|| fault::incomplete("/queries", "a query of role buildinfo"))?;
    for entry in evidence.iter_mut().skip(1) {
        entry.tool = Some("Prometheus".into());
        entry.tool_version = Some(version.clone());
    }

    let role = |role: &str| answers.iter().find(|answer| answer.query.role == role);
    let needed = |name: &'static str| {
        role(name)
            .ok_or_else(|| fault::incomplete("/queries", "canary_buckets, _requests and _errors"))
    };
    let canary = needed("canary_buckets")?;
    let unit = Unit::of(canary.query, &canary.place)?;
    let (all_requests, all_errors) = (needed("canary_requests")?, needed("canary_errors")?);
    let of_canary = [canary, all_requests, all_errors].map(|answer| &answer.response);
    let from_ms = window.from.as_secs().saturating_mul(1000);
    let scrapes = Scrapes::new(from_ms, of_canary);
    let (buckets, quantile) = canary.histogram(plan.quantile, &scrapes)?;
    let requests = all_requests.sum(&scrapes)?;
    let errors = all_errors.sum(&scrapes)?;
    if requests == 0 || errors > requests {
        return Err(fault::value(
            &*canary.place,
            "requests above 0, and at least as many as errors",
        ));
    }
    let mut reasons = Vec::new();
    if quantile.forced {
        reasons.push(AnalysisReason::Forced);
    }
    if quantile.saturated {
        reasons.push(AnalysisReason::Saturated);
    }
    let rate = Ratio::of_counts(errors, requests).ok_or_else(|| fault::range("canary_requests"))?;
    let baseline = baseline(&plan, &role, canary, &quantile, unit, rate, &mut reasons)?;
    let burn = burn(&plan, slo, &answers, &mut reasons)?;
    let phase = if reasons.iter().any(|reason| reason.fails()) {
        Phase::Failed
    } else if reasons.is_empty() {
        Phase::Successful
    } else {
        Phase::Inconclusive
    };
    let windows = burn.iter().filter_map(|figure| match figure.counts {
        Some(counts) => BurnWindow::counted(figure.window_s, slo, counts),
        None => Some(BurnWindow::stated(
            figure.window_s,
            figure.burn?.to_decimal(6)?,
        )),
    });
    let counts = Counts {
        bad: errors,
        total: requests,
    };
    let mut analysis = Analysis::new(phase, window, slo.objective(), counts)
        .ok_or_else(|| fault::range("canary_errors"))?;
    analysis.p99_ms = unit.milliseconds(quantile.value)?;
    analysis.histogram = buckets.to_claim(unit)?;
    analysis.baseline = baseline;
    analysis.burn = windows.collect();
    analysis.queries = queries;
    let subject = Vec::new();
    let outcome = match phase {
        Phase::Failed => AnalysisOutcome::Failed(Imported::new(
            AnalysisFailed::new(analysis),
            evidence,
            subject,
        )?),
        Phase::Inconclusive => AnalysisOutcome::Inconclusive(Imported::new(
            AnalysisInconclusive::new(analysis),
            evidence,
            subject,
        )?),
        Phase::Successful => AnalysisOutcome::Passed(Imported::new(
            AnalysisPassed::new(analysis),
            evidence,
            subject,
        )?),
    };
    Ok(AnalysisImport { outcome, reasons })
}

fn plan_window(window: &PlanWindow) -> Result<Window, ImportError> {
    let place = "/window";
    let at = |seconds| {
        let expected = "from and to in seconds since the epoch";
        Timestamp::from_secs(seconds).ok_or_else(|| fault::value(place, expected))
    };
    fault::window(place, at(window.from)?, at(window.to)?)
}

/// Samples of the canary lie in the window: `from <= t <= to`, to the second.
fn check_times(answer: &Answer<'_>, window: Window) -> Result<(), ImportError> {
    // Baselines and long burn windows reach back further than the canary; no window ends behind it.
    let is_canary = answer.query.role.starts_with("canary_");
    let first = if is_canary { window.from.as_secs() } else { 0 };
    let times = answer.response.check_times(&(first..=window.to.as_secs()));
    times.map_err(|error| fault::within(error, &format!("{}#", answer.place)))
}

fn server_version(body: &[u8]) -> Result<String, ImportError> {
    let info: BuildInfo = fault::json(body)?;
    if info.status != "success" {
        return Err(fault::incomplete("/status", "status success"));
    }
    tool_version(&info.data.version, "/data/version", &["2", "3"])
}

fn baseline<'a, 'p: 'a>(
    plan: &Plan,
    role: &impl Fn(&str) -> Option<&'a Answer<'p>>,
    canary: &Answer<'_>,
    quantile: &Quantile,
    unit: Unit,
    rate: Ratio,
    reasons: &mut Vec<AnalysisReason>,
) -> Result<Option<Baseline>, ImportError> {
    if let Some(abort) = &plan.abort_threshold {
        let limit = Ratio::from_decimal(abort.error_rate);
        if rate > limit.ok_or_else(|| fault::range("/abort_threshold"))? {
            reasons.push(AnalysisReason::AbortErrorRate);
        }
    }
    let all = (
        role("baseline_buckets"),
        role("baseline_requests"),
        role("baseline_errors"),
    );
    let (Some(buckets), Some(requests), Some(errors)) = all else {
        reasons.push(AnalysisReason::BaselineWindows { windows: 0 });
        return Ok(None);
    };
    same_query(canary, buckets)?;
    let mut times = Vec::new();
    let latencies = window_quantiles(plan.quantile, buckets, &mut times)?;
    let totals = requests.window_sums(&mut times)?;
    let bad = errors.window_sums(&mut times)?;
    let mut rates = Vec::with_capacity(totals.len());
    for (total, bad) in totals.into_iter().zip(bad) {
        let rate = Ratio::of_counts(bad, total).filter(|_| bad <= total);
        let nano = rate.and_then(|rate| rate.checked_mul(Ratio::from(1_000_000_000))?.to_u64());
        let expected = "requests in every window, and at least as many as errors";
        rates.push(nano.ok_or_else(|| fault::value(&*requests.place, expected))?);
    }
    let unit_of_baseline = Unit::of(buckets.query, &buckets.place)?;
    let mut micros = Vec::with_capacity(latencies.len());
    for value in latencies {
        let us = unit_of_baseline.microseconds(value)?.to_u64();
        micros.push(us.ok_or_else(|| fault::range(&buckets.place))?);
    }
    let (Some(latency_us), Some(errors_1e9)) = (spread(&micros), spread(&rates)) else {
        reasons.push(AnalysisReason::BaselineWindows { windows: 0 });
        return Ok(None);
    };
    if usize::try_from(latency_us.n).is_ok_and(|n| n < MIN_WINDOWS) {
        reasons.push(AnalysisReason::BaselineWindows {
            windows: latency_us.n,
        });
    } else {
        judge(quantile, unit, rate, latency_us, errors_1e9, reasons)?;
    }
    if let Some(abort) = &plan.abort_threshold {
        let factor = Ratio::from_decimal(abort.p99_increase).and_then(|i| i.checked_add(1.into()));
        let limit = factor.and_then(|factor| latency_us.mean.checked_mul(factor));
        let limit = limit.ok_or_else(|| fault::range("/abort_threshold"))?;
        let hi = quantile.hi.map(|hi| unit.microseconds(hi)).transpose()?;
        if unit.microseconds(quantile.lo)? > limit {
            reasons.push(AnalysisReason::AbortLatency);
        } else if hi.is_some_and(|hi| hi > limit)
            && !reasons.contains(&AnalysisReason::LatencyResolution)
        {
            // Where in its bucket the quantile lies, nobody knows.
            reasons.push(AnalysisReason::LatencyResolution);
        }
    }
    let scaled = |ratio: Ratio, per: u64, places| {
        let value = ratio
            .checked_div(Ratio::from(per))
            .and_then(|ratio| ratio.to_decimal(places));
        value.ok_or_else(|| fault::range("baseline_buckets"))
    };
    let mut baseline = Baseline::new(latency_us.n);
    baseline.p99_ms = scaled(latency_us.mean, 1000, 3)?;
    baseline.p99_sigma_ms = scaled(latency_us.sigma.into(), 1000, 3)?;
    baseline.error_rate = scaled(errors_1e9.mean, 1_000_000_000, 6)?;
    baseline.error_rate_sigma = scaled(errors_1e9.sigma.into(), 1_000_000_000, 6)?;
    Ok(Some(baseline))
}

fn judge(
    quantile: &Quantile,
    unit: Unit,
    rate: Ratio,
    latency_us: Spread,
    errors_1e9: Spread,
    reasons: &mut Vec<AnalysisReason>,
) -> Result<(), ImportError> {
    if let Some(hi) = quantile.hi {
        let (lo, hi) = (unit.microseconds(quantile.lo)?, unit.microseconds(hi)?);
        match latency_us.compare(lo, hi) {
            Comparison::Within => {}
            Comparison::Beyond => reasons.push(AnalysisReason::LatencyBeyond),
            Comparison::Inconclusive(Doubt::NoSpread) => {
                reasons.push(AnalysisReason::LatencyNoSpread);
            }
            Comparison::Inconclusive(_) => reasons.push(AnalysisReason::LatencyResolution),
        }
    }
    let nano = rate.checked_mul(Ratio::from(1_000_000_000));
    let nano = nano.ok_or_else(|| fault::range("canary_errors"))?;
    match errors_1e9.compare(nano, nano) {
        Comparison::Within => {}
        Comparison::Beyond => reasons.push(AnalysisReason::ErrorRateBeyond),
        // An exact rate at or below every window of a flat baseline needs no spread to be within.
        Comparison::Inconclusive(_) if nano <= errors_1e9.mean => {}
        Comparison::Inconclusive(_) => reasons.push(AnalysisReason::ErrorRateNoSpread),
    }
    Ok(())
}

/// The canary and its baseline are measured alike: the same unit and the same bounds.
fn same_query(canary: &Answer<'_>, baseline: &Answer<'_>) -> Result<(), ImportError> {
    for answer in [canary, baseline] {
        let native = |point: &promql::Point| matches!(point.sample, Sample::Histogram(_));
        let mut points = answer.response.series.iter().flat_map(|s| &s.points);
        if points.any(native) {
            let expected = "classic buckets for a canary that has a baseline";
            return Err(fault::unsupported(&*answer.place, expected));
        }
    }
    let bounds = |answer: &Answer<'_>| -> Result<Vec<UpperBound>, ImportError> {
        let mut bounds = Vec::new();
        for series in answer.selected()? {
            bounds.push(series.le()?);
        }
        bounds.sort_unstable();
        bounds.dedup();
        Ok(bounds)
    };
    let unit = |answer: &Answer<'_>| Unit::of(answer.query, &answer.place);
    if unit(canary)? != unit(baseline)? {
        let place = format!("{}/unit", baseline.place);
        return Err(fault::value(place, "the unit of the canary's buckets"));
    }
    if bounds(canary)? == bounds(baseline)? {
        Ok(())
    } else {
        Err(fault::value(
            &*baseline.place,
            "the same buckets as the canary's",
        ))
    }
}

fn window_quantiles(
    q: Decimal,
    answer: &Answer<'_>,
    times: &mut Vec<u64>,
) -> Result<Vec<Ratio>, ImportError> {
    let mut windows: Vec<Vec<Bucket>> = Vec::new();
    for series in answer.selected()? {
        let le = series.le()?;
        let steps = answer.steps(series, times)?;
        windows.resize_with(steps.len(), Vec::new);
        for (window, count) in windows.iter_mut().zip(steps) {
            window.push(Bucket {
                le,
                count: count.into(),
            });
        }
    }
    let quantile = |window: &Vec<Bucket>| match quantile::of_buckets(q, window) {
        Ok(found) if found.forced => Err(fault::value(
            &*answer.place,
            "baseline windows whose buckets do not shrink",
        )),
        Ok(found) if !found.saturated => Ok(found.value),
        Ok(_) => Err(fault::value(
            &*answer.place,
            "baseline windows below the +Inf bucket",
        )),
        Err(error) => Err(fault::quantile(&answer.place, error)),
    };
    windows.iter().map(quantile).collect()
}

fn burn(
    plan: &Plan,
    slo: Slo,
    answers: &[Answer<'_>],
    reasons: &mut Vec<AnalysisReason>,
) -> Result<Vec<BurnFigure>, ImportError> {
    let mut windows: BTreeMap<u64, BurnFigure> = BTreeMap::new();
    for answer in answers
        .iter()
        .filter(|answer| answer.query.role.starts_with("burn_"))
    {
        let window_s = seconds(answer.query.window.as_deref().unwrap_or_default())
            .ok_or_else(|| fault::value(&*answer.place, "a window such as 5m, 1h or 3d"))?;
        let figure = windows.entry(window_s);
        let figure = figure.or_insert(BurnFigure {
            window_s,
            counts: None,
            burn: None,
        });
        match answer.query.role.as_str() {
            "burn_total" => {
                let length = |answer: &Answer<'_>| answer.query.window.as_deref().map(seconds);
                let with = |other: &&Answer<'_>| {
                    other.query.role == "burn_bad" && length(other) == length(answer)
                };
                let bad = answers.iter().find(with);
                let expected = "burn_bad for the same window";
                let bad = bad.ok_or_else(|| fault::incomplete(&*answer.place, expected))?;
                // The server looks back from the end of the analysis.
                let from_s = plan.window.to.saturating_sub(window_s);
                let scrapes = Scrapes::new(
                    from_s.saturating_mul(1000),
                    [&answer.response, &bad.response],
                );
                let counts = Counts {
                    bad: bad.sum(&scrapes)?,
                    total: answer.sum(&scrapes)?,
                };
                figure.burn = slo.burn(counts);
                figure.counts = Some(counts);
            }
            "burn_ratio" if figure.counts.is_none() => {
                let [series] = answer
                    .selected()?
                    .try_into()
                    .map_err(|_| fault::value(&*answer.place, "one series"))?;
                let burn = series
                    .number()
                    .map_err(|e| fault::within(e, &answer.place))?;
                figure.burn = Ratio::from_decimal(burn).filter(|burn| *burn >= Ratio::ZERO);
                figure
                    .burn
                    .ok_or_else(|| fault::value(&*answer.place, "a burn rate from 0"))?;
            }
            _ => {}
        }
    }
    let mut observed = false;
    for (i, pair) in plan.burn.iter().enumerate() {
        let place = || format!("/burn/{i}");
        let lengths = (seconds(&pair.long), seconds(&pair.short));
        let (Some(long_s), Some(short_s)) = lengths else {
            return Err(fault::value(place(), "windows such as 5m, 1h or 3d"));
        };
        let expected = "a short window of a twelfth of the long one, and a positive factor";
        let pair =
            Pair::new(long_s, short_s, pair.factor).map_err(|_| fault::value(place(), expected))?;
        let (long, short) = (windows.get(&long_s), windows.get(&short_s));
        let counts = |figure: Option<&BurnFigure>| figure.and_then(|figure| figure.counts);
        let burn = |figure: Option<&BurnFigure>| figure.and_then(|figure| figure.burn);
        let outcome = pair
            .evaluate(slo, counts(long), counts(short))
            .map_err(|_| fault::value(place(), "nested windows with at most as many bad as all"))?;
        let outcome = match (outcome, burn(long), burn(short)) {
            // Rates that the server computed can convict and cannot acquit.
            (PairOutcome::NotCovered, Some(long), Some(short)) => {
                let seen = pair
                    .compare(long, short)
                    .map_err(|_| fault::range(place()))?;
                if seen == PairOutcome::Firing {
                    seen
                } else {
                    PairOutcome::NotCovered
                }
            }
            (outcome, ..) => outcome,
        };
        match outcome {
            PairOutcome::Firing => {
                observed = true;
                reasons.push(AnalysisReason::BurnFiring { long_s, short_s });
            }
            PairOutcome::Quiet => observed = true,
            PairOutcome::NotCovered | PairOutcome::TooFew { .. } => {}
        }
    }
    if !observed {
        reasons.push(AnalysisReason::BurnNotObserved);
    }
    Ok(windows.into_values().collect())
}

/// A length such as `90s`, `5m`, `1h` or `3d`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits
        .parse::<u64>()
        .ok()?
        .checked_mul(scale)
        .filter(|&s| s > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_seconds() {
        let all = [("90s", 90), ("5m", 300), ("1h", 3600), ("3d", 259_200)];
        assert!(
            all.iter()
                .all(|&(text, length)| seconds(text) == Some(length))
        );
        for text in ["", "5", "m", "0m", "1w", "1.5h", "5mm", "-5m", "1h30m"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
