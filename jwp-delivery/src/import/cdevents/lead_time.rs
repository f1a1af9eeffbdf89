//! Lead time: the changes that were merged, and the first deployment that brought each.

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::Digest;

use super::{
    ChangeLink, artifact,
    deployment::Deployment,
    event::{Event, What},
};
use crate::{
    compute::dora::{Span, Window},
    import::{ImportError, fault},
};

/// One span per change that a deployment in the window brought.
pub(super) fn leads(
    events: &[Event<'_>],
    deployments: &[Deployment],
    window: Window,
    link: ChangeLink,
) -> Result<Vec<Span>, ImportError> {
    let merged = Merged::of(events)?;
    let mut leads = Vec::new();
    match link {
        ChangeLink::Artifact => {
            let mut brought: BTreeMap<Digest, BTreeSet<Named<'_>>> = BTreeMap::new();
            for event in events
                .iter()
                .filter(|event| event.what == What::ArtifactPackaged)
            {
                let change = event.content.change.as_ref();
                if let (Some(digest), Some(change)) = (artifact::digest(&event.subject), change) {
                    let named = (change.source.as_deref(), change.id.as_str());
                    brought.entry(digest).or_default().insert(named);
                }
            }
            let mut shipped = BTreeSet::new();
            for deployment in deployments {
                // A change is delivered once, by its first deployment.
                for named in brought.remove(&deployment.artifact).unwrap_or_default() {
                    let Some((source, from_ms)) = merged.only(named)? else {
                        continue;
                    };
                    if shipped.insert((source, named.1)) && window.contains(deployment.at_ms) {
                        leads.push(Span {
                            from_ms,
                            to_ms: deployment.at_ms,
                        });
                    }
                }
            }
        }
        ChangeLink::Sequence => {
            let changes = merged.0.values().flat_map(|c| c.by_source.values());
            let mut waiting: Vec<u64> = changes.copied().collect();
            waiting.sort_unstable();
            for deployment in deployments {
                let ready = waiting.partition_point(|&at| at <= deployment.at_ms);
                for from_ms in waiting.drain(..ready) {
                    if window.contains(deployment.at_ms) {
                        leads.push(Span {
                            from_ms,
                            to_ms: deployment.at_ms,
                        });
                    }
                }
            }
        }
    }
    Ok(leads)
}

/// The changes that were merged, by their ids.
struct Merged<'a>(BTreeMap<&'a str, Changes<'a>>);

/// The changes of one id.
#[derive(Default)]
struct Changes<'a> {
    /// When each was merged, by its source: that of the event, where the event does not say it.
    by_source: BTreeMap<&'a str, u64>,
    /// Those of which the event does not say it: their own may be another.
    unsaid: BTreeSet<&'a str>,
}

impl<'a> Merged<'a> {
    fn of(events: &'a [Event<'_>]) -> Result<Self, ImportError> {
        let mut all = Self(BTreeMap::new());
        let merges = events.iter().filter(|e| e.what == What::ChangeMerged);
        for event in merges {
            let (source, id) = event.about();
            let changes = all.0.entry(id).or_default();
            if event.subject_source.is_some() {
                changes.unsaid.remove(source);
            } else {
                changes.unsaid.insert(source);
            }
            // Told again under another id, it is the same.
            let before = changes.by_source.insert(source, event.at_ms);
            if before.is_some_and(|before| before != event.at_ms) {
                let place = format!("{}/subject/id", event.place);
                return Err(fault::value(place, "a change merged once"));
            }
        }
        Ok(all)
    }

    /// The only change that a reference fits, with its source and time; one without a source fits any.
    fn only(&self, (source, id): Named<'_>) -> Result<Option<(&'a str, u64)>, ImportError> {
        let Some(changes) = self.0.get(id) else {
            return Ok(None);
        };
        let of = |key: &'a str| changes.by_source.get(key).map(|at_ms| (key, *at_ms));
        // Two are looked at, however many there are.
        let fits = match source {
            None => {
                let mut all = changes.by_source.keys();
                [all.next(), all.next()]
            }
            Some(source) => {
                let said = changes.by_source.get_key_value(source);
                let mut others = changes.unsaid.iter().filter(|key| **key != source);
                match said {
                    Some((key, _)) => [Some(key), others.next()],
                    None => [others.next(), others.next()],
                }
            }
        };
        match fits {
            [only, None] => Ok(only.and_then(|key| of(key))),
            _ => {
                let expected = "a change that its source tells from others";
                Err(fault::value(
                    "artifact.packaged /subject/content/change",
                    expected,
                ))
            }
        }
    }
}

/// A source, where it is said, and an id.
type Named<'a> = (Option<&'a str>, &'a str);
