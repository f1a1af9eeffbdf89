//! What the verifier promises, through its public API. Each row of the threat table that a verifier
//! answers has an assertion of its exact code.
#![expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a mistake in how a chain is built fails the test, whichever way it panics"
)]

mod chain;
mod code;
mod figures;
mod invariants;
mod mutation;
mod report;
mod seal;
mod stages;
mod support;
mod trust;
