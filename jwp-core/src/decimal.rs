//! Exact decimal numbers: an integer, or tag 4 around `[exponent, mantissa]`.

use alloc::{format, string::String};
use core::{cmp::Ordering, fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The newtype name by which a decimal asks the codec for tag 4.
pub(crate) const DECIMAL_TOKEN: &str = "$jwp::decimal";

/// An exact decimal number, `mantissa × 10^exponent`, kept in its only form.
///
/// ```cddl
/// decimal = int / #6.4([-64..-1, int])
/// ```
///
/// A whole number has exponent 0 and is written as a plain integer (−2^63..2^64−1); otherwise the
/// exponent is −64..−1 and the mantissa fits in an `i64` and is not a multiple of ten. Source: RFC
/// 8949 §3.4.4. In human-readable formats it is its text (`"0.0021"`), never a float.
///
/// ```
/// use jwp_core::Decimal;
/// let rate: Decimal = "0.0021".parse()?;
/// assert_eq!(rate, Decimal::from_ratio(21, 10_000, 6).unwrap());
/// assert_eq!(rate.to_string(), "0.0021");
/// # Ok::<(), jwp_core::decimal::ParseDecimalError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i128,
    exponent: i8,
}

/// Text or a pair of numbers that is not an exact decimal of the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got no exact decimal, expected a mantissa of 64 bits and at most 64 places")]
#[non_exhaustive]
pub struct ParseDecimalError;

const INTEGER_MIN: i128 = -(1 << 63);
const INTEGER_MAX: i128 = (1 << 64) - 1;
const MANTISSA_MAX: i128 = (1 << 63) - 1;
const EXPONENT_MIN: i32 = -64;

/// Whether a mantissa has a shorter form with another exponent.
pub(crate) fn ends_in_zero(mantissa: i128) -> bool {
    // Nearly all fit, and a division of 128 bits takes ten times as long.
    i64::try_from(mantissa).map_or_else(|_| mantissa % 10 == 0, |mantissa| mantissa % 10 == 0)
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// `mantissa × 10^exponent`, brought into the only form; `None` where that form does not exist.
    #[must_use]
    pub fn new(mantissa: i128, exponent: i32) -> Option<Self> {
        let (mut mantissa, mut exponent) = (mantissa, exponent);
        if mantissa == 0 {
            return Some(Self::ZERO);
        }
        while exponent > 0 {
            mantissa = mantissa.checked_mul(10)?;
            exponent = exponent.checked_sub(1)?;
        }
        while exponent < 0 && ends_in_zero(mantissa) {
            mantissa = mantissa.checked_div(10)?;
            exponent = exponent.checked_add(1)?;
        }
        let fits = if exponent == 0 {
            (INTEGER_MIN..=INTEGER_MAX).contains(&mantissa)
        } else {
            (INTEGER_MIN..=MANTISSA_MAX).contains(&mantissa) && exponent >= EXPONENT_MIN
        };
        fits.then(|| {
            Some(Self {
                mantissa,
                exponent: i8::try_from(exponent).ok()?,
            })
        })?
    }

    /// The exact rational `numerator / denominator`, rounded half to even at `places` places.
    ///
    /// `None` for a denominator of zero or a result out of range. Places used by the delivery
    /// kinds: ratios 6, `change_failure_rate` 3, milliseconds 3, minutes 1, per-day 1.
    #[must_use]
    pub fn from_ratio(numerator: i128, denominator: u128, places: u8) -> Option<Self> {
        let scale = 10u128.checked_pow(u32::from(places))?;
        let scaled = numerator.unsigned_abs().checked_mul(scale)?;
        let magnitude = i128::try_from(divide(scaled, denominator)?).ok()?;
        let mantissa = if numerator < 0 {
            magnitude.checked_neg()?
        } else {
            magnitude
        };
        Self::new(mantissa, i32::from(places).checked_neg()?)
    }

    /// The same number rounded half to even at `places` places.
    #[must_use]
    pub fn round(self, places: u8) -> Self {
        let keep = i32::from(places).saturating_neg();
        let drop = keep.saturating_sub(i32::from(self.exponent));
        if drop <= 0 {
            return self;
        }
        // A divisor beyond 10^38 exceeds twice any mantissa: the number rounds to zero.
        u32::try_from(drop)
            .ok()
            .and_then(|d| 10u128.checked_pow(d))
            .and_then(|divisor| Self::from_ratio(self.mantissa, divisor, 0))
            .and_then(|whole| Self::new(whole.mantissa, keep))
            .unwrap_or(Self::ZERO)
    }

    /// The mantissa; the number itself where the exponent is 0.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// The exponent of ten: 0, or −64..−1.
    #[must_use]
    pub const fn exponent(self) -> i8 {
        self.exponent
    }

    /// Whether the number is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The whole number, where it is one.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        (self.exponent == 0).then(|| u64::try_from(self.mantissa).ok())?
    }
}

impl From<u64> for Decimal {
    fn from(n: u64) -> Self {
        Self {
            mantissa: i128::from(n),
            exponent: 0,
        }
    }
}

impl From<i64> for Decimal {
    fn from(n: i64) -> Self {
        Self {
            mantissa: i128::from(n),
            exponent: 0,
        }
    }
}

impl From<i32> for Decimal {
    fn from(n: i32) -> Self {
        i64::from(n).into()
    }
}

impl From<u32> for Decimal {
    fn from(n: u32) -> Self {
        Self {
            mantissa: i128::from(n),
            exponent: 0,
        }
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// The grammar is JSON's number (RFC 8259 §6) with an optional `+` in the exponent only;
    /// the value is exact or refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (number, power) = match rest.split_once(['e', 'E']) {
            Some((number, power)) => (number, parse_power(power)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((_, "")) => return Err(ParseDecimalError),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (number, ""),
        };
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || !all_digits(whole) || !all_digits(fraction) {
            return Err(ParseDecimalError);
        }
        let mut digits = String::with_capacity(whole.len().saturating_add(fraction.len()));
        digits.push_str(whole);
        digits.push_str(fraction);
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self::ZERO);
        }
        // Zeros at the end of a long integer belong to the exponent: 5725e18 and 5.725e21 alike.
        let trimmed = significant.trim_end_matches('0');
        let zeros = significant.len().saturating_sub(trimmed.len());
        let magnitude: i128 = trimmed.parse().map_err(|_| ParseDecimalError)?;
        let mantissa = if negative {
            magnitude.checked_neg()
        } else {
            Some(magnitude)
        };
        let places = i32::try_from(fraction.len()).map_err(|_| ParseDecimalError)?;
        let zeros = i32::try_from(zeros).map_err(|_| ParseDecimalError)?;
        let exponent = power.checked_sub(places).and_then(|e| e.checked_add(zeros));
        match (mantissa, exponent) {
            (Some(mantissa), Some(exponent)) => Self::new(mantissa, exponent),
            _ => None,
        }
        .ok_or(ParseDecimalError)
    }
}

fn parse_power(text: &str) -> Result<i32, ParseDecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseDecimalError);
    }
    text.parse().map_err(|_| ParseDecimalError)
}

/// The quotient rounded half to even.
fn divide(dividend: u128, divisor: u128) -> Option<u128> {
    let quotient = dividend.checked_div(divisor)?;
    let twice_rest = dividend.checked_rem(divisor)?.checked_mul(2)?;
    let up = match twice_rest.cmp(&divisor) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => quotient & 1 == 1,
    };
    quotient.checked_add(u128::from(up))
}

/// Prints `mantissa × 10^exponent` as Rust prints its numbers: width, fill, sign and zeros are obeyed, and a
/// precision is that many places, the last rounded half to even.
pub(crate) fn print(f: &mut fmt::Formatter<'_>, mantissa: i128, exponent: i8) -> fmt::Result {
    let places = usize::from(exponent.unsigned_abs());
    let shown = f.precision().unwrap_or(places);
    let kept = places.min(shown);
    let dropped = u32::try_from(places.saturating_sub(kept)).unwrap_or(u32::MAX);
    // A divisor beyond 10^38 exceeds twice any mantissa: the number rounds to zero.
    let divisor = 10_u128.checked_pow(dropped);
    let digits = divisor.and_then(|divisor| divide(mantissa.unsigned_abs(), divisor));
    let digits = digits.unwrap_or(0);
    // What rounds to zero has no sign.
    let positive = mantissa >= 0 || digits == 0;
    let mut text = format!("{digits:0>width$}", width = kept.saturating_add(1));
    if shown > 0 {
        let point = text.len().saturating_sub(kept);
        text.insert(point, '.');
        text.extend(core::iter::repeat_n('0', shown.saturating_sub(kept)));
    }
    f.pad_integral(positive, "", &text)
}

/// Rounded half to even where there is a precision: `{:.2}` has two places.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(f, self.mantissa, self.exponent)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = self.mantissa.signum().cmp(&other.mantissa.signum());
        if sign != Ordering::Equal {
            return sign;
        }
        let by_size = compare_magnitudes(*self, *other);
        if self.mantissa < 0 {
            by_size.reverse()
        } else {
            by_size
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Both of one sign. Where the leading digits stand at the same power of ten, the exponents differ
/// by less than the 20 digits of a mantissa, so scaling one of them cannot overflow.
fn compare_magnitudes(a: Decimal, b: Decimal) -> Ordering {
    let order = |d: Decimal| {
        let digits = d
            .mantissa
            .unsigned_abs()
            .checked_ilog10()
            .map_or(0, |l| i64::from(l).saturating_add(1));
        digits.saturating_add(i64::from(d.exponent))
    };
    order(a).cmp(&order(b)).then_with(|| {
        let common = a.exponent.min(b.exponent);
        let scaled = |d: Decimal| {
            let power = u32::from(d.exponent.abs_diff(common));
            10u128
                .saturating_pow(power)
                .saturating_mul(d.mantissa.unsigned_abs())
        };
        scaled(a).cmp(&scaled(b))
    })
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        if self.exponent != 0 {
            let mantissa = i64::try_from(self.mantissa).map_err(serde::ser::Error::custom)?;
            return serializer.serialize_newtype_struct(DECIMAL_TOKEN, &(self.exponent, mantissa));
        }
        match u64::try_from(self.mantissa) {
            Ok(n) => serializer.serialize_u64(n),
            Err(_) => serializer
                .serialize_i64(i64::try_from(self.mantissa).map_err(serde::ser::Error::custom)?),
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Text::new("a decimal as text, such as \"0.36\""))
        } else {
            deserializer.deserialize_newtype_struct(DECIMAL_TOKEN, DecimalVisitor)
        }
    }
}

/// A number where people read it: text, and never the number of the format, which may have gone through a float.
pub(crate) struct Text<T> {
    expected: &'static str,
    number: PhantomData<T>,
}

impl<T> Text<T> {
    pub(crate) const fn new(expected: &'static str) -> Self {
        let number = PhantomData;
        Self { expected, number }
    }
}

impl<T: FromStr<Err = ParseDecimalError>> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

struct DecimalVisitor;

impl<'de> de::Visitor<'de> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("decimal (int / #6.4([-64..-1, int]))")
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Decimal, E> {
        Ok(n.into())
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Decimal, E> {
        Ok(n.into())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Decimal, A::Error> {
        // The codec has checked range and form before it gives the pair.
        let exponent: i8 = seq
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let mantissa: i64 = seq
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(1, &self))?;
        Decimal::new(i128::from(mantissa), i32::from(exponent))
            .ok_or_else(|| de::Error::custom(ParseDecimalError))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn ratios_round_half_to_even() {
        let places_0 = |n, d| Decimal::from_ratio(n, d, 0).unwrap().to_string();
        assert_eq!(places_0(1, 2), "0");
        assert_eq!(places_0(3, 2), "2");
        assert_eq!(places_0(5, 2), "2");
        assert_eq!(places_0(-5, 2), "-2");
        assert_eq!(places_0(-7, 2), "-4");
        assert_eq!(Decimal::from_ratio(5, 345, 3).unwrap().to_string(), "0.014");
        assert_eq!(Decimal::from_ratio(345, 30, 1).unwrap().to_string(), "11.5");
        assert_eq!(Decimal::from_ratio(1, 0, 3), None);
    }

    #[test]
    fn text_is_exact_or_refused() {
        for (text, printed) in [
            ("0.0021", "0.0021"),
            ("5.460", "5.46"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("0e999999", "0"),
            ("3.333333333333333e-10", "0.0000000003333333333333333"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("100000000000000000000000000000000000000000e-40", "10"),
        ] {
            assert_eq!(
                text.parse::<Decimal>().unwrap().to_string(),
                printed,
                "{text}"
            );
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "01",
            "1,5",
            "1e",
            "1e+",
            "+1",
            "NaN",
            "+Inf",
            " 1",
            "1 ",
            "0x1",
            "18446744073709551616",
            "1e-65",
            "5.725e+21",
            "0.92345678901234567891",
            "1e99999999999",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(ParseDecimalError), "{text}");
        }
    }

    #[test]
    fn order_is_numeric() {
        let sorted = [
            "-18",
            "-1.5",
            "-1.49",
            "0",
            "1e-64",
            "0.9",
            "1",
            "1.01",
            "9e18",
            "18446744073709551615",
        ];
        for pair in sorted.windows(2) {
            let (a, b): (Decimal, Decimal) = (pair[0].parse().unwrap(), pair[1].parse().unwrap());
            assert!(a < b, "{a} < {b}");
        }
    }

    #[test]
    fn rounding_drops_places() {
        let round = |t: &str, places| t.parse::<Decimal>().unwrap().round(places).to_string();
        assert_eq!(round("0.4166666666666666", 6), "0.416667");
        assert_eq!(round("84.0005", 3), "84");
        assert_eq!(round("84.0015", 3), "84.002");
        assert_eq!(round("12", 3), "12");
        assert_eq!(round("1e-64", 3), "0");
    }
}
