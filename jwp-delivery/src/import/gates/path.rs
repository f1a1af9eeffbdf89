//! The form of a path that a report names.

use crate::import::{ImportError, fault};

/// Whether a path in a report may be absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathRule {
    /// `src/main.c`
    Relative,
    /// `/src/main.c` too: OSV-Scanner makes every path absolute.
    AbsoluteAllowed,
}

/// Longest path: `PATH_MAX` of Linux.
const PATH_MAX: usize = 4096;

/// Checks the form of a path that a report names. No importer opens one, and none enters a claim.
pub(crate) fn check_path(
    path: &str,
    rule: PathRule,
    place: impl FnOnce() -> String,
) -> Result<(), ImportError> {
    let relative = path
        .strip_prefix('/')
        .filter(|_| rule == PathRule::AbsoluteAllowed);
    let relative = relative.unwrap_or(path);
    let drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let fits = !relative.is_empty()
        && path.len() <= PATH_MAX
        && !drive
        && !relative.starts_with(['/', '\\'])
        && !path.chars().any(char::is_control)
        && !path.split(['/', '\\']).any(|part| part == "..");
    if fits {
        Ok(())
    } else {
        Err(fault::path(place()))
    }
}
