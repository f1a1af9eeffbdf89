//! Paths that a report names: their form is checked.

use jwp_delivery::import::prometheus;

use super::readers::ANSWERS;
use crate::{
    gates::support::{run_osv, run_scancode, run_semgrep},
    support::{changed, refused_as},
};

/// T92
#[test]
fn a_path_out_of_the_tree_is_refused() {
    let long = "a/".repeat(4096);
    for (name, path) in [
        ("traversal", "../x"),
        ("traversal in the middle", "a/../../x"),
        ("traversal at the end", "a/.."),
        ("traversal with backslashes", "a\\\\..\\\\x"),
        ("absolute", "/etc/passwd"),
        ("UNC", "\\\\\\\\host\\\\share\\\\x"),
        ("UNC with slashes", "//host/share/x"),
        ("a drive", "C:\\\\x"),
        ("a drive with slashes", "c:/x"),
        ("a drive alone", "C:x"),
        ("a device of Windows", "\\\\\\\\?\\\\C:\\\\x"),
        ("NUL", "a\\u0000b"),
        ("a control", "a\\u001bb"),
        ("nothing", ""),
        ("very long", &long),
    ] {
        for member in ["/paths/scanned", "a match"] {
            let report = match member {
                "a match" => changed(
                    "semgrep/1.94.0/findings.json",
                    "\"path\": \"src/b.py\"",
                    &format!("\"path\": \"{path}\""),
                ),
                _ => changed("semgrep/1.94.0/clean.json", "src/b.py", path),
            };
            refused_as(
                run_semgrep(&report, 0),
                "Import.Path",
                &format!("semgrep, {member}, {name}"),
            );
        }
        let scancode = changed(
            "scancode/32.5.0/ok.json",
            "tree-ok/src/b.c\",\n      \"type\"",
            &format!("{path}\",\n      \"type\""),
        );
        refused_as(
            run_scancode(&scancode, 0),
            "Import.Path",
            &format!("scancode, {name}"),
        );
        // OSV-Scanner makes every path absolute.
        if path != "/etc/passwd" {
            let osv = changed(
                "osv-scanner/1.8.5/medium.json",
                "/src/jouledb/Cargo.lock",
                path,
            );
            refused_as(
                run_osv(&osv, 1, "clean.stderr"),
                "Import.Path",
                &format!("osv-scanner, {name}"),
            );
        }
        // The one document whose paths are opened: by the caller, beside the plan.
        let plan = changed(&format!("{ANSWERS}/plan.json"), "canary-buckets.json", path);
        refused_as(
            prometheus::plan_files(&plan),
            "Import.Path",
            &format!("plan, {name}"),
        );
    }
}

/// T92: a plan names files beside itself, and no folder, link or device has such a name.
#[test]
fn a_plan_names_plain_files() {
    for path in [
        "a/b.json",
        "./a.json",
        ".",
        "..",
        ".hidden",
        "a b.json",
        "a\\u202eb",
        "~",
        "a:b",
        "*",
    ] {
        let plan = changed(&format!("{ANSWERS}/plan.json"), "canary-buckets.json", path);
        refused_as(prometheus::plan_files(&plan), "Import.Path", path);
    }
}
