//! What happened to a Rollout, as Kubernetes' events of it say: source as in the module above.

use super::document::Resource;
use crate::import::{ImportError, fault, rfc3339::read_ms};

/// An event of the Rollout.
pub(super) struct Happened<'a> {
    pub(super) at_ms: u64,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

/// The events of the Rollout in order of time.
pub(super) fn events<'a>(
    all: &'a [Resource],
    rollout: &Resource,
) -> Result<Vec<Happened<'a>>, ImportError> {
    let mut events = Vec::new();
    for event in all.iter().filter(|resource| resource.kind == "Event") {
        let Some(object) = &event.involved_object else {
            continue;
        };
        let of_rollout = object.kind.as_deref() == Some("Rollout");
        if !of_rollout || !object.names(&rollout.metadata) {
            continue;
        }
        let place = format!(
            "Event {}",
            event.metadata.name.as_deref().unwrap_or_default()
        );
        let at = event
            .last_timestamp
            .as_deref()
            .or(event.event_time.as_deref());
        let at = at.ok_or_else(|| fault::incomplete(&*place, "lastTimestamp or eventTime"))?;
        events.push(Happened {
            at_ms: read_ms(at, &place)?,
            reason: event.reason.as_deref().unwrap_or_default(),
            message: event.message.as_deref().unwrap_or_default(),
        });
    }
    events.sort_by_key(|event| event.at_ms);
    Ok(events)
}

/// The weights in `Traffic weight updated [from A ]to B[, …]`.
pub(super) fn updated(message: &str) -> Option<(Option<u32>, u32)> {
    let rest = message.strip_prefix("Traffic weight updated ")?;
    let change = rest.split(", ").next()?;
    match change.strip_prefix("from ") {
        Some(change) => {
            let (from, to) = change.split_once(" to ")?;
            Some((Some(from.parse().ok()?), to.parse().ok()?))
        }
        None => Some((None, change.strip_prefix("to ")?.parse().ok()?)),
    }
}

/// Number and weight in `Rollout step 3/8 completed (setWeight: 25)`.
pub(super) fn completed_step(message: &str) -> Option<(usize, u32)> {
    let rest = message.strip_prefix("Rollout step ")?;
    let (number, rest) = rest.split_once('/')?;
    let (_, weight) = rest.split_once(" completed (setWeight: ")?;
    let weight = weight.strip_suffix(')')?.parse().ok()?;
    Some((number.parse().ok()?, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_give_weights_and_steps() {
        assert_eq!(updated("Traffic weight updated to 5"), Some((None, 5)));
        let both = Some((Some(5), 25));
        assert_eq!(updated("Traffic weight updated from 5 to 25"), both);
        let additional = "Traffic weight updated from 5 to 25, additional: []";
        assert_eq!(updated(additional), both);
        assert_eq!(updated("Traffic weight updated additional: []"), None);
        assert_eq!(updated("Traffic weight updated from 5"), None);
        assert_eq!(
            completed_step("Rollout step 3/8 completed (setWeight: 25)"),
            Some((3, 25))
        );
        assert_eq!(
            completed_step("Rollout step 2/8 completed (pause: 2m)"),
            None
        );
    }
}
