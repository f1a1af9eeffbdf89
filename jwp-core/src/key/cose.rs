//! COSE_Key (RFC 9052 §7) of type OKP (RFC 9053 §7.2), in deterministic CBOR.

use alloc::vec::Vec;

use super::{SigningKey, VerifyingKey, bad, seed_of};
use crate::{
    cbor::{Reader, write_bytes, write_int, write_map},
    error::Result,
};

const PUBLIC: &str = "an Ed25519 public COSE_Key ({1: 1, -1: 6, -2: x})";
const PRIVATE: &str = "an Ed25519 private COSE_Key ({1: 1, -1: 6, -2: x, -4: d})";

#[derive(Default)]
struct CoseKey<'a> {
    kty: Option<i128>,
    crv: Option<i128>,
    alg: Option<i128>,
    x: Option<&'a [u8]>,
    d: Option<&'a [u8]>,
}

impl<'a> CoseKey<'a> {
    /// Labels 1, 3, −1, −2 and −4; 2 (kid) is read over, any other is refused.
    fn read(bytes: &'a [u8], expected: &'static str) -> Result<Self> {
        let mut reader = Reader::new(bytes)?;
        let mut key = Self::default();
        let mut map = reader.map()?;
        while let Some(label) = map.next_label(&mut reader)? {
            match label {
                1 => key.kty = Some(reader.int()?),
                3 => key.alg = Some(reader.int()?),
                -1 => key.crv = Some(reader.int()?),
                -2 => key.x = Some(reader.bytes()?),
                -4 => key.d = Some(reader.bytes()?),
                2 => drop(reader.bytes()?),
                _ => return Err(bad("a label that such a key does not take", expected)),
            }
        }
        reader.close();
        reader.finish()?;
        match (key.kty, key.crv, key.alg) {
            (Some(1), Some(6), None | Some(-8 | -19)) => Ok(key),
            (None, ..) | (_, None, _) => Err(bad("a key without kty or crv", expected)),
            _ => Err(bad("a key of another algorithm", expected)),
        }
    }

    fn public(&self, expected: &'static str) -> Result<[u8; 32]> {
        let x = self.x.and_then(|x| x.try_into().ok());
        x.ok_or_else(|| bad("an x that is not 32 bytes", expected))
    }
}

impl VerifyingKey {
    /// A key from a COSE_Key in deterministic CBOR. One with a private half is refused.
    ///
    /// # Errors
    /// `Codec.*`; `Trust.BadKey` says what the bytes are instead; `Trust.WeakKey`.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self> {
        let key = CoseKey::read(bytes, PUBLIC)?;
        if key.d.is_some() {
            return Err(bad("a private key", PUBLIC));
        }
        Self::from_bytes(&key.public(PUBLIC)?)
    }

    /// The key as `{1: 1, -1: 6, -2: x}`: the bytes of which [`VerifyingKey::id`] is the SHA-256 (RFC 9679).
    #[must_use]
    pub fn to_cose_key(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(40);
        write_map(3, &mut out);
        for (label, value) in [(1, 1), (-1, 6)] {
            write_int(label, &mut out);
            write_int(value, &mut out);
        }
        write_int(-2, &mut out);
        write_bytes(self.as_bytes(), &mut out);
        out
    }
}

impl SigningKey {
    /// A key from a COSE_Key with `d`, whose `x` must belong to it.
    ///
    /// # Errors
    /// `Codec.*`; `Trust.BadKey` says what the bytes are instead.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self> {
        let key = CoseKey::read(bytes, PRIVATE)?;
        let d = key.d.ok_or_else(|| bad("a public key", PRIVATE))?;
        let seed = d
            .try_into()
            .map_err(|_| bad("a d that is not 32 bytes", PRIVATE))?;
        seed_of(seed, &key.public(PRIVATE)?, PRIVATE)
    }
}
