//! `jwp issue gates`.

use std::path::{Path, PathBuf};

use jwp_core::Timestamp;
use jwp_delivery::{
    import::{
        Imported,
        gates::{self, Evaluation, GateContext, GateKind, GateReason, GateReport, Severity},
        osv_scanner::{self, OsvScannerRun},
        scancode::{self, AllowedLicenses},
        semgrep,
        trivy::{self, ImageClosure, TrivyRun},
    },
    kind::{
        DeliveryClaim,
        gates::{GatesWaived, Waiver},
    },
};

use super::super::{
    Output,
    failure::{Failure, Problem, Result},
    session::{Common, Session, report},
    time, value,
};

/// Arguments of `jwp issue gates`. A gate whose report is left out is inconclusive.
#[derive(Debug, clap::Args)]
pub(crate) struct Gates {
    #[command(flatten)]
    common: Common,
    /// Semgrep's report (--json)
    #[arg(long, value_name = "F")]
    semgrep: Vec<PathBuf>,
    /// Semgrep's exit status
    #[arg(long, value_name = "N", requires = "semgrep")]
    semgrep_exit: Option<i64>,
    /// From which severity on a finding of Semgrep fails the gate; high where left out
    #[arg(long, value_name = "SEVERITY", value_parser = severity, requires = "semgrep")]
    semgrep_threshold: Option<Severity>,
    /// OSV-Scanner's report (--format json)
    #[arg(long, value_name = "F", requires_all = ["osv_version", "osv_exit"])]
    osv: Option<PathBuf>,
    /// Standard error of the run, which says how many packages were found
    #[arg(long, value_name = "F", requires = "osv")]
    osv_stderr: Option<PathBuf>,
    /// Output of osv-scanner --version
    #[arg(long, value_name = "F", requires = "osv")]
    osv_version: Option<PathBuf>,
    /// OSV-Scanner's exit status
    #[arg(long, value_name = "N", requires = "osv")]
    osv_exit: Option<i64>,
    /// From which severity on a finding of OSV-Scanner fails the gate; high where left out
    #[arg(long, value_name = "SEVERITY", value_parser = severity, requires = "osv")]
    osv_threshold: Option<Severity>,
    /// Trivy's report over the image (image -f json)
    #[arg(long, value_name = "F", requires = "trivy_version")]
    trivy: Option<PathBuf>,
    /// Output of trivy version -f json, where and when the scan ran
    #[arg(long, value_name = "F", requires = "trivy")]
    trivy_version: Option<PathBuf>,
    /// What Trivy's --scanners was; a report that lists packages and no vulnerability does not show it
    #[arg(long, value_name = "LIST", requires = "trivy")]
    trivy_scanners: Option<String>,
    /// Trivy's exit status
    #[arg(long, value_name = "N", requires = "trivy")]
    trivy_exit: Option<i64>,
    /// From which severity on a finding of Trivy fails the gate; critical where left out
    #[arg(long, value_name = "SEVERITY", value_parser = severity, requires = "trivy")]
    trivy_threshold: Option<Severity>,
    /// The greatest age of Trivy's database in seconds
    #[arg(long, value_name = "S", requires = "trivy", default_value_t = trivy::MAX_DB_AGE_S)]
    trivy_max_db_age: u64,
    /// ScanCode's report (--json)
    #[arg(long, value_name = "F")]
    scancode: Vec<PathBuf>,
    /// ScanCode's exit status
    #[arg(long, value_name = "N", requires = "scancode")]
    scancode_exit: Option<i64>,
    /// An SPDX licence that the release may hold; Apache-2.0 and MIT always
    #[arg(long, value_name = "SPDX", requires = "scancode", value_parser = value::license)]
    allow_license: Vec<String>,
    /// Let a reason pass by its gate and code, such as sca:findings
    #[arg(long, value_name = "GATE:CODE", requires_all = ["waive_reason", "waive_approver", "waive_expires"])]
    waive: Vec<String>,
    /// Why it may pass
    #[arg(long, value_name = "TEXT", requires = "waive", value_parser = value::text)]
    waive_reason: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME", requires = "waive", value_parser = value::text)]
    waive_approver: Option<String>,
    /// Until when
    #[arg(long, value_name = "RFC3339", value_parser = time::parse, requires = "waive")]
    waive_expires: Option<Timestamp>,
}

fn severity(text: &str) -> Result<Severity, &'static str> {
    let all = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    let found = all.into_iter().find(|severity| severity.name() == text);
    found.ok_or("expected info, low, medium, high or critical")
}

impl Gates {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.common.place, out)?;
        if let Some(expires) = self.waive_expires {
            value::future("--waive-expires", expires, session.now)?;
        }
        let build = session.build()?;
        let mut closure = ImageClosure::new(build.image_digest, build.config_digest);
        if let Some(index) = build.index_digest {
            closure = closure.with_index(index);
        }
        let Evaluation {
            imported, reasons, ..
        } = gates::evaluate(self.reports(closure, session.now)?)?;
        let Imported {
            mut claim,
            evidence,
            subject,
            ..
        } = imported;
        for (gate, reason) in &reasons {
            out.line(format_args!("{}:{} {reason}", gate.name(), reason.code()));
        }
        if !self.waive.is_empty() {
            claim = self.waived(claim, &reasons)?;
        }
        let common = &self.common;
        match claim {
            DeliveryClaim::GatesPassed(claim) => {
                session.issue_imported(Imported::new(claim, evidence, subject)?, common, out)
            }
            DeliveryClaim::GatesFailed(claim) => {
                session.issue_imported(Imported::new(claim, evidence, subject)?, common, out)
            }
            DeliveryClaim::GatesInconclusive(claim) => {
                session.issue_imported(Imported::new(claim, evidence, subject)?, common, out)
            }
            DeliveryClaim::GatesWaived(claim) => {
                session.issue_imported(Imported::new(claim, evidence, subject)?, common, out)
            }
            _ => Err(Problem::Defect.into()),
        }
    }

    fn reports(&self, closure: ImageClosure, now: Timestamp) -> Result<Vec<GateReport>> {
        let mut reports = Vec::new();
        for path in &self.semgrep {
            let context = context(self.semgrep_exit, self.semgrep_threshold);
            reports.push(within(path, semgrep::import(&report(path)?, &context))?);
        }
        if let (Some(path), Some(version)) = (&self.osv, &self.osv_version) {
            let version = report(version)?;
            let stderr = self.osv_stderr.as_deref().map(report).transpose()?;
            let run = OsvScannerRun {
                gate: &context(self.osv_exit, self.osv_threshold),
                version: &version,
                stderr: stderr.as_deref(),
            };
            reports.push(within(path, osv_scanner::import(&report(path)?, &run))?);
        }
        if let (Some(path), Some(version)) = (&self.trivy, &self.trivy_version) {
            let version = report(version)?;
            let run = TrivyRun {
                gate: &context(self.trivy_exit, self.trivy_threshold),
                version: &version,
                scanners: self.trivy_scanners.as_deref(),
                closure,
                now,
                max_db_age_s: self.trivy_max_db_age,
            };
            reports.push(within(path, trivy::import(&report(path)?, &run))?);
        }
        let mut allowed = AllowedLicenses::default();
        for license in &self.allow_license {
            allowed = allowed.with(license)?;
        }
        for path in &self.scancode {
            let context = context(self.scancode_exit, None);
            reports.push(within(
                path,
                scancode::import(&report(path)?, &context, &allowed),
            )?);
        }
        Ok(reports)
    }

    /// The same findings, let pass: every reason by its name, or none.
    fn waived(
        &self,
        claim: DeliveryClaim,
        reasons: &[(GateKind, GateReason)],
    ) -> Result<DeliveryClaim> {
        let (Some(why), Some(approver), Some(expires)) =
            (&self.waive_reason, &self.waive_approver, self.waive_expires)
        else {
            return Err(Failure::usage(
                "expected --waive-reason, --waive-approver and --waive-expires",
            ));
        };
        let name =
            |(gate, reason): &(GateKind, GateReason)| format!("{}:{}", gate.name(), reason.code());
        let names: Vec<String> = reasons.iter().map(name).collect();
        if let Some(open) = names.iter().find(|name| !self.waive.contains(name)) {
            return Err(Failure::usage(format!(
                "got {open} unwaived, expected --waive for every reason"
            )));
        }
        if let Some(other) = self.waive.iter().find(|name| !names.contains(name)) {
            return Err(Failure::usage(format!(
                "got --waive {other}, expected a reason why a gate did not pass"
            )));
        }
        let mut fields = match claim {
            DeliveryClaim::GatesFailed(claim) => claim.0,
            DeliveryClaim::GatesInconclusive(claim) => claim.0,
            _ => return Err(Failure::usage("got --waive where the gates passed")),
        };
        let waiver = |(gate, reason): &(GateKind, GateReason)| {
            Waiver::new((gate.name(), reason.code()), why, approver, expires)
        };
        fields.waivers = reasons.iter().map(waiver).collect();
        Ok(DeliveryClaim::GatesWaived(GatesWaived::new(fields)))
    }
}

fn context(exit: Option<i64>, threshold: Option<Severity>) -> GateContext {
    let context = exit.map_or_else(GateContext::default, GateContext::exited);
    match threshold {
        Some(threshold) => context.with_threshold(threshold),
        None => context,
    }
}

fn within<T, E: Into<Problem>>(path: &Path, result: Result<T, E>) -> Result<T> {
    result.map_err(|error| Failure::at(error, path))
}
