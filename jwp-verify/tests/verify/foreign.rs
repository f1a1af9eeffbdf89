//! Kinds that nobody here knows: they count, they take no place, and what they refer to is judged all the same.

use jwp_core::{
    Link, Meter, ReceiptPayload, UnverifiedReceipt,
    payload::{Ref, Rel},
};
use jwp_delivery::kind::release::Outcome;
use jwp_verify::{Expectations, Report, Stage, seal::MAX_KINDS};
use serde::{Deserialize, Serialize};

use crate::{
    lax::{Parts, text},
    support::*,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Probe {
    ok: bool,
}

impl jwp_core::Claim for Probe {
    const KIND: &'static str = "acme.probe.n0000";

    fn cite(&self, _: &[jwp_core::Evidence]) -> impl IntoIterator<Item: Into<jwp_core::Citation>> {
        None::<&str>
    }
}

fn probe(ok: bool) -> ReceiptPayload<Probe> {
    ReceiptPayload::new(Probe { ok })
}

fn allowing(expect: Expectations) -> Expectations {
    expect.with_allowed_kind("acme.probe.n0000".parse().expect("a kind"))
}

/// T77: that a kind was allowed lets it stand in the chain, not behind its end.
#[test]
fn an_allowed_kind_stands_in_front_of_the_seal_alone() {
    let mut before = steps();
    before.push(step("deployer", probe(true)));
    let report = check(
        &draft_sealed(before, Outcome::Released).bytes(),
        &allowing(expect()),
    );
    passes(&report);
    let mut behind = steps();
    behind.push(sealed(Outcome::Released, |_| ()));
    behind.push(step("deployer", probe(true)));
    let report = check(&draft(behind).bytes(), &allowing(expect()));
    codes(&report, 1, &["Seal.NotLast"]);
    assert_eq!(report.findings[0].rule, Some("R18"));
}

/// A probe at seq 8, and behind it what `second` makes of its link and that of the gates.
fn behind_a_probe(second: impl FnOnce(Link, Link) -> ReceiptPayload<Probe> + 'static) -> Report {
    let mut steps = steps();
    steps.push(step("deployer", probe(true)));
    steps.push(Box::new(move |draft| {
        let payload = second(draft.links[SEAL], draft.links[GATES]);
        draft.push("deployer", &payload);
    }));
    check(
        &draft_sealed(steps, Outcome::Released).bytes(),
        &allowing(expect()),
    )
}

#[test]
fn a_foreign_reissue_says_the_same_without_joules() {
    let again = |ok: bool, link| probe(ok).with_ref(Ref::new(Rel::Reissue, link));
    passes(&behind_a_probe(move |first, _| again(true, first)));
    let refused = &["Policy.Reference"];
    let other_claim = behind_a_probe(move |first, _| again(false, first));
    codes(&other_claim, 1, refused);
    let other_kind = behind_a_probe(move |_, gates| again(true, gates));
    codes(&other_kind, 1, refused);
    let other_image = behind_a_probe(move |first, _| again(true, first).with_subject([image()]));
    codes(&other_image, 1, refused);
    let metered = behind_a_probe(move |first, _| {
        again(true, first).with_joules("1".parse().unwrap(), Meter::declared("x"))
    });
    codes(&metered, 1, refused);
    // What was not found cannot be compared, and is listed.
    let elsewhere = behind_a_probe(move |_, _| again(true, Link::from_bytes([1; 32])));
    passes(&elsewhere);
    assert!(
        elsewhere
            .not_checked
            .iter()
            .any(|it| it.what == "reference")
    );
}

#[test]
fn a_foreign_receipt_supersedes_nothing_and_has_no_part_in_its_own_chain() {
    let of = |rel, link| probe(true).with_ref(Ref::new(rel, link));
    for rel in [Rel::Supersedes, Rel::Part] {
        let own = behind_a_probe(move |first, _| of(rel, first));
        codes(&own, 1, &["Policy.Reference"]);
        let gates = behind_a_probe(move |_, gates| of(rel, gates));
        codes(&gates, 1, &["Policy.Reference"]);
    }
    let report = behind_a_probe(move |_, _| of(Rel::Part, Link::from_bytes([1; 32])));
    passes(&report);
    assert!(report.not_checked.iter().any(|it| it.what == "reference"));
}

/// The receipt with another kind of as many letters, signed anew.
fn of_kind(receipt: &[u8], kind: &str) -> Vec<u8> {
    let parsed = UnverifiedReceipt::parse(receipt).unwrap();
    let (name, payload) = (text("acme.probe.n0000"), parsed.payload_bytes());
    let at = payload
        .windows(name.len())
        .position(|window| window == name)
        .unwrap();
    let mut payload = payload.to_vec();
    payload.splice(at..at + name.len(), text(kind));
    Parts::new(parsed.protected_bytes().to_vec(), payload).build(&key("deployer"))
}

/// A seal must name every kind.
#[test]
fn a_chain_has_at_most_1024_kinds() {
    assert_eq!(MAX_KINDS, 1024);
    let kind = |n: u64| format!("acme.probe.n{n:04}");
    let mut expect = anything(Stage::None);
    let mut draft = Draft::begin(SUB, AUD, 1);
    draft.push("builder", &build());
    let mut link = draft.links[0];
    let mut receipts = draft.receipts;
    for n in 1..=1024 {
        expect = expect.with_allowed_kind(kind(n).parse().unwrap());
        let receipt = of_kind(&forged("deployer", &probe(true), &next(n, link)), &kind(n));
        link = UnverifiedReceipt::parse(&receipt).unwrap().link();
        receipts.push(receipt);
    }
    // The build is the first of 1024; a kind that stands already is no further one.
    let most = receipts[..1024].concat();
    passes(&check(&most, &expect));
    let last = UnverifiedReceipt::parse(&receipts[1023]).unwrap().link();
    let again = of_kind(
        &forged("deployer", &probe(true), &next(1024, last)),
        &kind(7),
    );
    let report = check(&[most, again].concat(), &expect);
    passes(&report);
    assert_eq!(report.facts.kinds.len(), 1024);
    let report = check(&receipts.concat(), &expect);
    codes(&report, 1, &["Chain.TooMany"]);
    assert_eq!(report.findings[0].seq, Some(1024));
}
