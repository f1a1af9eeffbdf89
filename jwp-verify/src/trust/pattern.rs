//! What a key may sign for: exact names, and prefixes that end where a name may be cut.

use core::fmt;

use jwp_core::{Identifier, Kind};

/// Kinds that a key may sign.
///
/// Three forms and no other: an exact kind (`delivery.build.completed`); whole labels and `.*`
/// (`delivery.gates.*`), which matches every kind that begins with these labels and has at least one
/// more; and `*`, every kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindPattern(Pattern);

/// Environments or releases that a key may sign for.
///
/// Three forms and no other: an exact identifier (`prod`, `jouledb@v2026.05.07`); a prefix that ends
/// in `/` or `@`, and `*` (`jouledb@*`, `trust/*`), which matches every identifier that begins so and
/// goes on; and `*`, every identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePattern(Pattern);

/// Text that is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got another form, expected {expected}")]
#[non_exhaustive]
pub struct PatternError {
    /// The forms.
    pub expected: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Pattern {
    Any,
    Exact(String),
    Prefix(String),
}

impl Pattern {
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == name,
            // The prefix carries its last separator, so that "a.b" never matches "a.bc".
            Self::Prefix(prefix) => name
                .strip_prefix(prefix.as_str())
                .is_some_and(|r| !r.is_empty()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(exact) => f.write_str(exact),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

impl KindPattern {
    /// Every kind.
    pub const ANY: Self = Self(Pattern::Any);

    /// Reads one of the three forms.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let wrong = PatternError {
            expected: "a kind, labels and \".*\", or \"*\"",
        };
        let pattern = if text == "*" {
            Pattern::Any
        } else if let Some(labels) = text.strip_suffix(".*") {
            Kind::parse(labels).map_err(|_| wrong)?;
            Pattern::Prefix(format!("{labels}."))
        } else {
            Kind::parse(text).map_err(|_| wrong)?;
            Pattern::Exact(text.to_owned())
        };
        Ok(Self(pattern))
    }

    /// Whether the pattern covers a kind.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        self.0.matches(kind)
    }
}

impl NamePattern {
    /// Every identifier.
    pub const ANY: Self = Self(Pattern::Any);

    /// Reads one of the three forms.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let wrong = PatternError {
            expected: "an identifier, a prefix up to \"/\" or \"@\" and \"*\", or \"*\"",
        };
        let pattern = match text.strip_suffix('*') {
            Some("") => Pattern::Any,
            Some(prefix) if prefix.ends_with(['/', '@']) => {
                Identifier::parse(prefix).map_err(|_| wrong)?;
                Pattern::Prefix(prefix.to_owned())
            }
            Some(_) => return Err(wrong),
            None => {
                Identifier::parse(text).map_err(|_| wrong)?;
                Pattern::Exact(text.to_owned())
            }
        };
        Ok(Self(pattern))
    }

    /// Whether the pattern covers an identifier.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl core::str::FromStr for KindPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl core::str::FromStr for NamePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_match_by_whole_labels() {
        let gates = KindPattern::parse("delivery.gates.*").unwrap();
        for (kind, matches) in [
            ("delivery.gates.passed", true),
            ("delivery.gates.a.b", true),
            ("delivery.gates", false),
            ("delivery.gatesx.passed", false),
            ("xdelivery.gates.passed", false),
        ] {
            assert_eq!(gates.matches(kind), matches, "{kind}");
        }
        assert!(KindPattern::ANY.matches("a"));
        assert!(!KindPattern::parse("a.b").unwrap().matches("a.b.c"));
        for bad in [
            "",
            ".*",
            "a.**",
            "a*",
            "*.a",
            "a.*.b",
            "A",
            "a b",
            "delivery.*.passed",
        ] {
            assert!(KindPattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_match_up_to_a_separator() {
        let releases = NamePattern::parse("jouledb@*").unwrap();
        assert!(releases.matches("jouledb@v1"));
        assert!(!releases.matches("jouledb@"));
        assert!(!releases.matches("jouledb2@v1"));
        for bad in ["", "jouledb*", "@*", "*@v1", "prod*", "**", "pr*od"] {
            assert!(NamePattern::parse(bad).is_err(), "{bad}");
        }
        for same in ["*", "prod", "trust/*", "jouledb@*"] {
            assert_eq!(NamePattern::parse(same).unwrap().to_string(), same);
        }
    }
}
