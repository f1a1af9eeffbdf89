//! Ours and the peers', interleaved in one run of about a minute: one table of medians, ratios and targets.
//!
//! `cargo run --release -p jwp-benches --bin compare [-- --json] [--backend portable] [--quick] [--only GROUP]`

mod chains;
mod codecs;
mod evidence;
mod issuing;
mod single;

use core::{cell::Cell, hint::black_box};
use std::{io::Write as _, process::ExitCode};

use jwp_benches::{
    Facts, Result,
    compare::{Board, Measured, Table},
    facts, jwp,
};
use jwp_core::{ReceiptPayload, chain::Receipts, ed25519::Backend};
use tempfile::NamedTempFile;

/// Receipts of the long chain, in a quick run and otherwise, and of the peers' chains, which are timed per receipt.
const QUICK: u32 = 2000;
const LONG: u32 = 100_000;
const SHORT: u32 = 1000;
/// Receipts that are issued on several cores, in a run that is not quick.
const MANY: u32 = 10_000;
/// How often all rows are measured, one behind the other.
const PASSES: usize = 6;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{}", usage());
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("error: {wrong}\n{}", usage());
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let groups = GROUPS.join("|");
    format!("usage: compare [--json] [--quick] [--backend portable] [--only {groups}]")
}

struct Options {
    backend: Backend,
    quick: bool,
    json: bool,
    only: Option<&'static str>,
}

impl Options {
    /// `None` where help is asked for.
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self {
            backend: Backend::detect(),
            quick: false,
            json: false,
            only: None,
        };
        while let Some(argument) = arguments.next() {
            let mut value = |known: &[&'static str]| {
                let found = arguments.next();
                let is = |known: &&&'static str| found.as_deref() == Some(**known);
                known.iter().find(is).copied().ok_or_else(|| {
                    let found = found.as_deref().unwrap_or("nothing");
                    let known = known.join(", ");
                    format!("got {found} behind {argument}, expected one of: {known}")
                })
            };
            match argument.as_str() {
                "--json" => options.json = true,
                "--quick" => options.quick = true,
                "--backend" => {
                    value(&["portable"])?;
                    options.backend = Backend::PORTABLE;
                }
                "--only" => match options.only.replace(value(&GROUPS)?) {
                    None => {}
                    Some(before) => return Err(format!("--only twice, {before} before").into()),
                },
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("got {other}, which is no option").into()),
            }
        }
        Ok(Some(options))
    }
}

fn run(options: &Options) -> Result<()> {
    let rows = measure(options.backend, options.quick, options.only)?;
    let table = Table::new(options.backend.name(), rows);
    let text = if options.json {
        serde_json::to_string(&table)? + "\n"
    } else {
        table.to_text()
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// What the rows share.
struct Inputs {
    ours: jwp::Route,
    facts: Vec<Facts>,
    /// Of the first facts.
    payloads: Vec<ReceiptPayload<jwp::Analysed>>,
    /// What is signed of the receipts with as many of these payloads as a short chain has.
    messages: Vec<Vec<u8>>,
    chain: Vec<u8>,
    /// A chain as long of which no receipt has the time, subject, energy or method of the one before.
    varied: Vec<u8>,
    /// 64 MiB of evidence.
    evidence: NamedTempFile,
}

/// The rows in the order of the table.
const GROUPS: [&str; 5] = ["codecs", "single", "chains", "issuing", "evidence"];

fn measure(backend: Backend, quick: bool, only: Option<&str>) -> Result<Vec<Measured>> {
    let long = if quick { QUICK } else { LONG };
    let ours = jwp::Route::new()?;
    let facts = facts(long)?;
    // Before what is made and dropped by others scatters them over the memory.
    let many = facts.iter().take(usize::try_from(MANY)?);
    let payloads = many
        .map(|facts| ours.payload(facts))
        .collect::<Result<Vec<_>>>()?;
    let chain = ours.sign(&facts)?;
    let messages = Receipts::new(&chain)
        .take(usize::try_from(SHORT)?)
        .map(|item| Ok(item?.1.signed_bytes()))
        .collect::<Result<_>>()?;
    let varied = ours.sign_varied(&facts)?;
    let inputs = Inputs {
        ours,
        facts,
        payloads,
        messages,
        chain,
        varied,
        evidence: evidence::file()?,
    };
    let mut board = Board::default();
    let mut pass = || {
        for group in GROUPS {
            match group {
                _ if only.is_some_and(|only| only != group) => {}
                "codecs" => codecs::measure(&inputs, &mut board)?,
                "single" => single::measure(&inputs, backend, &mut board)?,
                "chains" => chains::measure(&inputs, backend, &mut board)?,
                "issuing" => issuing::measure(&inputs, &mut board)?,
                "evidence" => evidence::measure(&inputs, &mut board)?,
                other => return Err(format!("no rows: {other}").into()),
            }
        }
        board.end_pass();
        Ok(())
    };
    for number in 0..PASSES {
        deeper(number, &mut pass)?;
    }
    Ok(board.into_rows())
}

/// Calls with so many steps of stack in front, so that the passes of one process differ in where their stacks lie, as
/// processes do: where the low bits of an address on the stack are those of one in the heap, one side may be slower. The passes are spread over 4 KiB, by which caches are indexed and loads are told from stores.
fn deeper(steps: usize, call: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    const ROOM: usize = (4 << 10) / PASSES;
    let Some(fewer) = steps.checked_sub(1) else {
        return call();
    };
    let room = [0_u8; ROOM];
    black_box(&room);
    let result = deeper(fewer, call);
    black_box(&room);
    result
}

/// Things one behind the other, again and again: who always meets the same one has learnt it, and finds in the nearest
/// cache what belongs to it.
struct InTurn<'a, T> {
    all: &'a [T],
    next: Cell<usize>,
}

impl<'a, T> InTurn<'a, T> {
    /// Refuses nothing at all, of which nothing would be measured.
    fn new(all: &'a [T]) -> Result<Self> {
        if all.is_empty() {
            return Err("nothing to take in turn".into());
        }
        let next = Cell::new(0);
        Ok(Self { all, next })
    }

    fn next(&self) -> Option<&'a T> {
        let next = self.next.get();
        let next = if next < self.all.len() { next } else { 0 };
        self.next.set(next.wrapping_add(1));
        self.all.get(next)
    }
}

/// The bytes of the receipt at `seq`.
fn receipt_at(chain: &[u8], seq: usize) -> Result<&[u8]> {
    let item = Receipts::new(chain).nth(seq).ok_or("a receipt")?;
    Ok(item?.1.as_bytes())
}
