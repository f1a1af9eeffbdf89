//! A key: its issuer, what it may sign, and when.

use jwp_core::{Identifier, Timestamp, VerifyingKey, link::KeyId};

use super::{KindPattern, NamePattern, TrustError};
use crate::{
    code::{Code, Rule},
    finding::Finding,
};

/// A key, its issuer, and what it may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    pub(super) key: VerifyingKey,
    pub(super) issuer: Identifier,
    pub(super) kinds: Vec<KindPattern>,
    pub(super) environments: Vec<NamePattern>,
    pub(super) releases: Option<Vec<NamePattern>>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) not_after: Option<Timestamp>,
    pub(super) revocation: Option<Revocation>,
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
    pub(super) fn check(&self, index: usize) -> Result<(), TrustError> {
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

const SOME: &str = "at least one entry";

fn join(names: &[impl ToString]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}
