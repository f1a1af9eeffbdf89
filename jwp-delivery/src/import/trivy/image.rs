//! The image that a report is about.

use jwp_core::Digest;

use super::Metadata;
use crate::import::{ImportError, fault};

/// The names of one released image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageClosure {
    /// Digest of the manifest.
    pub image: Digest,
    /// Digest of the config; Docker and Trivy call it the image ID.
    pub config: Digest,
    /// Digest of an index that names the manifest, where there is one.
    pub index: Option<Digest>,
}

impl ImageClosure {
    /// A manifest and its config.
    #[must_use]
    pub const fn new(image: Digest, config: Digest) -> Self {
        Self {
            image,
            config,
            index: None,
        }
    }

    /// With the index that names the manifest.
    #[must_use]
    pub const fn with_index(mut self, index: Digest) -> Self {
        self.index = Some(index);
        self
    }
}

/// Refuses a report about another image: the rule of the module above.
pub(super) fn check_image(metadata: &Metadata, closure: &ImageClosure) -> Result<(), ImportError> {
    let image_id = metadata.image_id.as_deref().filter(|id| !id.is_empty());
    if let Some(image_id) = image_id {
        return if image_id.parse() == Ok(closure.config) {
            Ok(())
        } else {
            Err(fault::mismatch(
                "/Metadata/ImageID",
                "the digest of the released image's config",
            ))
        };
    }
    let digests = || metadata.repo_digests.iter().flatten();
    let names = |wanted: Digest| {
        digests().any(|name| {
            name.rsplit_once('@')
                .is_some_and(|(_, d)| d.parse() == Ok(wanted))
        })
    };
    if names(closure.image) {
        Ok(())
    } else if closure.index.is_some_and(names) {
        // An index names several platforms; which of them was scanned, the report does not say.
        Err(fault::mismatch(
            "/Metadata/RepoDigests",
            "the image's manifest, not only its index",
        ))
    } else if digests().next().is_some() {
        Err(fault::mismatch(
            "/Metadata/RepoDigests",
            "the digest of the released image's manifest",
        ))
    } else {
        Err(fault::incomplete("/Metadata", "ImageID or RepoDigests"))
    }
}
