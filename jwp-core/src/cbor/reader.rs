//! The strict pull reader: borrows from the input, allocates nothing, and counts what it opens.

mod map;

pub use self::map::MapReader;
use super::{
    MAX_DEPTH, MAX_ITEMS, MAX_RECEIPT, MAX_TEXT,
    head::{Head, Major},
    straight::Straight,
    text,
};
use crate::{
    decimal::{Decimal, ends_in_zero},
    error::{Error, ErrorKind, Result},
    joules::Joules,
};

/// Reads deterministic CBOR item by item.
///
/// Every error carries the offset of the item at fault. Depth and number of items are bounded
/// ([`MAX_DEPTH`], [`MAX_ITEMS`]), no length field causes an allocation, and recursion is bounded by
/// the depth.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    input: &'a [u8],
    position: usize,
    base: usize,
    depth: usize,
    items: usize,
    /// Whether nothing is read straight ahead.
    #[cfg(fuzzing)]
    carefully: bool,
}

/// Where a reader stood, and what it had open and counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    position: usize,
    depth: usize,
    items: usize,
}

impl<'a> Reader<'a> {
    /// A reader of one whole input.
    ///
    /// # Errors
    /// `Codec.TooLarge` above [`MAX_RECEIPT`].
    pub fn new(input: &'a [u8]) -> Result<Self> {
        if input.len() > MAX_RECEIPT {
            let kind = ErrorKind::too_large(input.len(), MAX_RECEIPT);
            return Err(Error::at(kind, MAX_RECEIPT));
        }
        Ok(Self::unbounded(input))
    }

    /// A reader of one item in front of others: the caller bounds its length.
    pub(crate) const fn unbounded(input: &'a [u8]) -> Self {
        Self {
            input,
            position: 0,
            base: 0,
            depth: 0,
            items: 0,
            #[cfg(fuzzing)]
            carefully: false,
        }
    }

    /// The same, which does not go straight ahead, nor do those nested in it.
    #[cfg(fuzzing)]
    pub(crate) const fn carefully(mut self) -> Self {
        self.carefully = true;
        self
    }

    /// A reader of the content of a byte string that ends where `self` stands. Depth begins afresh;
    /// items go on counting.
    pub(crate) fn nested(&self, content: &'a [u8]) -> Self {
        let base = self.offset().saturating_sub(content.len());
        Self {
            input: content,
            position: 0,
            base,
            depth: 0,
            items: self.items,
            #[cfg(fuzzing)]
            carefully: self.carefully,
        }
    }

    /// Takes over the count of items of a nested reader.
    pub(crate) const fn count_in(&mut self, nested: &Reader<'_>) {
        self.items = nested.items;
    }

    /// Offset of the next byte, from the beginning of the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.base.saturating_add(self.position)
    }

    /// Where it stands, to come [back](Reader::back_to).
    pub(crate) const fn mark(&self) -> Mark {
        let (position, depth, items) = (self.position, self.depth, self.items);
        Mark {
            position,
            depth,
            items,
        }
    }

    /// Stands where it stood, as if nothing had been read since.
    pub(crate) const fn back_to(&mut self, mark: Mark) {
        (self.position, self.depth, self.items) = (mark.position, mark.depth, mark.items);
    }

    /// Arrays, maps and tags that are open.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// Where this reader stands in its own input.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// The bytes of the input from `start` to where the reader stands.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.input.get(start..self.position).unwrap_or_default()
    }

    /// The bytes not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.position..).unwrap_or_default()
    }

    /// How many items it may still read.
    pub(crate) const fn items_left(&self) -> usize {
        MAX_ITEMS.saturating_sub(self.items)
    }

    /// Lets `read` go straight ahead, with the offset of the next byte, and say how many items it has read. What it gives
    /// up, it has not read.
    #[inline]
    pub(crate) fn straight<T>(
        &mut self,
        read: impl FnOnce(&mut Straight<'a>, usize) -> Option<(T, usize)>,
    ) -> Option<T> {
        #[cfg(fuzzing)]
        if self.carefully {
            return None;
        }
        let mut ahead = Straight::new(self.rest());
        let (value, items) = read(&mut ahead, self.offset())?;
        let items = self.items.checked_add(items)?;
        if items > MAX_ITEMS {
            return None;
        }
        self.items = items;
        self.position = self.input.len().saturating_sub(ahead.rest().len());
        Some(value)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// `Codec.TrailingBytes`.
    pub fn finish(&self) -> Result<()> {
        if self.position == self.input.len() {
            Ok(())
        } else {
            Err(Error::at(ErrorKind::TrailingBytes, self.offset()))
        }
    }

    /// The major type of the next item, without reading it.
    pub(crate) fn peek(&self) -> Result<Head> {
        match Head::read(self.rest()) {
            Ok((head, _)) => Ok(head),
            Err(kind) => Err(Error::at(kind, self.offset())),
        }
    }

    #[inline]
    pub(crate) fn head(&mut self) -> Result<Head> {
        let (head, length) =
            Head::read(self.rest()).map_err(|kind| Error::at(kind, self.offset()))?;
        if self.items >= MAX_ITEMS {
            return Err(Error::at(
                ErrorKind::TooManyItems { limit: MAX_ITEMS },
                self.offset(),
            ));
        }
        self.items = self.items.saturating_add(1);
        self.position = self.position.saturating_add(length);
        Ok(head)
    }

    /// Reads a head of one major type.
    #[inline]
    fn expect(&mut self, major: Major) -> Result<u64> {
        let start = self.offset();
        let head = self.head()?;
        if head.major == major {
            Ok(head.argument)
        } else {
            Err(mismatch(head.major, major.name(), start))
        }
    }

    /// Reads an unsigned integer.
    ///
    /// # Errors
    /// `Codec.*`; a negative integer is `Codec.OutOfRange`.
    #[inline]
    pub fn uint(&mut self) -> Result<u64> {
        let start = self.offset();
        let head = self.head()?;
        match head.major {
            Major::Uint => Ok(head.argument),
            Major::Nint => Err(Error::at(ErrorKind::range("uint"), start)),
            other => Err(mismatch(other, "uint", start)),
        }
    }

    /// Reads an integer, −2^63..2^64−1.
    ///
    /// # Errors
    /// `Codec.*`.
    pub fn int(&mut self) -> Result<i128> {
        let start = self.offset();
        let head = self.head()?;
        int_of(head, start)
    }

    /// Reads a truth value.
    ///
    /// # Errors
    /// `Codec.*`.
    pub fn bool(&mut self) -> Result<bool> {
        self.expect(Major::Bool).map(|argument| argument == 1)
    }

    /// Reads a byte string.
    ///
    /// # Errors
    /// `Codec.*`.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let start = self.offset();
        let length = self.expect(Major::Bstr)?;
        self.take(length, start)
    }

    /// Reads a byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// `Codec.*`; another length is `Codec.Schema`.
    #[inline]
    pub(crate) fn array_of<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N]> {
        let start = self.offset();
        let bytes = self.bytes()?;
        let expected = if N == 16 {
            "bstr .size 16"
        } else {
            "bstr .size 32"
        };
        bytes
            .try_into()
            .map_err(|_| Error::at(ErrorKind::field(field, expected), start))
    }

    /// Reads a text string.
    ///
    /// # Errors
    /// `Codec.*`.
    #[inline]
    pub fn text(&mut self) -> Result<&'a str> {
        let start = self.offset();
        let length = self.expect(Major::Tstr)?;
        self.text_of(length, start)
    }

    #[inline]
    fn text_of(&mut self, length: u64, start: usize) -> Result<&'a str> {
        let bytes = self.text_content(length, start)?;
        text::from_utf8(bytes).map_err(|kind| Error::at(kind, start))
    }

    /// Reads over the content of a text string, which is checked all the same.
    #[inline]
    fn skip_text(&mut self, length: u64, start: usize) -> Result<&'a [u8]> {
        let bytes = self.text_content(length, start)?;
        text::check_bytes(bytes).map_err(|kind| Error::at(kind, start))?;
        Ok(bytes)
    }

    #[inline]
    fn text_content(&mut self, length: u64, start: usize) -> Result<&'a [u8]> {
        let limit = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
        if length > limit && length <= u64::try_from(MAX_RECEIPT).unwrap_or(u64::MAX) {
            return Err(Error::at(
                ErrorKind::TooLarge {
                    found: length,
                    limit,
                },
                start,
            ));
        }
        self.take(length, start)
    }

    /// Takes the content of a string. A length that no receipt can hold is told apart from an input
    /// that merely ends too early.
    #[inline]
    fn take(&mut self, length: u64, start: usize) -> Result<&'a [u8]> {
        let content = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest().get(..length));
        let Some(content) = content else {
            let kind = if length > u64::try_from(MAX_RECEIPT).unwrap_or(u64::MAX) {
                ErrorKind::LengthBeyondInput { length }
            } else {
                ErrorKind::Truncated
            };
            return Err(Error::at(kind, start));
        };
        self.position = self.position.saturating_add(content.len());
        Ok(content)
    }

    /// Opens an array and gives the number of its items. [`Reader::close`] it after the last.
    ///
    /// # Errors
    /// `Codec.*`.
    #[inline]
    pub fn array(&mut self) -> Result<u64> {
        let start = self.offset();
        let count = self.expect(Major::Array)?;
        self.open(count, start)?;
        Ok(count)
    }

    /// Opens a map. [`Reader::close`] it after the last entry.
    ///
    /// # Errors
    /// `Codec.*`.
    #[inline]
    pub fn map(&mut self) -> Result<MapReader<'a>> {
        let start = self.offset();
        let count = self.expect(Major::Map)?;
        self.open(count, start)?;
        Ok(self.map_of(count))
    }

    const fn map_of(&self, count: u64) -> MapReader<'a> {
        MapReader::new(count, self.position)
    }

    /// Opens a tag and gives its number. [`Reader::close`] it after its content.
    pub(crate) fn tag(&mut self) -> Result<u64> {
        let start = self.offset();
        let number = self.expect(Major::Tag)?;
        self.open(0, start)?;
        Ok(number)
    }

    /// Counts an array, map or tag as open. A count that no receipt can hold is refused here.
    #[inline]
    pub(crate) fn open(&mut self, count: u64, start: usize) -> Result<()> {
        if count > u64::try_from(MAX_RECEIPT).unwrap_or(u64::MAX) {
            return Err(Error::at(
                ErrorKind::LengthBeyondInput { length: count },
                start,
            ));
        }
        if self.depth >= MAX_DEPTH {
            return Err(Error::at(ErrorKind::TooDeep { limit: MAX_DEPTH }, start));
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    /// Closes what [`Reader::array`] or [`Reader::map`] opened.
    #[inline]
    pub const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Reads an exact decimal: an integer, or tag 4 in its only form.
    ///
    /// # Errors
    /// `Codec.*`.
    pub fn decimal(&mut self) -> Result<Decimal> {
        let start = self.offset();
        let (mantissa, exponent) = self.number()?;
        Decimal::new(mantissa, i32::from(exponent)).ok_or_else(|| {
            let expected = "a mantissa in i64";
            Error::at(ErrorKind::range(expected), start)
        })
    }

    /// Reads joules: an unsigned integer, or tag 4 in its only form with at most six places.
    ///
    /// # Errors
    /// `Codec.*`.
    pub fn joules(&mut self) -> Result<Joules> {
        let start = self.offset();
        let (mantissa, exponent) = self.number()?;
        u64::try_from(mantissa)
            .ok()
            .and_then(|m| Joules::from_parts(m, exponent))
            .ok_or_else(|| {
                let expected = "joules (uint / #6.4([-6..-1, uint])), at most u64 microjoules";
                Error::at(ErrorKind::range(expected), start)
            })
    }

    /// Mantissa and exponent of an integer or a tag 4 (RFC 8949 §3.4.4) in its only form.
    pub(crate) fn number(&mut self) -> Result<(i128, i8)> {
        let start = self.offset();
        let head = self.head()?;
        match head.major {
            Major::Uint | Major::Nint => int_of(head, start).map(|n| (n, 0)),
            Major::Tag if head.argument == 4 => {
                self.open(0, start)?;
                let pair = self.decimal_pair()?;
                self.close();
                Ok(pair)
            }
            Major::Tag => Err(tag_not_allowed(head.argument, start)),
            other => Err(mismatch(
                other,
                "decimal (int / #6.4([-64..-1, int]))",
                start,
            )),
        }
    }

    /// `[exponent, mantissa]` behind tag 4.
    fn decimal_pair(&mut self) -> Result<(i128, i8)> {
        let start = self.offset();
        if self.array()? != 2 {
            return Err(Error::at(
                ErrorKind::field("decimal", "[exponent, mantissa]"),
                start,
            ));
        }
        let at_exponent = self.offset();
        let exponent = self.int()?;
        let at_mantissa = self.offset();
        let mantissa = self.int()?;
        self.close();
        let exponent = i8::try_from(exponent)
            .ok()
            .filter(|e| (-64..=-1).contains(e))
            .ok_or_else(|| {
                // Exponent 0 has a shorter form; the others have none.
                let kind = if exponent == 0 {
                    ErrorKind::NonDeterministic {
                        found: "a decimal with exponent 0",
                    }
                } else {
                    ErrorKind::range("an exponent of -64..-1")
                };
                Error::at(kind, at_exponent)
            })?;
        if ends_in_zero(mantissa) {
            let found = "a decimal mantissa that is a multiple of ten";
            return Err(Error::at(
                ErrorKind::NonDeterministic { found },
                at_mantissa,
            ));
        }
        Ok((mantissa, exponent))
    }

    /// Reads over one item of any admitted type.
    ///
    /// # Errors
    /// `Codec.*`.
    pub fn skip(&mut self) -> Result<()> {
        self.skip_with(false)
    }

    /// Reads over one item whose maps may have integer keys: headers.
    pub(crate) fn skip_labelled(&mut self) -> Result<()> {
        self.skip_with(true)
    }

    fn skip_with(&mut self, labels: bool) -> Result<()> {
        let start = self.offset();
        let head = self.head()?;
        match head.major {
            Major::Uint | Major::Bool => Ok(()),
            Major::Nint => int_of(head, start).map(|_| ()),
            Major::Bstr => self.take(head.argument, start).map(|_| ()),
            Major::Tstr => self.skip_text(head.argument, start).map(|_| ()),
            Major::Array => {
                self.open(head.argument, start)?;
                for _ in 0..head.argument {
                    self.skip_with(labels)?;
                }
                self.close();
                Ok(())
            }
            Major::Map => {
                self.open(head.argument, start)?;
                let mut map = self.map_of(head.argument);
                while map.remaining() > 0 {
                    if labels {
                        map.next_any(self)?;
                    } else {
                        map.next_key(self)?;
                    }
                    self.skip_with(labels)?;
                }
                self.close();
                Ok(())
            }
            Major::Tag if head.argument == 4 => {
                self.open(0, start)?;
                self.decimal_pair()?;
                self.close();
                Ok(())
            }
            Major::Tag => Err(tag_not_allowed(head.argument, start)),
        }
    }
}

fn int_of(head: Head, start: usize) -> Result<i128> {
    match head.major {
        Major::Uint => Ok(i128::from(head.argument)),
        // −2^63 is the least integer of the wire; RFC 8949 §3.1: the value is −1 − argument.
        Major::Nint => i64::try_from(head.argument)
            .map(|n| i128::from(!n))
            .map_err(|_| Error::at(ErrorKind::range("an integer of at least -2^63"), start)),
        other => Err(mismatch(other, "int", start)),
    }
}

#[cold]
pub(crate) fn mismatch(found: Major, expected: &'static str, start: usize) -> Error {
    Error::at(ErrorKind::wrong_type(found.name(), expected), start)
}

#[cold]
pub(crate) fn tag_not_allowed(tag: u64, start: usize) -> Error {
    Error::at(ErrorKind::TagNotAllowed { tag }, start)
}
