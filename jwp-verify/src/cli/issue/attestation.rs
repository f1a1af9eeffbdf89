//! `jwp issue attestation`.

use std::path::PathBuf;

use jwp_delivery::import::attestation;

use super::super::{
    Output,
    failure::{Failure, Result},
    session::{Common, Session, report},
};

/// Arguments of `jwp issue attestation`. Signatures and log proofs of the document are not checked:
/// the claim says imported-unverified.
#[derive(Debug, clap::Args)]
pub(crate) struct Attestation {
    #[command(flatten)]
    common: Common,
    /// A Sigstore bundle or DSSE envelope around SLSA provenance v1
    #[arg(long, value_name = "F")]
    provenance: PathBuf,
    /// Rekor's answer about a bare DSSE envelope; a bundle carries its log entry itself
    #[arg(long, value_name = "F")]
    rekor: Option<PathBuf>,
}

impl Attestation {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.common.place, out)?;
        let image = session.build()?.image_digest;
        let document = report(&self.provenance)?;
        let rekor = self.rekor.as_deref().map(report).transpose()?;
        let imported = attestation::import(&document, rekor.as_deref(), image)
            .map_err(|error| Failure::at(error, &self.provenance))?;
        session.issue_imported(imported, &self.common, out)
    }
}
