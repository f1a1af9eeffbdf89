//! A half-open span of time.

use jwp_core::{Invalid, Timestamp};
use serde::{Deserialize, Serialize};

/// A span of time `[from, to)`, in whole seconds.
///
/// ```cddl
/// window = { "from" => seconds, "to" => seconds }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Window {
    /// The second behind the last.
    pub to: Timestamp,
    /// The first second.
    pub from: Timestamp,
}

impl Window {
    /// A span; whether `from` is before `to` is said by [`Window::validate`].
    #[must_use]
    pub const fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to }
    }

    /// Length in seconds.
    #[must_use]
    pub const fn length_s(&self) -> u64 {
        self.to.as_secs().saturating_sub(self.from.as_secs())
    }

    /// Whether `other` lies inside this span, ends included.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// Checks that the span is not empty.
    ///
    /// # Errors
    /// `from` at or behind `to`.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.from < self.to {
            Ok(())
        } else {
            Err(Invalid::schema("window", "from before to"))
        }
    }
}
