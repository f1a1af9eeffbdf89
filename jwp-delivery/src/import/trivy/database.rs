//! The vulnerability database that a scan used, and its age.

use serde::Deserialize;

use super::TrivyRun;
use crate::import::{
    ImportError, fault,
    gates::{GateReason, measured::Measured},
    rfc3339,
};

/// How old the database may be unless the caller says otherwise: one day, in seconds.
///
/// Trivy's database is rebuilt every six hours (`NextUpdate`), and the tool fetches a newer one by
/// itself; one that is four rebuilds behind was kept on purpose or by accident.
pub const MAX_DB_AGE_S: u64 = 86_400;

/// How far the clocks of the scanner and of the issuer may differ, in seconds; the same as between the
/// issuer and a verifier.
const CLOCK_SKEW_S: u64 = 300;

#[derive(Deserialize)]
pub(super) struct Database {
    #[serde(rename = "UpdatedAt")]
    updated_at: String,
    #[serde(default, rename = "DownloadedAt")]
    downloaded_at: Option<String>,
}

/// Notes the age of the database at the scan, and every reason against it.
pub(super) fn check(
    gate: &mut Measured,
    database: Option<&Database>,
    created_at: &str,
    run: &TrivyRun<'_>,
) -> Result<(), ImportError> {
    let now = run.now.as_secs();
    let created = seconds(created_at, "/CreatedAt")?;
    if created > now.saturating_add(CLOCK_SKEW_S) {
        return Err(fault::value("/CreatedAt", "a time that is not after now"));
    }
    let Some(database) = database else {
        gate.reason(GateReason::DatabaseUnknown);
        return Ok(());
    };
    let place = "version document /VulnerabilityDB/UpdatedAt";
    let updated = seconds(&database.updated_at, place)?;
    // A database from the future has no age, and the clock that says so cannot be trusted.
    let age = now
        .checked_sub(updated)
        .ok_or_else(|| fault::value(place, "a time that is not after now"))?;
    gate.db_age_s = created.checked_sub(updated);
    if age > run.max_db_age_s {
        gate.reason(GateReason::StaleDatabase {
            age_s: age,
            limit_s: run.max_db_age_s,
        });
    }
    let downloaded = match database.downloaded_at.as_deref() {
        // Go's zero time: the database was built on this machine.
        None | Some("0001-01-01T00:00:00Z") => updated,
        Some(text) => seconds(text, "version document /VulnerabilityDB/DownloadedAt")?,
    };
    if downloaded.max(updated) > created {
        gate.reason(GateReason::DatabaseAfterScan);
    }
    Ok(())
}

/// RFC 3339, as Go's `time.Time` writes it; fractions of a second are cut off.
fn seconds(text: &str, at: &str) -> Result<u64, ImportError> {
    Ok(rfc3339::read_ms(text, at)? / 1000)
}
