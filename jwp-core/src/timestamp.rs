//! Points in time as integer seconds.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Seconds since 1970-01-01T00:00:00Z, 0..253402300799 (the end of the year 9999).
///
/// There are no fractions, no time zones and no leap seconds (POSIX time). Calendar text is made
/// where people read it, not here. Source: RFC 8392 §2 NumericDate, integers only.
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

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.0)
    }
}
