//! An attestation of the build: `delivery.attestation.slsa` from a Sigstore bundle or DSSE envelope.
//!
//! The claim says `imported-unverified`: the statement's signature, the certificate and the log's
//! proofs are not checked here, and no level is granted. What *is* checked is that the documents agree
//! with each other: the log entry is about this payload and these signatures, and a subject of the
//! statement is the image.

use jwp_core::{Digest, Evidence};

use super::{ImportError, Imported, fault, provenance};
use crate::kind::attestation::{AttestationSlsa, SLSA_PROVENANCE_V1, Verification};

/// Reads an attestation of the image whose manifest digest is `image`.
///
/// `rekor` is the answer of Rekor's REST API about a bare DSSE envelope; a Sigstore bundle carries its
/// entry itself.
///
/// # Errors
/// `Import.Unsupported` for other documents, versions and log entries (Rekor v2 among them);
/// `Import.Mismatch` where no subject is the image or the log entry is about something else;
/// `Import.Incomplete` and `Import.Value` for what the claim needs and is not there, and for a URI with a place
/// for credentials.
pub fn import(
    document: &[u8],
    rekor: Option<&[u8]>,
    image: Digest,
) -> Result<Imported<AttestationSlsa>, ImportError> {
    let read = provenance::read(document, rekor)?;
    if !read.subjects.contains(&image) {
        return Err(fault::mismatch(
            "payload/subject",
            "the released image among the subjects",
        ));
    }
    let (index, log_id, integrated_at) = match read.log {
        None => (None, None, None),
        Some(log) => (Some(log.index), Some(log.log_id), log.integrated_at),
    };
    let claim = AttestationSlsa {
        predicate_type: SLSA_PROVENANCE_V1.into(),
        rekor_index: index,
        builder_id: read.build.builder_id,
        build_type: read.build.build_type,
        invocation_id: read.build.invocation_id,
        source_uri: read.build.source_uri,
        source_commit: read.build.source_commit,
        resolved_dependencies: read.build.resolved_dependencies,
        statement_digest: read.statement_digest,
        log_id,
        integrated_at,
        verification: Verification::ImportedUnverified,
        issuer_level: None,
    };
    let mut evidence =
        vec![Evidence::of_bytes("attestation", document).with_media_type("application/json")];
    evidence.extend(
        rekor.map(|rekor| {
            Evidence::of_bytes("log entry", rekor).with_media_type("application/json")
        }),
    );
    Imported::new(claim, evidence, vec![image])
}
