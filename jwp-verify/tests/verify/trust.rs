//! Who may sign what, and when.

use jwp_core::{Signer as _, SigningKey};
use jwp_delivery::kind::release::Outcome;
use jwp_verify::{
    KindPattern, NamePattern, Report, Revocation, RevocationReason, TrustStore, TrustedKey, verify,
};

use crate::support::*;

/// The trust store, with another entry for the security team.
fn store_with(change: impl FnOnce(TrustedKey) -> TrustedKey) -> TrustStore {
    let store = TrustStore::from_keys([
        trusted("builder", BUILDER),
        change(trusted("security", SECURITY)),
        trusted("deployer", DEPLOYER),
    ]);
    store.unwrap()
}

/// The release, verified with it.
fn with_security(change: impl FnOnce(TrustedKey) -> TrustedKey) -> Report {
    verify(&release().bytes(), &store_with(change), &expect(), at(NOW))
}

/// The same at `now`, where proof of time is asked for.
fn proven(now: u64, change: impl FnOnce(TrustedKey) -> TrustedKey) -> Report {
    let expect = expect().with_proven_time();
    verify(&release().bytes(), &store_with(change), &expect, at(now))
}

/// When the gates were signed.
const SIGNED: u64 = ENDED + 120;

/// T65: both ends are inclusive.
#[test]
fn validity_is_judged_at_iat() {
    passes(&with_security(|key| {
        key.with_not_before(at(SIGNED)).with_not_after(at(SIGNED))
    }));
    let early = with_security(|key| key.with_not_before(at(SIGNED + 1)));
    codes(&early, 1, &["Trust.KeyNotValid"]);
    let late = with_security(|key| key.with_not_after(at(SIGNED - 1)));
    codes(&late, 1, &["Trust.KeyNotValid"]);
}

/// T66: an ended key is listed, and refused where proof of time is asked for.
#[test]
fn ended_keys_claim_their_time() {
    let ended = || trusted("security", SECURITY).with_not_after(at(NOW - 1));
    let report = with_security(|_| ended());
    passes(&report);
    let listed = report
        .not_checked
        .iter()
        .find(|entry| entry.what == "ended-key")
        .unwrap();
    assert_eq!(listed.seqs, [2]);
    assert!(
        report
            .not_checked
            .iter()
            .any(|entry| entry.detail.starts_with("time claimed"))
    );
    let report = proven(NOW, |_| ended());
    codes(&report, 1, &["Trust.UnprovenTime"]);
    passes(&proven(NOW - 1, |_| ended()));
}

/// R16, T66, T67: a revocation holds from its own second, a validity to the end of its last.
#[test]
fn proof_of_time_is_asked_for_from_the_second_of_the_end() {
    const END: u64 = BASE + 1800;
    let rotated =
        |key: TrustedKey| key.with_revocation(Revocation::new(at(END), RevocationReason::Rotated));
    passes(&proven(END - 1, rotated));
    codes(&proven(END, rotated), 1, &["Trust.UnprovenTime"]);
    codes(&proven(END + 1, rotated), 1, &["Trust.UnprovenTime"]);
    let expired = |key: TrustedKey| key.with_not_after(at(END));
    passes(&proven(END, expired));
    codes(&proven(END + 1, expired), 1, &["Trust.UnprovenTime"]);
}

/// T67
#[test]
fn revocation() {
    for reason in [RevocationReason::Rotated, RevocationReason::Retired] {
        let revoked =
            |at_| with_security(|key| key.with_revocation(Revocation::new(at(at_), reason)));
        passes(&revoked(SIGNED + 1));
        codes(&revoked(SIGNED), 1, &["Trust.Revoked"]);
        codes(&revoked(SIGNED - 1), 1, &["Trust.Revoked"]);
    }
    for time in [0, SIGNED + 1, NOW + 1] {
        let compromised = Revocation::new(at(time), RevocationReason::Compromised);
        codes(
            &with_security(|key| key.with_revocation(compromised)),
            1,
            &["Trust.Revoked"],
        );
    }
}

/// T68
#[test]
fn keys_sign_what_they_may() {
    let security = |kinds: &[&str], aud: &str| {
        let kinds: Vec<_> = kinds
            .iter()
            .map(|k| KindPattern::parse(k).unwrap())
            .collect();
        let key = key("security").verifying_key().clone();
        let aud = [NamePattern::parse(aud).unwrap()];
        with_security(|_| TrustedKey::new(key, id("security"), kinds, aud))
    };
    passes(&security(&["*"], "*"));
    passes(&security(&["delivery.gates.passed"], "prod"));
    codes(
        &security(&["delivery.gates.failed"], "prod"),
        1,
        &["Trust.NotAuthorised"],
    );
    codes(
        &security(&["delivery.build.*"], "prod"),
        1,
        &["Trust.NotAuthorised"],
    );
    codes(&security(&["*"], "staging"), 1, &["Trust.NotAuthorised"]);
    let releases =
        |pattern| with_security(|key| key.with_releases([NamePattern::parse(pattern).unwrap()]));
    passes(&releases("jouledb@*"));
    codes(&releases("kwhdb@*"), 1, &["Trust.NotAuthorised"]);
    // Another name than the key's issuer.
    let other = TrustedKey::new(
        key("security").verifying_key().clone(),
        id("someone"),
        [KindPattern::ANY],
        [NamePattern::ANY],
    );
    codes(&with_security(|_| other), 1, &["Trust.NotAuthorised"]);
}

/// T23, T71, T73: a key that the store does not hold is unknown, however well it signs.
#[test]
fn unknown_key_is_undecided() {
    let mut steps = steps();
    steps[GATES] = step("stranger", gates_passed());
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    codes(&report, 3, &["Trust.UnknownKey"]);
    assert_eq!(report.findings[0].seq, Some(2));
    assert!(
        report
            .not_checked
            .iter()
            .any(|entry| entry.what == "invariants")
    );
    // In the name of an issuer whose key it is not.
    let mut draft = Draft::begin(SUB, AUD, 1);
    draft.push_signed("builder", &build(), BASE, &key("stranger"));
    let report = check(&draft.bytes(), &expect());
    codes(&report, 3, &["Trust.UnknownKey"]);
}

/// 1 beats 3: what is known to be wrong decides.
#[test]
fn refused_beats_undecided() {
    let mut steps = steps();
    steps[GATES] = step("stranger", gates_passed());
    let mut draft = draft_sealed(steps, Outcome::Released);
    let last = draft.receipts[ARMED].len() - 1;
    draft.receipts[ARMED][last] ^= 1;
    let report = check(&draft.bytes(), &expect());
    codes(&report, 1, &["Trust.UnknownKey", "Envelope.BadSignature"]);
    assert!(
        report
            .verdict()
            .starts_with("FAILED: Envelope.BadSignature"),
        "{}",
        report.verdict()
    );
}

#[test]
fn file_there_and_back() {
    let security = trusted("security", SECURITY)
        .with_releases([NamePattern::parse("jouledb@*").unwrap()])
        .with_not_before(at(0))
        .with_not_after(jwp_core::Timestamp::MAX)
        .with_revocation(Revocation::new(at(NOW), RevocationReason::Rotated));
    let keys = [
        trusted("builder", BUILDER),
        security,
        trusted("deployer", DEPLOYER),
    ];
    let store = TrustStore::from_keys(keys).unwrap();
    let text = store.to_toml();
    let read = TrustStore::from_toml(&text).unwrap();
    assert_eq!(read, store);
    assert_eq!(read.to_toml(), text);
    assert!(
        text.contains("not_before = 1970-01-01T00:00:00Z\n"),
        "{text}"
    );
    assert!(
        text.contains("not_after = 9999-12-31T23:59:59Z\n"),
        "{text}"
    );
    passes(&verify(&release().bytes(), &read, &expect(), at(NOW)));
}

/// The forms that TOML has for one second.
#[test]
fn a_time_of_a_trust_file_may_have_an_offset() {
    let good = TrustStore::from_keys([trusted("builder", BUILDER)])
        .unwrap()
        .to_toml();
    for time in [
        "2026-01-01T00:00:00Z",
        "2026-01-01 00:00:00z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T02:00:00+02:00",
        "2025-12-31T00:01:00-23:59",
    ] {
        let store = TrustStore::from_toml(&format!("{good}not_before = {time}\n")).unwrap();
        let written = "\nnot_before = 2026-01-01T00:00:00Z\n";
        assert!(store.to_toml().contains(written), "{time}");
    }
}

/// T24, T70, T72
#[test]
fn unusable_trust_files() {
    let good = TrustStore::from_keys([trusted("builder", BUILDER)])
        .unwrap()
        .to_toml();
    let code = |text: &str| TrustStore::from_toml(text).unwrap_err().code();
    assert_eq!(code(""), "Trust.Store");
    assert_eq!(code("key = []"), "Trust.Store");
    assert_eq!(code(&good[..good.len() / 2]), "Trust.Store");
    assert_eq!(code(&format!("{good}\n{good}")), "Trust.KidCollision");
    assert_eq!(code(&format!("{good}trusted = true\n")), "Trust.Store");
    assert_eq!(code(&format!("version = 1\n{good}")), "Trust.Store");
    assert_eq!(
        code(&format!("{good}#{}", "x".repeat(1 << 20))),
        "Trust.Store"
    );
    for (from, to) in [
        ("issuer = \"builder\"", "issuer = \"bui lder\""),
        ("issuer = \"builder\"\n", ""),
        ("\"delivery.build.*\"", "\"delivery.build*\""),
        ("environments = [\"prod\"]", "environments = []"),
        ("environments = [\"prod\"]\n", ""),
        ("kid = \"", "kid = \"0"),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(code(&good.replace(from, to)), "Trust.Store", "{to}");
    }
    for extra in [
        "not_before = 2026-01-01T00:00:00",
        "not_before = 2026-01-01",
        "not_before = 2026-01-01T00:00:00.5Z",
        "not_before = 2026-01-01T00:00Z",
        "not_before = 2016-12-31T23:59:60Z",
        "not_before = 1969-12-31T23:59:59Z",
        "not_before = \"2026-01-01T00:00:00Z\"",
        "not_before = 2026-01-02T00:00:00Z\nnot_after = 2026-01-01T00:00:00Z",
        "releases = []",
        "revoked = { at = 2026-01-01T00:00:00Z }",
        "revoked = { at = 2026-01-01T00:00:00Z, reason = \"bored\" }",
    ] {
        assert_eq!(code(&format!("{good}{extra}\n")), "Trust.Store", "{extra}");
    }
    let signing = key("builder");
    let public = signing.verifying_key().to_pem();
    let swap = |pem: &str| code(&good.replace(&public, pem));
    assert_eq!(swap(&signing.to_pem()), "Trust.BadKey");
    assert_eq!(swap("d75a980182b10ab7d54bfed3c964073a\n"), "Trust.BadKey");
    assert_eq!(swap(&public[..60]), "Trust.BadKey");
    assert_eq!(swap(""), "Trust.BadKey");
    // The point of order one, y = 1, in a well-formed SubjectPublicKeyInfo.
    let weak = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\
        -----END PUBLIC KEY-----\n";
    assert_eq!(swap(weak), "Trust.WeakKey");
    assert_eq!(TrustStore::from_keys([]).unwrap_err().code(), "Trust.Store");
}

/// What no file may say, no store in memory holds either: it could not be written and read again.
#[test]
fn a_key_that_may_sign_nothing_is_no_key() {
    let bare = |kinds: &[KindPattern], aud: &[NamePattern]| {
        let key = key("security").verifying_key().clone();
        TrustedKey::new(key, id("security"), kinds.to_vec(), aud.to_vec())
    };
    let good = || bare(&[KindPattern::ANY], &[NamePattern::ANY]);
    let builder = || trusted("builder", BUILDER);
    for (useless, field) in [
        (bare(&[], &[NamePattern::ANY]), "kinds"),
        (bare(&[KindPattern::ANY], &[]), "environments"),
        (good().with_releases([]), "releases"),
        (
            good().with_not_before(at(NOW)).with_not_after(at(NOW - 1)),
            "not_after",
        ),
    ] {
        let told = format!("got another {field}, expected ");
        let error = TrustStore::from_keys([builder(), useless.clone()]).unwrap_err();
        assert_eq!(error.code(), "Trust.Store");
        assert!(error.to_string().starts_with(&told), "{error}");
        assert!(error.to_string().contains(" in key 2 "), "{error}");
        let mut store = TrustStore::from_keys([builder()]).unwrap();
        let before = store.clone();
        assert_eq!(store.add(useless).unwrap_err(), error);
        assert_eq!(store, before);
    }
    let second = good().with_not_before(at(NOW)).with_not_after(at(NOW));
    assert!(TrustStore::from_keys([builder(), second]).is_ok());
}

/// T72: whichever byte of a key was changed, and whatever part of it was kept, it is not taken for the key.
#[test]
fn a_mangled_key_is_not_trusted() {
    let good = TrustStore::from_keys([trusted("builder", BUILDER)])
        .unwrap()
        .to_toml();
    let public = key("builder").verifying_key().to_pem();
    let code = |pem: &str| {
        let store = TrustStore::from_toml(&good.replace(&public, pem));
        store.err().map(|error| error.code())
    };
    for at in 0..public.len() {
        let mut bytes = public.clone().into_bytes();
        bytes[at] += 1;
        let mangled = String::from_utf8(bytes).unwrap();
        // A letter of the base64 can make another key of it, which has another thumbprint.
        let codes = ["Trust.BadKey", "Trust.WeakKey", "Trust.Store"];
        let found = code(&mangled);
        assert!(found.is_some_and(|code| codes.contains(&code)), "{mangled}");
    }
    for begin in 0..public.len() {
        for end in begin..public.len() {
            let part = &public[begin..end];
            // What ends the last line may be left out.
            if (begin, end) != (0, public.len() - 1) {
                assert_eq!(code(part), Some("Trust.BadKey"), "{part}");
            }
        }
    }
}

#[test]
fn adding_a_key_changes_the_digest() {
    let mut store = TrustStore::from_keys([trusted("builder", BUILDER)]).unwrap();
    let before = store.digest();
    store.add(trusted("security", SECURITY)).unwrap();
    assert_ne!(store.digest(), before);
    assert_eq!(
        store.add(trusted("security", &["*"])).unwrap_err().code(),
        "Trust.KidCollision"
    );
    assert_eq!(store.keys().count(), 2);
    let _: SigningKey = key("builder");
}
