//! Keys: Ed25519, named by their thumbprint, in the PEM that openssl writes. With the feature
//! `key-formats` also as OpenSSH, `did:key`, JWK and COSE_Key have them.

#[cfg(feature = "key-formats")]
mod cose;
#[cfg(feature = "key-formats")]
mod did;
#[cfg(feature = "expanded-key")]
mod expanded;
#[cfg(feature = "key-formats")]
mod jwk;
#[cfg(feature = "key-formats")]
mod openssh;
mod pem;
#[cfg(feature = "std")]
mod prepared;
#[cfg(feature = "key-formats")]
mod text;

#[cfg(feature = "std")]
use alloc::vec::Vec;
use alloc::{boxed::Box, sync::Arc};
use core::fmt;

use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

#[cfg(feature = "std")]
pub use self::prepared::PreparedKey;
#[cfg(feature = "key-formats")]
use crate::error::Error;
use crate::{
    ed25519,
    error::{ErrorKind, Result},
    link::KeyId,
};

/// A public key that may verify receipts.
///
/// The acceptance rule begins here, so that no path can skip it: the encoding is canonical (RFC 8032
/// §5.1.3, y < p), and the point is neither of small order nor has a torsion component.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    inner: ed25519_dalek::VerifyingKey,
    id: KeyId,
}

impl VerifyingKey {
    /// A key from the 32 bytes of RFC 8032 §5.1.2.
    ///
    /// # Errors
    /// `Trust.WeakKey` where the acceptance rule refuses the point.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        let weak = |found| ErrorKind::WeakKey { found };
        let compressed = CompressedEdwardsY(*bytes);
        let point = compressed
            .decompress()
            .ok_or(weak("bytes that are no point of the curve"))?;
        if point.compress() != compressed {
            return Err(weak("a non-canonical encoding").into());
        }
        if point.is_small_order() {
            return Err(weak("a point of small order").into());
        }
        if !point.is_torsion_free() {
            return Err(weak("a point with torsion").into());
        }
        let inner = ed25519_dalek::VerifyingKey::from_bytes(bytes)
            .map_err(|_| weak("bytes that are no point of the curve"))?;
        Ok(Self {
            inner,
            id: thumbprint(bytes),
        })
    }

    /// The 32 bytes of RFC 8032 §5.1.2.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.inner.as_bytes()
    }

    /// The RFC 9679 SHA-256 thumbprint, used as `kid`.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Checks a signature under the one acceptance rule of this project.
    ///
    /// Accepted exactly when: the signature is `R || s` with `s < L`, `R` is not the encoding of a
    /// small-order point, and `enc([s]B − [SHA-512(R || A || M)]A)` equals `R` bytewise.
    ///
    /// # Errors
    /// `Envelope.BadSignature`, which says nothing more.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<()> {
        if ed25519::verify(&self.inner, message, signature) {
            Ok(())
        } else {
            Err(ErrorKind::BadSignature.into())
        }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn as_dalek(&self) -> &ed25519_dalek::VerifyingKey {
        &self.inner
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.id)
    }
}

/// RFC 9679 §4: SHA-256 over the deterministic COSE_Key of the required members,
/// `{1: 1, -1: 6, -2: x}` (kty OKP, crv Ed25519).
fn thumbprint(x: &[u8; 32]) -> KeyId {
    let mut hasher = Sha256::new_with_prefix([0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20]);
    hasher.update(x);
    KeyId::from_bytes(hasher.finalize().into())
}

/// What can sign receipts: a key in memory, a KMS, an agent.
///
/// A signature from elsewhere is checked against [`Signer::verifying_key`] before it is used.
pub trait Signer {
    /// The public key that will verify the signatures.
    fn verifying_key(&self) -> &VerifyingKey;

    /// Signs exactly these bytes with Ed25519 (RFC 8032 §5.1.6), without prehash or context.
    ///
    /// # Errors
    /// Whatever kept the signer from signing, as [`ErrorKind::Signer`].
    fn sign(&self, message: &[u8]) -> Result<[u8; 64]>;
}

/// A private key in memory. It is zeroised when dropped, never printed and never cloned.
///
/// The secret lies on the heap, where it stays however the key is moved, and so does what is decoded of a text: those
/// places are zeroised. The stack is not: to make a key and to sign, the secret passes through it, and what the compiler
/// leaves there stays until something else is written over it. So does what the caller gave: keep a seed or a text in
/// a `Zeroizing` of the zeroize crate.
pub struct SigningKey {
    inner: Box<ed25519_dalek::SigningKey>,
    #[cfg(feature = "expanded-key")]
    expanded: Option<Box<expanded::Expanded>>,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// A key from the 32 secret bytes of RFC 8032 §5.1.5. The caller supplies the randomness.
    ///
    /// # Errors
    /// `Trust.BadKey` for a seed of one repeated byte: a generator that failed, not a key.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self> {
        let [first, rest @ ..] = seed;
        if rest.iter().all(|byte| byte == first) {
            let (found, expected) = ("a seed of one repeated byte", "32 random bytes");
            return Err(ErrorKind::BadKey { found, expected }.into());
        }
        let inner = Box::new(ed25519_dalek::SigningKey::from_bytes(seed));
        let verifying = VerifyingKey::from_bytes(inner.verifying_key().as_bytes())?;
        Ok(Self {
            inner,
            #[cfg(feature = "expanded-key")]
            expanded: None,
            verifying,
        })
    }

    /// Signs each message: the signatures of [`Signer::sign`], in the order of the messages.
    #[cfg(feature = "std")]
    pub(crate) fn sign_all<'m>(
        &self,
        messages: impl Iterator<Item = &'m [u8]>,
        signatures: &mut Vec<[u8; 64]>,
    ) {
        #[cfg(feature = "expanded-key")]
        if let Some(expanded) = &self.expanded {
            return expanded.sign_all(messages, signatures);
        }
        signatures.extend(messages.map(|message| self.sign_one(message)));
    }

    fn sign_one(&self, message: &[u8]) -> [u8; 64] {
        #[cfg(feature = "expanded-key")]
        if let Some(expanded) = &self.expanded {
            return expanded.sign(message);
        }
        self.inner.sign(message).to_bytes()
    }
}

#[cfg(feature = "key-formats")]
fn bad(found: &'static str, expected: &'static str) -> Error {
    ErrorKind::BadKey { found, expected }.into()
}

/// A private key that came with its public half, which must be its own: whoever signs under another public
/// key than that of the secret gives the secret away.
#[cfg(feature = "key-formats")]
fn seed_of(seed: &[u8; 32], public: &[u8; 32], expected: &'static str) -> Result<SigningKey> {
    let key = SigningKey::from_seed(seed)?;
    if key.verifying.as_bytes() == public {
        Ok(key)
    } else {
        Err(bad("a public half that belongs to another key", expected))
    }
}

impl Signer for SigningKey {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        Ok(self.sign_one(message))
    }
}

impl<S: Signer + ?Sized> Signer for &S {
    fn verifying_key(&self) -> &VerifyingKey {
        (**self).verifying_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        (**self).sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn verifying_key(&self) -> &VerifyingKey {
        (**self).verifying_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        (**self).sign(message)
    }
}

/// A key is not cloned: who needs it in several places shares it.
impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn verifying_key(&self) -> &VerifyingKey {
        (**self).verifying_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        (**self).sign(message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(secret of {})", self.verifying.id)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    /// RFC 8032 §7.1, TEST 1, as openssl writes it.
    const PRIVATE_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";
    const PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
        -----END PUBLIC KEY-----\n";
    /// The same with the algorithm identifier of X25519, 1.3.101.110.
    const X25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn pem_is_what_openssl_writes() {
        let key = SigningKey::from_pem(PRIVATE_PEM).unwrap();
        assert_eq!(key.to_pem().as_str(), PRIVATE_PEM);
        assert_eq!(key.verifying_key().to_pem(), PUBLIC_PEM);
        assert_eq!(
            VerifyingKey::from_pem(PUBLIC_PEM).unwrap(),
            *key.verifying_key()
        );
    }

    /// A seed of one byte repeated is a file that was filled, not a key.
    #[test]
    fn a_pem_of_zeros_is_no_key() {
        let zeros = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\
            -----END PRIVATE KEY-----\n";
        let error = SigningKey::from_pem(zeros).unwrap_err();
        let expected = SigningKey::from_seed(&[0; 32]).unwrap_err();
        assert_eq!(error.code(), expected.code());
    }

    #[track_caller]
    fn refused(result: Result<impl fmt::Debug>, words: &str) {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "Trust.BadKey");
        assert!(
            error
                .to_string()
                .starts_with(&alloc::format!("got {words}, ")),
            "{error}"
        );
    }

    #[test]
    fn key_files_of_every_other_kind_are_named() {
        refused(SigningKey::from_pem(PUBLIC_PEM), "a public key");
        refused(VerifyingKey::from_pem(PRIVATE_PEM), "a private key");
        refused(
            VerifyingKey::from_pem(X25519_PEM),
            "a key of another algorithm",
        );
        refused(
            VerifyingKey::from_pem(&PUBLIC_PEM[..60]),
            "a truncated PEM file",
        );
        refused(
            VerifyingKey::from_pem(&PUBLIC_PEM.replace("MCow", "MCsw")),
            "a truncated or mangled key",
        );
        refused(
            VerifyingKey::from_pem(&PUBLIC_PEM.replace("MCow", "M*ow")),
            "a mangled PEM file",
        );
        refused(
            SigningKey::from_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
            "an encrypted private key",
        );
        refused(
            SigningKey::from_pem("-----BEGIN OPENSSH PRIVATE KEY-----\n"),
            "an OpenSSH private key",
        );
        refused(
            VerifyingKey::from_pem("ssh-ed25519 AAAA"),
            "an OpenSSH public key",
        );
        refused(VerifyingKey::from_pem(""), "an empty file");
        refused(VerifyingKey::from_pem("d75a98"), "a file that is not PEM");
        refused(
            SigningKey::from_seed(&[0; 32]),
            "a seed of one repeated byte",
        );
    }

    #[test]
    fn debug_prints_no_secret() {
        let key = SigningKey::from_pem(PRIVATE_PEM).unwrap();
        let printed = alloc::format!("{key:?}");
        assert!(printed.starts_with("SigningKey(secret of "));
        assert!(!printed.contains("9d61b19d"));
    }

    #[test]
    fn weak_keys_are_refused_when_made() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut torsion_p = [0xff; 32];
        torsion_p[0] = 0xed;
        torsion_p[31] = 0x7f;
        for bytes in [identity, [0; 32], torsion_p] {
            assert_eq!(
                VerifyingKey::from_bytes(&bytes).unwrap_err().code(),
                "Trust.WeakKey"
            );
        }
    }

    #[test]
    fn thumbprint_is_over_the_cose_key() {
        let key = VerifyingKey::from_pem(PUBLIC_PEM).unwrap();
        let mut cose_key = alloc::vec![0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
        cose_key.extend_from_slice(key.as_bytes());
        assert_eq!(key.id().as_bytes()[..], Sha256::digest(&cose_key)[..]);
    }
}
