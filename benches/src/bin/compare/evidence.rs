//! The digest of a large file.

use std::io::Write as _;

use jwp_benches::{
    Result,
    compare::{Board, Row},
};
use jwp_core::Evidence;

pub(super) fn measure(out: &mut Board) -> Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    let block: Vec<u8> = (0..=255_u8).cycle().take(1 << 20).collect();
    for _ in 0..64 {
        file.write_all(&block)?;
    }
    let path = file.path();
    let ours = || Evidence::of_file("log", path).map(|evidence| evidence.digest);
    let bare =
        || Ok::<_, std::io::Error>(blake3::Hasher::new().update_mmap_rayon(path)?.finalize());
    assert_eq!(ours()?.as_bytes(), bare()?.as_bytes());
    out.push(
        Row::new(
            "digest of 64 MiB of evidence",
            "bare BLAKE3, mmap and rayon",
            ours,
            bare,
        )
        .rounds(5)
        .at_most(1.05)
        .measure(),
    );
    Ok(())
}
