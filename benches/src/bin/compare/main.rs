//! Ours and the peers', interleaved in one run of less than a minute: one table of medians, ratios and targets.
//!
//! `cargo run --release -p jwp-benches --bin compare [-- --json] [--backend portable] [--quick] [--only GROUP]`

mod chains;
mod codecs;
mod evidence;
mod issuing;
mod single;

use jwp_benches::{
    Facts, Result,
    compare::{Board, Measured, Table},
    facts, jwp,
};
use jwp_core::{ReceiptPayload, chain::Receipts, ed25519::Backend};

/// Receipts of the long chain, in a quick run and otherwise, and of the peers' chains, which are timed per receipt.
const QUICK: u32 = 2000;
const LONG: u32 = 100_000;
const SHORT: u32 = 1000;
/// How often all rows are measured, one behind the other.
const PASSES: u32 = 4;

fn main() -> Result<()> {
    let (mut backend, mut only) = (Backend::detect(), None);
    let (mut quick, mut json) = (false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = true,
            "--quick" => quick = true,
            "--backend" => match arguments.next().as_deref() {
                Some("portable") => backend = Backend::PORTABLE,
                other => return refuse("--backend", other, "portable"),
            },
            "--only" => match arguments.next() {
                Some(group) if GROUPS.contains(&group.as_str()) => only = Some(group),
                other => return refuse("--only", other.as_deref(), &GROUPS.join(", ")),
            },
            other => {
                let known = "--json, --quick, --backend portable or --only GROUP";
                return Err(format!("got {other}, expected {known}").into());
            }
        }
    }
    let rows = measure(backend, quick, only.as_deref())?;
    let table = Table::new(backend.name(), rows);
    if json {
        println!("{}", serde_json::to_string(&table)?);
    } else {
        print!("{}", table.to_text());
    }
    Ok(())
}

fn refuse(option: &str, found: Option<&str>, expected: &str) -> Result<()> {
    let found = found.unwrap_or("nothing");
    Err(format!("got {found} behind {option}, expected one of: {expected}").into())
}

/// What the rows share.
struct Inputs {
    ours: jwp::Route,
    facts: Vec<Facts>,
    /// Of the first facts, as many as a short chain has.
    payloads: Vec<ReceiptPayload<jwp::Analysed>>,
    chain: Vec<u8>,
}

/// The rows in the order of the table.
const GROUPS: [&str; 5] = ["codecs", "single", "chains", "issuing", "evidence"];

fn measure(backend: Backend, quick: bool, only: Option<&str>) -> Result<Vec<Measured>> {
    let long = if quick { QUICK } else { LONG };
    let ours = jwp::Route::new()?;
    let facts = facts(long)?;
    // Before what is made and dropped by others scatters them over the memory.
    let short = facts.iter().take(usize::try_from(SHORT)?);
    let payloads = short
        .map(|facts| ours.payload(facts))
        .collect::<Result<_>>()?;
    let chain = ours.sign(&facts)?;
    let inputs = Inputs {
        ours,
        facts,
        payloads,
        chain,
    };
    let mut board = Board::default();
    for _ in 0..PASSES {
        for group in GROUPS {
            match group {
                _ if only.is_some_and(|only| only != group) => {}
                "codecs" => codecs::measure(&inputs, &mut board)?,
                "single" => single::measure(&inputs, backend, &mut board)?,
                "chains" => chains::measure(&inputs, backend, &mut board)?,
                "issuing" => issuing::measure(&inputs, &mut board)?,
                "evidence" => evidence::measure(&mut board)?,
                other => return Err(format!("no rows: {other}").into()),
            }
        }
    }
    Ok(board.into_rows())
}

/// The bytes of the receipt at `seq`.
fn receipt_at(chain: &[u8], seq: usize) -> Result<&[u8]> {
    let item = Receipts::new(chain).nth(seq).ok_or("a receipt")?;
    Ok(item?.1.as_bytes())
}
