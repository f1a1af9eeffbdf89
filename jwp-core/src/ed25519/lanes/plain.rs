//! Eight lanes of 64 bits and sixteen of 32 in plain Rust, the obvious way. For tests only: what the
//! instructions in `vector` and `narrow` are held to, and what the kernel runs on under `--cfg plain_lanes`, slowly, where a
//! processor does not have them.

use core::array::from_fn;

/// Eight words. Sums and products are taken modulo 2⁶⁴; bit i of a mask is for lane i.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vector([u64; 8]);

#[expect(
    clippy::indexing_slicing,
    reason = "eight lanes, and indices below eight"
)]
impl Vector {
    /// One word in every lane.
    pub(super) fn splat(word: u64) -> Self {
        Self([word; 8])
    }

    /// Word i in lane i.
    pub(super) fn from_words(words: [u64; 8]) -> Self {
        Self(words)
    }

    /// Lane i as word i.
    pub(super) fn to_words(self) -> [u64; 8] {
        self.0
    }

    /// Word j of row i becomes word i of row j.
    pub(super) fn transpose(rows: [Self; 8]) -> [Self; 8] {
        from_fn(|j| Self(from_fn(|i| rows[i].0[j])))
    }

    /// Lane i is the one that word i of `order` names, by its lowest three bits.
    pub(super) fn permute(self, order: Self) -> Self {
        order.map(|word| {
            let [lowest, ..] = word.to_le_bytes();
            self.0[usize::from(lowest & 7)]
        })
    }

    /// The sum.
    pub(super) fn add(self, other: Self) -> Self {
        self.with(other, u64::wrapping_add)
    }

    /// The sum in the lanes of a 1, `self` in those of a 0.
    pub(super) fn add_where(self, mask: u8, other: Self) -> Self {
        self.blend(mask, self.add(other))
    }

    /// `other` less `self` in the lanes of a 1, `self` in those of a 0.
    pub(super) fn sub_from_where(self, mask: u8, other: Self) -> Self {
        self.blend(mask, other.sub(self))
    }

    /// The difference.
    pub(super) fn sub(self, other: Self) -> Self {
        self.with(other, u64::wrapping_sub)
    }

    /// `self` and the low 52 bits of a·b, whose factors have 52 bits: what they have above is dropped.
    pub(super) fn add_low_product(self, a: Self, b: Self) -> Self {
        self.add(a.with(b, |a, b| low52(product52(a, b))))
    }

    /// `self` and the high 52 bits of the same a·b.
    pub(super) fn add_high_product(self, a: Self, b: Self) -> Self {
        self.add(a.with(b, |a, b| low52(product52(a, b) >> 52)))
    }

    /// The bits that both have.
    pub(super) fn and(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    /// a ⊕ b ⊕ c.
    pub(super) fn xor3(self, b: Self, c: Self) -> Self {
        self.with(b, |a, b| a ^ b).with(c, |ab, c| ab ^ c)
    }

    /// The bit of b where `self` has one, of c where not.
    pub(super) fn choose(self, b: Self, c: Self) -> Self {
        let chosen = self.with(b, |a, b| a & b);
        chosen.with(self.with(c, |a, c| !a & c), |b, c| b | c)
    }

    /// What two of three have.
    pub(super) fn majority(self, b: Self, c: Self) -> Self {
        // FIPS 180-4 §4.1.3. Two of these three never stand without the third.
        self.and(b).xor3(self.and(c), b.and(c))
    }

    /// Towards the high bits.
    pub(super) fn shift_left<const BITS: u32>(self) -> Self {
        self.map(|word| word << BITS)
    }

    /// Towards the low bits.
    pub(super) fn shift_right<const BITS: u32>(self) -> Self {
        self.map(|word| word >> BITS)
    }

    /// Towards the low bits, and in again from above.
    pub(super) fn rotate_right<const BITS: i32>(self) -> Self {
        self.map(|word| word.rotate_right(BITS.unsigned_abs()))
    }

    /// Towards the high bits, by fewer than 64, or to 0.
    pub(super) fn shift_left_by(self, bits: u64) -> Self {
        self.map(|word| if bits < 64 { word << bits } else { 0 })
    }

    /// Towards the low bits, by fewer than 64, or to 0.
    pub(super) fn shift_right_by(self, bits: u64) -> Self {
        self.map(|word| if bits < 64 { word >> bits } else { 0 })
    }

    /// Big-endian words for little-endian ones, and back.
    pub(super) fn swap_bytes(self) -> Self {
        self.map(u64::swap_bytes)
    }

    /// `self` in the lanes of a 0, `other` in those of a 1.
    pub(super) fn blend(self, mask: u8, other: Self) -> Self {
        Self(from_fn(|lane| match mask >> lane & 1 {
            0 => self.0[lane],
            _ => other.0[lane],
        }))
    }

    /// In which lanes both are the same.
    pub(super) fn equal(self, other: Self) -> u8 {
        self.mask(other, |a, b| a == b)
    }

    /// In which lanes `self` is less.
    pub(super) fn below(self, other: Self) -> u8 {
        self.mask(other, |a, b| a < b)
    }

    /// In which lanes both have a bit in common.
    pub(super) fn test(self, other: Self) -> u8 {
        self.mask(other, |a, b| a & b != 0)
    }

    fn map(self, f: impl Fn(u64) -> u64) -> Self {
        Self(self.0.map(f))
    }

    fn with(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self(from_fn(|lane| f(self.0[lane], other.0[lane])))
    }

    fn mask(self, other: Self, f: impl Fn(u64, u64) -> bool) -> u8 {
        (0..8).fold(0, |mask, lane| {
            mask | u8::from(f(self.0[lane], other.0[lane])) << lane
        })
    }
}

/// Sixteen words of 32 bits. Sums are taken modulo 2³²; bit i of a mask is for lane i.
#[derive(Debug, Clone, Copy)]
pub(super) struct Narrow([u32; 16]);

#[expect(
    clippy::indexing_slicing,
    reason = "sixteen lanes, and indices below sixteen"
)]
impl Narrow {
    /// One word in every lane.
    pub(super) fn splat(word: u32) -> Self {
        Self([word; 16])
    }

    /// The little-endian word i of a block in lane i.
    pub(super) fn from_block(block: &[u8; 64]) -> Self {
        let (words, _) = block.as_chunks::<4>();
        Self(from_fn(|lane| u32::from_le_bytes(words[lane])))
    }

    /// The little-endian word i in lane i.
    pub(super) fn from_lanes(words: &[[u8; 4]; 16]) -> Self {
        Self(words.map(u32::from_le_bytes))
    }

    /// `self` in the lanes of a 0, `other` in those of a 1.
    pub(super) fn blend(self, mask: u16, other: Self) -> Self {
        Self(from_fn(|lane| match mask >> lane & 1 {
            0 => self.0[lane],
            _ => other.0[lane],
        }))
    }

    /// Lanes 0 to 7, each as four bytes, little-endian.
    pub(super) fn to_half_block(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (chunks, _) = bytes.as_chunks_mut::<4>();
        for (chunk, word) in chunks.iter_mut().zip(self.0) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// Word j of row i becomes word i of row j.
    pub(super) fn transpose(rows: [Self; 16]) -> [Self; 16] {
        from_fn(|j| Self(from_fn(|i| rows[i].0[j])))
    }

    /// The sum.
    pub(super) fn add(self, other: Self) -> Self {
        self.with(other, u32::wrapping_add)
    }

    /// The sum in the lanes of a 1, `self` in those of a 0.
    pub(super) fn add_where(self, mask: u16, other: Self) -> Self {
        let sum = self.add(other);
        Self(from_fn(|lane| match mask >> lane & 1 {
            0 => self.0[lane],
            _ => sum.0[lane],
        }))
    }

    /// a ⊕ b ⊕ c.
    pub(super) fn xor3(self, b: Self, c: Self) -> Self {
        self.with(b, |a, b| a ^ b).with(c, |ab, c| ab ^ c)
    }

    /// The bit of b where `self` has one, of c where not.
    pub(super) fn choose(self, b: Self, c: Self) -> Self {
        let chosen = self.with(b, |a, b| a & b);
        chosen.with(self.with(c, |a, c| !a & c), |b, c| b | c)
    }

    /// What two of three have.
    pub(super) fn majority(self, b: Self, c: Self) -> Self {
        let and = |x: Self, y| x.with(y, |x, y| x & y);
        // FIPS 180-4 §4.1.2. Two of these three never stand without the third.
        and(self, b).xor3(and(self, c), and(b, c))
    }

    /// Towards the low bits.
    pub(super) fn shift_right<const BITS: u32>(self) -> Self {
        Self(self.0.map(|word| word >> BITS))
    }

    /// Towards the low bits, and in again from above.
    pub(super) fn rotate_right<const BITS: i32>(self) -> Self {
        Self(self.0.map(|word| word.rotate_right(BITS.unsigned_abs())))
    }

    /// Big-endian words for little-endian ones, and back.
    pub(super) fn swap_bytes(self) -> Self {
        Self(self.0.map(u32::swap_bytes))
    }

    fn with(self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
        Self(from_fn(|lane| f(self.0[lane], other.0[lane])))
    }
}

const MASK52: u64 = (1 << 52) - 1;

/// The product of the low 52 bits of both.
fn product52(a: u64, b: u64) -> u128 {
    u128::from(a & MASK52).wrapping_mul(u128::from(b & MASK52))
}

#[expect(clippy::as_conversions, reason = "52 bits fit")]
fn low52(wide: u128) -> u64 {
    wide as u64 & MASK52
}
