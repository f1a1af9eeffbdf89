//! A scalar as signs, and what of a table each group of them asks for.
//!
//! Modulo L every number is a sum of all powers of two below 2²⁵⁶, each of them added or taken away (Hamburg,
//! "Fast and compact elliptic-curve cryptography", 2012: all bits set). The signs are dealt to eight rows: that of
//! 2^(8·m + i) is bit m of row i. Within a row neighbours form *windows*, and a table holds for each window every sum of
//! its powers 2^(8·m) (the comb of Lim and Lee, 1994). One table serves all rows: from the top row down, the sum is
//! doubled, and what the windows of the next row ask for is added.

use super::comb::{ROWS, Window};

/// 2²⁵⁶ − 1 modulo L as an even number, and as an odd one.
pub(super) const ALL: [[u64; 4]; 2] = [
    [
        0xd6ec_3174_8d98_951c,
        0xc6ef_5bf4_737d_cf70,
        0xffff_ffff_ffff_fffe,
        0x0fff_ffff_ffff_ffff,
    ],
    [
        0x2efe_948e_ea8e_6909,
        0xdbce_55d3_1675_6c47,
        0xffff_ffff_ffff_fffe,
        0x1fff_ffff_ffff_ffff,
    ],
];

/// The steps by which [`transpose`] exchanges bits of a word, and which of them.
pub(super) const EXCHANGES: [(u32, u64); 3] = [
    (7, 0x00aa_00aa_00aa_00aa),
    (14, 0x0000_cccc_0000_cccc),
    (28, 0x0000_0000_f0f0_f0f0),
];

/// The rows of a scalar below L: (scalar + 2²⁵⁶ − 1)/2 modulo L has a bit where the power is added.
pub(super) fn rows(scalar: [u64; 4]) -> [u32; ROWS] {
    let [lowest, ..] = scalar;
    let [even, odd] = ALL;
    // So that half of the sum is whole.
    let all = if lowest & 1 == 0 { even } else { odd };
    let (mut twice, mut carry) = ([0; 4], false);
    for ((word, scalar), all) in twice.iter_mut().zip(scalar).zip(all) {
        let (sum, over) = scalar.overflowing_add(all);
        let (sum, over_by_carry) = sum.overflowing_add(carry.into());
        (*word, carry) = (sum, over | over_by_carry);
    }
    // Below 3·L.
    let [w0, w1, w2, w3] = twice;
    let signs = [
        w0 >> 1 | w1 << 63,
        w1 >> 1 | w2 << 63,
        w2 >> 1 | w3 << 63,
        w3 >> 1,
    ];
    let bytes = signs.map(|word| transpose(word).to_le_bytes());
    let mut rows = [0; ROWS];
    let [b0, b1, b2, b3] = bytes;
    for ((((row, b0), b1), b2), b3) in rows.iter_mut().zip(b0).zip(b1).zip(b2).zip(b3) {
        *row = u32::from_le_bytes([b0, b1, b2, b3]);
    }
    rows
}

/// Bit j of byte i becomes bit i of byte j.
fn transpose(word: u64) -> u64 {
    EXCHANGES.into_iter().fold(word, |word, (by, which)| {
        let differ = (word ^ word >> by) & which;
        word ^ differ ^ differ << by
    })
}

/// What a window of a row asks for: which entry of the table, and whether it is taken away. The topmost sign of an
/// entry is that of an addition; the others are turned round with it.
#[inline]
pub(super) fn digit(row: u32, window: &Window) -> (usize, bool) {
    let top = 1_u32 << window.bits.wrapping_sub(1);
    let signs = row >> window.first;
    let is_added = signs & top != 0;
    let others = if is_added { signs } else { !signs } & top.wrapping_sub(1);
    let index = usize::try_from(others).unwrap_or(usize::MAX);
    (window.begin.saturating_add(index), !is_added)
}
