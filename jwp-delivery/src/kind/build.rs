//! `delivery.build.completed`: an image was built.

use jwp_core::{Citation, Claim, Digest, DigestAlgorithm, Evidence, Invalid};
use serde::{Deserialize, Serialize};

use super::{check_commit, count};

/// The media type of an OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An OCI image was built: `delivery.build.completed`.
///
/// ```cddl
/// build-completed = {
///   "image_digest" => digest,
///   "layers" => uint,
///   "media_type" => tstr,
///   "config_digest" => digest,
///   "size_bytes" => uint,
///   "platform" => tstr,
///   ? "index_digest" => digest,
///   "source_commit" => commit,
///   ? "hermetic" => bool,
///   ? "parameterless" => bool,
/// }
/// ```
///
/// Source: OCI Image Specification v1.1, manifest.md; SLSA v1.0, provenance.md.
///
/// **Proves** that the issuer had a manifest of this digest before it. **Does not prove** that the
/// layers came from the commit: that is the attestation's matter. `hermetic` is the builder's word;
/// SLSA v1.0 level 3 does not ask for it. Trusted: the build system that signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BuildCompleted {
    /// Number of layers.
    pub layers: u64,
    /// Whether the builder says that the build had no network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hermetic: Option<bool>,
    /// `os/architecture[/variant]`.
    pub platform: String,
    /// Media type of the manifest.
    pub media_type: String,
    /// Bytes to pull: the sizes of configuration and layers, as the descriptors give them.
    pub size_bytes: u64,
    /// SHA-256 of the raw manifest bytes: the name of the image in every receipt.
    pub image_digest: Digest,
    /// SHA-256 of the image index that names the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_digest: Option<Digest>,
    /// SHA-256 of the image configuration.
    pub config_digest: Digest,
    /// Whether the provenance has no external parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameterless: Option<bool>,
    /// The source commit, 40 or 64 lower-case hex digits.
    pub source_commit: String,
}

impl BuildCompleted {
    /// An image of `layers` layers built from `source_commit`.
    #[must_use]
    pub fn new(
        image_digest: Digest,
        config_digest: Digest,
        layers: u64,
        platform: impl Into<String>,
        source_commit: impl Into<String>,
    ) -> Self {
        Self {
            image_digest,
            layers,
            media_type: OCI_MANIFEST.into(),
            config_digest,
            size_bytes: 0,
            platform: platform.into(),
            index_digest: None,
            source_commit: source_commit.into(),
            hermetic: None,
            parameterless: None,
        }
    }
}

impl Claim for BuildCompleted {
    const KIND: &'static str = "delivery.build.completed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["OCI Image Spec v1.1", "SLSA v1.0"]
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.layers == 0 {
            return Err(Invalid::range("layers", "at least 1 layer"));
        }
        if self.media_type.is_empty() {
            return Err(Invalid::schema(
                "media_type",
                "the media type of the manifest",
            ));
        }
        let parts: Vec<&str> = self.platform.split('/').collect();
        if !matches!(parts.len(), 2 | 3) || parts.contains(&"") {
            return Err(Invalid::schema("platform", "os/architecture[/variant]"));
        }
        // OCI's names of a manifest, its configuration and its index; evidence alone has BLAKE3.
        let digests = [
            Some(self.image_digest),
            Some(self.config_digest),
            self.index_digest,
        ];
        let oci = |digest: Digest| digest.algorithm() == DigestAlgorithm::Sha256;
        if !digests.into_iter().flatten().all(oci) {
            return Err(Invalid::schema("image_digest", "sha256 digests"));
        }
        if self.image_digest == self.config_digest {
            return Err(Invalid::schema(
                "config_digest",
                "another digest than the manifest's",
            ));
        }
        if self.index_digest == Some(self.image_digest) {
            return Err(Invalid::schema(
                "index_digest",
                "another digest than the manifest's",
            ));
        }
        check_commit(&self.source_commit)
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        vec![
            ("image_digest", self.image_digest.short()),
            ("layers", count(self.layers)),
        ]
    }
}
