//! What the caller expects: the release, the environment, the image, the head, the time and the kinds.

use jwp_core::{Claim, ReceiptPayload};
use jwp_delivery::kind::release::Outcome;
use jwp_verify::{Expectations, Expected, RememberedHead, Stage, verify};

use crate::support::*;

#[test]
fn index_of_the_build_names_the_image() {
    let bytes = release().bytes();
    passes(&check(
        &bytes,
        &Expectations::new(id(SUB), id(AUD), digest("index")),
    ));
    // T88: neither the manifest nor the index; the configuration is no name of the image to ask for.
    for other in ["other image", "config"] {
        let report = check(&bytes, &Expectations::new(id(SUB), id(AUD), digest(other)));
        codes(&report, 1, &["Policy.DigestMismatch"]);
    }
}

/// T47, T48, T112.
#[test]
fn other_release_or_environment_is_refused() {
    let bytes = release().bytes();
    let other = |sub, aud| check(&bytes, &Expectations::new(id(sub), id(aud), image()));
    codes(
        &other("jouledb@v2026.05.08", AUD),
        1,
        &["Policy.ReleaseMismatch"],
    );
    codes(
        &other("kwhdb@v2026.05.07", AUD),
        1,
        &["Policy.ReleaseMismatch"],
    );
    codes(&other(SUB, "staging"), 1, &["Policy.EnvironmentMismatch"]);
}

/// T86: what is waived is waived by name, and the verdict says so.
#[test]
fn waivers_stand_in_the_verdict() {
    let bytes = release().bytes();
    let report = check(
        &bytes,
        &Expectations::new(id(SUB), Expected::Any, Expected::Any),
    );
    passes(&report);
    assert!(
        report.verdict().ends_with("; waived: aud, image"),
        "{}",
        report.verdict()
    );
    assert_eq!(report.asked.waived, ["aud", "image"]);
}

/// T41, T46, T54, T55: heads that the caller knows.
#[test]
fn remembered_and_expected_heads() {
    let release = release();
    let bytes = release.bytes();
    let head = release.links[SEAL];
    passes(&check(&bytes, &expect().with_head(head)));
    passes(&check(
        &bytes,
        &expect().with_remembered_head(RememberedHead::new(8, head)),
    ));
    passes(&check(
        &bytes,
        &expect().with_remembered_head(RememberedHead::new(4, release.links[4])),
    ));

    let short = release.receipts[..=ARMED].concat();
    let promote = || expect().with_stage(Stage::Promote);
    codes(
        &check(&short, &promote().with_head(head)),
        3,
        &["Chain.Truncated"],
    );
    let remembered = RememberedHead::new(8, head);
    codes(
        &check(&short, &promote().with_remembered_head(remembered)),
        1,
        &["Chain.Rollback"],
    );
    codes(
        &check(&bytes, &expect().with_head(release.links[3])),
        1,
        &["Chain.HeadMoved"],
    );
    let fork = RememberedHead::new(3, release.links[4]);
    codes(
        &check(&bytes, &expect().with_remembered_head(fork)),
        1,
        &["Chain.Equivocation"],
    );

    // Nothing is said of a chain that nobody signed, or that cannot be read to its end.
    let mut unsigned = Draft::begin(SUB, AUD, 1).with(steps());
    unsigned.push("stranger", &dora());
    let report = check(
        &unsigned.bytes(),
        &expect().with_remembered_head(remembered),
    );
    codes(&report, 3, &["Trust.UnknownKey"]);
    let cut = &bytes[..bytes.len() - 9];
    let report = check(cut, &expect().with_remembered_head(fork));
    codes(&report, 3, &["Codec.Truncated"]);

    let age = NOW - signed(SEAL);
    passes(&check(&bytes, &expect().with_max_age_s(age)));
    codes(
        &check(&bytes, &expect().with_max_age_s(age - 1)),
        1,
        &["Policy.Stale"],
    );
}

/// T77: unknown kinds are named, and reserved ones never allowed.
#[test]
fn unknown_kinds_are_allowed_by_name() {
    let own = || step("deployer", ReceiptPayload::new(Probe { ok: true }));
    let chain = || {
        let mut steps = steps();
        steps.push(own());
        draft_sealed(steps, Outcome::Released).bytes()
    };
    codes(&check(&chain(), &expect()), 1, &["Policy.UnknownKind"]);
    let allowed = expect().with_allowed_kind("acme.probe.ran".parse().expect("a kind"));
    let report = check(&chain(), &allowed);
    passes(&report);
    assert!(
        report
            .verdict()
            .ends_with("; not checked: 1 receipt of an unknown kind")
    );
    let listed = report
        .not_checked
        .iter()
        .find(|entry| entry.what == "kind")
        .expect("listed");
    assert_eq!(listed.seqs, [8]);

    let mut reserved = steps();
    reserved.push(step("security", ReceiptPayload::new(Reserved { ok: true })));
    let allowed = expect().with_allowed_kind("trust.key.added".parse().expect("a kind"));
    let report = check(&draft(reserved).bytes(), &allowed.with_stage(Stage::None));
    codes(&report, 1, &["Policy.UnknownKind"]);
}

/// T56, T89.
#[test]
fn receipts_from_the_future_are_refused() {
    let bytes = release().bytes();
    let last = signed(SEAL);
    passes(&verify(&bytes, &trust(), &expect(), at(last - 300)));
    let report = verify(&bytes, &trust(), &expect(), at(last - 301));
    codes(&report, 1, &["Policy.ClockSkew"]);
    let text = report.findings[0].to_string();
    let expected = format!("at most 300 seconds after now, {}", last - 301);
    assert!(text.ends_with(&expected), "{text}");
}

/// T89: where counters of seconds and nanoseconds end elsewhere, and a day to either side.
#[test]
fn a_receipt_of_any_later_year_is_of_the_future() {
    // 2038-01-19T03:14:08Z, 2106-02-07T06:28:16Z, 2262-04-11T23:47:17Z and the last second of 9999.
    for iat in [1 << 31, 1 << 32, 9_223_372_037, 253_402_300_799] {
        let mut draft = Draft::begin(SUB, AUD, 1);
        draft.push_signed("builder", &build(), iat, &key("builder"));
        let judged = |now| verify(&draft.bytes(), &trust(), &anything(Stage::None), at(now));
        codes(&judged(NOW), 1, &["Policy.ClockSkew"]);
        codes(&judged(iat - 86_400), 1, &["Policy.ClockSkew"]);
        codes(&judged(iat - 301), 1, &["Policy.ClockSkew"]);
        passes(&judged(iat - 300));
        passes(&judged((iat + 86_400).min(253_402_300_799)));
    }
    let first = ReceiptPayload::new(build_claim()).with_subject([image()]);
    let mut draft = Draft::begin(SUB, AUD, 1);
    draft.push_signed("builder", &first, 0, &key("builder"));
    passes(&verify(
        &draft.bytes(),
        &trust(),
        &anything(Stage::None),
        at(0),
    ));
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Probe {
    ok: bool,
}

impl Claim for Probe {
    const KIND: &'static str = "acme.probe.ran";

    fn cite(&self, _: &[jwp_core::Evidence]) -> impl IntoIterator<Item: Into<jwp_core::Citation>> {
        None::<&str>
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Reserved {
    ok: bool,
}

impl Claim for Reserved {
    const KIND: &'static str = "trust.key.added";

    fn cite(&self, _: &[jwp_core::Evidence]) -> impl IntoIterator<Item: Into<jwp_core::Citation>> {
        None::<&str>
    }
}
