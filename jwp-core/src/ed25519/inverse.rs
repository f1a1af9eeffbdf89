//! 1/x modulo p = 2²⁵⁵ − 19 by division steps (Bernstein, Yang 2019, "Fast constant-time gcd computation and modular
//! inversion", eprint 2019/266): a gcd of p and x that looks at their low bits alone. Faster than x^(p−2), and
//! not in constant time.
//!
//! 62 steps at a time are done on the low 64 bits, as a matrix; then the matrix is applied to the whole numbers.
//! No integer below can leave its type, for the reasons that stand beside it, so the wrapping operations never wrap
//! but where words are meant modulo 2⁶⁴.

/// Bits of a limb, and division steps that one matrix stands for.
const BITS: u32 = 62;
/// The low 62 bits.
const MASK: u64 = (1 << BITS) - 1;
/// Division steps that suffice for numbers below 2²⁵⁵ (Theorem 11.2: (49·255 + 57)/17 = 738), in matrices of 62.
const MATRICES: u32 = 12;
/// The lowest limb of p and its highest; those in between are 0.
const P: (i64, i64) = (-19, 1 << 7);
/// 1/p modulo 2⁶⁴, by Newton's iteration: 19² is 1 modulo 8, and each round doubles the bits that are right.
const INVERSE_OF_P: u64 = {
    let mut inverse = 19_u64;
    let mut bits = 3;
    while bits < 64 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(inverse.wrapping_mul(19)));
        bits *= 2;
    }
    inverse.wrapping_neg()
};

/// The sum of limb i times 2^(62·i): below 2⁶² each, the top one with the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number([i64; 5]);

/// 62 division steps: (f, g) becomes (u·f + v·g, q·f + r·g) / 2⁶². |u| + |v| and |q| + |r| are at most 2⁶².
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// The inverse modulo p of a number below p; 0 for 0. Both in limbs of 51 bits, and below p.
pub(super) fn invert(limbs: [u64; 5]) -> [u64; 5] {
    let (lowest, highest) = P;
    // f and g keep their gcd all along, up to the sign. f is d·x modulo p, and g is e·x.
    let (mut f, mut g) = (
        Number([lowest, 0, 0, 0, highest]),
        Number::from_limbs(limbs),
    );
    let (mut d, mut e) = (Number::ZERO, Number([1, 0, 0, 0, 0]));
    let mut delta = 1;
    for _ in 0..MATRICES {
        if g == Number::ZERO {
            break;
        }
        let matrix = divide(&mut delta, f.lowest(), g.lowest());
        (f, g) = matrix.apply(&f, &g);
        (d, e) = matrix.apply_modulo_p(&d, &e);
    }
    // g is 0, so f is 1 or −1, unless x was 0: then d still is.
    d.reduce(f.is_negative()).to_limbs()
}

/// Division steps by the low bits of f, which is odd, and of g. `delta` is δ of the paper.
#[inline]
fn divide(delta: &mut i32, mut f: u64, mut g: u64) -> Matrix {
    let (mut u, mut v, mut q, mut r) = (1_i64, 0_i64, 0_i64, 1_i64);
    let mut left = BITS;
    loop {
        // An even g is halved; in the matrix the other row is doubled instead.
        let zeros = (g | u64::MAX.wrapping_shl(left)).trailing_zeros();
        g = g.wrapping_shr(zeros);
        (u, v) = (u.wrapping_shl(zeros), v.wrapping_shl(zeros));
        *delta = delta.wrapping_add_unsigned(zeros);
        left = left.wrapping_sub(zeros);
        if left == 0 {
            return Matrix { u, v, q, r };
        }
        if *delta > 0 {
            *delta = delta.wrapping_neg();
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // Until δ is above 0 again, steps add f to an odd g and no more: up to six of them at once.
        let steps = delta.unsigned_abs().wrapping_add(1).min(left).min(6);
        // −g/f modulo 2⁶, where 1/f is f·(2 − f²).
        let negated_inverse = f.wrapping_mul(f.wrapping_mul(f).wrapping_sub(2));
        let times = g.wrapping_mul(negated_inverse) & 1_u64.wrapping_shl(steps).wrapping_sub(1);
        g = g.wrapping_add(f.wrapping_mul(times));
        let times = times.cast_signed();
        q = q.wrapping_add(u.wrapping_mul(times));
        r = r.wrapping_add(v.wrapping_mul(times));
    }
}

impl Matrix {
    /// f and g behind the steps: they divide by 2⁶² without a rest.
    #[inline]
    fn apply(&self, f: &Number, g: &Number) -> (Number, Number) {
        let &Self { u, v, q, r } = self;
        (combine(u, f, v, g, 0), combine(q, f, r, g, 0))
    }

    /// d and e behind the steps: from between −2·p and p to the same.
    #[inline]
    fn apply_modulo_p(&self, d: &Number, e: &Number) -> (Number, Number) {
        let &Self { u, v, q, r } = self;
        (combine_modulo_p(u, d, v, e), combine_modulo_p(q, d, r, e))
    }
}

/// (a·x + b·y + c·p) / 2⁶² without its rest. a, b and limbs are at most 2⁶² and c below 2⁶³, so that a sum of three
/// products and what is carried is below 2¹²⁷.
#[inline]
fn combine(a: i64, x: &Number, b: i64, y: &Number, c: i64) -> Number {
    let (Number([x0, x1, x2, x3, x4]), Number([y0, y1, y2, y3, y4])) = (x, y);
    let sum = |x: &i64, y: &i64| product(a, *x).wrapping_add(product(b, *y));
    let (lowest, highest) = P;
    let low_end = sum(x0, y0).wrapping_add(product(c, lowest)) >> BITS;
    let first = low_end.wrapping_add(sum(x1, y1));
    let second = (first >> BITS).wrapping_add(sum(x2, y2));
    let third = (second >> BITS).wrapping_add(sum(x3, y3));
    let top = (third >> BITS)
        .wrapping_add(sum(x4, y4))
        .wrapping_add(product(c, highest));
    let limb = |sum: i128| (low(sum) & MASK).cast_signed();
    Number([
        limb(first),
        limb(second),
        limb(third),
        limb(top),
        low(top >> BITS).cast_signed(),
    ])
}

/// (a·x + b·y) / 2⁶² modulo p, from numbers between −2·p and p to one such.
#[inline]
fn combine_modulo_p(a: i64, x: &Number, b: i64, y: &Number) -> Number {
    // A number below 0 is taken with p on top: the sum is then between −2⁶²·p and 2⁶²·p.
    let raised = |factor: i64, number: &Number| if number.is_negative() { factor } else { 0 };
    let raised = raised(a, x).wrapping_add(raised(b, y));
    // Up to 2⁶²·p is taken off so that the sum ends in 62 zeros.
    let end = x.lowest().wrapping_mul(a.cast_unsigned());
    let end = end.wrapping_add(y.lowest().wrapping_mul(b.cast_unsigned()));
    let excess = end
        .wrapping_mul(INVERSE_OF_P)
        .wrapping_add(raised.cast_unsigned())
        & MASK;
    combine(a, x, b, y, raised.wrapping_sub(excess.cast_signed()))
}

impl Number {
    const ZERO: Self = Self([0; 5]);

    /// From limbs of 51 bits.
    fn from_limbs([a, b, c, d, e]: [u64; 5]) -> Self {
        let limbs = [
            a | b << 51,
            b >> 11 | c << 40,
            c >> 22 | d << 29,
            d >> 33 | e << 18,
            e >> 44,
        ];
        Self(limbs.map(|limb| (limb & MASK).cast_signed()))
    }

    /// To limbs of 51 bits, of a number below p.
    fn to_limbs(self) -> [u64; 5] {
        let [a, b, c, d, e] = self.0.map(i64::cast_unsigned);
        let limbs = [
            a,
            a >> 51 | b << 11,
            b >> 40 | c << 22,
            c >> 29 | d << 33,
            d >> 18 | e << 44,
        ];
        limbs.map(|limb| limb & ((1 << 51) - 1))
    }

    /// The low 64 bits, of which 62 are those of the number.
    const fn lowest(&self) -> u64 {
        let [lowest, ..] = self.0;
        lowest.cast_unsigned()
    }

    const fn is_negative(&self) -> bool {
        let [.., top] = self.0;
        top < 0
    }

    /// A number between −2·p and p, negated if asked, modulo p.
    fn reduce(self, negate: bool) -> Self {
        let within = self.raised_above_zero();
        let signed = if negate {
            Self(within.0.map(i64::wrapping_neg)).carry()
        } else {
            within
        };
        signed.raised_above_zero()
    }

    /// p more, where it is below 0.
    fn raised_above_zero(self) -> Self {
        let (Self([a, b, c, d, e]), (lowest, highest)) = (self, P);
        if self.is_negative() {
            Self([a.wrapping_add(lowest), b, c, d, e.wrapping_add(highest)]).carry()
        } else {
            self
        }
    }

    /// Limbs between −2⁶² and 2⁶² brought to where they belong.
    fn carry(self) -> Self {
        let Self([a, b, c, d, e]) = self;
        let b = b.wrapping_add(a >> BITS);
        let c = c.wrapping_add(b >> BITS);
        let d = d.wrapping_add(c >> BITS);
        let e = e.wrapping_add(d >> BITS);
        let limb = |limb: i64| (limb.cast_unsigned() & MASK).cast_signed();
        Self([limb(a), limb(b), limb(c), limb(d), e])
    }
}

#[inline]
fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

/// The low 64 bits.
#[inline]
#[expect(
    clippy::as_conversions,
    reason = "the one way to take the low half of an i128 in one move"
)]
const fn low(wide: i128) -> u64 {
    wide as u64
}
