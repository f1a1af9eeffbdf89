//! The report, the version or the log of OSV-Scanner: a gate never passes with a reason against it.
#![no_main]
use jwp_delivery::import::{
    gates::GateContext,
    osv_scanner::{self, OsvScannerRun},
};
use jwp_fuzz::{gate, importer};

static REPORT: &[u8] = include_bytes!("../../jwp-delivery/testdata/osv-scanner/1.8.5/clean.json");
static VERSION: &[u8] = include_bytes!("../../jwp-delivery/testdata/osv-scanner/1.8.5/version.txt");
static STDERR: &[u8] = include_bytes!("../../jwp-delivery/testdata/osv-scanner/1.8.5/clean.stderr");

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let context = GateContext::exited(0);
    for position in 0..3 {
        importer(
            data,
            |data| {
                let or = |at: usize, other| if at == position { data } else { other };
                let run = OsvScannerRun {
                    gate: &context,
                    version: or(1, VERSION),
                    stderr: Some(or(2, STDERR)),
                };
                osv_scanner::import(or(0, REPORT), &run)
            },
            gate,
        );
    }
});
