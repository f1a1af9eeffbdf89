//! R14: what a receipt tells of was over when it was signed.

use jwp_core::{EnergySource, Receipt, Timestamp};
use jwp_delivery::DeliveryClaim;

use crate::{
    code::{Code, Rule},
    finding::{Finding, Place},
};

/// Furthest that a receipt's `iat` may lie after `now`, and the end of what it tells of after its `iat`, in seconds:
/// clocks differ.
pub const MAX_CLOCK_SKEW_S: u64 = 300;

/// Compares what a receipt says has happened with its `iat`. `claim` is that of a known kind.
///
/// Both are the signer's word. Who signs ahead of time what has not happened yet contradicts himself, and nobody could
/// check it later.
pub(super) fn check(
    receipt: &Receipt<'_>,
    claim: Option<&DeliveryClaim>,
    place: Place,
    out: &mut Vec<Finding>,
) {
    let iat = receipt.header().iat().as_secs();
    let latest = iat.saturating_add(MAX_CLOCK_SKEW_S);
    let mut ended = |what, end: u64| {
        if end > latest {
            let found = format!("{what} that ended at {end}");
            let expected = format!("an end at most {MAX_CLOCK_SKEW_S} seconds after iat, {iat}");
            let finding = Finding::new(Code::PolicyClockSkew, found, expected);
            out.push(finding.of_rule(Rule::R14).at(place));
        }
    };
    if let Some((what, end)) = claim.and_then(end) {
        ended(what, end.as_secs());
    }
    if let Some(meter) = receipt.payload().meter()
        && meter.source == EnergySource::Measured
        && let (Some(start_ms), Some(window_ms)) = (meter.start_ms, meter.window_ms)
    {
        let end_ms = start_ms.saturating_add(window_ms);
        ended("a measurement", end_ms.div_ceil(1000));
    }
}

/// What a claim says has happened, and when that was over.
fn end(claim: &DeliveryClaim) -> Option<(&'static str, Timestamp)> {
    let (what, end) = match claim {
        DeliveryClaim::AttestationSlsa(slsa) => ("an entry in the log", slsa.integrated_at),
        DeliveryClaim::FlagEvaluated(flag) => ("a flag", Some(flag.window.to)),
        DeliveryClaim::CanaryStepped(canary) => ("a canary", canary.0.window().map(|it| it.to)),
        DeliveryClaim::CanaryAborted(canary) => ("a canary", canary.0.window().map(|it| it.to)),
        DeliveryClaim::AnalysisPassed(analysis) => ("an analysis", Some(analysis.0.window.to)),
        DeliveryClaim::AnalysisFailed(analysis) => ("an analysis", Some(analysis.0.window.to)),
        DeliveryClaim::AnalysisInconclusive(analysis) => {
            ("an analysis", Some(analysis.0.window.to))
        }
        DeliveryClaim::DoraSnapshot(dora) => ("a snapshot", Some(dora.window.to)),
        DeliveryClaim::RollbackFired(used) => ("a rollback", used.0.finished_at),
        DeliveryClaim::RollbackFailed(used) => ("a rollback", used.0.finished_at),
        DeliveryClaim::RollbackDisarmed(used) => ("a rollback", used.0.finished_at),
        DeliveryClaim::IncidentOpened(incident) => ("an incident", Some(incident.0.opened_at)),
        DeliveryClaim::IncidentResolved(incident) => ("an incident", incident.0.resolved_at),
        _ => return None,
    };
    end.map(|end| (what, end))
}
