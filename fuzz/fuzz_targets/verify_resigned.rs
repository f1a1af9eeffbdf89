//! A signer who lies: each receipt of the chain is linked and signed anew, whatever its payload now says.
//! Verdict, exit code and findings agree, and both reports can be shown anywhere and say the same.
#![no_main]
use std::sync::LazyLock;

use jwp_core::{
    Identifier, Link, Signer, SigningKey, Timestamp, UnverifiedReceipt, chain::Receipts,
    payload::Position,
};
use jwp_fuzz::{envelope, sig_structure};
use jwp_verify::{Expectations, Expected, TrustStore, report, verify};

static TRUST: LazyLock<TrustStore> = LazyLock::new(|| {
    let text = include_str!("../../spec/vectors/canary/trust.toml");
    TrustStore::from_toml(text).expect("a trust file")
});
static KEYS: LazyLock<[SigningKey; 3]> = LazyLock::new(|| {
    [
        include_str!("../../spec/vectors/canary/builder.test-only-private.pem"),
        include_str!("../../spec/vectors/canary/deployer.test-only-private.pem"),
        include_str!("../../spec/vectors/canary/security.test-only-private.pem"),
    ]
    .map(|pem| SigningKey::from_pem(pem).expect("a private key"))
});

/// The receipt, a link in it replaced by another, signed by the key it names.
fn resigned(receipt: &UnverifiedReceipt<'_>, link: Option<(&Link, &[u8; 32])>) -> Option<Vec<u8>> {
    let kid = receipt.unverified_header().kid();
    let key = KEYS.iter().find(|key| key.verifying_key().id() == kid)?;
    let mut payload = receipt.payload_bytes().to_vec();
    if let Some((had, prev)) = link {
        let at = payload
            .windows(32)
            .position(|piece| piece == had.as_bytes())?;
        payload[at..at + 32].copy_from_slice(prev);
    }
    let protected = receipt.protected_bytes();
    let signature = key
        .sign(&sig_structure(protected, &payload))
        .expect("a key in memory signs");
    Some(envelope(protected, &payload, &signature))
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (mut chain, mut prev) = (Vec::new(), None::<[u8; 32]>);
    for (_, receipt) in Receipts::new(data).map_while(Result::ok) {
        let link = match (receipt.unverified_payload().position(), &prev) {
            (Position::Next { prev: had, .. }, Some(prev)) => Some((had, prev)),
            _ => None,
        };
        let Some(bytes) = resigned(&receipt, link) else {
            break;
        };
        if let Ok(receipt) = UnverifiedReceipt::parse(&bytes) {
            prev = Some(*receipt.link().as_bytes());
        }
        chain.extend_from_slice(&bytes);
    }
    let sub: Identifier = "jouledb@v2026.05.07".parse().expect("a release");
    let aud: Identifier = "prod".parse().expect("an environment");
    let expected = Expectations::new(sub, aud, Expected::Any);
    let now = Timestamp::try_from(1_800_000_000).expect("a time");
    let report = verify(&chain, &TRUST, &expected, now);
    assert_eq!(report.is_verified(), report.exit_code() == 0);
    assert_eq!(report.is_verified(), report.findings.is_empty());
    assert!(
        !report.codes().contains(&"Envelope.BadSignature"),
        "{:?}",
        report.codes()
    );
    let human = report::human::render(&report);
    assert!(human.chars().all(|c| c == '\n' || !c.is_control()));
    let json: serde_json::Value =
        serde_json::from_str(&report::json::render(&report)).expect("JSON");
    assert_eq!(json["verdict"], report.verdict().to_string());
});
