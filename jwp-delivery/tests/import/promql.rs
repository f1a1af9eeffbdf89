//! Answers to queries, whoever asked them.

use jwp_delivery::import::promql;

use crate::support::{folder, read};

#[test]
fn every_real_answer_is_read_or_refused_for_what_it_is() {
    for (name, body) in folder("prometheus/2.42.0") {
        let is_query = name.ends_with(".json") && !name.starts_with("api-") && name != "plan.json";
        if !is_query {
            continue;
        }
        let code = promql::parse(&body).map_err(|e| e.code()).err();
        let expected = name.starts_with("err-").then_some("Import.Incomplete");
        assert_eq!(code, expected, "{name}");
    }
    let twice = r#"{"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"le":"1"},"value":[1,"1"]},{"metric":{"le":"1"},"value":[2,"1"]}]}}"#;
    let error = promql::parse(twice.as_bytes()).unwrap_err();
    assert_eq!(
        (error.code(), error.place()),
        ("Import.Value", "/data/result/1")
    );
    let number = |name: &str| {
        let response = promql::parse(&read(&format!("prometheus/2.42.0/{name}.json"))).unwrap();
        response.series[0].number().map_err(|e| e.code())
    };
    assert_eq!(number("scalar"), Ok("1.5".parse().unwrap()));
    for name in [
        "nan-zero-div",
        "pos-inf",
        "scalar-nan",
        "big-count",
        "matrix-selector",
        "native-histogram-rate",
    ] {
        assert_eq!(number(name), Err("Import.Value"), "{name}");
    }
}
