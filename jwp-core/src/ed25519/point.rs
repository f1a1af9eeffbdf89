//! Points of edwards25519 in extended coordinates (RFC 8032 §5.1.4).

use super::field::{D2, Field};

/// (X : Y : Z : T) with x = X/Z, y = Y/Z, xy = T/Z. Every coordinate is tight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: Field,
    pub(super) y: Field,
    pub(super) z: Field,
    pub(super) t: Field,
}

impl Point {
    pub(super) const IDENTITY: Self = Self {
        x: Field::ZERO,
        y: Field::ONE,
        z: Field::ONE,
        t: Field::ZERO,
    };

    /// The point of 32 bytes (RFC 8032 §5.1.3); `None` where they are no point of the curve. A y of p
    /// or more is taken modulo p: whoever forbids it has done so before.
    pub(super) fn decompress(bytes: &[u8; 32]) -> Option<Self> {
        let y = Field::from_bytes(bytes);
        let [.., last] = bytes;
        let x = y.x_of_y(last >> 7 == 1)?;
        let (z, t) = (Field::ONE, x.mul(&y));
        Some(Self { x, y, z, t })
    }

    /// −P.
    pub(super) fn negate(&self) -> Self {
        let minus = |field: &Field| Field::ZERO.sub(field).mul(&Field::ONE);
        Self {
            x: minus(&self.x),
            y: self.y,
            z: self.z,
            t: minus(&self.t),
        }
    }

    /// P + Q, complete on this curve: doubling and the identity need no case of their own
    /// (Hisil, Wong, Carter, Dawson 2008, §3.1, "add-2008-hwcd-3").
    pub(super) fn add(&self, other: &Self) -> Self {
        let a = self.y.sub(&self.x).mul(&other.y.sub(&other.x));
        let b = self.y.add(&self.x).mul(&other.y.add(&other.x));
        let c = self.t.mul(&D2).mul(&other.t);
        let z = self.z.mul(&other.z);
        let d = z.add(&z);
        let (e, f, g, h) = (b.sub(&a), d.sub(&c), d.add(&c), b.add(&a));
        Self {
            x: e.mul(&f),
            y: g.mul(&h),
            z: f.mul(&g),
            t: e.mul(&h),
        }
    }

    /// 2·P ("dbl-2008-hwcd" of a = −1, with all four coordinates negated, which is the same point).
    pub(super) fn double(&self) -> Self {
        let (xx, yy, zz) = (
            self.x.square_once(),
            self.y.square_once(),
            self.z.square_once(),
        );
        let xy = self.x.mul(&self.y);
        let (e, g, h) = (xy.add(&xy), yy.sub(&xx), yy.add(&xx));
        // Limbs below 2⁵² and 3·2⁵².
        let f = zz.add(&zz).carry().add(&xx.sub(&yy));
        Self {
            x: e.mul(&f),
            y: g.mul(&h),
            z: f.mul(&g),
            t: e.mul(&h),
        }
    }
}
