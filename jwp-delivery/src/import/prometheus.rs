//! Prometheus' HTTP API, versions 2 and 3: the analysis of a canary against its baseline.
//!
//! The API does not repeat the query in its answer, so a **plan** says what was asked: the window,
//! the objective, and for each file its role and query. Answers are the exact bodies that the
//! server sent ([`promql`](super::promql)); no verdict of theirs is used. The plan is ours:
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

mod answer;
mod baseline;
mod burn;
mod canary;
mod latency;
mod plan;
mod reason;

use jwp_core::Evidence;

use self::{answer::Answers, baseline::Baseline, canary::Canary};
pub use self::{plan::plan_files, reason::AnalysisReason};
use super::{ImportError, Imported, fault};
use crate::{
    compute::burn_rate::Slo,
    kind::analysis::{Analysis, AnalysisFailed, AnalysisInconclusive, AnalysisPassed, Phase},
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

/// Reads the plan and its answers, and computes the analysis.
///
/// # Errors
/// `Import.Json` for bytes that are not strict JSON; `Import.Incomplete` for a missing file, role,
/// series or sample, an error status, warnings, and a quantile over nothing; `Import.Unsupported`
/// for an unknown role, unit, result type, plan or server version; `Import.Value` for numbers that
/// contradict each other or are not exact; `Import.Path` for a file name with a folder in it.
pub fn import(plan: &[u8], documents: &[Document<'_>]) -> Result<AnalysisImport, ImportError> {
    let bytes = plan;
    let plan = plan::read(bytes)?;
    let slo = Slo::new(plan.slo).ok_or_else(|| fault::value("/slo", "above 0 and below 1"))?;
    let window = plan.window.to_claim()?;
    let answers = Answers::read(&plan, documents, window)?;
    let canary = Canary::measure(&plan, &answers, window)?;
    let mut reasons = Vec::new();
    canary.judge_histogram(&mut reasons);
    if let Some(abort) = &plan.abort_threshold {
        abort.judge_errors(&canary, &mut reasons)?;
    }
    let baseline = match Baseline::measure(&plan, &answers, canary.answer)? {
        Some(baseline) => {
            baseline.judge(&canary, &mut reasons)?;
            if let Some(abort) = &plan.abort_threshold {
                abort.judge_latency(&canary, baseline.latency_us.mean, &mut reasons)?;
            }
            Some(baseline.to_claim()?)
        }
        None => {
            reasons.push(AnalysisReason::BaselineWindows { windows: 0 });
            None
        }
    };
    let burn = burn::figures(&answers.all, slo, window.to.as_secs())?;
    burn::judge(&plan.burn, slo, &burn, &mut reasons)?;
    let phase = if reasons.iter().any(|reason| reason.fails()) {
        Phase::Failed
    } else if reasons.is_empty() {
        Phase::Successful
    } else {
        Phase::Inconclusive
    };
    let mut analysis = Analysis::new(phase, window, slo.objective(), canary.requests)
        .ok_or_else(|| fault::range("canary_errors"))?;
    analysis.p99_ms = canary.unit.milliseconds(canary.quantile.value)?;
    analysis.histogram = canary.buckets.to_claim(canary.unit)?;
    analysis.baseline = baseline;
    let windows = burn
        .iter()
        .filter_map(|(&window_s, figure)| figure.to_claim(window_s, slo));
    analysis.burn = windows.collect();
    analysis.queries = answers.queries();
    let mut evidence =
        vec![Evidence::of_bytes("analysis plan", bytes).with_media_type("application/json")];
    evidence.extend(answers.evidence);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// An answer with these series of one vector at 1500 s.
    fn vector(series: &[(&str, &str)]) -> String {
        let series = series.iter().map(|(labels, value)| {
            format!(r#"{{"metric": {{{labels}}}, "value": [1500, "{value}"]}}"#)
        });
        let series: Vec<String> = series.collect();
        let result = series.join(", ");
        format!(
            r#"{{"status": "success", "data": {{"resultType": "vector", "result": [{result}]}}}}"#
        )
    }

    /// Where an analysis is refused in which `role` is answered by `answer`.
    fn refused(role: &str, answer: &str) -> Option<String> {
        let buckets = vector(&[(r#""le": "0.1""#, "100"), (r#""le": "+Inf""#, "100")]);
        let info = r#"{"status": "success", "data": {"version": "2.55.1"}}"#;
        let mut answers = BTreeMap::from([
            ("buildinfo", info.to_owned()),
            ("canary_buckets", buckets),
            ("canary_requests", vector(&[("", "100")])),
            ("canary_errors", vector(&[("", "0")])),
        ]);
        if role.starts_with("baseline_") {
            for role in ["baseline_buckets", "baseline_requests", "baseline_errors"] {
                answers.insert(role, vector(&[("", "100")]));
            }
        }
        answers.insert(role, answer.to_owned());
        let query = |role: &&str| {
            let window = if role.starts_with("burn_") {
                r#", "window": "5m""#
            } else {
                ""
            };
            format!(r#"{{"role": "{role}", "file": "{role}.json", "query": "q"{window}}}"#)
        };
        let queries: Vec<String> = answers.keys().map(query).collect();
        let plan = format!(
            r#"{{"jwp": "prometheus-plan/1", "window": {{"from": 1000, "to": 2000}}, "slo": "0.99",
                "quantile": "0.99", "burn": [], "queries": [{}]}}"#,
            queries.join(", ")
        );
        let names: Vec<String> = answers.keys().map(|role| format!("{role}.json")).collect();
        let documents = answers.values().zip(&names).map(|(answer, name)| Document {
            name,
            bytes: answer.as_bytes(),
        });
        let documents: Vec<Document<'_>> = documents.collect();
        let error = import(plan.as_bytes(), &documents).err()?;
        Some(error.place().to_owned())
    }

    #[test]
    fn a_fault_of_a_series_is_told_with_its_file() {
        for (role, series, place) in [
            ("canary_buckets", ("", "1"), "/data/result/0/metric/le"),
            ("canary_requests", ("", "1.5"), "/data/result/0"),
            ("baseline_buckets", ("", "1"), "/data/result/0/metric/le"),
            ("burn_ratio", ("", "NaN"), "/data/result/0"),
        ] {
            let place = format!("{role}.json#{place}");
            assert_eq!(refused(role, &vector(&[series])), Some(place), "{role}");
        }
        assert_eq!(refused("canary_errors", &vector(&[("", "1")])), None);
    }
}
