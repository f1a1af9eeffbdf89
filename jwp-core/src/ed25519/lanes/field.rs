//! Arithmetic modulo p = 2²⁵⁵ − 19 on eight numbers at once: five vectors, limb i of every lane in
//! vector i.
//!
//! IFMA multiplies the low 52 bits of each limb and **drops the rest**, so what is multiplied must be
//! *tight*, below 2⁵². A product whose carries are not yet taken is *loose*, below 2⁶¹. A *raised* product has
//! a multiple of p on top, so that each limb is 2⁶¹ or more: a loose number can be taken from it, limb by limb.
//! Sum and difference of a raised and a loose number stay below 2⁶³, and twice a raised one below 2⁶⁴.
//! [`Lanes::carry`] makes all of them tight.
//! Which of these a function takes and gives stands beside it.

use super::{
    super::field::{Field, MASK},
    Vector,
};

/// Eight numbers modulo p.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes(pub(super) [Vector; 5]);

impl Lanes {
    /// One small number in every lane. Tight.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn small(number: u64) -> Self {
        let zero = Vector::splat(0);
        Self([Vector::splat(number), zero, zero, zero, zero])
    }

    /// So many times p, each limb as many times that of p.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    fn of_p(times: u64) -> Self {
        let low = Vector::splat((MASK - 18).wrapping_mul(times));
        let rest = Vector::splat(MASK.wrapping_mul(times));
        Self([low, rest, rest, rest, rest])
    }

    /// One number in each lane. As tight as they are.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn gather(numbers: [Field; 8]) -> Self {
        let [l0, l1, l2, l3, l4] = [0, 1, 2, 3, 4]
            .map(|limb| numbers.map(|Field(limbs)| limbs.get(limb).copied().unwrap_or_default()));
        Self([
            Vector::from_words(l0),
            Vector::from_words(l1),
            Vector::from_words(l2),
            Vector::from_words(l3),
            Vector::from_words(l4),
        ])
    }

    /// The low 255 bits of the numbers that the words make, lowest first, as they are: p and above stay unreduced.
    /// Tight.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn from_words([w0, w1, w2, w3]: [Vector; 4]) -> Self {
        let limbs = [
            w0,
            w0.shift_right::<51>().add(w1.shift_left::<13>()),
            w1.shift_right::<38>().add(w2.shift_left::<26>()),
            w2.shift_right::<25>().add(w3.shift_left::<39>()),
            w3.shift_right::<12>(),
        ];
        Self(limbs.map(|limb| limb.and(Vector::splat(MASK))))
    }

    /// The number of the first lane.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn first(&self) -> Field {
        Field(self.0.map(|limb| {
            let [first, ..] = limb.to_words();
            first
        }))
    }

    /// The number of each lane.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn scatter(&self) -> [Field; 8] {
        let limbs = self.0.map(|limb| limb.to_words());
        core::array::from_fn(|lane| {
            Field(limbs.map(|words| words.get(lane).copied().unwrap_or_default()))
        })
    }

    /// The sum, limb by limb: of a raised and a loose number, or of a raised one and itself, at most.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn add(&self, other: &Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        Self([a0.add(b0), a1.add(b1), a2.add(b2), a3.add(b3), a4.add(b4)])
    }

    /// The difference, limb by limb: of a raised number and a loose one.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn sub(&self, other: &Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        Self([a0.sub(b0), a1.sub(b1), a2.sub(b2), a3.sub(b3), a4.sub(b4)])
    }

    /// −x in the lanes of a 1, as 2·p − x, and x in the others. From limbs below 2⁵¹, to tight.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn negate_where(&self, mask: u8) -> Self {
        let (low, rest) = (Vector::splat((MASK - 18) << 1), Vector::splat(MASK << 1));
        let [l0, l1, l2, l3, l4] = self.0;
        Self([
            l0.sub_from_where(mask, low),
            l1.sub_from_where(mask, rest),
            l2.sub_from_where(mask, rest),
            l3.sub_from_where(mask, rest),
            l4.sub_from_where(mask, rest),
        ])
    }

    /// Takes each limb's carry into the next, the top one's nineteenfold into the lowest. From any limbs, to tight: 51
    /// bits and a carry below 19·2¹³.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn carry(&self) -> Self {
        let mask = Vector::splat(MASK);
        let [l0, l1, l2, l3, l4] = self.0.map(|limb| limb.and(mask));
        let [c0, c1, c2, c3, c4] = self.0.map(|limb| limb.shift_right::<51>());
        Self([
            l0.add_low_product(c4, Vector::splat(19)),
            l1.add(c0),
            l2.add(c1),
            l3.add(c2),
            l4.add(c3),
        ])
    }

    /// A tight number with 38·53·p on top. Raised.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn raise(&self) -> Self {
        self.add(&Self::of_p(38 * 53))
    }

    /// The product of two tight numbers. Loose.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn mul_loose(&self, other: &Self) -> Self {
        self.mul_onto(other, &Self::small(0))
    }

    /// The product of two tight numbers. Raised: 38·53·p is on top, 2⁶¹ or more in each limb and below 2⁶².
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn mul_raised(&self, other: &Self) -> Self {
        self.mul_onto(other, &Self::of_p(53))
    }

    /// The product of two tight numbers, and the 38-fold of `start`. Loose where that is 0.
    ///
    /// Column k collects what has the weight 2^(51·k). The high half of a product of limbs i and j has the
    /// weight 2^(51·(i+j) + 52), twice that of column i+j+1; the upper five columns u come back nineteenfold,
    /// because 2²⁵⁵ ≡ 19. So limb k is u + 2·(9·u + high) + low, in the order that takes the fewest
    /// instructions: a product is added to what is there at no cost, and so `start` costs nothing where
    /// the first is added. A column holds at most five low halves and twice five high ones, 15·2⁵² < 2⁵⁶, and
    /// 20·2⁵⁶ < 2⁶¹.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "loop counters, each below the length of its array"
    )]
    fn mul_onto(&self, other: &Self, start: &Self) -> Self {
        let (Self(a), Self(b)) = (self, other);
        let mut high = start.0;
        for i in 0..5 {
            for j in 4 - i..5 {
                high[i + j - 4] = high[i + j - 4].add_high_product(a[i], b[j]);
            }
        }
        let mut upper = high.map(|high| high.add(high));
        for i in 1..5 {
            for j in 5 - i..5 {
                upper[i + j - 5] = upper[i + j - 5].add_low_product(a[i], b[j]);
            }
        }
        let mut high = upper.map(|upper| upper.add(upper.shift_left::<3>()));
        for i in 0..4 {
            for j in 0..4 - i {
                high[i + j + 1] = high[i + j + 1].add_high_product(a[i], b[j]);
            }
        }
        let mut out = upper;
        for k in 0..5 {
            out[k] = out[k].add(high[k].add(high[k]));
        }
        for i in 0..5 {
            for j in 0..5 - i {
                out[i + j] = out[i + j].add_low_product(a[i], b[j]);
            }
        }
        Self(out)
    }

    /// The square of a tight number. Loose.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn square_loose(&self) -> Self {
        self.square_onto(&Self::small(0))
    }

    /// The square of a tight number. Raised, as a product is.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn square_raised(&self) -> Self {
        self.square_onto(&Self::of_p(53))
    }

    /// The square of a tight number, and the 38-fold of `start`. Loose where that is 0.
    ///
    /// As [`Lanes::mul_onto`], but for the products of two different limbs, each of which is computed once: they are
    /// added before what is there is doubled, and the squares of limbs behind. In the form of
    /// `39cb829`, which has fewer instructions, a chain takes longer on an AMD EPYC (Zen 4).
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "loop counters, each below the length of its array"
    )]
    fn square_onto(&self, start: &Self) -> Self {
        let Self(a) = self;
        let zero = Vector::splat(0);
        let twice = |limb: Vector| limb.add(limb);
        let mut high = [zero; 5];
        for i in 0..5 {
            for j in (i + 1).max(4 - i)..5 {
                high[i + j - 4] = high[i + j - 4].add_high_product(a[i], a[j]);
            }
        }
        let mut high = Self(high.map(twice)).add(start).0;
        for i in 2..5 {
            high[2 * i - 4] = high[2 * i - 4].add_high_product(a[i], a[i]);
        }
        let mut different = high;
        for i in 1..5 {
            for j in (i + 1).max(5 - i)..5 {
                different[i + j - 5] = different[i + j - 5].add_low_product(a[i], a[j]);
            }
        }
        let mut upper = different.map(twice);
        for i in 3..5 {
            upper[2 * i - 5] = upper[2 * i - 5].add_low_product(a[i], a[i]);
        }
        let mut high = [zero; 5];
        for i in 0..4 {
            for j in i + 1..4 - i {
                high[i + j + 1] = high[i + j + 1].add_high_product(a[i], a[j]);
            }
        }
        let mut high = high.map(twice);
        for i in 0..2 {
            high[2 * i + 1] = high[2 * i + 1].add_high_product(a[i], a[i]);
        }
        let mut low = [zero; 5];
        for i in 0..5 {
            for j in i + 1..5 - i {
                low[i + j] = low[i + j].add_low_product(a[i], a[j]);
            }
        }
        let mut out = [zero; 5];
        for k in 0..5 {
            let nine = upper[k].add(upper[k].shift_left::<3>());
            out[k] = upper[k].add(twice(nine.add(high[k]).add(low[k])));
        }
        for i in 0..3 {
            out[2 * i] = out[2 * i].add_low_product(a[i], a[i]);
        }
        Self(out)
    }

    /// The product of two tight numbers. Tight.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn mul(&self, other: &Self) -> Self {
        self.mul_loose(other).carry()
    }

    /// 1/x of eight numbers of which none is 0, through one inversion of their product outside of the lanes. Tight
    /// in and out.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn invert(&self) -> Self {
        let mut numbers = self.scatter();
        Field::invert_each(&mut numbers, &mut [Field::ONE; 8]);
        Self::gather(numbers)
    }

    /// The same numbers with limbs of 51 bits and below p. From any limbs.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn freeze(&self) -> Self {
        // Behind the second carry a number is below 2²⁵⁵ + 19: less than p, or less than p above it.
        let Self([a0, a1, a2, a3, a4]) = self.carry().carry();
        // q is 1 exactly where the number is p or more: then 19 carries through all 255 bits.
        let over = |limb: Vector, q| limb.add(q).shift_right::<51>();
        let q = over(
            a4,
            over(a3, over(a2, over(a1, over(a0, Vector::splat(19))))),
        );
        let mask = Vector::splat(MASK);
        let a0 = a0.add_low_product(q, Vector::splat(19));
        let a1 = a1.add(a0.shift_right::<51>());
        let a2 = a2.add(a1.shift_right::<51>());
        let a3 = a3.add(a2.shift_right::<51>());
        let a4 = a4.add(a3.shift_right::<51>());
        Self([a0, a1, a2, a3, a4].map(|limb| limb.and(mask)))
    }

    /// In which lanes all limbs are the same.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn same_limbs(&self, other: &Self) -> u8 {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        a0.equal(b0) & a1.equal(b1) & a2.equal(b2) & a3.equal(b3) & a4.equal(b4)
    }

    /// In which lanes a frozen number is odd.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn odd(&self) -> u8 {
        let [low, ..] = self.0;
        low.test(Vector::splat(1))
    }

    /// `self` in the lanes of a 0, `other` in those of a 1.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn blend(&self, mask: u8, other: &Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        Self([
            a0.blend(mask, b0),
            a1.blend(mask, b1),
            a2.blend(mask, b2),
            a3.blend(mask, b3),
            a4.blend(mask, b4),
        ])
    }
}
