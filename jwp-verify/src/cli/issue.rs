//! `jwp issue`: outputs of tools → claim → receipt.
//!
//! One file per family: its arguments, the importer it calls, the receipt it appends. A claim is
//! computed from what the files say; the image that it is about comes from the chain's build receipt.
//! A negative outcome (`delivery.gates.failed`, …) is a receipt like any other and exits 0: the
//! release is judged by `jwp verify`.

mod analysis;
mod attestation;
mod build;
mod canary;
mod dora;
mod flag;
mod gates;
mod rollback;

use super::{Output, failure::Result};

/// The steps of a release.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Issue {
    /// 01: an image was built (OCI image layout)
    Build(build::Build),
    /// 02: how it was built is attested (Sigstore bundle or DSSE envelope, SLSA provenance v1)
    Attestation(attestation::Attestation),
    /// 03: what the gates found (Semgrep, OSV-Scanner, Trivy, ScanCode)
    Gates(gates::Gates),
    /// 04: who was let in by a flag (flagd, OpenFeature)
    Flag(flag::Flag),
    /// 05: how the traffic moved (Argo Rollouts)
    Canary(canary::Canary),
    /// 06: latency and errors against the baseline (Prometheus)
    Analysis(analysis::Analysis),
    /// 07: the delivery figures (CDEvents)
    Dora(dora::Dora),
    /// 08: the way back is armed
    Rollback(rollback::Rollback),
}

impl Issue {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        match self {
            Self::Build(step) => step.run(out),
            Self::Attestation(step) => step.run(out),
            Self::Gates(step) => step.run(out),
            Self::Flag(step) => step.run(out),
            Self::Canary(step) => step.run(out),
            Self::Analysis(step) => step.run(out),
            Self::Dora(step) => step.run(out),
            Self::Rollback(step) => step.run(out),
        }
    }
}
