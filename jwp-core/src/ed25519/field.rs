//! Arithmetic modulo p = 2²⁵⁵ − 19 in five limbs of 51 bits, for any machine with a 64-bit multiplier.
//!
//! Limbs are *tight* below 2⁵² and *loose* below 2⁵⁴. Every function says which it takes and gives;
//! with these bounds no sum below can leave its integer, so the wrapping operations never wrap.
//! Nothing here is secret and nothing runs in constant time.

use super::inverse;

/// The low 51 bits.
pub(super) const MASK: u64 = (1 << 51) - 1;

/// A number modulo p: the sum of limb i times 2^(51·i). Several limb patterns stand for one number;
/// [`Field::freeze`] gives the one below p.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field(pub(super) [u64; 5]);

/// d of the curve −x² + y² = 1 + d·x²·y²: −121665/121666 (RFC 8032 §5.1).
const D: Field = Field([
    0x0003_4dca_1359_78a3,
    0x0001_a828_3b15_6ebd,
    0x0005_e7a2_6001_c029,
    0x0007_39c6_63a0_3cbb,
    0x0005_2036_cee2_b6ff,
]);
/// 2·d.
pub(super) const D2: Field = Field([
    0x0006_9b94_26b2_f159,
    0x0003_5050_762a_dd7a,
    0x0003_cf44_c003_8052,
    0x0006_738c_c740_7977,
    0x0002_406d_9dc5_6dff,
]);
/// 1/2: (p + 1)/2, which is 2²⁵⁴ − 9.
#[cfg(any(target_arch = "x86_64", plain_lanes))]
pub(super) const HALF: Field = Field([MASK - 8, MASK, MASK, MASK, MASK >> 1]);
/// A square root of −1: 2^((p−1)/4).
const SQRT_M1: Field = Field([
    0x0006_1b27_4a0e_a0b0,
    0x0000_d5a5_fc8f_189d,
    0x0007_ef5e_9cbd_0c60,
    0x0007_8595_a680_4c9e,
    0x0002_b832_4804_fc1d,
]);

/// The words of a number, lowest first.
#[inline]
pub(super) fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let (chunks, _) = bytes.as_chunks::<8>();
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}

impl Field {
    pub(super) const ZERO: Self = Self([0; 5]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0, 0]);

    /// The low 255 bits, little-endian, as they are: p and above stay unreduced. Tight.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let [a, b, c, d] = words(bytes);
        Self([
            a & MASK,
            (a >> 51 | b << 13) & MASK,
            (b >> 38 | c << 26) & MASK,
            (c >> 25 | d << 39) & MASK,
            d >> 12 & MASK,
        ])
    }

    /// The sum of two tight numbers. Loose.
    #[inline]
    pub(super) fn add(&self, other: &Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        Self([
            a0.wrapping_add(b0),
            a1.wrapping_add(b1),
            a2.wrapping_add(b2),
            a3.wrapping_add(b3),
            a4.wrapping_add(b4),
        ])
    }

    /// The difference of two tight numbers. Loose: 4·p is added so that no limb goes below zero.
    #[inline]
    pub(super) fn sub(&self, other: &Self) -> Self {
        const P4: [u64; 5] = [(MASK - 18) << 2, MASK << 2, MASK << 2, MASK << 2, MASK << 2];
        let Self([a0, a1, a2, a3, a4]) = self.add(&Self(P4));
        let [b0, b1, b2, b3, b4] = other.0;
        Self([
            a0.wrapping_sub(b0),
            a1.wrapping_sub(b1),
            a2.wrapping_sub(b2),
            a3.wrapping_sub(b3),
            a4.wrapping_sub(b4),
        ])
    }

    /// The same number. Loose in, tight out.
    #[inline]
    pub(super) fn carry(&self) -> Self {
        Self(carry(self.0))
    }

    /// The product of two loose numbers. Tight.
    ///
    /// Each column is at most 5 · 19 · 2¹⁰⁸ < 2¹¹⁵. What leaves the top column, below 2⁶⁰, comes back
    /// at the bottom nineteenfold, because 2²⁵⁵ ≡ 19.
    #[inline]
    pub(super) fn mul(&self, other: &Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        let fold = |limb: u64| limb.wrapping_mul(19);
        let (b1f, b2f, b3f, b4f) = (fold(b1), fold(b2), fold(b3), fold(b4));
        reduce([
            column([(a0, b0), (a4, b1f), (a3, b2f), (a2, b3f), (a1, b4f)]),
            column([(a1, b0), (a0, b1), (a4, b2f), (a3, b3f), (a2, b4f)]),
            column([(a2, b0), (a1, b1), (a0, b2), (a4, b3f), (a3, b4f)]),
            column([(a3, b0), (a2, b1), (a1, b2), (a0, b3), (a4, b4f)]),
            column([(a4, b0), (a3, b1), (a2, b2), (a1, b3), (a0, b4)]),
        ])
    }

    /// The square, `times` times over, of a loose number. Tight for `times` > 0.
    pub(super) fn square(&self, times: u32) -> Self {
        let mut out = *self;
        for _ in 0..times {
            out = out.square_once();
        }
        out
    }

    /// [`Field::mul`] with itself: each product of two different limbs is computed once and counted twice.
    #[inline]
    pub(super) fn square_once(&self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let twice = |limb: u64| limb.wrapping_mul(2);
        let fold = |limb: u64| limb.wrapping_mul(19);
        let (a0d, a1d, a2d) = (twice(a0), twice(a1), twice(a2));
        let (a3f, a4f) = (fold(a3), fold(a4));
        reduce([
            column([(a0, a0), (a1d, a4f), (a2d, a3f)]),
            column([(a0d, a1), (a2d, a4f), (a3, a3f)]),
            column([(a0d, a2), (a1, a1), (twice(a3), a4f)]),
            column([(a0d, a3), (a1d, a2), (a4, a4f)]),
            column([(a0d, a4), (a1d, a3), (a2, a2)]),
        ])
    }

    /// (x^(2²⁵⁰ − 1), x¹¹), the common part of the two exponents below.
    fn power_chain(&self) -> (Self, Self) {
        let x2 = self.square(1);
        let x9 = self.mul(&x2.square(2));
        let x11 = x2.mul(&x9);
        // ones(n) is x^(2ⁿ − 1).
        let ones5 = x9.mul(&x11.square(1));
        let ones10 = ones5.square(5).mul(&ones5);
        let ones20 = ones10.square(10).mul(&ones10);
        let ones40 = ones20.square(20).mul(&ones20);
        let ones50 = ones40.square(10).mul(&ones10);
        let ones100 = ones50.square(50).mul(&ones50);
        let ones200 = ones100.square(100).mul(&ones100);
        (ones200.square(50).mul(&ones50), x11)
    }

    /// 1/x; 0 for 0. Loose in, tight out.
    pub(super) fn invert(&self) -> Self {
        Self(inverse::invert(self.freeze().0))
    }

    /// The inverse of each, by one inversion (Montgomery's trick): that of the product of all, taken apart from
    /// behind. None may be 0. `before` is scratch space, as long as `numbers`.
    pub(super) fn invert_each(numbers: &mut [Self], before: &mut [Self]) {
        let mut product = Self::ONE;
        for (before, number) in before.iter_mut().zip(&*numbers) {
            *before = product;
            product = product.mul(number);
        }
        let mut inverse = product.invert();
        for (number, before) in numbers.iter_mut().zip(before).rev() {
            let of_this = inverse.mul(before);
            inverse = inverse.mul(number);
            *number = of_this;
        }
    }

    /// 1/x, as x^(p−2) = x^(2²⁵⁵ − 21): what [`Field::invert`] must equal.
    #[cfg(test)]
    pub(super) fn invert_by_power(&self) -> Self {
        let (ones250, x11) = self.power_chain();
        ones250.square(5).mul(&x11)
    }

    /// x^((p−5)/8) = x^(2²⁵² − 3). Loose in, tight out.
    fn power_p58(&self) -> Self {
        self.power_chain().0.square(2).mul(self)
    }

    /// The same number with limbs of 51 bits and below p. Loose in.
    pub(super) fn freeze(&self) -> Self {
        let [a0, a1, a2, a3, a4] = carry(carry(self.0));
        // q is 1 exactly where the number is p or more: then 19 carries through all 255 bits.
        let q = a0.wrapping_add(19) >> 51;
        let q = a1.wrapping_add(q) >> 51;
        let q = a2.wrapping_add(q) >> 51;
        let q = a3.wrapping_add(q) >> 51;
        let q = a4.wrapping_add(q) >> 51;
        let a0 = a0.wrapping_add(q.wrapping_mul(19));
        let a1 = a1.wrapping_add(a0 >> 51);
        let a2 = a2.wrapping_add(a1 >> 51);
        let a3 = a3.wrapping_add(a2 >> 51);
        let a4 = a4.wrapping_add(a3 >> 51);
        Self([a0 & MASK, a1 & MASK, a2 & MASK, a3 & MASK, a4 & MASK])
    }

    /// Whether two loose numbers are the same modulo p.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.freeze().0 == other.freeze().0
    }

    /// The sign of RFC 8032 §5.1.2: whether the number, frozen, is odd.
    pub(super) fn is_odd(&self) -> bool {
        let [low, ..] = self.freeze().0;
        low & 1 == 1
    }

    /// The x that belongs to this y (tight): x² = (y² − 1) / (d·y² + 1), odd as asked. `None` where
    /// there is none (RFC 8032 §5.1.3). Tight.
    pub(super) fn x_of_y(&self, odd: bool) -> Option<Self> {
        let square = self.square(1);
        let u = square.sub(&Self::ONE);
        let v = D.mul(&square).add(&Self::ONE);
        // x = u·v³·(u·v⁷)^((p−5)/8)
        let v3 = v.square(1).mul(&v);
        let v7 = v3.square(1).mul(&v);
        let x = u.mul(&v3).mul(&u.mul(&v7).power_p58());
        let check = v.mul(&x.square(1));
        let x = if check.equals(&u) {
            x
        } else if check.add(&u.mul(&Self::ONE)).equals(&Self::ZERO) {
            x.mul(&SQRT_M1)
        } else {
            return None;
        };
        let negative = Self::ZERO.sub(&x).mul(&Self::ONE);
        match (x.is_odd(), negative.is_odd()) {
            (is, _) if is == odd => Some(x),
            (_, is) if is == odd => Some(negative),
            // x = 0 has no odd form.
            _ => None,
        }
    }
}

/// The sum of products, five of numbers below 2⁵⁴ and 2⁵⁹ at most, or three with one side doubled.
#[inline]
fn column<const N: usize>(products: [(u64, u64); N]) -> u128 {
    let products = products.map(|(a, b)| u128::from(a).wrapping_mul(u128::from(b)));
    products.into_iter().fold(0, u128::wrapping_add)
}

/// Carries once through the columns of a product. Tight.
#[inline]
fn reduce([c0, c1, c2, c3, c4]: [u128; 5]) -> Field {
    let c1 = c1.wrapping_add(c0 >> 51);
    let c2 = c2.wrapping_add(c1 >> 51);
    let c3 = c3.wrapping_add(c2 >> 51);
    let c4 = c4.wrapping_add(c3 >> 51);
    let r0 = (low(c0) & MASK).wrapping_add(low(c4 >> 51).wrapping_mul(19));
    let r1 = (low(c1) & MASK).wrapping_add(r0 >> 51);
    Field([
        r0 & MASK,
        r1,
        low(c2) & MASK,
        low(c3) & MASK,
        low(c4) & MASK,
    ])
}

/// Carries once through limbs below 2⁶³.
fn carry([a0, a1, a2, a3, a4]: [u64; 5]) -> [u64; 5] {
    let a1 = a1.wrapping_add(a0 >> 51);
    let a2 = a2.wrapping_add(a1 >> 51);
    let a3 = a3.wrapping_add(a2 >> 51);
    let a4 = a4.wrapping_add(a3 >> 51);
    let a0 = (a0 & MASK).wrapping_add((a4 >> 51).wrapping_mul(19));
    [a0, a1 & MASK, a2 & MASK, a3 & MASK, a4 & MASK]
}

/// The low 64 bits.
#[inline]
#[expect(
    clippy::as_conversions,
    reason = "the one way to take the low half of a u128 in one move"
)]
const fn low(wide: u128) -> u64 {
    wide as u64
}
