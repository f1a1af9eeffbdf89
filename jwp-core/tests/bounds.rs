//! Hostile bytes cost little: memory below twice the input and 64 KiB, 64 KiB of stack, and no
//! allocation that a length field asks for.
#![cfg(test)]
#![cfg(feature = "std")]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sums of sizes that fit in memory"
)]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/lax.rs"]
mod lax;

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::{alloc::System, collections::BTreeMap, fs, path::PathBuf, thread};

use jwp_core::{
    Citation, Claim, Decimal, Digest, Evidence, Link, Meter, ReceiptPayload, SigningKey,
    UnverifiedReceipt, VerifyingKey,
    cbor::{Reader, Value, from_slice},
    chain::{Receipts, SequenceReader},
    envelope::Batch,
    payload::Position,
};
use serde::{Deserialize, Serialize};

use lax::Parts;

thread_local! {
    /// Bytes that this thread holds, and the most that it held. Tests run side by side.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// Allocations of the whole process, to see that the counter counts.
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

fn count(bytes: isize) {
    // A thread that ends has no counter any more, and nothing left to count.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

fn size(layout: Layout) -> isize {
    isize::try_from(layout.size()).unwrap_or(isize::MAX)
}

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        count(size(layout));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-size(layout));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that `work` held beyond what was held before it.
fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.with(|held| {
        let (now, _) = held.get();
        held.set((now, now));
        now
    });
    work();
    let (_, most) = HELD.with(Cell::get);
    usize::try_from(most - before).unwrap()
}

const MIB: usize = 1 << 20;

fn repeated(unit: &[u8], size: usize) -> Vec<u8> {
    unit.iter().copied().cycle().take(size).collect()
}

/// A signed envelope around a payload that is nothing but these bytes.
fn enveloped(payload: Vec<u8>) -> Vec<u8> {
    let valid = fs::read(spec("valid.cbor")).unwrap();
    let receipt = UnverifiedReceipt::parse(&valid).unwrap();
    let key = SigningKey::from_seed(&core::array::from_fn(|i| u8::try_from(i).unwrap())).unwrap();
    Parts::new(receipt.protected_bytes().to_vec(), payload).build(&key)
}

fn spec(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../spec/vectors")
        .join(name)
}

/// Inputs that cost a careless reader most: by name.
fn hostile() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for size in [4096, 65_000, MIB - 600, 2 * MIB] {
        for (name, unit) in [
            ("arrays of one", &[0x81][..]),
            ("maps of one", &[0xa1, 0x60]),
            ("tags", &[0xc4, 0x82, 0x20]),
            ("small integers", &[0x00]),
            ("empty texts", &[0x60]),
            ("zeros as text", b"0"),
            ("empty maps", &[0xa0]),
        ] {
            let body = repeated(unit, size);
            all.push((format!("{size} bytes of {name}"), body.clone()));
            let count = u32::try_from(size).unwrap().to_be_bytes();
            let list = [&[0x9a][..], &count, &body].concat();
            all.push((format!("array of {size} bytes of {name}"), list.clone()));
            let map = [&[0xa2, 0x61, b'v', 0x01, 0x63][..], b"run", &list].concat();
            all.push((format!("payload with {size} bytes of {name}"), map.clone()));
            all.push((
                format!("envelope of {size} bytes of {name}"),
                enveloped(map),
            ));
        }
    }
    for major in 2..=6u8 {
        for length in [1u64 << 16, 1 << 32, 1 << 63, u64::MAX] {
            let bomb = [&[major << 5 | 27][..], &length.to_be_bytes()].concat();
            all.push((format!("major {major} of length {length}"), bomb.clone()));
            all.push((
                format!("envelope of major {major} of length {length}"),
                enveloped(bomb),
            ));
        }
    }
    // One prefix of 60 characters before 10,000 keys: comparing keys must not be quadratic.
    let mut keys = vec![0xb9, 0x27, 0x10];
    for n in 0..10_000 {
        keys.extend([0x78, 0x41]);
        keys.extend(format!("{:x>60}{n:05}", "").bytes());
        keys.push(0x00);
    }
    all.push(("keys with one prefix".into(), keys.clone()));
    all.push(("envelope of keys with one prefix".into(), enveloped(keys)));
    for entry in fs::read_dir(spec("negative")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "cbor") {
            all.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    all
}

/// Every way in that takes bytes from outside and copies nothing.
fn read_all(bytes: &[u8]) {
    let _ = UnverifiedReceipt::parse(bytes);
    let _ = Receipts::new(bytes).map_while(Result::ok).count();
    if let Ok(mut reader) = Reader::new(bytes) {
        let _ = reader.skip();
    }
}

/// T08, T09, T17
#[test]
fn memory_stays_below_twice_the_input_and_64_kib() {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    assert!(
        // What nobody looks at, the compiler need not allocate.
        peak(|| drop(black_box(vec![1u8; MIB]))) >= MIB,
        "the counter counts nothing"
    );
    assert!(ALLOCATIONS.load(Ordering::Relaxed) > before);
    for (name, bytes) in hostile() {
        let limit = 2 * bytes.len() + 64 * 1024;
        let held = peak(|| read_all(&bytes));
        assert!(held <= limit, "{name}: {held} bytes of {limit}");
        let held = peak(|| {
            let mut reader = SequenceReader::new(bytes.as_slice());
            while let Ok(Some(_)) = reader.next_receipt() {}
        });
        // A stream is read through one buffer of two of the longest receipts, however long it is; an error stands
        // beside it.
        assert!(held <= 2 * MIB + 256, "{name} as a stream: {held} bytes");
    }
}

#[test]
fn valid_receipt_is_parsed_without_an_allocation() {
    let valid = fs::read(spec("valid.cbor")).unwrap();
    let held = peak(|| assert!(UnverifiedReceipt::parse(&valid).is_ok()));
    assert_eq!(held, 0);
}

/// Fields in an order that is not that of the wire, and more keys at once than any kind of `jwp-delivery` has open.
#[derive(Debug, Serialize, Deserialize)]
struct Analysed {
    p99_ms: Decimal,
    error_rate: Decimal,
    window: String,
    failed: Option<u64>,
    steps: BTreeMap<String, u64>,
}

impl Claim for Analysed {
    const KIND: &'static str = "example.analysed";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["SLO multi-window burn-rate"]
    }
}

#[test]
fn payload_is_written_into_a_used_buffer_without_an_allocation() {
    let claim = Analysed {
        p99_ms: "184.5".parse().unwrap(),
        error_rate: "0.0021".parse().unwrap(),
        window: "one hour".into(),
        failed: None,
        steps: (10..30)
            .map(|step| (format!("step {step}"), step))
            .collect(),
    };
    let payload = ReceiptPayload::new(claim)
        .with_subject([Digest::sha256(b"image")])
        .with_evidence([Evidence::of_bytes("series", b"bytes").with_tool("Prometheus", None)])
        .with_joules("0.36".parse().unwrap(), Meter::declared("by hand"));
    let position = Position::Next {
        seq: 41,
        prev: Link::from_bytes([7; 32]),
    };
    let mut buffer = Vec::new();
    payload.encode(&position, &mut buffer).unwrap();
    buffer.shrink_to_fit();
    let (first, held) = (buffer.clone(), HELD.with(Cell::get).0);
    // Sorting takes room for a map behind it.
    buffer.reserve(first.len());
    let most = peak(|| {
        buffer.clear();
        payload.encode(black_box(&position), &mut buffer).unwrap();
    });
    assert_eq!(most, 0);
    assert_eq!(buffer, first);
    assert!(held > 0, "nothing was counted");
}

/// A table of the narrowest width takes 108 KiB, of the widest 516.
#[test]
fn a_batch_keeps_to_the_memory_that_it_is_given() {
    let pem = fs::read_to_string(spec("valid.pub.pem")).unwrap();
    let key = VerifyingKey::from_pem(&pem).unwrap();
    let valid = fs::read(spec("valid.cbor")).unwrap();
    let held = |mut batch: Batch| {
        peak(|| {
            for _ in 0..200 {
                let mut receipts = [UnverifiedReceipt::parse(&valid).unwrap()];
                batch.check(&mut receipts, |_| Some(&key));
            }
        })
    };
    // What the process builds once, for all keys.
    let _ = held(Batch::new());
    let none = held(Batch::new().with_memory(0).expecting(&key, 1 << 20));
    let narrow = held(Batch::new());
    assert!(none < 100 << 10, "{none}");
    assert!((108 << 10..400 << 10).contains(&narrow), "{narrow}");
    let wide = held(Batch::new().expecting(&key, 1 << 20));
    assert!(wide >= 516 << 10, "{wide}");
}

/// T09
#[test]
fn sixty_four_kib_of_stack_are_enough() {
    // Where nothing is inlined every call takes more: CI runs this test with optimisation as well.
    let (stack, optimised) = if cfg!(debug_assertions) {
        (128 * 1024, false)
    } else {
        (64 * 1024, true)
    };
    let inputs = hostile();
    thread::Builder::new()
        .stack_size(stack)
        .spawn(move || {
            for (_, bytes) in &inputs {
                read_all(bytes);
                if optimised {
                    let _ = from_slice::<Value>(bytes);
                }
            }
        })
        .unwrap()
        .join()
        .unwrap();
}
