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
        // In front of the first key stands nothing. A comparison of no bytes behind a pointer to none would be
        // right, and take the processor a fault that it then suppresses: 40 ns.
        _ if a.is_empty() => !b.is_empty(),
        _ => a < b,
    }
}

/// The order of keys of which each is a text: the shorter first, as their heads say.
#[inline(always)]
pub(super) fn text_comes_before(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([first, ..], [second, ..]) if a.len() == b.len() && first != second => first < second,
        _ if a.len() == b.len() => a < b,
        _ => a.len() < b.len(),
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
    end: usize,
    /// What [`front`] gives.
    front: u64,
}

impl Entry {
    const NONE: Self = Self {
        start: 0,
        end: 0,
        front: 0,
    };
}

/// The first eight bytes of a key, its head first, and none of what stands behind a shorter one: the order of
/// these is that of the keys, as far as they differ there.
#[inline]
fn front(entry: &[u8]) -> u64 {
    let front = entry.first_chunk().copied().unwrap_or_else(|| {
        let mut few = [0; 8];
        few.iter_mut().zip(entry).for_each(|(to, from)| *to = *from);
        few
    });
    let [head, ..] = front;
    // Heads of 0x78 and above have a length behind them, and keys of 24 bytes.
    let unused = 7_u32.saturating_sub(u32::from(head & 0x1f)).wrapping_mul(8);
    u64::from_be_bytes(front) >> unused << unused
}

/// Where the keys of the maps that are open begin, innermost map last.
pub(super) struct Keys {
    few: [usize; FEW_KEYS],
    count: usize,
    /// All of them, once there were more than few.
    many: Vec<usize>,
}

impl Keys {
    pub(super) const fn new() -> Self {
        Self {
            few: [0; FEW_KEYS],
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
            Some(place) if self.many.is_empty() => *place = start,
            _ => self.push_many(start),
        }
        self.count = self.count.saturating_add(1);
    }

    #[cold]
    fn push_many(&mut self, start: usize) {
        if self.many.is_empty() {
            self.many.extend_from_slice(&self.few);
        }
        self.many.push(start);
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
    pub(super) fn sort(&self, first: usize, body: usize, out: &mut Vec<u8>) -> Result<()> {
        let all = if self.many.is_empty() {
            self.few.as_slice()
        } else {
            self.many.as_slice()
        };
        let starts = all.get(first..self.count).unwrap_or_default();
        // Room that is hardly larger than it must be: all of it is written first.
        match starts.len() {
            0..=8 => sort_in(&mut [Entry::NONE; 8], starts, body, out),
            9..=FEW_KEYS => sort_in(&mut [Entry::NONE; FEW_KEYS], starts, body, out),
            count => sort_in(&mut alloc::vec![Entry::NONE; count], starts, body, out),
        }
    }
}

#[inline(never)]
fn sort_in(room: &mut [Entry], starts: &[usize], body: usize, out: &mut Vec<u8>) -> Result<()> {
    let entries = room.get_mut(..starts.len()).unwrap_or_default();
    let mut end = out.len();
    for (entry, start) in entries.iter_mut().zip(starts).rev() {
        let front = front(out.get(*start..).unwrap_or_default());
        *entry = Entry {
            start: *start,
            end,
            front,
        };
        end = *start;
    }
    let key = |entry: &Entry| key_of(out.get(entry.start..entry.end).unwrap_or_default());
    entries.sort_unstable_by(|a, b| match a.front.cmp(&b.front) {
        Ordering::Equal => key(a).cmp(key(b)),
        settled => settled,
    });
    let mut neighbours = entries.iter().zip(entries.iter().skip(1));
    if neighbours.any(|(a, b)| a.front == b.front && key(a) == key(b)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    /// Texts of every length whose heads differ, and some that differ at their front, within and at their end.
    #[test]
    fn texts_come_in_the_order_of_their_encodings() {
        let mut texts = Vec::new();
        for length in [0, 1, 2, 7, 23, 24, 25, 255, 256, 300] {
            let text = "m".repeat(length);
            for at in [0, 1, length / 2, length.saturating_sub(1)] {
                for letter in ["a", "z"] {
                    let mut other = text.clone();
                    if at < length {
                        other.replace_range(at..=at, letter);
                    }
                    texts.push(other);
                }
            }
            texts.push(text);
        }
        for a in &texts {
            for b in &texts {
                let encoded = |text: &str| cbor::to_vec(text).unwrap();
                let expected = encoded(a) < encoded(b);
                assert_eq!(comes_before(&encoded(a), &encoded(b)), expected);
                let found = text_comes_before(a.as_bytes(), b.as_bytes());
                assert_eq!(found, expected, "{a} {b}");
            }
        }
    }
}
