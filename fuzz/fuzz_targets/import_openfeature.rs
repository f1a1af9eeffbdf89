//! A flag definition, counters, latency buckets, details and events: the counts add up.
#![no_main]
use jwp_core::Timestamp;
use jwp_delivery::{
    compute::bucket::Bucketing,
    import::openfeature::{self, Evaluations, FlagContext, Rule},
};
use jwp_fuzz::{holds, importer};

static FLAGS: &[u8] =
    include_bytes!("../../jwp-delivery/testdata/openfeature/flagd-0.11-handmade/flags.json");
static COUNTERS: &[u8] =
    include_bytes!("../../jwp-delivery/testdata/openfeature/flagd-0.11-handmade/evaluations.json");
static LATENCY: &[u8] =
    include_bytes!("../../jwp-delivery/testdata/openfeature/flagd-0.11-handmade/latency.json");

fn flagd(definition: &[u8]) -> Rule<'_> {
    Rule::Flagd {
        definition,
        bucketing: Bucketing::FlagdV2,
    }
}

fn counted<'a>(counters: &'a [u8], latency: &'a [u8]) -> Evaluations<'a> {
    Evaluations::Counters { counters, latency }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let secs = |secs| Timestamp::from_secs(secs).expect("a time");
    let window = (secs(1_778_146_200), secs(1_778_146_920));
    let context = FlagContext::new("jouledb-fast-path", "on", window, "flagd")
        .with_provider_version("0.11")
        .with_sdk_version("1.7")
        .with_cohort_salt("salt");
    let percent = Rule::Percent {
        percent: 5,
        salt: "salt",
    };
    for case in 0..5 {
        let imported = importer(
            data,
            |data| {
                let (rule, evaluations) = match case {
                    0 => (flagd(data), counted(COUNTERS, LATENCY)),
                    1 => (flagd(FLAGS), counted(data, LATENCY)),
                    2 => (flagd(FLAGS), counted(COUNTERS, data)),
                    3 => (percent, Evaluations::Details(data)),
                    _ => (
                        percent,
                        Evaluations::Events {
                            stream: data,
                            event_type: "flag.evaluated",
                        },
                    ),
                };
                openfeature::import(rule, evaluations, &context)
            },
            holds,
        );
        if let Some(imported) = imported {
            let claim = imported.claim;
            assert!(claim.eval_count > 0);
            assert!(claim.admitted_count <= claim.eval_count);
            assert!(claim.errors <= claim.eval_count);
        }
    }
});
