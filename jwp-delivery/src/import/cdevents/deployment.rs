//! The deployments of the service, and what was live when: a rollback fails what it takes away.

use std::collections::BTreeMap;

use jwp_core::Digest;

use super::{
    DoraScope, artifact,
    event::{Event, What},
};
use crate::{
    compute::{burn_rate::Counts, dora::Window},
    import::{ImportError, fault},
};

/// One deployment of the measured service.
pub(super) struct Deployment {
    pub(super) at_ms: u64,
    pub(super) artifact: Digest,
    pub(super) failed: bool,
}

/// Deployments of the service in order of time, whether inside the window or not; a rollback marks
/// the one that was live.
pub(super) fn deployments(
    events: &[Event<'_>],
    scope: &DoraScope,
) -> Result<Vec<Deployment>, ImportError> {
    let mut all: Vec<Deployment> = Vec::new();
    // What is live: a position in `all`, or an artifact from before the stream.
    let mut live: Option<(Digest, Option<usize>)> = None;
    // What was live before the last deployment, whether that was of an artifact deployed before, and whether a rollback
    // made live what is.
    let mut before: Option<usize> = None;
    let mut is_again = false;
    let mut is_back = false;
    let mut last: BTreeMap<Digest, usize> = BTreeMap::new();
    for event in events {
        let is_move = matches!(event.what, What::Deployed | What::RolledBack);
        if is_move && event.subject == scope.service && event.content.environment.is_none() {
            let place = format!("{}/subject/content/environment", event.place);
            return Err(fault::incomplete(place, "the environment of a deployment"));
        }
        if !is_here(event, scope) {
            continue;
        }
        let place = format!("{}/subject/content/artifactId", event.place);
        match event.what {
            What::Deployed => {
                let artifact = artifact::required(event.content.artifact_id.as_ref(), &place)?;
                if live.is_some_and(|(digest, _)| digest == artifact) {
                    continue;
                }
                before = live.and_then(|(_, index)| index);
                live = Some((artifact, Some(all.len())));
                is_back = false;
                is_again = last.insert(artifact, all.len()).is_some();
                all.push(Deployment {
                    at_ms: event.at_ms,
                    artifact,
                    failed: false,
                });
            }
            What::RolledBack => {
                let back_to = artifact::required(event.content.artifact_id.as_ref(), &place)?;
                if let Some((digest, index)) = live {
                    if digest == back_to && is_back {
                        // Reported again.
                        continue;
                    }
                    if digest == back_to {
                        // Deployed once more, it came back from what stood between; the first time, nobody knows
                        // whether it went or came.
                        if !is_again {
                            let expected = "another artifact than the live one";
                            return Err(fault::value(place, expected));
                        }
                        if let Some(failed) = before.and_then(|index| all.get_mut(index)) {
                            failed.failed = true;
                        }
                        is_back = true;
                        continue;
                    }
                    if let Some(failed) = index.and_then(|index| all.get_mut(index)) {
                        failed.failed = true;
                    }
                }
                live = Some((back_to, last.get(&back_to).copied()));
                is_back = true;
            }
            _ => {}
        }
    }
    Ok(all)
}

/// How many there were in the window, and how many of them failed.
pub(super) fn counted(deployments: &[Deployment], window: Window) -> Counts {
    let mut counts = Counts { bad: 0, total: 0 };
    for deployment in deployments.iter().filter(|d| window.contains(d.at_ms)) {
        counts.total = counts.total.saturating_add(1);
        counts.bad = counts.bad.saturating_add(u64::from(deployment.failed));
    }
    counts
}

fn is_here(event: &Event<'_>, scope: &DoraScope) -> bool {
    let environment = event.content.environment.as_ref().map(|e| e.id.as_str());
    event.subject == scope.service && environment == Some(scope.environment.as_str())
}
