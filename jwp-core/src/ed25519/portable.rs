//! The kernel for any machine with a 64-bit multiplier: safe Rust, one signature at a time, one inversion
//! for a group.

use alloc::vec::Vec;

use super::{
    digits::{digit, rows},
    field::{Field, words},
    point::Point,
    table::{Entry, Table},
};

/// A signature's R as it was received, and the point that the equation asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) r: [u8; 32],
    pub(super) point: Point,
}

/// s·B + k·(−A), from the tables of B and −A. Both scalars are below L.
pub(super) fn combine(base: &Table, s: &[u8; 32], key: &Table, k: &[u8; 32]) -> Point {
    let mut sum = None;
    for (s, k) in rows(words(s)).into_iter().zip(rows(words(k))).rev() {
        let addends = addends(base, s).chain(addends(key, k));
        // All of a row on their way before the first is added.
        Entry::fetch(addends.clone().map(|(entry, _)| entry));
        sum = sum.map(|sum: Point| sum.double());
        for (entry, negative) in addends {
            sum = Some(match &sum {
                Some(sum) => add_entry(sum, entry, negative),
                None => point_of(entry, negative),
            });
        }
    }
    sum.unwrap_or(Point::IDENTITY)
}

/// The entries that a row asks for, and whether each is taken away.
fn addends(table: &Table, row: u32) -> impl Iterator<Item = (&Entry, bool)> + Clone {
    table.width().windows().iter().filter_map(move |window| {
        let (index, negative) = digit(row, window);
        // There is one for each sign. Were it otherwise, a wrong sum would equal no R.
        Some((table.entries().get(index)?, negative))
    })
}

/// E or −E: what adding it to the identity gives, in one multiplication.
fn point_of(entry: &Entry, negative: bool) -> Point {
    let [plus, minus, _] = signed(entry, negative);
    // Entries are frozen: the sum of two is tight.
    let (x, y) = (plus.sub(&minus).carry(), plus.add(&minus));
    Point {
        x,
        y,
        z: Field::ONE,
        t: x.mul(&y),
    }
}

/// P + E or P − E ("madd-2008-hwcd-3" with a, b, c and d halved, as E is): seven multiplications.
#[inline]
fn add_entry(p: &Point, entry: &Entry, negative: bool) -> Point {
    let [plus, minus, product] = signed(entry, negative);
    let a = p.y.sub(&p.x).mul(&minus);
    let b = p.y.add(&p.x).mul(&plus);
    let c = p.t.mul(&product);
    let (less, more) = (p.z.sub(&c), p.z.add(&c));
    let (f, g) = if negative { (more, less) } else { (less, more) };
    let (e, h) = (b.sub(&a), b.add(&a));
    Point {
        x: e.mul(&f),
        y: g.mul(&h),
        z: f.mul(&g),
        t: e.mul(&h),
    }
}

/// (y + x)/2 and (y − x)/2 of E or −E, which swaps them, and d·x·y of E, which −E negates. Tight.
#[inline]
const fn signed(entry: &Entry, negative: bool) -> [Field; 3] {
    let [sum, difference, product] = entry.fields();
    if negative {
        [difference, sum, product]
    } else {
        [sum, difference, product]
    }
}

/// For each candidate whether its point encodes (RFC 8032 §5.1.2) to the bytes that were expected.
/// `scratch` is used again by the next call.
pub(super) fn compare(
    candidates: &[Candidate],
    scratch: &mut Vec<Field>,
    mut verdict: impl FnMut(usize, bool),
) {
    scratch.clear();
    // Z is never 0 on this curve.
    scratch.extend(candidates.iter().map(|candidate| candidate.point.z));
    scratch.extend(candidates.iter().map(|_| Field::ONE));
    let Some((inverses, before)) = scratch.split_at_mut_checked(candidates.len()) else {
        return;
    };
    Field::invert_each(inverses, before);
    for (index, (candidate, of_z)) in candidates.iter().zip(inverses).enumerate() {
        verdict(index, is_encoded(candidate, of_z));
    }
}

/// [`compare`] for a single candidate.
pub(super) fn compare_one(candidate: &Candidate) -> bool {
    is_encoded(candidate, &candidate.point.z.invert())
}

fn is_encoded(candidate: &Candidate, inverse_of_z: &Field) -> bool {
    let y = candidate.point.y.mul(inverse_of_z).freeze();
    let is_odd = candidate.point.x.mul(inverse_of_z).is_odd();
    let [.., last] = candidate.r;
    // The limbs of y are canonical: an R whose y is p or more equals none.
    y.0 == Field::from_bytes(&candidate.r).0 && is_odd == (last >> 7 == 1)
}
