//! The quick way through bytes without a fault.

use super::{MAX_DEPTH, ser::comes_before, text};

/// Reads forward through deterministic CBOR as a writer writes it, and gives up at the first thing that is
/// not plainly right.
///
/// `None` does not say what is wrong, nor that anything is: who gets it starts again with a
/// [`Reader`](super::Reader), which reads everything that this reads, to the same result, and names what is
/// wrong. Tests hold the one to the other.
#[derive(Debug, Clone)]
pub(crate) struct Straight<'a> {
    rest: &'a [u8],
    items: usize,
}

impl<'a> Straight<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self {
            rest: input,
            items: 0,
        }
    }

    /// The bytes not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Items read so far. They are not bounded here: whoever goes on with a reader has it count them in.
    pub(crate) const fn items(&self) -> usize {
        self.items
    }

    /// Reads the content of a byte string to its end.
    #[inline]
    pub(crate) fn within<T>(
        &mut self,
        content: &'a [u8],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let mut inner = Self::new(content);
        let value = read(&mut inner)?;
        self.count(inner.items);
        inner.rest.is_empty().then_some(value)
    }

    /// Goes over bytes of the caller's, which hold so many heads, if they come next.
    #[inline]
    pub(crate) fn literal<const N: usize>(&mut self, bytes: &[u8; N], items: usize) -> Option<()> {
        let (next, rest) = self.rest.split_first_chunk::<N>()?;
        if next != bytes {
            return None;
        }
        self.rest = rest;
        self.count(items);
        Some(())
    }

    /// The content of a string whose head was a literal.
    #[inline]
    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (next, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(next)
    }

    /// The number of entries of a map.
    #[inline]
    pub(crate) fn map(&mut self) -> Option<usize> {
        self.argument(0xa0)
    }

    /// The number of elements of an array.
    #[inline]
    pub(crate) fn array(&mut self) -> Option<usize> {
        self.argument(0x80)
    }

    /// A byte string.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.argument(0x40)?;
        self.take(length)
    }

    /// A text string, as bytes: they are checked.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let text = self.unchecked_text()?;
        text::is_clean(text).then_some(text)
    }

    /// The content of a text string, whose grammar the caller checks.
    #[inline]
    pub(crate) fn unchecked_text(&mut self) -> Option<&'a [u8]> {
        let length = self.argument(0x60)?;
        self.take(length)
    }

    /// An unsigned integer.
    #[inline]
    pub(crate) fn uint(&mut self) -> Option<u64> {
        let (initial, rest) = self.rest.split_first()?;
        let (argument, rest) = match initial {
            0..=0x17 => (u64::from(*initial), rest),
            0x18..=0x1b => long_argument(initial & 3, rest)?,
            _ => return None,
        };
        self.rest = rest;
        self.count(1);
        Some(argument)
    }

    /// A decimal or joules: mantissa, whether it is negative (then the number is −1 − mantissa), exponent.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<(u64, bool, i8)> {
        let exponent = match self.rest {
            [0xc4, 0x82, exponent @ 0x20..=0x37, rest @ ..] => {
                self.rest = rest;
                // −1 − n.
                !exponent.wrapping_sub(0x20).cast_signed()
            }
            // Exponents down to −64 have another byte.
            [0xc4, ..] => return None,
            _ => {
                let (mantissa, negative) = self.int()?;
                return Some((mantissa, negative, 0));
            }
        };
        self.count(3);
        let (mantissa, negative) = self.int()?;
        let ten = mantissa.wrapping_add(u64::from(negative)).checked_rem(10);
        (ten != Some(0)).then_some((mantissa, negative, exponent))
    }

    #[inline]
    fn int(&mut self) -> Option<(u64, bool)> {
        let (initial, rest) = self.rest.split_first()?;
        if *initial < 0x20 {
            return self.uint().map(|argument| (argument, false));
        }
        let (argument, rest) = match initial {
            0x20..=0x37 => (u64::from(initial.wrapping_sub(0x20)), rest),
            0x38..=0x3b => long_argument(initial & 3, rest)?,
            _ => return None,
        };
        self.rest = rest;
        self.count(1);
        // −2⁶³ is the least.
        (argument >> 63 == 0).then_some((argument, true))
    }

    /// Goes over one item of any admitted type, inside `open` arrays, maps and tags.
    pub(crate) fn skip(&mut self, open: usize) -> Option<()> {
        match self.rest.first()? >> 5 {
            0 => self.uint().map(|_| ()),
            1 => self.int().map(|_| ()),
            2 => self.bytes().map(|_| ()),
            3 => self.text().map(|_| ()),
            4 => self.skip_array(open),
            5 => self.skip_map(open),
            6 => {
                // The tag, and the array within.
                (open.saturating_add(2) <= MAX_DEPTH).then_some(())?;
                self.number().map(|_| ())
            }
            _ => self
                .literal(b"\xf5", 1)
                .or_else(|| self.literal(b"\xf4", 1)),
        }
    }

    fn skip_array(&mut self, open: usize) -> Option<()> {
        let count = self.array()?;
        let open = open.saturating_add(1);
        (open <= MAX_DEPTH).then_some(())?;
        for _ in 0..count {
            self.skip(open)?;
        }
        Some(())
    }

    /// Keys in bytewise order of their encodings (RFC 8949 §4.2.1).
    pub(crate) fn skip_map(&mut self, open: usize) -> Option<()> {
        let count = self.map()?;
        let open = open.saturating_add(1);
        (open <= MAX_DEPTH).then_some(())?;
        let mut last: &[u8] = &[];
        for _ in 0..count {
            let from = self.rest;
            self.text()?;
            let length = from.len().saturating_sub(self.rest.len());
            let key = from.get(..length)?;
            comes_before(last, key).then_some(())?;
            last = key;
            self.skip(open)?;
        }
        Some(())
    }

    /// The argument of a head of one major type; longer ones than two bytes are left to others.
    #[inline]
    fn argument(&mut self, base: u8) -> Option<usize> {
        let (initial, rest) = self.rest.split_first()?;
        let (argument, rest) = match initial.wrapping_sub(base) {
            info @ 0..=23 => (usize::from(info), rest),
            24 => {
                let (argument, rest) = rest.split_first()?;
                (*argument >= 24).then_some(())?;
                (usize::from(*argument), rest)
            }
            25 => {
                let (argument, rest) = rest.split_first_chunk()?;
                let argument = u16::from_be_bytes(*argument);
                (argument > 0xff).then_some(())?;
                (usize::from(argument), rest)
            }
            _ => return None,
        };
        self.rest = rest;
        self.count(1);
        Some(argument)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (content, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(content)
    }

    #[inline]
    const fn count(&mut self, items: usize) {
        self.items = self.items.wrapping_add(items);
    }
}

/// An argument of 1, 2, 4 or 8 bytes, where it needs them (RFC 8949 §4.2.1).
#[inline]
fn long_argument(width: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let (argument, least, rest) = match width {
        0 => {
            let (argument, rest) = rest.split_first()?;
            (u64::from(*argument), 24, rest)
        }
        1 => {
            let (argument, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(*argument).into(), 1 << 8, rest)
        }
        2 => {
            let (argument, rest) = rest.split_first_chunk()?;
            (u32::from_be_bytes(*argument).into(), 1 << 16, rest)
        }
        _ => {
            let (argument, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*argument), 1 << 32, rest)
        }
    };
    (argument >= least).then_some((argument, rest))
}
