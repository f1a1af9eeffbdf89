//! Many receipts of one issuer at once: links one behind the other, signatures side by side.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};
use core::num::NonZero;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
};

use super::{ChainHead, ChainWriter, State, Tip};
use crate::{
    claim::Claim,
    envelope::{Common, Drafts, Statement, write_front},
    error::{ErrorKind, Result},
    identifier::Identifier,
    key::{Signer as _, SigningKey},
    link::Link,
    payload::{Position, ReceiptPayload},
    timestamp::Timestamp,
};

/// Receipts that are signed in one go: long enough to be worth the way to another thread.
const SHARE: usize = 32;
/// What the shares towards the end come down to.
const LEAST_SHARE: usize = 8;
/// Shares for each thread that are drafted, and not yet in the chain.
const AHEAD: usize = 4;
/// Threads that one of them can draft for, which takes about a thirtieth of the time of signing where the processor has
/// instructions for SHA-256: more would wait.
const MOST_THREADS: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(31);

impl ChainWriter {
    /// Signs `payloads` as the next receipts of the chain, on at most so many threads, and at most 32, and appends
    /// their bytes to `out`: the same bytes as [`ChainWriter::append`] gives one by one.
    ///
    /// Links are computed one behind the other, which takes about a thirtieth of the time, while the other
    /// threads sign; signatures need no order. They are made in this process, by ed25519-dalek or under
    /// `SigningKey::expanded` by this crate, and not verified once more, as `append` does, which also serves signers
    /// elsewhere.
    ///
    /// # Errors
    /// `Chain.Time` for an `iat` before that of the head; what a payload refuses. Writer and `out` then stay
    /// as they were, and so they do where `payloads` panics.
    pub fn append_all<'p, C: Claim + 'p>(
        &mut self,
        payloads: impl IntoIterator<Item = &'p ReceiptPayload<C>>,
        iss: &Identifier,
        iat: Timestamp,
        key: &SigningKey,
        threads: NonZero<usize>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut all = AllOrNone::behind(out);
        let mut state = self.state.clone();
        self.issue(&mut state, payloads, (iss, iat), key, threads, all.out)?;
        all.keep = all.out.len();
        self.state = state;
        Ok(())
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
        let mut front = Vec::new();
        write_front(
            &statement,
            self.algorithm,
            &key.verifying_key().id(),
            &mut front,
        )?;
        let common = Common::of(&front);
        let threads = threads.min(MOST_THREADS);
        let mut payloads = payloads.into_iter().fuse();
        let mut draft = |share: &mut Share| {
            share.clear();
            let length = next_share(payloads.size_hint().0, threads);
            for payload in payloads.by_ref().take(length) {
                let position = state.position();
                let write = |out: &mut Vec<u8>| payload.encode(&position, out);
                let link = share.drafts.push(&common, write)?;
                state.advance(&position, link, iat)?;
            }
            Ok(share.drafts.len() > 0)
        };
        signed(key, threads, &mut draft, &mut |share| {
            out.extend_from_slice(share.drafts.sealed());
        })
    }
}

/// How many receipts the next share has, where at least so many are to come: half of what each thread would have of them, so
/// that none signs long when the others have done.
fn next_share(left: usize, threads: NonZero<usize>) -> usize {
    if threads == NonZero::<usize>::MIN || left == 0 {
        return SHARE;
    }
    let half = left.div_ceil(threads.saturating_add(threads.get()).get());
    half.clamp(LEAST_SHARE, SHARE)
}

/// A buffer that loses what was appended to it, unless all of it was.
struct AllOrNone<'o> {
    out: &'o mut Vec<u8>,
    keep: usize,
}

impl<'o> AllOrNone<'o> {
    const fn behind(out: &'o mut Vec<u8>) -> Self {
        let keep = out.len();
        Self { out, keep }
    }
}

impl Drop for AllOrNone<'_> {
    fn drop(&mut self) {
        self.out.truncate(self.keep);
    }
}

impl State {
    /// Goes on to a receipt that was made of [`State::names`] and [`State::position`].
    fn advance(&mut self, position: &Position, link: Link, iat: Timestamp) -> Result<()> {
        match self {
            Self::Open(head) => {
                head.tip.check_place(true, position, iat)?;
                head.tip.advance(position.seq(), link, iat);
            }
            Self::Empty {
                sub,
                aud,
                run,
                after,
            } => {
                let tip = Tip {
                    sub: sub.clone(),
                    aud: aud.clone(),
                    seq: position.seq(),
                    link,
                    iat,
                };
                *self = Self::Open(ChainHead {
                    tip,
                    run: *run,
                    after: *after,
                });
            }
        }
        Ok(())
    }
}

/// Neighbouring receipts on their way into the chain.
#[derive(Default)]
struct Share {
    /// Where it stands among all.
    number: usize,
    drafts: Drafts,
    /// One for each draft, once it is signed.
    signatures: Vec<[u8; 64]>,
}

impl Share {
    fn clear(&mut self) {
        self.drafts.clear();
        self.signatures.clear();
    }

    /// All are signed before one is sealed.
    fn sign(&mut self, key: &SigningKey) {
        key.sign_all(self.drafts.messages(), &mut self.signatures);
        self.drafts.seal(&self.signatures);
    }

    const fn is_signed(&self) -> bool {
        self.signatures.len() == self.drafts.len()
    }
}

/// Drafts shares one behind the other until `draft` says that there are no more, has them signed on at most
/// so many threads, and hands them to `take` in their order.
///
/// The threads live as long as the call. This one drafts, and signs when the others have enough to do. Another
/// is begun with each of the first shares; where the system gives no more, those that there are do the work.
fn signed(
    key: &SigningKey,
    threads: NonZero<usize>,
    draft: &mut dyn FnMut(&mut Share) -> Result<bool>,
    take: &mut dyn FnMut(&Share),
) -> Result<()> {
    let queue = Queue::default();
    let (done, back) = mpsc::channel();
    thread::scope(|scope| {
        // Also where drafting ends in a panic: nobody waits for a share that never comes.
        let _closed = Closed(&queue);
        let mut crew = Crew {
            running: NonZero::<usize>::MIN,
            wanted: threads,
        };
        let another = || {
            let (done, queue) = (done.clone(), &queue);
            thread::Builder::new().spawn_scoped(scope, move || {
                while let Some(share) = queue.wait() {
                    InHand { share, done: &done }.share.sign(key);
                }
            })
        };
        let (mut spare, mut early) = (Vec::<Share>::new(), BTreeMap::new());
        let (mut drafted, mut taken, mut more) = (0_usize, 0_usize, true);
        while more || taken < drafted {
            if more && crew.has_room(queue.len(), drafted.saturating_sub(taken)) {
                let mut share = spare.pop().unwrap_or_default();
                more = draft(&mut share)?;
                if more {
                    share.number = drafted;
                    drafted = drafted.saturating_add(1);
                    queue.push(share);
                    if crew.is_short() {
                        match another() {
                            Ok(_) => crew.running = crew.running.saturating_add(1),
                            Err(_) => crew.wanted = crew.running,
                        }
                    }
                }
            } else if let Some(share) = queue.take() {
                InHand { share, done: &done }.share.sign(key);
            } else {
                // All are in the hands of others, who give back what they hold even in a panic.
                let share = back.recv().map_err(|_| ErrorKind::Signer)?;
                early.insert(share.number, share);
            }
            early.extend(back.try_iter().map(|share: Share| (share.number, share)));
            while let Some(share) = early.remove(&taken) {
                // A thread that ended in a panic ends the scope in one; this holds whatever it does.
                if !share.is_signed() {
                    return Err(ErrorKind::Signer.into());
                }
                take(&share);
                taken = taken.saturating_add(1);
                spare.push(share);
            }
        }
        Ok(())
    })
}

/// The threads that sign, this one among them. It decides who does the work and when, and no byte.
struct Crew {
    running: NonZero<usize>,
    wanted: NonZero<usize>,
}

impl Crew {
    /// Whether another share may be drafted, with so many that wait and so many that are not in the chain yet.
    fn has_room(&self, waiting: usize, ahead: usize) -> bool {
        let running = self.running.get();
        waiting < running && ahead < running.saturating_mul(AHEAD)
    }

    fn is_short(&self) -> bool {
        self.running < self.wanted
    }
}

/// A share that is being signed: given back when it is dropped.
struct InHand<'q> {
    share: Share,
    done: &'q mpsc::Sender<Share>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        // Where nobody waits any more, another share has failed.
        let _ = self.done.send(core::mem::take(&mut self.share));
    }
}

/// Shares that wait to be signed.
#[derive(Default)]
struct Queue {
    /// With whether no more will come.
    shares: Mutex<(VecDeque<Share>, bool)>,
    changed: Condvar,
}

impl Queue {
    /// No code that can panic runs under this lock.
    fn lock(&self) -> MutexGuard<'_, (VecDeque<Share>, bool)> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn len(&self) -> usize {
        self.lock().0.len()
    }

    fn push(&self, share: Share) {
        self.lock().0.push_back(share);
        self.changed.notify_one();
    }

    fn take(&self) -> Option<Share> {
        self.lock().0.pop_front()
    }

    /// The next share; `None` once no more will come.
    fn wait(&self) -> Option<Share> {
        let waits = |(shares, closed): &mut (VecDeque<Share>, bool)| shares.is_empty() && !*closed;
        let shares = self.changed.wait_while(self.lock(), waits);
        let mut shares = shares.unwrap_or_else(PoisonError::into_inner);
        shares.0.pop_front()
    }
}

/// Says to those who wait, when it is dropped, that no more will come.
struct Closed<'q>(&'q Queue);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        let (shares, closed) = &mut *self.0.lock();
        shares.clear();
        *closed = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(mut left: usize, threads: usize) -> Vec<usize> {
        let threads = NonZero::new(threads).unwrap();
        let next = || {
            let share = next_share(left, threads).min(left);
            left = left.saturating_sub(share);
            (share > 0).then_some(share)
        };
        core::iter::from_fn(next).collect()
    }

    /// What waits is enough for all to go on, and what is not in the chain yet is bounded.
    #[test]
    fn no_more_is_drafted_than_is_wanted_soon() {
        let crew = Crew {
            running: NonZero::new(3).unwrap(),
            wanted: NonZero::new(3).unwrap(),
        };
        for (waiting, ahead, room) in [(2, 11, true), (3, 11, false), (2, 12, false)] {
            assert_eq!(crew.has_room(waiting, ahead), room, "{waiting} {ahead}");
        }
    }

    #[test]
    fn the_last_shares_are_shorter_where_threads_wait_for_each_other() {
        assert_eq!(shares(70, 1), [32, 32, 6]);
        assert_eq!(shares(150, 2), [32, 30, 22, 17, 13, 9, 8, 8, 8, 3]);
        assert_eq!(next_share(0, NonZero::new(2).unwrap()), 32);
        assert_eq!(next_share(usize::MAX, NonZero::<usize>::MAX), 8);
    }
}
