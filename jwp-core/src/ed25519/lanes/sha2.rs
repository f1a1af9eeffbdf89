//! What SHA-256 and SHA-512 have in common: one block of each lane (FIPS 180-4 §6.2.2 and §6.4.2).

/// `compress` over lanes of one type. Rotations, and at the end of the small ones a shift, are those of FIPS 180-4
/// §4.1.2 and §4.1.3: Σ0, Σ1, σ0, σ1.
macro_rules! compression {
    (
        $lanes:ident, $word:ty, $mask:ty, $constants:ident,
        [$a0:literal, $a1:literal, $a2:literal], [$e0:literal, $e1:literal, $e2:literal],
        [$x0:literal, $x1:literal, $x2:literal], [$y0:literal, $y1:literal, $y2:literal]
    ) => {
        compression!(
            $lanes, $word, $mask, $constants,
            [$a0, $a1, $a2], [$e0, $e1, $e2], [$x0, $x1, $x2], [$y0, $y1, $y2];
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
        );
    };
    (
        $lanes:ident, $word:ty, $mask:ty, $constants:ident,
        [$a0:literal, $a1:literal, $a2:literal], [$e0:literal, $e1:literal, $e2:literal],
        [$x0:literal, $x1:literal, $x2:literal], [$y0:literal, $y1:literal, $y2:literal];
        $($i:literal)*
    ) => {
        /// One block of each lane; lanes that are not `active` keep their state.
        #[cfg_attr(
            not(plain_lanes),
            target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
        )]
        fn compress(state: &[$lanes; 8], mut w: [$lanes; 16], active: $mask) -> [$lanes; 8] {
            let mut s = *state;
            // Sixteen rounds at a time, each by its number: so state and schedule stay in registers. In a loop over all
            // rounds the schedule would lie in memory, and the state be moved on in every round.
            let ([first, others @ ..], _) = $constants.as_chunks::<16>() else {
                return s;
            };
            $(s = round(s, w[$i], first[$i]);)*
            for constants in others {
                $(
                    schedule::<$i>(&mut w);
                    s = round(s, w[$i], constants[$i]);
                )*
            }
            let [s0, s1, s2, s3, s4, s5, s6, s7] = *state;
            let [a, b, c, d, e, f, g, h] = s;
            [
                s0.add_where(active, a),
                s1.add_where(active, b),
                s2.add_where(active, c),
                s3.add_where(active, d),
                s4.add_where(active, e),
                s5.add_where(active, f),
                s6.add_where(active, g),
                s7.add_where(active, h),
            ]
        }

        /// The next word of the message schedule, in the place of word I, which it is sixteen words behind.
        #[inline]
        #[cfg_attr(
            not(plain_lanes),
            target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
        )]
        #[expect(
            clippy::indexing_slicing,
            clippy::arithmetic_side_effects,
            reason = "places that are known here, taken modulo the length of the array"
        )]
        fn schedule<const I: usize>(w: &mut [$lanes; 16]) {
            let (x, y) = (w[(I + 1) & 15], w[(I + 14) & 15]);
            let s0 = x
                .rotate_right::<$x0>()
                .xor3(x.rotate_right::<$x1>(), x.shift_right::<$x2>());
            let s1 = y
                .rotate_right::<$y0>()
                .xor3(y.rotate_right::<$y1>(), y.shift_right::<$y2>());
            w[I] = w[I].add(s0).add(w[(I + 9) & 15].add(s1));
        }

        /// One round.
        #[inline]
        #[cfg_attr(
            not(plain_lanes),
            target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
        )]
        fn round(state: [$lanes; 8], word: $lanes, constant: $word) -> [$lanes; 8] {
            let [a, b, c, d, e, f, g, h] = state;
            let s1 = e
                .rotate_right::<$e0>()
                .xor3(e.rotate_right::<$e1>(), e.rotate_right::<$e2>());
            let choice = e.choose(f, g);
            let constant = $lanes::splat(constant);
            let t1 = h.add(constant).add(word).add(s1.add(choice));
            let s0 = a
                .rotate_right::<$a0>()
                .xor3(a.rotate_right::<$a1>(), a.rotate_right::<$a2>());
            let majority = a.majority(b, c);
            [t1.add(s0.add(majority)), a, b, c, d.add(t1), e, f, g]
        }
    };
}
pub(super) use compression;
