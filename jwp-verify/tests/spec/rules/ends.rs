//! Seals, stages, and chains that stop on the way.

use jwp_core::{Kind, Link, ReceiptPayload, Timestamp, merkle};
use jwp_delivery::kind::{
    dora::DoraSnapshot,
    flag::FlagEvaluated,
    gates::{GatesWaived, Waiver},
    incident::{Incident, IncidentOpened},
    release::{Outcome, ReleaseSealed},
    rollback::{RollbackArmed, RollbackFired},
    trust::ReceiptEndorsed,
};

use super::{Files, across};
use crate::draft::{BASE, Draft, STEPS, about, claim, release, unmetered};

/// The canary of a whole release is signed at this second.
const CANARY: u64 = BASE + 4 * 60;

fn kind(name: &str) -> Kind {
    Kind::parse(name).unwrap()
}

pub(super) fn waived(until: u64) -> GatesWaived {
    let mut gates = across::gates_failed().0;
    let expires = Timestamp::from_secs(until).unwrap();
    let what = ("sca", "OSV-2026-1");
    gates.waivers = vec![Waiver::new(what, "not reachable", "security lead", expires)];
    GatesWaived::new(gates)
}

pub(super) fn files(files: &mut Files) {
    seals(files);
    outcomes(files);
    stages(files);
}

fn seals(files: &mut Files) {
    let all = || Draft::of(&STEPS);
    let seal = |change: fn(&mut ReleaseSealed)| all().sealed_with(Outcome::Released, change);
    files.add(
        "seal-counts-itself.jwp",
        seal(|seal| {
            seal.receipts = 9;
            seal.kinds.insert(kind("delivery.release.sealed"), 1);
        })
        .bytes(),
    );
    files.add(
        "seal-names-another-kind.jwp",
        seal(|seal| {
            seal.kinds.remove(&kind("delivery.gates.passed"));
            seal.kinds.insert(kind("delivery.gates.waived"), 1);
        })
        .bytes(),
    );
    // The tree over the links alone, which says nothing of the signatures.
    let bare: Vec<_> = all()
        .links
        .iter()
        .map(|link| merkle::leaf_hash(&[link.as_bytes()]))
        .collect();
    let root = merkle::root(&bare).to_vec();
    let without = all().sealed_with(Outcome::Released, |seal| seal.root = root.into());
    files.add("seal-root-without-signatures.jwp", without.bytes());
    let metered = about(all().seal_with(Outcome::Released, |_| ()), "5.46");
    files.add(
        "seal-with-joules.jwp",
        all().push("deployer", &metered).bytes(),
    );
    let seven = || {
        let dora = ReceiptPayload::new(claim::<DoraSnapshot>(7));
        Draft::of(&STEPS[..7]).push("deployer", &dora)
    };
    files.add(
        "one-unmetered.jwp",
        seven().sealed(Outcome::Released).bytes(),
    );
    let zero = seven().sealed_with(Outcome::Released, |seal| seal.unmetered = 0);
    files.add("seal-takes-unmetered-for-0.jwp", zero.bytes());
    let sealed = release();
    let link = *sealed.links.last().unwrap();
    let behind = ReceiptEndorsed::new(link, 8, kind("delivery.release.sealed"));
    let behind = sealed.push("security", &ReceiptPayload::new(behind));
    files.add("seal-and-something-behind.jwp", behind.bytes());
}

fn outcomes(files: &mut Files) {
    let four = || Draft::of(&STEPS[..4]);
    files.add("abandoned.jwp", four().sealed(Outcome::Abandoned).bytes());
    let mut unused: FlagEvaluated = claim(5);
    unused.admitted_count = 0;
    for (name, flag) in [
        ("abandoned-after-flag.jwp", claim(5)),
        ("abandoned-after-unused-flag.jwp", unused),
    ] {
        let draft = four().push("deployer", &about(flag, "0.55"));
        files.add(name, draft.sealed(Outcome::Abandoned).bytes());
    }
    files.add(
        "released-without-canary.jwp",
        four().sealed(Outcome::Released).bytes(),
    );
    files.add(
        "abandoned-after-canary.jwp",
        Draft::of(&STEPS).sealed(Outcome::Abandoned).bytes(),
    );
    let seal: Link = *release().links.last().unwrap();
    let successor = || Draft::new().in_run(b"what came after.").after(seal);
    files.add(
        "successor-sealed-as-released.jwp",
        successor().then(&STEPS).sealed(Outcome::Released).bytes(),
    );
    files.add("successor-open.jwp", successor().then(&STEPS).bytes());
    let opened = Timestamp::from_secs(BASE).unwrap();
    let incident = unmetered(IncidentOpened::new(Incident::new("INC-7", opened)));
    let fired = unmetered(RollbackFired::new(across::used(Link::from_bytes([3; 32]))));
    files.add(
        "successor-with-fired-rollback.jwp",
        successor().push("deployer", &fired).bytes(),
    );
    files.add(
        "successor-with-incident.jwp",
        successor().push("deployer", &incident).bytes(),
    );
}

fn stages(files: &mut Files) {
    for missing in [
        "build",
        "attestation",
        "gates",
        "armed",
        "flag",
        "analysis",
        "dora",
    ] {
        let steps: Vec<&str> = STEPS.into_iter().filter(|step| *step != missing).collect();
        let name = format!("no-{missing}.jwp");
        files.add(&name, Draft::of(&steps).sealed(Outcome::Released).bytes());
    }
    for count in 1..=4 {
        let name = format!("first-{count}.jwp");
        files.add(&name, Draft::of(&STEPS[..count]).bytes());
    }
    let two = || Draft::of(&STEPS[..2]);
    let failed = two().push("security", &about(across::gates_failed(), "1.84"));
    files.add("first-3-gates-failed.jwp", failed.bytes());
    let whole = |until| {
        let gates = about(waived(until), "1.84");
        two().push("security", &gates).then(&STEPS[3..])
    };
    files.add(
        "waived-until-the-canary.jwp",
        whole(CANARY).sealed(Outcome::Released).bytes(),
    );
    files.add(
        "waived-until-before-the-canary.jwp",
        whole(CANARY - 1).sealed(Outcome::Released).bytes(),
    );
    let open = two().push("security", &about(waived(BASE + 86_400), "1.84"));
    files.add("first-3-waived.jwp", open.bytes());
    for (name, expires) in [
        ("armed-until-the-canary.jwp", CANARY),
        ("armed-until-before-the-canary.jwp", CANARY - 1),
    ] {
        let mut armed: RollbackArmed = claim(3);
        armed.0.expires = Timestamp::from_secs(expires).unwrap();
        let draft = Draft::of(&STEPS[..3]).push("deployer", &about(armed, "0.18"));
        let draft = draft.then(&STEPS[4..]).sealed(Outcome::Released);
        files.add(name, draft.bytes());
    }
    let dora = ReceiptPayload::new(claim::<DoraSnapshot>(7));
    files.add(
        "about-no-image.jwp",
        Draft::new().push("deployer", &dora).bytes(),
    );
}
