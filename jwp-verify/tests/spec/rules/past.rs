//! What receipts say has happened, against when they were signed: `…-300.jwp` is the last that passes.

use jwp_core::{EnergySource, Joules, Meter, MeterScope, ReceiptPayload};
use jwp_delivery::{
    Window,
    kind::{
        analysis::AnalysisPassed,
        attestation::AttestationSlsa,
        build::BuildCompleted,
        canary::CanaryStepped,
        dora::DoraSnapshot,
        flag::FlagEvaluated,
        incident::{Incident, IncidentOpened, IncidentResolved},
        rollback::RollbackDisarmed,
    },
};

use super::{
    Files,
    across::{released, time, used, with},
};
use crate::draft::{BASE, Draft, STEPS, about, analysis, claim, unmetered};

pub(super) fn files(files: &mut Files) {
    ends(files);
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
