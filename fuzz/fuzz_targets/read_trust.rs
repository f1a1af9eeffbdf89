//! A trust file that loads is written again to one that says the same.
#![no_main]
use jwp_verify::TrustStore;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(store) = TrustStore::from_toml(text) {
        let written = store.to_toml();
        let again = TrustStore::from_toml(&written).expect("what we write we read");
        assert_eq!(again.to_toml(), written);
    }
});
