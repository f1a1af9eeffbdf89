//! What canaries and meters say, against themselves and each other.

use jwp_core::{Claim, Decimal, EnergySource, Joules, Meter, MeterScope, ReceiptPayload};
use jwp_delivery::kind::{
    build::BuildCompleted,
    canary::{CanaryAborted, CanaryStep, CanaryStepped, PlanStep},
    gates::GatesPassed,
    release::Outcome,
};

use super::{
    Files,
    across::{aborted, released, time, with},
};
use crate::draft::{BASE, Draft, STEPS, claim, unmetered};

pub(super) fn files(files: &mut Files) {
    plans(files);
    meters(files);
}

fn canary() -> CanaryStepped {
    claim(4)
}

/// R06.
fn plans(files: &mut Files) {
    let mut add = |name: &str, canary: CanaryStepped| {
        let draft = with("canary", "deployer", &unmetered(canary));
        files.add(name, released(draft));
    };
    // 0 and 100 at once: planned so, or with a step at which nobody had it.
    let mut jump = canary();
    let last = jump.0.steps.pop().unwrap();
    let first = jump.0.steps.first().unwrap().started_at;
    let dwell_s = last.started_at.as_secs() + last.dwell_s - first.as_secs();
    let only = CanaryStep::new(100, first, dwell_s, last.analysis);
    jump.0.steps = vec![only];
    jump.0.plan = vec![PlanStep::new(100, 0)];
    add("canary-jumps.jwp", jump.clone());
    let mut before = jump.0.steps[0].clone();
    before.weight = 0;
    before.dwell_s = 60;
    jump.0.steps[0].started_at = time(first.as_secs() + 60);
    jump.0.steps[0].dwell_s -= 60;
    jump.0.steps.insert(0, before);
    jump.0.plan.insert(0, PlanStep::new(0, 0));
    add("canary-jumps-from-nothing.jwp", jump);
    let mut skipped = canary();
    skipped.0.plan.insert(2, PlanStep::new(30, 0));
    add("canary-skips-a-weight.jwp", skipped);
    let mut promoted = canary();
    promoted.0.plan.insert(2, PlanStep::new(30, 600));
    promoted.0.promote_full = true;
    // From 25 to 100 at once.
    let last = promoted.0.steps.pop().unwrap();
    promoted.0.steps[2].weight = 100;
    promoted.0.steps[2].dwell_s += last.dwell_s;
    add("canary-promoted-past-a-weight.jwp", promoted.clone());
    promoted.0.plan[1].weight += 1;
    add("canary-promoted-off-its-plan.jwp", promoted);
    let mut other = canary();
    other.0.plan[1].weight += 1;
    add("canary-at-another-weight.jwp", other);
    let dwell_s = canary().0.steps[1].dwell_s;
    for (name, more, promote_full) in [
        ("canary-hurried.jwp", 1, false),
        ("canary-in-time.jwp", 0, false),
        ("canary-promoted-in-full.jwp", 1, true),
    ] {
        let mut canary = canary();
        canary.0.plan[1].pause_s = dwell_s + more;
        canary.0.promote_full = promote_full;
        add(name, canary);
    }
    // What was aborted was left early, but went as planned as far as it went.
    let mut early = aborted();
    early.0.plan[1].pause_s = dwell_s + 1;
    let mut off = aborted();
    off.0.plan[0].weight += 1;
    let mut hurried = aborted();
    hurried.0.plan[0].pause_s = hurried.0.steps[0].dwell_s + 1;
    let mut beyond = aborted();
    beyond.0.plan.truncate(1);
    let mut add = |name, canary: CanaryAborted| {
        let draft = Draft::of(&STEPS[..4]).push("deployer", &unmetered(canary));
        files.add(name, draft.sealed(Outcome::Aborted).bytes());
    };
    add("canary-aborted-early.jwp", early);
    add("canary-aborted-off-its-plan.jwp", off);
    add("canary-aborted-in-a-hurry.jwp", hurried);
    add("canary-aborted-beyond-its-plan.jwp", beyond);
}

/// A meter of a whole machine, over `window_ms` from `start_ms` after the base.
pub(super) fn machine(start_ms: u64, window_ms: u64) -> Meter {
    let mut meter = Meter::new(EnergySource::Measured, "rapl");
    meter.id = Some("intel-rapl:0".into());
    meter.scope = Some(MeterScope::Machine);
    meter.start_ms = Some(BASE * 1000 + start_ms);
    meter.window_ms = Some(window_ms);
    meter
}

pub(super) fn measured<C: Claim>(claim: C, joules: &str, meter: Meter) -> ReceiptPayload<C> {
    unmetered(claim).with_joules(joules.parse::<Joules>().unwrap(), meter)
}

/// R17, of single figures.
fn meters(files: &mut Files) {
    let mut add = |name: &str, build: Meter, gates: Meter| {
        let build = measured(claim::<BuildCompleted>(0), "0.36", build);
        let gates = measured(claim::<GatesPassed>(2), "1.84", gates);
        let draft = Draft::new().push("builder", &build).then(&STEPS[1..2]);
        let draft = draft.push("security", &gates).then(&STEPS[3..]);
        files.add(name, released(draft));
    };
    let first = || machine(1000, 1000);
    add("meter-twice-at-once.jwp", first(), first());
    add("meter-overlaps.jwp", first(), machine(1999, 1000));
    add("meter-overlaps-in-front.jwp", first(), machine(1, 1000));
    add("meter-inside.jwp", first(), machine(1500, 1));
    add("meter-around.jwp", first(), machine(0, 9000));
    add("meter-behind.jwp", first(), machine(2000, 1000));
    add("meter-in-front.jwp", first(), machine(0, 1000));
    add("meter-of-no-time.jwp", first(), machine(1500, 0));
    let named = |meter: Meter, domains: &[&str]| {
        let mut meter = meter;
        meter.domains = domains.iter().map(|&name| name.to_owned()).collect();
        meter
    };
    let both = named(first(), &["package-0", "dram"]);
    let (dram, core) = (named(first(), &["dram"]), named(first(), &["core"]));
    add("meter-domain-twice.jwp", both.clone(), dram);
    add("meter-of-other-domains.jwp", both, core);
    let with_id = |mut meter: Meter, id: &str| {
        meter.id = Some(id.to_owned());
        meter
    };
    add(
        "meter-of-another-name.jwp",
        first(),
        with_id(first(), "intel-rapl:1"),
    );
    let scoped = || {
        let mut meter = first();
        meter.scope = Some(MeterScope::Cgroup);
        meter
    };
    add("meter-of-control-groups.jwp", scoped(), scoped());
    let modelled = || {
        let mut meter = first();
        meter.source = EnergySource::Modelled;
        meter
    };
    add("meter-modelled-twice.jwp", modelled(), modelled());
    let limited = |max_w: &str| {
        let mut meter = machine(2000, 1000);
        meter.max_w = Some(max_w.parse::<Decimal>().unwrap());
        meter
    };
    // 1.84 J in a second.
    add("meter-at-its-power.jwp", first(), limited("1.84"));
    add(
        "meter-above-its-power.jwp",
        first(),
        limited("1.839999999999"),
    );
}
