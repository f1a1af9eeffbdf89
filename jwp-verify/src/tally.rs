//! What a seal says of the receipts before it, computed from them: to issue a seal and to check one.

use std::collections::BTreeMap;

use jwp_core::{
    Kind, Link, Receipt,
    merkle::{MerkleTree, leaf_hash},
};
use jwp_delivery::kind::release::{JoulesBySource, Outcome, ReleaseSealed};

use crate::{
    code::{Code, Rule},
    finding::Finding,
};

/// Most distinct kinds in a chain: more than that is no release, and the seal must name them all.
pub const MAX_KINDS: usize = 1024;

/// What a seal says of the receipts before it, added up receipt by receipt.
///
/// Bounded in memory: one hash per complete Merkle subtree and one number per kind.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    receipts: u64,
    head: Option<Link>,
    tree: MerkleTree,
    joules: JoulesBySource,
    unmetered: u64,
    kinds: BTreeMap<Kind, u64>,
}

/// A sum that a seal cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TallyError {
    /// More energy than 64 bits of microjoules hold (`Policy.Overflow`).
    #[error("got more energy than 18446744073709.551615 J, expected a sum that a seal can hold")]
    Overflow,
    /// More distinct kinds than [`MAX_KINDS`] (`Chain.TooMany`).
    #[error("got more than {MAX_KINDS} kinds, expected as many as a seal can name")]
    TooManyKinds,
}

impl TallyError {
    /// The stable public code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        let code = match self {
            Self::Overflow => Code::PolicyOverflow,
            Self::TooManyKinds => Code::ChainTooMany,
        };
        code.name()
    }
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next receipt.
    ///
    /// # Errors
    /// [`TallyError`]; a sum that failed stays as it was, count and tree go on.
    pub fn push(&mut self, receipt: &Receipt<'_>) -> Result<(), TallyError> {
        let (link, payload) = (receipt.link(), receipt.payload());
        self.receipts = self.receipts.saturating_add(1);
        self.head = Some(link);
        // The entry is link || signature, 96 bytes: without the signatures, somebody could exchange
        // one for another of the same receipt under the same root.
        self.tree
            .push(leaf_hash(&[link.as_bytes(), receipt.signature()]));
        let counted = self.count(payload.kind());
        match (payload.joules(), payload.source()) {
            (Some(joules), Some(source)) => {
                let sums = self.joules.checked_add(source, joules);
                let sums = sums.filter(|sums| sums.total().is_some());
                self.joules = sums.ok_or(TallyError::Overflow)?;
            }
            // Unmetered is not zero: it is counted beside the sums.
            _ => self.unmetered = self.unmetered.saturating_add(1),
        }
        counted
    }

    fn count(&mut self, name: &str) -> Result<(), TallyError> {
        // The parser has checked the grammar of the name.
        let Ok(kind) = Kind::parse(name) else {
            return Ok(());
        };
        if self.kinds.len() >= MAX_KINDS && !self.kinds.contains_key(&kind) {
            return Err(TallyError::TooManyKinds);
        }
        let count = self.kinds.entry(kind).or_default();
        *count = count.saturating_add(1);
        Ok(())
    }

    /// The seal over what was added; `None` over nothing.
    #[must_use]
    pub fn seal(&self, outcome: Outcome) -> Option<ReleaseSealed> {
        let energy = (self.joules, self.unmetered);
        let kinds = self.kinds.clone();
        let root = self.tree.root();
        Some(ReleaseSealed::new(
            self.receipts,
            self.head?,
            root,
            energy,
            kinds,
            outcome,
        ))
    }

    /// Energy by source.
    #[must_use]
    pub const fn joules(&self) -> JoulesBySource {
        self.joules
    }

    /// Receipts without a figure.
    #[must_use]
    pub const fn unmetered(&self) -> u64 {
        self.unmetered
    }

    /// Receipts by kind.
    #[must_use]
    pub const fn kinds(&self) -> &BTreeMap<Kind, u64> {
        &self.kinds
    }

    /// Compares a seal with what was added, figure by figure. The outcome is compared elsewhere.
    pub(crate) fn compare(&self, seal: &ReleaseSealed) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut differs = |rule, what: &str, found: String, expected: String| {
            if found != expected {
                let finding = Finding::new(
                    Code::SealMismatch,
                    format!("{what} {found}"),
                    format!("{what} {expected}, as the receipts say"),
                );
                findings.push(finding.of_rule(rule));
            }
        };
        let number = |n: u64| n.to_string();
        differs(
            Rule::R18,
            "receipts",
            number(seal.receipts),
            number(self.receipts),
        );
        let head = self.head.map_or(String::new(), |head| head.to_string());
        differs(Rule::R18, "head", seal.head.to_string(), head);
        let root = Link::from_bytes(self.tree.root()).to_string();
        let sealed = <[u8; 32]>::try_from(seal.root.as_slice()).map(Link::from_bytes);
        differs(
            Rule::R18,
            "root",
            sealed.map_or(String::new(), |root| root.to_string()),
            root,
        );
        differs(
            Rule::R17,
            "joules",
            by_source(&seal.joules),
            by_source(&self.joules),
        );
        differs(
            Rule::R17,
            "unmetered",
            number(seal.unmetered),
            number(self.unmetered),
        );
        differs(Rule::R18, "kinds", kinds(&seal.kinds), kinds(&self.kinds));
        findings
    }
}

/// Each source that is present, with its sum.
pub(crate) fn by_source(joules: &JoulesBySource) -> String {
    let sums = joules
        .by_source()
        .map(|(source, sum)| format!("{sum} {}", source.name()));
    let sums: Vec<_> = sums.collect();
    if sums.is_empty() {
        "none".to_owned()
    } else {
        sums.join(", ")
    }
}

fn kinds(kinds: &BTreeMap<Kind, u64>) -> String {
    let counts: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    counts.join(", ")
}
