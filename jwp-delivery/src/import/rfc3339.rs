//! Points in time as the tools write them: RFC 3339 §5.6, to integer milliseconds.

use jwp_core::Timestamp;

use super::{ImportError, fault};

/// Milliseconds since the epoch; `None` for anything that is not RFC 3339 `date-time` from 1970 to
/// 9999-12-30T22:00:00Z, where jiff's time line ends.
///
/// Digits of a fraction beyond the third are cut off, never rounded into the next millisecond. A
/// leap second (`:60`) is refused: POSIX time has none.
pub(crate) fn parse_ms(text: &str) -> Option<u64> {
    // jiff reads more than RFC 3339 (no seconds, a space, zone names): the grammar is held here.
    let (date_time, rest) = text.split_at_checked(19)?;
    let form = b"dddd-dd-ddTdd:dd:dd";
    let fits = date_time.bytes().zip(form).all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        literal => byte == *literal,
    });
    let seconds = date_time.get(17..)?;
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = fraction.len().checked_sub(zone.len())?;
            (1..=30).contains(&digits).then_some(zone)?
        }
    };
    if !fits || seconds > "59" || !is_offset(zone) {
        return None;
    }
    let whole = [date_time, zone].concat();
    let seconds = whole.parse::<jiff::Timestamp>().ok()?.as_second();
    let seconds = Timestamp::from_secs(u64::try_from(seconds).ok()?)?.as_secs();
    seconds.checked_mul(1000)?.checked_add(milliseconds(rest)?)
}

/// The same of a member that stands at `place`.
pub(crate) fn read_ms(text: &str, place: &str) -> Result<u64, ImportError> {
    parse_ms(text).ok_or_else(|| fault::value(place, "an RFC 3339 date-time"))
}

/// `Z`, or a numeric offset.
fn is_offset(zone: &str) -> bool {
    match zone.as_bytes() {
        [b'Z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].into_iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn milliseconds(rest: &str) -> Option<u64> {
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some(0);
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit);
    let mut first_three = digits.chain([b'0', b'0', b'0']).take(3);
    first_three.try_fold(0u64, |ms, digit| {
        ms.checked_mul(10)?
            .checked_add(u64::from(digit.checked_sub(b'0')?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_grammar() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:01.5Z", 1500),
            ("1970-01-01T00:00:00.999999999Z", 999),
            ("1970-01-01T01:00:00.001+01:00", 1),
            ("2026-11-18T12:56:40.000Z", 1_795_006_600_000),
            ("9999-12-30T22:00:00Z", 253_402_207_200_000),
        ] {
            assert_eq!(parse_ms(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "1970-01-01",
            "1970-01-01T00:00Z",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00Z[UTC]",
            "1970-13-01T00:00:00Z",
            "1970-02-30T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+24:60",
            "1970-01-01T24:00:00Z",
            " 1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00,5Z",
        ] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
