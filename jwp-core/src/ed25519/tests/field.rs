//! The field arithmetic against integers of any size.

use num_bigint::BigUint;
use proptest::prelude::*;

use super::super::{field::Field, point::Point, table::Entry};

fn p() -> BigUint {
    (BigUint::from(1_u8) << 255_u32) - 19_u8
}

fn integer(Field(limbs): &Field) -> BigUint {
    limbs
        .iter()
        .rev()
        .fold(BigUint::ZERO, |sum, limb| (sum << 51_u32) + *limb)
}

fn bytes(number: &BigUint) -> [u8; 32] {
    let mut out = [0; 32];
    let digits = number.to_bytes_le();
    out[..digits.len()].copy_from_slice(&digits);
    out
}

/// RFC 8032 §5.1.2 of the point of a table's entry.
pub(super) fn encoding(entry: &Entry) -> [u8; 32] {
    let [sum, difference, _] = entry.fields();
    let y = (integer(&sum) + integer(&difference)) % p();
    let x = (integer(&sum) + p() - integer(&difference)) % p();
    let mut out = bytes(&y);
    out[31] |= u8::from(x.bit(0)) << 7;
    out
}

/// Limbs up to `1 << bits`, the extremes and all that is near them often among them.
fn limbs(bits: u32) -> impl Strategy<Value = Field> {
    let top = u64::MAX >> (64 - bits);
    let limb = prop_oneof![
        3 => 0..=top,
        1 => (0..64_u64).prop_map(move |below| top - below),
        1 => (0..64_u64).prop_map(|above| above),
        1 => (0..128_u64).prop_map(|near| (1 << 51) - 64 + near),
    ];
    proptest::array::uniform5(limb).prop_map(Field)
}

/// Numbers around 0, p and 2²⁵⁵ in their one form of 51-bit limbs.
fn near_the_ends() -> impl Strategy<Value = Field> {
    (0..3_u8, 0..40_u8).prop_map(|(end, offset)| {
        let number = match end {
            0 => BigUint::from(offset),
            1 => p() - 20_u8 + offset.min(38),
            _ => (BigUint::from(1_u8) << 255_u32) - 1_u8 - offset,
        };
        Field::from_bytes(&bytes(&number))
    })
}

fn tight() -> impl Strategy<Value = Field> {
    prop_oneof![3 => limbs(52), 1 => near_the_ends()]
}

fn loose() -> impl Strategy<Value = Field> {
    prop_oneof![3 => limbs(54), 1 => near_the_ends()]
}

fn is_tight(Field(limbs): &Field) -> bool {
    limbs.iter().all(|limb| limb >> 52 == 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn portable_arithmetic_is_that_of_integers(a in tight(), b in tight(), x in loose(), y in loose()) {
        let (p, zero) = (p(), Field::ZERO);
        let (ia, ib, ix, iy) = (integer(&a), integer(&b), integer(&x), integer(&y));
        prop_assert_eq!(integer(&a.add(&b)), &ia + &ib);
        prop_assert_eq!(integer(&a.sub(&b)) % &p, (&ia + &p * 4_u8 - &ib) % &p);
        let product = x.mul(&y);
        prop_assert!(is_tight(&product));
        prop_assert_eq!(integer(&product) % &p, &ix * &iy % &p);
        prop_assert_eq!(integer(&x.square(3)) % &p, ix.modpow(&8_u8.into(), &p));
        let carried = x.carry();
        prop_assert!(is_tight(&carried));
        prop_assert_eq!(integer(&carried) % &p, &ix % &p);
        let frozen = x.freeze();
        prop_assert_eq!(integer(&frozen), &ix % &p);
        prop_assert!(frozen.0.iter().all(|limb| limb >> 51 == 0));
        prop_assert_eq!(Field::from_bytes(&bytes(&(&ix % &p))).0, frozen.0);
        prop_assert_eq!(x.is_odd(), (&ix % &p).bit(0));
        prop_assert_eq!(x.equals(&y), (&ix % &p) == (&iy % &p));
        prop_assert!(x.equals(&frozen) && !zero.sub(&Field::ONE).equals(&zero));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn portable_inverses_and_roots_are_those_of_integers(x in loose(), y in tight(), odd: bool) {
        let p = p();
        let exponent = &p - 2_u8;
        prop_assert_eq!(integer(&x.invert()) % &p, (integer(&x) % &p).modpow(&exponent, &p));
        // The same point as ed25519-dalek decodes, or none.
        let mut encoding = bytes(&integer(&y.freeze()));
        encoding[31] |= u8::from(odd) << 7;
        let compressed = curve25519_dalek::edwards::CompressedEdwardsY(encoding);
        let theirs = compressed.decompress();
        let ours = Point::decompress(&encoding);
        // x = 0 has no odd form (RFC 8032 §5.1.3); ed25519-dalek reads it as the even one.
        let is_odd_zero = theirs.is_some_and(|point| point.compress() != compressed);
        prop_assert_eq!(ours.is_some(), theirs.is_some() && !is_odd_zero);
        if let Some(point) = ours {
            let mut again = bytes(&integer(&point.y.freeze()));
            again[31] |= u8::from(point.x.is_odd()) << 7;
            prop_assert_eq!(again, encoding);
            let (twice, sum) = (point.double(), point.add(&point));
            // Coordinates of the same point: those of one times the Z of the other.
            for (one, other) in [(twice.x, sum.x), (twice.y, sum.y), (twice.t, sum.t)] {
                prop_assert!(one.mul(&sum.z).equals(&other.mul(&twice.z)));
            }
            prop_assert!([twice.x, twice.y, twice.z, twice.t].iter().all(is_tight));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn an_inverse_is_the_power_and_below_p(x in loose()) {
        let inverse = x.invert();
        prop_assert_eq!(inverse.0, x.invert_by_power().freeze().0);
        prop_assert_eq!(inverse.0, inverse.freeze().0);
    }
}

/// Where division steps have most to do, and least.
#[test]
fn numbers_of_few_bits_have_their_inverses() {
    for bit in 0..255 {
        for near in 0..8_u8 {
            let power = (BigUint::from(1_u8) << bit) + near;
            for number in [&power % p(), p() - &power % p()] {
                let x = Field::from_bytes(&bytes(&number));
                assert_eq!(x.invert().0, x.invert_by_power().freeze().0, "{number}");
            }
        }
    }
}

/// x = 0 has no odd form (RFC 8032 §5.1.3): its two points have one encoding each.
#[test]
fn zero_is_not_odd() {
    for y in [BigUint::from(1_u8), p() - 1_u8] {
        let mut encoding = bytes(&y);
        assert!(Point::decompress(&encoding).is_some(), "{y}");
        encoding[31] |= 0x80;
        assert!(Point::decompress(&encoding).is_none(), "{y}");
    }
}

#[cfg(any(target_arch = "x86_64", plain_lanes))]
#[test]
fn lane_arithmetic_is_that_of_integers() {
    use proptest::test_runner::{TestRunner, contextualize_config};

    use super::super::lanes::Ifma;

    let Some(ifma) = Ifma::detect() else {
        std::println!("not run: this processor has no AVX-512 IFMA");
        return;
    };
    let eight = |strategy| proptest::collection::vec(strategy, 8);
    let strategy = (
        eight(tight().boxed()),
        eight(tight().boxed()),
        eight(limbs(61).boxed()),
        eight(prop_oneof![3 => limbs(64), 1 => near_the_ends()].boxed()),
    );
    let mut runner = TestRunner::new(contextualize_config(ProptestConfig::with_cases(2000)));
    runner
        .run(&strategy, |(a, b, x, y)| {
            let array = |fields: &alloc::vec::Vec<Field>| -> [Field; 8] {
                fields.clone().try_into().unwrap()
            };
            let out = ifma.arithmetic([&a, &b, &x, &y].map(array));
            let p = p();
            for lane in 0..8 {
                let [ia, ib, ix, iy] = [&a, &b, &x, &y].map(|fields| integer(&fields[lane]));
                let result = |index: usize| integer(&out[index][lane]);
                let [loose, tight, raised, sum, difference, carried, ..] = out.map(|it| it[lane]);
                for index in 0..3 {
                    prop_assert_eq!(result(index) % &p, &ia * &ib % &p);
                }
                prop_assert!(loose.0.iter().all(|limb| limb >> 61 == 0), "loose");
                prop_assert!(is_tight(&tight) && is_tight(&carried));
                let [.., square, raised_square, raised_a] = out.map(|it| it[lane]);
                for index in [9, 10] {
                    prop_assert_eq!(result(index) % &p, &ia * &ia % &p);
                }
                prop_assert_eq!(result(11) % &p, &ia % &p);
                prop_assert!(square.0.iter().all(|limb| limb >> 61 == 0), "loose square");
                for raised in [raised, raised_square, raised_a] {
                    // Twice as much is still a word.
                    let mut limbs = raised.0.iter();
                    prop_assert!(limbs.all(|limb| [1, 2].contains(&(limb >> 61))), "raised");
                }
                // No limb went below zero, or out of what is carried.
                prop_assert_eq!(result(3), result(2) + &ix);
                prop_assert_eq!(result(4), result(2) - &ix);
                for both in [sum, difference] {
                    prop_assert!(both.0.iter().all(|limb| limb >> 63 == 0));
                }
                prop_assert_eq!(result(5) % &p, &iy % &p);
                prop_assert_eq!(result(6), &iy % &p);
                let negated = if lane % 2 == 0 {
                    &p * 2_u8 - &iy % &p
                } else {
                    &iy % &p
                };
                prop_assert_eq!(result(7), negated);
                prop_assert!(is_tight(&out[7][lane]));
                if a.iter().all(|number| integer(number) % &p != BigUint::ZERO) {
                    prop_assert_eq!(result(8) % &p, (ia % &p).modpow(&(&p - 2_u8), &p));
                }
            }
            Ok(())
        })
        .unwrap();
}
