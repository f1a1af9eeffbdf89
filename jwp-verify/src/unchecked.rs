//! What a verification met and did not check.

use std::collections::BTreeMap;

use serde::Serialize;

/// Something that a reader might take for checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotChecked {
    /// A stable word: `kind`, `proof`, `time`, `reference`, `endorsement`, `witness`, `later-events`,
    /// `invariants`, `rule`, `attestation`, `ended-key`, `energy`, `evidence`.
    pub what: &'static str,
    /// What it is about, in words.
    pub detail: String,
    /// The receipts, at most [`MAX_LISTED`] of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seqs: Vec<u64>,
    /// How many there are, listed or not.
    pub count: u64,
}

/// Most receipts that one entry of [`NotChecked`] lists.
pub const MAX_LISTED: usize = 100;

/// Lists of receipts by what was not checked in them.
#[derive(Debug, Default)]
pub(crate) struct Unchecked(BTreeMap<&'static str, NotChecked>);

impl Unchecked {
    pub(crate) fn note(&mut self, what: &'static str, detail: &str, seq: u64) {
        let new = || NotChecked {
            what,
            detail: detail.to_owned(),
            seqs: Vec::new(),
            count: 0,
        };
        let entry = self.0.entry(what).or_insert_with(new);
        entry.count = entry.count.saturating_add(1);
        if entry.seqs.len() < MAX_LISTED {
            entry.seqs.push(seq);
        }
    }

    pub(crate) fn into_list(self) -> Vec<NotChecked> {
        self.0.into_values().collect()
    }
}
