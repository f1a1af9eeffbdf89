//! Digests modulo the order of the group, L = 2²⁵² + c (RFC 8032 §5.1), eight at once.
//!
//! Limbs of 52 bits, as IFMA multiplies them: the high half of a product belongs to the next limb. What stands
//! above 2²⁶⁰ comes back multiplied by −2⁸·c, and what stands above 2²⁵² by −c. So that no limb falls below
//! zero, a multiple of L is added each time whose limbs are larger than all that can be taken from them.

use super::Vector;

const MASK: u64 = (1 << 52) - 1;
/// c, below 2¹²⁵.
const C: [u64; 3] = [0x2_631a_5cf5_d3ed, 0xd_ea2f_79cd_6581, 0x14_def9];
/// 2⁸·c, below 2¹³³.
const C8: [u64; 3] = [0x3_1a5c_f5d3_ed00, 0xa_2f79_cd65_8126, 0x14de_f9de];
/// A multiple of L below 2³⁸⁷: the top limb is 2²², the others are 2⁵⁶ or more.
const LARGE: [u64; 8] = [
    0x10b_8443_398b_1a29,
    0x101_b007_b5fe_f973,
    0x102_1268_bac2_353a,
    0x106_50fe_6dd4_19b1,
    0x100_07bf_c598_5bc1,
    0x100_0000_0000_0000,
    0x100_0000_0000_0000,
    0x40_0000,
];
/// A multiple of L below 2²⁶⁵: the limbs are 2⁵⁶ or more.
const SMALL: [u64; 5] = [
    0x104_08e9_ba34_a3ed,
    0x100_e1cc_5025_77d4,
    0x100_0001_4e04_7cd4,
    0x10f_ffff_ffff_fff0,
    0x100_0fff_ffff_ffef,
];
/// L itself: 2⁵⁴ more in each limb but the top one, which the next gives.
const ONCE: [u64; 5] = [
    0x42_631a_5cf5_d3ed,
    0x4d_ea2f_79cd_657d,
    0x40_0000_0014_def5,
    0x3f_ffff_ffff_fffc,
    0xfff_ffff_fffc,
];
/// 2²⁶⁰ − L.
const COMPLEMENT: [u64; 5] = [
    0xd_9ce5_a30a_2c13,
    0x2_15d0_8632_9a7e,
    0xf_ffff_ffeb_2106,
    MASK,
    0xf_efff_ffff_ffff,
];

/// The numbers of 512 bits that the words make, lowest first, modulo L: below L.
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
pub(super) fn reduce(words: [Vector; 8]) -> [Vector; 4] {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = words;
    let zero = Vector::splat(0);
    let mask = Vector::splat(MASK);
    let low = [
        w0,
        w0.shift_right::<52>().add(w1.shift_left::<12>()),
        w1.shift_right::<40>().add(w2.shift_left::<24>()),
        w2.shift_right::<28>().add(w3.shift_left::<36>()),
        w3.shift_right::<16>().add(w4.shift_left::<48>()),
    ];
    let high = [
        w4.shift_right::<4>(),
        w4.shift_right::<56>().add(w5.shift_left::<8>()),
        w5.shift_right::<44>().add(w6.shift_left::<20>()),
        w6.shift_right::<32>().add(w7.shift_left::<32>()),
        w7.shift_right::<20>(),
    ];
    let [l0, l1, l2, l3, l4] = low.map(|limb| limb.and(mask));
    let high = high.map(|limb| limb.and(mask));
    // Below 2²⁵² · 2¹³³ is taken away: of the top limb less than 2²¹, of others less than 6·2⁵².
    let limbs = [l0, l1, l2, l3, l4, zero, zero, zero];
    let [l0, l1, l2, l3, l4, h0, h1, h2] = carry(less(limbs, LARGE, &high, &C8));
    // The upper three are below 2¹²⁷; of the top limb less than 3·2⁵² is taken.
    let [l0, l1, l2, l3, l4] = carry(less([l0, l1, l2, l3, l4], SMALL, &[h0, h1, h2], &C8));
    // Now below 2²⁶⁵: 13 bits stand above 2²⁵².
    let (above, l4) = (l4.shift_right::<44>(), l4.and(Vector::splat((1 << 44) - 1)));
    let below_twice = carry(less([l0, l1, l2, l3, l4], ONCE, &[above], &C));
    // Above 0 and below 2·L: where 2²⁶⁰ − L more reaches 2²⁶⁰, the number is L or more.
    let [t0, t1, t2, t3, t4] = carry(less(below_twice, COMPLEMENT, &[], &C));
    let reaches = t4.test(Vector::splat(1 << 52));
    let [l0, l1, l2, l3, l4] = below_twice;
    let l0 = l0.blend(reaches, t0);
    let l1 = l1.blend(reaches, t1);
    let l2 = l2.blend(reaches, t2);
    let l3 = l3.blend(reaches, t3);
    let l4 = l4.blend(reaches, t4.and(mask));
    [
        l0.add(l1.shift_left::<52>()),
        l1.shift_right::<12>().add(l2.shift_left::<40>()),
        l2.shift_right::<24>().add(l3.shift_left::<28>()),
        l3.shift_right::<36>().add(l4.shift_left::<16>()),
    ]
}

/// limbs + raised − high · factor, limb by limb. The product reaches no further than the limbs do.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "loop counters, compared with the length of the array"
)]
fn less<const N: usize>(
    limbs: [Vector; N],
    raised: [u64; N],
    high: &[Vector],
    factor: &[u64; 3],
) -> [Vector; N] {
    let mut product = [Vector::splat(0); N];
    for (i, limb) in high.iter().enumerate() {
        for (j, factor) in factor.iter().enumerate() {
            let factor = Vector::splat(*factor);
            product[i + j] = product[i + j].add_low_product(*limb, factor);
            // That of the two top ones is 0 where it has no limb.
            if i + j + 1 < N {
                product[i + j + 1] = product[i + j + 1].add_high_product(*limb, factor);
            }
        }
    }
    let mut out = limbs;
    for ((limb, raised), product) in out.iter_mut().zip(raised).zip(product) {
        *limb = limb.add(Vector::splat(raised)).sub(product);
    }
    out
}

/// Limbs of 52 bits; the top one keeps what it has above.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn carry<const N: usize>(mut limbs: [Vector; N]) -> [Vector; N] {
    let mut over = Vector::splat(0);
    for limb in &mut limbs {
        let sum = limb.add(over);
        over = sum.shift_right::<52>();
        *limb = sum.and(Vector::splat(MASK));
    }
    if let Some(top) = limbs.last_mut() {
        *top = top.add(over.shift_left::<52>());
    }
    limbs
}
