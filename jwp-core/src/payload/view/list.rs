//! Arrays of a payload that are read element by element, and the elements that are one value or a reference.

use core::{fmt, marker::PhantomData};

use super::{
    super::{Ref, Rel},
    unknown_key,
};
use crate::{
    cbor::Reader,
    digest::Digest,
    error::{Error, ErrorKind, Result},
    link::Link,
};

/// What can stand in a [`List`].
pub(crate) trait Element<'a>: Sized {
    fn read(r: &mut Reader<'a>) -> Result<Self>;
}

/// An array that was checked when the payload was parsed, and is read again element by element.
pub struct List<'a, T> {
    body: &'a [u8],
    count: usize,
    element: PhantomData<T>,
}

impl<'a, T> List<'a, T> {
    /// Elements that were checked.
    pub(in crate::payload) const fn of(body: &'a [u8], count: usize) -> Self {
        Self {
            body,
            count,
            element: PhantomData,
        }
    }

    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none; an absent list is an empty one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[expect(
    private_bounds,
    reason = "the element types are this crate's own; nobody adds one"
)]
impl<'a, T: Element<'a>> List<'a, T> {
    /// The elements in order.
    #[must_use]
    pub const fn iter(&self) -> Elements<'a, T> {
        Elements {
            reader: Reader::unbounded(self.body),
            left: self.count,
            element: PhantomData,
        }
    }

    /// The first element.
    #[must_use]
    pub fn first(&self) -> Option<T> {
        self.iter().next()
    }

    pub(super) fn read(r: &mut Reader<'a>) -> Result<Self> {
        let count = r.array()?;
        let start = r.position();
        for _ in 0..count {
            T::read(r)?;
        }
        r.close();
        // Every element took a byte at least, so the count fits.
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self::of(r.since(start), count))
    }

    /// An optional list is absent where it would be empty.
    pub(super) fn read_some(field: &'static str, r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let list = Self::read(r)?;
        if list.is_empty() {
            return Err(Error::at(
                ErrorKind::field(field, "at least one entry, or absence"),
                start,
            ));
        }
        Ok(list)
    }
}

impl<'a, T: Element<'a>> IntoIterator for &List<'a, T> {
    type IntoIter = Elements<'a, T>;
    type Item = T;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The elements of a [`List`], in order.
#[derive(Debug, Clone)]
pub struct Elements<'a, T> {
    reader: Reader<'a>,
    left: usize,
    element: PhantomData<T>,
}

impl<'a, T: Element<'a>> Iterator for Elements<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        // The same bytes were read through once; a failure here ends the iteration all the same.
        let element = T::read(&mut self.reader).ok();
        if element.is_none() {
            self.left = 0;
        }
        element
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self {
            body: &[],
            count: 0,
            element: PhantomData,
        }
    }
}

impl<'a, T: Element<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Element<'a> for &'a str {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        r.text()
    }
}

impl<'a> Element<'a> for Digest {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let form = "\"sha256:\" or \"blake3:\" and 64 lower-case hex digits";
        r.text()?
            .parse()
            .map_err(|_| Error::at(ErrorKind::field("digest", form), start))
    }
}

impl<'a> Element<'a> for Ref {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let (mut rel, mut link) = (None, None);
        let mut map = r.map()?;
        while let Some(key) = map.next_key(r)? {
            let at = r.offset();
            match key {
                b"rel" => {
                    let expected = "\"supersedes\", \"reissue\" or \"part\"";
                    let wrong = || Error::at(ErrorKind::field("rel", expected), at);
                    rel = Some(Rel::from_name(r.text()?).ok_or_else(wrong)?);
                }
                b"link" => link = Some(Link::from_bytes(*r.array_of("link")?)),
                _ => return Err(unknown_key("a reference", at)),
            }
        }
        r.close();
        let missing = |key| Error::at(ErrorKind::missing(key), start);
        Ok(Self {
            rel: rel.ok_or_else(|| missing("rel"))?,
            link: link.ok_or_else(|| missing("link"))?,
        })
    }
}
