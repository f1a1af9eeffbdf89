//! Issues and verifies one chain, ours and the peers' in the same run.
//!
//! `cargo bench -p jwp-benches --bench chain`. The ratio of two lines is the result; the times belong
//! to the machine. `ratio` measures the same routes interleaved.

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jwp_benches::{bare, cose, dsse, facts, jwp};

/// A release, and a year of releases.
const LENGTHS: [u32; 2] = [9, 3000];

fn chain(c: &mut Criterion) {
    let ours = jwp::Route::new().expect("the constants hold");
    let (cose, dsse) = (cose::Route::new(), dsse::Route::new());
    for length in LENGTHS {
        let facts = facts(length).expect("the constants hold");
        let chain = ours.sign(&facts).expect("it signs");
        let bare = bare::Route::new(&chain).expect("it parses");
        let id = |name| BenchmarkId::new(name, length);

        let mut group = c.benchmark_group("issue");
        group.throughput(Throughput::Elements(length.into()));
        group.sample_size(20);
        group.bench_function(id("jwp"), |b| b.iter(|| ours.sign(black_box(&facts))));
        group.bench_function(id("jwp, checked"), |b| {
            b.iter(|| ours.issue(black_box(&facts)));
        });
        group.bench_function(id("coset"), |b| b.iter(|| cose.sign(black_box(&facts))));
        group.bench_function(id("dsse"), |b| b.iter(|| dsse.sign(black_box(&facts))));
        group.bench_function(id("bare dalek"), |b| b.iter(|| black_box(&bare).sign()));
        group.finish();

        let mut group = c.benchmark_group("verify");
        group.throughput(Throughput::Elements(length.into()));
        group.sample_size(20);
        let receipts = cose.sign(&facts).expect("it signs");
        let envelopes = dsse.sign(&facts).expect("it signs");
        let signatures = bare.sign();
        group.bench_function(id("jwp"), |b| {
            b.iter(|| ours.verify(black_box(&chain)).expect("it holds"));
        });
        group.bench_function(id("coset"), |b| {
            b.iter(|| cose.verify(black_box(&receipts)).expect("it holds"));
        });
        group.bench_function(id("dsse"), |b| {
            b.iter(|| dsse.verify(black_box(&envelopes)).expect("it holds"));
        });
        group.bench_function(id("bare dalek"), |b| {
            b.iter(|| bare.verify(black_box(&signatures)).expect("it holds"));
        });
        group.finish();
    }
}

criterion_group!(benches, chain);
criterion_main!(benches);
