//! A segment comes from receipts that were verified, and from nothing that somebody sent.
#![cfg(test)]

use jwp_core::{Receipt, chain::Segment};

/// T113: a summary cannot be read, so that none that nobody signed is ever merged. Whoever adds `Deserialize` makes the
/// call below ambiguous, and this does not compile.
#[test]
fn a_segment_is_not_read_from_a_file() {
    trait NotRead<T> {
        fn check() {}
    }
    struct Any;
    impl<T> NotRead<()> for T {}
    impl<T: for<'de> serde::Deserialize<'de>> NotRead<Any> for T {}
    let _ = Any;
    <Segment as NotRead<_>>::check();
    <Receipt<'static> as NotRead<_>>::check();
}

/// T113: nor made of its parts: what there is for it takes a receipt.
#[test]
fn a_segment_has_no_default() {
    trait NotMade<T> {
        fn check() {}
    }
    struct Any;
    impl<T> NotMade<()> for T {}
    impl<T: Default> NotMade<Any> for T {}
    let _ = Any;
    <Segment as NotMade<_>>::check();
}
