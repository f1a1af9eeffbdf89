//! What is no strict JSON is no report, whichever importer reads it.

use jwp_delivery::json::{Number, from_slice};

use super::readers::{ANSWERS, READERS, analysis};
use crate::{
    gates::support::{run_semgrep, run_trivy},
    support::{changed, read, refused_as},
};

/// T90
#[test]
fn json_that_two_readers_could_read_differently_is_refused() {
    let deep = [vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat();
    let deep_members = [b"{\"a\":".repeat(1_000_000), vec![b'}'; 1_000_000]].concat();
    for (name, text) in [
        (
            "a duplicate key",
            &b"{\"version\":\"1\",\"version\":\"1\"}"[..],
        ),
        ("a duplicate key, escaped", b"{\"a\":1,\"\\u0061\":1}"),
        ("depth 10^6", &deep),
        ("depth 10^6 of members", &deep_members),
        ("a lone high surrogate", b"{\"a\":\"\\ud800\"}"),
        ("a lone low surrogate", b"{\"a\":\"\\udc00\"}"),
        ("a lone surrogate as a key", b"{\"\\ud800\":1}"),
        ("NaN", b"{\"a\":NaN}"),
        ("Infinity", b"{\"a\":Infinity}"),
        ("-Infinity", b"{\"a\":-Infinity}"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("UTF-16", b"\xff\xfe{\0}\0"),
        ("trailing data", b"{\"a\":1} {\"a\":1}"),
        ("a trailing comma", b"{\"a\":1,}"),
        ("a comment", b"/* none */ {\"a\":1}"),
        ("a comment at the end", b"{\"a\":1} // none"),
        ("a leading zero", b"{\"a\":01}"),
        ("a plus sign", b"{\"a\":+1}"),
    ] {
        for (importer, read) in READERS {
            // What does not begin with a bracket may be YAML there, which is another language.
            if *importer != "rollout" || text.starts_with(b"{") {
                refused_as(read(text), "Import.Json", &format!("{importer}, {name}"));
            }
        }
    }
}

/// T90: numbers that JSON has and a claim cannot hold are values; those that it can hold are exact.
#[test]
fn numbers_are_exact_or_refused() {
    let trivy = |number: &str| {
        let from = "\"SchemaVersion\": 2";
        changed(
            "trivy/0.55.2/clean.json",
            from,
            &format!("\"SchemaVersion\": {number}"),
        )
    };
    for number in ["1e400", "-1e400", "9007199254740993", "2.5"] {
        let code = if number == "9007199254740993" {
            "Import.Unsupported"
        } else {
            "Import.Value"
        };
        refused_as(run_trivy(&trivy(number)), code, number);
    }
    let number = |text: &str| from_slice::<Number>(text.as_bytes());
    let error = number("1e400").unwrap_err();
    assert!(!error.is_syntax() && !error.is_missing());
    assert_eq!(number("-0").unwrap().to_u64(), Some(0));
    // 2^53 + 1, which no float of 64 bits holds.
    assert_eq!(
        number("9007199254740993").unwrap().to_u64(),
        Some((1 << 53) + 1)
    );
    // The same where a claim is made of it: one more is another claim.
    let plan = read(&format!("{ANSWERS}/plan.json"));
    let requests = |text: &str| {
        let file = format!("{ANSWERS}/canary-requests.json");
        changed(&file, "\"170000\"", text)
    };
    for text in ["\"1e400\"", "1e400", "\"-1\""] {
        let answer = requests(text);
        refused_as(
            analysis(&plan, Some(("canary-requests.json", &answer))),
            "Import.Value",
            text,
        );
    }
    // What no claim is made of is JSON, whatever its size.
    let extra = changed("semgrep/1.94.0/clean.json", "{", "{\"n\":1e400,\"m\":-0,");
    run_semgrep(&extra, 0).unwrap();
}
