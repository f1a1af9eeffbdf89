//! A response of the query API: no series stands twice, and its numbers are read or refused.
#![no_main]
use jwp_delivery::import::promql;
use jwp_fuzz::importer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    importer(data, promql::parse, |response| {
        let mut labels: Vec<_> = response
            .series
            .iter()
            .map(|series| &series.labels)
            .collect();
        labels.sort();
        let count = labels.len();
        labels.dedup();
        assert_eq!(labels.len(), count);
        for series in &response.series {
            let times: Vec<u64> = series.points.iter().map(|point| point.at_ms).collect();
            assert!(
                times.is_sorted_by(|before, after| before < after),
                "{times:?}"
            );
        }
        let first = response.series.first();
        let counts = first.map(|series| series.counts().map_err(|error| error.code()));
        format!("{:?} {counts:?}", response.series.len())
    });
});
