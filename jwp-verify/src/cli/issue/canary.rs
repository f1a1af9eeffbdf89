//! `jwp issue canary`.

use std::{ffi::OsString, path::PathBuf};

use jwp_delivery::import::argo::{self, CanaryContext, CanaryImport, LatencyUnit};

use super::super::{
    Output,
    failure::{Failure, Result},
    session::{Common, Session, report},
    value,
};

/// Arguments of `jwp issue canary`.
#[derive(Debug, clap::Args)]
pub(crate) struct Canary {
    #[command(flatten)]
    common: Common,
    /// The Rollout, in YAML or JSON (kubectl get rollout -o yaml)
    #[arg(long, value_name = "F")]
    rollout: PathBuf,
    /// Its AnalysisRuns, one or a List
    #[arg(long, value_name = "F")]
    analysis_runs: Vec<PathBuf>,
    /// Its events, one or a List (kubectl get events -o json)
    #[arg(long, value_name = "F", required = true)]
    events: Vec<PathBuf>,
    /// Version of the Argo Rollouts controller
    #[arg(long, value_name = "V", value_parser = value::text)]
    argo_version: Option<String>,
    /// Version of the cluster
    #[arg(long, value_name = "V", value_parser = value::text)]
    kubernetes_version: Option<String>,
    /// The rule at which the operator aborts, in words
    #[arg(long, value_name = "TEXT", value_parser = value::text)]
    abort_threshold: Option<String>,
    /// The metric of the analysis runs that holds the 99th percentile, and its unit: NAME:ms or NAME:s
    #[arg(long, value_name = "NAME:UNIT", value_parser = p99_metric, requires = "analysis_runs")]
    p99_metric: Option<(String, LatencyUnit)>,
    /// The metric of the analysis runs that holds the error rate
    #[arg(long, value_name = "NAME", value_parser = value::text, requires = "analysis_runs")]
    error_rate_metric: Option<String>,
}

fn p99_metric(text: &str) -> Result<(String, LatencyUnit), String> {
    match text.rsplit_once(':') {
        Some((name, "ms")) => Ok((value::text(name)?, LatencyUnit::Milliseconds)),
        Some((name, "s")) => Ok((value::text(name)?, LatencyUnit::Seconds)),
        _ => Err("expected NAME:ms or NAME:s".to_owned()),
    }
}

impl Canary {
    /// The file that an error of the importer is about, or those that it may be about: the importer counts its
    /// documents, and names what kind of resource it looked at.
    fn place_of(&self, place: &str) -> PathBuf {
        let rollout = core::slice::from_ref(&self.rollout);
        let all = || {
            rollout
                .iter()
                .chain(&self.analysis_runs)
                .chain(&self.events)
        };
        let counted = place.strip_prefix("document ").and_then(|rest| {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let number: usize = rest.get(..end)?.parse().ok()?;
            all().nth(number.checked_sub(1)?)
        });
        if let Some(path) = counted {
            return path.clone();
        }
        let paths = if place.starts_with("AnalysisRun") {
            &self.analysis_runs
        } else if place.starts_with("Event") {
            &self.events
        } else {
            rollout
        };
        let mut joined = OsString::new();
        for path in paths {
            if !joined.is_empty() {
                joined.push(" or ");
            }
            joined.push(path);
        }
        joined.into()
    }

    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.common.place, out)?;
        let mut documents = vec![report(&self.rollout)?];
        for path in self.analysis_runs.iter().chain(&self.events) {
            documents.push(report(path)?);
        }
        let documents: Vec<&[u8]> = documents.iter().map(Vec::as_slice).collect();
        let mut context = CanaryContext::default();
        context.argo_rollouts_version.clone_from(&self.argo_version);
        context
            .kubernetes_version
            .clone_from(&self.kubernetes_version);
        context.abort_threshold.clone_from(&self.abort_threshold);
        context.p99_metric.clone_from(&self.p99_metric);
        context
            .error_rate_metric
            .clone_from(&self.error_rate_metric);
        let imported = argo::import(&documents, &context).map_err(|error| {
            let place = self.place_of(error.place());
            Failure::at(error, &place)
        })?;
        match imported {
            CanaryImport::Stepped(imported) => session.issue_imported(imported, &self.common, out),
            CanaryImport::Aborted(imported) => session.issue_imported(imported, &self.common, out),
        }
    }
}
