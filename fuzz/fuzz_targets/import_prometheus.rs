//! A plan, or one of the documents that it names: nothing passes with a reason against it.
#![no_main]
use jwp_delivery::import::prometheus::{self, AnalysisOutcome, Document};
use jwp_fuzz::{holds, importer};

macro_rules! documents {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!(
            "../../jwp-delivery/testdata/prometheus/2.55.1-handmade/", $name
        )))),*]
    };
}
static PLAN: &[u8] =
    include_bytes!("../../jwp-delivery/testdata/prometheus/2.55.1-handmade/plan.json");
static DOCUMENTS: [(&str, &[u8]); 15] = documents!(
    "baseline-buckets.json" "baseline-errors.json" "baseline-requests.json" "buildinfo.json"
    "canary-buckets.json" "canary-errors.json" "canary-requests.json" "service-errors-1h.json"
    "service-errors-30m.json" "service-errors-3d.json" "service-errors-5m.json"
    "service-errors-6h.json" "service-requests-1h.json" "service-requests-30m.json"
    "service-requests-3d.json"
);
static MORE: [(&str, &[u8]); 2] = documents!("service-requests-5m.json" "service-requests-6h.json");

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(names) = prometheus::plan_files(data) {
        // The command opens what the plan names.
        for name in names {
            assert!(
                !name.contains(['/', '\\', '\0']) && name != ".." && name != ".",
                "{name:?}"
            );
        }
    }
    // What of the input is JSON of a kind of its own is tried in the place of one of its kind.
    for replaced in [
        "plan.json",
        "buildinfo.json",
        "canary-buckets.json",
        "canary-errors.json",
        "baseline-buckets.json",
    ] {
        importer(
            data,
            |data| {
                let plan = if replaced == "plan.json" { data } else { PLAN };
                let documents: Vec<Document<'_>> = DOCUMENTS
                    .iter()
                    .chain(&MORE)
                    .map(|&(name, bytes)| {
                        let bytes = if name == replaced { data } else { bytes };
                        Document { name, bytes }
                    })
                    .collect();
                prometheus::import(plan, &documents)
            },
            |analysis| {
                let passed = matches!(analysis.outcome, AnalysisOutcome::Passed(_));
                assert_eq!(passed, analysis.reasons.is_empty());
                let claim = match &analysis.outcome {
                    AnalysisOutcome::Failed(failed) => holds(failed),
                    AnalysisOutcome::Inconclusive(inconclusive) => holds(inconclusive),
                    AnalysisOutcome::Passed(passed) => holds(passed),
                };
                format!("{claim} {:?}", analysis.reasons)
            },
        );
    }
});
