//! `jwp issue build`.

use core::cell::RefCell;
use std::path::{Path, PathBuf};

use jwp_core::Digest;
use jwp_delivery::import::oci::{self, ImageContext};

use super::super::{
    Output,
    failure::{Failure, Result},
    file,
    session::{Common, Session, report},
    value,
};

/// Largest manifest or configuration in bytes: what registries accept. Layers are not opened.
const MAX_BLOB: u64 = 4 << 20;

/// Arguments of `jwp issue build`.
#[derive(Debug, clap::Args)]
pub(crate) struct Build {
    #[command(flatten)]
    common: Common,
    /// The OCI image layout: a folder with index.json and blobs/
    #[arg(long, value_name = "DIR")]
    layout: PathBuf,
    /// What says from which commit the image was built: a Sigstore bundle or DSSE envelope around
    /// SLSA provenance v1
    #[arg(long, value_name = "F")]
    provenance: PathBuf,
    /// The reference name of the image, where the layout holds several
    #[arg(long, value_name = "NAME", value_parser = value::text)]
    reference: Option<String>,
    /// The platform of the image, os/architecture[/variant], where the layout holds several
    #[arg(long, value_name = "PLATFORM", value_parser = value::text)]
    platform: Option<String>,
}

impl Build {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.common.place, out)?;
        let index = file::read(&self.layout.join("index.json"), MAX_BLOB)?;
        let provenance = report(&self.provenance)?;
        let mut context = ImageContext::new();
        if let Some(reference) = &self.reference {
            context = context.with_reference(reference);
        }
        if let Some(platform) = &self.platform {
            context = context.with_platform(platform);
        }
        let unread = RefCell::new(None);
        let blobs = |digest: &Digest| match blob(&self.layout, digest) {
            Ok(bytes) => Some(bytes),
            Err(failure) => {
                unread.replace(Some(failure));
                None
            }
        };
        let imported = oci::import(&index, &blobs, &provenance, &context);
        // Why a blob could not be read says more than that it is missing.
        let imported = match (imported, unread.take()) {
            (Err(_), Some(failure)) => return Err(failure),
            (imported, _) => imported.map_err(|error| Failure::at(error, &self.layout))?,
        };
        session.issue_build(imported, &self.common, out)
    }
}

/// The path is made of the digest's own hex digits and of nothing that a document says.
fn blob(layout: &Path, digest: &Digest) -> Result<Vec<u8>> {
    let hex: String = digest
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    file::read(
        &layout
            .join("blobs")
            .join(digest.algorithm().name())
            .join(hex),
        MAX_BLOB,
    )
}
