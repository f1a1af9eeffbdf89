//! Which kernel a machine runs.

#[cfg(any(target_arch = "x86_64", plain_lanes))]
use super::lanes::Ifma;

/// Which kernel checks signatures under a key that has a table. The verdict is the same with every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend(pub(super) Kernel);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    Portable,
    #[cfg(any(target_arch = "x86_64", plain_lanes))]
    Ifma(Ifma),
}

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
