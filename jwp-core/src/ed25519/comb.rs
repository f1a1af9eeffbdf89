//! The shape of a comb (Lim and Lee, 1994): into how many rows the bits of a scalar are dealt, and which neighbours of a
//! row one table look-up covers.

/// How many rows.
pub(super) const ROWS: usize = 8;

/// How many bits of a scalar one table look-up covers at most. Wider is faster to use, slower to build, and
/// larger. Beside the additions a signature takes seven doublings, whatever the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Width {
    /// 7 bits: 40 additions, 28 KiB.
    W7,
    /// 8 bits: 32 additions, 64 KiB.
    W8,
    /// 11 bits: 24 additions, 320 KiB.
    W11,
}

/// Neighbouring bits of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The lowest.
    pub(super) first: u32,
    /// How many.
    pub(super) bits: u32,
    /// Where its entries begin.
    pub(super) begin: usize,
}

impl Width {
    /// All widths, narrow first.
    pub const ALL: [Self; 3] = [Self::W7, Self::W8, Self::W11];

    /// The number of bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::W7 => 7,
            Self::W8 => 8,
            Self::W11 => 11,
        }
    }

    /// The windows of a row, which has 32 bits; lowest first.
    pub(super) const fn windows(self) -> &'static [Window] {
        match self {
            Self::W7 => const { &windows_of([7, 7, 6, 6, 6]) },
            Self::W8 => const { &windows_of([8, 8, 8, 8]) },
            Self::W11 => const { &windows_of([11, 11, 10]) },
        }
    }

    /// Entries of a table of this width.
    pub(super) const fn entries(self) -> usize {
        match self.windows() {
            [.., last] => last.begin.saturating_add(last.entries()),
            [] => 0,
        }
    }
}

/// The most windows of any width.
#[cfg(any(target_arch = "x86_64", plain_lanes))]
pub(super) const MAX_WINDOWS: usize = Width::W7.windows().len();

impl Window {
    /// One for each sign but that of the topmost.
    const fn entries(&self) -> usize {
        1 << self.bits.saturating_sub(1)
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "computed by the compiler, which would stop at any"
)]
const fn windows_of<const N: usize>(bits: [u32; N]) -> [Window; N] {
    let mut windows = [Window {
        first: 0,
        bits: 0,
        begin: 0,
    }; N];
    let (mut first, mut begin, mut at) = (0, 0, 0);
    while at < N {
        windows[at] = Window {
            first,
            bits: bits[at],
            begin,
        };
        first += bits[at];
        begin += windows[at].entries();
        at += 1;
    }
    windows
}
