//! Arguments that cannot be meant: each is named, and none passed over.

use std::fs;

use crate::support::{
    OTHER_IMAGE, build, command, fails, flag, folder, foreign, gates, place, prepare, rollback,
    succeeds, verify,
};

/// Clap waives `requires` where what is required conflicts with what is there.
#[test]
fn no_argument_is_passed_over_in_silence() {
    let folder = folder("passed-over");
    prepare(&folder);
    let (percent, flagd) = ("--percent 100 --salt s", "--flags f --bucketing flagd-v2");
    for arguments in [
        flag(&format!("{percent} --bucketing flagd-v2"), "--details d"),
        flag(&format!("{flagd} --salt s"), "--details d"),
        flag(percent, "--details d --latency l"),
        flag(percent, "--events e --latency l"),
        flag(percent, "--details d --event-type t"),
        flag(percent, "--counters c --latency l --event-type t"),
        flag(percent, "--counters c --latency l --cohort-salt s"),
        rollback(OTHER_IMAGE, "--flag-off a=b --flag other"),
        rollback(OTHER_IMAGE, "--flag-off a=b --variant other"),
        rollback("--previous p --previous-release v1", "--flag-off a=b"),
    ] {
        let error = fails(&folder, &arguments, 2, "Cli.Usage");
        assert!(
            error.contains("cannot be used with"),
            "{arguments}: {error}"
        );
    }
}

/// What no claim can hold is a usage error, which names the option and says what it takes.
#[test]
fn a_bad_value_names_its_option() {
    let folder = folder("bad-values");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let flag = flag("--percent 5 --salt s", "--details d");
    let rollback = rollback(OTHER_IMAGE, "--flag-off a=b");
    let gates = format!("{} --scancode s", gates("c.jwp"));
    let place = place("c.jwp", "trust.toml");
    let canary = format!("issue canary {place} --rollout r --events e");
    let dora = format!(
        "issue dora {place} --events e --service s --environment e --from 2026-05-07T00:00:00Z"
    );
    let waived =
        format!("{gates} --waive a:b --waive-expires 2026-06-01T00:00:00Z --waive-approver a");
    let metered = format!("{flag} --joules 1");
    for (arguments, option, bad) in [
        (&rollback, "--trigger", vec!["", "a\tb", "\u{202e}x"]),
        (&rollback, "--flag-off", vec!["a", "=b", "a=", "a=\u{7}"]),
        (&rollback, "--previous-release", vec!["", "v1\n"]),
        (&rollback, "--rto-s", vec!["0", "-1", "x"]),
        (&rollback, "--round-trip-min", vec!["0", "-5", "x"]),
        (&flag, "--percent", vec!["101", "-1"]),
        (&flag, "--salt", vec!["a\u{1}"]),
        (&flag, "--flag", vec![""]),
        (&flag, "--variant", vec!["", "\u{9b}"]),
        (&flag, "--provider", vec!["", "p\r"]),
        (&flag, "--provider-version", vec![""]),
        (&flag, "--sdk-version", vec!["", "\u{feff}1"]),
        (&metered, "--joules-method", vec!["", "\u{1b}[m"]),
        (&gates, "--allow-license", vec!["GPL 3", ""]),
        (&waived, "--waive-reason", vec!["", "a\nb"]),
        (&canary, "--abort-threshold", vec![""]),
        (&canary, "--p99-metric", vec![":ms", "name", "a\u{1}:s"]),
        (&canary, "--error-rate-metric", vec![""]),
        (&canary, "--argo-version", vec![""]),
        (
            &dora,
            "--to",
            vec!["2026-05-06T00:00:00Z", "2026-05-07T00:00:00Z"],
        ),
        (&flag, "--to", vec!["2026-05-07T09:30:00Z"]),
    ] {
        for bad in bad {
            // In the place of the value that is there, so that nothing is given twice.
            let mut words: Vec<&str> = arguments.split_whitespace().collect();
            if let Some(at) = words.iter().position(|word| *word == option) {
                words.drain(at..at + 2);
            }
            let joined = format!("{option}={bad}");
            words.push(&joined);
            let output = command(&folder).args(words).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{joined}: {said}");
            assert!(said.contains("error[Cli.Usage]: "), "{joined}: {said}");
            assert!(said.contains(option), "{joined}: {said}");
        }
    }
}

/// What was found stands in the error, escaped and whole, whatever it looks like.
#[test]
fn a_usage_error_repeats_what_was_written() {
    let folder = folder("written");
    let long = "Usage: x\nFor more information\n\n  error: <a>";
    let escaped = "Usage: x\\u{a}For more information\\u{a}\\u{a}  error: \\u{3c}a>";
    let verify = verify("c.jwp");
    let rest: Vec<&str> = verify.split_whitespace().collect();
    for (first, written, said) in [
        (
            "--head=",
            "<\u{1b}[31m>",
            "value '\\u{3c}\\u{1b}[31m>' for '--head LINK'".to_owned(),
        ),
        (
            "--head=",
            long,
            format!("value '{escaped}' for '--head LINK'"),
        ),
        (
            "--format=",
            "<\u{1b}[0m>",
            "value '\\u{3c}\\u{1b}[0m>' for '--format FORMAT'".to_owned(),
        ),
        (
            "--",
            "\u{1b}[1m<x>",
            "argument '--\\u{1b}[1m\\u{3c}x>' found".to_owned(),
        ),
        ("", long, format!("argument '{escaped}' found")),
    ] {
        let output = command(&folder)
            .args(&rest)
            .arg(format!("{first}{written}"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(&said), "{said} in {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    let output = command(&folder).arg("<\u{1b}[1mx>").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("subcommand '\\u{3c}\\u{1b}[1mx>'"),
        "{stderr}"
    );
}

/// The names of this project are never allowed unchecked, and who asks for it is told.
#[test]
fn a_reserved_kind_cannot_be_allowed() {
    let folder = folder("reserved");
    prepare(&folder);
    fs::write(folder.join("c.jwp"), foreign(1_778_000_000, &[])).unwrap();
    let verify = verify("c.jwp");
    fails(&folder, &verify, 1, "Policy.UnknownKind");
    succeeds(&folder, &format!("{verify} --allow-kind example.foreign"));
    for kind in [
        "delivery.foo.bar",
        "delivery",
        "trust.key.added",
        "delivery.build.completed",
    ] {
        let asked = format!("{verify} --allow-kind example.foreign --allow-kind {kind}");
        let error = fails(&folder, &asked, 2, "Cli.Usage");
        assert!(
            error.contains("--allow-kind") && error.contains(kind),
            "{error}"
        );
    }
    succeeds(
        &folder,
        &format!("{verify} --allow-kind example.foreign --allow-kind deliverya.b"),
    );
}

/// The last second that a receipt can say is an hour like any other.
#[test]
fn the_year_9999_is_read_and_printed() {
    let folder = folder("year-9999");
    prepare(&folder);
    let last = "9999-12-31T23:59:59Z";
    fs::write(folder.join("c.jwp"), foreign(253_402_300_799, &[])).unwrap();
    let text = succeeds(&folder, "inspect c.jwp");
    assert!(
        text.contains(&format!("said to be signed at {last}")),
        "{text}"
    );
    let add = "trust add --trust t.toml --pub builder.pub.pem --iss builder";
    succeeds(&folder, &format!("{add} --not-after {last}"));
    let trust = fs::read_to_string(folder.join("t.toml")).unwrap();
    assert!(trust.contains(last), "{trust}");
    let error = fails(
        &folder,
        &format!("{add} --not-after 1969-12-31T23:59:59Z"),
        2,
        "Cli.Usage",
    );
    assert!(
        error.contains("--not-after") && error.contains("from 1970"),
        "{error}"
    );
}
