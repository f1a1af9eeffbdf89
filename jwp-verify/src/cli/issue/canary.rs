//! `jwp issue canary`.

use std::path::PathBuf;

use jwp_delivery::import::argo::{self, CanaryContext, CanaryImport, LatencyUnit};

use super::super::{
    Output,
    failure::Result,
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
    #[arg(long, value_name = "NAME:UNIT", value_parser = p99_metric)]
    p99_metric: Option<(String, LatencyUnit)>,
    /// The metric of the analysis runs that holds the error rate
    #[arg(long, value_name = "NAME", value_parser = value::text)]
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
        match argo::import(&documents, &context)? {
            CanaryImport::Stepped(imported) => session.issue_imported(imported, &self.common, out),
            CanaryImport::Aborted(imported) => session.issue_imported(imported, &self.common, out),
        }
    }
}
