//! JSON Web Keys of type OKP (RFC 8037 §2, RFC 7517).

use alloc::string::String;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{SigningKey, VerifyingKey, bad, seed_of};
use crate::error::Result;

const PUBLIC: &str = "an Ed25519 public JWK (kty OKP, crv Ed25519, x)";
const PRIVATE: &str = "an Ed25519 private JWK (kty OKP, crv Ed25519, x, d)";

/// The members that say what the key is. Others are allowed and not read (RFC 7517 §4); a member twice is
/// refused.
#[derive(Deserialize)]
struct Jwk<'a> {
    kty: &'a str,
    #[serde(default)]
    crv: Option<&'a str>,
    #[serde(default)]
    x: Option<&'a str>,
    #[serde(default)]
    d: Option<&'a str>,
    #[serde(default, rename = "use")]
    use_: Option<&'a str>,
    #[serde(default)]
    alg: Option<&'a str>,
}

impl<'a> Jwk<'a> {
    fn read(json: &'a str, expected: &'static str) -> Result<Self> {
        // An array would be read as the members in their order.
        if !json.trim_start().starts_with('{') {
            return Err(bad("JSON that is no JWK of one key", expected));
        }
        // What an escape stands for would be put together in memory that nobody erases, and d may have one. No member
        // that is read needs any, but others of a public key may have one.
        if json.contains('\\') && (expected == PRIVATE || json.contains("\"d\"")) {
            return Err(bad("a JWK with an escape", expected));
        }
        let jwk: Self = serde_json::from_str(json).map_err(|error| {
            let found = if error.is_eof() {
                "a truncated JWK"
            } else {
                "JSON that is no JWK of one key"
            };
            bad(found, expected)
        })?;
        let is_ed25519 = jwk.kty == "OKP" && jwk.crv == Some("Ed25519");
        // RFC 8037 §3.1 and RFC 9864 §2.2.
        let signs = matches!(jwk.alg, None | Some("EdDSA" | "Ed25519"));
        if !is_ed25519 || !signs {
            return Err(bad("a key of another algorithm", expected));
        }
        match jwk.use_ {
            None | Some("sig") => Ok(jwk),
            Some(_) => Err(bad("a key for another use than sig", expected)),
        }
    }

    fn public(&self, expected: &'static str) -> Result<[u8; 32]> {
        let x = self.x.ok_or_else(|| bad("a JWK without x", expected))?;
        let mut bytes = [0; 32];
        decode(x, &mut bytes).ok_or_else(|| bad("an x that is not 32 bytes", expected))?;
        Ok(bytes)
    }
}

/// 32 bytes in base64url without padding (RFC 7515 §2).
fn decode(text: &str, bytes: &mut [u8; 32]) -> Option<()> {
    let length = Base64UrlUnpadded::decode(text, bytes).ok()?.len();
    (length == 32).then_some(())
}

impl VerifyingKey {
    /// A key from a JWK. One with a private half is refused: what is published should not hold it.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead; `Trust.WeakKey`.
    pub fn from_jwk(json: &str) -> Result<Self> {
        let jwk = Jwk::read(json, PUBLIC)?;
        if jwk.d.is_some() {
            return Err(bad("a private key", PUBLIC));
        }
        Self::from_bytes(&jwk.public(PUBLIC)?)
    }

    /// The key as a JWK with the three required members, in the order of RFC 7638.
    #[must_use]
    pub fn to_jwk(&self) -> String {
        let x = Base64UrlUnpadded::encode_string(self.as_bytes());
        alloc::format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
    }
}

impl SigningKey {
    /// A key from a JWK with `d`, whose `x` must belong to it.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead.
    pub fn from_jwk(json: &str) -> Result<Self> {
        let jwk = Jwk::read(json, PRIVATE)?;
        let d = jwk.d.ok_or_else(|| bad("a public key", PRIVATE))?;
        let mut seed = Zeroizing::new([0; 32]);
        decode(d, &mut seed).ok_or_else(|| bad("a d that is not 32 bytes", PRIVATE))?;
        seed_of(&seed, &jwk.public(PRIVATE)?, PRIVATE)
    }
}
