//! SLSA provenance v1 in an in-toto Statement v1 in a DSSE envelope, alone or in a Sigstore bundle.
//!
//! What an attestation says of itself is read here; nothing of it is verified. The bytes that were
//! decoded are the bytes that are parsed: the envelope is never re-parsed. Each layer has a module:
//! [`bundle`], [`dsse`], [`intoto`], [`slsa`], and [`rekor`] for the log entry about the envelope.

mod bundle;
mod dsse;
mod intoto;
mod rekor;
mod slsa;

use jwp_core::Digest;

use self::{intoto::Statement, rekor::LogEntry, slsa::Build};
use super::{ImportError, fault};

/// What a provenance document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provenance {
    /// SHA-256 of the statement's bytes.
    pub(crate) statement_digest: Digest,
    /// SHA-256 digests of the subjects.
    pub(crate) subjects: Vec<Digest>,
    pub(crate) build: Build,
    pub(crate) log: Option<LogEntry>,
}

/// Reads a Sigstore bundle or a DSSE envelope; `rekor` is the REST answer about an envelope that
/// carries no entry itself.
pub(crate) fn read(document: &[u8], rekor: Option<&[u8]>) -> Result<Provenance, ImportError> {
    let (envelope, entries) = bundle::read(document)?;
    let payload = envelope.open()?;
    let log = match (entries.as_slice(), rekor) {
        ([], None) => None,
        ([], Some(rekor)) => Some(rekor::rest_entry(rekor, &payload, &envelope)?),
        ([entry], None) => Some(rekor::bundle_entry(entry, &payload, &envelope)?),
        _ => {
            let place = "/verificationMaterial/tlogEntries";
            return Err(fault::value(place, "at most one log entry"));
        }
    };
    let statement = Statement::read(&payload)?;
    let build = slsa::read(statement.predicate.get().as_bytes())?;
    Ok(Provenance {
        statement_digest: Digest::sha256(&payload),
        subjects: statement.subjects()?,
        build,
        log,
    })
}
