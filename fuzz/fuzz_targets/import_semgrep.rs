//! A report of semgrep: a gate never passes with a reason against it.
#![no_main]
use jwp_delivery::import::{gates::GateContext, semgrep};
use jwp_fuzz::{gate, importer};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let context = GateContext::exited(0);
    importer(data, |data| semgrep::import(data, &context), gate);
});
