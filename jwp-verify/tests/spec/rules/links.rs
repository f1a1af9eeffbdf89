//! How receipts follow each other.

use jwp_core::{Citation, Claim, Evidence, Link, envelope::Algorithm};
use jwp_delivery::kind::{dora::DoraSnapshot, gates::GatesPassed, release::Outcome};
use serde::{Deserialize, Serialize};

use super::Files;
use crate::draft::{BASE, Draft, STEPS, about, claim, next, release};

/// A build that says one thing more than builds do.
#[derive(Serialize, Deserialize)]
struct MoreThanBuilt {
    #[serde(flatten)]
    built: serde_json::Map<String, serde_json::Value>,
}

impl Claim for MoreThanBuilt {
    const KIND: &'static str = "delivery.build.completed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

fn nobody() -> Link {
    Link::from_bytes([9; 32])
}

pub(super) fn files(files: &mut Files) {
    let gates = || about(claim::<GatesPassed>(2), "1.84");
    let dora = || about(claim::<DoraSnapshot>(7), "0.29");
    let four = || Draft::of(&STEPS[..4]);
    let (first, second) = (four().links[0], four().links[1]);
    let head = four().links[3];

    let whole = release();
    files.add("whole.jwp", whole.bytes());
    let new_number = Draft::new().signed_as(Algorithm::Ed25519).then(&STEPS);
    files.add(
        "whole-algorithm-19.jwp",
        new_number.sealed(Outcome::Released).bytes(),
    );
    files.add("whole-with-a-proof.jwp", with_proof(&whole));

    let three = || Draft::of(&STEPS[..3]);
    let at_two = next(2, second);
    let other = three().push_at("security", &gates(), &at_two, BASE + 240);
    files.add("fork.jwp", other.bytes());
    let strange = three().push_at("a stranger", &gates(), &at_two, BASE + 240);
    files.add("fork-of-a-stranger.jwp", strange.bytes());
    for (name, position) in [
        ("number-left-out.jwp", next(5, head)),
        ("number-twice.jwp", next(3, head)),
        ("number-of-the-end.jwp", next((1 << 53) - 1, head)),
        ("number-of-an-earlier.jwp", next(1, nobody())),
        ("prev-of-nobody.jwp", next(4, nobody())),
        ("prev-of-the-first.jwp", next(4, first)),
    ] {
        let draft = four().push_at("deployer", &dora(), &position, BASE + 240);
        files.add(name, draft.bytes());
    }
    // A receipt cannot hold its own link; the one it would have with another prev is as near as one gets.
    let own = four().then(&["canary"]).links[4];
    let cycle = four().push_at("deployer", &dora(), &next(4, own), BASE + 240);
    files.add("prev-of-its-own-place.jwp", cycle.bytes());

    let again = Draft::new().in_run(b"another run, 16.").then(&["build"]);
    files.add("begins-again.jwp", [four().bytes(), again.bytes()].concat());
    let again = Draft::of(&["attestation"]);
    files.add(
        "begins-again-in-the-same-run.jwp",
        [four().bytes(), again.bytes()].concat(),
    );
    let there = Draft::new().for_environment("staging").push_at(
        "deployer",
        &dora(),
        &next(4, head),
        BASE + 240,
    );
    files.add(
        "goes-on-in-staging.jwp",
        [four().bytes(), there.bytes()].concat(),
    );
    files.add(
        "staging.jwp",
        Draft::new()
            .for_environment("staging")
            .then(&STEPS)
            .sealed(Outcome::Released)
            .bytes(),
    );

    let seven = Draft::of(&STEPS[..7]);
    let at_seven = next(7, seven.links[6]);
    let back = seven.push_at("deployer", &dora(), &at_seven, BASE + 359);
    files.add("time-goes-back.jwp", back.sealed(Outcome::Released).bytes());
    let seven = Draft::of(&STEPS[..7]);
    let same = seven.push_at("deployer", &dora(), &at_seven, BASE + 360);
    files.add(
        "time-stands-still.jwp",
        same.sealed(Outcome::Released).bytes(),
    );

    let built = claim::<jwp_delivery::kind::build::BuildCompleted>(0);
    let serde_json::Value::Object(mut built) = serde_json::to_value(built).unwrap() else {
        panic!("a build is a map");
    };
    built.insert("colour".into(), "blue".into());
    let more = about(MoreThanBuilt { built }, "0.36");
    files.add(
        "claim-with-unknown-field.jwp",
        Draft::new().push("builder", &more).bytes(),
    );
}

/// The whole release, its first receipt with an inclusion proof that nobody can check.
fn with_proof(whole: &Draft) -> Vec<u8> {
    let first = &whole.receipts[0];
    let receipt = jwp_core::UnverifiedReceipt::parse(first).unwrap();
    // tag(18), array(4), and the head of the header: one byte, then its length in one byte.
    let at = 4 + receipt.protected_bytes().len();
    assert_eq!(&first[..3], [0xd2, 0x84, 0x58]);
    assert_eq!(first[at], 0xa0);
    // {394: [h'6e6f7420612070726f6f66']}, "not a proof".
    let proof = b"\xa1\x19\x01\x8a\x81\x4bnot a proof";
    [
        &first[..at],
        proof,
        &first[at + 1..],
        &whole.receipts[1..].concat(),
    ]
    .concat()
}
