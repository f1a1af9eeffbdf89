//! A value that decodes encodes to the same bytes, by us and by another; all readers agree about it.
#![no_main]
use jwp_core::{ErrorKind, cbor};
use jwp_fuzz::encoded_by_ciborium;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match cbor::from_slice::<cbor::Value>(data) {
        Ok(value) => {
            assert_eq!(cbor::check(data), Ok(()));
            assert_eq!(cbor::to_vec(&value).as_deref(), Ok(data));
            assert_eq!(encoded_by_ciborium(data), data);
            assert!(cbor::diagnose(data).is_ok());
        }
        // `check` admits the mantissas of joules, which a decimal does not.
        Err(error) if matches!(error.kind(), ErrorKind::OutOfRange { .. }) => {}
        Err(error) => assert_eq!(cbor::check(data), Err(error)),
    }
});
