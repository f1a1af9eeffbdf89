//! Whom to trust for what: keys, their issuers, and what each may sign.
//!
//! The store is data that the relying party writes. Nothing in a receipt adds to it: a receipt names
//! a key by its thumbprint, and the store knows that key or does not.
//!
//! This module knows keys, issuers and names of kinds; it knows no kind.

mod file;
mod pattern;

use std::collections::BTreeMap;

use jwp_core::{
    Digest, Identifier, Receipt, Timestamp, UnverifiedReceipt, VerifyingKey, link::KeyId,
};

pub use self::{
    file::MAX_TRUST_FILE,
    pattern::{KindPattern, NamePattern, PatternError},
};
use crate::{
    code::{Code, Rule},
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
            .verify(&key.key)
            .map_err(|error| Finding::of_error(&error, offset).at(place))?;
        let header = receipt.header();
        let names = (header.iss(), receipt.payload().kind());
        let signed = Signed::new(names, header.sub(), header.aud(), header.iat());
        key.authorise(&signed)
            .map_err(|finding| finding.at(place))?;
        Ok(receipt)
    }
}

/// What a signer says in a receipt, as far as trust depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The release.
    pub sub: &'a str,
    /// The environment.
    pub aud: &'a str,
    /// The kind of claim.
    pub kind: &'a str,
    /// When they say that they signed.
    pub iat: Timestamp,
}

impl<'a> Signed<'a> {
    /// `iss` signs a `kind` about `sub` in `aud`, at `iat`.
    #[must_use]
    pub const fn new(
        (iss, kind): (&'a str, &'a str),
        sub: &'a str,
        aud: &'a str,
        iat: Timestamp,
    ) -> Self {
        Self {
            iss,
            sub,
            aud,
            kind,
            iat,
        }
    }
}

/// A key, its issuer, and what it may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    key: VerifyingKey,
    issuer: Identifier,
    kinds: Vec<KindPattern>,
    environments: Vec<NamePattern>,
    releases: Option<Vec<NamePattern>>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    revocation: Option<Revocation>,
}

impl TrustedKey {
    /// A key of `issuer` that may sign any of `kinds` for any of `environments`, about every release
    /// and at every time.
    #[must_use]
    pub fn new(
        key: VerifyingKey,
        issuer: Identifier,
        kinds: impl IntoIterator<Item = KindPattern>,
        environments: impl IntoIterator<Item = NamePattern>,
    ) -> Self {
        Self {
            key,
            issuer,
            kinds: kinds.into_iter().collect(),
            environments: environments.into_iter().collect(),
            releases: None,
            not_before: None,
            not_after: None,
            revocation: None,
        }
    }

    /// Only about releases that one of these covers.
    #[must_use]
    pub fn with_releases(mut self, releases: impl IntoIterator<Item = NamePattern>) -> Self {
        self.releases = Some(releases.into_iter().collect());
        self
    }

    /// Not before this second (inclusive, as `notBefore` of RFC 5280 §4.1.2.5).
    #[must_use]
    pub const fn with_not_before(mut self, first: Timestamp) -> Self {
        self.not_before = Some(first);
        self
    }

    /// Not after this second (inclusive, as `notAfter` of RFC 5280 §4.1.2.5).
    #[must_use]
    pub const fn with_not_after(mut self, last: Timestamp) -> Self {
        self.not_after = Some(last);
        self
    }

    /// Revoked.
    #[must_use]
    pub const fn with_revocation(mut self, revocation: Revocation) -> Self {
        self.revocation = Some(revocation);
        self
    }

    /// The key.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Its thumbprint.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.key.id()
    }

    /// Whose key it is.
    #[must_use]
    pub const fn issuer(&self) -> &Identifier {
        &self.issuer
    }

    /// What it may sign.
    #[must_use]
    pub fn kinds(&self) -> &[KindPattern] {
        &self.kinds
    }

    /// Where.
    #[must_use]
    pub fn environments(&self) -> &[NamePattern] {
        &self.environments
    }

    /// Checks that there is something that this key may sign: else it is more likely a mistake than meant, and a
    /// trust file that says so is refused.
    fn check(&self, index: usize) -> Result<(), TrustError> {
        let wrong = |field, expected| {
            Err(TrustError::Field {
                index,
                field,
                expected,
            })
        };
        if self.kinds.is_empty() {
            return wrong("kinds", SOME);
        }
        if self.environments.is_empty() {
            return wrong("environments", SOME);
        }
        if self.releases.as_ref().is_some_and(Vec::is_empty) {
            return wrong("releases", SOME);
        }
        if let (Some(first), Some(last)) = (self.not_before, self.not_after)
            && first > last
        {
            return wrong("not_after", "a time that is not before not_before");
        }
        Ok(())
    }

    /// Checks that this key may sign what is signed, in this order: issuer, kind, environment,
    /// release, revocation, validity.
    ///
    /// A compromised key is refused at every time, because whoever holds it can claim any. A rotated
    /// or retired one is refused from the second of its revocation on.
    ///
    /// # Errors
    /// `Trust.NotAuthorised`, `Trust.Revoked`, `Trust.KeyNotValid`.
    pub fn authorise(&self, signed: &Signed<'_>) -> Result<(), Finding> {
        let refused = |found: String, what, allowed: String| {
            let expected = format!("one of the {what} of {}: {allowed}", self.issuer);
            Err(Finding::new(Code::TrustNotAuthorised, found, expected).of_rule(Rule::R15))
        };
        let any = |patterns: &[NamePattern], name| patterns.iter().any(|p| p.matches(name));
        if self.issuer != *signed.iss {
            let (found, expected) = (
                format!("iss {}", signed.iss),
                format!("iss {}", self.issuer),
            );
            return Err(Finding::new(Code::TrustNotAuthorised, found, expected).of_rule(Rule::R15));
        }
        if !self
            .kinds
            .iter()
            .any(|pattern| pattern.matches(signed.kind))
        {
            return refused(format!("kind {}", signed.kind), "kinds", join(&self.kinds));
        }
        if !any(&self.environments, signed.aud) {
            let allowed = join(&self.environments);
            return refused(format!("aud {}", signed.aud), "environments", allowed);
        }
        if let Some(releases) = &self.releases
            && !any(releases, signed.sub)
        {
            return refused(format!("sub {}", signed.sub), "releases", join(releases));
        }
        self.check_time(signed.iat)
    }

    fn check_time(&self, iat: Timestamp) -> Result<(), Finding> {
        let refused = |code, expected: String| {
            Err(Finding::new(code, format!("iat {}", iat.as_secs()), expected).of_rule(Rule::R16))
        };
        match self.revocation {
            Some(Revocation {
                reason: RevocationReason::Compromised,
                ..
            }) => {
                return refused(
                    Code::TrustRevoked,
                    "a key that is not compromised".to_owned(),
                );
            }
            Some(Revocation { at, reason }) if iat >= at => {
                let (at, reason) = (at.as_secs(), reason.name());
                let expected = format!("an iat before {at}, when the key was {reason}");
                return refused(Code::TrustRevoked, expected);
            }
            _ => {}
        }
        match (self.not_before, self.not_after) {
            (Some(first), _) if iat < first => refused(
                Code::TrustKeyNotValid,
                format!("an iat from {} on", first.as_secs()),
            ),
            (_, Some(last)) if iat > last => refused(
                Code::TrustKeyNotValid,
                format!("an iat up to {}", last.as_secs()),
            ),
            _ => Ok(()),
        }
    }

    /// Whether the key may no longer sign at `now`. An earlier `iat` is then nothing but the word of
    /// whoever holds the key.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.not_after.is_some_and(|last| now > last)
            || self
                .revocation
                .is_some_and(|revocation| now >= revocation.at)
    }
}

/// A key was taken out of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// From when on.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

impl Revocation {
    /// From `at` on, for `reason`.
    #[must_use]
    pub const fn new(at: Timestamp, reason: RevocationReason) -> Self {
        Self { at, reason }
    }
}

/// Why a key was taken out of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RevocationReason {
    /// Somebody else may hold it: nothing that it signed is worth anything, whatever `iat` says.
    Compromised,
    /// It is out of use; what it signed before stands.
    Retired,
    /// Another key took its place; what it signed before stands.
    Rotated,
}

impl RevocationReason {
    /// The word in the trust file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compromised => "compromised",
            Self::Retired => "retired",
            Self::Rotated => "rotated",
        }
    }
}

/// A trust store that cannot be used. Nothing is verified with half of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// No key at all.
    #[error("got no key, expected at least one [[key]]")]
    Empty,
    /// A field of an entry.
    #[error("got another {field}, expected {expected}, in key {index} of the trust store")]
    Field {
        /// The entry, counted from 1.
        index: usize,
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A key that is no key, is weak, or is private.
    #[error("{source}, in key {index} of the trust file")]
    Key {
        /// The entry, counted from 1.
        index: usize,
        /// What is wrong with it.
        source: jwp_core::Error,
    },
    /// Two entries with one key.
    #[error("got key {kid} for the second time")]
    KidCollision {
        /// The thumbprint.
        kid: KeyId,
    },
    /// Text that is no TOML, or has other fields.
    #[error("{message}, in line {line} of the trust file")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What the TOML reader says.
        message: Box<str>,
    },
    /// More than [`MAX_TRUST_FILE`] bytes.
    #[error("got {found} bytes, expected at most {MAX_TRUST_FILE}")]
    TooLarge {
        /// The length found.
        found: usize,
    },
}

impl TrustError {
    /// The stable public code, `Area.Name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        let own = match self {
            Self::Key { source, .. } => return source.code(),
            Self::KidCollision { .. } => Code::TrustKidCollision,
            Self::Empty | Self::Field { .. } | Self::Syntax { .. } | Self::TooLarge { .. } => {
                Code::TrustStore
            }
        };
        own.name()
    }
}

const SOME: &str = "at least one entry";

fn join(names: &[impl ToString]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}
