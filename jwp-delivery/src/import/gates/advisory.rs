//! Known flaws, counted once: two tools may report one flaw of one package under several names.

use std::collections::{BTreeMap, BTreeSet};

/// A known flaw of one package at HIGH or CRITICAL, under all its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advisory {
    ecosystem: String,
    package: String,
    ids: BTreeSet<String>,
}

impl Advisory {
    pub(crate) fn new<'a>(
        ids: impl IntoIterator<Item = &'a String>,
        ecosystem: &str,
        package: &str,
    ) -> Self {
        let ids = ids.into_iter().cloned().collect();
        Self {
            ecosystem: ecosystem.to_owned(),
            package: package.to_owned(),
            ids,
        }
    }
}

/// Distinct (advisory alias group, package): advisories of one package that share a name, directly or
/// through another, are one.
///
/// Disjoint sets over the advisories, so that a report of a million findings takes no longer than
/// sorting it.
pub(super) fn distinct<'a>(advisories: impl IntoIterator<Item = &'a Advisory>) -> u64 {
    let mut owners: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut groups = 0u64;
    for advisory in advisories {
        let this = parents.len();
        parents.push(this);
        groups = groups.saturating_add(1);
        for id in &advisory.ids {
            let key = (
                advisory.ecosystem.as_str(),
                advisory.package.as_str(),
                id.as_str(),
            );
            let owner = *owners.entry(key).or_insert(this);
            let (from, to) = (root(&mut parents, this), root(&mut parents, owner));
            if from != to
                && let Some(parent) = parents.get_mut(from)
            {
                *parent = to;
                groups = groups.saturating_sub(1);
            }
        }
    }
    groups
}

/// The representative of a set, halving the path to it.
fn root(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(&parent) = parents.get(at)
        && parent != at
    {
        let next = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = next;
        }
        at = next;
    }
    at
}
