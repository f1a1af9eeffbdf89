//! What is wrong when it comes, however the chain ends; and what is right only because something else does not stand.

use jwp_core::{
    Joules, Link, Meter, ReceiptPayload,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::{
    attestation::AttestationSlsa,
    build::BuildCompleted,
    canary::CanaryStepped,
    dora::DoraSnapshot,
    gates::{GatesFailed, GatesPassed},
    release::Outcome,
    rollback::{RollbackArmed, RollbackFailed, RollbackFired},
};

use super::{
    Files,
    across::{aborted, gates_failed, other, used},
    ends::waived,
    figures::{machine, measured},
};
use crate::draft::{BASE, Draft, STEPS, about, claim, release, supersedes, unmetered};

pub(super) fn files(files: &mut Files) {
    torn(files);
    unclear(files);
    successors(files);
    let reissued = {
        let armed = Draft::of(&STEPS[..4]);
        let failed = || unmetered(RollbackFailed::new(used(armed.links[3])));
        let draft = armed.clone().push("deployer", &failed());
        let again = about(claim::<RollbackArmed>(3), "0.18").with_ref(supersedes(draft.links[3]));
        let (draft, first) = (draft.clone().push("deployer", &again), draft.links[4]);
        draft.push(
            "deployer",
            &failed().with_ref(Ref::new(Rel::Reissue, first)),
        )
    };
    files.add("rollback-failed-reissued.jwp", reissued.bytes());
    // At one stage several things are wrong; the codes have an order.
    let expired = about(waived(BASE), "1.84");
    let expired = Draft::of(&STEPS[..2]).push("security", &expired);
    files.add("first-3-waived-until-the-build.jwp", expired.bytes());
    files.add("nothing-but-gates.jwp", Draft::of(&["gates"]).bytes());
    let failed = unmetered(GatesFailed::new(gates_failed().0));
    files.add(
        "nothing-but-failed-gates.jwp",
        Draft::new().push("security", &failed).bytes(),
    );
}

/// Chains that end in the middle of a receipt: what is asked of the end is not asked, what was wrong before is.
fn torn(files: &mut Files) {
    let rest = Draft::of(&STEPS[..1]).bytes();
    let mut add = |name: &str, draft: &Draft| {
        files.add(name, [&*draft.bytes(), &rest[..100]].concat());
    };
    let abort = |draft: Draft| draft.push("deployer", &unmetered(aborted()));
    add(
        "torn-behind-a-canary-without-gates.jwp",
        &abort(Draft::of(&STEPS[..2])),
    );
    add(
        "torn-behind-a-canary-without-armed.jwp",
        &Draft::of(&["build", "attestation", "gates", "canary"]),
    );
    add(
        "torn-behind-a-late-attestation.jwp",
        &Draft::of(&["build", "flag", "attestation"]),
    );
    let behind_abort = |again: &dyn Fn(Draft) -> Draft| again(abort(Draft::of(&STEPS[..3])));
    add(
        "torn-behind-late-gates.jwp",
        &behind_abort(&|draft| {
            let gates = about(claim::<GatesPassed>(2), "1.84");
            let gates = gates.with_ref(supersedes(draft.links[2]));
            draft.push("security", &gates)
        }),
    );
    add(
        "torn-behind-another-attestation.jwp",
        &behind_abort(&|draft| {
            let attestation = about(claim::<AttestationSlsa>(1), "0.21");
            let attestation = attestation.with_ref(supersedes(draft.links[1]));
            draft.push("builder", &attestation)
        }),
    );
    // An attestation that supersedes this one may still come.
    add(
        "torn-behind-a-late-build.jwp",
        &Draft::of(&["attestation", "build"]),
    );
    let mut jump: CanaryStepped = claim(4);
    jump.0.plan[1].weight += 1;
    let four = || Draft::of(&STEPS[..4]);
    add(
        "torn-behind-a-canary-off-its-plan.jwp",
        &four().push("deployer", &unmetered(jump)),
    );
    let build = measured(claim::<BuildCompleted>(0), "0.36", machine(0, 1000));
    let attestation = measured(claim::<AttestationSlsa>(1), "0.21", machine(999, 1000));
    add(
        "torn-behind-overlapping-meters.jwp",
        &Draft::new()
            .push("builder", &build)
            .push("builder", &attestation),
    );
}

/// Behind a receipt that cannot be judged there are no rules across receipts; in front of it there are.
fn unclear(files: &mut Files) {
    let loose = ReceiptPayload::new(claim::<DoraSnapshot>(7));
    let canary = Draft::of(&["build", "attestation", "gates", "canary"]);
    files.add(
        "unknown-key-behind-a-canary-without-armed.jwp",
        canary.push("a stranger", &loose).bytes(),
    );
    let most = loose.clone().with_joules(
        Joules::from_microjoules(u64::MAX),
        Meter::declared("a vector"),
    );
    let draft = Draft::of(&STEPS[..1]).push("a stranger", &loose);
    files.add(
        "unknown-key-before-an-overflow.jwp",
        draft.push("deployer", &most).bytes(),
    );
    let nothing = ReceiptPayload::new(claim::<GatesPassed>(2));
    let strange = ReceiptPayload::new(claim::<RollbackArmed>(3)).with_subject([other()]);
    let draft = Draft::of(&STEPS[..2]).push("security", &nothing);
    files.add(
        "gates-about-nothing-then-another-image.jwp",
        draft.push("deployer", &strange).bytes(),
    );
}

/// Chains that follow another.
fn successors(files: &mut Files) {
    let seal: Link = *release().links.last().unwrap();
    let successor = || Draft::new().in_run(b"what came after.").after(seal);
    let armed = || successor().then(&["armed"]);
    let fired = |of| unmetered(RollbackFired::new(used(of)));
    let own = armed().links[0];
    for (name, of) in [
        ("successor-fires-what-it-armed.jwp", own),
        (
            "successor-fires-what-another-armed.jwp",
            Link::from_bytes([3; 32]),
        ),
    ] {
        files.add(name, armed().push("deployer", &fired(of)).bytes());
    }
    for (name, outcome) in [
        ("successor-sealed-as-aborted.jwp", Outcome::Aborted),
        ("successor-sealed-as-abandoned.jwp", Outcome::Abandoned),
    ] {
        files.add(name, successor().then(&STEPS).sealed(outcome).bytes());
    }
    let whole = successor().then(&STEPS);
    let armed = whole.links[3];
    let back = whole
        .push("deployer", &fired(armed))
        .sealed(Outcome::RolledBack);
    files.add("successor-rolled-back.jwp", back.bytes());
}
