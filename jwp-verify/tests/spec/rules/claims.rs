//! Claims that their kind does not hold, and a kind that nobody may allow, each well signed by who may sign it.

use jwp_core::{Citation, Claim, Evidence, Link, ReceiptPayload, Signer as _};
use jwp_delivery::kind::{
    canary::{CanaryAborted, CanaryStepped},
    gates::GatesPassed,
};
use serde::{Deserialize, Serialize};

use super::{
    Files,
    across::{aborted, released, with},
};
use crate::draft::{Draft, STEPS, claim, key, unmetered};

/// A claim under the name of its kind, without the check that a writer makes.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Unchecked<C>(C);

impl<C: Claim> Claim for Unchecked<C> {
    const KIND: &'static str = C::KIND;

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

/// What a trust chain may say one day.
#[derive(Serialize, Deserialize)]
struct KeyRotated {
    kid: Link,
}

impl Claim for KeyRotated {
    const KIND: &'static str = "trust.key.rotated";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

pub(super) fn files(files: &mut Files) {
    gates(files);
    canaries(files);
    keys(files);
}

fn gates(files: &mut Files) {
    for (name, gate) in [
        ("gate-unknown.jwp", "dast"),
        ("gate-in-another-case.jwp", "SAST"),
        // CYRILLIC SMALL LETTER A in the place of an a, and what nobody sees behind the name.
        ("gate-with-a-cyrillic-letter.jwp", "s\u{430}st"),
        ("gate-with-a-space-of-no-width.jwp", "sast\u{200b}"),
    ] {
        let mut passed: GatesPassed = claim(2);
        assert_eq!(passed.0.gates[0].gate, "sast");
        gate.clone_into(&mut passed.0.gates[0].gate);
        let payload = unmetered(Unchecked(passed));
        files.add(name, released(with("gates", "security", &payload)));
    }
}

fn canaries(files: &mut Files) {
    // 5, 25, 50, 100, with another weight at the third step and in the plan.
    for (name, weight) in [("canary-goes-down.jwp", 5), ("canary-stands-still.jwp", 25)] {
        let mut canary: CanaryStepped = claim(4);
        canary.0.steps[2].weight = weight;
        canary.0.plan[2].weight = weight;
        let payload = unmetered(Unchecked(canary));
        files.add(name, released(with("canary", "deployer", &payload)));
    }
    let mut planned: CanaryStepped = claim(4);
    planned.0.plan[3].weight = 101;
    let planned = unmetered(Unchecked(planned));
    files.add(
        "canary-planned-to-101.jwp",
        released(with("canary", "deployer", &planned)),
    );
    // What stepped ends at 100, so that 101 would be two faults of it.
    let mut above: CanaryAborted = aborted();
    above.0.steps[1].weight = 101;
    let above = Draft::of(&STEPS[..4]).push("deployer", &unmetered(Unchecked(above)));
    files.add("canary-aborted-at-101.jwp", above.bytes());
}

/// Whom a trusted key names stays unknown.
fn keys(files: &mut Files) {
    let kid = *key("a stranger").verifying_key().id().as_bytes();
    let rotated = ReceiptPayload::new(KeyRotated {
        kid: Link::from_bytes(kid),
    });
    let draft = || Draft::of(&STEPS).push("security", &rotated);
    files.add("key-rotated.jwp", released(draft()));
    let used = unmetered(claim::<GatesPassed>(2));
    files.add(
        "key-rotated-and-used.jwp",
        draft().push("a stranger", &used).bytes(),
    );
}
