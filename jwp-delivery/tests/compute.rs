//! The arithmetic behind the claims: published vectors, and properties over random input.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test helper may panic, and small test numbers do not overflow"
)]
use jwp_core::Decimal;
use jwp_delivery::compute::{
    Ratio,
    baseline::{Comparison, Doubt, spread},
    bucket::{Bucketing, murmur3_x86_32, share_is_plausible},
    burn_rate::{BurnError, Counts, Pair, PairOutcome, Slo},
    dora::{self, DoraError, Span, Window},
    quantile::{Bucket, Interval, QuantileError, UpperBound, of_buckets, of_intervals},
};
use proptest::prelude::*;

#[track_caller]
fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[track_caller]
fn buckets(pairs: &[(&str, &str)]) -> Vec<Bucket> {
    pairs
        .iter()
        .map(|&(le, count)| Bucket {
            le: if le == "+Inf" {
                UpperBound::Infinite
            } else {
                UpperBound::Finite(dec(le))
            },
            count: dec(count),
        })
        .collect()
}

const VECTOR: &[(&str, &str)] = &[
    ("0.1", "9000"),
    ("0.25", "9800"),
    ("0.5", "9950"),
    ("1", "9990"),
    ("2.5", "9999"),
    ("+Inf", "10000"),
];

#[test]
fn quantiles_of_the_published_vector() {
    let of = |q: &str| of_buckets(dec(q), &buckets(VECTOR)).unwrap();
    let p99 = of("0.99");
    // The server prints 0.41666666666666663; the exact value is 5/12.
    assert_eq!(p99.value, Ratio::new(5, 12).unwrap());
    assert_eq!(p99.lo, Ratio::new(1, 4).unwrap());
    assert_eq!(p99.hi, Ratio::new(1, 2));
    assert!(!p99.saturated && !p99.forced);
    assert_eq!(of("0.999").value, Ratio::from(1));
    assert_eq!(of("0.9999").value, Ratio::new(5, 2).unwrap());
    let top = of("0.99995");
    assert!(top.saturated);
    assert_eq!((top.value, top.hi), (Ratio::new(5, 2).unwrap(), None));
}

#[test]
fn saturation_is_reported_and_not_believed() {
    let p99 = of_buckets(dec("0.99"), &buckets(&[("0.1", "10"), ("+Inf", "100")])).unwrap();
    assert!(p99.saturated);
    assert_eq!(p99.value, Ratio::new(1, 10).unwrap());
}

#[test]
fn where_the_server_answers_nan_there_is_a_reason() {
    let of = |pairs: &[(&str, &str)]| of_buckets(dec("0.99"), &buckets(pairs)).unwrap_err();
    assert_eq!(of(&[]), QuantileError::TooFewBuckets);
    assert_eq!(of(&[("+Inf", "5")]), QuantileError::TooFewBuckets);
    assert_eq!(
        of(&[("1", "5"), ("2", "5")]),
        QuantileError::NoInfiniteBucket
    );
    assert_eq!(
        of(&[("1", "0"), ("+Inf", "0")]),
        QuantileError::NoObservations
    );
    assert_eq!(
        of(&[("1", "-1"), ("+Inf", "1")]),
        QuantileError::NegativeCount
    );
    assert_eq!(
        of(&[("1e-40", "1"), ("+Inf", "1")]),
        QuantileError::Overflow
    );
    for q in ["0", "1", "1.5", "-0.1"] {
        let refused = of_buckets(dec(q), &buckets(VECTOR)).unwrap_err();
        assert_eq!(refused, QuantileError::BadQuantile, "{q}");
    }
}

#[test]
fn order_duplicates_and_falls_are_handled_as_the_server_does() {
    let mut shuffled = buckets(VECTOR);
    shuffled.reverse();
    let sorted = of_buckets(dec("0.99"), &buckets(VECTOR)).unwrap();
    assert_eq!(of_buckets(dec("0.99"), &shuffled).unwrap(), sorted);
    let mut halves = buckets(VECTOR);
    halves[1].count = dec("4900");
    halves.push(halves[1]);
    assert_eq!(of_buckets(dec("0.99"), &halves).unwrap(), sorted);
    let mut fallen = buckets(VECTOR);
    fallen[3].count = dec("9940");
    assert!(of_buckets(dec("0.99"), &fallen).unwrap().forced);
    let mut noise = buckets(VECTOR);
    noise[3].count = dec("9949.999999999");
    assert!(!of_buckets(dec("0.99"), &noise).unwrap().forced);
    let below_zero = buckets(&[("-1", "100"), ("+Inf", "100")]);
    assert_eq!(
        of_buckets(dec("0.5"), &below_zero)
            .unwrap()
            .value
            .to_decimal(0),
        Some(dec("-1"))
    );
}

#[test]
fn native_intervals_interpolate_linearly() {
    let interval = |lo: &str, hi: &str, n: &str| Interval {
        lo: dec(lo),
        hi: dec(hi),
        count: dec(n),
    };
    let two = [interval("0.5", "1", "90"), interval("1", "2", "10")];
    let p99 = of_intervals(dec("0.99"), &two).unwrap();
    assert_eq!(p99.value, Ratio::new(19, 10).unwrap());
    assert_eq!((p99.lo, p99.hi), (Ratio::from(1), Some(Ratio::from(2))));
    let crossed = [two[1], two[0]];
    assert_eq!(
        of_intervals(dec("0.99"), &crossed).unwrap_err(),
        QuantileError::NotOrdered
    );
    assert_eq!(
        of_intervals(dec("0.99"), &[]).unwrap_err(),
        QuantileError::NoObservations
    );
}

#[test]
fn burn_rates_of_the_workbook() {
    let slo = Slo::new(dec("0.999")).unwrap();
    let pair = |long: u64, factor: &str| Pair::new(long, long / 12, dec(factor)).unwrap();
    // Events below which one failure alone would exceed the factor.
    assert_eq!(pair(3600, "14.4").events_needed(slo), Ok(70));
    assert_eq!(pair(21_600, "6").events_needed(slo), Ok(167));
    assert_eq!(pair(86_400 * 3, "1").events_needed(slo), Ok(1000));
    let counts = |bad, total| Some(Counts { bad, total });
    let page = pair(3600, "14.4");
    let of = |long, short| page.evaluate(slo, long, short);
    assert_eq!(
        of(counts(145, 10_000), counts(15, 1000)),
        Ok(PairOutcome::Firing)
    );
    // Exactly 14.4 is not above 14.4.
    assert_eq!(
        of(counts(144, 10_000), counts(15, 1000)),
        Ok(PairOutcome::Quiet)
    );
    assert_eq!(
        of(counts(145, 10_000), counts(0, 1000)),
        Ok(PairOutcome::Quiet)
    );
    assert_eq!(of(None, counts(1000, 1000)), Ok(PairOutcome::NotCovered));
    assert_eq!(
        of(counts(50, 69), counts(50, 69)),
        Ok(PairOutcome::TooFew { needed: 70 })
    );
    assert_eq!(of(counts(3, 2), None), Err(BurnError::BadAboveTotal));
    assert_eq!(
        of(counts(10, 1000), counts(11, 1000)),
        Err(BurnError::NotNested)
    );
    assert_eq!(Pair::new(3600, 299, dec("14.4")), Err(BurnError::BadPair));
    assert_eq!(Pair::new(3600, 300, dec("0")), Err(BurnError::BadPair));
    for bad in ["0", "1", "1.1", "-0.5"] {
        assert!(Slo::new(dec(bad)).is_none(), "{bad}");
    }
    // The owner's analysis: 0.0021 keeps the budget at an SLO of 99 %.
    let owner = Slo::new(dec("0.99")).unwrap();
    let burn = owner
        .burn(Counts {
            bad: 21,
            total: 10_000,
        })
        .unwrap();
    assert_eq!(burn.to_decimal(3), Some(dec("0.21")));
}

#[test]
fn a_figure_against_its_baseline() {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squares 32, sample variance 32/7, sd 2.138….
    let samples = [2, 4, 4, 4, 5, 5, 7, 9].map(|x| x * 1000);
    let of = spread(&samples).unwrap();
    assert_eq!((of.n, of.mean, of.sigma), (8, Ratio::from(5000), 2138));
    let at = |lo, hi| of.compare(Ratio::from(lo), Ratio::from(hi));
    assert_eq!(at(7138, 7138), Comparison::Within);
    assert_eq!(at(7139, 7139), Comparison::Beyond);
    assert_eq!(at(7000, 7139), Comparison::Inconclusive(Doubt::Resolution));
    assert_eq!(at(1000, 3138), Comparison::Within);
    assert_eq!(at(1000, 3139), Comparison::Inconclusive(Doubt::Resolution));
    let few = spread(&samples[..7]).unwrap();
    let doubt = few.compare(Ratio::from(1), Ratio::from(1));
    assert_eq!(doubt, Comparison::Inconclusive(Doubt::FewWindows));
    let flat = spread(&[7; 8]).unwrap();
    let doubt = flat.compare(Ratio::from(7), Ratio::from(7));
    assert_eq!(doubt, Comparison::Inconclusive(Doubt::NoSpread));
    assert_eq!(spread(&[1]), None);
    // 0 and 1: variance 1/2, sd 0.7071 rounds to 1.
    assert_eq!(spread(&[0, 1]).unwrap().sigma, 1);
    // 0 and 3: variance 9/2, sd 2.1213 rounds to 2.
    assert_eq!(spread(&[0, 3]).unwrap().sigma, 2);
}

#[test]
fn buckets_of_the_published_vectors() {
    for (text, hash) in [
        ("", 0),
        ("a", 0x3c25_69b2),
        ("abc", 0xb3dd_93fa),
        ("abcd", 0x43ed_676a),
    ] {
        assert_eq!(murmur3_x86_32(text.as_bytes()), hash, "{text}");
    }
    let flag = "new-checkout";
    for (user, hash, go, v2) in [
        ("user-0", 0xdb6b_3e3f, 28, 85),
        ("user-1", 0x747a_0f51, 90, 45),
        ("user-4", 0xfcd7_3313, 2, 98),
    ] {
        assert_eq!(murmur3_x86_32([flag, user].concat().as_bytes()), hash);
        assert_eq!(
            Bucketing::FlagdGoPre2026.bucket("", flag, user, 100),
            Some(go)
        );
        assert_eq!(Bucketing::FlagdV2.bucket("", flag, user, 100), Some(v2));
    }
    assert_eq!(Bucketing::FlagdV2.bucket("", flag, "user-0", 0), None);
    assert_eq!(
        Bucketing::FlagdV2.bucket("", flag, "user-0", 0x8000_0000),
        None
    );
    assert_eq!(
        Bucketing::FlagdGoPre2026.bucket("", flag, "user-0", 10),
        None
    );
    for bucketing in [
        Bucketing::Jwp100,
        Bucketing::FlagdV2,
        Bucketing::FlagdGoPre2026,
    ] {
        assert_eq!(Bucketing::from_id(bucketing.id()), Some(bucketing));
    }
    assert_eq!(Bucketing::from_id("flagd"), None);
}

#[test]
fn jwp_100_is_pinned() {
    let bucket = |user: &str| Bucketing::Jwp100.bucket("2026.05", "jouledb-fast-path", user, 100);
    assert_eq!(
        ["user-0", "user-1", "user-2", "ünï☃", ""].map(|user| bucket(user).unwrap()),
        JWP_100
    );
    assert_eq!(bucket("a\0b"), None);
    assert_eq!(Bucketing::Jwp100.bucket("s", "f", "u", 99), None);
}

/// Computed outside: python3 -c 'import hashlib; …int.from_bytes(d[:8],"big")*100>>64'.
const JWP_100: [u32; 5] = [29, 50, 37, 19, 15];

#[test]
fn shares_of_a_cohort() {
    // The owner's 5 % of 482,116: 24,105.8 expected, one sigma is 151.3.
    assert_eq!(share_is_plausible(24_106, 482_116, 5, 4), Some(true));
    assert_eq!(share_is_plausible(24_711, 482_116, 5, 4), Some(true));
    assert_eq!(share_is_plausible(24_712, 482_116, 5, 4), Some(false));
    assert_eq!(share_is_plausible(23_499, 482_116, 5, 4), Some(false));
    assert_eq!(share_is_plausible(0, 10, 0, 4), Some(true));
    assert_eq!(share_is_plausible(1, 10, 0, 4), Some(false));
    assert_eq!(share_is_plausible(1, 10, 101, 4), None);
}

#[test]
fn dora_figures() {
    let day = 86_400_000;
    let month = Window::new(0, 30 * day).unwrap();
    assert_eq!(dora::change_failure_rate(5, 345), Ok(dec("0.014")));
    assert_eq!(dora::deploys_per_day(345, month), Ok(dec("11.5")));
    assert_eq!(
        dora::change_failure_rate(0, 0),
        Err(DoraError::NoDeployment)
    );
    assert_eq!(
        dora::change_failure_rate(2, 1),
        Err(DoraError::FailedAboveTotal)
    );
    assert_eq!(
        dora::deploys_per_day(0, month),
        Err(DoraError::NoDeployment)
    );
    assert!(month.contains(0) && !month.contains(30 * day));
    assert_eq!(Window::new(5, 5), None);
    let span = |from_ms, to_ms| Span { from_ms, to_ms };
    assert_eq!(dora::median_minutes(&[]), Ok(None));
    assert_eq!(
        dora::median_minutes(&[span(0, 2_280_000)]),
        Ok(Some(dec("38")))
    );
    // 30 s and 35 s: the mean of the middle two is 32.5 s, 0.54 minutes.
    let even = [
        span(0, 35_000),
        span(0, 30_000),
        span(0, 0),
        span(0, 90_000_000),
    ];
    assert_eq!(dora::median_minutes(&even), Ok(Some(dec("0.5"))));
    let negative = dora::median_minutes(&[span(10, 9)]);
    assert_eq!(
        negative,
        Err(DoraError::Negative {
            from_ms: 10,
            to_ms: 9
        })
    );
}

#[test]
fn merkle_root_of_events_is_rfc_9162() {
    // The seven leaves of the Certificate Transparency reference tests (RFC 6962 hashing).
    let leaves: [&[u8]; 4] = [b"", b"\x00", b"\x10", b"\x20\x21"];
    let root = |n: usize| dora::events_root(leaves[..n].iter().copied()).to_string();
    assert_eq!(
        root(0),
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(
        root(1),
        "sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
    assert_eq!(
        root(2),
        "sha256:fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    );
    assert_eq!(
        root(3),
        "sha256:aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    );
    assert_eq!(
        root(4),
        "sha256:d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
    );
}

proptest! {
    #[test]
    fn ratios_compare_as_their_cross_products(a in -1000i128..1000, b in 1u128..1000, c in -1000i128..1000, d in 1u128..1000) {
        let (x, y) = (Ratio::new(a, b).unwrap(), Ratio::new(c, d).unwrap());
        let products = (a * i128::try_from(d).unwrap()).cmp(&(c * i128::try_from(b).unwrap()));
        prop_assert_eq!(x.cmp(&y), products);
        prop_assert_eq!(x.checked_add(y).unwrap().checked_sub(y), Some(x));
        if c != 0 {
            prop_assert_eq!(x.checked_mul(y).unwrap().checked_div(y), Some(x));
        }
    }

    #[test]
    fn a_quantile_lies_in_its_interval_and_grows_with_q(own in prop::collection::vec(0u64..1000, 1..20), q in 1u64..998) {
        let mut sum = 0;
        let mut all: Vec<Bucket> = own.iter().zip(1u64..).map(|(n, le)| {
            sum += n;
            Bucket { le: UpperBound::Finite(le.into()), count: sum.into() }
        }).collect();
        all.push(Bucket { le: UpperBound::Infinite, count: (sum + 1).into() });
        let of = |milli: u64| of_buckets(Decimal::from_ratio(milli.into(), 1000, 3).unwrap(), &all).unwrap();
        let (low, high) = (of(q), of(q + 1));
        prop_assert!(low.lo <= low.value && low.hi.is_none_or(|hi| low.value <= hi));
        prop_assert!(low.value <= high.value);
        prop_assert!(!low.forced);
        // Moving one observation up never lowers the quantile.
        let mut slower = all.clone();
        let first = slower[0].count.to_u64().unwrap();
        if first > 0 {
            slower[0].count = (first - 1).into();
            prop_assert!(of_buckets(Decimal::from_ratio(q.into(), 1000, 3).unwrap(), &slower).unwrap().value >= low.value);
        }
    }

    #[test]
    fn buckets_refine(user in "[a-zA-Z0-9☃-]{0,20}") {
        let v2 = |buckets| Bucketing::FlagdV2.bucket("", "flag", &user, buckets).unwrap();
        // Twice as many buckets split each one in two: a cohort stays a subset of the larger one.
        prop_assert_eq!(v2(200) / 2, v2(100));
        prop_assert!(v2(100) < 100);
        prop_assert!(Bucketing::Jwp100.bucket("salt", "flag", &user, 100).unwrap() < 100);
        prop_assert!(Bucketing::FlagdGoPre2026.bucket("", "flag", &user, 100).unwrap() <= 100);
    }

    #[test]
    fn the_standard_deviation_is_the_nearest_integer(samples in prop::collection::vec(0u32..100_000, 2..30)) {
        let of = spread(&samples.iter().map(|&x| u64::from(x)).collect::<Vec<_>>()).unwrap();
        let n = f64::from(u32::try_from(samples.len()).unwrap());
        let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let squares = samples.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>();
        let sigma = f64::from(u32::try_from(of.sigma).unwrap());
        prop_assert!((sigma - (squares / (n - 1.0)).sqrt()).abs() <= 0.500_001);
    }

    #[test]
    fn any_event_changes_the_root(events in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 1..40), at in any::<prop::sample::Index>()) {
        let root = |e: &[Vec<u8>]| dora::events_root(e.iter().map(Vec::as_slice));
        let mut changed = events.clone();
        changed[at.index(events.len())].push(1);
        prop_assert_ne!(root(&events), root(&changed));
        prop_assert_ne!(root(&events), root(&events[1..]));
    }
}
