//! The answers to a plan: its documents, cut down to the series and the times that were asked for.

use jwp_core::Evidence;
use serde::Deserialize;

use super::{
    Document,
    plan::{Plan, PlanQuery},
};
use crate::{
    import::{
        ImportError, fault,
        promql::{self, Response, ResultType, Scrapes, Series},
        version::tool_version,
    },
    kind::analysis::Query,
    window::Window,
};

/// All answers to a plan, and where they come from.
pub(super) struct Answers<'p> {
    pub(super) all: Vec<Answer<'p>>,
    /// One entry per document, in the order of the plan.
    pub(super) evidence: Vec<Evidence>,
}

impl<'p> Answers<'p> {
    /// Reads the documents that the plan names. Samples lie in `window`.
    pub(super) fn read(
        plan: &'p Plan,
        documents: &[Document<'_>],
        window: Window,
    ) -> Result<Self, ImportError> {
        let mut version = None;
        let mut all = Vec::new();
        let mut evidence = Vec::new();
        for (i, query) in plan.queries.iter().enumerate() {
            let found = documents
                .iter()
                .find(|document| document.name == query.file);
            let expected = "a file for every query of the plan";
            let document =
                found.ok_or_else(|| fault::incomplete(format!("/queries/{i}/file"), expected))?;
            let within = |error| fault::within(error, &query.file);
            if query.role == "buildinfo" {
                version = Some(server_version(document.bytes).map_err(within)?);
            } else {
                let answer = Answer {
                    query,
                    place: query.file.clone(),
                    response: promql::parse(document.bytes).map_err(within)?,
                };
                answer.check_times(window)?;
                all.push(answer);
            }
            let entry = Evidence::of_bytes(&query.role, document.bytes);
            evidence.push(entry.with_media_type("application/json"));
        }
        let expected = "a query of role buildinfo";
        let version = version.ok_or_else(|| fault::incomplete("/queries", expected))?;
        for entry in &mut evidence {
            entry.tool = Some("Prometheus".into());
            entry.tool_version = Some(version.clone());
        }
        Ok(Self { all, evidence })
    }

    /// The answer with a role that a plan may leave out.
    pub(super) fn role(&self, role: &str) -> Option<&Answer<'p>> {
        self.all.iter().find(|answer| answer.query.role == role)
    }

    /// The answer with a role of the canary.
    pub(super) fn needed(&self, role: &str) -> Result<&Answer<'p>, ImportError> {
        let expected = "canary_buckets, _requests and _errors";
        self.role(role)
            .ok_or_else(|| fault::incomplete("/queries", expected))
    }

    /// What the server was asked, as the claim has it.
    pub(super) fn queries(&self) -> Vec<Query> {
        let query = |answer: &Answer<'_>| {
            let text = answer.query.query.clone().unwrap_or_default();
            Query::new(&*answer.query.role, text)
        };
        self.all.iter().map(query).collect()
    }
}

/// An answer of the plan: its response, cut down to the selected series.
pub(super) struct Answer<'p> {
    pub(super) query: &'p PlanQuery,
    /// The name of its file.
    pub(super) place: String,
    pub(super) response: Response,
}

impl Answer<'_> {
    /// The error with the name of the file before its place in it.
    pub(super) fn inside(&self, error: ImportError) -> ImportError {
        fault::within(error, &format!("{}#", self.place))
    }

    /// The series that the plan selects; at least one.
    pub(super) fn selected(&self) -> Result<Vec<&Series>, ImportError> {
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

    /// How much all of them counted.
    pub(super) fn sum(&self, scrapes: &Scrapes<'_>) -> Result<u64, ImportError> {
        let kind = self.response.result_type;
        self.selected()?.iter().try_fold(0u64, |sum, series| {
            sum.checked_add(series.counted(kind, scrapes).map_err(|e| self.inside(e))?)
                .ok_or_else(|| fault::range(&self.place))
        })
    }

    /// Whole numbers per window: the differences of n + 1 raw samples, with restarts.
    pub(super) fn steps(
        &self,
        series: &Series,
        times: &mut Vec<u64>,
    ) -> Result<Vec<u64>, ImportError> {
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
        series.steps().map_err(|error| self.inside(error))
    }

    /// The same over all selected series.
    pub(super) fn window_sums(&self, times: &mut Vec<u64>) -> Result<Vec<u64>, ImportError> {
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

    /// Samples of the canary lie in the window: `from <= t <= to`, to the second.
    fn check_times(&self, window: Window) -> Result<(), ImportError> {
        // Baselines and long burn windows reach back further than the canary; no window ends behind it.
        let is_canary = self.query.role.starts_with("canary_");
        let first = if is_canary { window.from.as_secs() } else { 0 };
        let times = self.response.check_times(&(first..=window.to.as_secs()));
        times.map_err(|error| self.inside(error))
    }
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

fn server_version(body: &[u8]) -> Result<String, ImportError> {
    let info: BuildInfo = fault::json(body)?;
    if info.status != "success" {
        return Err(fault::incomplete("/status", "status success"));
    }
    tool_version(&info.data.version, "/data/version", &["2", "3"])
}
