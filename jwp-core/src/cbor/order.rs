//! The order of a map's entries (RFC 8949 §4.2.1): bytewise, of their encoded keys.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::head::Head;
use crate::error::{ErrorKind, Result};

/// Bytewise order; the head and the first letter settle it for most keys.
#[inline]
pub(super) fn comes_before(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<2>(), b.first_chunk::<2>()) {
        (Some(first), Some(second)) if first != second => {
            u16::from_be_bytes(*first) < u16::from_be_bytes(*second)
        }
        _ => a < b,
    }
}

fn key_of(entry: &[u8]) -> &[u8] {
    // A key that this encoder wrote.
    let Ok((head, size)) = Head::read(entry) else {
        return entry;
    };
    let length = usize::try_from(head.argument).unwrap_or(usize::MAX);
    entry.get(..size.saturating_add(length)).unwrap_or(entry)
}

/// Keys of open maps that need no memory of their own: a receipt has few.
const FEW_KEYS: usize = 24;

/// A key and its value in the output.
#[derive(Clone, Copy)]
struct Entry {
    start: usize,
    /// This and the next are filled in when entries are sorted.
    end: usize,
    /// The first bytes, which settle the order of most entries.
    front: u64,
}

impl Entry {
    const fn begin(start: usize) -> Self {
        let (end, front) = (0, 0);
        Self { start, end, front }
    }

    /// Whether heads or first letters settle which of two keys in order comes first. An empty one has no letter.
    const fn is_plainly_before(&self, other: &Self) -> bool {
        let (a, b) = (self.front >> 48, other.front >> 48);
        a < b && a >> 8 != 0x60
    }
}

/// The first eight bytes of what begins with a key. Of two keys that differ, neither begins with the other,
/// so that what stands behind a short one does not change the order.
fn front(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut few = [0; 8];
        few.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        few
    }))
}

/// The entries of the maps that are open, innermost map last.
pub(super) struct Keys {
    few: [Entry; FEW_KEYS],
    count: usize,
    /// All of them, once there were more than few.
    many: Vec<Entry>,
}

impl Keys {
    pub(super) const fn new() -> Self {
        Self {
            few: [Entry::begin(0); FEW_KEYS],
            count: 0,
            many: Vec::new(),
        }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn push(&mut self, start: usize) {
        match self.few.get_mut(self.count) {
            Some(place) if self.many.is_empty() => place.start = start,
            _ => self.push_many(start),
        }
        self.count = self.count.saturating_add(1);
    }

    #[cold]
    fn push_many(&mut self, start: usize) {
        if self.many.is_empty() {
            self.many.extend_from_slice(&self.few);
        }
        self.many.push(Entry::begin(start));
    }

    #[inline]
    pub(super) fn truncate(&mut self, count: usize) {
        self.count = count;
        if !self.many.is_empty() {
            self.many.truncate(count);
        }
    }

    /// Puts the entries from `first` in order: those of the innermost map, whose entries begin at `body` and
    /// end where `out` ends.
    #[inline(never)]
    pub(super) fn sort(&mut self, first: usize, body: usize, out: &mut Vec<u8>) -> Result<()> {
        let entries = self.entries(first, out);
        let of = |entry: &Entry| out.get(entry.start..entry.end).unwrap_or_default();
        let order = |a: &Entry, b: &Entry| match a.front.cmp(&b.front) {
            Ordering::Equal => key_of(of(a)).cmp(key_of(of(b))),
            settled => settled,
        };
        entries.sort_unstable_by(order);
        let mut neighbours = entries.iter().zip(entries.iter().skip(1));
        if neighbours.any(|(a, b)| !a.is_plainly_before(b) && key_of(of(a)) == key_of(of(b))) {
            return Err(ErrorKind::DuplicateKey.into());
        }
        // In order behind the map, then over it: the buffer has the room, or will have it next time.
        let behind = out.len();
        for entry in entries {
            out.extend_from_within(entry.start..entry.end);
        }
        out.copy_within(behind.., body);
        out.truncate(behind);
        Ok(())
    }

    /// The entries of the innermost map, which ends where `out` ends.
    fn entries(&mut self, first: usize, out: &[u8]) -> &mut [Entry] {
        let all = if self.many.is_empty() {
            self.few.as_mut_slice()
        } else {
            self.many.as_mut_slice()
        };
        let entries = all.get_mut(first..self.count).unwrap_or_default();
        let mut end = out.len();
        for entry in entries.iter_mut().rev() {
            entry.end = end;
            end = entry.start;
            entry.front = front(out.get(entry.start..).unwrap_or_default());
        }
        entries
    }
}
