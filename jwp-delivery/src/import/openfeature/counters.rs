//! Evaluations that Prometheus counted, as OpenFeature's metrics hook exports them, and their latency.

use jwp_core::Decimal;

use super::{
    Counted, FlagContext,
    reason::{INSIDE_THE_RULE, Reason},
};
use crate::{
    compute::{Ratio, quantile},
    import::{
        ImportError, fault,
        promql::{self, Response, Scrapes},
    },
};

/// The labels of OpenFeature's metrics hook, older and newer names.
const KEY: [&str; 2] = ["key", "feature_flag_key"];
const VARIANT: [&str; 3] = [
    "variant",
    "feature_flag_variant",
    "feature_flag_result_variant",
];
const REASON: [&str; 3] = [
    "reason",
    "feature_flag_reason",
    "feature_flag_result_reason",
];

/// Counts the evaluations of two answers: the counters, and a histogram with one series per `le`.
pub(super) fn count(
    counters: &[u8],
    latency: &[u8],
    context: &FlagContext,
) -> Result<Counted, ImportError> {
    let mut counted =
        totals(counters, context).map_err(|e| fault::within(e, "evaluation counters"))?;
    let p99 = latency_p99(latency, counted.evaluations, context);
    counted.p99_ms = Some(p99.map_err(|e| fault::within(e, "evaluation latency"))?);
    Ok(counted)
}

fn totals(bytes: &[u8], context: &FlagContext) -> Result<Counted, ImportError> {
    let response = answer(bytes, context)?;
    let scrapes = Scrapes::new(context.from.as_secs().saturating_mul(1000), [&response]);
    let mut counted = Counted::default();
    let mut seen = false;
    for series in &response.series {
        let label = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| series.labels.get(*name))
                .map(String::as_str)
        };
        let key = label(&KEY);
        let key = key.ok_or_else(|| fault::incomplete(&*series.place, "the label key"))?;
        if key != context.flag {
            continue;
        }
        let count = series.counted(response.result_type, &scrapes)?;
        let add = |sum: &mut u64| {
            *sum = sum
                .checked_add(count)
                .ok_or_else(|| fault::range(&*series.place))?;
            Ok::<(), ImportError>(())
        };
        add(&mut counted.evaluations)?;
        match series.labels.get("__name__").map(String::as_str) {
            Some("feature_flag_evaluation_error_total") => add(&mut counted.errors)?,
            Some("feature_flag_evaluation_success_total") => {
                seen = true;
                let reason = label(&REASON)
                    .ok_or_else(|| fault::incomplete(&*series.place, "the label reason"))?;
                match Reason::of(reason) {
                    Reason::Error => add(&mut counted.errors)?,
                    Reason::Decided => {
                        add(&mut counted.decided)?;
                        if label(&VARIANT) == Some(&context.variant) {
                            add(&mut counted.admitted)?;
                        }
                    }
                    Reason::Stale => {}
                    Reason::Other if label(&VARIANT) == Some(&context.variant) && count > 0 => {
                        return Err(fault::value(&*series.place, INSIDE_THE_RULE));
                    }
                    Reason::Other => {}
                }
            }
            _ => {
                let expected = "feature_flag_evaluation_success_total or _error_total";
                return Err(fault::unsupported(
                    format!("{}/metric", series.place),
                    expected,
                ));
            }
        }
    }
    if seen {
        Ok(counted)
    } else {
        Err(fault::incomplete(
            "/data/result",
            "evaluations of the flag: no data is not zero",
        ))
    }
}

/// An answer whose samples lie in the window, ends included.
fn answer(bytes: &[u8], context: &FlagContext) -> Result<Response, ImportError> {
    let response = promql::parse(bytes)?;
    response.check_times(&context.seconds())?;
    Ok(response)
}

fn latency_p99(
    bytes: &[u8],
    evaluations: u64,
    context: &FlagContext,
) -> Result<Decimal, ImportError> {
    let response = answer(bytes, context)?;
    let scrapes = Scrapes::new(context.from.as_secs().saturating_mul(1000), [&response]);
    let series: Vec<_> = response.series.iter().collect();
    let buckets = promql::buckets(&series, response.result_type, &scrapes)?;
    let place = "/data/result";
    let q = Decimal::from_ratio(99, 100, 2).ok_or_else(|| fault::range(place))?;
    let p99 = quantile::of_buckets(q, &buckets).map_err(|error| fault::quantile(place, error))?;
    if p99.saturated || p99.forced {
        return Err(fault::value(
            place,
            "a quantile below the +Inf bucket, and monotone buckets",
        ));
    }
    if p99.total != Ratio::from(evaluations) {
        return Err(fault::value(place, "as many observations as evaluations"));
    }
    let ms = p99
        .value
        .checked_mul(Ratio::from(1000))
        .and_then(|ms| ms.to_decimal(3));
    ms.ok_or_else(|| fault::range(place))
}
