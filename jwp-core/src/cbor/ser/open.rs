//! Arrays and maps that are being written: their counts, and the order of their keys.

use core::cmp::Ordering;

use serde::{Serialize, ser};

use super::Encoder;
use crate::{
    cbor::{
        head::{Head, Major},
        order::{Entry, front},
        short::Short,
        write::length,
    },
    error::{Error, ErrorKind, Result},
};

/// One array or map that is open.
struct Frame {
    major: Major,
    start: usize,
    body: usize,
    /// As the head says that was written.
    expected: usize,
    count: usize,
    keys: usize,
    /// Where the last key begins, while its value is waited for.
    key_at: usize,
    /// What [`front`] gives of the last key; in front of the first stands nothing.
    last_front: u64,
    /// Each key came behind the one before.
    sorted: bool,
    turn: Turn,
}

/// What may come next in an array or map: a `Serialize` of somebody else decides in which order it calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// An element, a field, a key, or the end.
    Entry,
    /// The value behind a key.
    Value,
    /// Nothing: what was begun last is not whole.
    Nothing,
}

impl Frame {
    /// Begins what takes a turn; whoever has completed it says whose turn is next.
    #[inline]
    fn turn(&mut self, turn: Turn) -> Result<()> {
        if self.turn != turn {
            return Err(out_of_turn());
        }
        self.turn = Turn::Nothing;
        Ok(())
    }
}

#[cold]
fn out_of_turn() -> Error {
    let message = "an implementation of Serialize gave a key without a value, a value without a key, or \
                   went on behind an error";
    ser::Error::custom(message)
}

/// An array or map that is being written; with `variant`, inside the one-entry map of its name.
pub(crate) struct Open<'e, 'o> {
    encoder: &'e mut Encoder<'o>,
    frame: Frame,
    variant: bool,
}

impl<'e, 'o> Open<'e, 'o> {
    /// Opens an array or map whose count is not certain yet.
    #[inline]
    pub(super) fn begin(
        encoder: &'e mut Encoder<'o>,
        major: Major,
        hint: Option<usize>,
        variant: bool,
    ) -> Result<Self> {
        encoder.count(1)?;
        encoder.open()?;
        let (start, expected) = (encoder.out.len(), hint.unwrap_or(0));
        Head::write(major, length(expected), encoder.out);
        let frame = Frame {
            major,
            start,
            body: encoder.out.len(),
            expected,
            count: 0,
            keys: encoder.keys.len(),
            key_at: 0,
            last_front: 0,
            sorted: true,
            turn: Turn::Entry,
        };
        Ok(Self {
            encoder,
            frame,
            variant,
        })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.frame.turn(Turn::Entry)?;
        self.encoder.value(value)?;
        self.frame.count = self.frame.count.wrapping_add(1);
        self.frame.turn = Turn::Entry;
        Ok(())
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.frame.turn(Turn::Entry)?;
        let start = self.encoder.out.len();
        self.encoder.value(key)?;
        let out = &*self.encoder.out;
        // Claims have text keys; the header's integers are written by the envelope itself.
        match out.get(start).map(|initial| initial >> 5) {
            Some(3) => {}
            _ => return Err(ErrorKind::field("a map key", "tstr").into()),
        }
        let front = front(out.get(start..).unwrap_or_default());
        self.frame.key_at = start;
        self.note_order(start, front);
        self.frame.turn = Turn::Value;
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.frame.turn(Turn::Value)?;
        self.encoder.value(value)?;
        self.encoder.keys.push(Entry {
            start: self.frame.key_at,
            end: self.encoder.out.len(),
            front: self.frame.last_front,
        });
        self.frame.count = self.frame.count.wrapping_add(1);
        self.frame.turn = Turn::Entry;
        Ok(())
    }

    /// Notes whether the key at `start` comes behind the last.
    #[inline(always)]
    fn note_order(&mut self, start: usize, front: u64) {
        let last_front = core::mem::replace(&mut self.frame.last_front, front);
        self.frame.sorted &= match last_front.cmp(&front) {
            Ordering::Equal => self.encoder.keys.last_comes_before(start, self.encoder.out),
            settled => settled == Ordering::Less,
        };
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.frame.turn(Turn::Entry)?;
        let start = self.encoder.out.len();
        let front = match Short::of(key) {
            Some(short) => {
                self.encoder.count(1)?;
                short.write(self.encoder.out);
                short.front()
            }
            None => {
                self.encoder.text(key)?;
                front(self.encoder.out.get(start..).unwrap_or_default())
            }
        };
        let value_at = self.encoder.out.len();
        value.serialize(&mut *self.encoder)?;
        let end = self.encoder.out.len();
        if end == value_at {
            // None: the key is taken back.
            self.encoder.out.truncate(start);
            self.encoder.items_left = self.encoder.items_left.saturating_add(1);
        } else {
            self.note_order(start, front);
            self.encoder.keys.push(Entry { start, end, front });
            self.frame.count = self.frame.count.wrapping_add(1);
        }
        self.frame.turn = Turn::Entry;
        Ok(())
    }

    /// Writes the count as it came out, and for a map the entries in order.
    #[inline]
    fn finish(mut self) -> Result<()> {
        let Self { encoder, frame, .. } = &mut self;
        frame.turn(Turn::Entry)?;
        if !frame.sorted {
            encoder.keys.sort(frame.keys, frame.body, encoder.out)?;
        }
        encoder.keys.truncate(frame.keys);
        if frame.count != frame.expected {
            let (head, size) = Head::to_bytes(frame.major, length(frame.count));
            let head = head.into_iter().take(size);
            encoder.out.splice(frame.start..frame.body, head);
        }
        encoder.close();
        if self.variant {
            self.encoder.close();
        }
        Ok(())
    }
}

impl ser::SerializeSeq for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTuple for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeMap for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.value(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeStruct for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Open<'_, '_> {
    type Error = Error;
    type Ok = ();

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}
