//! The digits of eight scalars at once: in each lane those that [`recode`](super::super::table::recode) gives.

use super::{
    super::table::{MAX_WINDOWS, Width, halves},
    Vector,
};

/// Windows whose digits share a word, one in each byte.
const SHARE: usize = 8;
/// Words for the digits of all windows.
const SHARED: usize = MAX_WINDOWS.div_ceil(SHARE);
/// 1 in each byte.
const ONES: u64 = u64::MAX / 0xff;

/// The digits of a scalar in every lane.
#[derive(Debug)]
pub(super) struct Digits {
    width: Width,
    /// With half a window added to each: the digits are its windows less that half.
    raised: [Vector; 5],
    /// Of eight windows, for each lane, the absolute value of each digit.
    magnitudes: [[[u8; SHARE]; 8]; SHARED],
}

impl Digits {
    /// Those of scalars below 2²⁵³, lowest word first.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn new(scalars: [Vector; 4], width: Width) -> Self {
        let raised = raise(scalars, width);
        let half = 1_u64 << width.bits().wrapping_sub(1);
        // A byte holds a window of 8 bits, or has room for 128 more than one of fewer.
        let room = Vector::splat(ONES.wrapping_mul(0x80_u64.wrapping_sub(half)));
        let mut magnitudes = [[[0; SHARE]; 8]; SHARED];
        for (first, row) in (0..width.windows()).step_by(SHARE).zip(&mut magnitudes) {
            let windows = windows_in_bytes(&raised, width, first);
            let less_half = windows
                .add(room)
                .xor3(Vector::splat(ONES.wrapping_mul(0x80)), Vector::splat(0));
            *row = less_half.abs_bytes().to_words().map(u64::to_le_bytes);
        }
        Self {
            width,
            raised,
            magnitudes,
        }
    }

    /// The absolute values of a window's digits.
    #[inline]
    pub(super) fn magnitudes(&self, window: usize) -> [u8; 8] {
        let row = self.magnitudes.get(window / SHARE);
        let row = row.unwrap_or(&[[0; SHARE]; 8]);
        row.each_ref()
            .map(|lane| lane.get(window % SHARE).copied().unwrap_or_default())
    }

    /// In which lanes a window's digit is below 0: where the window has no bit for its half.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn negative(&self, window: usize) -> u8 {
        let (index, bit) = place(begin(self.width, window.wrapping_add(1)).wrapping_sub(1));
        let word = self.raised.get(index).copied();
        let word = word.unwrap_or(Vector::splat(u64::MAX));
        !word.test(Vector::splat(1 << bit))
    }
}

/// The first bit of a window.
#[inline]
fn begin(width: Width, window: usize) -> usize {
    let bits = usize::try_from(width.bits()).unwrap_or_default();
    window.wrapping_mul(bits)
}

/// Which word holds a bit, and where.
#[inline]
fn place(bit: usize) -> (usize, u64) {
    (bit / 64, u64::try_from(bit % 64).unwrap_or_default())
}

/// The scalars, and half a window in each window.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn raise([s0, s1, s2, s3]: [Vector; 4], width: Width) -> [Vector; 5] {
    let (zero, one) = (Vector::splat(0), Vector::splat(1));
    let mut raised = [s0, s1, s2, s3, zero];
    let mut carry = 0_u8;
    for (word, half) in raised.iter_mut().zip(halves(width)) {
        let half = Vector::splat(half);
        let sum = word.add(half);
        let over = sum.below(half);
        let carried = sum.add_where(carry, one);
        // 2⁶⁴ by the carry alone.
        carry = over | carry & carried.equal(zero);
        *word = carried;
    }
    raised
}

/// Eight windows from `first`, one in each byte.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn windows_in_bytes(raised: &[Vector; 5], width: Width, first: usize) -> Vector {
    let zero = Vector::splat(0);
    let word = |index: usize| raised.get(index).copied().unwrap_or(zero);
    if width == Width::W8 {
        return word(first / SHARE);
    }
    let mask = Vector::splat(u64::MAX >> 64_u32.wrapping_sub(width.bits()));
    let mut bytes = zero;
    for (window, byte) in (first..).zip((0..64).step_by(8)) {
        let (index, low) = place(begin(width, window));
        let next = word(index.wrapping_add(1));
        // What is shifted by 64 is gone.
        let both = word(index)
            .shift_right_by(low)
            .add(next.shift_left_by(64_u64.wrapping_sub(low)));
        bytes = bytes.add(both.and(mask).shift_left_by(byte));
    }
    bytes
}
