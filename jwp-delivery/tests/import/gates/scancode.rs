//! ScanCode: goldens, licence expressions, and the options that leave something out.

use jwp_delivery::import::{
    gates::{GateContext, GateOutcome},
    scancode::{self, AllowedLicenses},
};

use crate::{
    gates::support::{codes, golden, run_scancode},
    support::{changed, read, refused},
};

#[test]
fn scancode_goldens() {
    for (name, exit) in [("ok", 0), ("drift", 0), ("drift-policy", 0), ("timeout", 1)] {
        let report = run_scancode(&read(&format!("scancode/32.5.0/{name}.json")), exit).unwrap();
        golden(&format!("scancode/32.5.0/{name}.golden"), &report);
    }
}

#[test]
fn scancode_expressions() {
    let verdict = |expression: &str| {
        let report = changed(
            "scancode/32.5.0/ok.json",
            "\"detected_license_expression_spdx\": \"MIT\"",
            &format!("\"detected_license_expression_spdx\": {expression}"),
        );
        codes(&run_scancode(&report, 0).unwrap())
    };
    let none: [&str; 0] = [];
    for allowed in [
        "\"MIT OR Apache-2.0\"",
        "\"MIT AND Apache-2.0\"",
        "\"GPL-3.0-only OR MIT\"",
        "\"(MIT OR AGPL-3.0-only) AND Apache-2.0\"",
    ] {
        assert_eq!(verdict(allowed), none, "{allowed}");
    }
    for unknown in [
        "null",
        "\"LicenseRef-scancode-unknown\"",
        "\"MIT AND LicenseRef-Acme\"",
        "\"\"",
        "\"NotALicence\"",
        "\"MIT AND\"",
        "\"GPL-3.0-only OR LicenseRef-Acme\"",
    ] {
        assert_eq!(verdict(unknown), ["unknown-license"], "{unknown}");
    }
    for drift in [
        "\"GPL-3.0-only\"",
        "\"MIT AND GPL-2.0-or-later\"",
        "\"AGPL-3.0-only AND LicenseRef-scancode-unknown-spdx\"",
        "\"GPL-3.0-or-later AND GPL-3.0-only AND Classpath-exception-2.0\"",
        "\"BSD-3-Clause\"",
        "\"Apache-2.0 WITH LLVM-exception\"",
        "\"GPL-2.0\"",
    ] {
        assert_eq!(verdict(drift), ["license-drift"], "{drift}");
    }
    let mut allowed = AllowedLicenses::default();
    for more in ["BSD-3-Clause", "Apache-2.0 WITH LLVM-exception"] {
        allowed = allowed.with(more).unwrap();
    }
    for expression in ["\"BSD-3-Clause\"", "\"Apache-2.0 WITH LLVM-exception\""] {
        let report = changed(
            "scancode/32.5.0/ok.json",
            "\"detected_license_expression_spdx\": \"MIT\"",
            &format!("\"detected_license_expression_spdx\": {expression}"),
        );
        let report = scancode::import(&report, &GateContext::exited(0), &allowed).unwrap();
        assert_eq!(report.outcome(), GateOutcome::Passed);
    }
    assert_eq!(
        AllowedLicenses::default()
            .with("Copyleft")
            .unwrap_err()
            .code(),
        "Import.Value"
    );
}

#[test]
fn scancode_shapes() {
    let ok = "scancode/32.5.0/ok.json";
    refused(
        run_scancode(&read("scancode/31.2.6/ok.json"), 0),
        "Import.Unsupported",
    );
    refused(
        run_scancode(&read("scancode/32.5.0/drift.jsonlines"), 0),
        "Import.Json",
    );
    refused(
        run_scancode(&read("scancode/32.5.0/drift.cdx.json"), 0),
        "Import.Incomplete",
    );
    refused(
        run_scancode(&changed(ok, "\"4.1.0\"", "\"5.0.0\""), 0),
        "Import.Unsupported",
    );
    refused(
        run_scancode(&changed(ok, "scancode-toolkit", "scancode"), 0),
        "Import.Unsupported",
    );
    refused(
        run_scancode(
            &changed(
                ok,
                "\"files_count\": 3\n      }",
                "\"files_count\": 4\n      }",
            ),
            0,
        ),
        "Import.Incomplete",
    );
    refused(
        run_scancode(&changed(ok, "\"type\": \"file\"", "\"type\": \"link\""), 0),
        "Import.Value",
    );
    refused(
        run_scancode(
            &changed(
                ok,
                "tree-ok/src/b.c\",\n      \"type\"",
                "tree-ok/src/a.py\",\n      \"type\"",
            ),
            0,
        ),
        "Import.Value",
    );
    let not_asked = changed(ok, "\"--license\": true", "\"--license\": false");
    assert_eq!(
        codes(&run_scancode(&not_asked, 0).unwrap()),
        ["nothing-scanned"]
    );
    let failed = changed(ok, "\"errors\": []", "\"errors\": [\"Path: tree-ok/gone\"]");
    assert_eq!(codes(&run_scancode(&failed, 0).unwrap()), ["tool-errors"]);
    // What the scan was told to leave out, it does not show.
    for option in [
        "\"--max-depth\": 1",
        "\"--license-score\": 100",
        "\"--ignore-author\": [\"Evil Corp\"]",
        "\"--ignore-copyright-holder\": [\"Evil Corp\"]",
        "\"--from-json\": true",
        "\"--package-only\": true",
        "\"--an-option-of-tomorrow\": \"yes\"",
        "\"--ignore\": [\"*.c\"]",
        "\"--include\": [\"LICENSE\"]",
        "\"--only-findings\": true",
    ] {
        let from = "\"--only-findings\": false";
        let report = changed(ok, from, option);
        assert_eq!(
            codes(&run_scancode(&report, 0).unwrap()),
            ["left-out"],
            "{option}"
        );
    }
    let none: [&str; 0] = [];
    for option in [
        "\"--package\": true",
        "\"--license-text\": true",
        "\"--strip-root\": true",
        "\"--timeout\": \"120.0\"",
        "\"--max-depth\": 0",
        "\"--ignore\": []",
        "\"--an-option-of-tomorrow\": false",
    ] {
        let report = changed(ok, "\"--only-findings\": false", option);
        assert_eq!(codes(&run_scancode(&report, 0).unwrap()), none, "{option}");
    }
    for (version, read) in [("v32.3.0", "32.3.0"), ("32.0.0rc3", "32.0.0rc3")] {
        let report = changed(
            ok,
            "\"tool_version\": \"32.5.0\"",
            &format!("\"tool_version\": \"{version}\""),
        );
        let report = run_scancode(&report, 0).unwrap();
        assert_eq!(report.gate().version.as_deref(), Some(read));
    }
    for (version, code) in [
        ("31.2.6", "Import.Unsupported"),
        ("vv32.3.0", "Import.Value"),
        ("32", "Import.Value"),
        ("32.", "Import.Value"),
        ("32.5.0 https://a:b@c", "Import.Value"),
    ] {
        let report = changed(
            ok,
            "\"tool_version\": \"32.5.0\"",
            &format!("\"tool_version\": \"{version}\""),
        );
        refused(run_scancode(&report, 0), code);
    }
    let unseen = changed(ok, "\"detected_license_expression_spdx\": \"MIT\",", "");
    assert_eq!(codes(&run_scancode(&unseen, 0).unwrap()), ["tool-errors"]);
}
