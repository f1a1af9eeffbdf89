//! What receipts say has happened, against when they were signed: `…-300.jwp` is the last that passes.

use jwp_core::{Claim, EnergySource, Joules, Meter, MeterScope, ReceiptPayload};
use jwp_delivery::{
    Window,
    kind::{
        analysis::AnalysisPassed,
        attestation::AttestationSlsa,
        build::BuildCompleted,
        canary::CanaryStepped,
        dora::DoraSnapshot,
        flag::FlagEvaluated,
        gates::GatesPassed,
        incident::{Incident, IncidentOpened, IncidentResolved},
        rollback::{RollbackArmed, RollbackDisarmed},
    },
};

use super::{
    Files,
    across::{released, time, used, with},
    ends::waived,
};
use crate::draft::{BASE, Draft, STEPS, about, analysis, claim, supersedes, unmetered};

pub(super) fn files(files: &mut Files) {
    ends(files);
    expiries(files);
    again(files);
}

/// When the receipt at `seq` is signed.
const fn signed(seq: u64) -> u64 {
    BASE + 60 * seq
}

/// The canary, so that it ends at `end`.
fn canary(end: u64) -> CanaryStepped {
    let mut canary: CanaryStepped = claim(4);
    let late = end - canary.0.window().unwrap().to.as_secs();
    for step in &mut canary.0.steps {
        step.started_at = time(step.started_at.as_secs() + late);
    }
    canary
}

/// A window as long as this one, up to `end`.
fn until(window: Window, end: u64) -> Window {
    Window::new(time(end - window.length_s()), time(end))
}

fn flag(end: u64) -> ReceiptPayload<FlagEvaluated> {
    let mut flag: FlagEvaluated = claim(5);
    flag.window = until(flag.window, end);
    about(flag, "0.55")
}

fn analysed(end: u64) -> ReceiptPayload<AnalysisPassed> {
    let mut analysis = analysis();
    analysis.0.window = until(analysis.0.window, end);
    about(analysis, "0.41")
}

/// Four steps, and then traffic that ends at `end`, in the order of `names`.
fn traffic(draft: Draft, names: &[&str], end: u64) -> Draft {
    names.iter().fold(draft, |draft, name| match *name {
        "canary" => draft.push("deployer", &about(canary(end), "1.62")),
        "flag" => draft.push("deployer", &flag(end)),
        "analysis" => draft.push("deployer", &analysed(end)),
        other => panic!("no traffic {other}"),
    })
}

fn ends(files: &mut Files) {
    for late in [300, 301] {
        let mut add = |what: &str, bytes| files.add(&format!("{what}-{late}.jwp"), bytes);
        for (what, names) in [
            ("canary-ends-late", ["canary", "flag", "analysis"]),
            ("flag-ends-late", ["flag", "canary", "analysis"]),
            ("analysis-ends-late", ["analysis", "canary", "flag"]),
        ] {
            let draft = traffic(Draft::of(&STEPS[..4]), &names, signed(4) + late);
            add(what, released(draft.then(&["dora"])));
        }
        let mut dora: DoraSnapshot = claim(7);
        dora.window = until(dora.window, signed(7) + late);
        let draft = with("dora", "deployer", &about(dora, "0.29"));
        add("dora-ends-late", released(draft));
        let mut slsa: AttestationSlsa = claim(1);
        slsa.integrated_at = Some(time(signed(1) + late));
        let draft = with("attestation", "builder", &about(slsa, "0.21"));
        add("attestation-logged-late", released(draft));
        let all = || Draft::of(&STEPS);
        let mut rollback = used(all().links[3]);
        rollback.finished_at = Some(time(signed(8) + late));
        rollback.measured_ms = Some((signed(8) + late - BASE) * 1000);
        let disarmed = unmetered(RollbackDisarmed::new(rollback));
        add(
            "rollback-finished-late",
            released(all().push("deployer", &disarmed)),
        );
        let incident = Incident::new("INC-7", time(signed(8) + late));
        let opened = unmetered(IncidentOpened::new(incident));
        add(
            "incident-opened-late",
            all().push("deployer", &opened).bytes(),
        );
        let mut incident = Incident::new("INC-7", time(BASE));
        incident.resolved_at = Some(time(signed(8) + late));
        let resolved = unmetered(IncidentResolved::new(incident));
        add(
            "incident-resolved-late",
            released(all().push("deployer", &resolved)),
        );
    }
    for (name, window_ms) in [
        ("meter-ends-late-300.jwp", 1000),
        ("meter-ends-late-300-and-a-millisecond.jwp", 1001),
    ] {
        let mut meter = Meter::new(EnergySource::Measured, "rapl");
        meter.id = Some("a build".into());
        meter.scope = Some(MeterScope::Process);
        meter.start_ms = Some((signed(0) + 299) * 1000);
        meter.window_ms = Some(window_ms);
        let build = unmetered(claim::<BuildCompleted>(0));
        let build = build.with_joules("0.36".parse::<Joules>().unwrap(), meter);
        files.add(name, released(with("build", "builder", &build)));
    }
}

fn armed(expires: u64) -> ReceiptPayload<RollbackArmed> {
    let mut armed: RollbackArmed = claim(3);
    armed.0.expires = time(expires);
    about(armed, "0.18")
}

/// What a canary needs is needed until it ends, though it was signed a minute before.
fn expiries(files: &mut Files) {
    let end = signed(4) + 60;
    for (name, expires) in [
        ("until-the-canary-ends", end),
        ("until-before-the-canary-ends", end - 1),
    ] {
        let names = ["canary", "flag", "analysis"];
        let draft = Draft::of(&STEPS[..3]).push("deployer", &armed(expires));
        let draft = traffic(draft, &names, end).then(&["dora"]);
        files.add(&format!("armed-{name}.jwp"), released(draft));
        let gates = about(waived(expires), "1.84");
        let draft = Draft::of(&STEPS[..2]).push("security", &gates);
        let draft = traffic(draft.then(&["armed"]), &names, end).then(&["dora"]);
        files.add(&format!("waived-{name}.jwp"), released(draft));
    }
}

fn superseding<C: Claim>(
    draft: Draft,
    issuer: &str,
    payload: ReceiptPayload<C>,
    seq: usize,
) -> Draft {
    let link = draft.links[seq];
    draft.push(issuer, &payload.with_ref(supersedes(link)))
}

/// What had expired is made anew behind the canary, and the canary too.
fn again(files: &mut Files) {
    let later = BASE + 86_400;
    for (name, expires) in [("in-time", signed(4)), ("too-late", signed(4) - 1)] {
        let first = Draft::of(&STEPS[..3]).push("deployer", &armed(expires));
        let draft = superseding(first.then(&["canary"]), "deployer", armed(later), 3);
        let draft = superseding(draft, "deployer", unmetered(claim::<CanaryStepped>(4)), 4);
        let draft = draft.then(&STEPS[5..]);
        files.add(&format!("armed-again-{name}.jwp"), released(draft));
        let first = Draft::of(&STEPS[..2]).push("security", &about(waived(expires), "1.84"));
        let draft = first.then(&["armed", "canary"]);
        let gates = about(claim::<GatesPassed>(2), "1.84");
        let draft = superseding(draft, "security", gates, 2);
        let draft = superseding(draft, "deployer", armed(later), 3);
        let draft = superseding(draft, "deployer", unmetered(claim::<CanaryStepped>(4)), 4);
        let draft = draft.then(&STEPS[5..]);
        files.add(&format!("gates-again-{name}.jwp"), released(draft));
    }
}
