//! Eight points of edwards25519 at once, one in each lane.

use super::{
    super::{field::D2, point::Point, table::Entry},
    Vector,
    field::Lanes,
};

/// (X : Y : Z : T) in every lane. X and T are loose, Y and Z raised.
#[derive(Debug, Clone, Copy)]
pub(super) struct Points {
    pub(super) x: Lanes,
    pub(super) y: Lanes,
    pub(super) z: Lanes,
    t: Lanes,
}

impl Points {
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn identity() -> Self {
        let (zero, one) = (Lanes::small(0), Lanes::small(1).raise());
        Self {
            x: zero,
            y: one,
            z: one,
            t: zero,
        }
    }

    /// E, or −E in the lanes of `negative`: what adding it to the identity gives, in one multiplication.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn from_entries(entries: &[&Entry; 8], negative: u8) -> Self {
        let [plus, minus, _] = signed(entries, negative);
        // With 2·p on top of x, which stays below 3·2⁵¹.
        let (x, y) = (plus.add(&minus.negate_where(u8::MAX)), plus.add(&minus));
        Self {
            x,
            y: y.raise(),
            z: Lanes::small(1).raise(),
            t: x.carry().mul_loose(&y),
        }
    }

    /// Adds E, or −E in the lanes of `negative` ("madd-2008-hwcd-3" with a, b, c and d halved, as E is).
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn add_entries<const T: bool>(&mut self, entries: &[&Entry; 8], negative: u8) {
        let [plus, minus, product] = signed(entries, negative);
        let a = self.y.sub(&self.x).carry().mul_loose(&minus);
        let b = self.y.add(&self.x).carry().mul_raised(&plus);
        let c = self.t.carry().mul_loose(&product);
        let (e, h) = (b.sub(&a).carry(), b.add(&a).carry());
        // In an order in which the next carries need not wait for the last product.
        if T {
            self.t = e.mul_loose(&h);
        }
        let (f, g) = (self.z.sub(&c).carry(), self.z.add(&c).carry());
        self.x = e.mul_loose(&f);
        self.y = g.mul_raised(&h);
        self.z = f.mul_raised(&g);
    }

    /// 2·P, as [`Point::double`] has it.
    #[inline]
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn double(&mut self) {
        let (x, y, z) = (self.x.carry(), self.y.carry(), self.z.carry());
        let (xx, yy, zz) = (x.square_loose(), y.square_raised(), z.square_raised());
        let xy = x.mul_loose(&y);
        let (g, h) = (yy.sub(&xx).carry(), yy.add(&xx).carry());
        let e = xy.add(&xy).carry();
        let f = zz.add(&zz).sub(&g).carry();
        self.t = e.mul_loose(&h);
        self.x = e.mul_loose(&f);
        self.y = g.mul_raised(&h);
        self.z = f.mul_raised(&g);
    }

    /// The point of the first lane.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn first(&self) -> Point {
        Point {
            x: self.x.carry().first(),
            y: self.y.carry().first(),
            z: self.z.carry().first(),
            t: self.t.carry().first(),
        }
    }

    /// P + Q, complete on this curve ("add-2008-hwcd-3").
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    fn add(&self, other: &Self) -> Self {
        let a = self
            .y
            .sub(&self.x)
            .carry()
            .mul_loose(&other.y.sub(&other.x).carry());
        let b = self
            .y
            .add(&self.x)
            .carry()
            .mul_raised(&other.y.add(&other.x).carry());
        let t = self.t.carry().mul(&other.t.carry());
        let c = t.mul_loose(&Lanes::gather([D2; 8]));
        let z = self.z.carry();
        let d = z.add(&z).carry().mul_raised(&other.z.carry());
        let (e, h) = (b.sub(&a).carry(), b.add(&a).carry());
        let (f, g) = (d.sub(&c).carry(), d.add(&c).carry());
        Self {
            x: e.mul_loose(&f),
            y: g.mul_raised(&h),
            z: f.mul_raised(&g),
            t: e.mul_loose(&h),
        }
    }

    /// The sum of 2^i times the point of lane i, in the first lane.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn sum_of_rows(&self) -> Self {
        let mut sum = *self;
        for distance in [4, 2, 1] {
            let from = [0, 1, 2, 3, 4, 5, 6, 7].map(|lane: u64| lane ^ distance);
            let order = Vector::from_words(from);
            let moved = |lanes: &Lanes| Lanes(lanes.0.map(|limb| limb.permute(order)));
            let mut other = Self {
                x: moved(&sum.x),
                y: moved(&sum.y),
                z: moved(&sum.z),
                t: moved(&sum.t),
            };
            for _ in 0..distance {
                other.double();
            }
            sum = sum.add(&other);
        }
        sum
    }
}

/// (y + x)/2, (y − x)/2 and d·x·y of E, or of −E in the lanes of `negative`: −E swaps y + x with y − x, and negates
/// the product. Limbs of the first two are below 2⁵¹, and the third is tight.
#[inline]
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
fn signed(entries: &[&Entry; 8], negative: u8) -> [Lanes; 3] {
    let first = Vector::transpose(entries.map(|Entry([words, _])| Vector::from_words(*words)));
    let second = Vector::transpose(entries.map(|Entry([_, words])| Vector::from_words(*words)));
    let [s0, s1, s2, s3, s4, d0, d1, d2] = first;
    let [d3, d4, p0, p1, p2, p3, p4, _] = second;
    let (sum, difference) = (Lanes([s0, s1, s2, s3, s4]), Lanes([d0, d1, d2, d3, d4]));
    let product = Lanes([p0, p1, p2, p3, p4]).negate_where(negative);
    let plus = sum.blend(negative, &difference);
    let minus = difference.blend(negative, &sum);
    [plus, minus, product]
}

/// For the tests.
#[cfg(test)]
impl Points {
    /// One point in each lane.
    #[cfg_attr(
        not(plain_lanes),
        target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
    )]
    pub(super) fn gather(points: [Point; 8]) -> Self {
        let one = Lanes::small(1);
        Self {
            x: Lanes::gather(points.map(|point| point.x)),
            y: Lanes::gather(points.map(|point| point.y)).mul_raised(&one),
            z: Lanes::gather(points.map(|point| point.z)).mul_raised(&one),
            t: Lanes::gather(points.map(|point| point.t)),
        }
    }
}
