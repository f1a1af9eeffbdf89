//! What nobody signed decides nothing: neither a report, nor a seal without its envelope, nor several of them.

use jwp_core::{UnverifiedReceipt, cbor};
use jwp_verify::{report, verify};

use crate::support::*;

/// T113
#[test]
fn summaries_that_nobody_signed_decide_nothing() {
    let draft = release();
    let passed = check(&draft.bytes(), &expect());
    passes(&passed);
    let json = report::json::render(&passed).into_bytes();
    let human = report::human::render(&passed).into_bytes();
    let seal = UnverifiedReceipt::parse(&draft.receipts[SEAL]).unwrap();
    let payload = seal.payload_bytes().to_vec();
    let claim = cbor::to_vec(&(1u64, 9u64, passed.verdict())).unwrap();
    for (what, summary) in [
        ("a report", json),
        ("a verdict", human),
        ("a payload", payload),
        ("a list", claim),
    ] {
        for merged in [summary.clone(), [summary.clone(), summary.clone()].concat()] {
            let report = check(&merged, &expect());
            codes(&report, 3, &["Envelope.WrongType"]);
            assert_eq!(report.facts.receipts, 0, "{what}");
            // In front of the chain it is no beginning, and behind it no receipt.
            let report = check(&[merged.clone(), draft.bytes()].concat(), &expect());
            codes(&report, 3, &["Envelope.WrongType"]);
            let report = check(&[draft.bytes(), merged].concat(), &expect());
            codes(&report, 3, &["Envelope.WrongType", "Chain.Corrupt"]);
        }
    }
    // Of nothing there is nothing to merge.
    let report = verify(b"", &trust(), &expect(), at(NOW));
    codes(&report, 3, &["Codec.Truncated"]);
}
