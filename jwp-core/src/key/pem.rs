//! PEM as openssl writes it: PKCS#8 (RFC 5958, 8410) and SubjectPublicKeyInfo.

use alloc::string::String;

use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
    spki::der::pem::{self, LineEnding},
};
use zeroize::Zeroizing;

use super::{SigningKey, VerifyingKey};
use crate::error::{ErrorKind, Result};

impl VerifyingKey {
    /// A key from a `PUBLIC KEY` PEM (SubjectPublicKeyInfo, RFC 8410), as openssl writes it.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead; `Trust.WeakKey`.
    pub fn from_pem(pem: &str) -> Result<Self> {
        check_label(pem, PUBLIC)?;
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(pem.trim())
            .map_err(|_| pem_error(pem, PUBLIC))?;
        Self::from_bytes(key.as_bytes())
    }

    /// The key as a `PUBLIC KEY` PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // An Ed25519 SubjectPublicKeyInfo has one length; encoding it cannot fail.
        self.inner
            .to_public_key_pem(LineEnding::LF)
            .unwrap_or_default()
    }
}

impl SigningKey {
    /// A key from a `PRIVATE KEY` PEM (PKCS#8, RFC 8410), as `openssl genpkey` writes it.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead; as [`SigningKey::from_seed`].
    pub fn from_pem(pem: &str) -> Result<Self> {
        check_label(pem, PRIVATE)?;
        // Into a buffer of our own: what is decoded of a text that turns out to be mangled is secret all the same.
        let mut buffer = Zeroizing::new(alloc::vec![0; pem.len()]);
        let inner = pem::decode(pem.trim().as_bytes(), &mut buffer)
            .ok()
            .and_then(|(_, der)| ed25519_dalek::SigningKey::from_pkcs8_der(der).ok())
            .ok_or_else(|| pem_error(pem, PRIVATE))?;
        Self::from_seed(inner.as_bytes())
    }

    /// The key as a `PRIVATE KEY` PEM with the public key left out, as openssl 1.1.1 and 3 write it.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        use ed25519_dalek::pkcs8::KeypairBytes;
        // Zeroised when it is dropped.
        let bytes = KeypairBytes {
            secret_key: self.inner.to_bytes(),
            public_key: None,
        };
        // The document has one length; encoding it cannot fail.
        bytes.to_pkcs8_pem(LineEnding::LF).unwrap_or_default()
    }
}

/// The labels of RFC 7468 that the two kinds of key have.
const PUBLIC: (&str, &str) = ("PUBLIC KEY", "an Ed25519 public key (PUBLIC KEY PEM)");
const PRIVATE: (&str, &str) = ("PRIVATE KEY", "an Ed25519 private key (PRIVATE KEY PEM)");

/// Says what kind of file was given, where it is not the one asked for.
fn check_label(pem: &str, (label, expected): (&str, &'static str)) -> Result<()> {
    let begin = pem.trim_start().strip_prefix("-----BEGIN ");
    let found = match begin
        .and_then(|rest| rest.split_once("-----"))
        .map(|(found, _)| found)
    {
        Some(found) if found == label => return Ok(()),
        Some("PRIVATE KEY") => "a private key",
        Some("PUBLIC KEY") => "a public key",
        Some("ENCRYPTED PRIVATE KEY") => "an encrypted private key",
        Some("OPENSSH PRIVATE KEY") => "an OpenSSH private key",
        Some("RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY") => {
            "a private key of another algorithm"
        }
        Some("RSA PUBLIC KEY") => "a public key of another algorithm",
        Some("CERTIFICATE") => "a certificate",
        Some(_) => "a PEM file of another kind",
        None if pem.trim_start().starts_with("ssh-") => "an OpenSSH public key",
        None if pem.trim().is_empty() => "an empty file",
        None => "a file that is not PEM",
    };
    Err(ErrorKind::BadKey { found, expected }.into())
}

/// A PEM with the right label that still is no Ed25519 key: cut short, mangled, or of another
/// algorithm.
fn pem_error(text: &str, (_, expected): (&str, &'static str)) -> ErrorKind {
    use ed25519_dalek::pkcs8::spki::der::{AnyRef, Decode as _};
    // RFC 8410 §3: the object identifier 1.3.101.112 names Ed25519.
    const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];
    let mut buffer = Zeroizing::new(alloc::vec![0; text.len()]);
    let found = match pem::decode(text.trim().as_bytes(), &mut buffer).map(|(_, der)| der) {
        Err(_) if !text.contains("-----END ") => "a truncated PEM file",
        Err(_) => "a mangled PEM file",
        Ok(der) if AnyRef::from_der(der).is_err() => "a truncated or mangled key",
        Ok(der) if der.windows(ED25519.len()).any(|window| window == ED25519) => "a mangled key",
        Ok(_) => "a key of another algorithm",
    };
    ErrorKind::BadKey { found, expected }
}
