//! Eight lanes of 64 bits, as AVX-512 has them: with `narrow`, the files that name instructions.

use core::arch::x86_64::{
    __m128i, __m512i, _mm_extract_epi64, _mm256_setr_epi64x, _mm512_add_epi64, _mm512_and_si512,
    _mm512_castsi256_si512, _mm512_cmpeq_epi64_mask, _mm512_cmplt_epu64_mask,
    _mm512_extracti32x4_epi32, _mm512_inserti64x4, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_add_epi64, _mm512_mask_blend_epi64, _mm512_mask_sub_epi64,
    _mm512_permutexvar_epi64, _mm512_ror_epi64, _mm512_set1_epi64, _mm512_shuffle_epi8,
    _mm512_shuffle_i64x2, _mm512_slli_epi64, _mm512_sllv_epi64, _mm512_srli_epi64,
    _mm512_srlv_epi64, _mm512_sub_epi64, _mm512_ternarylogic_epi64, _mm512_test_epi64_mask,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

/// Eight words. Sums and products are taken modulo 2⁶⁴; bit i of a mask is for lane i.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vector(__m512i);

impl Vector {
    /// One word in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn splat(word: u64) -> Self {
        Self(_mm512_set1_epi64(word.cast_signed()))
    }

    /// Word i in lane i. From an array in memory this becomes one load: halves, because rustc 1.95 makes four
    /// of eight words set at once.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn from_words(words: [u64; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = words.map(u64::cast_signed);
        let low = _mm512_castsi256_si512(_mm256_setr_epi64x(a, b, c, d));
        Self(_mm512_inserti64x4::<1>(low, _mm256_setr_epi64x(e, f, g, h)))
    }

    /// Lane i as word i. Into an array in memory this becomes one store.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn to_words(self) -> [u64; 8] {
        let [a, b] = pair(_mm512_extracti32x4_epi32::<0>(self.0));
        let [c, d] = pair(_mm512_extracti32x4_epi32::<1>(self.0));
        let [e, f] = pair(_mm512_extracti32x4_epi32::<2>(self.0));
        let [g, h] = pair(_mm512_extracti32x4_epi32::<3>(self.0));
        [a, b, c, d, e, f, g, h]
    }

    /// Word j of row i becomes word i of row j.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn transpose(rows: [Self; 8]) -> [Self; 8] {
        let [r0, r1, r2, r3, r4, r5, r6, r7] = rows.map(|Self(row)| row);
        // Pairs of rows: their even words, their odd words.
        let (a0, a1) = (_mm512_unpacklo_epi64(r0, r1), _mm512_unpackhi_epi64(r0, r1));
        let (a2, a3) = (_mm512_unpacklo_epi64(r2, r3), _mm512_unpackhi_epi64(r2, r3));
        let (a4, a5) = (_mm512_unpacklo_epi64(r4, r5), _mm512_unpackhi_epi64(r4, r5));
        let (a6, a7) = (_mm512_unpacklo_epi64(r6, r7), _mm512_unpackhi_epi64(r6, r7));
        // Then blocks of two words.
        let (b0, b1) = halves(a0, a2);
        let (b2, b3) = halves(a1, a3);
        let (b4, b5) = halves(a4, a6);
        let (b6, b7) = halves(a5, a7);
        let (c0, c4) = halves(b0, b4);
        let (c1, c5) = halves(b2, b6);
        let (c2, c6) = halves(b1, b5);
        let (c3, c7) = halves(b3, b7);
        [c0, c1, c2, c3, c4, c5, c6, c7].map(Self)
    }

    /// Lane i is the one that word i of `order` names, by its lowest three bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn permute(self, order: Self) -> Self {
        Self(_mm512_permutexvar_epi64(order.0, self.0))
    }

    /// The sum.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn add(self, other: Self) -> Self {
        Self(_mm512_add_epi64(self.0, other.0))
    }

    /// The sum in the lanes of a 1, `self` in those of a 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn add_where(self, mask: u8, other: Self) -> Self {
        Self(_mm512_mask_add_epi64(self.0, mask, self.0, other.0))
    }

    /// `other` less `self` in the lanes of a 1, `self` in those of a 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn sub_from_where(self, mask: u8, other: Self) -> Self {
        Self(_mm512_mask_sub_epi64(self.0, mask, other.0, self.0))
    }

    /// The difference.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn sub(self, other: Self) -> Self {
        Self(_mm512_sub_epi64(self.0, other.0))
    }

    /// `self` and the low 52 bits of a·b, whose factors have 52 bits: what they have above is dropped.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn add_low_product(self, a: Self, b: Self) -> Self {
        Self(_mm512_madd52lo_epu64(self.0, a.0, b.0))
    }

    /// `self` and the high 52 bits of the same a·b.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn add_high_product(self, a: Self, b: Self) -> Self {
        Self(_mm512_madd52hi_epu64(self.0, a.0, b.0))
    }

    /// The bits that both have.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn and(self, other: Self) -> Self {
        Self(_mm512_and_si512(self.0, other.0))
    }

    /// a ⊕ b ⊕ c.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn xor3(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi64::<0x96>(self.0, b.0, c.0))
    }

    /// The bit of b where `self` has one, of c where not.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn choose(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi64::<0xca>(self.0, b.0, c.0))
    }

    /// What two of three have.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn majority(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi64::<0xe8>(self.0, b.0, c.0))
    }

    /// Towards the high bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn shift_left<const BITS: u32>(self) -> Self {
        Self(_mm512_slli_epi64::<BITS>(self.0))
    }

    /// Towards the low bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn shift_right<const BITS: u32>(self) -> Self {
        Self(_mm512_srli_epi64::<BITS>(self.0))
    }

    /// Towards the high bits, by fewer than 64, or to 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn shift_left_by(self, bits: u64) -> Self {
        Self(_mm512_sllv_epi64(self.0, Self::splat(bits).0))
    }

    /// Towards the low bits, by fewer than 64, or to 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn shift_right_by(self, bits: u64) -> Self {
        Self(_mm512_srlv_epi64(self.0, Self::splat(bits).0))
    }

    /// Towards the low bits, and in again from above.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn rotate_right<const BITS: i32>(self) -> Self {
        Self(_mm512_ror_epi64::<BITS>(self.0))
    }

    /// Big-endian words for little-endian ones, and back.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn swap_bytes(self) -> Self {
        const FIRST: u64 = 0x0001_0203_0405_0607;
        const SECOND: u64 = 0x0809_0a0b_0c0d_0e0f;
        let order = Self::from_words([FIRST, SECOND, FIRST, SECOND, FIRST, SECOND, FIRST, SECOND]);
        Self(_mm512_shuffle_epi8(self.0, order.0))
    }

    /// `self` in the lanes of a 0, `other` in those of a 1.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn blend(self, mask: u8, other: Self) -> Self {
        Self(_mm512_mask_blend_epi64(mask, self.0, other.0))
    }

    /// In which lanes both are the same.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn equal(self, other: Self) -> u8 {
        _mm512_cmpeq_epi64_mask(self.0, other.0)
    }

    /// In which lanes `self` is less.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn below(self, other: Self) -> u8 {
        _mm512_cmplt_epu64_mask(self.0, other.0)
    }

    /// In which lanes both have a bit in common.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    pub(super) fn test(self, other: Self) -> u8 {
        _mm512_test_epi64_mask(self.0, other.0)
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn pair(lanes: __m128i) -> [u64; 2] {
    [_mm_extract_epi64::<0>(lanes), _mm_extract_epi64::<1>(lanes)].map(i64::cast_unsigned)
}

/// The even blocks of both, and the odd ones.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn halves(x: __m512i, y: __m512i) -> (__m512i, __m512i) {
    (
        _mm512_shuffle_i64x2::<0x88>(x, y),
        _mm512_shuffle_i64x2::<0xdd>(x, y),
    )
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::{prelude::*, test_runner::TestRunner};

    use super::{
        super::{Ifma, plain},
        Vector,
    };

    /// What each operation gives, here and in [`plain`].
    type Results = Vec<(&'static str, [u64; 8], [u64; 8])>;

    #[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
    fn operations((words, mask): ([[u64; 8]; 8], u8)) -> Results {
        let rows = words.map(|row| Vector::from_words(row));
        let plain_rows = words.map(plain::Vector::from_words);
        let ([a, b, c, ..], [x, y, z, ..]) = (rows, plain_rows);
        let word = words[0][0];
        let lanes = |bits: u8| [u64::from(bits), 0, 0, 0, 0, 0, 0, 0];
        let mut results = alloc::vec![
            ("equal", lanes(a.equal(b)), lanes(x.equal(y))),
            ("test", lanes(a.test(b)), lanes(x.test(y))),
            ("below", lanes(a.below(b)), lanes(x.below(y))),
        ];
        let mut compare = |name, found: Vector, expected: plain::Vector| {
            results.push((name, found.to_words(), expected.to_words()));
        };
        compare("from_words", a, x);
        compare("splat", Vector::splat(word), plain::Vector::splat(word));
        compare("permute", a.permute(b), x.permute(y));
        compare("add", a.add(b), x.add(y));
        compare("add_where", a.add_where(mask, b), x.add_where(mask, y));
        compare("sub", a.sub(b), x.sub(y));
        compare(
            "sub_from_where",
            a.sub_from_where(mask, b),
            x.sub_from_where(mask, y),
        );
        compare("low", a.add_low_product(b, c), x.add_low_product(y, z));
        compare("high", a.add_high_product(b, c), x.add_high_product(y, z));
        compare("and", a.and(b), x.and(y));
        compare("xor3", a.xor3(b, c), x.xor3(y, z));
        compare("choose", a.choose(b, c), x.choose(y, z));
        compare("majority", a.majority(b, c), x.majority(y, z));
        compare("left", a.shift_left::<4>(), x.shift_left::<4>());
        compare("right", a.shift_right::<51>(), x.shift_right::<51>());
        for bits in [0, 1, 63, 64, 70] {
            compare("left by", a.shift_left_by(bits), x.shift_left_by(bits));
            compare("right by", a.shift_right_by(bits), x.shift_right_by(bits));
        }
        compare("rotate", a.rotate_right::<41>(), x.rotate_right::<41>());
        compare("swap_bytes", a.swap_bytes(), x.swap_bytes());
        compare("blend", a.blend(mask, b), x.blend(mask, y));
        let columns = plain::Vector::transpose(plain_rows);
        for (found, expected) in Vector::transpose(rows).into_iter().zip(columns) {
            compare("transpose", found, expected);
        }
        results
    }

    #[test]
    fn every_operation_gives_what_it_gives_in_plain_rust() {
        let Some(ifma) = Ifma::detect() else {
            std::println!("not run: this processor has no AVX-512 IFMA");
            return;
        };
        // Words that are the same in both are few among any; those near both ends are not.
        let word = prop_oneof![any::<u64>(), 0..4_u64, (0..4_u64).prop_map(|below| !below)];
        let row = || proptest::array::uniform8(word.clone());
        let strategy = (proptest::array::uniform8(row()), any::<u8>());
        TestRunner::new(ProptestConfig::with_cases(2000))
            .run(&strategy, |operands| {
                for (name, found, expected) in ifma.run(operations, operands) {
                    prop_assert_eq!(found, expected, "{}", name);
                }
                Ok(())
            })
            .unwrap();
    }
}
