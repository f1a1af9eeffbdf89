//! Seeds that are none, and secrets that stay where they are.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwp_core::{Signer as _, SigningKey};

use crate::support::{JWK, refused, signing};

/// T108: a generator that gives nothing but one byte makes no key, by whichever way the seed comes; and
/// signing needs no generator.
#[test]
fn a_seed_of_one_repeated_byte_is_no_key_and_signing_is_deterministic() {
    for byte in 0..=255 {
        refused(
            SigningKey::from_seed(&[byte; 32]),
            "a seed of one repeated byte",
        );
    }
    let d = Base64UrlUnpadded::encode_string(&[0; 32]);
    let jwk = JWK.replace("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", &d);
    refused(SigningKey::from_jwk(&jwk), "a seed of one repeated byte");
    let signatures = [0, 1].map(|_| signing().sign(b"message").unwrap());
    assert_eq!(signatures[0], signatures[1]);
}

/// T102: secrets are printed nowhere, and there is only one of each.
#[test]
fn a_secret_is_neither_printed_nor_cloned() {
    let printed = format!("{:?} {:#?}", signing(), signing());
    for secret in ["9d61b19d", "9D61B19D", "nWGxne", "157, 97, 177"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    // Whoever adds `Clone` makes the call below ambiguous, and this does not compile.
    trait NotClone<T> {
        fn check() {}
    }
    struct Any;
    impl<T> NotClone<()> for T {}
    impl<T: Clone> NotClone<Any> for T {}
    let _ = Any;
    <SigningKey as NotClone<_>>::check();
}
