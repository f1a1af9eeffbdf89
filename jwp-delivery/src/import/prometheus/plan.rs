//! The plan: what the server was asked, and what the answers are measured against.

use std::collections::BTreeMap;

use jwp_core::{Decimal, Timestamp};
use serde::Deserialize;

use crate::{
    import::{ImportError, fault},
    window::Window,
};

/// The names of the files that a plan needs, for a caller who opens them. Names are plain: letters,
/// digits, `.`, `_` and `-`, no folders.
///
/// # Errors
/// As [`import`](super::import) refuses a plan.
pub fn plan_files(plan: &[u8]) -> Result<Vec<String>, ImportError> {
    Ok(read(plan)?
        .queries
        .into_iter()
        .map(|query| query.file)
        .collect())
}

/// Reads a plan: every role is known, every file name is plain, and nothing is asked for twice.
pub(super) fn read(plan: &[u8]) -> Result<Plan, ImportError> {
    let plan: Plan = fault::json(plan)?;
    if plan.jwp != "prometheus-plan/1" {
        return Err(fault::unsupported("/jwp", "prometheus-plan/1"));
    }
    // The claim's field is the 99th percentile, and no other.
    if plan.quantile.to_string() != "0.99" {
        return Err(fault::value("/quantile", "0.99"));
    }
    for (i, query) in plan.queries.iter().enumerate() {
        let place = |member: &str| format!("/queries/{i}/{member}");
        if !ROLES.contains(&query.role.as_str()) {
            return Err(fault::unsupported(
                place("role"),
                "a role of prometheus-plan/1",
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if query.file.is_empty() || query.file.starts_with('.') || !query.file.chars().all(plain) {
            return Err(fault::path(place("file")));
        }
        let asked =
            query.role == "buildinfo" || query.query.as_deref().is_some_and(|q| !q.is_empty());
        if !asked {
            return Err(fault::incomplete(
                place("query"),
                "the query as it was sent",
            ));
        }
        if query.role.starts_with("burn_") != query.window.is_some() {
            return Err(fault::value(
                place("window"),
                "a window for the burn roles only",
            ));
        }
        // 60m is 1h.
        let twin =
            |other: &&PlanQuery| other.role == query.role && other.window_s() == query.window_s();
        if plan.queries.iter().take(i).any(|other| twin(&other)) {
            return Err(fault::value(
                place("role"),
                "each role once (and window, for burn)",
            ));
        }
    }
    Ok(plan)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    jwp: String,
    pub(super) window: PlanWindow,
    pub(super) slo: Decimal,
    pub(super) quantile: Decimal,
    #[serde(default)]
    pub(super) abort_threshold: Option<AbortThreshold>,
    pub(super) burn: Vec<PlanPair>,
    pub(super) queries: Vec<PlanQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanWindow {
    from: u64,
    to: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbortThreshold {
    pub(super) p99_increase: Decimal,
    pub(super) error_rate: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanPair {
    long: String,
    short: String,
    pub(super) factor: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanQuery {
    pub(super) role: String,
    pub(super) file: String,
    #[serde(default)]
    pub(super) query: Option<String>,
    #[serde(default)]
    window: Option<String>,
    #[serde(default)]
    pub(super) unit: Option<String>,
    #[serde(default)]
    pub(super) select: BTreeMap<String, String>,
}

impl PlanWindow {
    pub(super) fn to_claim(&self) -> Result<Window, ImportError> {
        let place = "/window";
        let at = |seconds| {
            let expected = "from and to in seconds since the epoch";
            Timestamp::from_secs(seconds).ok_or_else(|| fault::value(place, expected))
        };
        fault::window(place, at(self.from)?, at(self.to)?)
    }
}

impl PlanPair {
    /// The lengths of the long and the short window in seconds, where both have one.
    pub(super) fn lengths_s(&self) -> Option<(u64, u64)> {
        seconds(&self.long).zip(seconds(&self.short))
    }
}

impl PlanQuery {
    /// The length of its window in seconds, where it has one.
    pub(super) fn window_s(&self) -> Option<u64> {
        self.window.as_deref().and_then(seconds)
    }
}

/// A length such as `90s`, `5m`, `1h` or `3d`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits
        .parse::<u64>()
        .ok()?
        .checked_mul(scale)
        .filter(|&s| s > 0)
}

const ROLES: [&str; 10] = [
    "baseline_buckets",
    "baseline_errors",
    "baseline_requests",
    "buildinfo",
    "burn_bad",
    "burn_ratio",
    "burn_total",
    "canary_buckets",
    "canary_errors",
    "canary_requests",
];

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn windows_are_whole_seconds() {
        let all = [("90s", 90), ("5m", 300), ("1h", 3600), ("3d", 259_200)];
        assert!(
            all.iter()
                .all(|&(text, length)| seconds(text) == Some(length))
        );
        for text in ["", "5", "m", "0m", "1w", "1.5h", "5mm", "-5m", "1h30m"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
