//! What the verifier promises, through its public API. Each row of the threat table that a verifier
//! answers has an assertion of its exact code.
#![expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a mistake in how a chain is built fails the test, whichever way it panics"
)]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../../../jwp-core/tests/support/lax.rs"]
mod lax;

mod chain;
mod code;
mod endorsements;
mod energy;
mod expectations;
mod expiry;
mod foreign;
mod mutation;
mod order;
mod past;
mod recomputed;
mod references;
mod report;
mod rollout;
mod rotation;
mod seal;
mod stages;
mod standing_negatives;
mod subject;
mod summaries;
mod support;
mod trust;
mod unknown_names;
mod unverified_attestations;
mod ways_back;
