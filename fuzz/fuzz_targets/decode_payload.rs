//! A payload that is read has one form, and so has all that is read from it; straight ahead it is read as with care,
//! and alone as in its receipt.
#![no_main]
use jwp_core::{UnverifiedReceipt, cbor, payload::Payload};
use jwp_fuzz::{encoded_by_ciborium, envelope, receipt};

/// The header of this receipt; what it holds is of no matter here.
static VALID: &[u8] = include_bytes!("../../spec/vectors/valid.cbor");

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let valid = UnverifiedReceipt::parse(VALID).expect("a receipt");
    let bytes = envelope(valid.protected_bytes(), data, &[0; 64]);
    let alone = Payload::parse(data);
    let receipt = match receipt(&bytes) {
        Ok(receipt) => receipt,
        Err(error) => {
            // In a receipt its byte string is whole, and more bytes complete nothing.
            let code = match alone.map(|_| ()).unwrap_err().code() {
                "Codec.Truncated" => "Envelope.Payload",
                code => code,
            };
            assert_eq!(code, error.code());
            return;
        }
    };
    assert_eq!(
        alone.unwrap().claim_bytes(),
        receipt.unverified_payload().claim_bytes()
    );
    assert_eq!(receipt.payload_bytes(), data);
    assert_eq!(encoded_by_ciborium(data), data);
    let payload = receipt.unverified_payload();
    cbor::check(payload.claim_bytes()).expect("a claim in its only form");
    assert!(bytes[payload.claim_offset()..].starts_with(payload.claim_bytes()));
    // The lists are read again where they are asked for, and end where they said.
    assert_eq!(payload.cite().iter().count(), payload.cite().len());
    assert_eq!(payload.subject().iter().count(), payload.subject().len());
    assert_eq!(payload.evidence().iter().count(), payload.evidence().len());
    assert_eq!(payload.refs().iter().count(), payload.refs().len());
    let meter = payload.meter();
    assert_eq!(meter.is_some(), payload.joules().is_some());
    assert_eq!(meter.map(|meter| meter.source), payload.source());
});
