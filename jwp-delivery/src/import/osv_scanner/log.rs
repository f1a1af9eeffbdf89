//! What a run printed on standard error: its coverage, which the report does not show.

use crate::import::{ImportError, fault};

/// What the lines add up to.
#[derive(Default)]
pub(super) struct Log {
    /// Packages that were looked at.
    pub(super) packages: u64,
    /// Packages that could not be looked up.
    pub(super) ignored: u64,
    /// Vulnerabilities that a configuration hides.
    pub(super) filtered: u64,
    /// Sources that could not be read, whatever the exit status says of the findings in others.
    pub(super) failed: u64,
    /// Findings that a configuration hides without saying why.
    pub(super) unexplained: u64,
}

/// How lines begin that name a source which could not be read.
const FAILURES: [&str; 3] = [
    "Attempted to scan ",
    "Failed to parse SBOM",
    "scan failed for ",
];

/// Reads the lines that count.
///
/// "Scanned F file and found N packages", "Scanned F as T SBOM and found N packages", "Scanned docker
/// image with N packages", "Ignored N packages with invalid PURLs", "Filtered N local package/s
/// from the scan." (or "ignored"), "Filtered N vulnerabilities from output", "… filtered out because: (no
/// reason given)", "Attempted to scan lockfile but failed: …", "scan failed for git repository, …", "Failed to parse SBOM
/// using all supported formats:". The number is taken
/// from the end of a line, so that a path with such words in it does not count.
pub(super) fn read_log(stderr: &[u8]) -> Result<Log, ImportError> {
    let mut log = Log::default();
    let mut left_out = 0u64;
    for (i, line) in stderr.split(|&b| b == b'\n').enumerate() {
        let Ok(line) = core::str::from_utf8(line) else {
            continue;
        };
        let line = line.trim_end();
        let place = || format!("stderr line {}", i.saturating_add(1));
        let add = |sum: &mut u64, number: &str| -> Result<(), ImportError> {
            let number: Option<u64> = number.parse().ok();
            let total = number.and_then(|number| sum.checked_add(number));
            *sum = total.ok_or_else(|| fault::value(place(), "a count of packages"))?;
            Ok(())
        };
        let packages = |rest: &str| {
            rest.strip_suffix(" packages")
                .or_else(|| rest.strip_suffix(" package"))
                .map(str::len)
        };
        if let Some(rest) = line.strip_prefix("Scanned ") {
            let counted = rest
                .rsplit_once(" and found ")
                .map(|(_, rest)| rest)
                .or_else(|| rest.strip_prefix("docker image with "));
            if let Some(counted) = counted
                && let Some(digits) = packages(counted)
            {
                add(&mut log.packages, counted.get(..digits).unwrap_or_default())?;
            }
        } else if let Some(rest) = line.strip_prefix("Ignored ") {
            if let Some((number, "packages with invalid PURLs" | "package with invalid PURLs")) =
                rest.split_once(' ')
            {
                add(&mut log.ignored, number)?;
            }
        } else if FAILURES.iter().any(|words| line.starts_with(words)) {
            log.failed = log.failed.saturating_add(1);
        } else if line.ends_with("filtered out because: (no reason given)") {
            log.unexplained = log.unexplained.saturating_add(1);
        } else if let Some(rest) = line.strip_prefix("Filtered ") {
            match rest.split_once(' ') {
                Some((number, rest)) if rest.ends_with("package/s from the scan.") => {
                    add(&mut left_out, number)?;
                }
                Some((number, "vulnerability from output" | "vulnerabilities from output")) => {
                    add(&mut log.filtered, number)?;
                }
                _ => {}
            }
        }
    }
    log.packages = log.packages.saturating_sub(left_out);
    Ok(log)
}
