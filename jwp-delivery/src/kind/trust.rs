//! `trust.*`: endorsements and witnessed times of other receipts.

use jwp_core::{Citation, Claim, Evidence, Invalid, Kind, Link, cbor::Bytes, payload::MAX_SEQ};
use serde::{Deserialize, Serialize};

use super::count;

/// Another authority stands behind a receipt: `trust.receipt.endorsed`.
///
/// ```cddl
/// receipt-endorsed = { "link" => link, "seq" => uint, "kind" => kind }
/// ```
///
/// It names a receipt earlier in this chain, or the seal that `after` names. Never metered.
///
/// **Proves** that the endorser signed the link. **Does not prove** that they looked at anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReceiptEndorsed {
    /// The receipt's sequence number.
    pub seq: u64,
    /// The receipt's kind.
    pub kind: Kind,
    /// The receipt.
    pub link: Link,
}

impl ReceiptEndorsed {
    /// An endorsement of a receipt.
    #[must_use]
    pub const fn new(link: Link, seq: u64, kind: Kind) -> Self {
        Self { link, seq, kind }
    }
}

impl Claim for ReceiptEndorsed {
    const KIND: &'static str = "trust.receipt.endorsed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["RFC 9943"]
    }

    fn validate(&self) -> Result<(), Invalid> {
        check_seq(self.seq)
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        vec![
            ("seq", count(self.seq)),
            ("endorses", self.kind.to_string()),
        ]
    }
}

/// A time-stamping authority saw a receipt's link: `trust.time.witnessed`.
///
/// ```cddl
/// time-witnessed = { "link" => link, "seq" => uint, "token" => bstr }
/// ```
///
/// Source: RFC 3161. **Does not prove** anything until the token is checked; this version carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TimeWitnessed {
    /// The receipt's sequence number.
    pub seq: u64,
    /// The receipt.
    pub link: Link,
    /// The RFC 3161 TimeStampToken over the link.
    pub token: Bytes,
}

impl TimeWitnessed {
    /// A token over a receipt's link.
    #[must_use]
    pub const fn new(link: Link, seq: u64, token: Bytes) -> Self {
        Self { link, seq, token }
    }
}

impl Claim for TimeWitnessed {
    const KIND: &'static str = "trust.time.witnessed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["RFC 3161"]
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.token.as_slice().is_empty() {
            return Err(Invalid::schema("token", "a TimeStampToken"));
        }
        check_seq(self.seq)
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        vec![("seq", count(self.seq))]
    }
}

fn check_seq(seq: u64) -> Result<(), Invalid> {
    if seq <= MAX_SEQ {
        Ok(())
    } else {
        Err(Invalid::range("seq", "below 2^53"))
    }
}
