//! How fast the error budget burns: the windows that were observed, and the pairs of the plan.

use std::collections::BTreeMap;

use super::{answer::Answer, plan::PlanPair, reason::AnalysisReason};
use crate::{
    compute::{
        Ratio,
        burn_rate::{Counts, Pair, PairOutcome, Slo},
    },
    import::{ImportError, fault, promql::Scrapes},
    kind::analysis::BurnWindow,
};

/// What is known of one window.
pub(super) struct Figure {
    counts: Option<Counts>,
    burn: Option<Ratio>,
}

impl Figure {
    /// As the claim has it; `None` without events.
    pub(super) fn to_claim(&self, window_s: u64, slo: Slo) -> Option<BurnWindow> {
        match self.counts {
            Some(counts) => BurnWindow::counted(window_s, slo, counts),
            None => Some(BurnWindow::stated(window_s, self.burn?.to_decimal(6)?)),
        }
    }
}

/// The windows of all answers, which end at `to_s`, by their lengths in seconds.
pub(super) fn figures(
    answers: &[Answer<'_>],
    slo: Slo,
    to_s: u64,
) -> Result<BTreeMap<u64, Figure>, ImportError> {
    let mut windows: BTreeMap<u64, Figure> = BTreeMap::new();
    for answer in answers
        .iter()
        .filter(|answer| answer.query.role.starts_with("burn_"))
    {
        let expected = "a window such as 5m, 1h or 3d";
        let window_s = answer.query.window_s();
        let window_s = window_s.ok_or_else(|| fault::value(&*answer.place, expected))?;
        let figure = windows.entry(window_s);
        let figure = figure.or_insert(Figure {
            counts: None,
            burn: None,
        });
        match answer.query.role.as_str() {
            "burn_total" => {
                let with = |other: &&Answer<'_>| {
                    other.query.role == "burn_bad" && other.query.window_s() == Some(window_s)
                };
                let bad = answers.iter().find(with);
                let expected = "burn_bad for the same window";
                let bad = bad.ok_or_else(|| fault::incomplete(&*answer.place, expected))?;
                // The server looks back from the end of the analysis.
                let from_s = to_s.saturating_sub(window_s);
                let scrapes = Scrapes::new(
                    from_s.saturating_mul(1000),
                    [&answer.response, &bad.response],
                );
                let counts = Counts {
                    bad: bad.sum(&scrapes)?,
                    total: answer.sum(&scrapes)?,
                };
                figure.burn = slo.burn(counts);
                figure.counts = Some(counts);
            }
            "burn_ratio" if figure.counts.is_none() => {
                let [series] = answer
                    .selected()?
                    .try_into()
                    .map_err(|_| fault::value(&*answer.place, "one series"))?;
                let burn = series.number().map_err(|error| answer.inside(error))?;
                figure.burn = Ratio::from_decimal(burn).filter(|burn| *burn >= Ratio::ZERO);
                figure
                    .burn
                    .ok_or_else(|| fault::value(&*answer.place, "a burn rate from 0"))?;
            }
            _ => {}
        }
    }
    Ok(windows)
}

/// Whether a pair burns too fast, and whether any was observed in full.
pub(super) fn judge(
    pairs: &[PlanPair],
    slo: Slo,
    figures: &BTreeMap<u64, Figure>,
    reasons: &mut Vec<AnalysisReason>,
) -> Result<(), ImportError> {
    let mut observed = false;
    for (i, pair) in pairs.iter().enumerate() {
        let place = || format!("/burn/{i}");
        let Some((long_s, short_s)) = pair.lengths_s() else {
            return Err(fault::value(place(), "windows such as 5m, 1h or 3d"));
        };
        let expected = "a short window of a twelfth of the long one, and a positive factor";
        let pair =
            Pair::new(long_s, short_s, pair.factor).map_err(|_| fault::value(place(), expected))?;
        let (long, short) = (figures.get(&long_s), figures.get(&short_s));
        let counts = |figure: Option<&Figure>| figure.and_then(|figure| figure.counts);
        let burn = |figure: Option<&Figure>| figure.and_then(|figure| figure.burn);
        let outcome = pair
            .evaluate(slo, counts(long), counts(short))
            .map_err(|_| fault::value(place(), "nested windows with at most as many bad as all"))?;
        let outcome = match (outcome, burn(long), burn(short)) {
            // Rates that the server computed can convict and cannot acquit.
            (PairOutcome::NotCovered, Some(long), Some(short)) => {
                let seen = pair
                    .compare(long, short)
                    .map_err(|_| fault::range(place()))?;
                if seen == PairOutcome::Firing {
                    seen
                } else {
                    PairOutcome::NotCovered
                }
            }
            (outcome, ..) => outcome,
        };
        match outcome {
            PairOutcome::Firing => {
                observed = true;
                reasons.push(AnalysisReason::BurnFiring { long_s, short_s });
            }
            PairOutcome::Quiet => observed = true,
            PairOutcome::NotCovered | PairOutcome::TooFew { .. } => {}
        }
    }
    if !observed {
        reasons.push(AnalysisReason::BurnNotObserved);
    }
    Ok(())
}
