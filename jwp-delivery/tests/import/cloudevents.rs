//! CloudEvents of the SDK, and the rules of the specification.

use jwp_delivery::import::cloudevents;

use crate::support::folder;

#[test]
fn cloud_events_of_the_sdk() {
    let files = folder("cloudevents/npm-10.0.0");
    let code = |name: &str| cloudevents::parse(&files[name]).map_err(|e| e.code()).err();
    for (name, expected) in [
        ("stream.jsonl", None),
        ("batch.body.json", None),
        ("structured.body.json", None),
        ("binary-roundtrip.json", None),
        ("data_base64.structured.json", None),
        ("string-data.structured.json", None),
        ("xml-data.structured.json", None),
        ("v0.3.structured.json", Some("Import.Unsupported")),
        // HTTP messages and test reports are no events.
        ("structured.http.json", Some("Import.Unsupported")),
        ("data_base64.binary.http.json", Some("Import.Unsupported")),
    ] {
        assert_eq!(code(name), expected, "{name}");
    }
    assert_eq!(
        cloudevents::parse(&files["stream.jsonl"]).unwrap().len(),
        50
    );
    let stream = cloudevents::parse(&files["stream.jsonl"]).unwrap();
    let batch = cloudevents::parse(&files["batch.body.json"]).unwrap();
    assert!(stream.iter().zip(&batch).all(|(a, b)| a.raw == b.raw));
}

#[test]
fn cloud_events_break_no_rule() {
    let good = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"2026-05-07T09:30:00Z","n":1,"b":true}"#;
    let of = |bytes: &str| {
        cloudevents::parse(bytes.as_bytes())
            .map(|e| e.len())
            .map_err(|e| e.code())
    };
    assert_eq!(of(good), Ok(1));
    // Null says that an attribute is not set.
    let null = good.replace("\"n\":1", "\"subject\":null,\"n\":null,\"dataschema\":null");
    assert_eq!(of(&null), Ok(1));
    assert_eq!(
        of(&good.replace("\"/s\"", "null")),
        Err("Import.Incomplete")
    );
    let data = good.replace("\"n\":1", "\"data\":null");
    let data = cloudevents::parse(data.as_bytes()).unwrap();
    assert_eq!(data[0].data, cloudevents::EventData::Json(b"null"));
    for (from, to, code) in [
        ("\"1.0\"", "\"2.0\"", "Import.Unsupported"),
        ("\"1.0\"", "1.0", "Import.Value"),
        ("\"id\":\"1\",", "", "Import.Incomplete"),
        ("\"id\":\"1\"", "\"id\":\"\"", "Import.Value"),
        ("\"id\":\"1\"", "\"id\":1", "Import.Value"),
        ("\"/s\"", "\"\"", "Import.Value"),
        ("\"type\":\"t\",", "", "Import.Incomplete"),
        ("2026-05-07T09:30:00Z", "yesterday", "Import.Value"),
        ("\"n\":1", "\"myExt\":1", "Import.Value"),
        ("\"n\":1", "\"n\":{}", "Import.Value"),
        ("\"n\":1", "\"n\":[]", "Import.Value"),
        ("\"n\":1", "\"n\":1.5", "Import.Value"),
        ("\"n\":1", "\"n\":2147483648", "Import.Value"),
        (
            "\"n\":1",
            "\"data\":1,\"data_base64\":\"AA==\"",
            "Import.Value",
        ),
        ("\"n\":1", "\"data_base64\":\"AA\"", "Import.Value"),
        ("\"n\":1", "\"id\":\"2\"", "Import.Json"),
        ("true}", "true}}", "Import.Json"),
    ] {
        assert_eq!(of(&good.replacen(from, to, 1)), Err(code), "{from} to {to}");
    }
    let twice = [good, good].join("\n");
    let set = cloudevents::distinct(cloudevents::parse(twice.as_bytes()).unwrap()).unwrap();
    assert_eq!((set.events.len(), set.repeated), (1, 1));
    let replay = [good, &good.replace("true", "false")].join("\n");
    let refused = cloudevents::distinct(cloudevents::parse(replay.as_bytes()).unwrap());
    assert_eq!(refused.unwrap_err().code(), "Import.Value");
}

#[test]
fn an_error_does_not_repeat_what_a_terminal_would_obey() {
    let hostile = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/\",\"type\":\"t\",\"a\\u001b[2Jb\\u202ec\":1}";
    let error = cloudevents::parse(hostile.as_bytes()).unwrap_err();
    assert_eq!(error.code(), "Import.Value");
    assert!(error.place().contains('\u{1b}'), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("a\\u{1b}[2Jb\\u{202e}c"), "{text}");
}

/// A stream is cut into its rows whatever is in them; only what becomes a tree counts.
#[test]
fn rows_of_a_stream_have_no_budget_in_common() {
    let row = format!("[{}0]", "0,".repeat(99));
    let stream = format!("[{}{row}]", format!("{row},").repeat(90_000));
    let error = cloudevents::parse(stream.as_bytes()).unwrap_err();
    assert!(error.place().starts_with("/0 line 1"), "{error}");
}
