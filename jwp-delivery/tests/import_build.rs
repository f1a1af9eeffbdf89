//! The image layout and the attestations that real tools wrote, and what is wrong with their mutants.

use std::{fs, path::PathBuf};

use jwp_core::{Claim as _, Digest};
use jwp_delivery::{
    import::{
        ImportError, Imported, attestation,
        oci::{self, ImageContext},
    },
    kind::{attestation::Verification, build::BuildCompleted},
};

const IMAGE: &str = "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";

fn testdata(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

fn read(path: &str) -> Vec<u8> {
    let path = testdata(path);
    fs::read(&path).expect("a document of the test data")
}

fn bundle() -> Vec<u8> {
    read("sigstore/mock-0.12.1/dsse-rekor-and-tsa.sigstore.json")
}

fn image() -> Digest {
    IMAGE.parse().expect("a digest")
}

fn blob(layout: &str, digest: &Digest) -> Option<Vec<u8>> {
    let hex = digest.to_string().replace("sha256:", "");
    fs::read(testdata(layout).join("blobs/sha256").join(hex)).ok()
}

fn build(
    layout: &str,
    index: &[u8],
    context: &ImageContext<'_>,
) -> Result<Imported<BuildCompleted>, ImportError> {
    oci::import(index, &|digest| blob(layout, digest), &bundle(), context)
}

const SEVEN: &str = "oci/buildah-1.28.2/buildah-7layer";
const MULTI: &str = "oci/buildah-1.28.2/buildah-multiarch";

#[test]
fn the_seven_layer_image_is_named_by_its_manifest() {
    let index = read("oci/buildah-1.28.2/buildah-7layer/index.json");
    let built = build(SEVEN, &index, &ImageContext::new()).unwrap();
    assert_eq!(built.claim.image_digest, image());
    assert_eq!(built.claim.layers, 7);
    assert_eq!(built.claim.platform, "linux/amd64");
    assert_eq!(
        built.claim.source_commit,
        "0123456789abcdef0123456789abcdef01234567"
    );
    assert_eq!(built.claim.parameterless, Some(false));
    assert_eq!(built.claim.hermetic, None);
    assert_eq!(built.claim.index_digest, None);
    assert_eq!(built.subject, [image()]);
    assert_eq!(built.evidence.len(), 3);
    assert_eq!(built.claim.headline()[1], ("layers", "7".to_owned()));
}

#[test]
fn an_image_of_an_index_is_chosen_by_platform_and_never_by_position() {
    let index = read("oci/buildah-1.28.2/buildah-multiarch/index.json");
    let all = build(MULTI, &index, &ImageContext::new()).unwrap_err();
    assert_eq!(all.code(), "Import.Value");
    // The attestation is about the other image: everything up to that holds.
    let one = build(
        MULTI,
        &index,
        &ImageContext::new().with_platform("linux/amd64"),
    )
    .unwrap_err();
    assert_eq!(
        (one.code(), one.place()),
        ("Import.Mismatch", "provenance/subject")
    );
    let none = build(
        MULTI,
        &index,
        &ImageContext::new().with_platform("plan9/mips"),
    )
    .unwrap_err();
    assert_eq!(none.code(), "Import.Value");
}

/// T52
#[test]
fn a_blob_of_another_size_or_digest_is_refused() {
    let index = read("oci/buildah-1.28.2/buildah-7layer/index.json");
    let tampered = |digest: &Digest| {
        let mut bytes = blob(SEVEN, digest)?;
        let last = bytes.len() - 1;
        bytes[last] = b' ';
        Some(bytes)
    };
    let error = oci::import(&index, &tampered, &bundle(), &ImageContext::new()).unwrap_err();
    assert_eq!(error.code(), "Evidence.DigestMismatch");
    let longer = |digest: &Digest| blob(SEVEN, digest).map(|bytes| [bytes, vec![b' ']].concat());
    let error = oci::import(&index, &longer, &bundle(), &ImageContext::new()).unwrap_err();
    assert_eq!(error.code(), "Evidence.DigestMismatch");
    let error = oci::import(&index, &|_| None, &bundle(), &ImageContext::new()).unwrap_err();
    assert_eq!(error.code(), "Import.Incomplete");
}

#[test]
fn index_documents_of_other_forms_are_refused() {
    let index = String::from_utf8(read("oci/buildah-1.28.2/buildah-7layer/index.json")).unwrap();
    let refused = |index: &str, code: &str| {
        let error = build(SEVEN, index.as_bytes(), &ImageContext::new()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    };
    refused("", "Import.Incomplete");
    refused("{", "Import.Json");
    refused(
        &index.replace("\"schemaVersion\":2", "\"schemaVersion\":1"),
        "Import.Unsupported",
    );
    refused(
        &index.replace("sha256:4615", "sha256:../../etc/4615"),
        "Import.Value",
    );
    refused(&index.replace("sha256:4615", "sha512:4615"), "Import.Value");
    // The name of another hash before the same bytes.
    refused(
        &index.replace("sha256:4615", "blake3:4615"),
        "Import.Unsupported",
    );
    refused(r#"{"schemaVersion":2,"manifests":null}"#, "Import.Value");
    refused(
        r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#,
        "Import.Unsupported",
    );
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
    for name in [
        "dsse-rekor-and-tsa.explicit-zero",
        "dsse-intoto-entry",
        "dsse-x509chain-v0.2",
    ] {
        let bundle = read(&format!("sigstore/mock-0.12.1/{name}.sigstore.json"));
        let claim = attestation::import(&bundle, None, image()).map(|imported| imported.claim);
        assert!(
            claim.as_ref().is_ok_and(|c| c.rekor_index.is_some()),
            "{name}: {claim:?}"
        );
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

#[test]
fn corpus_documents_are_read_or_refused_with_a_reason() {
    let Some(shared) = std::env::var_os("JWP_SHARED") else {
        println!("skipped: JWP_SHARED is not set");
        return;
    };
    let (mut read, mut refused) = (0, std::collections::BTreeMap::<&str, u32>::new());
    for folder in ["sigstore", "slsa", "rekor", "oci", "json-hostile"] {
        let mut open = vec![PathBuf::from(&shared).join("corpus").join(folder)];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let results = [
                attestation::import(&bytes, None, image()).map(|_| ()),
                oci::import(&bytes, &|_| None, &bytes, &ImageContext::new()).map(|_| ()),
            ];
            for result in results {
                match result {
                    Ok(()) => read += 1,
                    Err(error) => {
                        assert!(!error.to_string().is_empty());
                        *refused.entry(error.code()).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("read {read}, refused {refused:?}");
    assert!(refused.values().sum::<u32>() > 0);
}

/// An envelope around a provenance that a test changes.
fn provenance(image: Digest, change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
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

/// Every 64-bit Arm is v8: an index may say so and the image's own configuration not, or the other way.
#[test]
fn arm64_with_and_without_its_variant_is_one_platform() {
    let config = |variant: &str| {
        format!(
            r#"{{"architecture":"arm64","os":"linux"{variant},"rootfs":{{"type":"layers","diff_ids":["x"]}}}}"#
        )
    };
    let of = |in_index: &str, in_config: &str, wanted: &str| {
        let config = config(in_config);
        let named = |bytes: &str, media_type: &str, more: &str| {
            let (digest, size) = (Digest::sha256(bytes.as_bytes()), bytes.len());
            format!(
                r#"{{"mediaType":"application/vnd.oci.image.{media_type}","digest":"{digest}","size":{size}{more}}}"#
            )
        };
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
            named(&config, "config.v1+json", ""),
            named("layer", "layer.v1.tar", "")
        );
        let platform = format!(r#","platform":{{"architecture":"arm64","os":"linux"{in_index}}}"#);
        let index = format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            named(&manifest, "manifest.v1+json", &platform)
        );
        let image = Digest::sha256(manifest.as_bytes());
        let blobs = |digest: &Digest| {
            let all = [&config, &manifest].into_iter();
            let mut found = all.filter(|bytes| digest.matches(bytes.as_bytes()));
            found.next().map(|bytes| bytes.clone().into_bytes())
        };
        let context = ImageContext::new().with_platform(wanted);
        let built = oci::import(
            index.as_bytes(),
            &blobs,
            &provenance(image, |_| {}),
            &context,
        );
        built
            .map(|built| built.claim.platform)
            .map_err(|e| e.code())
    };
    let v8 = r#","variant":"v8""#;
    for wanted in ["linux/arm64", "linux/arm64/v8"] {
        for in_index in ["", v8] {
            assert_eq!(of(in_index, "", wanted), Ok("linux/arm64".to_owned()));
            assert_eq!(of(in_index, v8, wanted), Ok("linux/arm64/v8".to_owned()));
        }
    }
    let v9 = r#","variant":"v9""#;
    assert_eq!(of(v9, v9, "linux/arm64"), Err("Import.Value"));
    assert_eq!(of(v8, v9, "linux/arm64"), Err("Import.Mismatch"));
}
