//! A public key that loads, in whichever form, is written as PEM, which loads as the same key; a private one is never
//! read where a public one is wanted, nor the other way round.
#![no_main]
use jwp_core::{Signer as _, SigningKey, VerifyingKey};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let cose = (
        VerifyingKey::from_cose_key(data),
        SigningKey::from_cose_key(data),
    );
    judge(&[cose.0], &[cose.1]);
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let public = [
        VerifyingKey::from_pem(text),
        VerifyingKey::from_jwk(text),
        VerifyingKey::from_openssh(text),
        VerifyingKey::from_did_key(text),
    ];
    let private = [
        SigningKey::from_pem(text),
        SigningKey::from_jwk(text),
        SigningKey::from_openssh(text),
    ];
    // Which form it is, the first characters tell: what that reader says is what the reader of any form says.
    let any = VerifyingKey::from_text(text);
    assert_eq!(any.is_ok(), public.iter().any(Result::is_ok));
    let any = SigningKey::from_text(text);
    assert_eq!(any.is_ok(), private.iter().any(Result::is_ok));
    judge(&public, &private);
});

fn judge<E>(public: &[Result<VerifyingKey, E>], private: &[Result<SigningKey, E>]) {
    for key in public.iter().flatten() {
        let again = VerifyingKey::from_pem(&key.to_pem()).expect("what we write we read");
        assert_eq!(again.as_bytes(), key.as_bytes());
        assert_eq!(again.id(), key.id());
    }
    for key in private.iter().flatten() {
        assert!(public.iter().all(Result::is_err));
        let again = SigningKey::from_pem(&key.to_pem()).expect("what we write we read");
        assert_eq!(
            again.verifying_key().as_bytes(),
            key.verifying_key().as_bytes()
        );
    }
}
