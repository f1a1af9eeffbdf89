//! New keys: a pair or nothing, private, and in nobody's way.

use std::fs;

use crate::support::{fails, folder, succeeds};

/// T100.
#[test]
fn keygen_makes_a_new_private_file_each_time() {
    let folder = folder("keygen");
    let first = succeeds(&folder, "keygen --out a.pem");
    let second = succeeds(&folder, "keygen --out b.pem");
    assert_ne!(first.lines().next(), second.lines().next());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.join("a.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(folder.join("a.pem")).unwrap();
    fails(&folder, "keygen --out a.pem", 3, "Cli.Io");
    assert_eq!(fs::read(folder.join("a.pem")).unwrap(), before);
    fs::remove_file(folder.join("a.pem")).unwrap();
    // The public key is in the way.
    fails(&folder, "keygen --out a.pem", 3, "Cli.Io");
    assert!(!folder.join("a.pem").exists());
    fails(&folder, "keygen --out nowhere/a.pem", 3, "Cli.Io");
    let added = succeeds(&folder, "trust add --trust t.toml --pub b.pub.pem --iss b");
    let kid = second
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().last())
        .unwrap();
    assert!(added.contains(kid), "{added}");
}

/// A private key has no name that looks public, and two private keys have two public ones.
#[test]
fn keygen_names_the_public_key_after_the_private_one() {
    let folder = folder("keygen-names");
    for (out, public) in [
        ("a.pem", "a.pub.pem"),
        ("kg.v1", "kg.v1.pub.pem"),
        ("kg.v2", "kg.v2.pub.pem"),
        ("kg.v3.pem", "kg.v3.pub.pem"),
        ("plain", "plain.pub.pem"),
        (".pem", ".pem.pub.pem"),
    ] {
        let made = succeeds(&folder, &format!("keygen --out {out}"));
        assert!(made.ends_with(&format!("public  {public}\n")), "{made}");
        assert!(folder.join(public).exists());
    }
    for out in ["b.pub.pem", ".pub.pem", "a/.pub.pem"] {
        let error = fails(&folder, &format!("keygen --out {out}"), 2, "Cli.Usage");
        assert!(error.contains("ends in .pub.pem"), "{error}");
    }
    for out in ["..", "/", "a/.."] {
        let error = fails(&folder, &format!("keygen --out {out}"), 2, "Cli.Usage");
        assert!(error.contains("without a file name"), "{error}");
    }
}

/// A key without the other half of its pair would be in the way of the next attempt.
#[cfg(target_os = "linux")]
#[test]
fn keygen_leaves_no_half_of_a_pair() {
    use std::process::Command;
    let folder = folder("keygen-half");
    // Files of 115 bytes at most: a public PEM has 113, a private one 119.
    let script = "trap '' XFSZ; exec prlimit --fsize=115 \"$0\" keygen --out k.pem";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_jwp")])
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.starts_with("error[Cli.Io]: ") && stderr.ends_with(", in k.pem\n"),
        "{stderr}"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

/// T100: a link in the place of a new file is something that is there.
#[cfg(unix)]
#[test]
fn a_key_is_not_written_through_a_link() {
    let folder = folder("key-link");
    std::os::unix::fs::symlink("elsewhere.pem", folder.join("a.pem")).unwrap();
    fails(&folder, "keygen --out a.pem", 3, "Cli.NotRegularFile");
    std::os::unix::fs::symlink("elsewhere.pem", folder.join("b.pub.pem")).unwrap();
    fails(&folder, "keygen --out b.pem", 3, "Cli.NotRegularFile");
    assert!(!folder.join("elsewhere.pem").exists() && !folder.join("b.pem").exists());
}
