//! Documents that are made to exhaust whoever reads them.

use jwp_delivery::import::{
    argo, cdevents, cloudevents,
    openfeature::{self, Evaluations, Rule},
    prometheus, promql,
};

use crate::{argo::canary_context, cdevents::real_scope, openfeature::owner_flag};

#[test]
fn hostile_documents_are_refused_in_no_time() {
    let zeros = vec![0u8; 10_000_000];
    let brackets = vec![b'['; 1_000_000];
    let braces = b"{\"a\":".repeat(200_000);
    let blanks = vec![b'\n'; 10_000_000];
    let lines = b"{}\n".repeat((1 << 20) + 2);
    let rule = Rule::Percent {
        percent: 5,
        salt: "",
    };
    let no_json = ["Import.Json"; 6];
    let nothing = ["Import.Incomplete"; 6];
    // A plan and an answer are one document; the others may be a stream of them.
    let mut too_many = ["Import.Value"; 6];
    (too_many[0], too_many[5]) = ("Import.Json", "Import.Json");
    for (bytes, expected) in [
        (&zeros, no_json),
        (&brackets, no_json),
        (&braces, no_json),
        (&blanks, nothing),
        (&lines, too_many),
    ] {
        let started = std::time::Instant::now();
        let details = Evaluations::Details(bytes);
        let codes = [
            promql::parse(bytes).unwrap_err().code(),
            cloudevents::parse(bytes).unwrap_err().code(),
            cdevents::import(bytes, &real_scope()).unwrap_err().code(),
            openfeature::import(rule, details, &owner_flag())
                .unwrap_err()
                .code(),
            argo::import(&[bytes], &canary_context())
                .unwrap_err()
                .code(),
            prometheus::import(bytes, &[]).unwrap_err().code(),
        ];
        assert_eq!(codes, expected);
        assert!(started.elapsed().as_secs() < 60);
    }
}

#[test]
fn hostile_yaml_is_refused() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let previous = format!("*a{}", i - 1);
        bomb += &format!("a{i}: &a{i} [{}]\n", [previous.as_str(); 10].join(","));
    }
    bomb += "kind: Rollout\n";
    let deep = format!("kind: Rollout\nspec: {}", "[".repeat(100_000));
    let nested = format!("kind: Rollout\nstatus: {}1", "{a: ".repeat(50_000));
    let merged = "base: &b {kind: Rollout}\n<<: *b\n".to_owned();
    let twice = "kind: Rollout\nkind: Rollout\n".to_owned();
    for yaml in [bomb, deep, nested, merged, twice] {
        let refused = argo::import(&[yaml.as_bytes()], &canary_context()).unwrap_err();
        assert_eq!(refused.code(), "Import.Json", "{}", yaml.get(..40).unwrap());
    }
}
