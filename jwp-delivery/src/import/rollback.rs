//! The way back: armed from the verified seal of the release before, fired by an abort.
//!
//! No chain is read here: the caller verifies the previous release's chain and hands over what its
//! seal stands for ([`PreviousRelease`]). What switches the flag off is read from flagd's flag
//! definition; when the traffic was back is measured from the controller's events
//! ([`argo::abort`](super::argo::abort)), never taken from the objective.

use std::collections::BTreeMap;

use jwp_core::{Decimal, Digest, Evidence, Link, Timestamp};
use serde::{Deserialize, de::IgnoredAny};

use super::{ImportError, Imported, fault};
use crate::kind::{
    is_object_name,
    rollback::{DownMigration, FlagOff, Rollback, RollbackArmed, RollbackFired},
};

/// What the caller found in the verified chain of the release before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an input: three facts of one seal"
)]
pub struct PreviousRelease {
    /// Its `sub` without the service, or the whole of it (`v2026.05.06`).
    pub release: String,
    /// Its first subject, the image manifest digest.
    pub image: Digest,
    /// The link of its seal, with outcome `released`; absent where it had none (R11 is not checked).
    pub seal: Option<Link>,
}

/// The conditions under which the way back stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an input: every part must be decided"
)]
pub struct Conditions {
    /// Recovery time objective in seconds.
    pub rto_s: u64,
    /// What takes the schema back.
    pub down_migration: DownMigration,
    /// What fires it, one condition each.
    pub trigger: Vec<String>,
    /// The longest round trip from breach to recovery, in minutes.
    pub round_trip_min: Decimal,
    /// Until when it may be used.
    pub expires: Timestamp,
    /// 16 bytes from a random source of the caller, used once.
    pub nonce: [u8; 16],
}

/// How an abort went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abort {
    /// When it was decided, milliseconds since the epoch.
    pub started_ms: u64,
    /// When no traffic reached the canary any more, milliseconds since the epoch.
    pub finished_ms: u64,
    /// Why, in this project's words.
    pub reason: &'static str,
    /// The documents that say so.
    pub evidence: Vec<Evidence>,
}

/// What keeps synchronisation from bringing the image back: an abort alone does not change Git.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Git is put right, or it is kept out"
)]
pub enum Guard {
    /// The commit that reverts the release in the deployment repository.
    GitRevert(String),
    /// Automatic synchronisation is off until then.
    SyncPausedUntil(Timestamp),
}

#[derive(Deserialize)]
struct Definition {
    flags: BTreeMap<String, Flag>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    variants: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    default_variant: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    flag_set_id: Option<String>,
}

/// The flag and its default variant, from flagd's definition (`flags.json`).
///
/// # Errors
/// `Import.Json`; `Import.Incomplete` where the flag or its default variant is missing;
/// `Import.Value` where the default variant is the one that admits.
pub fn flag_off(definition: &[u8], flag: &str, admits: &str) -> Result<FlagOff, ImportError> {
    let read: Definition = fault::json(definition)?;
    let place = |member: &str| format!("/flags/{flag}{member}");
    let found = read
        .flags
        .get(flag)
        .ok_or_else(|| fault::incomplete(place(""), "the flag"))?;
    let default = found.default_variant.as_ref();
    let default = default.filter(|variant| found.variants.contains_key(*variant));
    let expected = "a default variant among the variants";
    let off = default.ok_or_else(|| fault::incomplete(place("/defaultVariant"), expected))?;
    if off == admits {
        let expected = "another variant than the one that admits";
        return Err(fault::value(place("/defaultVariant"), expected));
    }
    let mut target = FlagOff::new(flag, off.clone());
    let set = found
        .metadata
        .flag_set_id
        .as_ref()
        .or(read.metadata.flag_set_id.as_ref());
    target.flag_set = set.cloned();
    Ok(target)
}

/// Arms the way back from `armed_for`, the image being released.
///
/// # Errors
/// `Import.Value` where the claim's own check fails: the same image on both sides, no condition, an
/// objective of 0.
pub fn arm(
    previous: &PreviousRelease,
    armed_for: Digest,
    flag_off: FlagOff,
    conditions: Conditions,
) -> Result<Imported<RollbackArmed>, ImportError> {
    let Conditions {
        rto_s,
        down_migration,
        trigger,
        round_trip_min,
        expires,
        nonce,
    } = conditions;
    let back_to = (previous.image, previous.release.clone());
    let mut rollback = Rollback::new(armed_for, back_to, rto_s, flag_off, expires, nonce);
    rollback.down_migration = down_migration;
    rollback.trigger = trigger;
    rollback.round_trip_min = round_trip_min.round(1);
    rollback.previous_seal = previous.seal;
    Imported::new(RollbackArmed::new(rollback), Vec::new(), vec![armed_for])
}

/// The way back was taken: the armed envelope, the link of the receipt that armed it, and the abort
/// as it was measured. That it took longer than the objective stands in the claim (R12).
///
/// # Errors
/// `Import.Value` for an abort that ends before it begins, and where the claim's own check fails.
pub fn fire(
    armed: &RollbackArmed,
    armed_link: Link,
    abort: Abort,
    guard: Guard,
) -> Result<Imported<RollbackFired>, ImportError> {
    let mut rollback = armed.0.clone();
    let at = |ms: u64| Timestamp::from_secs(ms / 1000).ok_or_else(|| fault::range("Event"));
    let measured = abort.finished_ms.checked_sub(abort.started_ms);
    let expected = "an abort that ends after it begins";
    rollback.measured_ms = Some(measured.ok_or_else(|| fault::value("Event", expected))?);
    rollback.armed = Some(armed_link);
    rollback.started_at = Some(at(abort.started_ms)?);
    rollback.finished_at = Some(at(abort.finished_ms)?);
    rollback.reason = Some(abort.reason.to_owned());
    match guard {
        Guard::GitRevert(commit) => {
            if !is_object_name(&commit) {
                return Err(fault::value("git_revert", "40 or 64 lower-case hex digits"));
            }
            rollback.git_revert = Some(commit);
        }
        Guard::SyncPausedUntil(until) => rollback.sync_paused_until = Some(until),
    }
    let subject = vec![rollback.armed_for];
    Imported::new(RollbackFired::new(rollback), abort.evidence, subject)
}
