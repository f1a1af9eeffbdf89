//! Which kernel a machine runs.

use sha2::{Digest as _, Sha256};

#[cfg(any(target_arch = "x86_64", plain_lanes))]
use super::lanes::Ifma;

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

/// As few messages are hashed sooner one by one than in lanes of which most are idle.
#[cfg(any(target_arch = "x86_64", plain_lanes))]
const FEW: usize = 6;

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

    /// SHA-256 of message i of `count`, handed to `digest` with i. Neighbours share a group: put those of about
    /// the same length side by side.
    pub(crate) fn sha256<'a>(
        self,
        count: usize,
        message: impl Fn(usize) -> &'a [u8],
        mut digest: impl FnMut(usize, [u8; 32]),
    ) {
        let mut next = 0;
        #[cfg(any(target_arch = "x86_64", plain_lanes))]
        if let Kernel::Ifma(ifma) = self.0 {
            while count.saturating_sub(next) >= FEW {
                let group = core::array::from_fn::<_, 16, _>(|lane| {
                    let index = next.saturating_add(lane);
                    if index < count { message(index) } else { &[] }
                });
                for (index, found) in (next..count).zip(ifma.sha256(group)) {
                    digest(index, found);
                }
                next = next.saturating_add(16);
            }
        }
        for index in next..count {
            digest(index, Sha256::digest(message(index)).into());
        }
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
