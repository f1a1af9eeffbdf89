//! A protected header that is read has one form, and fields within their limits; straight ahead it is read as with
//! care.
#![no_main]
use jwp_core::{Identifier, UnverifiedReceipt};
use jwp_fuzz::{encoded_by_ciborium, envelope, receipt};

/// The payload of this receipt; what it holds is of no matter here.
static VALID: &[u8] = include_bytes!("../../spec/vectors/valid.cbor");

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let valid = UnverifiedReceipt::parse(VALID).expect("a receipt");
    let bytes = envelope(data, valid.payload_bytes(), &[0; 64]);
    let Ok(receipt) = receipt(&bytes) else {
        return;
    };
    assert_eq!(receipt.protected_bytes(), data);
    assert_eq!(encoded_by_ciborium(data), data);
    let header = receipt.unverified_header();
    for text in [header.iss(), header.sub(), header.aud()] {
        assert!(text.parse::<Identifier>().is_ok(), "{text:?}");
    }
    assert!([-8, -19].contains(&header.algorithm().number()));
});
