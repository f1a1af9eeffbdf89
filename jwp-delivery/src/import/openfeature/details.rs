//! Evaluations one by one: `EvaluationDetails` in rows, or as the data of CloudEvents.

use std::collections::BTreeSet;

use jwp_core::{Decimal, Digest};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{
    Counted, FlagContext,
    division::Division,
    reason::{INSIDE_THE_RULE, Reason},
};
use crate::{
    compute::{self, dora},
    import::{
        ImportError,
        cloudevents::{self, EventData},
        fault, stream,
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    flag_key: String,
    #[serde(default)]
    targeting_key: Option<String>,
    #[serde(borrow)]
    #[expect(
        dead_code,
        reason = "details without a value are not EvaluationDetails"
    )]
    value: &'a RawValue,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    duration_ns: Option<u64>,
}

struct Item<'a> {
    data: &'a [u8],
    place: String,
}

/// Counts the evaluations of JSON lines, an array or one.
pub(super) fn count_rows(
    bytes: &[u8],
    division: &Division,
    context: &FlagContext,
) -> Result<Counted, ImportError> {
    let rows = stream::rows(bytes)?;
    let root = dora::events_root(rows.iter().map(|row| row.bytes));
    let items = rows.iter().map(|row| Item {
        data: row.bytes,
        place: row.place(),
    });
    count(items, root, division, context)
}

/// Counts the evaluations in CloudEvents of one type; others are passed over, and repetitions left out.
pub(super) fn count_events(
    stream: &[u8],
    event_type: &str,
    division: &Division,
    context: &FlagContext,
) -> Result<Counted, ImportError> {
    let set = cloudevents::distinct(cloudevents::parse(stream)?)?;
    let events: Vec<_> = set
        .events
        .iter()
        .filter(|event| event.event_type == event_type)
        .collect();
    let mut items = Vec::with_capacity(events.len());
    for event in &events {
        let EventData::Json(data) = event.data else {
            let expected = "evaluation details as JSON data";
            return Err(fault::incomplete(&*event.place, expected));
        };
        let inside = |at_ms: u64| context.seconds().contains(&(at_ms / 1000));
        if !event.time_ms.is_some_and(inside) {
            return Err(fault::value(&*event.place, "a time inside the window"));
        }
        items.push(Item {
            data,
            place: event.place.clone(),
        });
    }
    let root = dora::events_root(events.iter().map(|event| event.raw));
    count(items.into_iter(), root, division, context)
}

fn count<'a>(
    items: impl Iterator<Item = Item<'a>>,
    events_root: Digest,
    division: &Division,
    context: &FlagContext,
) -> Result<Counted, ImportError> {
    let mut counted = Counted {
        events_root: Some(events_root),
        ..Counted::default()
    };
    let mut durations = Vec::new();
    let (mut others, mut cohort) = (BTreeSet::new(), BTreeSet::new());
    for item in items {
        let read: Details<'_> =
            fault::json(item.data).map_err(|e| fault::within(e, &item.place))?;
        if read.flag_key != context.flag {
            continue;
        }
        let increment = |n: &mut u64| *n = n.saturating_add(1);
        increment(&mut counted.evaluations);
        durations.extend(read.duration_ns);
        let reason = Reason::of(read.reason.as_deref().unwrap_or_default());
        if read.error_code.is_some() || matches!(reason, Reason::Error) {
            increment(&mut counted.errors);
            continue;
        }
        let on = read.variant.as_deref() == Some(&context.variant);
        match reason {
            Reason::Decided => increment(&mut counted.decided),
            Reason::Other if on => return Err(fault::value(item.place, INSIDE_THE_RULE)),
            Reason::Error | Reason::Other | Reason::Stale => continue,
        }
        // Without a key all users share one bucket: that is no exposure of a percentage.
        let user = read.targeting_key.filter(|user| !user.is_empty());
        let expected = "a targetingKey in every evaluation that the rule decided";
        let user = user.ok_or_else(|| fault::incomplete(&*item.place, expected))?;
        let bucket =
            division
                .bucketing
                .bucket(&division.salt, &context.flag, &user, division.buckets);
        let (from, to) = division.admitted;
        if bucket.map(|bucket| (from..to).contains(&bucket)) != Some(on) {
            return Err(fault::value(
                item.place,
                "the variant that the bucket of its user gives",
            ));
        }
        if on {
            increment(&mut counted.admitted);
            cohort.insert(user);
        } else {
            others.insert(user);
        }
    }
    // A user's bucket gives one variant: nobody is in both.
    let admitted = compute::count(cohort.len());
    let all = compute::count(others.len()).saturating_add(admitted);
    counted.users = Some((all, admitted));
    if counted.evaluations == 0 {
        return Err(fault::incomplete(
            "evaluations",
            "at least one evaluation of the flag",
        ));
    }
    // Timed in full or not at all: a part would be a sample that nobody chose.
    if compute::count(durations.len()) == counted.evaluations {
        counted.p99_ms = nearest_rank_p99(&mut durations);
    } else if !durations.is_empty() {
        return Err(fault::incomplete(
            "evaluations",
            "durationNs in every evaluation, or in none",
        ));
    }
    if let Some(salt) = &context.cohort_salt {
        counted.cohort_root = Some(cohort_root(salt, &context.flag, &cohort));
    }
    Ok(counted)
}

/// The ⌈0.99 n⌉-th smallest, in milliseconds at 3 places.
fn nearest_rank_p99(durations_ns: &mut [u64]) -> Option<Decimal> {
    durations_ns.sort_unstable();
    let rank = durations_ns.len().checked_mul(99)?.div_ceil(100);
    let ns = durations_ns.get(rank.checked_sub(1)?)?;
    Decimal::from_ratio(i128::from(*ns), 1_000_000, 3)
}

/// RFC 9162 root over SHA-256(salt ‖ 0x00 ‖ flag ‖ 0x00 ‖ user) of the admitted users, sorted.
fn cohort_root(salt: &str, flag: &str, users: &BTreeSet<String>) -> Digest {
    let leaf = |user: &String| {
        let mut hash = Sha256::new();
        for part in [
            salt.as_bytes(),
            &[0],
            flag.as_bytes(),
            &[0],
            user.as_bytes(),
        ] {
            hash.update(part);
        }
        <[u8; 32]>::from(hash.finalize())
    };
    let leaves: BTreeSet<[u8; 32]> = users.iter().map(leaf).collect();
    dora::events_root(leaves.iter().map(<[u8; 32]>::as_slice))
}
