//! The canary example: every value is computed, nothing else passes, and the vectors are what it makes.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a mistake in how a chain is changed fails the test, whichever way it panics"
)]

mod hostile;
mod inputs;
#[expect(dead_code, reason = "the example uses the rest")]
#[path = "../../examples/canary/release.rs"]
mod release;
mod support;
mod vectors;
