//! The in-toto Statement (v1, and v0.1 of the same shape): which artifacts a predicate is about.

use std::collections::BTreeMap;

use jwp_core::Digest;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    import::{ImportError, fault},
    kind::attestation::SLSA_PROVENANCE_V1,
};

/// The shape is the same; BuildKit and others still write the older name around provenance v1.
const STATEMENTS: [&str; 2] = [
    "https://in-toto.io/Statement/v1",
    "https://in-toto.io/Statement/v0.1",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<ResourceDescriptor>,
    predicate_type: String,
    #[serde(borrow)]
    pub(super) predicate: &'a RawValue,
}

/// What names an artifact in a statement; both members may be left out.
#[derive(Deserialize)]
pub(super) struct ResourceDescriptor {
    #[serde(default)]
    pub(super) uri: Option<String>,
    #[serde(default)]
    pub(super) digest: Option<BTreeMap<String, String>>,
}

impl<'a> Statement<'a> {
    /// Reads the payload of an envelope; its predicate is SLSA provenance v1.
    pub(super) fn read(payload: &'a [u8]) -> Result<Self, ImportError> {
        let statement: Self = fault::json(payload).map_err(|e| fault::within(e, "payload"))?;
        if !STATEMENTS.contains(&statement.kind.as_str()) {
            let expected = "an in-toto Statement v1 or v0.1";
            return Err(fault::unsupported("payload/_type", expected));
        }
        if statement.predicate_type != SLSA_PROVENANCE_V1 {
            return Err(fault::unsupported(
                "payload/predicateType",
                SLSA_PROVENANCE_V1,
            ));
        }
        Ok(statement)
    }

    /// The SHA-256 digests of the subjects. They are matched by digest only; one without a digest is a hole in the statement.
    pub(super) fn subjects(&self) -> Result<Vec<Digest>, ImportError> {
        let place = "payload/subject";
        if self.subject.is_empty() {
            return Err(fault::incomplete(place, "at least one subject"));
        }
        let mut digests = Vec::new();
        for (index, subject) in self.subject.iter().enumerate() {
            let set = subject.digest.as_ref().filter(|set| !set.is_empty());
            let place = || format!("{place}/{index}/digest");
            let set = set.ok_or_else(|| fault::incomplete(place(), "a digest"))?;
            if let Some(hex) = set.get("sha256") {
                let digest = format!("sha256:{hex}").parse();
                let expected = "64 lower-case hex digits";
                digests.push(digest.map_err(|_| fault::value(place(), expected))?);
            }
        }
        Ok(digests)
    }
}
