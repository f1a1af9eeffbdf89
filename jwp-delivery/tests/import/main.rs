//! What the importers read of real and hand-made documents: what they compute, that a changed document changes the
//! claim or is refused with its code, and that no document of the corpus makes one panic.
//!
//! Claims are compared by their wire names.

#![cfg(test)]

mod argo;
mod attestation;
mod cdevents;
mod cloudevents;
mod corpus;
mod gates;
mod hostile;
mod oci;
mod openfeature;
mod prometheus;
mod promql;
mod rollback;
mod support;
