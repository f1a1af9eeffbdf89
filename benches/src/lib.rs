//! Routes from the same facts to a signed chain and back: ours and the peers'.
//!
//! | route | envelope | payload | link |
//! |---|---|---|---|
//! | [`jwp`] | ours | ours | SHA-256 of the `Sig_structure` |
//! | [`cose`] | coset | ciborium over serde | SHA-256 of the `Sig_structure` |
//! | [`dsse`] | DSSE in JSON | `serde_json` | SHA-256 of the PAE |
//! | [`bare`] | none | ready bytes | none: ed25519-dalek alone |
//!
//! Every route signs with ed25519-dalek and verifies under one key as `verify_strict` accepts (the peers by calling it,
//! ours by a quicker way to the same verdict), carries the same facts, checks key id, kind, order and link of each receipt, and decodes its claim.

use core::error::Error;

use jwp_core::Decimal;

pub mod bare;
pub mod codec;
pub mod compare;
pub mod cose;
pub mod dsse;
pub mod jwp;
mod peer;

/// Whatever a route refuses: a benchmark only has to stop.
pub type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// The secret of RFC 8032 §7.1 TEST 1: everybody knows it.
pub const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// When every receipt says it was signed.
pub const IAT: u64 = 1_778_112_000;
/// The kind of the claim.
pub const KIND: &str = "bench.analysis.passed";
/// What the claim cites.
pub const CITE: &str = "Prometheus 2.55 · SLO multi-window burn-rate";
/// What was spent on each step, as declared.
pub const JOULES: &str = "0.41";
/// How that is known.
pub const METHOD: &str = "declared by the owner";
/// Issuer, release and environment.
pub const PLACE: [&str; 3] = ["deployer", "jouledb@v2026.05.07", "prod"];

/// What one receipt says: an analysis of a canary, as numbers for us and as text for the peers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts {
    /// Latency in milliseconds, 99th percentile.
    pub p99_ms: Decimal,
    /// Failed requests of all.
    pub error_rate: Decimal,
    /// The same two as text.
    pub text: [String; 2],
    /// Requests seen.
    pub requests: u64,
    /// Requests failed.
    pub errors: u64,
    /// OCI text form of the image digest.
    pub image: String,
}

/// The facts of `count` receipts, each a little different.
///
/// # Errors
/// None of the numbers is out of range for a `count` below 2^32.
pub fn facts(count: u32) -> Result<Vec<Facts>> {
    let image = format!("sha256:{}", "4f2c".repeat(16));
    (0..count)
        .map(|n| {
            let (requests, errors) = (100_000, u64::from(n % 1000));
            let p99_ms = Decimal::from_ratio(i128::from((n % 97).saturating_add(840)), 10, 3)
                .ok_or("a latency too long")?;
            let error_rate = Decimal::from_ratio(i128::from(errors), u128::from(requests), 6)
                .ok_or("a rate out of range")?;
            let text = [p99_ms.to_string(), error_rate.to_string()];
            let image = image.clone();
            Ok(Facts {
                p99_ms,
                error_rate,
                text,
                requests,
                errors,
                image,
            })
        })
        .collect()
}
