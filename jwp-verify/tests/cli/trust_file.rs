//! The trust file: its limit, its owner, and a disk that cannot take it.

use std::fs;

use crate::support::{build, fails, folder, prepare, succeeds, verify};

#[test]
fn a_trust_file_above_its_limit_is_no_trust_store() {
    let folder = folder("trust-too-long");
    prepare(&folder);
    succeeds(&folder, &build("chain.jwp", ""));
    let file = folder.join("trust.toml");
    let keys = fs::read(&file).unwrap();
    let verify = verify("chain.jwp");
    for (length, is_read) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        let mut long = keys.clone();
        long.resize(length, b'\n');
        fs::write(&file, long).unwrap();
        if is_read {
            succeeds(&folder, &verify);
        } else {
            fails(&folder, &verify, 3, "Trust.Store");
            let add = "trust add --trust trust.toml --pub builder.pub.pem --iss builder";
            fails(&folder, add, 3, "Trust.Store");
        }
    }
}

/// Replacing a file leaves it with its owner and its mode.
#[cfg(unix)]
#[test]
fn a_trust_file_keeps_its_owner_and_mode() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let folder = folder("owner");
    prepare(&folder);
    let path = folder.join("trust.toml");
    // Only root can give a file away; for others the owner is their own anyway.
    let _ = chown(&path, Some(12345), Some(23456));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(&path).unwrap();
    succeeds(&folder, "keygen --out k.pem");
    succeeds(
        &folder,
        "trust add --trust trust.toml --pub k.pub.pem --iss k",
    );
    let after = fs::metadata(&path).unwrap();
    assert_ne!(before.ino(), after.ino());
    let owner = |file: &fs::Metadata| (file.uid(), file.gid(), file.mode());
    assert_eq!(owner(&before), owner(&after));
}

/// A full disk: the caller knows the trust file, and nothing of the new one beside it.
#[cfg(target_os = "linux")]
#[test]
fn a_trust_file_that_cannot_be_written_is_named() {
    use std::process::Command;
    let folder = folder("full-disk");
    prepare(&folder);
    let script = "trap '' XFSZ; exec prlimit --fsize=10 \"$0\" trust add --trust t.toml \
                  --pub builder.pub.pem --iss builder";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_jwp")])
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.ends_with(", in t.toml\n"), "{stderr}");
    assert!(!folder.join("t.toml").exists());
}
