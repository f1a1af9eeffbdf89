//! The report or the version of Trivy: a gate never passes with a reason against it, nor for another image.
#![no_main]
use jwp_core::Timestamp;
use jwp_delivery::import::{
    gates::GateContext,
    trivy::{self, ImageClosure, TrivyRun},
};
use jwp_fuzz::{gate, importer};

static VERSION: &[u8] = include_bytes!("../../jwp-delivery/testdata/trivy/0.55.2/version.json");
const IMAGE: &str = "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";
const CONFIG: &str = "sha256:7ad0bf26a28a02ef37a3a145448e7b63b4370e624189e93c5ac0a9715f992a4c";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let context = GateContext::exited(0);
    let digest = |text: &str| text.parse().expect("a digest");
    let run = |version| TrivyRun {
        gate: &context,
        version,
        scanners: None,
        closure: ImageClosure::new(digest(IMAGE), digest(CONFIG)),
        now: Timestamp::from_secs(1_778_145_000).expect("a time"),
        max_db_age_s: trivy::MAX_DB_AGE_S,
    };
    importer(data, |data| trivy::import(data, &run(VERSION)), gate);
});
