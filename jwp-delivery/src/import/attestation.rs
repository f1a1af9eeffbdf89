//! An attestation of the build: `delivery.attestation.slsa` from a Sigstore bundle or DSSE envelope.
//!
//! The claim says `imported-unverified`: the statement's signature, the certificate and the log's
//! proofs are not checked here, and no level is granted. What *is* checked is that the documents agree
//! with each other: the log entry is about this payload and these signatures, and a subject of the
//! statement is the image.

use jwp_core::{Digest, Evidence};

use super::{ImportError, Imported, fault, provenance};
use crate::kind::attestation::AttestationSlsa;

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
    let build = read.build;
    let mut claim = AttestationSlsa::new(read.statement_digest);
    claim.builder_id = build.builder_id;
    claim.build_type = build.build_type;
    claim.invocation_id = build.invocation_id;
    claim.source_uri = build.source_uri;
    claim.source_commit = build.source_commit;
    claim.resolved_dependencies = build.resolved_dependencies;
    if let Some(log) = read.log {
        claim.rekor_index = Some(log.index);
        claim.log_id = Some(log.log_id);
        claim.integrated_at = log.integrated_at;
    }
    let mut evidence =
        vec![Evidence::of_bytes("attestation", document).with_media_type("application/json")];
    evidence.extend(
        rekor.map(|rekor| {
            Evidence::of_bytes("log entry", rekor).with_media_type("application/json")
        }),
    );
    Imported::new(claim, evidence, vec![image])
}
