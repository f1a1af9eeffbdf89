//! Names that nobody here knows, and names that only look like known ones.

use jwp_core::{
    Citation, Claim, Evidence, Kind, ReceiptPayload, UnverifiedReceipt, payload::Position,
};
use jwp_delivery::kind::gates::{Gates, GatesPassed};
use jwp_verify::{Report, Stage, TrustStore, verify};
use serde::{Deserialize, Serialize};

use crate::{
    lax::{Parts, text},
    support::*,
};

/// The fields of passed gates, without the rules that a writer holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Unruly(Gates);

impl Claim for Unruly {
    const KIND: &'static str = GatesPassed::KIND;

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

/// The steps to the gates, of which one has another name.
fn with_gate(name: &str) -> Report {
    let mut gates = gates_passed().claim().0.clone();
    name.clone_into(&mut gates.gates[0].gate);
    let payload = ReceiptPayload::new(Unruly(gates)).with_subject([image()]);
    let mut steps = steps();
    steps.truncate(GATES);
    steps.push(step("security", payload));
    check(&draft(steps).bytes(), &expect().with_stage(Stage::None))
}

/// T77: a gate is one of four, by its exact name.
#[test]
fn an_unknown_gate_is_refused() {
    passes(&with_gate("sast"));
    for name in [
        "dast",
        "fuzz",
        "",
        "SAST",
        "Sast",
        "sast ",
        " sast",
        "s\u{430}st",
        "sa\u{17f}t",
        "sast\u{200b}",
        "sast.v2",
    ] {
        codes(&with_gate(name), 3, &["Codec.Schema"]);
    }
}

/// The release, in which the attestation has another kind, well signed.
fn with_kind(kind: &str) -> Report {
    let draft = release();
    let receipt = UnverifiedReceipt::parse(&draft.receipts[ATTESTATION]).unwrap();
    let (name, payload) = (text("delivery.attestation.slsa"), receipt.payload_bytes());
    let place = payload
        .windows(name.len())
        .position(|window| window == name);
    let mut payload = payload.to_vec();
    let place = place.unwrap();
    payload.splice(place..place + name.len(), text(kind));
    let forged = Parts::new(receipt.protected_bytes().to_vec(), payload).build(&key("builder"));
    let bytes = [&draft.receipts[0], &forged].map(Vec::as_slice).concat();
    let builder = trusted("builder", &["*"]);
    let store = TrustStore::from_keys([builder]).unwrap();
    verify(&bytes, &store, &expect().with_stage(Stage::None), at(NOW))
}

/// T77
#[test]
fn a_kind_that_only_looks_like_one_is_no_kind() {
    passes(&with_kind("delivery.attestation.slsa"));
    for kind in [
        // Another case.
        "Delivery.attestation.slsa",
        "delivery.attestation.SLSA",
        "DELIVERY.ATTESTATION.SLSA",
        // Cyrillic and full-width letters, a dot of another script, what nobody sees.
        "d\u{435}livery.attestation.slsa",
        "delivery.attestation.sls\u{ff41}",
        "delivery\u{3002}attestation.slsa",
        "delivery.attestation.slsa\u{200b}",
        "delivery.attestation.slsa ",
        "delivery..attestation.slsa",
    ] {
        // Behind a whole receipt, what is none is said to be damage as well.
        codes(
            &with_kind(kind),
            3,
            &["Codec.BadIdentifier", "Chain.Corrupt"],
        );
        assert_eq!(
            Kind::parse(kind).unwrap_err().code(),
            "Codec.BadIdentifier",
            "{kind}"
        );
    }
}

/// T77: and what is well spelled is the known kind or an unknown one.
#[test]
fn a_kind_of_another_spelling_is_unknown() {
    for kind in [
        "delivery.attestation.s1sa",
        "delivery.attestation",
        "delivery.attestation.slsa.v2",
        "delivery.tests.passed",
        "trust.key.added",
    ] {
        let report = with_kind(kind);
        codes(&report, 1, &["Policy.UnknownKind"]);
    }
    let draft = draft(vec![step("builder", build())]);
    let position = Position::Next {
        seq: 1,
        prev: draft.links[0],
    };
    let own = forged(
        "deployer",
        &ReceiptPayload::new(Probe { ok: true }),
        &position,
    );
    let report = check(
        &[draft.bytes(), own].concat(),
        &expect().with_stage(Stage::None),
    );
    codes(&report, 1, &["Policy.UnknownKind"]);
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Probe {
    ok: bool,
}

impl Claim for Probe {
    const KIND: &'static str = "acme.attestation.slsa";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}
