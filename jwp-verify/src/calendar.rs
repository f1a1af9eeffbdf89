//! Seconds from what a calendar and a clock show, over the whole range of [`Timestamp`], whose `Display` is the way
//! back.
//!
//! The zoned types of jiff end a day before the year 9999 does; its civil ones do not.

use jiff::civil::DateTime;
use jwp_core::Timestamp;

const EPOCH: DateTime = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// The second at which a clock that is `offset_min` ahead of UTC shows `civil`.
pub(crate) fn parse(civil: DateTime, offset_min: i16) -> Option<Timestamp> {
    let offset = i64::from(offset_min).checked_mul(60)?;
    let seconds = civil.duration_since(EPOCH).as_secs().checked_sub(offset)?;
    Timestamp::from_secs(u64::try_from(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_range_there_and_back() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_778_155_200, "2026-05-07T12:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            let time = Timestamp::from_secs(seconds).unwrap();
            assert_eq!(time.to_string(), text);
            let civil: DateTime = text.trim_end_matches('Z').parse().unwrap();
            assert_eq!(parse(civil, 0), Some(time));
        }
        assert_eq!(parse(EPOCH, 60), None);
        assert_eq!(parse(EPOCH, -60).map(Timestamp::as_secs), Some(3600));
    }
}
