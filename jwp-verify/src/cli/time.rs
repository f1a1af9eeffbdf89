//! Time as an argument: RFC 3339 to whole seconds, or the clock where nobody says otherwise.

use std::time::{SystemTime, UNIX_EPOCH};

use jwp_core::Timestamp;

/// `2026-05-07T12:00:00Z`, or with a numeric offset; whole seconds, 1970 to 9999.
///
/// # Errors
/// The form that was expected.
pub(crate) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    const FORM: &str = "expected RFC 3339 with whole seconds, such as 2026-05-07T12:00:00Z";
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
    let time: jiff::Timestamp = text.parse().map_err(|_| FORM)?;
    u64::try_from(time.as_second())
        .ok()
        .and_then(Timestamp::from_secs)
        .ok_or(FORM)
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

/// RFC 3339 in UTC.
pub(crate) fn format(time: Timestamp) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map(|time| time.to_string()).unwrap_or_default()
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
        ] {
            assert_eq!(parse(text).map(Timestamp::as_secs), Ok(seconds), "{text}");
        }
        assert_eq!(
            format(parse("2026-05-07T12:00:00Z").unwrap()),
            "2026-05-07T12:00:00Z"
        );
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
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "2026-05-07T12:00:00+99:99",
            "1778155200",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
