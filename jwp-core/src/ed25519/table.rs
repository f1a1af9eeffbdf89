//! Comb tables: the multiples of one point that turn a multiplication into additions alone.

use alloc::vec::Vec;

use super::{
    field::{D2, Field, HALF},
    point::Point,
};

/// How many bits of a scalar one table look-up covers. Wider is faster to use, slower to build, and
/// larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Width {
    /// 5 bits: 51 additions, 108 KiB.
    W5,
    /// 6 bits: 43 additions, 177 KiB.
    W6,
    /// 7 bits: 37 additions, 300 KiB.
    W7,
    /// 8 bits: 32 additions, 516 KiB.
    W8,
}

impl Width {
    /// Every width, narrow first.
    pub const ALL: [Self; 4] = [Self::W5, Self::W6, Self::W7, Self::W8];

    /// The number of bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::W5 => 5,
            Self::W6 => 6,
            Self::W7 => 7,
            Self::W8 => 8,
        }
    }

    /// Windows of a scalar below 2²⁵³. The topmost has a bit to spare, which takes the last carry.
    pub(super) const fn windows(self) -> usize {
        match self {
            Self::W5 => 51,
            Self::W6 => 43,
            Self::W7 => 37,
            Self::W8 => 32,
        }
    }

    /// Entries of a window: 0 to 2^(bits−1) times its point. Digits have a sign.
    pub(super) const fn entries(self) -> usize {
        match self {
            Self::W5 => 17,
            Self::W6 => 33,
            Self::W7 => 65,
            Self::W8 => 129,
        }
    }

    /// Memory of a table of this width in bytes.
    #[must_use]
    pub const fn table_bytes(self) -> usize {
        self.windows()
            .saturating_mul(self.entries())
            .saturating_mul(size_of::<Entry>())
    }
}

/// One affine point as the addition wants it: limbs of (y + x)/2, of (y − x)/2 and of d·x·y, each below p, and
/// one word that is not used. Half of what the formula names, which spares each addition the doubling of Z. Two
/// cache lines, so that eight entries transpose into eight lanes.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Entry(pub(super) [[u64; 8]; 2]);

impl Entry {
    pub(super) const IDENTITY: Self = {
        let Field([h0, h1, h2, h3, h4]) = HALF;
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

/// The multiples j · 2^(bits·i) · P of a point P: window i holds those for j = 0, 1, …, 2^(bits−1).
#[derive(Debug)]
pub(super) struct Table {
    width: Width,
    entries: Vec<Entry>,
}

impl Table {
    pub(super) fn new(point: &Point, width: Width) -> Self {
        let (windows, size) = (width.windows(), width.entries());
        let mut points = Vec::with_capacity(windows.saturating_mul(size));
        let mut base = *point;
        for _ in 0..windows {
            points.push(Point::IDENTITY);
            let mut multiple = base;
            for _ in 2..size {
                points.push(multiple);
                multiple = multiple.add(&base);
            }
            points.push(multiple);
            base = multiple.add(&multiple);
        }
        let entries = affine(&points);
        Self { width, entries }
    }

    pub(super) const fn width(&self) -> Width {
        self.width
    }

    /// All windows, one behind the other.
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    #[inline]
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The windows, lowest bits first.
    #[inline]
    pub(super) fn windows(&self) -> core::slice::ChunksExact<'_, Entry> {
        self.entries.chunks_exact(self.width.entries())
    }
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

/// The most windows of any width.
pub(super) const MAX_WINDOWS: usize = Width::W5.windows();

/// A scalar below 2²⁵³ as digits of −2^(bits−1) to 2^(bits−1) − 1, lowest first; those behind the last window
/// are 0.
///
/// With half a window added to each, the digits are the windows less that half: no carry from one to the next.
#[inline]
pub(super) fn recode(scalar: [u64; 4], width: Width) -> [i16; MAX_WINDOWS] {
    let (mut raised, mut carry) = (halves(width), false);
    for (word, scalar) in raised.iter_mut().zip(scalar.into_iter().chain([0])) {
        let (sum, over) = word.overflowing_add(scalar);
        let (sum, over_by_carry) = sum.overflowing_add(carry.into());
        (*word, carry) = (sum, over | over_by_carry);
    }
    let mut digits = [0; MAX_WINDOWS];
    if width == Width::W8 {
        // A window is a byte.
        let bytes = raised.map(u64::to_le_bytes);
        for (digit, byte) in digits.iter_mut().zip(bytes.as_flattened()).take(32) {
            *digit = i16::from(*byte).wrapping_sub(0x80);
        }
        return digits;
    }
    let bits = width.bits();
    let (full, half) = (1_i16 << bits, 1_i16 << bits.wrapping_sub(1));
    let (mut rest, mut left, mut words) = (0_u64, 0_u32, raised.into_iter());
    for digit in digits.iter_mut().take(width.windows()) {
        let mut take = rest;
        if left < bits {
            let next = words.next().unwrap_or_default();
            take |= next << left;
            rest = next >> bits.wrapping_sub(left);
            left = left.wrapping_add(64);
        } else {
            rest >>= bits;
        }
        left = left.wrapping_sub(bits);
        // A mask of eight bits at most fits any integer.
        let [low, ..] = take.to_le_bytes();
        *digit = (i16::from(low) & full.wrapping_sub(1)).wrapping_sub(half);
    }
    digits
}

/// The sum of 2^(bits−1) · 2^(bits·i) over all windows i of a width, lowest word first.
pub(super) const fn halves(width: Width) -> [u64; 5] {
    match width {
        Width::W5 => const { halves_of(Width::W5) },
        Width::W6 => const { halves_of(Width::W6) },
        Width::W7 => const { halves_of(Width::W7) },
        Width::W8 => const { halves_of(Width::W8) },
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "computed by the compiler, which would stop at any"
)]
const fn halves_of(width: Width) -> [u64; 5] {
    let (bits, mut sum, mut window) = (width.bits() as usize, [0; 5], 0);
    while window < width.windows() {
        let bit = window * bits + bits - 1;
        sum[bit / 64] |= 1 << (bit % 64);
        window += 1;
    }
    sum
}
