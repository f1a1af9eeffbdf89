//! A flag definition: what the flag falls back to is a variant, and not the one that admits.
#![no_main]
use jwp_delivery::import::rollback;
use jwp_fuzz::importer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let read = |data: &[u8]| rollback::flag_off(data, "jouledb-fast-path", "on");
    let off = importer(data, read, |off| format!("{off:?}"));
    assert!(off.is_none_or(|off| off.variant != "on"));
});
