//! One of the three documents of a canary, the other two as Argo Rollouts wrote them.
#![no_main]
use jwp_delivery::import::argo::{self, CanaryContext, CanaryImport, LatencyUnit};
use jwp_fuzz::{holds, importer};

static STEPPED: [&[u8]; 3] = [
    include_bytes!("../../jwp-delivery/testdata/argo/1.7.2-handmade/rollout.yaml"),
    include_bytes!("../../jwp-delivery/testdata/argo/1.7.2-handmade/analysisruns.json"),
    include_bytes!("../../jwp-delivery/testdata/argo/1.7.2-handmade/events.json"),
];
static ABORTED: [&[u8]; 3] = [
    include_bytes!("../../jwp-delivery/testdata/argo/1.7.2-handmade/aborted/rollout.yaml"),
    include_bytes!("../../jwp-delivery/testdata/argo/1.7.2-handmade/aborted/analysisruns.json"),
    include_bytes!("../../jwp-delivery/testdata/argo/1.7.2-handmade/aborted/events.json"),
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut context = CanaryContext::default();
    context.argo_rollouts_version = Some("1.7.2".into());
    context.kubernetes_version = Some("1.31.2".into());
    context.abort_threshold = Some("p99 > +10 % OR 5xx > 0.01".into());
    context.p99_metric = Some(("p99-latency".into(), LatencyUnit::Seconds));
    context.error_rate_metric = Some("error-rate".into());
    for position in 0..3 {
        let with = |documents: &[&'static [u8]; 3], data: &[u8]| {
            let mut documents: [Vec<u8>; 3] = documents.map(<[u8]>::to_vec);
            documents[position] = data.to_vec();
            documents
        };
        importer(
            data,
            |data| {
                let documents = with(&STEPPED, data);
                argo::import(&documents.each_ref().map(Vec::as_slice), &context)
            },
            |canary| match canary {
                CanaryImport::Aborted(aborted) => holds(aborted),
                CanaryImport::Stepped(stepped) => holds(stepped),
            },
        );
        let abort = importer(
            data,
            |data| {
                let documents = with(&ABORTED, data);
                argo::abort(&documents.each_ref().map(Vec::as_slice), &context)
            },
            |abort| {
                format!(
                    "{} {} {}",
                    abort.started_ms, abort.finished_ms, abort.reason
                )
            },
        );
        assert!(abort.is_none_or(|abort| !abort.reason.is_empty() && !abort.evidence.is_empty()));
    }
});
