//! Sixteen lanes of 32 bits, as AVX-512 has them: with `vector`, the files that name instructions.

use core::arch::x86_64::{
    __m512i, _mm256_extract_epi64, _mm256_setr_epi64x, _mm512_add_epi32, _mm512_castsi256_si512,
    _mm512_castsi512_si256, _mm512_inserti64x4, _mm512_mask_add_epi32, _mm512_mask_blend_epi32,
    _mm512_ror_epi32, _mm512_set1_epi32, _mm512_set4_epi32, _mm512_shuffle_epi8,
    _mm512_shuffle_i32x4, _mm512_srli_epi32, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};

/// Sixteen words of 32 bits. Sums are taken modulo 2³²; bit i of a mask is for lane i.
#[derive(Debug, Clone, Copy)]
pub(super) struct Narrow(__m512i);

impl Narrow {
    /// One word in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn splat(word: u32) -> Self {
        Self(_mm512_set1_epi32(word.cast_signed()))
    }

    /// The little-endian word i of a block in lane i. One load.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn from_block(block: &[u8; 64]) -> Self {
        let (pairs, _) = block.as_chunks::<8>();
        let Some([a, b, c, d, e, f, g, h]) = pairs.first_chunk() else {
            return Self::splat(0);
        };
        let [a, b, c, d] = [*a, *b, *c, *d].map(i64::from_le_bytes);
        let [e, f, g, h] = [*e, *f, *g, *h].map(i64::from_le_bytes);
        let low = _mm512_castsi256_si512(_mm256_setr_epi64x(a, b, c, d));
        Self(_mm512_inserti64x4::<1>(low, _mm256_setr_epi64x(e, f, g, h)))
    }

    /// The little-endian word i in lane i.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn from_lanes(words: &[[u8; 4]; 16]) -> Self {
        let block = words.as_flattened().first_chunk();
        block.map_or(Self::splat(0), |block| Self::from_block(block))
    }

    /// `self` in the lanes of a 0, `other` in those of a 1.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn blend(self, mask: u16, other: Self) -> Self {
        Self(_mm512_mask_blend_epi32(mask, self.0, other.0))
    }

    /// Lanes 0 to 7, each as four bytes, little-endian.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn to_half_block(self) -> [u8; 32] {
        let half = _mm512_castsi512_si256(self.0);
        let pairs = [
            _mm256_extract_epi64::<0>(half),
            _mm256_extract_epi64::<1>(half),
            _mm256_extract_epi64::<2>(half),
            _mm256_extract_epi64::<3>(half),
        ];
        let mut bytes = [0; 32];
        let (chunks, _) = bytes.as_chunks_mut::<8>();
        for (chunk, pair) in chunks.iter_mut().zip(pairs) {
            *chunk = pair.to_le_bytes();
        }
        bytes
    }

    /// Word j of row i becomes word i of row j.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn transpose(rows: [Self; 16]) -> [Self; 16] {
        // Each by its name: closures would not have the processor features, and pass vectors through memory.
        let [Self(r0), Self(r1), Self(r2), Self(r3), others @ ..] = rows;
        let [Self(r4), Self(r5), Self(r6), Self(r7), others @ ..] = others;
        let [Self(r8), Self(r9), Self(r10), Self(r11), others @ ..] = others;
        let [Self(r12), Self(r13), Self(r14), Self(r15)] = others;
        // Within blocks of four words: column c of rows 4n to 4n + 3.
        let [a0, a1, a2, a3] = quarters(r0, r1, r2, r3);
        let [b0, b1, b2, b3] = quarters(r4, r5, r6, r7);
        let [c0, c1, c2, c3] = quarters(r8, r9, r10, r11);
        let [d0, d1, d2, d3] = quarters(r12, r13, r14, r15);
        // Then the blocks themselves.
        let [w0, w4, w8, w12] = blocks(a0, b0, c0, d0);
        let [w1, w5, w9, w13] = blocks(a1, b1, c1, d1);
        let [w2, w6, w10, w14] = blocks(a2, b2, c2, d2);
        let [w3, w7, w11, w15] = blocks(a3, b3, c3, d3);
        [
            Self(w0),
            Self(w1),
            Self(w2),
            Self(w3),
            Self(w4),
            Self(w5),
            Self(w6),
            Self(w7),
            Self(w8),
            Self(w9),
            Self(w10),
            Self(w11),
            Self(w12),
            Self(w13),
            Self(w14),
            Self(w15),
        ]
    }

    /// The sum.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn add(self, other: Self) -> Self {
        Self(_mm512_add_epi32(self.0, other.0))
    }

    /// The sum in the lanes of a 1, `self` in those of a 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn add_where(self, mask: u16, other: Self) -> Self {
        Self(_mm512_mask_add_epi32(self.0, mask, self.0, other.0))
    }

    /// a ⊕ b ⊕ c.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn xor3(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi32::<0x96>(self.0, b.0, c.0))
    }

    /// The bit of b where `self` has one, of c where not.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn choose(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi32::<0xca>(self.0, b.0, c.0))
    }

    /// What two of three have.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn majority(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi32::<0xe8>(self.0, b.0, c.0))
    }

    /// Towards the low bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn shift_right<const BITS: u32>(self) -> Self {
        Self(_mm512_srli_epi32::<BITS>(self.0))
    }

    /// Towards the low bits, and in again from above.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn rotate_right<const BITS: i32>(self) -> Self {
        Self(_mm512_ror_epi32::<BITS>(self.0))
    }

    /// Big-endian words for little-endian ones, and back.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn swap_bytes(self) -> Self {
        let order = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
        Self(_mm512_shuffle_epi8(self.0, order))
    }
}

/// Of four rows, in each of their blocks of four words: the first word of all, the second, the third, the
/// fourth.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn quarters(r0: __m512i, r1: __m512i, r2: __m512i, r3: __m512i) -> [__m512i; 4] {
    let (a, b) = (_mm512_unpacklo_epi32(r0, r1), _mm512_unpacklo_epi32(r2, r3));
    let (c, d) = (_mm512_unpackhi_epi32(r0, r1), _mm512_unpackhi_epi32(r2, r3));
    [
        _mm512_unpacklo_epi64(a, b),
        _mm512_unpackhi_epi64(a, b),
        _mm512_unpacklo_epi64(c, d),
        _mm512_unpackhi_epi64(c, d),
    ]
}

/// Block j of row i becomes block i of row j.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn blocks(r0: __m512i, r1: __m512i, r2: __m512i, r3: __m512i) -> [__m512i; 4] {
    let (a, b) = (even(r0, r1), even(r2, r3));
    let (c, d) = (odd(r0, r1), odd(r2, r3));
    [even(a, b), even(c, d), odd(a, b), odd(c, d)]
}

/// The even blocks of both.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn even(x: __m512i, y: __m512i) -> __m512i {
    _mm512_shuffle_i32x4::<0x88>(x, y)
}

/// The odd blocks of both.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn odd(x: __m512i, y: __m512i) -> __m512i {
    _mm512_shuffle_i32x4::<0xdd>(x, y)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::{prelude::*, test_runner::TestRunner};

    use super::{
        super::{Ifma, plain},
        Narrow,
    };

    /// What each operation gives, here and in [`plain`], lanes 0 to 7.
    type Results = Vec<(&'static str, [u8; 32], [u8; 32])>;

    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    fn operations((blocks, mask): (&[[u8; 64]; 16], u16)) -> Results {
        let rows = blocks.map(|block| Narrow::from_block(&block));
        let plain_rows = blocks.map(|block| plain::Narrow::from_block(&block));
        let ([a, b, c, ..], [x, y, z, ..]) = (rows, plain_rows);
        let word = u32::from(mask).wrapping_mul(0x0101_0101);
        let mut results = Results::new();
        let mut compare = |name, found: Narrow, expected: plain::Narrow| {
            results.push((name, found.to_half_block(), expected.to_half_block()));
        };
        compare("from_block", a, x);
        let lanes = |bytes: &[u8; 64]| *bytes.as_chunks::<4>().0.first_chunk::<16>().unwrap();
        let first = lanes(&blocks[0]);
        compare(
            "from_lanes",
            Narrow::from_lanes(&first),
            plain::Narrow::from_lanes(&first),
        );
        compare("blend", a.blend(mask, b), x.blend(mask, y));
        compare("splat", Narrow::splat(word), plain::Narrow::splat(word));
        compare("add", a.add(b), x.add(y));
        compare("add_where", a.add_where(mask, b), x.add_where(mask, y));
        compare("xor3", a.xor3(b, c), x.xor3(y, z));
        compare("choose", a.choose(b, c), x.choose(y, z));
        compare("majority", a.majority(b, c), x.majority(y, z));
        compare("right", a.shift_right::<10>(), x.shift_right::<10>());
        compare("rotate", a.rotate_right::<25>(), x.rotate_right::<25>());
        compare("swap_bytes", a.swap_bytes(), x.swap_bytes());
        // Twice, so that all words of all rows come to lie in lanes 0 to 7.
        let columns = plain::Narrow::transpose(plain_rows);
        let found = Narrow::transpose(rows);
        for (found, expected) in found.into_iter().zip(columns) {
            compare("transpose", found, expected);
        }
        let turned = |mut rows: [Narrow; 16]| {
            rows.rotate_left(8);
            rows
        };
        let found = Narrow::transpose(turned(rows));
        let mut plain_turned = plain_rows;
        plain_turned.rotate_left(8);
        for (found, expected) in found
            .into_iter()
            .zip(plain::Narrow::transpose(plain_turned))
        {
            compare("transpose, the other half", found, expected);
        }
        results
    }

    #[test]
    fn every_operation_gives_what_it_gives_in_plain_rust() {
        let Some(ifma) = Ifma::detect() else {
            std::println!("not run: this processor has no AVX-512 IFMA");
            return;
        };
        let block = proptest::collection::vec(any::<u8>(), 64 * 16);
        TestRunner::new(ProptestConfig::with_cases(500))
            .run(&(block, any::<u16>()), |(bytes, mask)| {
                let (blocks, _) = bytes.as_chunks::<64>();
                let mut all = [[0; 64]; 16];
                all.copy_from_slice(blocks);
                for (name, found, expected) in ifma.run(operations, (&all, mask)) {
                    prop_assert_eq!(found, expected, "{}", name);
                }
                Ok(())
            })
            .unwrap();
    }
}
