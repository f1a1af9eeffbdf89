//! A verdict is computed each time from what was given: no earlier one is kept, under whatever name.

use jwp_core::UnverifiedReceipt;
use jwp_verify::{
    Expectations, Revocation, RevocationReason, TrustStore, TrustedKey, verify, verify_reader,
};

use crate::support::*;

/// The store in which the security team has another entry.
fn with_security(entry: Option<TrustedKey>) -> TrustStore {
    let others = [trusted("builder", BUILDER), trusted("deployer", DEPLOYER)];
    TrustStore::from_keys(others.into_iter().chain(entry)).unwrap()
}

/// T74: for another key, policy and time, between two runs that pass, by each way of reading.
#[test]
fn another_key_policy_or_time_has_a_verdict_of_its_own() {
    let bytes = release().bytes();
    let security = || trusted("security", SECURITY);
    let compromised = Revocation::new(at(NOW), RevocationReason::Compromised);
    let expired = security().with_not_after(at(signed(GATES) - 1));
    let others = [
        (
            "no key",
            with_security(None),
            expect(),
            NOW,
            3,
            "Trust.UnknownKey",
        ),
        (
            "the key of another",
            with_security(Some(trusted("stranger", SECURITY))),
            expect(),
            NOW,
            3,
            "Trust.UnknownKey",
        ),
        (
            "a revoked key",
            with_security(Some(security().with_revocation(compromised))),
            expect(),
            NOW,
            1,
            "Trust.Revoked",
        ),
        (
            "an ended key",
            with_security(Some(expired)),
            expect(),
            NOW,
            1,
            "Trust.KeyNotValid",
        ),
        (
            "a key for other kinds",
            with_security(Some(trusted("security", &["delivery.build.*"]))),
            expect(),
            NOW,
            1,
            "Trust.NotAuthorised",
        ),
        (
            "another release",
            trust(),
            Expectations::new(id("jouledb@v2026.05.08"), id(AUD), image()),
            NOW,
            1,
            "Policy.ReleaseMismatch",
        ),
        (
            "another age",
            trust(),
            expect().with_max_age_s(NOW - signed(SEAL) - 1),
            NOW,
            1,
            "Policy.Stale",
        ),
        (
            "another time",
            trust(),
            expect(),
            BASE,
            1,
            "Policy.ClockSkew",
        ),
    ];
    let good = trust();
    for (what, store, expect_, now, exit, expected) in &others {
        passes(&verify(&bytes, &good, &expect(), at(NOW)));
        let report = verify(&bytes, store, expect_, at(*now));
        assert_eq!(
            (report.codes().as_slice(), report.exit_code()),
            (&[*expected][..], *exit),
            "{what}"
        );
        let read = verify_reader(std::io::Cursor::new(&bytes), store, expect_, at(*now));
        assert_eq!(read, report, "{what}");
    }
    passes(&verify(&bytes, &good, &expect(), at(NOW)));
}

/// T74: the link does not cover the signature, so that a receipt known by its link alone would pass with any.
#[test]
fn a_link_that_was_verified_vouches_for_no_signature() {
    let good = release();
    passes(&check(&good.bytes(), &expect()));
    let mut forged = release();
    let last = forged.receipts[GATES].len() - 1;
    forged.receipts[GATES][last] ^= 1;
    let link = |bytes: &[u8]| UnverifiedReceipt::parse(bytes).unwrap().link();
    assert_eq!(link(&forged.receipts[GATES]), link(&good.receipts[GATES]));
    let report = check(&forged.bytes(), &expect());
    assert_eq!(report.codes().first(), Some(&"Envelope.BadSignature"));
    assert_eq!(report.exit_code(), 1);
    passes(&check(&good.bytes(), &expect()));
}
