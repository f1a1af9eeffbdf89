//! An OCI image: `delivery.build.completed` from an image layout and the build's provenance.
//!
//! Read: OCI Image Specification v1.1 (`index.json` of an image layout, nested indexes, manifests,
//! configurations). The digest of an image is that of its manifest's exact bytes; tags and names are
//! never identity. Nothing is chosen by position: where a layout holds several images, the caller
//! names one by its reference or by its platform.
//!
//! The source commit comes from the provenance. The annotation
//! `org.opencontainers.image.revision` is not used: whoever builds an image writes what they like
//! there, and base images bring their own.

use std::collections::BTreeMap;

use jwp_core::{Digest, DigestAlgorithm, Evidence};
use serde::Deserialize;

use super::{ImportError, ImportErrorKind, Imported, fault, provenance};
use crate::{
    compute::count,
    kind::build::{BuildCompleted, OCI_MANIFEST},
};

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY_CONFIG: &str = "application/vnd.oci.empty.v1+json";
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// Manifests and configurations are small: 4 MiB is what registries accept.
const MAX_BLOB: u64 = 4 << 20;
/// Indexes inside indexes: the layout's own, and one more.
const MAX_INDEXES: usize = 4;

/// Which image of a layout, and what built it.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ImageContext<'a> {
    /// The `org.opencontainers.image.ref.name` of the image.
    pub reference: Option<&'a str>,
    /// `os/architecture[/variant]`; `linux/arm64` and `linux/arm64/v8` are one.
    pub platform: Option<&'a str>,
}

impl<'a> ImageContext<'a> {
    /// The only image of the layout.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reference: None,
            platform: None,
        }
    }

    /// The image of this reference name.
    #[must_use]
    pub const fn with_reference(mut self, reference: &'a str) -> Self {
        self.reference = Some(reference);
        self
    }

    /// The image for this platform.
    #[must_use]
    pub const fn with_platform(mut self, platform: &'a str) -> Self {
        self.platform = Some(platform);
        self
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u64,
    #[serde(default)]
    media_type: Option<String>,
    /// A Go writer without entries leaves null.
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
    #[serde(default)]
    layers: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u64,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    artifact_type: Option<String>,
    config: Descriptor,
    #[serde(default)]
    layers: Option<Vec<Descriptor>>,
    #[serde(default)]
    manifests: Option<serde_json::Value>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default)]
    platform: Option<Platform>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Clone)]
struct Platform {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: Option<String>,
}

#[derive(Deserialize)]
struct Config {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    rootfs: Option<RootFs>,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Option<Vec<String>>,
}

fn platform_text(os: &str, architecture: &str, variant: Option<&str>) -> String {
    let mut text = format!("{os}/{architecture}");
    if let Some(variant) = variant.filter(|variant| !variant.is_empty()) {
        text.push('/');
        text.push_str(variant);
    }
    text
}

/// One name of a platform that has two: every `arm64` is `v8`, and the variant may be left out. Source:
/// containerd `platforms`, `normalizeArch`.
fn normal(platform: &str) -> &str {
    let arm64 = platform.ends_with("/arm64/v8");
    let plain = platform.strip_suffix("/v8").filter(|_| arm64);
    plain.unwrap_or(platform)
}

impl Descriptor {
    fn digest(&self, place: &str) -> Result<Digest, ImportError> {
        let digest: Digest = self.digest.parse().map_err(|_| {
            fault::value(
                format!("{place}/digest"),
                "sha256 and 64 lower-case hex digits",
            )
        })?;
        if digest.algorithm() != DigestAlgorithm::Sha256 {
            return Err(fault::unsupported(
                format!("{place}/digest"),
                "a sha256 digest",
            ));
        }
        Ok(digest)
    }

    fn platform(&self) -> Option<String> {
        let platform = self.platform.as_ref()?;
        Some(platform_text(
            &platform.os,
            &platform.architecture,
            platform.variant.as_deref(),
        ))
    }

    fn is_index(&self) -> bool {
        self.media_type == OCI_INDEX
    }
}

/// The blobs of a layout, by digest. No path is made of anything that a document says.
type Blobs<'b> = dyn Fn(&Digest) -> Option<Vec<u8>> + 'b;

/// The bytes that a descriptor names: size first, then digest.
fn fetch(
    descriptor: &Descriptor,
    blobs: &Blobs<'_>,
    place: &str,
) -> Result<(Digest, Vec<u8>), ImportError> {
    let digest = descriptor.digest(place)?;
    if descriptor.size > MAX_BLOB {
        return Err(fault::value(format!("{place}/size"), "at most 4 MiB"));
    }
    let bytes =
        blobs(&digest).ok_or_else(|| fault::incomplete(place, "the blob that is named there"))?;
    let mismatch = |expected| ImportError::new(ImportErrorKind::DigestMismatch { expected }, place);
    if u64::try_from(bytes.len()) != Ok(descriptor.size) {
        return Err(mismatch("as many bytes as the descriptor says"));
    }
    if !digest.matches(&bytes) {
        return Err(mismatch("bytes of the descriptor's digest"));
    }
    Ok((digest, bytes))
}

/// Reads the image of a layout, and what built it from its provenance.
///
/// `index` is the layout's `index.json`, `blobs` gives a blob by its digest, `provenance` is a
/// Sigstore bundle or DSSE envelope whose statement names the image.
///
/// # Errors
/// `Evidence.DigestMismatch` for a blob of another size or digest; `Import.Unsupported` for other
/// documents (Docker's among them); `Import.Value` where the context does not name one image;
/// `Import.Mismatch` where the provenance is about another image.
pub fn import(
    index: &[u8],
    blobs: &Blobs<'_>,
    provenance: &[u8],
    context: &ImageContext<'_>,
) -> Result<Imported<BuildCompleted>, ImportError> {
    let (found, index_digest) = select(index, blobs, context)?;
    let (image_digest, raw) = fetch(&found, blobs, "manifest")?;
    let within = |error| fault::within(error, "manifest");
    let manifest: Manifest = fault::json(&raw).map_err(within)?;
    let layers = check_manifest(&manifest, &found)?;
    let (config_digest, raw_config) = fetch(&manifest.config, blobs, "manifest/config")?;
    let config: Config =
        fault::json(&raw_config).map_err(|error| fault::within(error, "config"))?;
    let platform = platform_text(&config.os, &config.architecture, config.variant.as_deref());
    if context
        .platform
        .is_some_and(|wanted| normal(wanted) != normal(&platform))
    {
        return Err(fault::mismatch("config", "the platform that was asked for"));
    }
    let diff_ids = config.rootfs.and_then(|rootfs| rootfs.diff_ids);
    if diff_ids.is_some_and(|ids| ids.len() != layers.len()) {
        return Err(fault::mismatch(
            "config/rootfs/diff_ids",
            "one entry per layer",
        ));
    }
    let sizes = layers.iter().map(|layer| layer.size);
    let size_bytes = sizes
        .chain([manifest.config.size])
        .try_fold(0u64, u64::checked_add)
        .ok_or_else(|| fault::range("manifest/layers"))?;

    let attested = provenance::read(provenance, None)?;
    if !attested.subjects.contains(&image_digest) {
        return Err(fault::mismatch(
            "provenance/subject",
            "the image among the subjects",
        ));
    }
    let build = attested.build;
    let layers = count(layers.len());
    let commit = build.source_commit;
    let mut claim = BuildCompleted::new(image_digest, config_digest, layers, platform, commit);
    claim.size_bytes = size_bytes;
    claim.index_digest = index_digest;
    claim.hermetic = build.hermetic;
    claim.parameterless = Some(build.parameterless);
    let evidence = vec![
        Evidence::of_bytes("manifest", &raw).with_media_type(OCI_MANIFEST),
        Evidence::of_bytes("config", &raw_config).with_media_type(manifest.config.media_type),
        Evidence::of_bytes("attestation", provenance).with_media_type("application/json"),
    ];
    let subject = [Some(image_digest), index_digest]
        .into_iter()
        .flatten()
        .collect();
    Imported::new(claim, evidence, subject)
}

/// Goes down from the layout's index to the descriptor of one manifest.
fn select(
    index: &[u8],
    blobs: &Blobs<'_>,
    context: &ImageContext<'_>,
) -> Result<(Descriptor, Option<Digest>), ImportError> {
    let mut raw = index.to_vec();
    let (mut place, mut index_digest) = ("index".to_owned(), None);
    for depth in 0..MAX_INDEXES {
        let within = |error| fault::within(error, &place);
        let read: Index = fault::json(&raw).map_err(within)?;
        let other = read
            .media_type
            .as_deref()
            .is_some_and(|media_type| media_type != OCI_INDEX);
        if read.schema_version != 2 || other || read.layers.is_some() {
            return Err(fault::unsupported(
                place,
                "an OCI image index of schemaVersion 2",
            ));
        }
        let manifests = read.manifests.unwrap_or_default();
        let chosen: Vec<&Descriptor> = manifests
            .iter()
            .filter(|descriptor| takes(descriptor, context, depth))
            .collect();
        let [only] = chosen.as_slice() else {
            let expected = "exactly one image of the reference and platform asked for";
            return Err(fault::value(format!("{place}/manifests"), expected));
        };
        if !only.is_index() {
            return Ok(((*only).clone(), index_digest));
        }
        let (digest, bytes) = fetch(only, blobs, &format!("{place}/manifests"))?;
        index_digest = Some(digest);
        raw = bytes;
        place.push_str("/index");
    }
    Err(fault::value(
        place,
        "at most three indexes inside each other",
    ))
}

/// The reference name stands in the layout's own index; the platform wherever manifests are listed.
fn takes(descriptor: &Descriptor, context: &ImageContext<'_>, depth: usize) -> bool {
    let name = descriptor
        .annotations
        .as_ref()
        .and_then(|notes| notes.get(REF_NAME));
    let named = context
        .reference
        .is_none_or(|wanted| depth > 0 || name.is_some_and(|n| n == wanted));
    let platform = descriptor.platform();
    let fits = match (context.platform, platform) {
        (Some(wanted), Some(found)) => normal(wanted) == normal(&found),
        _ => true,
    };
    named && fits
}

/// The manifest's layers, where it is a runnable OCI image.
fn check_manifest<'m>(
    manifest: &'m Manifest,
    descriptor: &Descriptor,
) -> Result<&'m [Descriptor], ImportError> {
    if manifest.schema_version != 2 {
        return Err(fault::unsupported("manifest/schemaVersion", "2"));
    }
    // The media type may be missing in the manifest; the descriptor always has it.
    let said = manifest
        .media_type
        .as_deref()
        .unwrap_or(&descriptor.media_type);
    if said != OCI_MANIFEST || descriptor.media_type != OCI_MANIFEST {
        return Err(fault::unsupported("manifest/mediaType", OCI_MANIFEST));
    }
    if manifest.manifests.is_some() {
        return Err(fault::unsupported(
            "manifest/manifests",
            "a manifest that is no index too",
        ));
    }
    if manifest.artifact_type.is_some() || manifest.config.media_type == EMPTY_CONFIG {
        return Err(fault::unsupported(
            "manifest/artifactType",
            "an image, not another artifact",
        ));
    }
    let layers = manifest.layers.as_deref().unwrap_or_default();
    if layers.is_empty() {
        return Err(fault::incomplete("manifest/layers", "at least one layer"));
    }
    for (index, layer) in layers.iter().enumerate() {
        layer.digest(&format!("manifest/layers/{index}"))?;
    }
    Ok(layers)
}
