//! The image layouts that real tools wrote, and what is wrong with their mutants.

use std::fs;

use jwp_core::{Claim as _, Digest};
use jwp_delivery::{
    import::{
        ImportError, Imported,
        oci::{self, ImageContext},
    },
    kind::build::BuildCompleted,
};

use crate::{
    attestation::{bundle, provenance},
    support::{image, read, testdata},
};

pub(crate) const SEVEN: &str = "oci/buildah-1.28.2/buildah-7layer";

const MULTI: &str = "oci/buildah-1.28.2/buildah-multiarch";

pub(crate) fn blob(layout: &str, digest: &Digest) -> Option<Vec<u8>> {
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
