//! A receipt that parses is written again to the same bytes: as a whole, its header and its payload. Straight ahead
//! it is read as with care. What a crash may have left ends too early.
#![no_main]
use jwp_core::{ErrorKind, cbor, envelope};
use jwp_fuzz::{encoded_by_ciborium, receipt};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let is_torn = envelope::is_torn(data);
    let receipt = match receipt(data) {
        Ok(receipt) => receipt,
        Err(error) => {
            return assert!(matches!(error.kind(), ErrorKind::Truncated) || !is_torn);
        }
    };
    assert!(!is_torn);
    let (header, payload) = (receipt.protected_bytes(), receipt.payload_bytes());
    assert_eq!(receipt.as_bytes(), data);
    for bytes in [data, header, payload] {
        assert_eq!(encoded_by_ciborium(bytes), bytes);
    }
    match cbor::from_slice::<cbor::Value>(payload) {
        Ok(value) => assert_eq!(cbor::to_vec(&value).as_deref(), Ok(payload)),
        // Joules may have a mantissa that other decimals may not.
        Err(error) => assert!(matches!(error.kind(), ErrorKind::OutOfRange { .. })),
    }
});
