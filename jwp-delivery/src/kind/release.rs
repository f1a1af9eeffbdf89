//! `delivery.release.sealed`: the receipt that closes a release.

use std::collections::BTreeMap;

use jwp_core::{Citation, Claim, EnergySource, Evidence, Invalid, Joules, Kind, Link, cbor::Bytes};
use serde::{Deserialize, Serialize};

use super::count;

/// The seal over the receipts before it: `delivery.release.sealed`.
///
/// ```cddl
/// release-sealed = {
///   "receipts" => uint,
///   "head" => link,
///   "root" => bstr .size 32,
///   "joules" => { ? "measured" => joules, ? "modelled" => joules, ? "declared" => joules },
///   "unmetered" => uint,
///   "kinds" => { + kind => uint },
///   "outcome" => "released" / "aborted" / "rolled_back" / "abandoned",
/// }
/// ```
///
/// It covers `seq` 0..n−1 and excludes itself: `receipts` equals its own `seq`, `head` its `prev`.
/// `root` is the RFC 9162 Merkle root over the 96-byte entries `link || signature`. It carries no
/// joules of its own.
///
/// **Proves** what stood in the chain when it was closed. **Does not prove** what came later: that
/// opens a successor chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReleaseSealed {
    /// Link of the last receipt that is covered.
    pub head: Link,
    /// Merkle root over the receipts that are covered.
    pub root: Bytes,
    /// Receipts by kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// Energy by source.
    pub joules: JoulesBySource,
    /// How the release ended.
    pub outcome: Outcome,
    /// Receipts that are covered.
    pub receipts: u64,
    /// Receipts without a figure.
    pub unmetered: u64,
}

/// Sums of energy; a source is present exactly where a receipt has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct JoulesBySource {
    /// Said by issuers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Joules>,
    /// Read from counters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Joules>,
    /// Computed by models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modelled: Option<Joules>,
}

impl JoulesBySource {
    /// Adds a receipt's figure; `None` where a sum leaves `u64` microjoules.
    #[must_use]
    pub fn checked_add(mut self, source: EnergySource, joules: Joules) -> Option<Self> {
        let slot = match source {
            EnergySource::Measured => &mut self.measured,
            EnergySource::Modelled => &mut self.modelled,
            EnergySource::Declared => &mut self.declared,
            _ => return None,
        };
        *slot = Some(
            slot.unwrap_or(Joules::from_microjoules(0))
                .checked_add(joules)?,
        );
        Some(self)
    }

    /// The sum over all sources; `None` where it leaves `u64` microjoules or there is no figure.
    #[must_use]
    pub fn total(&self) -> Option<Joules> {
        self.by_source().map(|(_, joules)| joules).try_fold(
            None,
            |sum: Option<Joules>, joules| match sum {
                None => Some(Some(joules)),
                Some(sum) => sum.checked_add(joules).map(Some),
            },
        )?
    }

    /// The sources that are present, best first.
    pub fn by_source(&self) -> impl Iterator<Item = (EnergySource, Joules)> + use<> {
        [
            (EnergySource::Measured, self.measured),
            (EnergySource::Modelled, self.modelled),
            (EnergySource::Declared, self.declared),
        ]
        .into_iter()
        .filter_map(|(source, joules)| joules.map(|joules| (source, joules)))
    }
}

/// How a release ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Stopped with no traffic moved; the only outcome that is said, not computed.
    Abandoned,
    /// Traffic returned before weight 100.
    Aborted,
    /// Weight 100 stands.
    Released,
    /// A fired rollback stands in the chain.
    RolledBack,
}

impl Outcome {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abandoned => "abandoned",
            Self::Aborted => "aborted",
            Self::Released => "released",
            Self::RolledBack => "rolled_back",
        }
    }
}

impl ReleaseSealed {
    /// A seal from its parts; a verifier computes them anew.
    #[must_use]
    pub fn new(
        receipts: u64,
        head: Link,
        root: [u8; 32],
        (joules, unmetered): (JoulesBySource, u64),
        kinds: BTreeMap<Kind, u64>,
        outcome: Outcome,
    ) -> Self {
        let root = Bytes::from(&root[..]);
        Self {
            receipts,
            head,
            root,
            joules,
            unmetered,
            kinds,
            outcome,
        }
    }
}

impl Claim for ReleaseSealed {
    const KIND: &'static str = "delivery.release.sealed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["RFC 9162", "RFC 9052"]
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.receipts == 0 {
            return Err(Invalid::range("receipts", "at least one receipt"));
        }
        if self.root.as_slice().len() != 32 {
            return Err(Invalid::schema("root", "bstr .size 32"));
        }
        let counted = self
            .kinds
            .values()
            .try_fold(0u64, |sum, n| sum.checked_add(*n));
        if self.kinds.values().any(|n| *n == 0) {
            return Err(Invalid::range("kinds", "at least one receipt a kind"));
        }
        if counted != Some(self.receipts) {
            return Err(Invalid::schema("kinds", "kinds that add up to receipts"));
        }
        if self.unmetered > self.receipts {
            return Err(Invalid::schema("unmetered", "at most receipts"));
        }
        Ok(())
    }

    fn headline(&self) -> Vec<(&'static str, String)> {
        let total = self
            .joules
            .total()
            .map_or("unmetered".to_owned(), |j| j.to_string());
        vec![
            ("receipts", count(self.receipts)),
            ("outcome", self.outcome.name().to_owned()),
            ("joules", total),
            ("head", self.head.to_string()),
        ]
    }
}
