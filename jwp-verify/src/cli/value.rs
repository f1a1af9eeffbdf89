//! Values of options, checked where the name of the option is still known: what would otherwise fail deep inside a
//! claim is a usage error that says which argument it is about.

use jwp_core::{Decimal, Timestamp, cbor};
use jwp_delivery::import::scancode::AllowedLicenses;

use super::failure::{Failure, Result};

/// Text that a receipt can hold, and not nothing.
pub(crate) fn text(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("got nothing, expected at least one character".to_owned());
    }
    match cbor::to_vec(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.kind().to_string()),
    }
}

/// A decimal above 0.
pub(crate) fn above_zero(text: &str) -> Result<Decimal, String> {
    match text.parse::<Decimal>() {
        Ok(number) if number > Decimal::ZERO => Ok(number),
        Ok(_) => Err("expected a number above 0".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// An identifier of the SPDX licence list, perhaps with its exception.
pub(crate) fn license(text: &str) -> Result<String, &'static str> {
    match AllowedLicenses::default().with(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("expected an SPDX licence identifier, such as BSD-3-Clause"),
    }
}

/// Refuses an end that has come already when it is signed: the receipt could never be used, nor taken back.
pub(crate) fn future(option: &str, end: Timestamp, now: Timestamp) -> Result<()> {
    if now < end {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "got {option} {end}, expected a time after {now} (--now)"
    )))
}

/// Refuses a window that ends before it has begun.
pub(crate) fn window(from: Timestamp, to: Timestamp) -> Result<()> {
    if from < to {
        Ok(())
    } else {
        Err(Failure::usage("got --from that is not before --to"))
    }
}
