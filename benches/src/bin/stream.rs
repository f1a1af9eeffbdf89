//! A million receipts from a file: resident memory, allocations and time of verifying them.
//!
//! `cargo run --release -p jwp-benches --bin stream [-- RECEIPTS]`. The file is made first; another process
//! then verifies it, and a tenth of it, so that its peak of memory is its own.

use core::{
    alloc::{GlobalAlloc, Layout},
    num::NonZero,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{
    alloc::System, fs::File, io::Write as _, path::Path, process::Command,
    thread::available_parallelism, time::Instant,
};

use jwp_benches::{Result, facts, jwp};
use jwp_core::{Signer as _, chain::Segment, envelope::Batch};

/// Receipts that are made at once.
const PIECE: u32 = 10_000;
/// The most that the process that verifies may take: 8 MB.
const LIMIT: u64 = 8_000_000;

/// Each table is built, the widest at the key's 8,192nd receipt, and each buffer grows to its size, within so
/// many receipts.
const SETTLED: u64 = 10_000;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("--verify") => verify(Path::new(&arguments.next().ok_or("which file?")?)),
        None => compare(1_000_000),
        Some(receipts) => match receipts.parse() {
            Ok(receipts) => compare(receipts),
            Err(_) => Err(format!("got {receipts}, expected a number of receipts").into()),
        },
    }
}

fn compare(receipts: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for count in [receipts.div_ceil(10), receipts] {
        let file = folder.path().join("chain.cbor");
        write(&file, count)?;
        let status = Command::new(std::env::current_exe()?)
            .arg("--verify")
            .arg(&file)
            .status()?;
        if !status.success() {
            return Err("the stream does not verify".into());
        }
    }
    Ok(())
}

/// A chain of so many receipts.
fn write(file: &Path, receipts: u32) -> Result<()> {
    let route = jwp::Route::new()?;
    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let (iss, iat) = (&route.statement().iss, route.statement().iat);
    let payloads: Vec<_> = facts(PIECE)?
        .iter()
        .map(|facts| route.payload(facts))
        .collect::<Result<_>>()?;
    let mut writer = route.writer();
    let (mut out, mut left) = (File::create(file)?, receipts);
    while left > 0 {
        let count = left.min(PIECE);
        let piece = payloads.iter().take(usize::try_from(count)?);
        let mut bytes = Vec::new();
        writer.append_all(piece, iss, iat, route.key(), threads, &mut bytes)?;
        out.write_all(&bytes)?;
        left = left.saturating_sub(count);
    }
    Ok(())
}

/// Verifies the file, telling how far it is, and prints one line.
fn verify(file: &Path) -> Result<()> {
    let route = jwp::Route::new()?;
    let key = route.key().verifying_key();
    let size = file.metadata()?.len();
    let (mut settled, mut told) = (0, Instant::now());
    let start = Instant::now();
    let whole = Segment::verify_stream(
        File::open(file)?,
        |kid| (*kid == key.id()).then_some(key),
        &mut Batch::new(),
        |receipts, bytes| {
            if receipts == SETTLED {
                settled = ALLOCATIONS.load(Ordering::Relaxed);
            }
            if told.elapsed() > Duration::from_secs(1) {
                told = Instant::now();
                eprintln!("{receipts} receipts, {bytes} of {size} bytes");
            }
        },
    )?;
    let (time, allocations) = (start.elapsed(), ALLOCATIONS.load(Ordering::Relaxed));
    let receipts = whole.receipts();
    let resident = peak()?;
    // The compact Merkle range of the links grows by the logarithm of their number, doubling its buffer.
    let growth = u64::from(receipts.max(1).ilog2().max(1).ilog2());
    let met = |met| if met { "met" } else { "NOT MET" };
    let small = resident.is_none_or(|bytes| bytes <= LIMIT);
    let allocations = allocations.saturating_sub(settled);
    let still = receipts <= SETTLED || allocations <= growth;
    println!(
        "{receipts} receipts, {size} bytes, {:.2} s: peak RSS {} ({}), {allocations} allocations behind the \
         first {SETTLED} ({})",
        time.as_secs_f64(),
        resident.map_or("unknown".into(), |bytes| format!("{bytes} bytes")),
        if resident.is_some() {
            met(small)
        } else {
            "not checked"
        },
        if receipts > SETTLED {
            met(still)
        } else {
            "not checked"
        },
    );
    if small && still {
        Ok(())
    } else {
        Err("more memory than the stream may take".into())
    }
}

/// Peak resident memory in bytes, where the system tells (Linux, `proc_pid_status(5)`, `VmHWM`).
fn peak() -> Result<Option<u64>> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return Ok(None);
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_ascii_whitespace().next());
    let kib = kib.map(str::parse::<u64>).transpose()?;
    Ok(kib.map(|kib| kib.saturating_mul(1024)))
}
