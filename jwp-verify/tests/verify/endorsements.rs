//! `trust.*`: what looks at another receipt looks back, and costs nothing.

use jwp_core::{Claim, Joules, Link, Meter, ReceiptPayload};
use jwp_delivery::kind::trust::{ReceiptEndorsed, TimeWitnessed};
use jwp_verify::{Report, Stage};

use crate::support::*;

/// Where the receipt of `trust.*` stands.
const PLACE: usize = CANARY;

/// What `payload` makes of the gates' link stands at [`PLACE`].
fn with<C: Claim + 'static>(payload: impl FnOnce(Link) -> ReceiptPayload<C> + 'static) -> Report {
    let mut steps = steps();
    steps.truncate(PLACE);
    steps.push(Box::new(move |draft: &mut Draft| {
        let payload = payload(draft.links[GATES]);
        draft.push("security", &payload);
    }));
    check(&draft(steps).bytes(), &expect().with_stage(Stage::Promote))
}

fn witnessed(link: Link, seq: u64) -> ReceiptPayload<TimeWitnessed> {
    ReceiptPayload::new(TimeWitnessed::new(link, seq, (&[0x30, 0][..]).into()))
}

/// A link of no receipt of this chain says nothing of a seq; that nothing behind it was seen does.
#[test]
fn nobody_endorses_their_own_place_or_a_later_one() {
    let unknown = Link::from_bytes([9; 32]);
    for place in [PLACE, PLACE + 1, PLACE + 100] {
        let seq = u64::try_from(place).unwrap();
        codes(
            &with(move |_| endorsed(unknown, place)),
            1,
            &["Policy.Reference"],
        );
        codes(
            &with(move |_| witnessed(unknown, seq)),
            1,
            &["Policy.Reference"],
        );
    }
}

#[test]
fn a_witnessed_time_is_unmetered_and_looks_back() {
    let gates = u64::try_from(GATES).unwrap();
    let report = with(move |link| witnessed(link, gates));
    passes(&report);
    let listed = report.not_checked.iter().find(|it| it.what == "witness");
    let place = u64::try_from(PLACE).unwrap();
    assert_eq!(listed.map(|it| it.seqs.as_slice()), Some(&[place][..]));
    let joules = Joules::from_microjoules(1);
    let report = with(move |link| witnessed(link, gates).with_joules(joules, Meter::declared("x")));
    codes(&report, 1, &["Policy.Reference"]);
    // The gates stand at another seq.
    codes(&with(|link| witnessed(link, 1)), 1, &["Policy.Reference"]);
    codes(&with(|link| witnessed(link, 3)), 1, &["Policy.Reference"]);
}

#[test]
fn endorsements_are_unmetered_and_look_back() {
    let endorse = |seq: u64, kind: &'static str, metered: bool| {
        with(move |link| {
            let kind = kind.parse().expect("a kind");
            let payload = ReceiptPayload::new(ReceiptEndorsed::new(link, seq, kind));
            if metered {
                payload.with_joules(Joules::from_microjoules(1), Meter::declared("x"))
            } else {
                payload
            }
        })
    };
    let report = endorse(2, "delivery.gates.passed", false);
    passes(&report);
    assert!(
        report
            .not_checked
            .iter()
            .any(|entry| entry.what == "endorsement")
    );
    codes(
        &endorse(2, "delivery.gates.passed", true),
        1,
        &["Policy.Reference"],
    );
    codes(
        &endorse(2, "delivery.gates.waived", false),
        1,
        &["Policy.Reference"],
    );
    codes(
        &endorse(3, "delivery.gates.passed", false),
        1,
        &["Policy.Reference"],
    );
    codes(
        &endorse(9, "delivery.gates.passed", false),
        1,
        &["Policy.Reference"],
    );
}
