//! What the rule of acceptance is made of: points of small order, s below the order, the comparison with R, and the
//! digits of a scalar.

use super::{
    super::{
        comb::Window,
        digits::{digit, rows},
        field::words,
        portable::{Candidate, combine, compare, compare_one},
    },
    *,
};

#[test]
fn the_eight_points_of_small_order_are_known_by_their_encodings() {
    for point in EIGHT_TORSION {
        assert!(is_small_order(&point.compress().0));
    }
    let mut known = 0;
    for first in 0..=255 {
        for (fill, last) in [(0, 0), (0, 0x80), (0xff, 0x7f), (0xff, 0xff)] {
            let mut bytes = [fill; 32];
            (bytes[0], bytes[31]) = (first, last);
            known += usize::from(is_small_order(&bytes));
        }
    }
    // Those of order 1, 2 and 4: 1, −1 and twice 0.
    assert_eq!(known, 4);
}

/// Were one more number taken for a point of small order, good signatures would be refused.
#[test]
fn one_other_bit_makes_another_point_of_small_order_or_none() {
    let encodings = EIGHT_TORSION.map(|point| point.compress().0);
    for encoding in encodings {
        for other in one_other_bit(&encoding) {
            let is_one_of_them = encodings.contains(&other);
            assert_eq!(is_small_order(&other), is_one_of_them, "{other:02x?}");
        }
    }
}

#[test]
fn s_is_below_the_order_of_the_group_or_refused() {
    let largest = (-Scalar::ONE).to_bytes();
    assert!(is_below_order(&largest) && is_below_order(&[0; 32]));
    let mut order = largest;
    order[0] += 1;
    assert!(!is_below_order(&order) && !is_below_order(&[0xff; 32]));
    // Every bit that makes the number larger.
    for bit in 0..256 {
        let mut other = order;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            is_below_order(&other),
            order[bit / 8] >> (bit % 8) & 1 == 1,
            "bit {bit}"
        );
    }
}

/// In a signature another R changes k, and with it the whole sum. Here the sum stays as it is, so that each bit
/// of the comparison counts on its own.
#[test]
fn every_bit_of_r_is_compared_without_lanes() {
    for case in good_of_both_signs() {
        let (r, s) = split(&case.signature);
        let table = prepared::key_table(&case.key, Width::W7).unwrap();
        let point = combine(prepared::base_table(), s, &table, &challenge(&case));
        let good = Candidate { r: *r, point };
        let mut candidates: Vec<Candidate> = one_other_bit(r)
            .into_iter()
            .map(|r| Candidate { r, point })
            .collect();
        for candidate in &candidates {
            assert!(!compare_one(candidate), "{:02x?}", candidate.r);
        }
        assert!(compare_one(&good));
        candidates.push(good);
        let mut accepted = Vec::new();
        compare(&candidates, &mut Vec::new(), |index, same| {
            if same {
                accepted.push(index);
            }
        });
        assert_eq!(accepted, [256]);
    }
}

/// What entry `index` of a window is of its point: the powers of the window's bits, added where the index has a bit, and
/// the topmost always.
pub(super) fn signs_of(window: &Window, index: usize) -> Scalar {
    let mut power = Scalar::ONE;
    for _ in 0..window.first {
        power *= Scalar::from(256_u64);
    }
    let mut sum = Scalar::ZERO;
    for bit in 0..window.bits {
        let is_added = bit == window.bits - 1 || index >> bit & 1 == 1;
        sum += if is_added { power } else { -power };
        power *= Scalar::from(256_u64);
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn digits_add_up_to_their_scalar(bytes: [u8; 32]) {
        let scalar = Scalar::from_bytes_mod_order(bytes);
        for scalar in [scalar, scalar + Scalar::ONE, Scalar::ZERO, Scalar::ONE, -Scalar::ONE] {
            for width in Width::ALL {
                let mut sum = Scalar::ZERO;
                for row in rows(words(scalar.as_bytes())).into_iter().rev() {
                    sum += sum;
                    for window in width.windows() {
                        let (index, negative) = digit(row, window);
                        let entries = window.begin..window.begin + (1 << (window.bits - 1));
                        prop_assert!(entries.contains(&index));
                        let signs = signs_of(window, index - window.begin);
                        sum += if negative { -signs } else { signs };
                    }
                }
                prop_assert_eq!(sum, scalar);
            }
        }
    }
}
