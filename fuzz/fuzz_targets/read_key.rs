//! A public key that loads is written in one form, which loads as the same key; a private one is never
//! read where a public one is wanted, nor the other way round.
#![no_main]
use jwp_core::{Signer as _, SigningKey, VerifyingKey};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let public = VerifyingKey::from_pem(text);
    if let Ok(key) = &public {
        let again = VerifyingKey::from_pem(&key.to_pem()).expect("what we write we read");
        assert_eq!(again.as_bytes(), key.as_bytes());
        assert_eq!(again.id(), key.id());
    }
    if let Ok(key) = SigningKey::from_pem(text) {
        assert!(public.is_err());
        let again = SigningKey::from_pem(&key.to_pem()).expect("what we write we read");
        assert_eq!(
            again.verifying_key().as_bytes(),
            key.verifying_key().as_bytes()
        );
    }
});
