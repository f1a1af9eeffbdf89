//! `did:key` of the W3C Credentials Community Group: multicodec in base58btc.

use alloc::string::String;

use super::{VerifyingKey, bad};
use crate::error::Result;

const EXPECTED: &str = "an Ed25519 did:key (did:key:z6Mk…)";
/// Multicodec `ed25519-pub`, 0xed, as an unsigned varint.
const ED25519: [u8; 2] = [0xed, 0x01];

impl VerifyingKey {
    /// A key from `did:key:z6Mk…`, without a fragment or anything else behind it.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead; `Trust.WeakKey`.
    pub fn from_did_key(did: &str) -> Result<Self> {
        let refused = |found| Err(bad(found, EXPECTED));
        let Some(multibase) = did.trim().strip_prefix("did:key:") else {
            return refused("text that does not begin with did:key:");
        };
        let Some(base58) = multibase.strip_prefix('z') else {
            return refused("another multibase than base58btc");
        };
        // 34 bytes have 47 digits at most; decoding takes time that grows with the square.
        let mut bytes = [0; 64];
        let length = match bs58::decode(base58.as_bytes().get(..64).unwrap_or(base58.as_bytes()))
            .onto(&mut bytes)
        {
            Ok(length) if base58.len() <= 64 => length,
            _ => return refused("mangled base58btc"),
        };
        match bytes.get(..length).unwrap_or_default() {
            [0xed, 0x01, key @ ..] if key.len() == 32 => {
                let key = key
                    .try_into()
                    .map_err(|_| bad("a truncated key", EXPECTED))?;
                Self::from_bytes(key)
            }
            [0xed, 0x01, ..] => refused("a truncated or mangled key"),
            [_, _, ..] => refused("a key of another algorithm"),
            _ => refused("a truncated key"),
        }
    }

    /// The key as `did:key:z6Mk…`.
    #[must_use]
    pub fn to_did_key(&self) -> String {
        let mut bytes = [0; 34];
        for (to, from) in bytes.iter_mut().zip(ED25519.iter().chain(self.as_bytes())) {
            *to = *from;
        }
        let mut digits = [0; 64];
        // 34 bytes have 47 digits at most.
        let length = bs58::encode(&bytes)
            .onto(&mut digits[..])
            .unwrap_or_default();
        let digits = digits
            .get(..length)
            .and_then(|digits| core::str::from_utf8(digits).ok());
        alloc::format!("did:key:z{}", digits.unwrap_or_default())
    }
}
