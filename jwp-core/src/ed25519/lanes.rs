//! The kernel for x86-64 with AVX-512 IFMA: eight signatures at once, one in each lane of 64 bits.
//!
//! The same tables, equation and comparison as in the portable kernel. Lanes may belong to different
//! keys; all keys of a group of eight have tables of one width.
//!
//! Under `--cfg plain_lanes` the same kernel runs on eight plain words, on any machine and slowly: for
//! tests and mutation testing where no processor has the instructions. Nothing else may set it. It is no
//! feature, so that no dependency can.

mod digits;
mod field;
#[cfg(not(plain_lanes))]
mod narrow;
#[cfg(any(test, plain_lanes))]
mod plain;
mod point;
mod scalar;
mod sha2;
mod sha256;
mod sha512;
#[cfg(not(plain_lanes))]
mod vector;

use alloc::vec::Vec;

#[cfg(plain_lanes)]
use self::plain::{Narrow, Vector};
use self::{
    digits::{Digits, Indexes},
    field::Lanes,
    point::Points,
};
#[cfg(not(plain_lanes))]
use self::{narrow::Narrow, vector::Vector};
use super::{
    comb::ROWS,
    digits::{digit, rows},
    field::words,
    front::Front,
    padded::Padded,
    portable::{self, Candidate},
    split,
    table::{Entry, Table},
};
#[cfg(test)]
use super::{comb::Width, field::Field, point::Point};

/// Signatures that share one inversion.
const SHARED: usize = 256;

/// One signature to check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check<'a> {
    /// R and s, which is below L.
    pub(super) signature: &'a [u8; 64],
    pub(super) challenge: Challenge<'a>,
    /// The table of −A.
    pub(super) key: &'a Table,
}

/// k = SHA-512(R || A || M) modulo L (RFC 8032 §5.1.7).
#[derive(Debug, Clone, Copy)]
pub(super) enum Challenge<'a> {
    /// What is to be hashed, with its padding.
    Padded(&'a [u8]),
    /// The scalar itself, little-endian.
    Known(&'a [u8; 32]),
}

/// Space that is used again by the next call.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    groups: Vec<Group>,
    before: Vec<Lanes>,
    /// Those of s and of k, once there was a group.
    digits: Option<[Digits; 2]>,
}

/// Eight sums, and the words of the eight R that they must encode to.
#[derive(Debug, Clone, Copy)]
struct Group {
    sums: Points,
    expected: [Vector; 4],
}

/// What [`Ifma::verify`] takes.
type Arguments<'a, 'b> = (
    &'a Table,
    usize,
    &'a dyn Fn(usize) -> Option<Check<'b>>,
    &'a mut Scratch,
    &'a mut dyn FnMut(usize, bool),
);

/// Proof that this processor has what the kernel is compiled for: only [`Ifma::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ifma(());

impl Ifma {
    #[cfg(not(plain_lanes))]
    pub(super) fn detect() -> Option<Self> {
        let has_all = std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512ifma")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx512vl")
            && std::is_x86_feature_detected!("avx512dq");
        has_all.then_some(Self(()))
    }

    /// Plain words need nothing of the processor.
    #[cfg(plain_lanes)]
    #[expect(clippy::unnecessary_wraps, reason = "as without `plain_lanes`")]
    pub(super) fn detect() -> Option<Self> {
        Some(Self(()))
    }

    /// Checks signature i of `count`, which `check` gives, and hands its verdict to `verdict`. Neighbours
    /// share a group: put those with as many blocks side by side. All tables are of one width.
    pub(super) fn verify<'a>(
        self,
        base: &Table,
        count: usize,
        check: &dyn Fn(usize) -> Option<Check<'a>>,
        scratch: &mut Scratch,
        verdict: &mut dyn FnMut(usize, bool),
    ) {
        self.run(verify_all, (base, count, check, scratch, verdict));
    }

    /// SHA-256 of sixteen messages that have this front. Where there is none, it is any 32 bytes.
    pub(super) fn sha256(self, front: &Front<'_>, messages: &[Padded<'_>; 16]) -> [[u8; 32]; 16] {
        self.run(sha256::digest, (front, messages))
    }

    /// Runs a function of this module or of one below.
    fn run<A, B>(self, function: unsafe fn(A) -> B, argument: A) -> B {
        // SAFETY: the functions of this module and of those below are safe but for the processor features
        // that they are compiled for, all of them the same. `self` can only have come from `detect`, which
        // has found every one of them on this processor.
        #[expect(
            unsafe_code,
            reason = "the one dispatch to code for processors with AVX-512 IFMA"
        )]
        unsafe {
            function(argument)
        }
    }
}

/// For the tests.
#[cfg(test)]
impl Ifma {
    /// The loose, tight and raised product of the first two; sum and difference of the raised one and the third;
    /// the fourth carried, frozen, and frozen and negated in every other lane; the inverse of the first, its loose and
    /// its raised square, and the first raised.
    pub(super) fn arithmetic(self, operands: [[Field; 8]; 4]) -> [[Field; 8]; 12] {
        self.run(arithmetic, operands)
    }

    /// The sum of 2^i times point i.
    pub(super) fn sum_of_rows(self, points: [Point; 8]) -> Point {
        self.run(sum_of_rows, points)
    }

    /// SHA-512 of eight messages that are padded already.
    pub(super) fn digest(self, messages: &[&[u8]; 8]) -> [[u8; 64]; 8] {
        self.run(digest, messages)
    }

    /// The digits of eight scalars: row by row from the top, window by window.
    pub(super) fn digits(self, scalars: [[u64; 4]; 8], width: Width) -> [Vec<(usize, bool)>; 8] {
        self.run(digits_of, (scalars, width))
    }

    /// Eight numbers of 512 bits modulo L, lowest word first.
    pub(super) fn reduce(self, numbers: [[u64; 8]; 8]) -> [[u64; 4]; 8] {
        self.run(reduce, numbers)
    }
}

#[cfg(test)]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn arithmetic([a, b, x, y]: [[Field; 8]; 4]) -> [[Field; 8]; 12] {
    let [a, b] = [a, b].map(|numbers| Lanes::gather(numbers));
    let [x, y] = [x, y].map(|numbers| Lanes::gather(numbers));
    let raised = a.mul_raised(&b);
    let results = [
        a.mul_loose(&b),
        a.mul(&b),
        raised,
        raised.add(&x),
        raised.sub(&x),
        y.carry(),
        y.freeze(),
        y.freeze().negate_where(0x55),
        a.invert(),
        a.square_loose(),
        a.square_raised(),
        a.raise(),
    ];
    results.map(|lanes| lanes.scatter())
}

#[cfg(test)]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn digest(messages: &[&[u8]; 8]) -> [[u8; 64]; 8] {
    let rows = Vector::transpose(sha512::digest(messages));
    rows.map(|row| {
        let bytes = row.to_words().map(u64::to_le_bytes);
        bytes.as_flattened().try_into().unwrap()
    })
}

#[cfg(test)]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn reduce(numbers: [[u64; 8]; 8]) -> [[u64; 4]; 8] {
    let rows = numbers.map(|number| Vector::from_words(number));
    let reduced = scalar::reduce(Vector::transpose(rows)).map(|word| word.to_words());
    core::array::from_fn(|lane| reduced.map(|words| words[lane]))
}

#[cfg(test)]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn digits_of((scalars, width): ([[u64; 4]; 8], Width)) -> [Vec<(usize, bool)>; 8] {
    let word = |index: usize| Vector::from_words(scalars.map(|scalar| scalar[index]));
    let mut digits = Digits::default();
    digits.set([word(0), word(1), word(2), word(3)], width);
    let windows = width.windows().len();
    core::array::from_fn(|lane| {
        let rows = (0..ROWS)
            .rev()
            .flat_map(|row| (0..windows).map(move |at| (row, at)));
        let digit = |(row, at)| {
            let index = usize::try_from(digits.indexes(row, at).0[lane]).unwrap();
            (index, digits.negative(row, at) >> lane & 1 == 1)
        };
        rows.map(digit).collect()
    })
}

#[cfg(test)]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn sum_of_rows(points: [Point; 8]) -> Point {
    Points::gather(points).sum_of_rows().first()
}

#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn verify_all((base, count, check, scratch, verdict): Arguments<'_, '_>) {
    for begin in (0..count).step_by(SHARED) {
        let end = begin.saturating_add(SHARED).min(count);
        scratch.groups.clear();
        for first in (begin..end).step_by(8) {
            // The last group is filled up with its own first signature.
            let Some(filler) = check(first) else { return };
            let mut checks = [filler; 8];
            for (lane, index) in checks.iter_mut().zip(first..end) {
                *lane = check(index).unwrap_or(filler);
            }
            if count == 1 {
                return verdict(first, one(base, &filler));
            }
            let digits = scratch.digits.get_or_insert_default();
            let group = eight(base, &checks, digits);
            scratch.groups.push(group);
        }
        compare(&scratch.groups, &mut scratch.before, |group, mask| {
            let first = begin.saturating_add(group.saturating_mul(8));
            for (lane, index) in (first..end).take(8).enumerate() {
                verdict(index, mask >> lane & 1 == 1);
            }
        });
    }
}

#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn challenges(checks: &[Check<'_>; 8]) -> [Vector; 4] {
    let messages = checks.map(|check| match check.challenge {
        Challenge::Padded(bytes) => bytes,
        Challenge::Known(_) => &[],
    });
    let mut all = scalar::reduce(sha512::digest(&messages));
    for (lane, check) in checks.iter().enumerate() {
        if let Challenge::Known(scalar) = check.challenge {
            for (word, known) in all.iter_mut().zip(words(scalar)) {
                *word = word.blend(1 << lane, Vector::splat(known));
            }
        }
    }
    all
}

/// Eight signatures, each in its lane.
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn eight(base: &Table, checks: &[Check<'_>; 8], [s, k]: &mut [Digits; 2]) -> Group {
    let mut rows = [Vector::splat(0); 8];
    for (row, check) in rows.iter_mut().zip(checks) {
        if let [words] = check.signature.as_chunks::<8>().0.as_chunks::<8>().0 {
            *row = Vector::from_words(words.map(u64::from_le_bytes));
        }
    }
    let [r0, r1, r2, r3, s0, s1, s2, s3] = Vector::transpose(rows);
    let keys = checks.map(|check| check.key);
    let [width, ..] = keys.map(Table::width);
    s.set([s0, s1, s2, s3], base.width());
    k.set(challenges(checks), width);
    Group {
        sums: combine(base, s, &keys, k),
        expected: [r0, r1, r2, r3],
    }
}

/// s·B + k·(−A) in each lane, from the tables of B and −A. Row by row from the top: the sum so far is doubled, and what
/// the windows of the row ask for is added.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn combine(base: &Table, s: &Digits, keys: &[&Table; 8], k: &Digits) -> Points {
    let [width, ..] = keys.map(Table::width);
    let (of_base, of_key) = (base.width().windows().len(), width.windows().len());
    let in_row = of_base.wrapping_add(of_key);
    let (base, keys) = ([base.entries(); 8], keys.map(Table::entries));
    let top = ROWS.wrapping_sub(1);
    let mut sums = Points::identity();
    let mut next = find(&base, s.indexes(top, 0));
    for row in (0..ROWS).rev() {
        for at in 0..in_row {
            // Digits name an entry of their window. Were it otherwise, a wrong sum would equal no R.
            let Some(entries) = next else {
                return sums;
            };
            let behind = at.wrapping_add(1);
            let (tables, indexes) = match behind.checked_sub(of_base) {
                Some(at) if behind < in_row => (&keys, k.indexes(row, at)),
                None => (&base, s.indexes(row, behind)),
                // None behind the lowest row.
                _ => (&base, s.indexes(row.wrapping_sub(1), 0)),
            };
            next = find(tables, indexes);
            let negative = match at.checked_sub(of_base) {
                None => s.negative(row, at),
                Some(at) => k.negative(row, at),
            };
            if at == 0 && row == top {
                // The first addend is the first sum.
                sums = Points::from_entries(&entries, negative);
                continue;
            }
            if at == 0 {
                sums.double();
            }
            if behind == in_row {
                // Neither a doubling nor a comparison looks at T.
                sums.add_entries::<false>(&entries, negative);
            } else {
                sums.add_entries::<true>(&entries, negative);
            }
        }
    }
    sums
}

/// The entries that a digit asks for, on their way. In as few instructions as can be: they stand between one sum and
/// the next, and with them in the way the processor does not see far enough ahead. By itself, because where the
/// compiler has vectors it finds pointers in them, with instructions that the sums are in need of.
#[inline(never)]
fn find<'t>(tables: &[&'t [Entry]; 8], indexes: &Indexes) -> Option<[&'t Entry; 8]> {
    let mut entries = [&Entry::IDENTITY; 8];
    for ((entry, table), index) in entries.iter_mut().zip(tables).zip(&indexes.0) {
        *entry = table.get(usize::try_from(*index).ok()?)?;
    }
    Entry::fetch(entries);
    Some(entries)
}

/// One signature, each row in its lane: the shortest way to a single answer.
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn one(base: &Table, check: &Check<'_>) -> bool {
    let (r, s) = split(check.signature);
    let k = match check.challenge {
        Challenge::Known(scalar) => words(scalar),
        Challenge::Padded(_) => challenges(&[*check; 8]).map(|word| {
            let [first, ..] = word.to_words();
            first
        }),
    };
    let mut sums = None;
    for (table, rows) in [(base, rows(words(s))), (check.key, rows(k))] {
        for window in table.width().windows() {
            let (mut entries, mut negative) = ([&Entry::IDENTITY; 8], 0_u8);
            for (lane, (entry, row)) in entries.iter_mut().zip(rows).enumerate() {
                let (index, is_taken) = digit(row, window);
                *entry = table.entries().get(index).unwrap_or(&Entry::IDENTITY);
                negative |= u8::from(is_taken) << lane;
            }
            match &mut sums {
                None => sums = Some(Points::from_entries(&entries, negative)),
                Some(sums) => sums.add_entries::<true>(&entries, negative),
            }
        }
    }
    let sums = sums.unwrap_or(Points::identity());
    // A single inversion is shorter without lanes.
    let (r, point) = (*r, sums.sum_of_rows().first());
    portable::compare_one(&Candidate { r, point })
}

/// For each group in which lanes the point encodes (RFC 8032 §5.1.2) to the R that was received. One
/// inversion for all groups.
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn compare(groups: &[Group], before: &mut Vec<Lanes>, mut verdict: impl FnMut(usize, u8)) {
    before.clear();
    let mut product = Lanes::small(1);
    for group in groups {
        before.push(product);
        product = product.mul(&group.sums.z.carry());
    }
    // Z is never 0 on this curve, so neither is the product.
    let mut inverse = product.invert();
    for (index, (group, before)) in groups.iter().zip(before.iter()).enumerate().rev() {
        let of_z = inverse.mul(before);
        inverse = inverse.mul(&group.sums.z.carry());
        let x = group.sums.x.carry().mul(&of_z).freeze();
        let y = group.sums.y.carry().mul(&of_z).freeze();
        // The limbs of y are canonical: an R whose y is p or more equals none.
        let same = y.same_limbs(&Lanes::from_words(group.expected));
        let [.., last] = group.expected;
        let signs = last.test(Vector::splat(1 << 63));
        verdict(index, same & !(x.odd() ^ signs));
    }
}
