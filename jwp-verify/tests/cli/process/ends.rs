//! However a verification ends, but for a verdict of PASSED that was written whole, it does not end with 0.

use core::time::Duration;
use std::{
    io::Write as _,
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, Stdio},
    thread,
};

use super::{released, verify};
use crate::support::{command_line, succeeds};

/// A verification whose verdict nobody takes: it waits at a pipe that is full.
fn waiting(folder: &std::path::Path) -> (Child, std::io::PipeReader) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // As much as a pipe of Linux holds (pipe(7)).
    writer.write_all(&[b' '; 65_536]).unwrap();
    let child = command_line(folder, &verify("release.jwp"))
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (child, reader)
}

/// Waits until the process sleeps, which it does where it writes and nowhere before: files do not make it wait so long.
fn until_it_writes(child: &Child) {
    let stat = format!("/proc/{}/stat", child.id());
    for _ in 0..1000 {
        let state = std::fs::read_to_string(&stat).unwrap_or_default();
        let sleeps = state
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('S'));
        if sleeps {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it does not write");
}

/// Whether the process ignores a signal, as who began the tests did: `nohup` and shells do so for what runs behind them.
fn ignores(child: &Child, number: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    // The lowest bit is signal 1.
    1_u64.wrapping_shl(number.cast_unsigned()) >> 1 & ignored != 0
}

/// T104: by a signal, also one that stands for an abort or for memory that is not there.
#[test]
fn a_signal_is_no_verdict() {
    let folder = released("signal");
    for (name, number) in [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ABRT", 6),
        ("KILL", 9),
        ("TERM", 15),
    ] {
        let (mut child, reader) = waiting(&folder);
        until_it_writes(&child);
        assert!(child.try_wait().unwrap().is_none(), "{name}: it has ended");
        let is_ignored = ignores(&child, number);
        let sent = Command::new("kill")
            .args(["-s", name, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        if is_ignored {
            drop(reader);
        }
        let status = child.wait().unwrap();
        let expected = if is_ignored {
            // It went on, and its reader has gone.
            (Some(3), None)
        } else {
            (None, Some(number))
        };
        assert_eq!((status.code(), status.signal()), expected, "{name}");
    }
}

/// T104: SIGPIPE, sent or not: the reader goes while the verdict is written.
#[test]
fn a_reader_that_goes_meanwhile_is_no_success() {
    let folder = released("reader-goes");
    let (mut child, reader) = waiting(&folder);
    until_it_writes(&child);
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

/// T104: with too little memory the process is aborted, or does not even begin.
#[test]
fn too_little_memory_is_no_verdict() {
    let folder = released("memory");
    let (mut passed, mut ended) = (0, 0);
    // KiB of address space.
    for limit in [
        1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 32_000, 64_000, 1_000_000,
    ] {
        let script = format!(
            "ulimit -c 0; ulimit -v {limit}; exec \"$0\" {}",
            verify("release.jwp")
        );
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_jwp")])
            .current_dir(&folder)
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        if output.status.code() == Some(0) {
            assert!(
                stdout.lines().last().unwrap().starts_with("PASSED: "),
                "{limit}: {stdout}"
            );
            passed += 1;
        } else {
            assert!(!stdout.contains("PASSED"), "{limit}: {stdout}");
            ended += 1;
        }
    }
    assert!(passed > 0 && ended > 0, "{passed} passed, {ended} ended");
}

/// The same command, left alone.
#[test]
fn left_alone_it_passes() {
    let folder = released("alone");
    let said = succeeds(&folder, &verify("release.jwp"));
    assert!(
        said.lines().last().unwrap().starts_with("PASSED: "),
        "{said}"
    );
}
