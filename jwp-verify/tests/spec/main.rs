//! The vectors of `spec/` as a stranger has them: files, and nothing that this project computes.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a mistake in how a vector is built or read fails the test, whichever way it panics"
)]

mod draft;
mod format;
mod index;
mod rules;
mod shape;
mod stranger;
