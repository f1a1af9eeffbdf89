//! Nothing but the canary release passes as the canary release; both reports can be shown anywhere, and
//! say the same.
#![no_main]
use std::sync::LazyLock;

use jwp_core::{Identifier, Timestamp};
use jwp_verify::{Expectations, Expected, TrustStore, report, verify};

static CHAIN: &[u8] = include_bytes!("../../spec/vectors/canary/release.jwp");
static TRUST: LazyLock<TrustStore> = LazyLock::new(|| {
    let text = include_str!("../../spec/vectors/canary/trust.toml");
    TrustStore::from_toml(text).expect("a trust file")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let sub: Identifier = "jouledb@v2026.05.07".parse().expect("a release");
    let aud: Identifier = "prod".parse().expect("an environment");
    let expected = Expectations::new(sub, aud, Expected::Any);
    let now = Timestamp::try_from(1_800_000_000).expect("a time");
    let report = verify(data, &TRUST, &expected, now);
    assert_eq!(report.is_verified(), report.exit_code() == 0);
    assert_eq!(report.is_verified(), report.findings.is_empty());
    // Whoever puts proofs into the unprotected header changes no verdict.
    assert!(!report.is_verified() || data.len() >= CHAIN.len());
    let human = report::human::render(&report);
    assert!(human.chars().all(|c| c == '\n' || !c.is_control()));
    let json: serde_json::Value =
        serde_json::from_str(&report::json::render(&report)).expect("JSON");
    assert_eq!(json["verdict"], report.verdict().to_string());
});
