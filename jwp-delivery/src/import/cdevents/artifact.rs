//! What an artifact's name says of it: the digest in a package URL `pkg:oci/name@sha256%3A<hex>`.

use jwp_core::Digest;

use crate::import::{ImportError, fault};

/// The digest in an `artifactId` that must have one.
pub(super) fn required(id: Option<&String>, place: &str) -> Result<Digest, ImportError> {
    let expected = "an artifactId pkg:oci/<name>@sha256%3A<64 hex digits>";
    let id = id.ok_or_else(|| fault::incomplete(place, expected))?;
    digest(id).ok_or_else(|| fault::value(place, expected))
}

/// The digest in a package URL, where it has one.
pub(super) fn digest(id: &str) -> Option<Digest> {
    let (_, version) = id.strip_prefix("pkg:oci/")?.rsplit_once('@')?;
    let version = version.split(['?', '#']).next()?;
    let hex = version
        .strip_prefix("sha256%3A")
        .or_else(|| version.strip_prefix("sha256%3a"));
    let hex = hex.or_else(|| version.strip_prefix("sha256:"))?;
    ["sha256:", hex].concat().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn package_urls_give_digests() {
        let hex = "0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427";
        let digest = ["sha256:", hex].concat().parse().ok();
        for purl in [
            format!("pkg:oci/myapp@sha256%3A{hex}"),
            format!("pkg:oci/myapp@sha256%3a{hex}?repository_url=images.example/a"),
            format!("pkg:oci/myapp@sha256:{hex}"),
        ] {
            assert_eq!(super::digest(&purl), digest, "{purl}");
        }
        for purl in [
            format!("pkg:npm/myapp@sha256%3A{hex}"),
            format!("pkg:oci/myapp@{hex}"),
            format!("pkg:oci/myapp@sha512%3A{hex}"),
            "pkg:oci/myapp@sha256%3A0b31".to_owned(),
            "pkg:oci/myapp".to_owned(),
        ] {
            assert_eq!(super::digest(&purl), None, "{purl}");
        }
    }
}
