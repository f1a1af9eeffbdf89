//! What a verdict is about: the bytes that were read, once, from a regular file.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
};

use jwp_core::Digest;
use serde_json::Value;

use super::{IMAGE, released, verify};
use crate::support::{
    build, command_line, ends, failed, fails, folder, gates, input, jwp, prepare, succeeds,
};

fn json(folder: &std::path::Path, arguments: &str, exit: i32) -> Value {
    let arguments = format!("{arguments} --format json");
    let [stdout, _] = ends(jwp(folder, &arguments), exit, &arguments);
    serde_json::from_str(&stdout).unwrap()
}

/// T87: the verdict names the digest of the bytes that it is about, and that of the image: what is deployed is compared
/// with the latter, so that what changed in between is something else.
#[test]
fn a_verdict_binds_digests() {
    let folder = released("binds");
    let chain = fs::read(folder.join("release.jwp")).unwrap();
    let report = json(&folder, &verify("release.jwp"), 0);
    assert_eq!(report["basis"]["chain"], Digest::sha256(&chain).to_string());
    assert_eq!(report["asked"]["image"], IMAGE);
    // The image that was built since.
    let other = IMAGE.replace("4615", "4616");
    let report = json(&folder, &verify("release.jwp").replace(IMAGE, &other), 1);
    assert_eq!(report["findings"][0]["code"], "Policy.DigestMismatch");
    // The chain that was changed since.
    let mut changed = chain.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    fs::write(folder.join("release.jwp"), &changed).unwrap();
    let report = json(&folder, &verify("release.jwp"), 1);
    assert_eq!(
        report["basis"]["chain"],
        Digest::sha256(&changed).to_string()
    );
}

/// T87: a tag is not a digest, nor is a reference with one of them.
#[test]
fn a_tag_names_no_image() {
    let folder = released("tag");
    for image in [
        "latest",
        "jouledb:v2026.05.07",
        "registry.example/jouledb:latest",
        &format!("registry.example/jouledb@{IMAGE}"),
        &format!("jouledb:v1@{IMAGE}"),
        &IMAGE[..IMAGE.len() - 1],
        "sha256:",
    ] {
        let arguments = verify("release.jwp").replace(IMAGE, image);
        fails(&folder, &arguments, 2, "Cli.Usage");
    }
}

/// T87: a report that becomes a claim is read once: its evidence is the digest of what was read.
#[test]
fn evidence_is_of_the_bytes_that_were_read() {
    let folder = folder("evidence");
    prepare(&folder);
    let report = fs::read(input("semgrep/clean.json")).unwrap();
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(&folder, &gates("c.jwp"));
    let shown = succeeds(&folder, "inspect c.jwp --format json");
    assert!(
        shown.contains(&Digest::blake3(&report).to_string()),
        "{shown}"
    );
}

/// T99: a pipe is no file, whatever it is called, and what it holds is not waited for.
#[test]
fn a_pipe_is_not_read() {
    let folder = released("pipe");
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        for arguments in [
            verify(name),
            verify("release.jwp").replace("trust.toml", name),
            format!("inspect {name}"),
            build("c.jwp", "").replace("builder.pem", name),
        ] {
            // Nobody writes and nobody closes it before the command has ended.
            let (reader, writer) = std::io::pipe().unwrap();
            let mut waiting = command_line(&folder, &arguments);
            let output = waiting.stdin(reader).output().unwrap();
            drop(writer);
            failed(output, 3, "Cli.NotRegularFile", &arguments);
            fails(&folder, &arguments, 3, "Cli.NotRegularFile");
        }
        // The names lead to a regular file as any link does.
        let chain = File::open(folder.join("release.jwp")).unwrap();
        let arguments = verify(name);
        let mut linked = command_line(&folder, &arguments);
        ends(linked.stdin(chain).output().unwrap(), 0, &arguments);
    }
}

/// T99: one byte more than is read of a file, without the blocks on the disk.
#[test]
fn a_file_above_its_limit_is_not_read() {
    let folder = released("limits");
    let long = |name: &str, length: u64| {
        File::create(folder.join(name))
            .unwrap()
            .set_len(length)
            .unwrap();
    };
    long("long.pem", (64 << 10) + 1);
    let owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("long.pem"), owner).unwrap();
    let signed = build("c.jwp", "").replace("builder.pem", "long.pem");
    fails(&folder, &signed, 3, "Cli.Io");
    long("long.jwp", (256 << 20) + 1);
    fails(&folder, &build("long.jwp", ""), 3, "Cli.Io");
    // A chain that is only verified is read receipt by receipt.
    fails(&folder, &verify("long.jwp"), 3, "Envelope.WrongType");
}

/// T99: a chain that somebody appends to all the while has an end for each verification.
#[test]
fn a_chain_that_grows_is_judged_as_far_as_it_was_read() {
    let folder = released("growing");
    let chain = fs::read(folder.join("release.jwp")).unwrap();
    let mut file = File::options()
        .append(true)
        .open(folder.join("release.jwp"))
        .unwrap();
    let mut child = command_line(&folder, &verify("release.jwp"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = loop {
        file.write_all(&chain).unwrap();
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
    };
    // As it was, or with something behind its seal: a verdict in any case.
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
}

/// T92: a report names a path that leads elsewhere, or to something that never ends: it is not opened.
#[test]
fn what_a_report_names_is_not_opened() {
    let folder = folder("named");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let report = fs::read_to_string(input("semgrep/clean.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let names: Vec<String> = report["paths"]["scanned"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let appended = |chain: &str| {
        fs::copy(folder.join("c.jwp"), folder.join(chain)).unwrap();
        let arguments = gates(chain);
        let said = ends(jwp(&folder, &arguments), 0, &arguments).concat();
        (
            said.replace(chain, ""),
            fs::read(folder.join(chain)).unwrap(),
        )
    };
    let nothing_there = appended("a.jwp");
    for (n, name) in names.iter().enumerate() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match n % 3 {
            0 => std::os::unix::fs::symlink("/etc/passwd", path).unwrap(),
            1 => std::os::unix::fs::symlink(path.file_name().unwrap(), &path).unwrap(),
            _ => {
                let made = std::process::Command::new("mkfifo").arg(path).status();
                assert!(made.unwrap().success());
            }
        }
    }
    assert!(!names.is_empty());
    assert!(appended("b.jwp") == nothing_there);
}
