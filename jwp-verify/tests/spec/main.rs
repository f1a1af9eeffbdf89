//! `spec/` as a stranger has it: the vectors are read as files alone, those of `rules/` are made anew and compared, and
//! what `format.md` and `jwp.cddl` say is so.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a mistake in how a vector is built or read fails the test, whichever way it panics"
)]

mod cddl;
mod codes;
mod count;
mod draft;
mod format;
mod index;
mod rules;
mod stranger;
