//! What is remembered of every receipt of a chain, so that references to it can be judged.

use std::collections::BTreeMap;

use jwp_core::{Digest, Link, Receipt};

/// Most receipts that are remembered: a release has some dozens, and a stream of millions must not fill the memory.
/// References to later ones that do not stand are listed as not checked.
const MAX_KNOWN: usize = 1 << 14;

/// The receipts so far, by link.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<Link, Said>);

/// What a receipt said, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) seq: u64,
    pub(super) kind: Box<str>,
    /// SHA-256 of the claim's bytes: to tell whether a reissue says the same.
    pub(super) claim: Digest,
    pub(super) subject: Option<Digest>,
}

impl Said {
    pub(super) fn of(receipt: &Receipt<'_>) -> Self {
        let payload = receipt.payload();
        Self {
            seq: payload.seq(),
            kind: payload.kind().into(),
            claim: Digest::sha256(payload.claim_bytes()),
            subject: payload.subject().first(),
        }
    }

    /// Whether another receipt says the same of the same.
    pub(super) fn is_said_by(&self, other: &Self) -> bool {
        (&self.kind, self.claim, self.subject) == (&other.kind, other.claim, other.subject)
    }
}

impl Known {
    pub(super) fn note(&mut self, receipt: &Receipt<'_>) {
        if self.0.len() < MAX_KNOWN {
            self.0.insert(receipt.link(), Said::of(receipt));
        }
    }

    pub(super) fn get(&self, link: Link) -> Option<&Said> {
        self.0.get(&link)
    }
}
