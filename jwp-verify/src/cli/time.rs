//! Time as an argument: RFC 3339 to whole seconds, or the clock where nobody says otherwise.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jwp_core::Timestamp;

/// `2026-05-07T12:00:00Z`, or with a numeric offset; whole seconds, 1970 to 9999.
///
/// # Errors
/// What was expected.
pub(crate) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    const FORM: &str = "expected RFC 3339 with whole seconds, such as 2026-05-07T12:00:00Z";
    const RANGE: &str = "expected a time from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z";
    // jiff reads more than RFC 3339 (a space, zone names, no seconds, a leap second): the grammar is
    // held here.
    let form: &[u8] = match text.len() {
        20 => b"dddd-dd-ddTdd:dd:ddZ",
        25 => b"dddd-dd-ddTdd:dd:dd+dd:dd",
        _ => return Err(FORM),
    };
    let fits = text.bytes().zip(form).all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        b'+' => matches!(byte, b'+' | b'-'),
        literal => byte == *literal,
    });
    if !fits || text.get(17..19) == Some("60") {
        return Err(FORM);
    }
    // The zoned types of jiff end a day before the year 9999 does; its civil ones do not.
    let civil: DateTime = text
        .get(..19)
        .and_then(|civil| civil.parse().ok())
        .ok_or(FORM)?;
    let ahead = offset(text.get(19..).unwrap_or_default()).ok_or(FORM)?;
    let seconds = civil.duration_since(EPOCH).as_secs().checked_sub(ahead);
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .and_then(Timestamp::from_secs)
        .ok_or(RANGE)
}

const EPOCH: DateTime = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// Seconds ahead of UTC: `Z`, or `±hh:mm` with hours to 23 and minutes to 59 (RFC 3339 §5.6).
fn offset(text: &str) -> Option<i64> {
    let Some((hours, minutes)) = text.split_once(':') else {
        return Some(0);
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours.abs() > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours
        .abs()
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?;
    Some(if text.starts_with('-') {
        seconds.saturating_neg()
    } else {
        seconds
    })
}

/// The given time, or that of the clock.
pub(crate) fn now(given: Option<Timestamp>) -> super::failure::Result<Timestamp> {
    if let Some(now) = given {
        return Ok(now);
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| Timestamp::from_secs(since.as_secs()))
        .ok_or_else(|| {
            super::failure::Failure::usage("got a clock before 1970 or after 9999, expected --now")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_grammar_there_and_back() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-05-07T12:00:00Z", 1_778_155_200),
            ("2026-05-07T14:00:00+02:00", 1_778_155_200),
            ("2026-05-07T11:30:00-00:30", 1_778_155_200),
            ("2026-05-08T11:59:00+23:59", 1_778_155_200),
            ("1969-12-31T23:00:00-01:00", 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(parse(text).map(Timestamp::as_secs), Ok(seconds), "{text}");
        }
        for text in ["2026-05-07T12:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "now",
            "2026-05-07",
            "2026-05-07T12:00Z",
            "2026-05-07 12:00:00Z",
            "2026-05-07t12:00:00z",
            "2026-05-07T12:00:00",
            "2026-05-07T12:00:00.5Z",
            "2026-02-30T12:00:00Z",
            "2016-12-31T23:59:60Z",
            "2026-05-07T12:00:00+99:99",
            "2026-05-07T12:00:00+24:00",
            "2026-05-07T12:00:00-24:00",
            "2026-05-07T12:00:00+01:60",
            "1778155200",
        ] {
            assert!(parse(text).unwrap_err().contains("RFC 3339"), "{text}");
        }
        for text in [
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert!(parse(text).unwrap_err().contains("from 1970"), "{text}");
        }
    }
}
