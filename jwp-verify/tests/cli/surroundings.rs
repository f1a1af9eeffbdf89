//! What stands around the command: variables, files beside its own, and a disk that is full.

use std::{fs, process::Command};

use crate::support::{build, command, fails, folder, gates, jwp, prepare, succeeds, verify};

/// T98: no variable and no file beside the chain decides anything.
#[test]
fn the_environment_changes_nothing() {
    let folder = folder("environment");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let plain = jwp(&folder, &verify("c.jwp"));
    let mut command = command(&folder);
    for (name, value) in [
        ("JWP_TRUST", "other.toml"),
        ("JWP_STAGE", "none"),
        ("CLICOLOR_FORCE", "1"),
        ("COLUMNS", "20"),
        ("TZ", "Asia/Tokyo"),
        ("LANG", "de_DE.UTF-8"),
        ("HOME", "/nonexistent"),
    ] {
        command.env(name, value);
    }
    let other = command
        .args(verify("c.jwp").split_whitespace())
        .output()
        .unwrap();
    assert_eq!((plain.stdout, plain.stderr), (other.stdout, other.stderr));
}

/// T98: no file beside the chain decides anything, and no file holds arguments.
#[test]
fn files_in_the_folder_change_nothing() {
    let folder = folder("beside");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let arguments = verify("c.jwp").replace("--sub jouledb@v2026.05.07", "--sub other@v1");
    let alone = jwp(&folder, &arguments);
    assert_eq!(alone.status.code(), Some(1));
    let config = "sub = \"jouledb@v2026.05.07\"\nstage = \"none\"\n";
    for name in [
        "jwp.toml",
        ".jwp.toml",
        ".jwp",
        "config.toml",
        "policy.toml",
    ] {
        fs::write(folder.join(name), config).unwrap();
    }
    fs::write(folder.join(".env"), "JWP_STAGE=none\n").unwrap();
    let beside = jwp(&folder, &arguments);
    assert_eq!(beside.status.code(), Some(1));
    assert_eq!((alone.stdout, alone.stderr), (beside.stdout, beside.stderr));

    fs::write(folder.join("arguments"), verify("c.jwp")).unwrap();
    fails(&folder, "@arguments", 2, "Cli.Usage");
    fails(
        &folder,
        &format!("{} @arguments", verify("c.jwp")),
        2,
        "Cli.Usage",
    );
    // A name that looks like an argument is a name behind `--`, and an argument that nobody knows before it.
    fs::copy(folder.join("c.jwp"), folder.join("--any-aud")).unwrap();
    let named = |chain: &str| {
        let rest = verify("")
            .replace("verify ", "")
            .replace("--aud prod", "--aud test");
        format!("verify {rest} {chain}")
    };
    assert_eq!(jwp(&folder, &named("-- --any-aud")).status.code(), Some(1));
    fails(&folder, &named("--any-aud"), 2, "Cli.Usage");
}

/// T71: a key that lies beside the chain is no key of the trust file.
#[test]
fn a_public_key_beside_the_chain_is_not_used() {
    let folder = folder("key-beside");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(&folder, "keygen --out other.pem");
    succeeds(
        &folder,
        "trust add --trust other.toml --pub other.pub.pem --iss builder",
    );
    for name in ["c.pub.pem", "c.jwp.pub.pem", "key.pub.pem"] {
        fs::copy(folder.join("builder.pub.pem"), folder.join(name)).unwrap();
    }
    let judged = jwp(
        &folder,
        &verify("c.jwp").replace("trust.toml", "other.toml"),
    );
    assert_eq!(judged.status.code(), Some(3));
    let stderr = String::from_utf8(judged.stderr).unwrap();
    assert!(stderr.contains("error[Trust.UnknownKey]: "), "{stderr}");
}

/// T100: what could not be written whole is not there, and what was there before is as it was.
#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_nothing_of_itself() {
    let folder = folder("cut-off");
    prepare(&folder);
    // No file may become longer than so many blocks of 512 bytes, as on a disk that is full.
    let limited = |blocks: usize, arguments: &str| {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {arguments}");
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_jwp"));
        shell.current_dir(&folder).output().unwrap()
    };
    let failed = |output: std::process::Output| {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(
            stderr.contains("error[Cli.Io]: cannot write the file: "),
            "{stderr}"
        );
    };
    failed(limited(0, "keygen --out new.pem"));
    for name in ["new.pem", "new.pub.pem"] {
        assert!(!folder.join(name).exists(), "{name}");
    }
    succeeds(&folder, "keygen --out other.pem");
    let trust = fs::read(folder.join("trust.toml")).unwrap();
    failed(limited(
        0,
        "trust add --trust trust.toml --pub other.pub.pem --iss other",
    ));
    assert!(fs::read(folder.join("trust.toml")).unwrap() == trust);

    succeeds(&folder, &build("c.jwp", ""));
    let chain = fs::read(folder.join("c.jwp")).unwrap();
    // Some of the receipt can be written, and is taken back.
    failed(limited(chain.len() / 512 + 1, &gates("c.jwp")));
    assert!(fs::read(folder.join("c.jwp")).unwrap() == chain);
    succeeds(&folder, &gates("c.jwp"));
    let left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
