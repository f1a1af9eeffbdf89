//! The digits of eight scalars at once: in each lane those that [`digit`](super::super::digits::digit) gives for each
//! of the [`rows`](super::super::digits::rows).

use super::{
    super::{
        comb::{MAX_WINDOWS, ROWS, Width, Window},
        digits::{ALL, EXCHANGES},
    },
    Vector,
};

/// What a window of a row asks for in every lane.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Indexes(pub(super) [u64; 8]);

/// The digits of a scalar in every lane.
#[derive(Debug)]
pub(super) struct Digits {
    /// Which entry of the table, for two rows: that of the lower half, and that of the upper half.
    indexes: [[[Indexes; 2]; MAX_WINDOWS]; ROWS / 2],
    /// In which lanes it is taken away.
    negative: [[[u8; 2]; MAX_WINDOWS]; ROWS / 2],
}

impl Digits {
    /// Those of scalars below L, lowest word first. What a table of this width has no windows for stays as it was.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn set(&mut self, scalars: [Vector; 4], width: Width) {
        let mask = Vector::splat(u64::from(u32::MAX));
        let rows = self.indexes.iter_mut().zip(&mut self.negative);
        for ((indexes, negative), pair) in rows.zip(self::rows(scalars)) {
            let windows = indexes.iter_mut().zip(negative);
            for ((indexes, negative), window) in windows.zip(width.windows()) {
                let (both, taken) = ask(pair, window);
                let top = 1_u64 << window.bits.wrapping_sub(1);
                *indexes = [both.and(mask), both.shift_right::<32>()]
                    .map(|indexes| Indexes(indexes.to_words()));
                *negative = [top, top << 32].map(|top| taken.test(Vector::splat(top)));
            }
        }
    }

    /// Which entries a window of a row asks for; none below the lowest row.
    #[inline]
    pub(super) fn indexes(&self, row: usize, window: usize) -> &Indexes {
        const NONE: Indexes = Indexes([u64::MAX; 8]);
        let pair = self.indexes.get(row % (ROWS / 2));
        let pair = pair.and_then(|pair| pair.get(window));
        pair.and_then(|pair| pair.get(row / (ROWS / 2)))
            .unwrap_or(&NONE)
    }

    /// In which lanes they are taken away.
    #[inline]
    pub(super) fn negative(&self, row: usize, window: usize) -> u8 {
        let pair = self.negative.get(row % (ROWS / 2));
        let pair = pair.and_then(|pair| pair.get(window));
        let row = pair.and_then(|pair| pair.get(row / (ROWS / 2)));
        row.copied().unwrap_or_default()
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self {
            indexes: [[[Indexes([0; 8]); 2]; MAX_WINDOWS]; ROWS / 2],
            negative: [[[0; 2]; MAX_WINDOWS]; ROWS / 2],
        }
    }
}

/// One number in both halves of every lane.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn both(number: u64) -> Vector {
    Vector::splat(number << 32 | number)
}

/// What a window of two rows asks for: which entries, and the topmost sign where they are taken away.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn ask(pair: Vector, window: &Window) -> (Vector, Vector) {
    let last = u64::from(window.bits.wrapping_sub(1));
    let top = 1_u64 << last;
    let zero = Vector::splat(0);
    let signs = pair.shift_right_by(window.first.into());
    let taken = signs.and(both(top)).xor3(both(top), zero);
    // All bits below the topmost, where it is not added.
    let turned = taken.sub(taken.shift_right_by(last));
    let others = signs.xor3(turned, zero).and(both(top.wrapping_sub(1)));
    let begin = u64::try_from(window.begin).unwrap_or(u64::MAX);
    (others.add(both(begin)), taken)
}

/// The rows 0 and 4, 1 and 5, 2 and 6, 3 and 7.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn rows(scalars: [Vector; 4]) -> [Vector; 4] {
    let [w0, w1, w2, w3] = signs(scalars).map(|word| transpose(word));
    // Byte i belongs to row i. Pairs of bytes of the even rows, and of the odd ones; then fours.
    let even = Vector::splat(0x00ff_00ff_00ff_00ff);
    let first = (
        even.choose(w0, w1.shift_left::<8>()),
        even.choose(w2, w3.shift_left::<8>()),
    );
    let second = (
        even.choose(w0.shift_right::<8>(), w1),
        even.choose(w2.shift_right::<8>(), w3),
    );
    let even = Vector::splat(0x0000_ffff_0000_ffff);
    let low = |(a, b): (Vector, Vector)| even.choose(a, b.shift_left::<16>());
    let high = |(a, b): (Vector, Vector)| even.choose(a.shift_right::<16>(), b);
    [low(first), low(second), high(first), high(second)]
}

/// (scalar + 2²⁵⁶ − 1)/2 modulo L: a bit where a power is added.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn signs(scalars: [Vector; 4]) -> [Vector; 4] {
    let (zero, one) = (Vector::splat(0), Vector::splat(1));
    let [lowest, ..] = scalars;
    let odd = lowest.test(one);
    let [even_all, odd_all] = ALL;
    let (mut twice, mut carry) = (scalars, 0_u8);
    for ((word, even_all), odd_all) in twice.iter_mut().zip(even_all).zip(odd_all) {
        let all = Vector::splat(even_all).blend(odd, Vector::splat(odd_all));
        let sum = word.add(all);
        let over = sum.below(all);
        let carried = sum.add_where(carry, one);
        // 2⁶⁴ by the carry alone.
        carry = over | carry & carried.equal(zero);
        *word = carried;
    }
    let [w0, w1, w2, w3] = twice;
    let half = |word: Vector, above: Vector| word.shift_right::<1>().add(above.shift_left::<63>());
    [half(w0, w1), half(w1, w2), half(w2, w3), half(w3, zero)]
}

/// Bit j of byte i becomes bit i of byte j.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn transpose(mut word: Vector) -> Vector {
    let zero = Vector::splat(0);
    for (by, which) in EXCHANGES {
        let differ = word
            .xor3(word.shift_right_by(by.into()), zero)
            .and(Vector::splat(which));
        word = word.xor3(differ, differ.shift_left_by(by.into()));
    }
    word
}
