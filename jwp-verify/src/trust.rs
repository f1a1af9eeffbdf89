//! Whom to trust for what: keys, their issuers, and what each may sign.
//!
//! The store is data that the relying party writes. Nothing in a receipt adds to it: a receipt names
//! a key by its thumbprint, and the store knows that key or does not.
//!
//! This module knows keys, issuers and names of kinds; it knows no kind.

mod error;
mod file;
mod key;
mod pattern;

use std::collections::BTreeMap;

use jwp_core::{Digest, Receipt, UnverifiedReceipt, link::KeyId};

pub use self::{
    error::TrustError,
    file::MAX_TRUST_FILE,
    key::{Revocation, RevocationReason, Signed, TrustedKey},
    pattern::{KindPattern, NamePattern, PatternError},
};
use crate::{
    code::Code,
    finding::{Finding, Place},
};

/// Which key belongs to whom, and what it may sign.
///
/// From a file ([`TrustStore::from_toml`]) or in memory ([`TrustStore::from_keys`]); never empty.
///
/// ```toml
/// [[key]]
/// issuer = "builder"
/// public_key = """
/// -----BEGIN PUBLIC KEY-----
/// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// -----END PUBLIC KEY-----
/// """
/// kinds = ["delivery.build.*", "delivery.attestation.slsa"]
/// environments = ["prod"]
/// releases = ["jouledb@*"]             # optional: every release
/// not_before = 2026-01-01T00:00:00Z    # optional, inclusive
/// not_after = 2026-12-31T23:59:59Z     # optional, inclusive
/// [key.revoked]                        # optional
/// at = 2026-09-01T00:00:00Z
/// reason = "rotated"                   # or "compromised", "retired"
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustStore {
    keys: BTreeMap<KeyId, TrustedKey>,
    digest: Digest,
}

impl TrustStore {
    /// Reads a trust file: TOML of at most 1 MiB, without unknown fields, with at least one key.
    ///
    /// # Errors
    /// `Trust.Store` with the line where there is one; `Trust.KidCollision`, `Trust.BadKey`,
    /// `Trust.WeakKey`.
    pub fn from_toml(text: &str) -> Result<Self, TrustError> {
        Self::collect(file::read(text)?, Digest::sha256(text.as_bytes()))
    }

    /// A store of these keys.
    ///
    /// # Errors
    /// `Trust.Store` without keys, or with one that may sign nothing: no kinds, no environments, an empty
    /// list of releases, a validity that ends before it begins; `Trust.KidCollision`.
    pub fn from_keys(keys: impl IntoIterator<Item = TrustedKey>) -> Result<Self, TrustError> {
        let mut store = Self::collect(keys.into_iter().map(Ok), Digest::sha256(b""))?;
        store.digest = Digest::sha256(store.to_toml().as_bytes());
        Ok(store)
    }

    fn collect(
        keys: impl Iterator<Item = Result<TrustedKey, TrustError>>,
        digest: Digest,
    ) -> Result<Self, TrustError> {
        let mut store = Self {
            keys: BTreeMap::new(),
            digest,
        };
        // What is wrong with one key is said in front of what two have in common.
        let mut whole = Vec::new();
        for (index, key) in (1..).zip(keys) {
            let key = key?;
            key.check(index)?;
            whole.push(key);
        }
        for key in whole {
            store.insert(key)?;
        }
        if store.keys.is_empty() {
            return Err(TrustError::Empty);
        }
        Ok(store)
    }

    /// Adds a key; [`TrustStore::to_toml`] then gives the new file.
    ///
    /// # Errors
    /// `Trust.KidCollision` where the store has the key already; `Trust.Store` for a key that may sign
    /// nothing, as [`TrustStore::from_keys`].
    pub fn add(&mut self, key: TrustedKey) -> Result<(), TrustError> {
        key.check(self.keys.len().saturating_add(1))?;
        self.insert(key)?;
        self.digest = Digest::sha256(self.to_toml().as_bytes());
        Ok(())
    }

    fn insert(&mut self, key: TrustedKey) -> Result<(), TrustError> {
        let kid = key.kid();
        if self.keys.contains_key(&kid) {
            return Err(TrustError::KidCollision { kid });
        }
        self.keys.insert(kid, key);
        Ok(())
    }

    /// The store as a trust file, in one form: keys ordered by issuer, then by thumbprint. Comments of
    /// a file that was read are not kept.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut keys: Vec<_> = self.keys.values().collect();
        keys.sort_by_key(|key| (&key.issuer, key.kid()));
        file::write(keys)
    }

    /// The keys, ordered by thumbprint.
    pub fn keys(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.values()
    }

    /// The key of a thumbprint.
    #[must_use]
    pub fn key(&self, kid: &KeyId) -> Option<&TrustedKey> {
        self.keys.get(kid)
    }

    /// SHA-256 of the trust file, or of what [`TrustStore::to_toml`] writes for a store in memory.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Makes a [`Receipt`] of a receipt whose key is known, whose signature holds, and which this key
    /// may sign. `offset` is where the receipt begins, for the finding.
    ///
    /// The signature comes first: what a receipt says of itself is not looked at before it holds.
    /// A key is judged at `iat`, which is the signer's claim.
    ///
    /// # Errors
    /// `Trust.UnknownKey`, `Envelope.BadSignature`, then as [`TrustedKey::authorise`].
    pub fn authenticate<'a>(
        &self,
        receipt: UnverifiedReceipt<'a>,
        offset: usize,
    ) -> Result<Receipt<'a>, Finding> {
        let place = Place::new(receipt.unverified_payload().seq(), offset);
        let kid = receipt.kid();
        let key = self.key(&kid).ok_or_else(|| {
            let found = format!("kid {kid}");
            Finding::new(Code::TrustUnknownKey, found, "a key of the trust store").at(place)
        })?;
        let receipt = receipt
            .verify(key.verifying_key())
            .map_err(|error| Finding::of_error(&error, offset).at(place))?;
        let header = receipt.header();
        let names = (header.iss(), receipt.payload().kind());
        let signed = Signed::new(names, header.sub(), header.aud(), header.iat());
        key.authorise(&signed)
            .map_err(|finding| finding.at(place))?;
        Ok(receipt)
    }
}
