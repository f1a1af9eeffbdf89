//! What a check found: a stable code, the rule, the place, and what was expected there.

use core::fmt;

use serde::Serialize;

use crate::code::{self, Class, Code, Rule};

/// One fact against a chain.
///
/// Findings are compared by [`Finding::code`]; the words are for people and may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable code, `Area.Name`; each stands in [`CODES`](crate::code::CODES).
    pub code: &'static str,
    /// The invariant that does not hold, `R01`–`R24`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// Sequence number of the receipt, as it says itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Offset in bytes from the start of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
}

impl Finding {
    /// A finding without rule or place.
    #[must_use]
    pub fn new(code: Code, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::named(code.name(), found.into(), expected.into())
    }

    const fn named(code: &'static str, found: String, expected: String) -> Self {
        Self {
            code,
            rule: None,
            seq: None,
            offset: None,
            found,
            expected,
        }
    }

    /// An error of `jwp-core` about bytes that begin at `base`.
    #[must_use]
    pub fn of_error(error: &jwp_core::Error, base: usize) -> Self {
        let offset = error
            .offset()
            .map_or(base, |offset| base.saturating_add(offset));
        Self::of_text(error.code(), &error.kind().to_string()).at_offset(offset)
    }

    /// A finding of an error whose text reads "got …, expected …" already.
    pub(crate) fn of_text(code: &'static str, text: &str) -> Self {
        let (found, expected) = split(text);
        Self::named(code, found, expected)
    }

    /// With the invariant that does not hold.
    #[must_use]
    pub const fn of_rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule.id());
        self
    }

    /// With a receipt's sequence number and offset.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        self.at_seq(place.seq).at_offset(place.offset)
    }

    /// With a sequence number.
    #[must_use]
    pub const fn at_seq(mut self, seq: u64) -> Self {
        self.seq = Some(seq);
        self
    }

    /// With an offset in bytes.
    #[must_use]
    pub fn at_offset(mut self, offset: usize) -> Self {
        self.offset = u64::try_from(offset).ok();
        self
    }

    /// Whether it refuses or leaves open.
    #[must_use]
    pub fn class(&self) -> Class {
        // A later jwp-core may give a code that this table does not have; it must never count for less.
        code::find(self.code).map_or(Class::Refused, Code::class)
    }
}

impl fmt::Display for Finding {
    /// `Chain.Missing (R13) at seq 5 at byte 2210: got …, expected …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)?;
        if let Some(rule) = self.rule {
            write!(f, " ({rule})")?;
        }
        if let Some(seq) = self.seq {
            write!(f, " at seq {seq}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        match (self.found.as_str(), self.expected.as_str()) {
            (found, "") => write!(f, ": {found}"),
            (found, expected) => write!(f, ": got {found}, expected {expected}"),
        }
    }
}

impl core::error::Error for Finding {}

/// Where a receipt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Its sequence number, as it says itself.
    pub seq: u64,
    /// Offset of its first byte in the chain.
    pub offset: usize,
}

impl Place {
    /// A place.
    #[must_use]
    pub const fn new(seq: u64, offset: usize) -> Self {
        Self { seq, offset }
    }
}

/// Most findings that are kept; the rest is counted. A chain of ten million bad receipts must not
/// need memory for ten million findings.
pub const MAX_FINDINGS: usize = 1000;

/// Findings in the order in which they were made, bounded in number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    more: u64,
    refused: bool,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        let refuses = finding.class() == Class::Refused;
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
            // The verdict names a finding that refuses wherever there is one.
            if refuses
                && !self.refused
                && let Some(last) = self.kept.last_mut()
            {
                *last = finding;
            }
        }
        self.refused |= refuses;
    }

    pub(crate) fn extend(&mut self, findings: Vec<Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether one of them refuses.
    pub(crate) const fn refuse(&self) -> bool {
        self.refused
    }

    /// The findings, and the number of those that were not kept.
    pub(crate) fn take(&mut self) -> (Vec<Finding>, u64) {
        (core::mem::take(&mut self.kept), self.more)
    }
}

/// Splits "got X, expected Y" into its halves; other texts stay whole.
fn split(text: &str) -> (String, String) {
    let rest = text.strip_prefix("got ").unwrap_or(text);
    match rest.split_once(", expected ") {
        Some((found, expected)) if rest.len() < text.len() => {
            (found.to_owned(), expected.to_owned())
        }
        _ => (text.to_owned(), String::new()),
    }
}
