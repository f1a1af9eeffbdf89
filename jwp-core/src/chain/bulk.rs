//! Many receipts of one issuer at once: links one behind the other, signatures side by side.

use alloc::vec::Vec;
use core::{num::NonZero, ops::Range};
use std::thread;

use sha2::{Digest as _, Sha256};

use super::{ChainHead, ChainWriter, State};
use crate::{
    claim::Claim,
    envelope::{Statement, assemble, encode_header, sig_structure},
    error::Result,
    identifier::Identifier,
    key::{Signer as _, SigningKey},
    link::Link,
    payload::{Position, ReceiptPayload},
    timestamp::Timestamp,
};

/// Receipts that each thread signs before their bytes are given out: long enough to be worth a thread.
const GROUP: usize = 1024;

/// Receipts that are encoded and linked, and not signed.
#[derive(Default)]
struct Drafts {
    bodies: Vec<u8>,
    /// The `Sig_structure` of each.
    messages: Vec<u8>,
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl ChainWriter {
    /// Signs `payloads` as the next receipts of the chain, on so many threads, and appends their bytes to
    /// `out`: the same bytes as [`ChainWriter::append`] gives one by one.
    ///
    /// Links are computed one behind the other, which takes about a twentieth of the time; signatures need
    /// no order. They are made in this process by ed25519-dalek and not verified once more, as `append`
    /// does, which also serves signers elsewhere.
    ///
    /// # Errors
    /// `Chain.Time` for an `iat` before that of the head; what a payload refuses. Writer and `out` then stay
    /// as they were.
    pub fn append_all<'p, C: Claim + 'p>(
        &mut self,
        payloads: impl IntoIterator<Item = &'p ReceiptPayload<C>>,
        iss: &Identifier,
        iat: Timestamp,
        key: &SigningKey,
        threads: NonZero<usize>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let start = out.len();
        let mut state = self.state.clone();
        let result = self.issue(&mut state, payloads, (iss, iat), key, threads, out);
        match result {
            Ok(()) => self.state = state,
            Err(_) => out.truncate(start),
        }
        result
    }

    fn issue<'p, C: Claim + 'p>(
        &self,
        state: &mut State,
        payloads: impl IntoIterator<Item = &'p ReceiptPayload<C>>,
        (iss, iat): (&Identifier, Timestamp),
        key: &SigningKey,
        threads: NonZero<usize>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let (sub, aud) = state.names();
        let statement = Statement::new(iss.clone(), sub.clone(), aud.clone(), iat);
        let protected = encode_header(&statement, self.algorithm, &key.verifying_key().id())?;
        let mut payloads = payloads.into_iter().peekable();
        let mut drafts = Drafts::default();
        let mut signatures = Vec::new();
        while payloads.peek().is_some() {
            drafts.clear();
            for payload in payloads.by_ref().take(GROUP.saturating_mul(threads.get())) {
                let link = drafts.push(&protected, &state.position(), payload)?;
                state.advance(link, iat)?;
            }
            drafts.sign(key, threads, &mut signatures)?;
            for ((body, _), signature) in drafts.places.iter().zip(&signatures) {
                let body = drafts.bodies.get(body.clone()).unwrap_or_default();
                assemble(&protected, body, signature, out)?;
            }
        }
        Ok(())
    }
}

impl State {
    /// Moves behind a receipt that was made at [`State::position`].
    fn advance(&mut self, link: Link, iat: Timestamp) -> Result<()> {
        match self {
            Self::Open(head) => {
                head.check_time(iat)?;
                head.seq = head.seq.saturating_add(1);
                head.link = link;
                head.iat = iat;
            }
            Self::Empty {
                sub,
                aud,
                run,
                after,
            } => {
                *self = Self::Open(ChainHead {
                    sub: sub.clone(),
                    aud: aud.clone(),
                    run: *run,
                    after: *after,
                    seq: 0,
                    link,
                    iat,
                });
            }
        }
        Ok(())
    }
}

impl Drafts {
    fn clear(&mut self) {
        self.bodies.clear();
        self.messages.clear();
        self.places.clear();
    }

    /// Encodes a payload at its place; gives its link.
    fn push<C: Claim>(
        &mut self,
        protected: &[u8],
        position: &Position,
        payload: &ReceiptPayload<C>,
    ) -> Result<Link> {
        let from = self.bodies.len();
        payload.encode(position, &mut self.bodies)?;
        let body = from..self.bodies.len();
        let from = self.messages.len();
        let bytes = self.bodies.get(body.clone()).unwrap_or_default();
        sig_structure(protected, bytes, |part| {
            self.messages.extend_from_slice(part);
        });
        let message = from..self.messages.len();
        let bytes = self.messages.get(message.clone()).unwrap_or_default();
        let link = Link::from_bytes(Sha256::digest(bytes).into());
        self.places.push((body, message));
        Ok(link)
    }

    fn sign(
        &self,
        key: &SigningKey,
        threads: NonZero<usize>,
        signatures: &mut Vec<[u8; 64]>,
    ) -> Result<()> {
        signatures.clear();
        signatures.resize(self.places.len(), [0; 64]);
        let share = self.places.len().div_ceil(threads.get()).max(1);
        let sign = |places: &[(Range<usize>, Range<usize>)], out: &mut [[u8; 64]]| {
            for ((_, message), out) in places.iter().zip(out) {
                let message = self.messages.get(message.clone()).unwrap_or_default();
                *out = key.sign(message)?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let mut shares = self.places.chunks(share).zip(signatures.chunks_mut(share));
            let Some((own_places, own)) = shares.next() else {
                return Ok(());
            };
            let others: Vec<_> = shares
                .map(|(places, out)| scope.spawn(move || sign(places, out)))
                .collect();
            sign(own_places, own)?;
            // A thread that ended otherwise has left signatures of zeros behind.
            let failed = || crate::error::ErrorKind::Signer.into();
            others
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(failed())))
        })
    }
}
