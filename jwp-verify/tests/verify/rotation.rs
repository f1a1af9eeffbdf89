//! A key comes into use because the caller's trust store says so: no receipt makes it trusted, and none by a detour.

use jwp_core::{Citation, Claim, Evidence, Link, ReceiptPayload, Signer as _};
use jwp_verify::{NamePattern, Report, Stage, TrustStore, TrustedKey, verify};
use serde::{Deserialize, Serialize};

use crate::support::*;

/// What a trust chain may say one day; DESIGN: `trust.key.*` are not defined yet and are refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeyRotated {
    kid: Link,
}

impl Claim for KeyRotated {
    const KIND: &'static str = "trust.key.rotated";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

fn rotated_to(issuer: &str) -> ReceiptPayload<KeyRotated> {
    let kid = *key(issuer).verifying_key().id().as_bytes();
    ReceiptPayload::new(KeyRotated {
        kid: Link::from_bytes(kid),
    })
}

/// The first steps, then what `rest` adds, in the name of whom it likes and with whose key it likes.
fn promoted(rest: impl FnOnce(&mut Draft) + 'static) -> Report {
    let mut steps = steps();
    steps.truncate(CANARY);
    steps.push(Box::new(rest));
    check(&draft(steps).bytes(), &expect().with_stage(Stage::Promote))
}

fn late(draft: &Draft) -> u64 {
    signed(draft.receipts.len())
}

/// T73: a new key that only itself names is unknown, whatever it says of itself.
#[test]
fn a_key_does_not_introduce_itself() {
    let report = promoted(|draft| {
        draft.push_signed(
            "security",
            &rotated_to("stranger"),
            late(draft),
            &key("stranger"),
        );
    });
    codes(&report, 3, &["Trust.UnknownKey"]);
    // An endorsement of its own receipt does not help it either.
    let report = promoted(|draft| {
        draft.push_signed(
            "security",
            &rotated_to("stranger"),
            late(draft),
            &key("stranger"),
        );
        let link = draft.links[CANARY];
        draft.push_signed(
            "security",
            &endorsed(link, CANARY),
            late(draft),
            &key("stranger"),
        );
    });
    codes(&report, 3, &["Trust.UnknownKey"]);
}

/// T73: nor does a trusted key bring another in: the trust store is the caller's.
#[test]
fn a_trusted_key_introduces_nobody() {
    let report = promoted(|draft| draft.push("security", &rotated_to("stranger")));
    codes(&report, 1, &["Policy.UnknownKind"]);
    let report = promoted(|draft| {
        draft.push("security", &rotated_to("stranger"));
        draft.push_signed("deployer", &stepped(), late(draft), &key("stranger"));
    });
    assert!(
        report.codes().contains(&"Trust.UnknownKey"),
        "{:?}",
        report.codes()
    );
    // From a key that may not speak of keys it is not even that.
    let report = promoted(|draft| draft.push("deployer", &rotated_to("stranger")));
    assert_eq!(report.codes(), ["Trust.NotAuthorised"]);
}

/// T73: two keys of one issuer, each in its own time; in the overlap both sign.
#[test]
fn each_key_of_an_overlap_has_its_own_time() {
    // The gates are signed at `GATES`, the endorsement behind the armed rollback by the new key.
    let with = |old_ends: u64, new_begins: u64| {
        let new = TrustedKey::new(
            key("security's next").verifying_key().clone(),
            id("security"),
            SECURITY.iter().map(|kind| kind.parse().unwrap()),
            [NamePattern::ANY],
        );
        let store = TrustStore::from_keys([
            trusted("builder", BUILDER),
            trusted("security", SECURITY).with_not_after(at(old_ends)),
            new.with_not_before(at(new_begins)),
            trusted("deployer", DEPLOYER),
        ]);
        let mut steps = steps();
        steps.truncate(CANARY);
        steps.push(Box::new(|draft: &mut Draft| {
            let payload = endorsed(draft.links[GATES], GATES);
            draft.push_signed("security", &payload, late(draft), &key("security's next"));
        }));
        let bytes = draft(steps).bytes();
        let expect = expect().with_stage(Stage::Promote);
        verify(&bytes, &store.unwrap(), &expect, at(NOW))
    };
    let (gates, endorsement) = (signed(GATES), signed(CANARY));
    passes(&with(endorsement, gates));
    passes(&with(gates, endorsement));
    codes(&with(gates - 1, endorsement), 1, &["Trust.KeyNotValid"]);
    codes(&with(gates, endorsement + 1), 1, &["Trust.KeyNotValid"]);
}

/// T73: endorsements look back, so that none closes a loop: whoever is named first has nothing to name.
#[test]
fn endorsements_make_no_loop() {
    let unknown = Link::from_bytes([9; 32]);
    // The first of two names the second, which names the first.
    let report = promoted(move |draft| {
        draft.push("security", &endorsed(unknown, CANARY + 1));
        let first = draft.links[CANARY];
        draft.push("security", &endorsed(first, CANARY));
    });
    assert_eq!(report.exit_code(), 1);
    assert!(
        report.codes().contains(&"Policy.Reference"),
        "{:?}",
        report.codes()
    );
    // One that names itself.
    let report = promoted(move |draft| draft.push("security", &endorsed(unknown, CANARY)));
    codes(&report, 1, &["Policy.Reference"]);
}
