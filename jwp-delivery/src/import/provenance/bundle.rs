//! What the envelope comes in: bare, or in a Sigstore bundle of v0.1 to v0.3.

use serde::Deserialize;

use super::{dsse::Envelope, rekor::BundleEntry};
use crate::import::{ImportError, fault};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heading {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    payload_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    #[serde(default)]
    verification_material: Option<Material>,
    #[serde(default)]
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    #[serde(default)]
    tlog_entries: Option<Vec<BundleEntry>>,
}

/// The envelope, and the log entries that the document carries itself.
pub(super) fn read(document: &[u8]) -> Result<(Envelope, Vec<BundleEntry>), ImportError> {
    let heading: Heading = fault::json(document)?;
    match (heading.media_type.as_deref(), heading.payload_type) {
        (Some(media_type), None) if is_bundle(media_type) => {
            let bundle: Bundle = fault::json(document)?;
            let expected = "a bundle around a DSSE envelope";
            let envelope = bundle
                .dsse_envelope
                .ok_or_else(|| fault::unsupported("/dsseEnvelope", expected))?;
            let entries = bundle
                .verification_material
                .and_then(|material| material.tlog_entries);
            Ok((envelope, entries.unwrap_or_default()))
        }
        (Some(_), None) => {
            let expected = "a Sigstore bundle of v0.1 to v0.3";
            Err(fault::unsupported("/mediaType", expected))
        }
        (None, Some(_)) => Ok((fault::json(document)?, Vec::new())),
        _ => {
            let expected = "a Sigstore bundle or a DSSE envelope";
            Err(fault::unsupported("", expected))
        }
    }
}

fn is_bundle(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.dev.sigstore.bundle+json;version=0.1"
            | "application/vnd.dev.sigstore.bundle+json;version=0.2"
            | "application/vnd.dev.sigstore.bundle+json;version=0.3"
            | "application/vnd.dev.sigstore.bundle.v0.3+json"
    )
}
