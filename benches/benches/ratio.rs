//! The routes of `chain` interleaved: each round runs every route once, and the table gives medians of
//! the rounds and their ratio to the bare signature. What the machine does meanwhile hits all alike.
//!
//! `cargo bench -p jwp-benches --bench ratio`

use core::hint::black_box;
use std::time::Instant;

use jwp_benches::{Result, bare, cose, dsse, facts, jwp};

/// Receipts in the chain.
const LENGTH: u32 = 900;
/// Rounds. An odd number has a median.
const ROUNDS: usize = 25;

struct Row<'a> {
    name: &'static str,
    run: Box<dyn Fn() -> Result<()> + 'a>,
    times: Vec<f64>,
}

impl<'a> Row<'a> {
    fn new<T>(name: &'static str, run: impl Fn() -> Result<T> + 'a) -> Self {
        let run = Box::new(move || {
            black_box(run()?);
            Ok(())
        });
        let times = Vec::new();
        Self { name, run, times }
    }

    /// Microseconds a receipt, median of the rounds.
    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        let middle = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
        middle * 1e6 / f64::from(LENGTH)
    }
}

fn main() -> Result<()> {
    // `cargo bench -- --test` only asks whether it runs.
    let rounds = if std::env::args().any(|argument| argument == "--test") {
        1
    } else {
        ROUNDS
    };
    let facts = facts(LENGTH)?;
    let ours = jwp::Route::new()?;
    let (cose, dsse) = (cose::Route::new(), dsse::Route::new());
    let chain = ours.sign(&facts)?;
    let bare = bare::Route::new(&chain)?;
    let (receipts, envelopes) = (cose.sign(&facts)?, dsse.sign(&facts)?);
    let signatures = bare.sign();
    assert_eq!(ours.verify(&chain)?, cose.verify(&receipts)?);
    assert_eq!(ours.verify(&chain)?, dsse.verify(&envelopes)?);

    let issue = [
        Row::new("bare dalek", || Ok(bare.sign())),
        Row::new("jwp", || ours.sign(&facts)),
        Row::new("jwp, checked", || ours.issue(&facts)),
        Row::new("coset", || cose.sign(&facts)),
        Row::new("dsse", || dsse.sign(&facts)),
    ];
    let verify = [
        Row::new("bare dalek", || bare.verify(&signatures)),
        Row::new("jwp", || ours.verify(&chain)),
        Row::new("coset", || cose.verify(&receipts)),
        Row::new("dsse", || dsse.verify(&envelopes)),
    ];
    table("issue", rounds, issue)?;
    table("verify", rounds, verify)
}

fn table<const N: usize>(title: &str, rounds: usize, mut rows: [Row<'_>; N]) -> Result<()> {
    for _ in 0..rounds {
        for row in &mut rows {
            let start = Instant::now();
            (row.run)()?;
            row.times.push(start.elapsed().as_secs_f64());
        }
    }
    let floor = rows.first().map_or(f64::NAN, Row::median);
    println!("{title}: {LENGTH} receipts, median of {rounds} interleaved rounds");
    for row in &rows {
        let median = row.median();
        let ratio = median / floor;
        println!("  {:<14} {median:8.2} µs a receipt  {ratio:6.3}×", row.name);
    }
    Ok(())
}
