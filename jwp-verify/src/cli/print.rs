//! A receipt that was just signed, in the owner's form.

use jwp_core::Receipt;
use jwp_delivery::kind::DeliveryKind;

use super::Output;

/// Prints the seq, the owner's step number, the receipt, and its link in full.
pub(crate) fn receipt(
    receipt: &Receipt<'_>,
    headline: Vec<(&'static str, String)>,
    out: &mut Output,
) {
    let payload = receipt.payload();
    let step = DeliveryKind::from_name(payload.kind()).and_then(|kind| kind.family().step());
    let step = step
        .map(|step| format!(" · step {step:02}"))
        .unwrap_or_default();
    out.line(format_args!("seq {}{step}", payload.seq()));
    for line in receipt.printed(headline).to_string().lines() {
        out.line(format_args!("{line}"));
    }
    out.line(format_args!("link {}", receipt.link()));
}
