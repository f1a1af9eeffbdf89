//! The index of an image layout, or a blob that the layout names: what is not the named bytes is refused.
#![no_main]
use std::{collections::HashMap, fs, path::Path, sync::LazyLock};

use jwp_core::Digest;
use jwp_delivery::import::oci::{self, ImageContext};
use jwp_fuzz::{holds, importer};

static FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../jwp-delivery/testdata/oci/buildah-1.28.2/buildah-multiarch"
);
static BLOBS: LazyLock<HashMap<String, Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(FOLDER).join("blobs/sha256");
    let entries = fs::read_dir(folder).expect("the blobs").flatten();
    let name = |path: &Path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .map(str::to_owned)
    };
    entries
        .map(|entry| {
            (
                name(&entry.path()).expect("a name"),
                fs::read(entry.path()).expect("a blob"),
            )
        })
        .collect()
});
static PROVENANCE: &[u8] = include_bytes!(
    "../../jwp-delivery/testdata/sigstore/mock-0.12.1/dsse-rekor-and-tsa.sigstore.json"
);
static INDEX: &[u8] =
    include_bytes!("../../jwp-delivery/testdata/oci/buildah-1.28.2/buildah-multiarch/index.json");

fn blob(digest: &Digest) -> Option<Vec<u8>> {
    BLOBS
        .get(digest.to_string().trim_start_matches("sha256:"))
        .cloned()
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut context = ImageContext::new();
    context.platform = Some("linux/amd64");
    let imported = importer(
        data,
        |data| oci::import(data, &blob, PROVENANCE, &context),
        holds,
    );
    if let Some(imported) = imported {
        assert!(imported.subject.contains(&imported.claim.image_digest));
        assert!(blob(&imported.claim.image_digest).is_some());
        assert!(blob(&imported.claim.config_digest).is_some());
    }
    // Whatever a store hands out for a digest: only the bytes with that digest are taken.
    let forged = oci::import(INDEX, &|_| Some(data.to_vec()), PROVENANCE, &context);
    assert!(forged.is_err());
});
