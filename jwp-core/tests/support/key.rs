//! The key of the tests: everybody knows its secret.

use jwp_core::SigningKey;

/// The key whose seed is the bytes from 0 to 31.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&core::array::from_fn(|n| n.try_into().expect("a byte"))).expect("a key")
}
