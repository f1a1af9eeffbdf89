//! A licence report: a gate never passes with a reason against it.
#![no_main]
use jwp_delivery::import::{
    gates::GateContext,
    scancode::{self, AllowedLicenses},
};
use jwp_fuzz::{gate, importer};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (context, allowed) = (GateContext::exited(0), AllowedLicenses::default());
    importer(
        data,
        |data| scancode::import(data, &context, &allowed),
        gate,
    );
});
