//! The quick way through bytes without a fault.

use super::{
    MAX_DEPTH,
    head::{Head, Major},
    order::text_comes_before,
    text,
};

/// Reads forward through deterministic CBOR as a writer writes it, and gives up at the first thing that is
/// not plainly right.
///
/// `None` does not say what is wrong, nor that anything is: who gets it starts again with a
/// [`Reader`](super::Reader), which reads everything that this reads, to the same result, and names what is
/// wrong. Tests hold the one to the other.
///
/// What lies ahead stays in registers only while no function takes it by reference: through memory, each item waits
/// for the one before. Hence `inline(always)`, and functions that take a slice and give back what they found.
///
/// Items are not counted on the way. No input has more of them than bytes: who lets this read more bytes than there may
/// be items has to count them behind it, with [`items_in`].
#[derive(Debug, Clone)]
pub(crate) struct Straight<'a> {
    rest: &'a [u8],
}

impl<'a> Straight<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    /// The bytes not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// What was read since `before` was what lay ahead.
    #[inline(always)]
    pub(crate) fn since(&self, before: &'a [u8]) -> Option<&'a [u8]> {
        before.get(..before.len().checked_sub(self.rest.len())?)
    }

    /// That all was read.
    #[inline(always)]
    pub(crate) fn done(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    /// Goes over bytes of the caller's, if they come next.
    #[inline(always)]
    pub(crate) fn literal<const N: usize>(&mut self, bytes: &[u8; N]) -> Option<()> {
        let (next, rest) = self.rest.split_first_chunk::<N>()?;
        if !same(next, bytes) {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Goes over bytes that were read before as whole items, if there are any and they come again. An item says where it
    /// ends, so what is read of the same bytes is the same.
    #[inline(always)]
    pub(crate) fn again(&mut self, before: &[u8]) -> bool {
        match self.rest.split_at_checked(before.len()) {
            Some((next, rest)) if next == before && !before.is_empty() => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// The content of a string whose head was a literal.
    #[inline(always)]
    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (next, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(next)
    }

    /// The number of entries of a map.
    #[inline(always)]
    pub(crate) fn map(&mut self) -> Option<usize> {
        self.argument(0xa0)
    }

    /// The number of elements of an array.
    #[inline(always)]
    pub(crate) fn array(&mut self) -> Option<usize> {
        self.argument(0x80)
    }

    /// A byte string.
    #[inline(always)]
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.argument(0x40)?;
        self.take(length)
    }

    /// A text string, as bytes: they are checked.
    #[inline(always)]
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let text = self.unchecked_text()?;
        text::is_clean(text).then_some(text)
    }

    /// The content of a text string, whose grammar the caller checks.
    #[inline(always)]
    pub(crate) fn unchecked_text(&mut self) -> Option<&'a [u8]> {
        let length = self.argument(0x60)?;
        self.take(length)
    }

    /// An unsigned integer.
    #[inline(always)]
    pub(crate) fn uint(&mut self) -> Option<u64> {
        let (initial, rest) = self.rest.split_first()?;
        let (argument, rest) = match initial {
            0..=0x17 => (u64::from(*initial), rest),
            0x18..=0x1b => long_argument(initial & 3, rest)?,
            _ => return None,
        };
        self.rest = rest;
        Some(argument)
    }

    /// A decimal or joules: mantissa, whether it is negative (then the number is −1 − mantissa), exponent.
    #[inline(always)]
    pub(crate) fn number(&mut self) -> Option<(u64, bool, i8)> {
        let exponent = match self.rest {
            [0xc4, 0x82, exponent @ 0x20..=0x37, rest @ ..] => {
                self.rest = rest;
                // −1 − n.
                !exponent.wrapping_sub(0x20).cast_signed()
            }
            // A tag is no integer: exponents below −24, which have another byte, end here.
            _ => {
                let (mantissa, negative) = self.int()?;
                return Some((mantissa, negative, 0));
            }
        };
        let (mantissa, negative) = self.int()?;
        let ten = mantissa.wrapping_add(u64::from(negative)).checked_rem(10);
        (ten != Some(0)).then_some((mantissa, negative, exponent))
    }

    #[inline(always)]
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
        // −2⁶³ is the least.
        (argument >> 63 == 0).then_some((argument, true))
    }

    /// Goes over one item of any admitted type, inside `open` arrays, maps and tags.
    #[inline(always)]
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
            _ => self.literal(b"\xf5").or_else(|| self.literal(b"\xf4")),
        }
    }

    #[inline(always)]
    fn skip_array(&mut self, open: usize) -> Option<()> {
        self.rest = behind_array(self.rest, open)?;
        Some(())
    }

    /// Keys in bytewise order of their encodings (RFC 8949 §4.2.1).
    #[inline(always)]
    pub(crate) fn skip_map(&mut self, open: usize) -> Option<()> {
        self.rest = behind_map(self.rest, open)?;
        Some(())
    }

    /// The argument of a head of one major type; longer ones than two bytes are left to others.
    #[inline(always)]
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
        Some(argument)
    }

    #[inline(always)]
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (content, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(content)
    }
}

/// What lies behind one array. As for a map, what lies ahead is passed in registers, and comes back in them.
fn behind_array(ahead: &[u8], open: usize) -> Option<&[u8]> {
    let mut s = Straight::new(ahead);
    let count = s.array()?;
    let open = open.saturating_add(1);
    (open <= MAX_DEPTH).then_some(())?;
    for _ in 0..count {
        s.skip(open)?;
    }
    Some(s.rest)
}

fn behind_map(ahead: &[u8], open: usize) -> Option<&[u8]> {
    let mut s = Straight::new(ahead);
    let count = s.map()?;
    let open = open.saturating_add(1);
    (open <= MAX_DEPTH).then_some(())?;
    let mut last: Option<&[u8]> = None;
    for _ in 0..count {
        let key = s.unchecked_text()?;
        (text::is_short_and_plain(key) || text::is_clean(key)).then_some(())?;
        last.is_none_or(|last| text_comes_before(last, key))
            .then_some(())?;
        last = Some(key);
        s.skip(open)?;
    }
    Some(s.rest)
}

/// The items in bytes that were read, without those inside byte strings: each has one head.
pub(crate) fn items_in(mut bytes: &[u8]) -> usize {
    let mut count = 0_usize;
    while let Ok((head, size)) = Head::read(bytes) {
        let content = match head.major {
            Major::Bstr | Major::Tstr => usize::try_from(head.argument).unwrap_or(usize::MAX),
            _ => 0,
        };
        bytes = bytes
            .get(size.saturating_add(content)..)
            .unwrap_or_default();
        count = count.saturating_add(1);
    }
    count
}

/// `==`, which becomes a call where more than 32 bytes are compared: in blocks, of which the last overlaps the one
/// before it.
#[inline(always)]
fn same<const N: usize>(a: &[u8; N], b: &[u8; N]) -> bool {
    let (Some(last_a), Some(last_b)) = (a.last_chunk(), b.last_chunk()) else {
        return a == b;
    };
    let differ = |a: &[u8; 16], b: &[u8; 16]| u128::from_ne_bytes(*a) ^ u128::from_ne_bytes(*b);
    let (blocks_a, blocks_b) = (a.as_chunks().0, b.as_chunks().0);
    let blocks = blocks_a.iter().zip(blocks_b);
    let last = differ(last_a, last_b);
    blocks.fold(last, |all, (a, b)| all | differ(a, b)) == 0
}

/// An argument of 1, 2, 4 or 8 bytes, where it needs them (RFC 8949 §4.2.1).
#[inline(always)]
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

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "numbers of the test")]
mod tests {
    use alloc::{format, vec::Vec};

    use super::{super::Reader, *};

    /// Goes over one item both ways. What the reader admits is read straight, and to the same place with the same
    /// count; or it is one of those named as left to the reader.
    #[track_caller]
    fn is_skipped_the_same(bytes: &[u8], may_be_left: bool) {
        let (mut straight, mut careful) = (Reader::unbounded(bytes), Reader::unbounded(bytes));
        let found = straight.straight(|s, _| {
            let from = s.rest();
            s.skip(0)?;
            Some(((), items_in(s.since(from)?)))
        });
        let expected = careful.skip();
        if found.is_none() && may_be_left {
            return;
        }
        let [head, ..] = bytes else {
            return assert!(found.is_none());
        };
        assert_eq!(found.is_some(), expected.is_ok(), "{head:#x} {expected:?}");
        if found.is_some() {
            assert_eq!(format!("{straight:?}"), format!("{careful:?}"), "{head:#x}");
        }
    }

    /// A head in 1, 2, 3, 5 and 9 bytes, as far as the argument fits.
    fn heads(major: u8, argument: u64) -> Vec<Vec<u8>> {
        let bytes = argument.to_be_bytes();
        let mut all = Vec::new();
        if argument < 24 {
            all.push([major << 5 | bytes[7]].to_vec());
        }
        for (info, length) in [(24, 1), (25, 2), (26, 4), (27, 8)] {
            let (above, kept) = bytes.split_at(8 - length);
            if above.iter().all(|byte| *byte == 0) {
                all.push([&[major << 5 | info], kept].concat());
            }
        }
        all
    }

    const AROUND: [u64; 17] = [
        0,
        1,
        8,
        9,
        10,
        22,
        23,
        24,
        0xff,
        0x100,
        0xffff,
        0x1_0000,
        0xffff_ffff,
        0x1_0000_0000,
        (1 << 63) - 1,
        1 << 63,
        u64::MAX,
    ];

    #[test]
    fn every_head_is_read_as_the_reader_reads_it() {
        // Miri needs minutes for the long texts.
        let most = if cfg!(miri) { 0x100 } else { 0x1_0000 };
        for argument in AROUND {
            for major in 0..8 {
                for mut bytes in heads(major, argument) {
                    // Contents, elements or entries, where they are not too many; then without the last byte.
                    let count = usize::try_from(argument.min(most)).unwrap();
                    match major {
                        2 | 3 => bytes.resize(bytes.len() + count, b'a'),
                        4 => bytes.resize(bytes.len() + count, 0),
                        5 if count < 24 => (0..count)
                            .for_each(|n| bytes.extend([0x61, b'a' + u8::try_from(n).unwrap(), 0])),
                        6 => bytes.extend([0x82, 0x20, 0x01]),
                        _ => {}
                    }
                    let may_be_left = matches!(major, 2..=5) && argument > 0xffff;
                    is_skipped_the_same(&bytes, may_be_left);
                    bytes.pop();
                    is_skipped_the_same(&bytes, may_be_left);
                    bytes.extend([0, 0]);
                    is_skipped_the_same(&bytes, may_be_left);
                }
            }
        }
        for initial in 0..=255 {
            is_skipped_the_same(&[initial], false);
            is_skipped_the_same(&[initial, 0x60, 0x60, 0x60], false);
        }
    }

    #[test]
    fn every_number_is_read_as_the_reader_reads_it() {
        let step = if cfg!(miri) { 16 } else { 1 };
        let exponents = (0..64)
            .step_by(step)
            .flat_map(|argument| heads(1, argument));
        for exponent in exponents.chain(heads(0, 0)).chain(heads(0, 1)) {
            for mantissa in AROUND.into_iter().chain([19, 99, 100]) {
                for mantissa in heads(0, mantissa).into_iter().chain(heads(1, mantissa)) {
                    let bytes = [&[0xc4, 0x82], &*exponent, &*mantissa].concat();
                    // Exponents below −24 have two bytes.
                    is_skipped_the_same(&bytes, exponent.len() > 1);
                    is_the_same_number(&bytes);
                    is_the_same_number(&mantissa);
                }
            }
        }
    }

    fn is_the_same_number(bytes: &[u8]) {
        if let Some((mantissa, negative, exponent)) = Straight::new(bytes).number() {
            let mantissa = i128::from(mantissa);
            let mantissa = if negative { -1 - mantissa } else { mantissa };
            let expected = Reader::unbounded(bytes).number();
            assert_eq!(expected, Ok((mantissa, exponent)), "{bytes:02x?}");
        }
    }

    #[test]
    fn nothing_is_read_deeper_than_the_reader_goes() {
        let innermost: [&[u8]; 5] = [b"\x00", b"\x80", b"\xa0", b"\xc4\x82\x20\x01", b"\xf5"];
        for innermost in innermost {
            for around in [&b"\x81"[..], b"\xa1\x61a"] {
                for depth in 0..MAX_DEPTH + 3 {
                    let bytes = [&*around.repeat(depth), innermost].concat();
                    is_skipped_the_same(&bytes, false);
                }
            }
        }
    }

    #[test]
    fn keys_are_read_in_the_reader_s_order_alone() {
        let keys: [&[u8]; 8] = [
            b"\x60",
            b"\x61a",
            b"\x61b",
            b"\x62aa",
            b"\x62ab",
            b"\x78\x18aaaaaaaaaaaaaaaaaaaaaaaa",
            b"\x62\xc3\xa9",
            b"\x01",
        ];
        for first in keys {
            for second in keys {
                is_skipped_the_same(&[b"\xa2", first, b"\x00", second, b"\x00"].concat(), false);
            }
        }
    }

    /// Every byte, and every two by the same bits, which must not make up for each other.
    fn is_told_apart<const N: usize>(bytes: &[u8; N]) {
        assert_eq!(Straight::new(bytes).literal(bytes), Some(()));
        for first in 0..N {
            for second in first..N {
                let mut other = *bytes;
                other[first] ^= 0x20;
                if second > first {
                    other[second] ^= 0x20;
                }
                let found = Straight::new(&other).literal(bytes);
                assert_eq!(found, None, "{first} and {second} of {N}");
            }
        }
    }

    #[test]
    fn a_literal_of_any_length_is_compared_whole() {
        is_told_apart(b"seq");
        is_told_apart(b"fifteen letters");
        is_told_apart(b"sixteen letters.");
        is_told_apart(b"one more than them");
        is_told_apart(b"thirty-two characters in a line.");
        is_told_apart(b"thirty-eight characters are in a line.");
    }

    #[test]
    fn what_was_read_lies_between_and_nothing_is_read_behind_the_end() {
        let input = b"\x01\x07\x08";
        let mut s = Straight::new(input);
        assert_eq!((s.uint(), s.done()), (Some(1), None));
        assert_eq!(
            (s.since(input), s.rest()),
            (Some(&b"\x01"[..]), &b"\x07\x08"[..])
        );
        assert_eq!((s.since(b""), s.literal(b"\x08")), (None, None));
        assert_eq!((s.literal(b"\x07\x08"), s.done()), (Some(()), Some(())));
        assert_eq!((s.uint(), s.map(), s.array()), (None, None, None));
        assert_eq!((s.fixed::<1>(), s.number()), (None, None));
    }

    #[test]
    fn heads_are_counted_and_no_content() {
        assert_eq!(items_in(b""), 0);
        assert_eq!(
            items_in(b"\x42\x01\x02\x61a\xa1\x61b\xc4\x82\x20\x19\x01\x00"),
            8
        );
    }
}
