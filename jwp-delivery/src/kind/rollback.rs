//! `delivery.rollback.*`: the way back was prepared, taken, failed, or put away.

use jwp_core::{Citation, Decimal, Digest, Evidence, Invalid, Link, Timestamp, cbor::Bytes};
use serde::{Deserialize, Serialize};

use super::{count, is_lower_hex, outcome_claims};

/// The way back to the previous release.
///
/// ```cddl
/// rollback = {
///   "rollback_image" => digest,
///   "rto_s" => uint,
///   "armed_for" => digest,
///   "rollback_release" => tstr,
///   "down_migration" => "none" / digest,
///   "flag_off" => { "flag" => tstr, "variant" => tstr, ? "flag_set" => tstr },
///   "trigger" => [+ tstr],
///   "round_trip_min" => decimal,
///   "expires" => seconds,
///   "nonce" => bstr .size 16,
///   ? "previous_seal" => link,
///   ? "armed" => link,
///   ? "started_at" => seconds,
///   ? "finished_at" => seconds,
///   ? "measured_ms" => uint,
///   ? "reason" => tstr,
///   ? "git_revert" => tstr,
///   ? "sync_paused_until" => seconds,
/// }
/// ```
///
/// `armed` and what follows it stand in `fired`, `failed` and `disarmed` and never in `armed`.
///
/// **Proves** that the deployer had decided on this way back before the receipts that follow in the
/// chain. **Does not prove** that it works. Trusted: the deployer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rollback {
    /// The receipt that armed the rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armed: Option<Link>,
    /// 16 bytes, used once.
    pub nonce: Bytes,
    /// Recovery time objective in seconds.
    pub rto_s: u64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when the envelope may be used.
    pub expires: Timestamp,
    /// What fires the rollback, one condition each.
    pub trigger: Vec<String>,
    /// What switches the flag off.
    pub flag_off: FlagOff,
    /// The image that is being released.
    pub armed_for: Digest,
    /// The commit that reverts the release in the deployment repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_revert: Option<String>,
    /// When the rollback began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the rollback ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How long the rollback took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_ms: Option<u64>,
    /// The seal of the release to go back to; absent where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_seal: Option<Link>,
    /// The migration that takes the schema back.
    pub down_migration: DownMigration,
    /// The image to go back to.
    pub rollback_image: Digest,
    /// The longest round trip from breach to recovery, minutes at 1 place.
    pub round_trip_min: Decimal,
    /// The release to go back to.
    pub rollback_release: String,
    /// Until when automatic synchronisation is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_paused_until: Option<Timestamp>,
}

/// The migration that takes the schema back: `none` where the release changed no schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum DownMigration {
    /// Digest of the migration.
    Digest(Digest),
    /// The release changes no schema.
    None,
}

impl From<DownMigration> for String {
    fn from(migration: DownMigration) -> Self {
        match migration {
            DownMigration::Digest(digest) => digest.to_string(),
            DownMigration::None => "none".into(),
        }
    }
}

impl TryFrom<String> for DownMigration {
    type Error = jwp_core::digest::ParseDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "none" => Ok(Self::None),
            digest => digest.parse().map(Self::Digest),
        }
    }
}

/// The flag and the variant that switches the new path off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlagOff {
    /// The flag key.
    pub flag: String,
    /// The variant to set.
    pub variant: String,
    /// The flag set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_set: Option<String>,
}

impl FlagOff {
    /// `flag` is set to `variant`.
    #[must_use]
    pub fn new(flag: impl Into<String>, variant: impl Into<String>) -> Self {
        Self {
            flag: flag.into(),
            variant: variant.into(),
            flag_set: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Armed,
    Used,
    Fired,
}

impl Rollback {
    /// A way back from `armed_for` to `rollback_image`, without conditions yet.
    #[must_use]
    pub fn new(
        armed_for: Digest,
        (rollback_image, rollback_release): (Digest, impl Into<String>),
        rto_s: u64,
        flag_off: FlagOff,
        expires: Timestamp,
        nonce: [u8; 16],
    ) -> Self {
        Self {
            rollback_image,
            rto_s,
            armed_for,
            rollback_release: rollback_release.into(),
            down_migration: DownMigration::None,
            flag_off,
            trigger: Vec::new(),
            round_trip_min: Decimal::ZERO,
            expires,
            nonce: Bytes::from(&nonce[..]),
            previous_seal: None,
            armed: None,
            started_at: None,
            finished_at: None,
            measured_ms: None,
            reason: None,
            git_revert: None,
            sync_paused_until: None,
        }
    }

    fn validate_as(&self, outcome: Outcome) -> Result<(), Invalid> {
        if self.rto_s == 0 {
            return Err(Invalid::range("rto_s", "at least 1 second"));
        }
        if self.rollback_image == self.armed_for {
            return Err(Invalid::schema(
                "rollback_image",
                "another image than the released one",
            ));
        }
        if self.nonce.as_slice().len() != 16 {
            return Err(Invalid::schema("nonce", "bstr .size 16"));
        }
        if self.trigger.is_empty() || self.trigger.iter().any(String::is_empty) {
            return Err(Invalid::schema("trigger", "at least one condition"));
        }
        let named = [
            &self.rollback_release,
            &self.flag_off.flag,
            &self.flag_off.variant,
        ];
        if named.iter().any(|name| name.is_empty()) {
            return Err(Invalid::schema(
                "flag_off",
                "release, flag and variant named",
            ));
        }
        if self.round_trip_min <= Decimal::ZERO {
            return Err(Invalid::range("round_trip_min", "above 0"));
        }
        let required = [
            self.armed.is_some(),
            self.started_at.is_some(),
            self.finished_at.is_some(),
            self.measured_ms.is_some(),
            self.reason.is_some(),
        ];
        let optional = [self.git_revert.is_some(), self.sync_paused_until.is_some()];
        if outcome == Outcome::Armed {
            return if required.contains(&true) || optional.contains(&true) {
                Err(Invalid::schema(
                    "armed",
                    "nothing of a rollback that was not used yet",
                ))
            } else {
                Ok(())
            };
        }
        if required.contains(&false) {
            let expected = "armed, started_at, finished_at, measured_ms and reason";
            return Err(Invalid::schema("armed", expected));
        }
        if self.started_at > self.finished_at {
            return Err(Invalid::schema("finished_at", "not before started_at"));
        }
        // Begin and end are cut to whole seconds, each by less than one.
        let span_ms = self.span_s().and_then(|span| span.checked_mul(1000));
        let off = self
            .measured_ms
            .zip(span_ms)
            .map(|(measured, span)| measured.abs_diff(span));
        if off.is_none_or(|off| off >= 1000) {
            return Err(Invalid::schema(
                "measured_ms",
                "the time from started_at to finished_at",
            ));
        }
        if self.reason.as_deref().is_none_or(str::is_empty) {
            return Err(Invalid::schema("reason", "a reason"));
        }
        let named = |commit: &String| (7..=64).contains(&commit.len()) && is_lower_hex(commit);
        if self
            .git_revert
            .as_ref()
            .is_some_and(|commit| !named(commit))
        {
            return Err(Invalid::schema(
                "git_revert",
                "a commit of 7 to 64 lower-case hex digits",
            ));
        }
        // An abort alone leaves the bad image in Git, where synchronisation finds it again.
        if outcome == Outcome::Fired && !optional.contains(&true) {
            return Err(Invalid::schema(
                "git_revert",
                "git_revert or sync_paused_until",
            ));
        }
        Ok(())
    }

    fn span_s(&self) -> Option<u64> {
        let (from, to) = self.started_at.zip(self.finished_at)?;
        to.as_secs().checked_sub(from.as_secs())
    }

    fn shown(&self) -> Vec<(&'static str, String)> {
        vec![
            ("rollback_image", self.rollback_image.short()),
            ("rto_s", count(self.rto_s)),
        ]
    }

    fn cited(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["GitOps", "Argo Rollouts 1.7 abort"]
    }
}

outcome_claims! {
    Rollback, Rollback::validate_as, Rollback::cited, Rollback::shown;
    /// The way back is prepared, before the receipts that follow.
    RollbackArmed = "delivery.rollback.armed", Outcome::Armed;
    /// The way back was taken.
    RollbackFired = "delivery.rollback.fired", Outcome::Fired;
    /// The way back was tried, and did not work.
    RollbackFailed = "delivery.rollback.failed", Outcome::Used;
    /// The way back was put away without being taken.
    RollbackDisarmed = "delivery.rollback.disarmed", Outcome::Used;
}
