//! A receipt that parses is written again to the same bytes: as a whole, its header and its payload.
#![no_main]
use jwp_core::{UnverifiedReceipt, cbor};
use jwp_fuzz::encoded_by_ciborium;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(receipt) = UnverifiedReceipt::parse(data) else {
        return;
    };
    assert_eq!(receipt.as_bytes(), data);
    assert_eq!(encoded_by_ciborium(data), data);
    let header = receipt.protected_bytes();
    assert_eq!(encoded_by_ciborium(header), header);
    let payload: cbor::Value = cbor::from_slice(receipt.payload_bytes()).expect("it was parsed");
    assert_eq!(
        cbor::to_vec(&payload).as_deref(),
        Ok(receipt.payload_bytes())
    );
});
