//! The vectors of the specification, which are part of the project.

use std::path::{Path, PathBuf};

/// Their folder.
pub(crate) fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}
