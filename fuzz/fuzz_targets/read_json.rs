//! What the strict JSON reader accepts, serde_json accepts too, and reads in the same way each time.
#![no_main]
use jwp_delivery::json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match json::check(data) {
        Ok(text) => {
            assert_eq!(text.as_bytes(), data);
            let theirs: serde_json::Value = match serde_json::from_slice(data) {
                Ok(theirs) => theirs,
                // Whether a number fits is said where it is read: theirs must fit an f64, ours a decimal.
                Err(error) => return assert!(error.to_string().starts_with("number out of range")),
            };
            // Written without blanks it is accepted again.
            let again = serde_json::to_vec(&theirs).expect("memory takes every byte");
            assert!(json::check(&again).is_ok());
        }
        Err(error) => assert!(!error.problem().is_empty()),
    }
});
