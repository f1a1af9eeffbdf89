//! Which kernel a machine runs.

#[cfg(any(target_arch = "x86_64", plain_lanes))]
use super::lanes::Ifma;
use super::{front::Front, padded::Padded};

/// Which kernel checks signatures under a key that has a table, and hashes many messages at once. The verdicts
/// and the hashes are the same with every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend(pub(super) Kernel);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    Portable,
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    Ifma(Ifma),
}

/// With fewer lanes at work, because there are few messages or one is much longer than the others, SHA-256 of one
/// message after the other is sooner.
#[cfg(any(target_arch = "x86_64", plain_lanes))]
const BUSY_LANES: usize = 6;

impl Backend {
    /// Safe Rust for any machine.
    pub const PORTABLE: Self = Self(Kernel::Portable);

    /// The fastest that this processor has: AVX-512 IFMA on x86-64, otherwise [`Backend::PORTABLE`].
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(any(target_arch = "x86_64", plain_lanes))]
        if let Some(ifma) = Ifma::detect() {
            return Self(Kernel::Ifma(ifma));
        }
        Self::PORTABLE
    }

    /// SHA-256 of message i of `count`, handed to `digest` with i; where there is none, nothing is. Neighbours share a
    /// group: put those of about the same length side by side.
    pub(crate) fn sha256<'a>(
        self,
        count: usize,
        message: impl Fn(usize) -> Option<Padded<'a>>,
        mut digest: impl FnMut(usize, [u8; 32]),
    ) {
        let mut front = Front::NONE;
        for begin in (0..count).step_by(16) {
            let indices = begin..count.min(begin.saturating_add(16));
            let mut group = [Padded::NONE; 16];
            for (place, index) in group.iter_mut().zip(indices.clone()) {
                *place = message(index).unwrap_or(Padded::NONE);
            }
            front.turn_to(&group);
            let found = self.sha256_in_lanes(&front, &group);
            for (lane, (index, padded)) in indices.zip(group).enumerate() {
                // No message has no hash.
                if padded.blocks().is_empty() {
                    continue;
                }
                let found = found.as_ref().and_then(|all| all.get(lane).copied());
                digest(index, found.unwrap_or_else(|| front.digest(&padded)));
            }
        }
    }

    /// `None` where one after the other is sooner.
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    fn sha256_in_lanes(
        self,
        front: &Front<'_>,
        group: &[Padded<'_>; 16],
    ) -> Option<[[u8; 32]; 16]> {
        let Kernel::Ifma(ifma) = self.0 else {
            return None;
        };
        let lengths = || group.iter().map(|padded| padded.length());
        let longest = lengths().max().unwrap_or_default();
        let all = lengths().fold(0, usize::saturating_add);
        (all >= longest.saturating_mul(BUSY_LANES)).then(|| ifma.sha256(front, group))
    }

    #[cfg(not(any(target_arch = "x86_64", plain_lanes)))]
    #[expect(clippy::unused_self, reason = "as with lanes")]
    const fn sha256_in_lanes(self, _: &Front<'_>, _: &[Padded<'_>; 16]) -> Option<[[u8; 32]; 16]> {
        None
    }

    /// `portable` or `avx512ifma`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kernel::Portable => "portable",
            #[cfg(any(target_arch = "x86_64", plain_lanes))]
            Kernel::Ifma(_) => "avx512ifma",
        }
    }
}
