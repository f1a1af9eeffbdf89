//! What only the kernel of eight lanes has, lane by lane.

use alloc::vec::Vec;

use num_bigint::BigUint;
use sha2::{Digest as _, Sha256, Sha512};

use super::{
    super::{
        digits::{digit, rows},
        front::Front,
        lanes::{Challenge, Check, Ifma, Scratch},
        point::Point,
        prepared::base_table,
    },
    sha256::in_blocks,
    *,
};

fn ifma() -> Option<Ifma> {
    let found = Ifma::detect();
    if found.is_none() {
        println!("not run: this processor has no AVX-512 IFMA");
    }
    found
}

/// `message` as FIPS 180-4 §5.1.2 pads it.
fn padded(message: &[u8]) -> Vec<u8> {
    let mut out = message.to_vec();
    out.push(0x80);
    while out.len() % 128 != 112 {
        out.push(0);
    }
    out.extend_from_slice(&(message.len() as u128 * 8).to_be_bytes());
    out
}

/// Lanes end at their own block; those that have ended keep their digest.
#[test]
fn each_lane_has_the_digest_of_its_own_message() {
    let Some(ifma) = ifma() else { return };
    // Of 1, 2, 3 and 5 blocks once padded, some where one more begins.
    let mut lengths = [0, 1, 111, 112, 128, 239, 240, 500];
    for _ in 0..8 {
        lengths.rotate_left(1);
        let messages = lengths.map(|length| -> Vec<u8> { (0..length).map(|n| n as u8).collect() });
        let padded = messages.each_ref().map(|message| padded(message));
        let found = ifma.digest(&padded.each_ref().map(Vec::as_slice));
        for (found, message) in found.iter().zip(&messages) {
            let expected = Sha512::digest(message);
            assert_eq!(found[..], expected[..], "{} bytes", message.len());
        }
    }
}

fn order() -> BigUint {
    (BigUint::from(1_u8) << 252)
        + BigUint::from(27_742_317_777_372_353_535_851_937_790_883_648_493_u128)
}

/// Each lane's number modulo L, against big integers.
fn is_reduced_in_lanes(ifma: Ifma, numbers: [[u64; 8]; 8]) {
    let big = |words: &[u64]| {
        let bytes = words.iter().copied().map(u64::to_le_bytes);
        BigUint::from_bytes_le(&bytes.collect::<Vec<_>>().concat())
    };
    for (found, number) in ifma.reduce(numbers).iter().zip(&numbers) {
        assert_eq!(big(found), big(number) % order(), "{number:x?}");
    }
}

#[test]
fn numbers_around_each_multiple_of_the_order_are_reduced() {
    let Some(ifma) = ifma() else { return };
    let one = BigUint::from(1_u8);
    let ones: BigUint = (&one << 512_u32) - 1_u8;
    // Multiples by powers of two and their predecessors, sums with powers of two, and the ends.
    let mut numbers = alloc::vec![BigUint::ZERO, one.clone(), ones.clone()];
    for bit in 0..512_u64 {
        let power = &one << bit;
        for number in [
            &power * order(),
            (&power - 1_u8) * order(),
            power.clone(),
            &ones - &power,
        ] {
            for around in [
                number.clone() + 1_u8,
                number.clone(),
                number + (&ones - 1_u8),
            ] {
                numbers.push(around & &ones);
            }
        }
    }
    for few in numbers.chunks(8) {
        let mut lanes = [[0; 8]; 8];
        for (lane, number) in lanes.iter_mut().zip(few) {
            for (word, digit) in lane.iter_mut().zip(number.iter_u64_digits()) {
                *word = digit;
            }
        }
        is_reduced_in_lanes(ifma, lanes);
    }
}

#[test]
fn any_numbers_are_reduced() {
    let Some(ifma) = ifma() else { return };
    let numbers = proptest::array::uniform8(any::<[u64; 8]>());
    let mut runner = proptest::test_runner::TestRunner::default();
    let checked = runner.run(&numbers, |numbers| {
        is_reduced_in_lanes(ifma, numbers);
        Ok(())
    });
    checked.unwrap();
}

/// Of scalars in a row: with all bits, none, and each carry between words and windows among them.
fn has_the_digits_of_each(ifma: Ifma, scalars: [[u64; 4]; 8]) {
    for width in Width::ALL {
        let found = ifma.digits(scalars, width);
        for (found, scalar) in found.iter().zip(scalars) {
            let windows = width.windows();
            let rows = rows(scalar).into_iter().rev();
            let digits = rows.flat_map(|row| windows.iter().map(move |window| digit(row, window)));
            let expected: Vec<(usize, bool)> = digits.collect();
            assert_eq!(found, &expected, "{scalar:x?} {width:?}");
        }
    }
}

#[test]
fn each_lane_has_the_digits_of_its_own_scalar() {
    let Some(ifma) = ifma() else { return };
    // 2²⁵³ − 1 is the largest; then each run of ones, to each side.
    let top = [u64::MAX, u64::MAX, u64::MAX, (1 << 61) - 1];
    for bits in (0..253_usize).step_by(4) {
        has_the_digits_of_each(
            ifma,
            core::array::from_fn(|lane| {
                let bits = bits + lane / 2;
                core::array::from_fn(|word| {
                    let ones = match bits.saturating_sub(64 * word) {
                        0 => 0,
                        64.. => u64::MAX,
                        some => (1 << some) - 1,
                    };
                    top[word] & if lane % 2 == 0 { ones } else { !ones }
                })
            }),
        );
    }
    let scalars = proptest::array::uniform8(any::<[u64; 4]>());
    let mut runner = proptest::test_runner::TestRunner::default();
    let checked = runner.run(&scalars, |mut scalars| {
        scalars.iter_mut().for_each(|words| words[3] >>= 3);
        has_the_digits_of_each(ifma, scalars);
        Ok(())
    });
    checked.unwrap();
}

/// Where the padding of SHA-256 fits into the last block, and where it takes one more.
#[test]
fn each_lane_has_the_sha_256_of_its_own_message() {
    let Some(ifma) = ifma() else { return };
    let mut lengths = [
        0, 1, 3, 55, 56, 63, 64, 65, 97, 119, 120, 127, 128, 562, 1000, 64,
    ];
    for _ in 0..16 {
        lengths.rotate_left(1);
        let messages = lengths.map(|length| -> Vec<u8> { (0..length).map(|n| n as u8).collect() });
        let padded = messages.each_ref().map(|message| in_blocks(message));
        let found = ifma.sha256(
            &Front::NONE,
            &core::array::from_fn(|lane| Padded::new(&padded[lane], messages[lane].len()).unwrap()),
        );
        for (found, message) in found.iter().zip(&messages) {
            let expected = Sha256::digest(message);
            assert_eq!(found[..], expected[..], "{} bytes", message.len());
        }
    }
}

/// Doublings, the identity and points that cancel among them: the addition is complete.
#[test]
fn the_rows_are_added_up_each_with_its_weight() {
    let Some(ifma) = ifma() else { return };
    let b = ED25519_BASEPOINT_POINT;
    let half = Scalar::from(2_u64).invert();
    let mut halves = [Scalar::ONE; 8];
    for at in 1..8 {
        halves[at] = halves[at - 1] * half;
    }
    let all = [
        [1_u64, 2, 3, 4, 5, 6, 7, 8].map(|n| b * Scalar::from(n)),
        [b; 8],
        [EdwardsPoint::default(); 8],
        [b, -b, b, b, -b, -b, b, -b],
        // All rows weigh the same.
        halves.map(|half| b * half),
        [1_u64, 5, 3, 1, 6, 7, 8, 2].map(|n| -b * Scalar::from(n)),
        core::array::from_fn(|index| EIGHT_TORSION[index] + b),
    ];
    for points in all {
        // Not modulo L: torsion counts.
        let times = |point: &EdwardsPoint, row| {
            (0..1 << row).fold(EdwardsPoint::default(), |sum, _| sum + point)
        };
        let sum: EdwardsPoint = points
            .iter()
            .zip(0..8)
            .map(|(point, row)| times(point, row))
            .sum();
        let ours = points.map(|point| Point::decompress(&point.compress().0).unwrap());
        let found = ifma.sum_of_rows(ours);
        let inverse = found.z.invert();
        let (x, y) = (found.x.mul(&inverse), found.y.mul(&inverse));
        let theirs = Point::decompress(&sum.compress().0).unwrap();
        assert!(x.equals(&theirs.x) && y.equals(&theirs.y));
        assert!(found.t.mul(&inverse).equals(&x.mul(&y)));
    }
}

/// In a signature another R changes k, and with it the whole sum. Here k stays as it is, so that each bit of the
/// comparison counts on its own: a limb left out could be found by trial.
#[test]
fn every_bit_of_r_is_compared() {
    let Some(ifma) = ifma() else { return };
    for case in good_of_both_signs() {
        let k = challenge(&case);
        let (r, s) = split(&case.signature);
        let table = prepared::key_table(&case.key, Width::W7).unwrap();
        // Every ninth is as it was received.
        let changed: Vec<([u8; 32], bool)> = one_other_bit(r)
            .chunks(8)
            .flat_map(|eight| eight.iter().map(|r| (*r, false)).chain([(*r, true)]))
            .collect();
        let verify = |all: &[([u8; 32], bool)]| {
            let mut found = alloc::vec![None; all.len()];
            let signatures: Vec<[u8; 64]> = all
                .iter()
                .map(|(r, _)| [*r, *s].as_flattened().try_into().unwrap())
                .collect();
            let check = |index: usize| {
                Some(Check {
                    signature: signatures.get(index)?,
                    challenge: Challenge::Known(&k),
                    key: &table,
                })
            };
            ifma.verify(
                base_table(),
                all.len(),
                &check,
                &mut Scratch::default(),
                &mut |index, same| found[index] = Some(same),
            );
            found
        };
        let expected: Vec<Option<bool>> = changed.iter().map(|(_, same)| Some(*same)).collect();
        assert_eq!(verify(&changed), expected);
        for one in changed.chunks(1) {
            assert_eq!(verify(one), [Some(one[0].1)]);
        }
    }
}
