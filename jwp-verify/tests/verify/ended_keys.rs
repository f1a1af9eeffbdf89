//! R16: from the second of its end on, what a key says of an earlier time is its holder's word.

use jwp_verify::{Report, Revocation, RevocationReason, TrustStore, TrustedKey, verify};

use crate::support::*;

const END: u64 = BASE + 1800;

fn proven(now: u64, end: fn(TrustedKey) -> TrustedKey) -> Report {
    let store = TrustStore::from_keys([
        trusted("builder", BUILDER),
        end(trusted("security", SECURITY)),
        trusted("deployer", DEPLOYER),
    ]);
    let expect = expect().with_proven_time();
    verify(&release().bytes(), &store.unwrap(), &expect, at(now))
}

/// T66, T67: a revocation holds from its own second, a validity to the end of its last.
#[test]
fn proof_of_time_is_asked_for_from_the_second_of_the_end() {
    let rotated =
        |key: TrustedKey| key.with_revocation(Revocation::new(at(END), RevocationReason::Rotated));
    passes(&proven(END - 1, rotated));
    codes(&proven(END, rotated), 1, &["Trust.UnprovenTime"]);
    codes(&proven(END + 1, rotated), 1, &["Trust.UnprovenTime"]);
    let expired = |key: TrustedKey| key.with_not_after(at(END));
    passes(&proven(END, expired));
    codes(&proven(END + 1, expired), 1, &["Trust.UnprovenTime"]);
}
