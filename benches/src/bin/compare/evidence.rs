//! The digest of a large file.

use std::io::Write as _;

use jwp_benches::{
    Result,
    compare::{Board, Row},
};
use jwp_core::Evidence;
use tempfile::NamedTempFile;

use super::Inputs;

/// Written once: what the system has not yet written to the disk would be written while others are measured.
pub(super) fn file() -> Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    let block: Vec<u8> = (0..=255_u8).cycle().take(1 << 20).collect();
    for _ in 0..64 {
        file.write_all(&block)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

pub(super) fn measure(inputs: &Inputs, out: &mut Board) -> Result<()> {
    let path = inputs.evidence.path();
    let ours = || Evidence::of_file("log", path).map(|evidence| evidence.digest);
    let bare =
        || Ok::<_, std::io::Error>(blake3::Hasher::new().update_mmap_rayon(path)?.finalize());
    assert_eq!(ours()?.as_bytes(), bare()?.as_bytes());
    out.measure(
        Row::new(
            "digest of 64 MiB of evidence",
            "bare BLAKE3, mmap and rayon",
            ours,
            bare,
        )
        .rounds(5)
        .at_most(1.05),
    );
    Ok(())
}
