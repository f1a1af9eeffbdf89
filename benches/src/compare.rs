//! One interleaved run, one table: ours beside each peer, with the target.

use core::{hint::black_box, time::Duration};
use std::time::Instant;

use serde::Serialize;

/// How long one sample of a row lasts at least: short beside what else comes and goes on a machine, so that ours and the
/// peer's meet the same of it, and long beside what a change from one to the other costs.
const SAMPLE: Duration = Duration::from_millis(1);
/// Samples of each in a pass, where nothing else is said.
const ROUNDS: u32 = 40;

/// Two ways to do one thing.
#[expect(missing_debug_implementations, reason = "it holds closures")]
pub struct Row<'a> {
    name: &'static str,
    peer: &'static str,
    target: Option<f64>,
    /// Things done by one call.
    per_call: [f64; 2],
    rounds: u32,
    /// A sample is one call.
    is_long: bool,
    calls: [Box<dyn FnMut() + 'a>; 2],
}

impl<'a> Row<'a> {
    /// `ours` against `peer`, each doing one thing a call.
    #[must_use]
    pub fn new<T, U>(
        name: &'static str,
        peer: &'static str,
        mut ours: impl FnMut() -> T + 'a,
        mut theirs: impl FnMut() -> U + 'a,
    ) -> Self {
        let ours = Box::new(move || drop(black_box(ours())));
        let theirs = Box::new(move || drop(black_box(theirs())));
        Self {
            name,
            peer,
            target: None,
            per_call: [1.0; 2],
            rounds: ROUNDS,
            is_long: false,
            calls: [ours, theirs],
        }
    }

    /// The ratio of ours to the peer's that is wanted at most.
    #[must_use]
    pub const fn at_most(mut self, ratio: f64) -> Self {
        self.target = Some(ratio);
        self
    }

    /// How many things one call does, ours and the peer's.
    #[must_use]
    pub const fn over(mut self, ours: f64, theirs: f64) -> Self {
        self.per_call = [ours, theirs];
        self
    }

    /// In how many rounds a pass, where one call is longer than a sample.
    #[must_use]
    pub const fn rounds(mut self, rounds: u32) -> Self {
        self.rounds = rounds;
        self.is_long = true;
        self
    }

    /// How many calls make a sample: more and more of them, until they take as long. The first call is not counted, which
    /// builds tables and finds nothing in the caches. Of three counts the greatest is taken: one is too small where others
    /// had the processor.
    fn calls_a_sample(&mut self, side: usize) -> u32 {
        run(&mut self.calls, side, 1);
        if self.is_long {
            return 1;
        }
        let counts = [(); 3].map(|()| {
            let mut calls = 1_u32;
            loop {
                let start = Instant::now();
                run(&mut self.calls, side, calls);
                if start.elapsed() >= SAMPLE || calls == u32::MAX {
                    return calls;
                }
                calls = calls.saturating_mul(2);
            }
        });
        counts.into_iter().max().unwrap_or(1)
    }

    /// Runs both in turn, and in each other round the peer first.
    fn measure(mut self, first: u32) -> Samples {
        let repeats = [0, 1].map(|side| self.calls_a_sample(side));
        let mut take = |side: usize| {
            let calls = repeats.get(side).copied().unwrap_or(1);
            let start = Instant::now();
            run(&mut self.calls, side, calls);
            let done = self.per_call.get(side).copied().unwrap_or(1.0) * f64::from(calls);
            start.elapsed().as_secs_f64() * 1e9 / done
        };
        let rounds = (0..self.rounds).map(|round| {
            if round.wrapping_add(first) % 2 == 0 {
                let ours = take(0);
                [ours, take(1)]
            } else {
                let theirs = take(1);
                [take(0), theirs]
            }
        });
        Samples {
            rounds: rounds.collect(),
            name: self.name,
            peer: self.peer,
            target: self.target,
        }
    }
}

fn run(calls: &mut [Box<dyn FnMut() + '_>; 2], side: usize, times: u32) {
    if let Some(call) = calls.get_mut(side) {
        for _ in 0..times {
            call();
        }
    }
}

/// Nanoseconds for one thing, ours and the peer's, one measured right behind the other.
type Round = [f64; 2];

/// What was measured of a row.
#[derive(Debug)]
struct Samples {
    name: &'static str,
    peer: &'static str,
    target: Option<f64>,
    rounds: Vec<Round>,
}

impl Samples {
    /// The medians. That of the ratios is taken over the rounds: what others do on the machine comes and goes in longer spells
    /// than a round, so that both sides of one meet the same of it.
    fn medians(self) -> Measured {
        let ratio = median(self.rounds.iter().map(|[ours, theirs]| ours / theirs));
        Measured {
            name: self.name,
            ours_ns: median(self.rounds.iter().map(|[ours, _]| *ours)),
            peer: self.peer,
            peer_ns: median(self.rounds.iter().map(|[_, theirs]| *theirs)),
            ratio,
            target: self.target,
            met: self.target.map(|target| ratio <= target),
        }
    }
}

/// The middle one, or halfway between the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = [values.len().saturating_sub(1) / 2, values.len() / 2];
    let [low, high] = middle.map(|at| values.get(at).copied().unwrap_or(f64::NAN));
    f64::midpoint(low, high)
}

/// What was measured of all rows, pass by pass, so that each row has met quiet and disturbed parts of the run.
#[derive(Debug, Default)]
pub struct Board {
    rows: Vec<Samples>,
    pass: u32,
}

impl Board {
    /// Ends a pass over all rows. The next begins with the other side.
    pub const fn end_pass(&mut self) {
        self.pass = self.pass.wrapping_add(1);
    }

    /// Measures a row, or measures it once more in another pass.
    pub fn measure(&mut self, row: Row<'_>) {
        self.push(row.measure(self.pass));
    }

    fn push(&mut self, samples: Samples) {
        let known = self.rows.iter_mut();
        let mut known = known.filter(|row| (row.name, row.peer) == (samples.name, samples.peer));
        match known.next() {
            Some(row) => row.rounds.extend(samples.rounds),
            None => self.rows.push(samples),
        }
    }

    /// The rows in the order of the first pass.
    #[must_use]
    pub fn into_rows(self) -> Vec<Measured> {
        self.rows.into_iter().map(Samples::medians).collect()
    }
}

/// A row with its medians, in nanoseconds for one thing.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Measured {
    /// What is done.
    pub name: &'static str,
    /// Ours.
    pub ours_ns: f64,
    /// Who else does it.
    pub peer: &'static str,
    /// Theirs.
    pub peer_ns: f64,
    /// The median of ours divided by theirs, round by round.
    pub ratio: f64,
    /// The ratio wanted at most; none where the peer is there for comparison.
    pub target: Option<f64>,
    /// Whether it is reached.
    pub met: Option<bool>,
}

/// A whole run.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Table {
    /// The processor as the operating system names it.
    pub cpu: String,
    /// The kernel for signatures under keys with tables.
    pub backend: &'static str,
    /// The rows in their order.
    pub rows: Vec<Measured>,
}

impl Table {
    /// The table of this machine.
    #[must_use]
    pub fn new(backend: &'static str, rows: Vec<Measured>) -> Self {
        let cpu = cpu();
        Self { cpu, backend, rows }
    }

    /// For people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{}, kernel {}\n", self.cpu, self.backend);
        out += &format!(
            "{:<46} {:>12}  {:<34} {:>12} {:>7}  {}\n",
            "what", "ours, ns", "peer", "peer, ns", "ratio", "target"
        );
        for row in &self.rows {
            let target = match (row.target, row.met) {
                (Some(target), Some(true)) => format!("{target:.3} met"),
                (Some(target), _) => format!("{target:.3} NOT MET"),
                (None, _) => String::new(),
            };
            let line = format!(
                "{:<46} {:>12.1}  {:<34} {:>12.1} {:>7.3}  {target}",
                row.name, row.ours_ns, row.peer, row.peer_ns, row.ratio
            );
            out += line.trim_end();
            out.push('\n');
        }
        out
    }
}

fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.and_then(|rest| rest.split_once(": "));
    name.map_or_else(
        || std::env::consts::ARCH.into(),
        |(_, name)| name.trim().into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(peer: &'static str, rounds: &[Round]) -> Samples {
        Samples {
            name: "a row",
            peer,
            target: Some(0.5),
            rounds: rounds.to_vec(),
        }
    }

    /// In some rounds the machine is slow, for both sides; in one, for one of them.
    #[test]
    fn the_ratio_is_that_of_rounds_and_not_of_medians() {
        let rounds = [
            [10.0, 20.0],
            [40.0, 80.0],
            [10.0, 20.0],
            [44.0, 80.0],
            [50.0, 20.0],
        ];
        let row = samples("a peer", &rounds).medians();
        assert_eq!((row.ours_ns, row.peer_ns, row.ratio), (40.0, 20.0, 0.5));
        assert_eq!(row.met, Some(true));
        let row = samples("a peer", &[[10.0, 16.0], [12.0, 20.0]]).medians();
        assert_eq!((row.ours_ns, row.peer_ns), (11.0, 18.0));
        assert_eq!(row.met, Some(false));
    }

    /// Name and peer together name a row.
    #[test]
    fn passes_add_up_to_one_row_for_each_peer() {
        let mut board = Board::default();
        for (peer, ours) in [("one", 1.0), ("other", 5.0), ("one", 3.0), ("one", 2.0)] {
            board.push(samples(peer, &[[ours, 10.0]]));
        }
        let rows = board.into_rows();
        let found: Vec<_> = rows.iter().map(|row| (row.peer, row.ours_ns)).collect();
        assert_eq!(found, [("one", 2.0), ("other", 5.0)]);
    }

    #[test]
    fn a_sample_is_a_call_where_that_is_said_and_else_as_many_as_take_long() {
        let mut row = Row::new("a row", "a peer", || (), || ());
        assert!(row.calls_a_sample(0) > 1000);
        let mut row = row.rounds(3);
        assert_eq!(row.calls_a_sample(1), 1);
        assert_eq!(row.measure(0).rounds.len(), 3);
    }
}
