//! What the canary strategy plans: its weights with their pauses, and the router that moves traffic.

use super::document::{Canary, Step};
use crate::import::{ImportError, fault};

/// One weight of the canary, as planned.
pub(super) struct Planned {
    pub(super) weight: u32,
    pub(super) pauses_s: u64,
    /// 1-based number of its `setWeight` in the list; absent for the implied 100.
    pub(super) step: Option<usize>,
}

/// The weights of the plan, with the pauses at each.
pub(super) fn plan(steps: &[Step]) -> Result<Vec<Planned>, ImportError> {
    let mut planned: Vec<Planned> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let place = || format!("Rollout /spec/strategy/canary/steps/{i}");
        if let Some(weight) = step.set_weight {
            if weight > 100 || planned.last().is_some_and(|last| last.weight >= weight) {
                return Err(fault::value(
                    place(),
                    "weights that grow from step to step, to 100",
                ));
            }
            let step = i.checked_add(1);
            planned.push(Planned {
                weight,
                pauses_s: 0,
                step,
            });
        } else if let Some(pause) = &step.pause {
            let seconds = match &pause.duration {
                None => None,
                Some(text) => Some(
                    duration(&text.0)
                        .ok_or_else(|| fault::value(place(), "a duration such as 30s, 5m or 1h"))?,
                ),
            };
            if let (Some(seconds), Some(weight)) = (seconds, planned.last_mut()) {
                weight.pauses_s = weight.pauses_s.saturating_add(seconds);
            }
        } else if !step.moves_no_traffic() {
            return Err(fault::unsupported(place(), "a step of Argo Rollouts 1.7"));
        }
    }
    // A leading setWeight 0 moves nothing.
    planned.retain(|planned| planned.weight > 0);
    // After the last step the weight is 100, said or not.
    if planned.last().is_none_or(|last| last.weight < 100) {
        planned.push(Planned {
            weight: 100,
            pauses_s: 0,
            step: None,
        });
    }
    Ok(planned)
}

/// Argo's durations: whole seconds without a unit, or a number and `s`, `m` or `h`, several in a row.
fn duration(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut total, mut rest) = (0u64, text);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .filter(|&end| end > 0)?;
        let (digits, tail) = rest.split_at_checked(end)?;
        let unit = tail.chars().next()?;
        let scale = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(scale)?)?;
        rest = tail.get(1..)?;
    }
    (!text.is_empty()).then_some(total)
}

/// The traffic router's name, where there is one.
pub(super) fn mesh(canary: &Canary) -> Result<Option<String>, ImportError> {
    let Some(routing) = &canary.traffic_routing else {
        return Ok(None);
    };
    let place = "Rollout /spec/strategy/canary/trafficRouting";
    if routing.contains_key("maxTrafficWeight") {
        return Err(fault::unsupported(place, "weights out of 100"));
    }
    let options = ["managedRoutes"];
    let mut routers = routing
        .keys()
        .filter(|name| !options.contains(&name.as_str()));
    match (routers.next(), routers.next()) {
        (Some(router), None) if router.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Ok(Some(router.clone()))
        }
        _ => Err(fault::unsupported(place, "one traffic router")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_argos() {
        for (text, seconds) in [
            ("60", 60),
            ("30s", 30),
            ("2m", 120),
            ("1h", 3600),
            ("1h30m", 5400),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "m",
            "1d",
            "1.5h",
            "-1s",
            "5 m",
            "1h30",
            "s5",
            "99999999999999999999h",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn steps_must_grow() {
        let step = |weight| Step {
            set_weight: Some(weight),
            pause: None,
            analysis: None,
            experiment: None,
            set_canary_scale: None,
            set_header_route: None,
            set_mirror_route: None,
        };
        let weights = |steps: &[u32]| {
            let steps: Vec<Step> = steps.iter().map(|&weight| step(weight)).collect();
            let planned = plan(&steps).ok()?;
            Some(
                planned
                    .iter()
                    .map(|planned| planned.weight)
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(weights(&[5, 25, 100]), Some(vec![5, 25, 100]));
        assert_eq!(weights(&[5, 50]), Some(vec![5, 50, 100]), "100 is implied");
        assert_eq!(weights(&[]), Some(vec![100]));
        assert_eq!(weights(&[0, 20]), Some(vec![20, 100]));
        assert_eq!(weights(&[20, 20]), None);
        assert_eq!(weights(&[50, 20]), None);
        assert_eq!(weights(&[101]), None);
    }
}
