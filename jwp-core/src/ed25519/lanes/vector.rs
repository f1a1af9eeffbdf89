//! Eight lanes of 64 bits: in, out, and turned on their side.

use core::arch::x86_64::{
    __m128i, __m512i, _mm_extract_epi64, _mm512_extracti32x4_epi32, _mm512_set1_epi64,
    _mm512_setr_epi64, _mm512_shuffle_i64x2, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

/// One word in every lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
pub(super) fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

/// Word i in lane i. From an array in memory this becomes one load.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
pub(super) fn from_words(words: [u64; 8]) -> __m512i {
    let [a, b, c, d, e, f, g, h] = words.map(u64::cast_signed);
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

/// Lane i as word i. Into an array in memory this becomes one store.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
pub(super) fn to_words(lanes: __m512i) -> [u64; 8] {
    let [a, b] = pair(_mm512_extracti32x4_epi32::<0>(lanes));
    let [c, d] = pair(_mm512_extracti32x4_epi32::<1>(lanes));
    let [e, f] = pair(_mm512_extracti32x4_epi32::<2>(lanes));
    let [g, h] = pair(_mm512_extracti32x4_epi32::<3>(lanes));
    [a, b, c, d, e, f, g, h]
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
fn pair(lanes: __m128i) -> [u64; 2] {
    [_mm_extract_epi64::<0>(lanes), _mm_extract_epi64::<1>(lanes)].map(i64::cast_unsigned)
}

/// Word j of row i becomes word i of row j.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")]
pub(super) fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
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
    [c0, c1, c2, c3, c4, c5, c6, c7]
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
