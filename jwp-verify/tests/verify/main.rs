//! What the verifier promises, through its public API. Each row of the threat table that a verifier
//! answers has an assertion of its exact code.

mod chain;
mod code;
mod invariants;
mod mutation;
mod report;
mod seal;
mod stages;
mod support;
mod trust;
