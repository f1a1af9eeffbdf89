//! Points in time as integer seconds.

use alloc::format;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Seconds since 1970-01-01T00:00:00Z, 0..253402300799 (the end of the year 9999).
///
/// There are no fractions, no time zones and no leap seconds (POSIX time). `Display` is RFC 3339 in UTC,
/// `2026-05-07T12:00:00Z`; serde has the integer. Source: RFC 8392 §2 NumericDate, integers only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

/// A number of seconds outside 0..253402300799.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got seconds out of range, expected 0..253402300799")]
#[non_exhaustive]
pub struct TimestampRangeError;

impl Timestamp {
    /// 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(253_402_300_799);

    /// A point in time from seconds since the epoch; `None` out of range.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Option<Self> {
        if seconds <= Self::MAX.0 {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Timestamp {
    type Error = TimestampRangeError;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        Self::from_secs(seconds).ok_or(TimestampRangeError)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        Self::try_from(seconds).map_err(|_| {
            let expected = "seconds of 0..253402300799";
            de::Error::invalid_value(de::Unexpected::Unsigned(seconds), &expected)
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u64 = 86_400;
        let (year, month, day) = civil(self.0 / DAY);
        let second = self.0 % DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        f.pad(&text)
    }
}

/// Year, month and day of the Gregorian calendar, so many days behind 1970-01-01.
///
/// Years begin with March here, so that a leap day is the last of its year, and days are counted in cycles of 400
/// years, which all have as many: 146,097 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
const fn civil(days: u64) -> (u64, u64, u64) {
    // From 0000-03-01. A timestamp has fewer days than would overflow this.
    let days = days.saturating_add(719_468);
    let (cycle, day) = (days / 146_097, days % 146_097);
    // Without the leap days in front of it, a day of the cycle tells its year by itself.
    let leap_days = (day / 1_460)
        .saturating_add(day / 146_096)
        .saturating_sub(day / 36_524);
    let year = day.saturating_sub(leap_days) / 365;
    let before = year
        .saturating_mul(365)
        .saturating_add(year / 4)
        .saturating_sub(year / 100);
    let day = day.saturating_sub(before);
    // Months from March in groups of five, of 153 days each: 31, 30, 31, 30, 31.
    let month = day.saturating_mul(5).saturating_add(2) / 153;
    let first = month.saturating_mul(153).saturating_add(2) / 5;
    let day = day.saturating_sub(first).saturating_add(1);
    let year = cycle.saturating_mul(400).saturating_add(year);
    if month < 10 {
        (year, month.saturating_add(3), day)
    } else {
        (year.saturating_add(1), month.saturating_sub(9), day)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.0)
    }
}
