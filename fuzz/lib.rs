//! What the fuzz targets share.

use core::fmt::Debug;

use jwp_core::{Claim, Error, UnverifiedReceipt, cbor};
use jwp_delivery::{
    import::{
        ImportError, Imported,
        gates::{GateOutcome, GateReport, evaluate},
    },
    json,
};

/// The same item as another encoder writes it.
///
/// ciborium keeps the order of map entries and writes shortest heads and definite lengths. So this
/// equals `bytes` exactly when lengths and heads in `bytes` are in their only form.
pub fn encoded_by_ciborium(bytes: &[u8]) -> Vec<u8> {
    let item: ciborium::Value =
        ciborium::from_reader(bytes).expect("what we accept is well-formed");
    let mut out = Vec::new();
    ciborium::into_writer(&item, &mut out).expect("memory takes every byte");
    out
}

/// A receipt as it is read straight ahead, which is how it is read with care: the same in every part, or the same
/// error at the same byte.
pub fn receipt(bytes: &[u8]) -> Result<UnverifiedReceipt<'_>, Error> {
    let receipt = UnverifiedReceipt::parse(bytes);
    let carefully = UnverifiedReceipt::parse_carefully(bytes);
    match (&receipt, &carefully) {
        (Err(straight), Err(careful)) => assert_eq!(straight, careful),
        _ => assert_eq!(format!("{receipt:?}"), format!("{carefully:?}")),
    }
    receipt
}

/// A receipt of these parts, written by hand: tag 18, an array of four, an empty unprotected header.
pub fn envelope(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let mut out = vec![0xd2, 0x84];
    out.extend(byte_string(protected));
    out.push(0xa0);
    out.extend(byte_string(payload));
    out.extend(byte_string(signature));
    out
}

/// What such a receipt's signature is made over (RFC 9052 §4.4).
pub fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = b"\x84\x6aSignature1".to_vec();
    out.extend(byte_string(protected));
    out.extend(byte_string(&[]));
    out.extend(byte_string(payload));
    out
}

fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let mut out = match bytes.len() {
        len @ ..=23 => vec![0x40 | len as u8],
        len @ ..=0xff => vec![0x58, len as u8],
        len @ ..=0xffff => [&[0x59][..], &(len as u16).to_be_bytes()].concat(),
        len => [&[0x5a][..], &(len as u32).to_be_bytes()].concat(),
    };
    out.extend_from_slice(bytes);
    out
}

/// Holds an importer to what is true of every document, and gives what it made of this one.
///
/// - The error is fit for a log: it has a code, and no control character from the document.
/// - Blanks between the tokens of JSON change nothing: the same code, or what `seen` says of the import.
pub fn importer<T>(
    document: &[u8],
    import: impl Fn(&[u8]) -> Result<T, ImportError>,
    seen: impl Fn(&T) -> String,
) -> Option<T> {
    let outcome = import(document);
    if let Err(error) = &outcome {
        assert!(error.code().contains('.'));
        let text = error.to_string();
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    if json::check(document).is_ok() {
        let spread = import(&with_blanks(document));
        let told = |outcome: &Result<T, ImportError>| match outcome {
            Ok(imported) => seen(imported),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(told(&spread), told(&outcome));
    }
    outcome.ok()
}

/// Holds what was imported to what a receipt demands: the claim is valid, its bytes have one form, the
/// evidence it cites is there. Gives what of it does not depend on the layout of the documents.
pub fn holds<C: Claim + Debug>(imported: &Imported<C>) -> String {
    let claim = &imported.claim;
    assert!(claim.validate().is_ok());
    let bytes = cbor::to_vec(claim).expect("a valid claim can be written");
    let again: C = cbor::from_slice(&bytes).expect("what we write we read");
    assert_eq!(cbor::to_vec(&again).as_ref(), Ok(&bytes));
    let roles: Vec<&str> = imported.evidence.iter().map(|e| e.role.as_str()).collect();
    format!("{:?} {roles:?}", claim.headline())
}

/// Holds the report of one gate to what decides a release: whatever does not pass has a reason, and one
/// gate of four never passes alone. Gives what of it does not depend on the layout of the report.
pub fn gate(report: &GateReport) -> String {
    let passes = report.outcome() == GateOutcome::Passed;
    assert_eq!(passes, report.reasons().is_empty());
    assert!(!report.evidence().is_empty());
    let evaluated = evaluate(vec![report.clone()]).expect("one report of one gate");
    assert_ne!(evaluated.outcome, GateOutcome::Passed);
    format!("{:?} {:?}", report.reasons(), evaluated.reasons)
}

/// JSON with a blank at every place where JSON may have one.
fn with_blanks(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len().saturating_mul(2));
    let (mut text, mut escaped) = (false, false);
    for &byte in json {
        let structural = !text && b"{}[],:".contains(&byte);
        if structural {
            out.push(b' ');
        }
        out.push(byte);
        if structural {
            out.push(b' ');
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = text,
            b'"' => text = !text,
            _ => {}
        }
    }
    out
}
