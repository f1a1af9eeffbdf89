//! `delivery.dora.snapshot`: how delivery went over the last weeks.

use jwp_core::{Citation, Claim, Decimal, Digest, Evidence, Invalid};
use serde::{Deserialize, Serialize};

use crate::{
    compute::{burn_rate::Counts, dora},
    window::Window,
};

/// DORA's figures over a window: `delivery.dora.snapshot`.
///
/// ```cddl
/// dora-snapshot = {
///   "lead_time_min" => decimal,
///   "change_failure_rate" => decimal,
///   "statistic" => "p50",
///   "window" => window,
///   "deployments" => uint,
///   "failed_deployments" => uint,
///   "deploys_per_day" => decimal,
///   "incidents" => uint,
///   ? "recovery_time_min" => decimal,
///   "events_root" => digest,
/// }
/// ```
///
/// dora.dev's names of 2026: change lead time, change fail rate, deployment frequency, failed
/// deployment recovery time. Lead time is from commit merge to production, the median over changes.
///
/// **Proves** that the issuer computed this from a stream of events with this root. **Does not
/// prove** that the stream is complete. Trusted: who keeps the event stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DoraSnapshot {
    /// The window, half-open.
    pub window: Window,
    /// Incidents in the window.
    pub incidents: u64,
    /// `p50`.
    pub statistic: String,
    /// Deployments to production in the window.
    pub deployments: u64,
    /// RFC 9162 Merkle root over the events.
    pub events_root: Digest,
    /// Median lead time in minutes at 1 place.
    pub lead_time_min: Decimal,
    /// Deployments per day at 1 place.
    pub deploys_per_day: Decimal,
    /// Median minutes from an incident's beginning to its end at 1 place; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_time_min: Option<Decimal>,
    /// Deployments that were rolled back or caused an incident.
    pub failed_deployments: u64,
    /// `failed_deployments / deployments` at 3 places.
    pub change_failure_rate: Decimal,
}

impl DoraSnapshot {
    /// So many deployments in `window`, of which `bad` failed, with the rates that follow. Lead time, incidents and
    /// recovery time are fields to be set.
    ///
    /// `None` without a deployment, for more that failed than there were, and for an empty window.
    #[must_use]
    pub fn new(window: Window, deployments: Counts, events_root: Digest) -> Option<Self> {
        let Counts { bad, total } = deployments;
        Some(Self {
            lead_time_min: Decimal::ZERO,
            change_failure_rate: dora::change_failure_rate(bad, total).ok()?,
            statistic: "p50".to_owned(),
            window,
            deployments: total,
            failed_deployments: bad,
            deploys_per_day: per_day(total, window)?,
            incidents: 0,
            recovery_time_min: None,
            events_root,
        })
    }
}

/// Deployments per day at 1 place.
fn per_day(deployments: u64, window: Window) -> Option<Decimal> {
    let window = dora::Window::between(window.from, window.to)?;
    dora::deploys_per_day(deployments, window).ok()
}

impl Claim for DoraSnapshot {
    const KIND: &'static str = "delivery.dora.snapshot";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["DORA Capabilities", "2024 State of DevOps Report"]
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.window.validate()?;
        if self.statistic != "p50" {
            return Err(Invalid::schema("statistic", "p50"));
        }
        if self.deployments == 0 {
            return Err(Invalid::range("deployments", "at least one"));
        }
        if self.failed_deployments > self.deployments {
            return Err(Invalid::schema("failed_deployments", "at most deployments"));
        }
        let rate = dora::change_failure_rate(self.failed_deployments, self.deployments);
        if rate.ok() != Some(self.change_failure_rate) {
            let expected = "failed_deployments / deployments at 3 places";
            return Err(Invalid::schema("change_failure_rate", expected));
        }
        if per_day(self.deployments, self.window) != Some(self.deploys_per_day) {
            return Err(Invalid::schema(
                "deploys_per_day",
                "deployments per 86,400 s at 1 place",
            ));
        }
        if self.lead_time_min.is_negative() {
            return Err(Invalid::range("lead_time_min", "0 or more"));
        }
        match self.recovery_time_min {
            Some(_) if self.incidents == 0 => Err(Invalid::schema(
                "recovery_time_min",
                "absence without an incident",
            )),
            Some(minutes) if minutes.is_negative() => {
                Err(Invalid::range("recovery_time_min", "0 or more"))
            }
            _ => Ok(()),
        }
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        vec![
            ("lead_time_min", self.lead_time_min.to_string()),
            ("change_failure_rate", self.change_failure_rate.to_string()),
        ]
    }
}
