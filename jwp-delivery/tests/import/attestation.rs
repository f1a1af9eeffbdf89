//! The attestations that real tools wrote, in every form, and documents that contradict each other.

mod unverified;

use jwp_core::{Claim as _, Digest};
use jwp_delivery::{import::attestation, kind::attestation::Verification};

use crate::support::{image, read};

pub(crate) const BUNDLE: &str = "sigstore/mock-0.12.1/dsse-rekor-and-tsa.sigstore.json";

pub(crate) fn bundle() -> Vec<u8> {
    read(BUNDLE)
}

/// An envelope around a provenance that a test changes.
pub(crate) fn provenance(image: Digest, change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    use base64::Engine as _;
    let hex = image.to_string().replace("sha256:", "");
    let mut statement = serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "app", "digest": {"sha256": hex}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://example.org/build",
                "externalParameters": {},
                "resolvedDependencies": [
                    {"uri": "git+https://example.org/acme/app", "digest": {"gitCommit": "a".repeat(40)}}
                ]
            },
            "runDetails": {
                "builder": {"id": "https://example.org/builder@refs/heads/main"},
                "metadata": {"invocationId": "https://example.org/runs/1"}
            }
        }
    });
    change(&mut statement);
    let payload = base64::engine::general_purpose::STANDARD.encode(statement.to_string());
    let envelope = serde_json::json!({
        "payloadType": "application/vnd.in-toto+json",
        "payload": payload,
        "signatures": [{"sig": "AAAA"}]
    });
    envelope.to_string().into_bytes()
}

#[test]
fn a_bundle_gives_the_fields_and_says_that_nothing_was_verified() {
    let imported = attestation::import(&bundle(), None, image()).unwrap();
    let claim = imported.claim;
    assert_eq!(claim.rekor_index, Some(4_078_227));
    assert_eq!(claim.resolved_dependencies, 1);
    assert_eq!(
        claim.source_uri,
        "git+https://github.com/acme/demo@refs/heads/main"
    );
    assert_eq!(
        claim.invocation_id.as_deref(),
        Some("https://github.com/acme/demo/actions/runs/42/attempts/1")
    );
    assert_eq!(claim.integrated_at.unwrap().as_secs(), 1_795_419_285);
    assert_eq!(claim.log_id.as_deref().map(str::len), Some(64));
    assert_eq!(claim.verification, Verification::ImportedUnverified);
    assert_eq!(claim.issuer_level, None);
    assert!(
        claim
            .cite(&[])
            .into_iter()
            .map(Into::into)
            .eq(["SLSA v1.0 Provenance", "Rekor v1"])
    );
}

#[test]
fn every_form_of_the_same_attestation_is_read() {
    for (name, index) in [
        ("dsse-rekor-and-tsa.explicit-zero", 4_078_227),
        ("dsse-intoto-entry", 8_565_133),
        ("dsse-x509chain-v0.2", 941_564),
    ] {
        let bundle = read(&format!("sigstore/mock-0.12.1/{name}.sigstore.json"));
        let claim = attestation::import(&bundle, None, image()).unwrap().claim;
        assert_eq!(claim.rekor_index, Some(index), "{name}");
    }
    let unlogged = read("sigstore/mock-0.12.1/dsse-tsa-only.sigstore.json");
    let claim = attestation::import(&unlogged, None, image()).unwrap().claim;
    assert_eq!(claim.rekor_index, None);
    assert!(
        claim
            .cite(&[])
            .into_iter()
            .map(Into::into)
            .eq(["SLSA v1.0 Provenance"])
    );
}

#[test]
fn documents_that_contradict_each_other_are_refused() {
    let text = String::from_utf8(bundle()).unwrap();
    let refused = |text: &str, code: &str| {
        let error = attestation::import(text.as_bytes(), None, image()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    };
    refused("", "Import.Incomplete");
    refused("null", "Import.Value");
    refused("{}", "Import.Unsupported");
    refused(
        &text.replace("bundle.v0.3+json", "bundle.v9.9+json"),
        "Import.Unsupported",
    );
    refused(
        &text.replace("application/vnd.in-toto+json", "application/json"),
        "Import.Unsupported",
    );
    let mut negative: serde_json::Value = serde_json::from_str(&text).unwrap();
    negative["verificationMaterial"]["tlogEntries"][0]["logIndex"] = "-1".into();
    refused(&negative.to_string(), "Import.Value");
    negative["verificationMaterial"]["tlogEntries"][0]["logIndex"] = "007".into();
    refused(&negative.to_string(), "Import.Value");
    let two = read("sigstore/mock-0.12.1/dsse-two-rekor-entries.sigstore.json");
    assert_eq!(
        attestation::import(&two, None, image()).unwrap_err().code(),
        "Import.Value"
    );
    // Another signature than the one that was logged: both are base64, and they differ.
    let mut swapped: serde_json::Value = serde_json::from_str(&text).unwrap();
    swapped["dsseEnvelope"]["signatures"][0]["sig"] = "AAAA".into();
    refused(&swapped.to_string(), "Import.Mismatch");
    // Another payload: one byte of it.
    let payload = swapped["dsseEnvelope"]["payload"]
        .as_str()
        .unwrap()
        .replacen('e', "f", 1);
    swapped["dsseEnvelope"]["payload"] = payload.into();
    refused(&swapped.to_string(), "Import.Mismatch");
    let other = Digest::sha256(b"another image");
    let error = attestation::import(text.as_bytes(), None, other).unwrap_err();
    assert_eq!(
        (error.code(), error.place()),
        ("Import.Mismatch", "payload/subject")
    );
}

/// T94: a claim is signed and shown: no place of a URI that holds a secret enters it.
#[test]
fn uris_that_may_carry_a_credential_are_refused() {
    let of = |pointer: &str, uri: &str| {
        let document = provenance(image(), |statement| {
            *statement.pointer_mut(pointer).unwrap() = uri.into();
        });
        attestation::import(&document, None, image()).map_err(|e| (e.code(), e.to_string()))
    };
    let source = "/predicate/buildDefinition/resolvedDependencies/0/uri";
    let places = [
        source,
        "/predicate/buildDefinition/buildType",
        "/predicate/runDetails/builder/id",
        "/predicate/runDetails/metadata/invocationId",
    ];
    for pointer in places {
        for uri in [
            "git+https://x-access-token:ghs_s3cret@example.org/acme/app",
            "git+https://s3cret@example.org/acme/app",
            "git+https://example.org/acme/app?token=s3cret",
        ] {
            let (code, text) = of(pointer, uri).unwrap_err();
            assert_eq!(code, "Import.Value", "{pointer} {uri}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
    let ssh = of(source, "git+ssh://git@example.org/acme/app").unwrap();
    assert_eq!(ssh.claim.source_uri, "git+ssh://git@example.org/acme/app");
}

/// What builders write that is no other statement: the older type, BuildKit's Git URLs, a source twice.
#[test]
fn honest_spellings_of_a_provenance_are_read() {
    let of = |change: &dyn Fn(&mut serde_json::Value)| {
        let read = attestation::import(&provenance(image(), change), None, image());
        read.map(|read| read.claim.source_uri).map_err(|e| e.code())
    };
    let plain = Ok("git+https://example.org/acme/app".to_owned());
    assert_eq!(of(&|_| {}), plain);
    let older = |type_: &'static str| of(&|s| s["_type"] = type_.into());
    assert_eq!(older("https://in-toto.io/Statement/v0.1"), plain);
    assert_eq!(
        older("https://in-toto.io/Statement/v2"),
        Err("Import.Unsupported")
    );
    let dependencies = "/predicate/buildDefinition/resolvedDependencies";
    let twice = |s: &mut serde_json::Value| {
        let all = s.pointer_mut(dependencies).unwrap().as_array_mut().unwrap();
        all.push(all[0].clone());
    };
    assert_eq!(of(&twice), plain);
    let url = "https://example.org/acme/app.git#refs/tags/v1";
    let buildkit = |s: &mut serde_json::Value| {
        *s.pointer_mut(dependencies).unwrap() = serde_json::json!([
            {"uri": url, "digest": {"sha1": "a".repeat(40)}},
            {"uri": "pkg:docker/golang@1.19?platform=linux%2Famd64", "digest": {"sha256": "b".repeat(64)}}
        ]);
    };
    assert_eq!(of(&buildkit), Ok(url.to_owned()));
}
