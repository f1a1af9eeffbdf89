//! What the clock says beside what receipts say.

use jwp_core::ReceiptPayload;
use jwp_verify::{Stage, verify};

use crate::support::*;

/// T89: where counters of seconds and nanoseconds end elsewhere, and a day to either side.
#[test]
fn a_receipt_of_any_later_year_is_of_the_future() {
    // 2038-01-19T03:14:08Z, 2106-02-07T06:28:16Z, 2262-04-11T23:47:17Z and the last second of 9999.
    for iat in [1 << 31, 1 << 32, 9_223_372_037, 253_402_300_799] {
        let mut draft = Draft::begin(SUB, AUD, 1);
        draft.push_signed("builder", &build(), iat, &key("builder"));
        let judged = |now| verify(&draft.bytes(), &trust(), &anything(Stage::None), at(now));
        codes(&judged(NOW), 1, &["Policy.ClockSkew"]);
        codes(&judged(iat - 86_400), 1, &["Policy.ClockSkew"]);
        codes(&judged(iat - 301), 1, &["Policy.ClockSkew"]);
        passes(&judged(iat - 300));
        passes(&judged((iat + 86_400).min(253_402_300_799)));
    }
    let first = ReceiptPayload::new(build_claim()).with_subject([image()]);
    let mut draft = Draft::begin(SUB, AUD, 1);
    draft.push_signed("builder", &first, 0, &key("builder"));
    passes(&verify(
        &draft.bytes(),
        &trust(),
        &anything(Stage::None),
        at(0),
    ));
}
