//! `delivery.attestation.slsa`: the build's provenance was attested.

use jwp_core::{Citation, Claim, Digest, Evidence, Invalid, Timestamp};
use serde::{Deserialize, Serialize};

use super::{check_commit, count, is_lower_hex};

/// The predicate type of SLSA provenance v1.
pub const SLSA_PROVENANCE_V1: &str = "https://slsa.dev/provenance/v1";

/// A SLSA provenance v1 statement names the image: `delivery.attestation.slsa`.
///
/// ```cddl
/// attestation-slsa = {
///   "predicate_type" => "https://slsa.dev/provenance/v1",
///   ? "rekor_index" => uint,
///   "builder_id" => tstr,
///   "build_type" => tstr,
///   ? "invocation_id" => tstr,
///   "source_uri" => tstr,
///   "source_commit" => commit,
///   "resolved_dependencies" => uint,
///   "statement_digest" => digest,
///   ? "log_id" => tstr,
///   ? "integrated_at" => seconds,
///   "verification" => "cryptographic" / "imported-unverified",
///   ? "issuer_level" => 0..3,
/// }
/// ```
///
/// Source: in-toto Statement v1, SLSA v1.0 provenance.md, Rekor v1.
///
/// **Proves** that the issuer had such a statement about the image before it. With
/// `imported-unverified` nobody has checked the statement's own signature or its place in a log.
/// **Does not prove** a SLSA level: that is a property of the builder in the verifier's own map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttestationSlsa {
    /// SHA-256 of the log's key, 64 lower-case hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
    /// `buildDefinition.buildType`.
    pub build_type: String,
    /// `runDetails.builder.id`.
    pub builder_id: String,
    /// URI of the source dependency.
    pub source_uri: String,
    /// Global index in the transparency log; absent without an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rekor_index: Option<u64>,
    /// The SLSA build level that the issuer's own trust map gives the builder; never beside `imported-unverified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_level: Option<u64>,
    /// Whether signatures and log proofs were checked.
    pub verification: Verification,
    /// When the log says that it took the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrated_at: Option<Timestamp>,
    /// `runDetails.metadata.invocationId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
    /// The source's commit, 40 or 64 lower-case hex digits.
    pub source_commit: String,
    /// Exactly `https://slsa.dev/provenance/v1`.
    pub predicate_type: String,
    /// SHA-256 of the statement's bytes.
    pub statement_digest: Digest,
    /// Number of `buildDefinition.resolvedDependencies`.
    pub resolved_dependencies: u64,
}

impl AttestationSlsa {
    /// A statement that was read and not checked, with the source as its one dependency. Builder, build type and source
    /// are fields to be set: without them [`Claim::validate`] refuses it.
    #[must_use]
    pub fn new(statement_digest: Digest) -> Self {
        Self {
            predicate_type: SLSA_PROVENANCE_V1.to_owned(),
            rekor_index: None,
            builder_id: String::new(),
            build_type: String::new(),
            invocation_id: None,
            source_uri: String::new(),
            source_commit: String::new(),
            resolved_dependencies: 1,
            statement_digest,
            log_id: None,
            integrated_at: None,
            verification: Verification::ImportedUnverified,
            issuer_level: None,
        }
    }
}

/// Whether the attestation's own cryptography was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verification {
    /// Signature and, where there is one, log entry hold.
    Cryptographic,
    /// Fields were read; nothing was checked.
    ImportedUnverified,
}

impl Claim for AttestationSlsa {
    const KIND: &'static str = "delivery.attestation.slsa";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        let log = self.rekor_index.map(|_| "Rekor v1");
        core::iter::once("SLSA v1.0 Provenance").chain(log)
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.predicate_type != SLSA_PROVENANCE_V1 {
            return Err(Invalid::schema("predicate_type", SLSA_PROVENANCE_V1));
        }
        if self.builder_id.is_empty() || self.build_type.is_empty() || self.source_uri.is_empty() {
            return Err(Invalid::schema(
                "builder_id",
                "builder, build type and source named",
            ));
        }
        if self.resolved_dependencies == 0 {
            return Err(Invalid::range(
                "resolved_dependencies",
                "the source at least",
            ));
        }
        if self.rekor_index.is_none() && (self.log_id.is_some() || self.integrated_at.is_some()) {
            return Err(Invalid::schema(
                "rekor_index",
                "an index where a log is named",
            ));
        }
        let is_key = |id: &String| id.len() == 64 && is_lower_hex(id);
        if self.log_id.as_ref().is_some_and(|id| !is_key(id)) {
            return Err(Invalid::schema("log_id", "64 lower-case hex digits"));
        }
        if self.issuer_level.is_some_and(|level| level > 3) {
            return Err(Invalid::range("issuer_level", "0..3"));
        }
        // Whoever checked no signature does not know the builder.
        if self.issuer_level.is_some() && self.verification == Verification::ImportedUnverified {
            return Err(Invalid::schema(
                "issuer_level",
                "a level where the attestation was verified",
            ));
        }
        check_commit(&self.source_commit)
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("predicate_type", self.predicate_type.clone())];
        fields.extend(self.rekor_index.map(|index| ("rekor_index", count(index))));
        fields
    }
}
