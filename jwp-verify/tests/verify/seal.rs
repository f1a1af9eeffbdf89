//! The seal, issued and checked.

use jwp_core::{Joules, Link, Meter, ReceiptPayload, Signer as _, Timestamp, cbor::Bytes};
use jwp_delivery::kind::{
    canary::CanaryAborted,
    release::{Outcome, ReleaseSealed},
};
use jwp_verify::{
    Stage,
    seal::{self, Abandoned},
};

use crate::support::*;

fn now() -> Timestamp {
    at(NOW)
}

#[test]
fn prepared_seal_is_the_seal() {
    let open = draft(steps());
    let prepared = seal::prepare(&open.bytes(), &trust(), now(), Abandoned::No).unwrap();
    let claim = prepared.payload.claim().clone();
    assert_eq!((claim.receipts, claim.outcome), (8, Outcome::Released));
    assert_eq!(claim.head, open.links[DORA]);
    assert_eq!(claim.joules.total().unwrap().to_string(), "5.46");
    let mut writer = prepared.writer;
    let iat = at(signed(10));
    let bytes = writer
        .append(&prepared.payload, &id("deployer"), iat, &key("deployer"))
        .unwrap();
    passes(&check(&[open.bytes(), bytes].concat(), &expect()));
}

#[test]
fn outcome_is_computed() {
    let outcome = |steps: Vec<Step>, abandoned| {
        let prepared = seal::prepare(&draft(steps).bytes(), &trust(), now(), abandoned);
        prepared
            .map(|prepared| prepared.payload.claim().outcome)
            .map_err(|report| report.codes())
    };
    let upto = |n: usize| {
        let mut steps = steps();
        steps.truncate(n);
        steps
    };
    let mut aborting = upto(CANARY);
    aborting.push(step("deployer", aborted()));
    assert_eq!(outcome(aborting, Abandoned::No), Ok(Outcome::Aborted));
    let mut firing = steps();
    firing.push(Box::new(|draft| {
        let payload = fired(draft.links[ARMED]);
        draft.push("deployer", &payload);
    }));
    assert_eq!(outcome(firing, Abandoned::No), Ok(Outcome::RolledBack));
    assert_eq!(
        outcome(upto(CANARY), Abandoned::Yes),
        Ok(Outcome::Abandoned)
    );
    assert_eq!(
        outcome(upto(CANARY), Abandoned::No),
        Err(vec!["Policy.Outcome"])
    );
    assert_eq!(
        outcome(steps(), Abandoned::Yes),
        Err(vec!["Policy.Outcome"])
    );
    // Whom a flag admitted has met the image, with or without a canary.
    let mut flagged = upto(CANARY);
    flagged.push(step("deployer", flag()));
    assert_eq!(
        outcome(flagged, Abandoned::Yes),
        Err(vec!["Policy.Outcome"])
    );
    let mut nobody = flag_claim(BASE, BASE + 720);
    nobody.admitted_count = 0;
    let mut unused = upto(CANARY);
    let payload = ReceiptPayload::new(nobody).with_subject([image()]);
    unused.push(step("deployer", payload));
    assert_eq!(outcome(unused, Abandoned::Yes), Ok(Outcome::Abandoned));
    // Traffic that moved has moved, though a later receipt supersedes the one that says so.
    let mut undone = upto(CANARY + 1);
    let mut canary = canary(&[0]);
    canary.rollback_fired = true;
    let payload = ReceiptPayload::new(CanaryAborted::new(canary)).with_subject([image()]);
    undone.push(superseding("deployer", payload, CANARY));
    assert_eq!(outcome(undone, Abandoned::Yes), Err(vec!["Policy.Outcome"]));
}

#[test]
fn what_does_not_verify_is_not_sealed() {
    let refused = |bytes: &[u8]| {
        let report = seal::prepare(bytes, &trust(), now(), Abandoned::No).unwrap_err();
        (report.exit_code(), report.codes())
    };
    assert_eq!(refused(b""), (3, vec!["Codec.Truncated"]));
    assert_eq!(refused(&release().bytes()), (1, vec!["Seal.NotLast"]));
    let mut bytes = draft(steps()).bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(refused(&bytes), (1, vec!["Envelope.BadSignature"]));
    // T111
    let report = seal::open(&bytes, &trust(), now()).unwrap_err();
    codes(
        &report,
        1,
        &["Envelope.BadSignature", "Chain.UnverifiedHead"],
    );
    // Bytes of which nobody knows what they are have no head.
    for bytes in [&b"\xff"[..], b"no receipt", b""] {
        let codes = |report: Box<jwp_verify::Report>| (report.exit_code(), report.codes());
        let opened = seal::open(bytes, &trust(), now())
            .map(|_| ())
            .map_err(codes);
        let prepared = seal::prepare(bytes, &trust(), now(), Abandoned::No);
        assert_eq!(opened, prepared.map(|_| ()).map_err(codes));
        assert_eq!(opened.map_err(|(exit, _)| exit), Err(3));
    }
    let opened = seal::open(&draft(steps()).bytes(), &trust(), now()).unwrap();
    assert_eq!((opened.image, opened.sealed), (Some(image()), false));
    assert_eq!(opened.writer.next_seq(), 8);
}

#[track_caller]
fn mismatch(change: impl FnOnce(&mut ReleaseSealed) + 'static, rule: &str) {
    let mut steps = steps();
    steps.push(sealed(Outcome::Released, change));
    let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 1, &["Seal.Mismatch"]);
    assert_eq!(report.findings[0].rule, Some(rule));
}

/// T110, R17, R18: every figure of the seal, and the seal says nothing about itself.
#[test]
fn every_figure_is_compared() {
    mismatch(|seal| seal.head = Link::from_bytes([1; 32]), "R18");
    mismatch(|seal| seal.root = Bytes::from(&[1; 32][..]), "R18");
    mismatch(
        |seal| seal.joules.declared = Some("4".parse().unwrap()),
        "R17",
    );
    mismatch(|seal| seal.joules.declared = None, "R17");
    mismatch(
        |seal| seal.joules.measured = Some(Joules::from_microjoules(0)),
        "R17",
    );
    mismatch(|seal| seal.unmetered = 1, "R17");
    mismatch(
        |seal| {
            seal.kinds
                .remove(&"delivery.build.completed".parse().unwrap())
                .unwrap();
            *seal
                .kinds
                .get_mut(&"delivery.dora.snapshot".parse().unwrap())
                .unwrap() += 1;
        },
        "R18",
    );
    // Counting itself.
    mismatch(
        |seal| {
            seal.receipts += 1;
            seal.kinds
                .insert("delivery.release.sealed".parse().unwrap(), 1);
        },
        "R18",
    );
    mismatch(|seal| seal.outcome = Outcome::Aborted, "R18");
}

/// The root covers the signatures: the same receipts signed anew have another one.
#[test]
fn root_covers_signatures() {
    let whole = draft(steps());
    let mut tally = seal::Tally::new();
    let mut forged = seal::Tally::new();
    let bytes = whole.bytes();
    for item in jwp_core::chain::Receipts::new(&bytes) {
        let (_, receipt) = item.unwrap();
        let trust = trust();
        let key = trust.key(&receipt.kid()).unwrap().verifying_key().clone();
        tally.push(&receipt.verify(&key).unwrap()).unwrap();
    }
    let receipt = jwp_core::UnverifiedReceipt::parse(&whole.receipts[0]).unwrap();
    let receipt = receipt.verify(key("builder").verifying_key()).unwrap();
    forged.push(&receipt).unwrap();
    let entry = [receipt.link().as_bytes().as_slice(), receipt.signature()].concat();
    assert_eq!(entry.len(), 96);
    let root = forged.seal(Outcome::Released).unwrap().root;
    let leaf = jwp_core::merkle::leaf_hash(&[&entry]);
    assert_eq!(root.as_slice(), leaf.as_bytes());
    assert_ne!(root, tally.seal(Outcome::Released).unwrap().root);
}

#[test]
fn unmetered_receipts_are_counted_and_are_not_zero() {
    let mut steps = steps();
    let payload = ReceiptPayload::new(build_claim()).with_subject([image()]);
    steps[0] = step("builder", payload);
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    passes(&report);
    assert!(
        report
            .verdict()
            .contains(", 5.1 J (declared), 1 unmetered, "),
        "{}",
        report.verdict()
    );
}

/// T81
#[test]
fn sums_that_overflow_are_refused() {
    let huge = || {
        let most = Joules::from_microjoules(u64::MAX);
        ReceiptPayload::new(build_claim())
            .with_subject([image()])
            .with_joules(most, Meter::declared("all of it"))
    };
    let mut steps = steps();
    steps[0] = step("builder", huge());
    let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::None));
    codes(&report, 1, &["Policy.Overflow"]);
    // Said once, by the sum itself.
    assert_eq!(
        report.findings[0].found,
        "more energy than 18446744073709.551615 J"
    );
    assert_eq!(report.findings[0].expected, "a sum that a seal can hold");
    let report = check(
        &draft(vec![step("builder", huge())]).bytes(),
        &expect().with_stage(Stage::None),
    );
    passes(&report);
    assert_eq!(
        report.facts.joules.total(),
        Some(Joules::from_microjoules(u64::MAX))
    );
}

/// R17, T81: each source holds its sum, and all of them together do not.
#[test]
fn sums_that_overflow_across_sources_are_refused() {
    let with = |most: u64| {
        let most = Joules::from_microjoules(most);
        let one = Joules::from_microjoules(1);
        let bytes = draft(vec![
            step(
                "builder",
                build().with_joules(most, Meter::declared("all of it")),
            ),
            step("builder", attestation().with_joules(one, machine(0))),
        ]);
        check(&bytes.bytes(), &anything(Stage::None))
    };
    let report = with(u64::MAX - 1);
    passes(&report);
    let total = report.facts.joules.total().map(Joules::as_microjoules);
    assert_eq!(total, Some(u64::MAX));
    let report = with(u64::MAX);
    codes(&report, 1, &["Policy.Overflow"]);
    assert_eq!(report.findings[0].seq, Some(1));
}

#[test]
fn nothing_stands_behind_the_seal() {
    let mut steps = steps();
    steps.push(sealed(Outcome::Released, |_| ()));
    steps.push(step("deployer", dora()));
    let report = check(&draft(steps).bytes(), &expect());
    assert_eq!(report.exit_code(), 1);
    assert_eq!(report.codes(), ["Seal.NotLast", "Policy.Repeated"]);
}

#[test]
fn metered_seal_is_refused() {
    let open = draft(steps());
    let prepared = seal::prepare(&open.bytes(), &trust(), now(), Abandoned::No).unwrap();
    let payload = prepared
        .payload
        .with_joules("1".parse().unwrap(), Meter::declared("x"));
    let mut writer = prepared.writer;
    let iat = at(signed(10));
    let bytes = writer
        .append(&payload, &id("deployer"), iat, &key("deployer"))
        .unwrap();
    let report = check(&[open.bytes(), bytes].concat(), &expect());
    codes(&report, 1, &["Seal.Mismatch"]);
}

/// What follows a sealed chain may be sealed, never as released.
#[test]
fn successor_releases_nothing() {
    let link = release().links[SEAL];
    let successor = |outcome| {
        let mut steps = steps();
        steps.push(sealed(outcome, |_| ()));
        Draft::begin_after(SUB, AUD, 2, link).with(steps).bytes()
    };
    let report = check(&successor(Outcome::Released), &expect());
    codes(&report, 1, &["Seal.Mismatch", "Policy.Outcome"]);
    // No seal can mend it, so there is nothing to wait for.
    let open = Draft::begin_after(SUB, AUD, 2, link).with(steps());
    let report = check(&open.bytes(), &expect());
    codes(&report, 1, &["Policy.Outcome", "Chain.Truncated"]);
    let open =
        Draft::begin_after(SUB, AUD, 2, link).with(vec![Box::new(move |draft: &mut Draft| {
            draft.push("deployer", &fired(Link::from_bytes([4; 32])));
        }) as Step]);
    let prepared = seal::prepare(&open.bytes(), &trust(), now(), Abandoned::No).unwrap();
    assert_eq!(prepared.payload.claim().outcome, Outcome::RolledBack);
    assert_eq!(prepared.report.facts.after, Some(link));
    // Neither the chain that it follows nor what was armed there is here.
    let listed = &prepared.report.not_checked;
    let listed = listed.iter().find(|it| it.what == "reference").unwrap();
    assert_eq!((listed.count, listed.seqs.as_slice()), (2, &[0, 0][..]));
}

/// What a later receipt can still put right is no reason not to append; what none can, is.
#[test]
fn a_chain_that_goes_on_is_asked_for_what_cannot_be_mended() {
    let open = |steps: Vec<Step>| {
        let bytes = draft(steps).bytes();
        let whole = seal::open(&bytes, &trust(), now());
        let going_on = seal::check_open(&bytes, &trust(), now());
        let codes = |report: Box<jwp_verify::Report>| report.codes();
        let going_on = going_on.map(|against| assert_eq!(against, Vec::new()));
        (whole.map(|_| ()).map_err(codes), going_on.map_err(codes))
    };
    // The attestation was made anew behind the gates, which will follow.
    let mut again = steps();
    again.truncate(ARMED);
    again.push(superseding("builder", attestation(), ATTESTATION));
    assert_eq!(open(again), (Err(vec!["Policy.Order"]), Ok(())));
    // A canary in front of its gates stays there.
    let mut early = steps();
    early.truncate(GATES);
    early.push(step("deployer", stepped()));
    let refused = || Err(vec!["Policy.Order"]);
    assert_eq!(open(early), (refused(), refused()));
    // Nor does a flag that met users before there was an attestation.
    let unattested: Vec<Step> = vec![
        step("builder", build()),
        step("deployer", flag()),
        step("builder", attestation()),
    ];
    assert_eq!(open(unattested), (refused(), refused()));
    // What was aborted is not superseded, so its gates cannot be made anew behind it.
    let mut stopped = steps();
    stopped.truncate(CANARY);
    stopped.push(step("deployer", aborted()));
    stopped.push(superseding("security", gates_passed(), GATES));
    assert_eq!(open(stopped), (refused(), refused()));
}
