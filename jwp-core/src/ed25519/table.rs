//! Comb tables: the sums of multiples of one point that turn a multiplication into a few doublings and additions.

use alloc::vec::Vec;

use super::{
    comb::{ROWS, Width},
    field::{D2, Field},
    point::Point,
};

impl Width {
    /// Memory of a table of this width in bytes.
    #[must_use]
    pub const fn table_bytes(self) -> usize {
        self.entries().saturating_mul(size_of::<Entry>())
    }
}

/// One affine point as the addition wants it: limbs of (y + x)/2, of (y − x)/2 and of d·x·y, each below p, and
/// one word that is not used. Half of what the formula names, which spares each addition the doubling of Z. Two
/// cache lines, so that eight entries transpose into eight lanes.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Entry(pub(super) [[u64; 8]; 2]);

impl Entry {
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    pub(super) const IDENTITY: Self = {
        let Field([h0, h1, h2, h3, h4]) = super::field::HALF;
        Self([[h0, h1, h2, h3, h4, h0, h1, h2], [h3, h4, 0, 0, 0, 0, 0, 0]])
    };

    fn new(sum: Field, difference: Field, product: Field) -> Self {
        let Field([s0, s1, s2, s3, s4]) = sum.freeze();
        let Field([d0, d1, d2, d3, d4]) = difference.freeze();
        let Field([p0, p1, p2, p3, p4]) = product.freeze();
        Self([
            [s0, s1, s2, s3, s4, d0, d1, d2],
            [d3, d4, p0, p1, p2, p3, p4, 0],
        ])
    }

    /// Has the processor load entries that will be added next. An addition is longer than it looks ahead: without this,
    /// it loads them when it comes to them, and waits.
    #[inline]
    pub(super) fn fetch<'e>(entries: impl IntoIterator<Item = &'e Self>) {
        // A word of each cache line.
        let words = entries
            .into_iter()
            .fold(0, |words, Self([[first, ..], [second, ..]])| {
                words | first | second
            });
        // Nobody needs them; the compiler must not know.
        core::hint::black_box(words);
    }

    /// (y + x)/2, (y − x)/2 and d·x·y. Tight.
    #[inline]
    pub(super) const fn fields(&self) -> [Field; 3] {
        let [
            [s0, s1, s2, s3, s4, d0, d1, d2],
            [d3, d4, p0, p1, p2, p3, p4, _],
        ] = self.0;
        [
            Field([s0, s1, s2, s3, s4]),
            Field([d0, d1, d2, d3, d4]),
            Field([p0, p1, p2, p3, p4]),
        ]
    }
}

/// For each window every sum ±2^(8·m)·P ± … of a point P over its bits m, of which the last is added.
#[derive(Debug)]
pub(super) struct Table {
    width: Width,
    entries: Vec<Entry>,
}

impl Table {
    pub(super) fn new(point: &Point, width: Width) -> Self {
        let mut points = Vec::with_capacity(width.entries());
        let mut power = *point;
        for window in width.windows() {
            // The powers of this window, lowest first; `power` ends as that of the last.
            let mut lower = Vec::new();
            for _ in 1..window.bits {
                lower.push(power);
                power = next_power(&power);
            }
            let begin = points.len();
            let none_added = lower
                .iter()
                .fold(power, |sum, lower| sum.add(&lower.negate()));
            points.push(none_added);
            for lower in &lower {
                // Added instead of taken away.
                let twice = lower.double();
                for at in begin..points.len() {
                    let without = points.get(at).copied().unwrap_or(Point::IDENTITY);
                    points.push(without.add(&twice));
                }
            }
            power = next_power(&power);
        }
        let entries = affine(&points);
        Self { width, entries }
    }

    pub(super) const fn width(&self) -> Width {
        self.width
    }

    /// Those of all windows, one behind the other.
    #[inline]
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// 2⁸·P: what the next bit of a row stands for.
fn next_power(power: &Point) -> Point {
    (0..ROWS).fold(*power, |power, _| power.double())
}

/// All points by one inversion.
fn affine(points: &[Point]) -> Vec<Entry> {
    // 1/(2·Z) gives x/2 and y/2.
    let mut inverses: Vec<Field> = points.iter().map(|point| point.z.add(&point.z)).collect();
    let mut before = inverses.clone();
    Field::invert_each(&mut inverses, &mut before);
    let entry = |(point, of_z): (&Point, &Field)| {
        let (x, y) = (point.x.mul(of_z), point.y.mul(of_z));
        Entry::new(y.add(&x), y.sub(&x), x.mul(&y.add(&y)).mul(&D2))
    };
    points.iter().zip(&inverses).map(entry).collect()
}
