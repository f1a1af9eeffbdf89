//! `jwp issue analysis`.

use std::path::{Path, PathBuf};

use jwp_delivery::import::{
    ImportError,
    prometheus::{self, AnalysisOutcome, Document},
};

use super::super::{
    Output,
    failure::{Failure, Result},
    session::{Common, Session, report},
};

/// Arguments of `jwp issue analysis`.
#[derive(Debug, clap::Args)]
pub(crate) struct Analysis {
    #[command(flatten)]
    common: Common,
    /// The plan (prometheus-plan/1): what was asked, and which file has the answer
    #[arg(long, value_name = "F")]
    plan: PathBuf,
    /// The folder with the answers; that of the plan where left out
    #[arg(long, value_name = "DIR")]
    answers: Option<PathBuf>,
}

impl Analysis {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.common.place, out)?;
        let plan = report(&self.plan)?;
        let within = |error| Failure::at::<ImportError>(error, &self.plan);
        let folder = self
            .answers
            .as_deref()
            .or_else(|| self.plan.parent())
            .unwrap_or(Path::new(""));
        let mut files = Vec::new();
        // The importer lets through plain names only: no folders, nothing absolute.
        for name in prometheus::plan_files(&plan).map_err(within)? {
            let bytes = report(&folder.join(&name))?;
            files.push((name, bytes));
        }
        let documents: Vec<Document<'_>> = files
            .iter()
            .map(|(name, bytes)| Document { name, bytes })
            .collect();
        let imported = prometheus::import(&plan, &documents).map_err(within)?;
        for reason in &imported.reasons {
            out.line(format_args!("{reason}"));
        }
        match imported.outcome {
            AnalysisOutcome::Passed(imported) => {
                session.issue_imported(imported, &self.common, out)
            }
            AnalysisOutcome::Failed(imported) => {
                session.issue_imported(imported, &self.common, out)
            }
            AnalysisOutcome::Inconclusive(imported) => {
                session.issue_imported(imported, &self.common, out)
            }
        }
    }
}
