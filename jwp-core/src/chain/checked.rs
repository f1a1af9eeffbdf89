//! Receipts in their order, with signatures checked many at a time.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use std::io::Read;

use super::{ReadError, Receipts, SequenceReader};
use crate::{
    envelope::{Batch, UnverifiedReceipt},
    error::{Error, ErrorKind},
    key::VerifyingKey,
    link::KeyId,
};

/// Receipts that are parsed before they are checked together: enough to fill the lanes, few enough to stay
/// in a cache.
const WINDOW: usize = 256;

impl<'a> Receipts<'a> {
    /// Hands each receipt and its offset to `each`, or what ends the iteration. Links and signatures are
    /// computed ahead, by [`Batch::check`]; `each` sees nothing of it but the time that it saves.
    pub fn check_each<'k, B>(
        self,
        batch: &mut Batch,
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        mut each: impl FnMut(Result<(usize, UnverifiedReceipt<'a>), Error>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.check_in_place(batch, keys, |item| {
            each(item.map(|(offset, receipt)| (offset, receipt.clone())))
        })
    }

    /// [`Receipts::check_each`] without a move of each receipt.
    pub(super) fn check_in_place<'k, B>(
        mut self,
        batch: &mut Batch,
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        mut each: impl FnMut(Result<(usize, &UnverifiedReceipt<'a>), Error>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut window = Vec::with_capacity(WINDOW);
        loop {
            let mut offset = self.offset();
            let fault = self.fill(&mut window);
            batch.check(&mut window, &keys);
            if window.is_empty() && fault.is_none() {
                return ControlFlow::Continue(());
            }
            for receipt in &window {
                each(Ok((offset, receipt)))?;
                offset = offset.saturating_add(receipt.as_bytes().len());
            }
            if let Some(error) = fault {
                return each(Err(error));
            }
        }
    }

    /// Parses receipts until the window is full or the bytes end; gives the fault at which they end.
    fn fill(&mut self, window: &mut Vec<UnverifiedReceipt<'a>>) -> Option<Error> {
        window.clear();
        // Each of both pushes its own: a receipt that may come from either, from the iterator or from a `Result` would
        // be moved once more, and once more.
        while window.len() < WINDOW && !self.rest().is_empty() {
            if let Some(receipt) = UnverifiedReceipt::first_straight(self.rest(), window.last()) {
                self.pass(receipt.as_bytes().len());
                window.push(receipt);
                continue;
            }
            match UnverifiedReceipt::first_carefully(self.rest()) {
                Ok(receipt) => {
                    self.pass(receipt.as_bytes().len());
                    window.push(receipt);
                }
                Err(error) => return Some(self.stop(error)),
            }
        }
        None
    }
}

impl<R: Read> SequenceReader<R> {
    /// As [`Receipts::check_each`], for what is left of the stream, in memory that does not depend on its
    /// length. Nothing is allocated for a receipt.
    pub fn check_each<'k, B>(
        &mut self,
        batch: &mut Batch,
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        mut each: impl FnMut(Result<(usize, UnverifiedReceipt<'_>), ReadError>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.check_in_place(batch, keys, |item| {
            each(item.map(|(offset, receipt)| (offset, receipt.clone())))
        })
    }

    /// [`SequenceReader::check_each`] without a move of each receipt.
    pub(super) fn check_in_place<'k, B>(
        &mut self,
        batch: &mut Batch,
        keys: impl Fn(&KeyId) -> Option<&'k VerifyingKey>,
        mut each: impl FnMut(Result<(usize, &UnverifiedReceipt<'_>), ReadError>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut spare = Vec::with_capacity(WINDOW);
        loop {
            let (mut offset, bytes) = match self.window() {
                Ok(window) => window,
                Err(error) => return each(Err(error)),
            };
            if bytes.is_empty() {
                return ControlFlow::Continue(());
            }
            let begin = offset;
            let mut window = recycle(spare);
            let fault = Receipts::new(bytes).fill(&mut window);
            if window.is_empty() {
                // The reader knows whether the stream goes on, and so what is wrong.
                let fault = fault.unwrap_or(ErrorKind::Truncated.into()).nested(offset);
                let error = self.next_receipt().err();
                return each(Err(error.unwrap_or(fault.into())));
            }
            batch.check(&mut window, &keys);
            let flow = window.iter().try_for_each(|receipt| {
                let at = offset;
                offset = offset.saturating_add(receipt.as_bytes().len());
                each(Ok((at, receipt)))
            });
            spare = recycle(window);
            // What `each` has seen is consumed, also where it wants no more.
            self.consume(offset.saturating_sub(begin));
            flow?;
        }
    }
}

/// An empty vector for receipts of other bytes, in the memory of this one.
fn recycle<'b>(mut window: Vec<UnverifiedReceipt<'_>>) -> Vec<UnverifiedReceipt<'b>> {
    window.clear();
    window.into_iter().map_while(|_| None).collect()
}
