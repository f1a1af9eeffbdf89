//! What is printed: whole and escaped for whoever reads it, and no success where nobody takes it.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
};

use jwp_core::chain::Receipts;

use crate::support::{build, command, folder, foreign, jwp, prepare, succeeds, verify};

/// A program that reads JSON gets JSON, whatever happened to the chain.
#[test]
fn json_is_whole_where_the_chain_is_not() {
    let folder = folder("whole-json");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let whole = fs::read(folder.join("c.jwp")).unwrap();
    fs::write(folder.join("torn.jwp"), [&whole, &whole[..40]].concat()).unwrap();
    File::create(folder.join("empty.jwp")).unwrap();
    let json = |arguments: &str, exit: i32| -> serde_json::Value {
        let output = jwp(&folder, arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    };
    for (name, receipts, code) in [
        ("torn.jwp", 1, "Codec.Truncated"),
        ("empty.jwp", 0, "Codec.Truncated"),
        ("missing.jwp", 0, "Cli.Io"),
    ] {
        let inspected = json(&format!("inspect {name} --format json"), 3);
        assert_eq!(inspected["verified"], false);
        assert_eq!(inspected["receipts"].as_array().unwrap().len(), receipts);
        assert_eq!(inspected["error"]["code"], code);
        let message = inspected["error"]["message"].as_str().unwrap();
        assert!(message.ends_with(&format!(", in {name}")), "{message}");
    }
    assert!(
        json("inspect c.jwp --format json", 0)
            .get("error")
            .is_none()
    );
    fs::write(folder.join("bad.toml"), "<").unwrap();
    for (arguments, code) in [
        (verify("missing.jwp"), "Cli.Io"),
        (
            verify("c.jwp").replace("trust.toml", "missing.toml"),
            "Cli.Io",
        ),
        (
            verify("c.jwp").replace("trust.toml", "bad.toml"),
            "Trust.Store",
        ),
    ] {
        let verdict = json(&format!("{arguments} --format json"), 3);
        assert_eq!(verdict["v"], 1);
        assert_eq!(verdict["verdict"], format!("UNDECIDED: {code}"));
        assert_eq!(verdict["outcome"], "undecided");
        assert_eq!(verdict["exit_code"], 3);
        assert_eq!(verdict["error"]["code"], code);
    }
}

/// T97: what a CI system or a browser would obey.
#[test]
fn inspect_escapes_in_json_what_verify_escapes() {
    let folder = folder("inspect-escapes");
    let bad = [
        "##vso[task.complete]",
        "<img src=x>",
        "&amp;",
        "a`b",
        "zero\u{200b}width",
        "é",
    ];
    let fields = bad.map(|text| (text, text));
    fs::write(folder.join("c.jwp"), foreign(1_778_000_000, &fields)).unwrap();
    let text = succeeds(&folder, "inspect c.jwp --format json");
    assert!(
        text.trim_end().bytes().all(|b| (b' '..=b'~').contains(&b)),
        "{text}"
    );
    for bad in ["##", "<", ">", "&", "`"] {
        assert!(!text.contains(bad), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for bad in bad {
        assert_eq!(json["receipts"][0]["claim"][bad], bad);
    }
}

/// T104: a full disk.
#[cfg(target_os = "linux")]
#[test]
fn output_that_nobody_takes_is_not_success() {
    let folder = folder("closed");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command(&folder)
        .args(verify("c.jwp").split_whitespace())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stderr.starts_with(b"error[Cli.Io]: "));
}

/// T104: SIGPIPE.
#[test]
fn a_reader_that_has_gone_is_not_success() {
    let folder = folder("gone");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&folder)
        .args(verify("c.jwp").split_whitespace())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stderr.starts_with(b"error[Cli.Io]: "));
}

/// T103: nobody has to read the output to see that it failed.
#[test]
fn the_exit_code_is_the_verdict_where_nobody_looks() {
    let folder = folder("unseen");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    fs::create_dir(folder.join("empty")).unwrap();
    fs::write(folder.join("nothing"), "").unwrap();
    for (chain, exit) in [("c.jwp", 0), ("nothing", 3), ("empty", 3), ("missing", 3)] {
        let unseen = command(&folder)
            .args(verify(chain).split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(unseen.code(), Some(exit), "{chain}");
    }
    let other = verify("c.jwp").replace("--aud prod", "--aud test");
    let unseen = command(&folder)
        .args(other.split_whitespace())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(unseen.code(), Some(1));
}

/// What `src/cli.rs` says of a stdout that is closed from the beginning: there is nothing that could fail.
#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_was_never_open_takes_everything() {
    let folder = folder("never-open");
    let output = Command::new("sh")
        .args(["-c", "\"$0\" explain R03 >&-", env!("CARGO_BIN_EXE_jwp")])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

/// Who does not see what was done would do it again.
#[cfg(target_os = "linux")]
#[test]
fn what_was_done_is_said_where_the_output_is_lost() {
    let folder = folder("done");
    prepare(&folder);
    let lost = |arguments: &str| -> String {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(&folder)
            .args(arguments.split_whitespace())
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("error[Cli.Io]: cannot write the output: "),
            "{stderr}"
        );
        stderr
    };
    let error = lost(&build("c.jwp", ""));
    let bytes = fs::read(folder.join("c.jwp")).unwrap();
    let (_, receipt) = Receipts::new(&bytes).next().unwrap().unwrap();
    let appended = format!(
        "; the receipt was appended, link {}, all the same",
        receipt.link()
    );
    assert!(error.contains(&appended), "{error}");
    let error = lost("keygen --out k.pem");
    assert!(
        error.contains("; the keys were written, k.pem and k.pub.pem, all the same"),
        "{error}"
    );
    let error = lost("trust add --trust trust.toml --pub k.pub.pem --iss k");
    assert!(error.contains("was added all the same"), "{error}");
    assert!(!lost("inspect c.jwp").contains("all the same"));
}
