//! Many signatures under many keys: which get a table, and which are checked side by side.

use alloc::{collections::BTreeMap, vec::Vec};

use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha512};

#[cfg(any(target_arch = "x86_64", plain_lanes))]
use super::lanes::{Challenge, Check, Scratch};
use super::{
    backend::{Backend, Kernel},
    comb::Width,
    field::Field,
    is_admissible,
    padded::Padded,
    portable::{self, Candidate},
    prepared::{base_table, key_table},
    split,
    table::Table,
    verify, verify_strict,
};

/// Signatures that are checked together at most.
const MAX_JOBS: usize = 256;
/// Bytes of messages that wait at most, beyond the one that goes over it.
const MAX_WAITING: usize = 256 << 10;
/// A key gets a table once it has been asked for this often. Building one costs about as much as 6 strict
/// checks, and that of the base point, once in a process, as much as 23 (the benchmark `operations`).
const USES_FOR_TABLE: u64 = 64;
/// A key gets the widest table once it has been asked for this often: from here on it saves more than it
/// costs. Without AVX-512 it would do so sooner.
const USES_FOR_WIDEST: u64 = 8192;
/// Memory of all keys' tables unless another limit is given: 32 of the widest.
const DEFAULT_MEMORY: usize = 32 * Width::W11.table_bytes();

/// Signatures that wait to be checked, and the keys with what is known about each.
#[derive(Debug)]
pub(crate) struct Queue {
    backend: Backend,
    keys: Keys,
    /// `R || A || message || padding of SHA-512`, for one job behind the other.
    waiting: Vec<u8>,
    jobs: Vec<Job>,
    candidates: Vec<Candidate>,
    inverses: Vec<Field>,
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    scratch: Scratch,
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    accepted: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Job {
    /// The caller's number.
    index: usize,
    /// Place of the job's bytes in `waiting`, and how many of them are not padding.
    begin: usize,
    length: usize,
    padded: usize,
    key: usize,
    signature: [u8; 64],
    accepted: bool,
}

impl Job {
    fn bytes<'a>(&self, waiting: &'a [u8]) -> &'a [u8] {
        let end = self.begin.saturating_add(self.padded);
        waiting.get(self.begin..end).unwrap_or_default()
    }

    /// `R || A || message`.
    fn hashed<'a>(&self, waiting: &'a [u8]) -> &'a [u8] {
        self.bytes(waiting).get(..self.length).unwrap_or_default()
    }

    fn message<'a>(&self, waiting: &'a [u8]) -> &'a [u8] {
        self.hashed(waiting).get(64..).unwrap_or_default()
    }

    /// The message with what SHA-256 wants behind it: SHA-512 pads as it does, but for the length and to longer blocks.
    fn padded_message<'a>(&self, waiting: &'a [u8]) -> Option<Padded<'a>> {
        Padded::new(self.bytes(waiting).get(64..)?, self.length.checked_sub(64)?)
    }
}

impl Queue {
    pub(crate) fn new(backend: Backend) -> Self {
        Self {
            backend,
            keys: Keys::new(),
            waiting: Vec::new(),
            jobs: Vec::new(),
            candidates: Vec::new(),
            inverses: Vec::new(),
            #[cfg(any(target_arch = "x86_64", plain_lanes))]
            scratch: Scratch::default(),
            #[cfg(any(target_arch = "x86_64", plain_lanes))]
            accepted: Vec::new(),
        }
    }

    pub(crate) const fn backend(&self) -> Backend {
        self.backend
    }

    /// Bytes that the tables of all keys may take together.
    pub(crate) fn set_memory(&mut self, bytes: usize) {
        self.keys.memory = bytes;
    }

    /// Says that a key will be asked for so often, which decides about its table beforehand.
    pub(crate) fn expect(&mut self, key: &VerifyingKey, uses: u64) {
        let key = self.keys.find(key);
        self.keys.count(key, uses);
    }

    /// Puts a signature of the message that `write` writes in line. The verdict comes with the next
    /// [`Queue::flush`].
    pub(crate) fn push(
        &mut self,
        index: usize,
        key: &VerifyingKey,
        signature: &[u8; 64],
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let begin = self.waiting.len();
        self.waiting.extend_from_slice(split(signature).0);
        self.waiting.extend_from_slice(key.as_bytes());
        write(&mut self.waiting);
        let length = self.waiting.len().saturating_sub(begin);
        let padded = pad(&mut self.waiting, length);
        let key = self.keys.find(key);
        self.jobs.push(Job {
            index,
            begin,
            length,
            padded,
            key,
            signature: *signature,
            accepted: false,
        });
    }

    /// SHA-256 of each message that waits.
    pub(crate) fn sha256(&self, mut digest: impl FnMut(usize, [u8; 32])) {
        let message = |at| {
            self.jobs
                .get(at)
                .and_then(|job: &Job| job.padded_message(&self.waiting))
        };
        self.backend.sha256(self.jobs.len(), message, |at, found| {
            if let Some(job) = self.jobs.get(at) {
                digest(job.index, found);
            }
        });
    }

    /// Whether more should not be put in line before the next flush.
    pub(crate) fn is_full(&self) -> bool {
        self.jobs.len() >= MAX_JOBS || self.waiting.len() >= MAX_WAITING
    }

    /// Checks all that wait, and names each with its verdict.
    pub(crate) fn flush(&mut self, mut verdict: impl FnMut(usize, bool)) {
        for job in &self.jobs {
            self.keys.count(job.key, 1);
        }
        self.keys.build(&self.jobs);
        self.check();
        for job in &self.jobs {
            // What a kernel refuses, or never saw, is decided by the reference.
            let accepted = job.accepted
                || self.keys.get(job.key).is_some_and(|state| {
                    let decide = if state.table.is_some() {
                        verify_strict
                    } else {
                        verify
                    };
                    decide(&state.key, job.message(&self.waiting), &job.signature)
                });
            verdict(job.index, accepted);
        }
        self.clear();
    }

    /// Forgets all that wait. What is known of keys stays.
    pub(crate) fn clear(&mut self) {
        self.jobs.clear();
        self.waiting.clear();
    }

    /// What the kernels say, without the reference behind them: a good signature that they refuse shows.
    #[cfg(any(test, fuzzing))]
    pub(super) fn flush_unchecked(&mut self) -> Vec<(usize, bool)> {
        self.check();
        self.waiting.clear();
        self.jobs
            .drain(..)
            .map(|job| (job.index, job.accepted))
            .collect()
    }

    /// Gives a key a table of this width.
    #[cfg(any(test, fuzzing))]
    pub(super) fn force_table(&mut self, key: &VerifyingKey, width: Width) {
        let index = self.keys.find(key);
        if let Some(state) = self.keys.states.get_mut(index) {
            state.table = key_table(key, width);
        }
    }

    /// The width of a key's table.
    #[cfg(any(test, fuzzing))]
    pub(super) fn width_of(&mut self, key: &VerifyingKey) -> Option<Width> {
        let index = self.keys.find(key);
        self.keys.table(index).map(Table::width)
    }

    /// A key's table.
    #[cfg(test)]
    pub(super) fn table_of(&mut self, key: &VerifyingKey) -> Option<&Table> {
        let index = self.keys.find(key);
        self.keys.table(index)
    }

    /// Runs the kernel over all jobs whose key has a table, those of one width at a time.
    fn check(&mut self) {
        let Self {
            backend,
            keys,
            waiting,
            jobs,
            ..
        } = self;
        let width = |job: &Job| keys.table(job.key).map(Table::width);
        // As wide tables and as many blocks as the neighbour: what shares a group takes equally long. What
        // no kernel checks comes first.
        let rank = |job: &Job| {
            (
                is_admissible(&job.signature).then(|| width(job)).flatten(),
                job.padded,
            )
        };
        let is_sorted = jobs.is_sorted_by_key(rank);
        if !is_sorted {
            jobs.sort_unstable_by_key(rank);
        }
        let first = jobs.partition_point(|job| rank(job).0.is_none());
        let mut rest = jobs.get_mut(first..).unwrap_or_default();
        while let Some(width) = rest.first().and_then(width) {
            let same =
                rest.partition_point(|job| keys.table(job.key).map(Table::width) <= Some(width));
            let (group, others) = rest.split_at_mut(same);
            match backend.0 {
                Kernel::Portable => portable_group(
                    keys,
                    waiting,
                    group,
                    &mut self.candidates,
                    &mut self.inverses,
                ),
                #[cfg(any(target_arch = "x86_64", plain_lanes))]
                Kernel::Ifma(ifma) => {
                    let jobs: &[Job] = group;
                    let check = |index: usize| {
                        let job = jobs.get(index)?;
                        Some(Check {
                            signature: &job.signature,
                            challenge: Challenge::Padded(job.bytes(waiting)),
                            key: keys.table(job.key)?,
                        })
                    };
                    let accepted = &mut self.accepted;
                    accepted.clear();
                    ifma.verify(
                        base_table(),
                        jobs.len(),
                        &check,
                        &mut self.scratch,
                        &mut |index, same| {
                            if same {
                                accepted.push(index);
                            }
                        },
                    );
                    for index in accepted {
                        if let Some(job) = group.get_mut(*index) {
                            job.accepted = true;
                        }
                    }
                }
            }
            rest = others;
        }
    }
}

fn portable_group(
    keys: &Keys,
    waiting: &[u8],
    jobs: &mut [Job],
    candidates: &mut Vec<Candidate>,
    inverses: &mut Vec<Field>,
) {
    candidates.clear();
    for job in &*jobs {
        let Some(table) = keys.table(job.key) else {
            return;
        };
        let (r, s) = split(&job.signature);
        let k = Scalar::from_hash(Sha512::new_with_prefix(job.hashed(waiting))).to_bytes();
        let point = portable::combine(base_table(), s, table, &k);
        candidates.push(Candidate { r: *r, point });
    }
    portable::compare(candidates, inverses, |index, same| {
        if let Some(job) = jobs.get_mut(index) {
            job.accepted = same;
        }
    });
}

/// Pads the last `length` bytes as SHA-512 does (FIPS 180-4 §5.1.2); gives their new length.
fn pad(bytes: &mut Vec<u8>, length: usize) -> usize {
    const BLOCK: usize = 128;
    let padded = length.saturating_add(17).next_multiple_of(BLOCK);
    bytes.push(0x80);
    let zeros = padded.saturating_sub(length).saturating_sub(17);
    bytes.resize(bytes.len().saturating_add(zeros), 0);
    let bits = u128::try_from(length).unwrap_or_default().saturating_mul(8);
    bytes.extend_from_slice(&bits.to_be_bytes());
    padded
}

/// The keys that were asked for.
#[derive(Debug)]
struct Keys {
    by_bytes: BTreeMap<[u8; 32], usize>,
    states: Vec<KeyState>,
    /// The key of the last search: chains seldom change it.
    last: usize,
    memory: usize,
    used: usize,
}

#[derive(Debug)]
struct KeyState {
    key: VerifyingKey,
    uses: u64,
    table: Option<Table>,
}

impl Keys {
    const fn new() -> Self {
        Self {
            by_bytes: BTreeMap::new(),
            states: Vec::new(),
            last: 0,
            memory: DEFAULT_MEMORY,
            used: 0,
        }
    }

    fn get(&self, index: usize) -> Option<&KeyState> {
        self.states.get(index)
    }

    #[inline]
    fn table(&self, index: usize) -> Option<&Table> {
        self.states.get(index)?.table.as_ref()
    }

    fn find(&mut self, key: &VerifyingKey) -> usize {
        if self
            .get(self.last)
            .is_some_and(|state| state.key.as_bytes() == key.as_bytes())
        {
            return self.last;
        }
        let next = self.states.len();
        self.last = *self.by_bytes.entry(key.to_bytes()).or_insert(next);
        if self.last == next {
            self.states.push(KeyState {
                key: *key,
                uses: 0,
                table: None,
            });
        }
        self.last
    }

    fn count(&mut self, index: usize, uses: u64) {
        if let Some(state) = self.states.get_mut(index) {
            state.uses = state.uses.saturating_add(uses);
        }
    }

    /// Builds the tables that have become worth it, as wide as the memory allows.
    fn build(&mut self, jobs: &[Job]) {
        let mut seen = usize::MAX;
        for job in jobs {
            if job.key == seen {
                continue;
            }
            seen = job.key;
            let Some(state) = self.states.get_mut(job.key) else {
                continue;
            };
            let wanted = match state.uses {
                ..USES_FOR_TABLE => continue,
                USES_FOR_TABLE..USES_FOR_WIDEST => Width::W8,
                USES_FOR_WIDEST.. => Width::W11,
            };
            let has = state.table.as_ref().map(Table::width);
            if has >= Some(wanted) {
                continue;
            }
            let free = self.memory.saturating_sub(self.used);
            let kept = has.map_or(0, Width::table_bytes);
            let fits = |width: &Width| {
                *width <= wanted
                    && Some(*width) > has
                    && width.table_bytes() <= free.saturating_add(kept)
            };
            if let Some(width) = Width::ALL.into_iter().rev().find(fits) {
                self.used = self
                    .used
                    .saturating_sub(kept)
                    .saturating_add(width.table_bytes());
                state.table = key_table(&state.key, width);
            }
        }
    }
}
