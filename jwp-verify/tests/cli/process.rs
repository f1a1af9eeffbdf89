//! `jwp` as a process among others: what ends it, what it reads, and where its key comes from.

mod ends;
mod key_sources;
mod what_is_read;

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use crate::support::{SUB, fixture, folder};

/// The image of the release.
const IMAGE: &str = "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";

/// A folder with the release of the fixture and the key that began it.
fn released(test: &str) -> PathBuf {
    let folder = folder(test);
    for name in [
        "release.jwp",
        "trust.toml",
        "builder.pem",
        "builder.pub.pem",
    ] {
        fs::copy(fixture(name), folder.join(name)).unwrap();
    }
    // A key in a repository is open to whoever may read that.
    let owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("builder.pem"), owner).unwrap();
    folder
}

/// What passes there: all stages, of the image alone.
fn verify(chain: &str) -> String {
    format!(
        "verify {chain} --trust trust.toml --sub {SUB} --aud prod --image {IMAGE} --now 2026-05-07T12:00:00Z"
    )
}
