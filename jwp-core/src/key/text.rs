//! A key file in whichever text form it has.

use super::{SigningKey, VerifyingKey};
use crate::error::Result;

impl VerifyingKey {
    /// A key as PEM, OpenSSH line, `did:key` or JWK: which, the first characters tell.
    ///
    /// # Errors
    /// Those of the form; of [`VerifyingKey::from_pem`] where the text has none of them.
    pub fn from_text(text: &str) -> Result<Self> {
        let begin = text.trim_start();
        if begin.starts_with('{') {
            Self::from_jwk(text)
        } else if begin.starts_with("did:") {
            Self::from_did_key(text)
        } else if ["ssh-", "ecdsa-", "sk-"]
            .iter()
            .any(|name| begin.starts_with(name))
        {
            Self::from_openssh(text)
        } else {
            Self::from_pem(text)
        }
    }
}

impl SigningKey {
    /// A key as PEM, OpenSSH private key or JWK: which, the first characters tell.
    ///
    /// # Errors
    /// Those of the form; of [`SigningKey::from_pem`] where the text has none of them.
    pub fn from_text(text: &str) -> Result<Self> {
        let begin = text.trim_start();
        if begin.starts_with('{') {
            Self::from_jwk(text)
        } else if begin.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
            Self::from_openssh(text)
        } else {
            Self::from_pem(text)
        }
    }
}
