//! A value that decodes encodes to the same bytes, by us and by another; all readers agree about it.
#![no_main]
use jwp_core::cbor;
use jwp_fuzz::encoded_by_ciborium;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let value = cbor::from_slice::<cbor::Value>(data);
    assert_eq!(value.as_ref().err(), cbor::check(data).as_ref().err());
    if let Ok(value) = value {
        assert_eq!(cbor::to_vec(&value).as_deref(), Ok(data));
        assert_eq!(encoded_by_ciborium(data), data);
        assert!(cbor::diagnose(data).is_ok());
    }
});
