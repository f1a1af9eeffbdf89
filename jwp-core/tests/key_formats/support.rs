//! One key in the forms of several programs, and what a refusal says.

use base64ct::{Base64, Encoding as _};
use jwp_core::{Error, SigningKey, VerifyingKey};

/// RFC 8032 §7.1, TEST 1.
pub(crate) const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// RFC 8037 §A.1: the same key as a JWK.
pub(crate) const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 8037 §A.2.
pub(crate) const PUBLIC_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

pub(crate) const OPENSSH: &str = include_str!("../testdata/keys/openssh.txt");
pub(crate) const OPENSSH_PUBLIC: &str = include_str!("../testdata/keys/openssh.pub");
pub(crate) const ENCRYPTED: &str = include_str!("../testdata/keys/openssh-encrypted.txt");
pub(crate) const ECDSA: &str = include_str!("../testdata/keys/openssh-ecdsa.txt");
pub(crate) const ECDSA_PUBLIC: &str = include_str!("../testdata/keys/openssh-ecdsa.pub");

pub(crate) fn signing() -> SigningKey {
    SigningKey::from_seed(&SEED).unwrap()
}

#[track_caller]
pub(crate) fn refused<T: core::fmt::Debug>(result: Result<T, Error>, words: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "Trust.BadKey", "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("got {words}, expected ")),
        "{text}"
    );
}

/// The blob of the fixture, and where its public key stands.
pub(crate) fn openssh() -> (Vec<u8>, Vec<usize>) {
    let base64: String = OPENSSH
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let blob = Base64::decode_vec(&base64).unwrap();
    let key = VerifyingKey::from_openssh(OPENSSH_PUBLIC).unwrap();
    let places = blob
        .windows(32)
        .enumerate()
        .filter(|(_, window)| window == key.as_bytes());
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    assert_eq!(places.len(), 3);
    (blob, places)
}

pub(crate) fn armour(blob: &[u8]) -> String {
    let base64 = Base64::encode_string(blob);
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{base64}\n-----END OPENSSH PRIVATE KEY-----\n")
}
