//! What a caller may hand to another thread. That this compiles is the test.
#![cfg(test)]

use jwp_delivery::DeliveryClaim;
use jwp_verify::{Expectations, Report, TrustStore, seal::Tally, trust::TrustError};

const fn is_shared<T: Send + Sync>() {}

#[test]
fn values_go_to_other_threads() {
    is_shared::<DeliveryClaim>();
    is_shared::<Expectations>();
    is_shared::<Report>();
    is_shared::<Tally>();
    is_shared::<TrustError>();
    is_shared::<TrustStore>();
}
