//! The gates of a release, combined into one claim.

use std::collections::BTreeSet;

use super::{GateKind, GateOutcome, GateReason, GateReport, advisory::distinct};
use crate::{
    import::{ImportError, Imported, fault},
    kind::{DeliveryClaim, gates as wire},
};

/// The gates of a release, combined.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Evaluation {
    /// Failed beats inconclusive beats passed.
    pub outcome: GateOutcome,
    /// `delivery.gates.passed`, `.failed` or `.inconclusive`, as the outcome is; its own check has
    /// passed. The evidence holds one entry per document in the order of the gates; the subject is the
    /// image that Trivy's report is about, or empty without one.
    ///
    /// `high_vulns` is the number of distinct pairs of advisory alias group and package at HIGH or
    /// CRITICAL over the dependency and the container gates: one flaw of one package that both tools
    /// report is one. `license_drift` is `none`; the licences outside the allow-set, sorted and joined
    /// by `, `; or `unknown` where the licence gate did not see everything. `gates` stand in the
    /// order of [`GateKind::ALL`].
    pub imported: Imported<DeliveryClaim>,
    /// Why the gates did not pass, and which; empty exactly where they passed.
    pub reasons: Vec<(GateKind, GateReason)>,
}

/// Combines the reports of one release.
///
/// A gate without a report leaves the whole inconclusive; so does any gate without coverage, with
/// errors of its tool, or with findings that nobody scored. A finding at or above a gate's threshold fails
/// the whole, whatever else is unknown. Several reports of one gate (one per source tree) all count.
///
/// # Errors
/// `Import.Mismatch` where two reports are about two images; `Codec.*` where the claim does not hold.
pub fn evaluate(mut reports: Vec<GateReport>) -> Result<Evaluation, ImportError> {
    reports.sort_by_key(GateReport::kind);
    let mut reasons = Vec::new();
    for gate in GateKind::ALL {
        let of_gate = || reports.iter().filter(move |report| report.kind == gate);
        let why = of_gate().flat_map(|report| &report.reasons);
        reasons.extend(why.map(|reason| (gate, reason.clone())));
        if of_gate().next().is_none() {
            reasons.push((gate, GateReason::MissingGate { gate }));
        }
    }
    let mut images = reports.iter().filter_map(|report| report.image);
    let image = images.next();
    if images.any(|other| Some(other) != image) {
        return Err(fault::mismatch("reports", "reports about one image"));
    }
    let license_drift = license_drift(&reports, &reasons);
    let high_vulns = distinct(reports.iter().flat_map(|report| &report.advisories));
    let evidence = reports
        .iter()
        .flat_map(|report| report.evidence.iter().cloned())
        .collect();
    let gates = reports.into_iter().map(|report| report.gate).collect();
    let fields = wire::Gates::new(high_vulns, license_drift, gates);
    let subject = Vec::from_iter(image);
    let outcome = GateOutcome::of(reasons.iter().map(|(_, reason)| reason));
    let imported = match outcome {
        GateOutcome::Failed => {
            let claim = wire::GatesFailed::new(fields);
            Imported::new(claim, evidence, subject).map(|i| dispatch(i, DeliveryClaim::GatesFailed))
        }
        GateOutcome::Inconclusive => {
            let claim = wire::GatesInconclusive::new(fields);
            Imported::new(claim, evidence, subject)
                .map(|i| dispatch(i, DeliveryClaim::GatesInconclusive))
        }
        GateOutcome::Passed => {
            let claim = wire::GatesPassed::new(fields);
            Imported::new(claim, evidence, subject).map(|i| dispatch(i, DeliveryClaim::GatesPassed))
        }
    }?;
    Ok(Evaluation {
        outcome,
        imported,
        reasons,
    })
}

fn dispatch<C>(
    imported: Imported<C>,
    kind: impl FnOnce(C) -> DeliveryClaim,
) -> Imported<DeliveryClaim> {
    let Imported {
        claim,
        evidence,
        subject,
    } = imported;
    Imported {
        claim: kind(claim),
        evidence,
        subject,
    }
}

fn license_drift(reports: &[GateReport], reasons: &[(GateKind, GateReason)]) -> String {
    let named: BTreeSet<&str> = reports
        .iter()
        .flat_map(|r| r.drift.licenses.iter().map(String::as_str))
        .collect();
    if !named.is_empty() {
        return named.into_iter().collect::<Vec<_>>().join(", ");
    }
    let drifted = reports
        .iter()
        .fold(0u64, |sum, report| sum.saturating_add(report.drift.count));
    if drifted > 0 {
        // OSV-Scanner says that a package violates its allow-list, in words that are not repeated.
        return format!("{drifted} packages");
    }
    let unseen = reasons.iter().any(|(gate, _)| *gate == GateKind::License);
    if unseen {
        "unknown".to_owned()
    } else {
        "none".to_owned()
    }
}
