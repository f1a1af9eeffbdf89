//! Importers: a real tool's output and what it does not say itself, to a claim.
//!
//! An importer takes bytes and context and touches no file, no network and no clock. It computes; it
//! never copies a conclusion. A document of an unknown major version is refused, unknown members
//! are passed over, a member that the claim relies on is required, and *no findings*, *the tool did
//! not run* and *the file is empty* are three different outcomes. No path that a document names is
//! ever opened, and no archive unpacked.
//!
//! | importer | documents | versions read |
//! |---|---|---|
//! | [`oci`] | image layout: index, manifest, configuration | OCI Image Spec 1.1 |
//! | [`attestation`] | DSSE envelope, Sigstore bundle, Rekor entry | DSSE 1.0; in-toto Statement v1, v0.1; SLSA provenance v1; bundle 0.1–0.3; Rekor v1 `dsse` 0.0.1, `intoto` 0.0.2 |
//! | [`semgrep`] | `--json` | 1.x (1.30, 1.94, 1.182) |
//! | [`osv_scanner`] | `--format json`, standard error, version | 1.x (1.8.5) |
//! | [`trivy`] | `-f json`, `version -f json` | SchemaVersion 2 (0.55.2) |
//! | [`scancode`] | `--json` | output format 4 (32.x) |
//! | [`openfeature`] | flagd flags, evaluation details, OTel counters | flagd schema; CloudEvents 1.0 |
//! | [`argo`] | Rollout, AnalysisRun, Event; YAML or JSON | `argoproj.io/v1alpha1` (1.7) |
//! | [`prometheus`] | query answers after a plan | HTTP API v1 (2.42, 2.55) |
//! | [`cdevents`] | event stream, bare or in CloudEvents | CDEvents 0.3–0.6-draft |
//! | [`rollback`] | facts of the previous release's seal | |

pub mod argo;
pub mod attestation;
pub mod cdevents;
pub mod cloudevents;
mod fault;
pub mod gates;
pub mod oci;
pub mod openfeature;
pub mod osv_scanner;
pub mod prometheus;
pub mod promql;
pub(crate) mod provenance;
pub(crate) mod rfc3339;
pub mod rollback;
pub mod scancode;
pub mod semgrep;
pub(crate) mod stream;
pub mod trivy;
mod version;

use core::fmt::{self, Write as _};

use jwp_core::{Claim, Digest, Evidence, ReceiptPayload};

/// Longest document that an importer reads, in bytes. The project's choice: ScanCode's report of a
/// large source tree has about 100 MiB.
pub const MAX_REPORT: usize = 256 << 20;

/// Why a document does not become a claim, and where in it.
///
/// Place and problem may repeat what the document says. Displayed, controls and what reorders a line
/// (Unicode bidi controls) are escaped as `\u{…}`: an error is fit for a terminal and for a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ImportError {
    kind: ImportErrorKind,
    place: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.place.is_empty() { "" } else { " at " };
        for c in format!("{}{at}{}", self.kind, self.place).chars() {
            let reorders = matches!(c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if c.is_control() || reorders {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

impl ImportError {
    /// An error at a place: a JSON pointer, `line N`, or the name of a document and one of these.
    #[must_use]
    pub fn new(kind: ImportErrorKind, place: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.into(),
        }
    }

    /// The fact that the caller can act on.
    #[must_use]
    pub const fn kind(&self) -> &ImportErrorKind {
        &self.kind
    }

    /// Where it stands, as the document has it: not escaped.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The stable public code, `Area.Name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// Every way in which a document does not become a claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportErrorKind {
    /// The claim that came out does not hold.
    #[error("the claim does not hold: {0}")]
    Claim(jwp_core::Error),
    /// Bytes do not have the digest or size that a document names.
    #[error("got other bytes than the document names, expected {expected}")]
    DigestMismatch {
        /// What was expected.
        expected: &'static str,
    },
    /// The document does not say what the claim needs; that is not the same as nothing found.
    #[error("got an incomplete document, expected {expected}")]
    Incomplete {
        /// What is missing.
        expected: &'static str,
    },
    /// The document is no strict JSON.
    #[error("got {problem}, expected strict JSON")]
    Json {
        /// What stands there.
        problem: String,
    },
    /// The document is about something else than the caller says.
    #[error("got a document about something else, expected {expected}")]
    Mismatch {
        /// What was expected.
        expected: &'static str,
    },
    /// A path that no report of a well-behaved tool holds.
    #[error("got a path that leads out of its tree")]
    Path,
    /// Another tool, another version, another form.
    #[error("got an unsupported document, expected {expected}")]
    Unsupported {
        /// What is read.
        expected: &'static str,
    },
    /// A value that its member does not take.
    #[error("got another value, expected {expected}")]
    Value {
        /// What it takes.
        expected: &'static str,
    },
}

impl ImportErrorKind {
    /// The stable public code, `Area.Name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Claim(error) => error.code(),
            Self::DigestMismatch { .. } => "Evidence.DigestMismatch",
            Self::Incomplete { .. } => "Import.Incomplete",
            Self::Json { .. } => "Import.Json",
            Self::Mismatch { .. } => "Import.Mismatch",
            Self::Path => "Import.Path",
            Self::Unsupported { .. } => "Import.Unsupported",
            Self::Value { .. } => "Import.Value",
        }
    }
}

/// A claim with what it was computed from and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported<C> {
    /// The claim; its own check has passed.
    pub claim: C,
    /// One entry per document.
    pub evidence: Vec<Evidence>,
    /// The image manifest first, then other names of the same image; empty where the documents name
    /// none and the caller must.
    pub subject: Vec<Digest>,
}

impl<C: Claim> Imported<C> {
    /// A claim that holds.
    ///
    /// # Errors
    /// What the claim's own check refuses.
    pub fn new(
        claim: C,
        evidence: Vec<Evidence>,
        subject: Vec<Digest>,
    ) -> Result<Self, ImportError> {
        claim
            .validate()
            .map_err(|invalid| ImportError::new(ImportErrorKind::Claim(invalid.into()), C::KIND))?;
        Ok(Self {
            claim,
            evidence,
            subject,
        })
    }

    /// The payload of a receipt, unmetered.
    #[must_use]
    pub fn into_payload(self) -> ReceiptPayload<C> {
        ReceiptPayload::new(self.claim)
            .with_evidence(self.evidence)
            .with_subject(self.subject)
    }
}
