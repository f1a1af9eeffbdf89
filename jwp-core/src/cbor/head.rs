//! Initial byte and argument (RFC 8949 §3), in the shortest form both ways.

use alloc::vec::Vec;

use crate::error::{ErrorKind, Result};

/// The major type of an item, and what of major type 7 is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Major {
    Uint,
    /// The value is −1 − argument.
    Nint,
    Bstr,
    Tstr,
    Array,
    Map,
    Tag,
    /// The argument is 0 or 1.
    Bool,
}

impl Major {
    /// The word of CDDL (RFC 8610).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Nint => "nint",
            Self::Bstr => "bstr",
            Self::Tstr => "tstr",
            Self::Array => "array",
            Self::Map => "map",
            Self::Tag => "tag",
            Self::Bool => "bool",
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Uint => 0x00,
            Self::Nint => 0x20,
            Self::Bstr => 0x40,
            Self::Tstr => 0x60,
            Self::Array => 0x80,
            Self::Map => 0xa0,
            Self::Tag => 0xc0,
            Self::Bool => 0xe0,
        }
    }
}

/// A head: major type and argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) major: Major,
    pub(crate) argument: u64,
}

impl Head {
    /// Reads one head at the beginning of `input`; gives it and its length.
    #[inline]
    pub(crate) fn read(input: &[u8]) -> Result<(Self, usize), ErrorKind> {
        let [initial, rest @ ..] = input else {
            return Err(ErrorKind::Truncated);
        };
        let (major, info) = (*initial >> 5, *initial & 0x1f);
        if major == 7 {
            return Self::read_simple(info, rest);
        }
        let (argument, length) = match info {
            0..=23 => (u64::from(info), 1),
            24..=27 => Self::read_argument(info, rest)?,
            // Only strings, arrays and maps have an indefinite form (RFC 8949 §3.2.1).
            31 if (2..=5).contains(&major) => return Err(ErrorKind::Indefinite),
            _ => return Err(ErrorKind::Malformed { initial: *initial }),
        };
        let major = match major {
            0 => Major::Uint,
            1 => Major::Nint,
            2 => Major::Bstr,
            3 => Major::Tstr,
            4 => Major::Array,
            5 => Major::Map,
            _ => Major::Tag,
        };
        Ok((Self { major, argument }, length))
    }

    /// RFC 8949 §4.2.1: an argument stands in the shortest of its forms.
    fn read_argument(info: u8, rest: &[u8]) -> Result<(u64, usize), ErrorKind> {
        let (argument, least, length) = match info {
            24 => {
                let [byte, ..] = rest else {
                    return Err(ErrorKind::Truncated);
                };
                (u64::from(*byte), 24, 2)
            }
            25 => {
                let bytes = rest.first_chunk().ok_or(ErrorKind::Truncated)?;
                (u64::from(u16::from_be_bytes(*bytes)), 1 << 8, 3)
            }
            26 => {
                let bytes = rest.first_chunk().ok_or(ErrorKind::Truncated)?;
                (u64::from(u32::from_be_bytes(*bytes)), 1 << 16, 5)
            }
            _ => {
                let bytes = rest.first_chunk().ok_or(ErrorKind::Truncated)?;
                (u64::from_be_bytes(*bytes), 1 << 32, 9)
            }
        };
        if argument < least {
            return Err(ErrorKind::NonDeterministic {
                found: "a longer head",
            });
        }
        Ok((argument, length))
    }

    #[cold]
    fn simple_error(info: u8, rest: &[u8]) -> ErrorKind {
        let mismatch = |found| ErrorKind::TypeMismatch { found };
        match info {
            22 => mismatch("null"),
            23 => mismatch("undefined"),
            // RFC 8949 §3.3: a two-byte simple value below 32 is not well-formed.
            24 => match rest.first() {
                None => ErrorKind::Truncated,
                Some(0..=31) => ErrorKind::Malformed { initial: 0xf8 },
                Some(_) => mismatch("a simple value"),
            },
            25..=27 => ErrorKind::FloatNotAllowed,
            // Reserved 28–30, and a break outside an indefinite item.
            28..=31 => ErrorKind::Malformed {
                initial: 0xe0 | info,
            },
            _ => mismatch("a simple value"),
        }
    }

    #[inline]
    fn read_simple(info: u8, rest: &[u8]) -> Result<(Self, usize), ErrorKind> {
        match info {
            20 => Ok((
                Self {
                    major: Major::Bool,
                    argument: 0,
                },
                1,
            )),
            21 => Ok((
                Self {
                    major: Major::Bool,
                    argument: 1,
                },
                1,
            )),
            _ => Err(Self::simple_error(info, rest)),
        }
    }

    /// A head in whatever width, for telling a duplicate key from a merely long one.
    pub(crate) fn read_any_width(input: &[u8]) -> Option<(Self, usize)> {
        match Self::read(input) {
            Ok(read) => Some(read),
            Err(ErrorKind::NonDeterministic { .. }) => {
                let (first, rest) = input.split_first()?;
                let width = 1usize << (first & 0x03);
                let argument = rest
                    .get(..width)?
                    .iter()
                    .fold(0, |n, b| n << 8 | u64::from(*b));
                let (short, _) = Self::read(&[first & 0xe0]).ok()?;
                Some((Self { argument, ..short }, width.saturating_add(1)))
            }
            Err(_) => None,
        }
    }

    /// Writes the shortest head.
    #[inline]
    pub(crate) fn write(major: Major, argument: u64, out: &mut Vec<u8>) {
        let [low, high, ..] = argument.to_le_bytes();
        // Nearly all heads have three bytes or fewer.
        match argument {
            _ if major == Major::Bool => out.push(0xf4 | low),
            0..=23 => out.push(major.bits() | low),
            24..=0xff => out.extend_from_slice(&[major.bits() | 24, low]),
            0x100..=0xffff => out.extend_from_slice(&[major.bits() | 25, high, low]),
            _ => Self::write_long(major.bits(), argument, out),
        }
    }

    /// Of a length that is known here: a copy, and no call.
    #[inline(never)]
    fn write_long(bits: u8, argument: u64, out: &mut Vec<u8>) {
        let [a, b, c, d, e, f, g, h] = argument.to_be_bytes();
        match argument {
            0..=0xffff_ffff => out.extend_from_slice(&[bits | 26, e, f, g, h]),
            _ => out.extend_from_slice(&[bits | 27, a, b, c, d, e, f, g, h]),
        }
    }

    /// The shortest head, and its length, in an array of the longest.
    #[inline]
    pub(crate) fn to_bytes(major: Major, argument: u64) -> ([u8; 9], usize) {
        let bits = major.bits();
        let [b0, b1, b2, b3, b4, b5, b6, b7] = argument.to_be_bytes();
        match argument {
            _ if major == Major::Bool => ([bits | 20 | b7, 0, 0, 0, 0, 0, 0, 0, 0], 1),
            0..=23 => ([bits | b7, 0, 0, 0, 0, 0, 0, 0, 0], 1),
            24..=0xff => ([bits | 24, b7, 0, 0, 0, 0, 0, 0, 0], 2),
            0x100..=0xffff => ([bits | 25, b6, b7, 0, 0, 0, 0, 0, 0], 3),
            0x1_0000..=0xffff_ffff => ([bits | 26, b4, b5, b6, b7, 0, 0, 0, 0], 5),
            _ => ([bits | 27, b0, b1, b2, b3, b4, b5, b6, b7], 9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_round_trip_at_every_width_boundary() {
        let majors = [
            Major::Uint,
            Major::Nint,
            Major::Bstr,
            Major::Tstr,
            Major::Array,
            Major::Map,
            Major::Tag,
        ];
        for major in majors {
            for argument in [
                0,
                23,
                24,
                255,
                256,
                65_535,
                65_536,
                u64::from(u32::MAX),
                1 << 32,
                u64::MAX,
            ] {
                let mut out = Vec::new();
                Head::write(major, argument, &mut out);
                assert_eq!(Head::read(&out), Ok((Head { major, argument }, out.len())));
                assert_eq!(
                    Head::read_any_width(&out),
                    Some((Head { major, argument }, out.len()))
                );
                for n in 0..out.len() {
                    assert_eq!(Head::read(&out[..n]), Err(ErrorKind::Truncated));
                }
            }
        }
    }

    #[test]
    fn longer_heads_are_refused_and_still_understood() {
        for (hex, argument) in [
            (&[0x18, 0x17][..], 23),
            (&[0x19, 0x00, 0xff], 255),
            (&[0x1a, 0, 0, 0xff, 0xff], 65_535),
            (
                &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
                u64::from(u32::MAX),
            ),
        ] {
            let refused = Err(ErrorKind::NonDeterministic {
                found: "a longer head",
            });
            assert_eq!(Head::read(hex), refused);
            let head = Head {
                major: Major::Uint,
                argument,
            };
            assert_eq!(Head::read_any_width(hex), Some((head, hex.len())));
        }
    }
}
