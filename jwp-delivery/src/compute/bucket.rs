//! The bucket that a user falls into under a feature flag.
//!
//! An algorithm is named by a stable id, because the same user falls into different buckets under
//! different ones. All of it is integer arithmetic, and agrees with the named implementations for
//! every hash value.

use sha2::{Digest as _, Sha256};

/// How a user becomes a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bucketing {
    /// `jwp-100`, this project's: x = the first 8 bytes of
    /// SHA-256(salt ‖ 0x00 ‖ flag ‖ 0x00 ‖ user) as a big-endian integer; bucket =
    /// (x × buckets) >> 64, 100 buckets.
    Jwp100,
    /// `flagd-v2` (2026): h = murmur3-x86-32(flag ‖ user), seed 0; bucket = (h × buckets) >> 32.
    FlagdV2,
    /// `flagd-go-pre2026`: ⌊|h as i32| × 100 / (2³¹ − 1)⌋, which has **101** values: 100 matches
    /// no range.
    FlagdGoPre2026,
}

impl Bucketing {
    /// The id in the claim.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Jwp100 => "jwp-100",
            Self::FlagdV2 => "flagd-v2",
            Self::FlagdGoPre2026 => "flagd-go-pre2026",
        }
    }

    /// The algorithm with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Jwp100, Self::FlagdV2, Self::FlagdGoPre2026]
            .into_iter()
            .find(|b| b.id() == id)
    }

    /// The bucket of a user, 0..`buckets` (0..=100 for `flagd-go-pre2026`).
    ///
    /// `salt` is used by `jwp-100` only. Ids are text and are hashed as their UTF-8 bytes; they
    /// hold no NUL, which separates them. `None` for a NUL in an id, and for a number of buckets
    /// that the algorithm does not have (1..=2³¹−1 for `flagd-v2`, exactly 100 for the others).
    #[must_use]
    pub fn bucket(self, salt: &str, flag: &str, user: &str, buckets: u32) -> Option<u32> {
        match self {
            Self::Jwp100 => (buckets == 100).then(|| jwp_100(salt, flag, user))?,
            Self::FlagdV2 => weighted(murmur(flag, user), buckets),
            Self::FlagdGoPre2026 => (buckets == 100).then(|| go_pre_2026(murmur(flag, user)))?,
        }
    }
}

/// Whether `admitted` of `total` is within `sigmas` standard deviations of `percent` %, taking
/// each of the `total` as one independent trial.
///
/// (100·admitted − percent·total)² ≤ sigmas²·total·percent·(100 − percent), exact; `None` on
/// overflow or a percentage above 100.
#[must_use]
pub fn share_is_plausible(admitted: u64, total: u64, percent: u32, sigmas: u32) -> Option<bool> {
    let (admitted, total) = (u128::from(admitted), u128::from(total));
    let (percent, sigmas) = (u128::from(percent), u128::from(sigmas));
    let rest = 100u128.checked_sub(percent)?;
    let distance = admitted
        .checked_mul(100)?
        .abs_diff(total.checked_mul(percent)?);
    let variance = total.checked_mul(percent)?.checked_mul(rest)?;
    let limit = sigmas.checked_mul(sigmas)?.checked_mul(variance)?;
    Some(distance.checked_mul(distance)? <= limit)
}

fn jwp_100(salt: &str, flag: &str, user: &str) -> Option<u32> {
    if [salt, flag, user].iter().any(|id| id.contains('\0')) {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update([0]);
    hash.update(flag.as_bytes());
    hash.update([0]);
    hash.update(user.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let x = u64::from_be_bytes(*digest.first_chunk()?);
    u32::try_from(u128::from(x).checked_mul(100)? >> 64).ok()
}

fn weighted(hash: u32, total: u32) -> Option<u32> {
    if total == 0 || total > 0x7fff_ffff {
        return None;
    }
    u32::try_from(u64::from(hash).checked_mul(u64::from(total))? >> 32).ok()
}

/// The bucket of a hash under `flagd-go-pre2026`. The float of the original never falls on the
/// other side of a whole number: |h| × 100 is no multiple of the prime 2³¹ − 1 but at its ends.
fn go_pre_2026(hash: u32) -> Option<u32> {
    let magnitude = u64::from(hash.cast_signed().unsigned_abs());
    let scaled = magnitude.checked_mul(100)?.checked_div(0x7fff_ffff)?;
    u32::try_from(scaled).ok()
}

/// murmur3-x86-32 with seed 0 over the flag key and the targeting key, joined.
fn murmur(flag: &str, user: &str) -> u32 {
    let mut bytes = Vec::with_capacity(flag.len().saturating_add(user.len()));
    bytes.extend_from_slice(flag.as_bytes());
    bytes.extend_from_slice(user.as_bytes());
    murmur3_x86_32(&bytes)
}

/// MurmurHash3_x86_32 (Appleby, public domain), seed 0.
#[must_use]
pub fn murmur3_x86_32(bytes: &[u8]) -> u32 {
    let scramble = |k: u32| {
        k.wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593)
    };
    let (blocks, tail) = bytes.as_chunks::<4>();
    let mut h = 0u32;
    for block in blocks {
        h ^= scramble(u32::from_le_bytes(*block));
        h = h.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    // The tail is read little-endian; an empty one scrambles to zero.
    h ^= scramble(
        tail.iter()
            .rev()
            .fold(0, |k, &byte| k << 8 | u32::from(byte)),
    );
    // The length counts modulo 2^32, as in the original.
    let length = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(u32::MAX);
    h ^= length;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}
