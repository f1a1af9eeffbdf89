//! How much counters counted inside a window, and when they began.

use std::collections::{BTreeMap, BTreeSet};

use super::{Response, ResultType, Series};
use crate::{
    compute::quantile::Bucket,
    import::{ImportError, fault},
};

impl Series {
    fn target(&self) -> Target<'_> {
        ["job", "instance"].map(|label| self.labels.get(label).map(String::as_str))
    }

    /// How much was counted: the only point of a vector, or the growth over the points of a matrix.
    ///
    /// Growth is the sum of the steps between raw samples; a fall is a restart of the counter,
    /// after which its value is the growth. Nothing is extrapolated, unlike `increase()`. A counter that
    /// came into being while its target was scraped began at 0, and grew by its first value: Prometheus clients make the
    /// series of a status code with the first answer of that code.
    ///
    /// # Errors
    /// `Import.Value` for anything but whole numbers, and for a matrix of one point;
    /// `Import.Incomplete` for a counter of which nobody knows whether it began inside the window.
    pub fn counted(&self, kind: ResultType, scrapes: &Scrapes<'_>) -> Result<u64, ImportError> {
        let counts = self.counts()?;
        let few = || fault::value(&*self.place, "at least two points of a counter");
        match (kind, counts.as_slice()) {
            (ResultType::Matrix, [first, ..]) => {
                let began = match scrapes.began(self) {
                    Began::Inside => *first,
                    Began::Before | Began::Unknown if counts.len() < 2 => return Err(few()),
                    Began::Before => 0,
                    // It did not grow, whenever it began.
                    Began::Unknown if counts.iter().all(|count| *count == 0) => 0,
                    Began::Unknown => {
                        let expected =
                            "a counter that was scraped from the beginning of the window";
                        return Err(fault::incomplete(&*self.place, expected));
                    }
                };
                let grown = steps(&counts).try_fold(began, u64::checked_add);
                grown.ok_or_else(|| fault::value(&*self.place, "a sum below 2^64"))
            }
            (ResultType::Vector | ResultType::Scalar, [count]) => Ok(*count),
            _ => Err(few()),
        }
    }

    /// How much a counter grew from each point to the next.
    ///
    /// # Errors
    /// Those of [`Series::counts`].
    pub(crate) fn steps(&self) -> Result<Vec<u64>, ImportError> {
        Ok(steps(&self.counts()?).collect())
    }
}

/// The steps between raw samples of a counter: a fall is a restart, after which its value is the growth.
fn steps(counts: &[u64]) -> impl Iterator<Item = u64> {
    counts.windows(2).filter_map(|pair| match *pair {
        [before, after] => Some(after.checked_sub(before).unwrap_or(after)),
        _ => None,
    })
}

/// The scraped process, as far as labels name it. Series of one target share the times of their samples; so do
/// the series of an expression that was evaluated at steps, which have neither label.
type Target<'a> = [Option<&'a str>; 2];

/// When a counter began.
enum Began {
    /// It was there when the window began.
    Before,
    /// Its target was scraped before it was there.
    Inside,
    /// It is not there for as long as its own interval or longer, and no other series shows that its target was
    /// scraped: it began late, or scrapes failed.
    Unknown,
}

/// From when on the targets of a window were scraped, as all its answers show.
#[derive(Debug, Clone)]
pub struct Scrapes<'a> {
    from_ms: u64,
    /// When each target was scraped again: the samples of its series but for their first ones.
    again: BTreeMap<Target<'a>, BTreeSet<u64>>,
}

impl<'a> Scrapes<'a> {
    /// The scrapes behind answers over one window that begins at `from_ms`, in milliseconds since the epoch.
    pub fn new(from_ms: u64, answers: impl IntoIterator<Item = &'a Response>) -> Self {
        let mut again: BTreeMap<Target<'a>, BTreeSet<u64>> = BTreeMap::new();
        let matrices = answers
            .into_iter()
            .filter(|answer| answer.result_type == ResultType::Matrix);
        for series in matrices.flat_map(|answer| &answer.series) {
            // What lies before the window says nothing of its beginning.
            let all = series.points.iter().map(|point| point.at_ms);
            let inside = all.filter(|&at| at >= from_ms);
            again
                .entry(series.target())
                .or_default()
                .extend(inside.skip(1));
        }
        Self { from_ms, again }
    }

    fn began(&self, series: &Series) -> Began {
        let Some(first) = series.points.first().map(|point| point.at_ms) else {
            return Began::Unknown;
        };
        let again = self.again.get(&series.target());
        if again.is_some_and(|again| again.contains(&first)) {
            return Began::Inside;
        }
        // Scrapes keep their interval: one that is late by a whole one was not the first.
        let is_late = |gap| first.saturating_sub(self.from_ms) >= gap;
        if first <= self.from_ms || series.gaps_ms().min().is_some_and(|gap| !is_late(gap)) {
            Began::Before
        } else {
            Began::Unknown
        }
    }
}

/// Cumulative buckets out of one series per `le`: a number each, or the growth of counters.
///
/// # Errors
/// Those of [`Series::le`] and [`Series::counted`]. Counts are whole numbers.
pub(crate) fn buckets(
    series: &[&Series],
    kind: ResultType,
    scrapes: &Scrapes<'_>,
) -> Result<Vec<Bucket>, ImportError> {
    let bucket = |series: &&Series| {
        Ok(Bucket {
            le: series.le()?,
            count: series.counted(kind, scrapes)?.into(),
        })
    };
    series.iter().map(bucket).collect()
}
