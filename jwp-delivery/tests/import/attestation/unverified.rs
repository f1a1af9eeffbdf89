//! An attestation that was only read says so wherever it is shown.

use jwp_core::{Citation, Claim as _, Error};
use jwp_delivery::{
    import::attestation,
    json::from_slice,
    kind::attestation::{AttestationSlsa, Verification},
};
use serde_json::{Value, json};

use super::bundle;
use crate::support::{image, read, refused, refused_as};

fn import(document: &[u8]) -> AttestationSlsa {
    attestation::import(document, None, image()).unwrap().claim
}

fn members() -> Value {
    serde_json::from_slice(&bundle()).unwrap()
}

/// T95
#[test]
fn an_attestation_that_was_only_read_says_so() {
    let envelope = members()["dsseEnvelope"].to_string().into_bytes();
    let mut documents = vec![("a DSSE envelope alone".to_owned(), envelope)];
    for name in [
        "dsse-rekor-and-tsa",
        "dsse-rekor-and-tsa.explicit-zero",
        "dsse-intoto-entry",
        "dsse-x509chain-v0.2",
        "dsse-tsa-only",
    ] {
        let path = format!("sigstore/mock-0.12.1/{name}.sigstore.json");
        documents.push((name.to_owned(), read(&path)));
    }
    for (name, document) in documents {
        let claim = import(&document);
        assert_eq!(
            claim.verification,
            Verification::ImportedUnverified,
            "{name}"
        );
        assert_eq!(claim.issuer_level, None, "{name}");
        let wire = serde_json::to_value(&claim).unwrap();
        assert_eq!(wire["verification"], "imported-unverified", "{name}");
        assert!(wire.get("issuer_level").is_none(), "{name}");
        // The log is named where it was read; no level and no signature is.
        let mut cited = claim.cite(&[]).into_iter().map(Into::into);
        assert!(
            cited.all(|name: Citation| ["SLSA v1.0 Provenance", "Rekor v1"].contains(&&*name)),
            "{name}"
        );
    }
}

/// T95: the document cannot say for itself that it was verified.
#[test]
fn no_document_makes_itself_verified() {
    let mut document = members();
    for member in ["verification", "verificationResult", "issuer_level"] {
        document[member] = json!("cryptographic");
        document["dsseEnvelope"][member] = json!("PASSED");
    }
    let claim = import(document.to_string().as_bytes());
    assert_eq!(claim, import(&bundle()));
    // A signature of nothing is no less unverified, and no more.
    let mut envelope = members()["dsseEnvelope"].clone();
    envelope["signatures"] = json!([{"sig": "AAAA", "keyid": "the key of somebody"}]);
    let claim = import(envelope.to_string().as_bytes());
    assert_eq!(claim.verification, Verification::ImportedUnverified);
}

/// T95: a statement or a provenance without an envelope has no signature that anybody could check.
#[test]
fn a_statement_that_nobody_signed_is_no_attestation() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let payload = members()["dsseEnvelope"]["payload"]
        .as_str()
        .unwrap()
        .to_owned();
    let statement = STANDARD.decode(payload).unwrap();
    let predicate = serde_json::from_slice::<Value>(&statement).unwrap()["predicate"].to_string();
    for (name, bytes) in [
        ("a statement", &statement[..]),
        ("a provenance", predicate.as_bytes()),
    ] {
        assert!(from_slice::<serde::de::IgnoredAny>(bytes).is_ok(), "{name}");
        refused_as(
            attestation::import(bytes, None, image()),
            "Import.Unsupported",
            name,
        );
    }
    let unsigned = |signatures: Value| {
        let mut envelope = members()["dsseEnvelope"].clone();
        envelope["signatures"] = signatures;
        attestation::import(envelope.to_string().as_bytes(), None, image())
    };
    refused(unsigned(json!([])), "Import.Incomplete");
}

/// T95: a level is what a check of the signature gives, and none was made.
#[test]
fn a_level_beside_an_unverified_attestation_is_refused() {
    let mut claim = import(&bundle());
    claim.validate().unwrap();
    claim.issuer_level = Some(3);
    assert_eq!(
        Error::from(claim.validate().unwrap_err()).code(),
        "Codec.Schema"
    );
}
