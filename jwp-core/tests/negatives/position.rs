//! A place that contradicts itself: what a first receipt has, and what one behind another has.

use super::{
    base::{Add, Base},
    lax::{bytes, uint},
};

pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let genesis = "Chain.Genesis";
    let prev = bytes(&[1; 32]);
    add(
        "T50",
        genesis,
        "seq-0-with-prev",
        b.payload(|p| p.with("prev", prev.clone())),
    );
    add(
        "T50",
        genesis,
        "seq-0-without-run",
        b.payload(|p| p.without(&"run")),
    );
    add(
        "T50",
        genesis,
        "seq-1-without-prev",
        b.payload(|p| p.with("seq", uint(1)).without(&"run")),
    );
    add(
        "T50",
        genesis,
        "seq-1-with-run",
        b.payload(|p| p.with("seq", uint(1)).with("prev", prev.clone())),
    );
    add(
        "T50",
        genesis,
        "seq-1-with-after",
        b.payload(|p| {
            p.with("seq", uint(1))
                .with("prev", prev.clone())
                .with("after", prev.clone())
                .without(&"run")
        }),
    );
}
