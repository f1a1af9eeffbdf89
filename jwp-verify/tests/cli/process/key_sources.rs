//! The key that signs is the file that the caller names, and nothing else: above all nothing that a pull request brings.

use std::fs;

use super::released;
use crate::support::{SUB, build, command_line, ends, failed, jwp};

/// Variables and files that other programs take keys from.
const VARIABLES: [&str; 6] = [
    "JWP_KEY",
    "JWP_PRIVATE_KEY",
    "KEY",
    "SIGNING_KEY",
    "COSIGN_KEY",
    "COSIGN_PRIVATE_KEY",
];

/// T101, T102: a key in a variable, in the folder or at home is not taken, and without a named one nothing is signed.
#[test]
fn no_key_is_found_by_itself() {
    let folder = released("no-key");
    let pem = fs::read_to_string(folder.join("builder.pem")).unwrap();
    for name in ["key.pem", "jwp.pem", "cosign.key", "id_ed25519", ".jwp.pem"] {
        fs::write(folder.join(name), &pem).unwrap();
    }
    fs::create_dir_all(folder.join(".ssh")).unwrap();
    fs::write(folder.join(".ssh/id_ed25519"), &pem).unwrap();
    let body = pem.lines().nth(1).unwrap();
    let plain = build("c.jwp", "").replace("--key builder.pem ", "");
    let mut without = command_line(&folder, &plain);
    for name in VARIABLES {
        without.env(name, &pem);
    }
    without
        .env("HOME", &folder)
        .env("CI", "true")
        .env("GITHUB_EVENT_NAME", "pull_request");
    let said = ends(without.output().unwrap(), 2, &plain);
    assert!(said[1].starts_with("error[Cli.Usage]: "), "{said:?}");
    assert!(said[1].contains("--key"), "{said:?}");
    assert!(!said.concat().contains(body), "{said:?}");
    assert!(!folder.join("c.jwp").exists());

    // The other commands that sign.
    for arguments in [
        format!(
            "issue gates --chain release.jwp --trust trust.toml --iss security --sub {SUB} --aud prod"
        ),
        "seal --chain release.jwp --trust trust.toml --iss deployer".to_owned(),
    ] {
        let before = fs::read(folder.join("release.jwp")).unwrap();
        let mut without = command_line(&folder, &arguments);
        let output = without.env("JWP_KEY", &pem).output().unwrap();
        let said = failed(output, 2, "Cli.Usage", &arguments);
        assert!(said.contains("--key"), "{said}");
        assert!(fs::read(folder.join("release.jwp")).unwrap() == before);
    }
}

/// T102: a named key wins over every variable, and neither is printed.
#[test]
fn a_variable_does_not_replace_the_named_key() {
    let folder = released("named-key");
    let pem = fs::read_to_string(folder.join("builder.pem")).unwrap();
    let body = pem.lines().nth(1).unwrap();
    let run = "--run 000102030405060708090a0b0c0d0e0f";
    let plain = format!("{} {run}", build("a.jwp", ""));
    let said = ends(jwp(&folder, &plain), 0, &plain).concat();
    assert!(!said.contains(body), "{said}");
    let other = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    let plain = plain.replace("a.jwp", "b.jwp");
    let mut beside = command_line(&folder, &plain);
    for name in VARIABLES {
        beside.env(name, other);
    }
    ends(beside.output().unwrap(), 0, &plain);
    assert!(fs::read(folder.join("a.jwp")).unwrap() == fs::read(folder.join("b.jwp")).unwrap());
}

/// T102: a key comes from a file, which keygen makes for its owner alone.
#[test]
fn keygen_makes_a_file_of_mode_0600() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = released("mode");
    let script = "umask 000; exec \"$0\" keygen --out new.pem";
    let made = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_jwp")])
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = ends(made, 0, script).concat();
    let mode = fs::metadata(folder.join("new.pem"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let pem = fs::read_to_string(folder.join("new.pem")).unwrap();
    assert!(!said.contains(pem.lines().nth(1).unwrap()), "{said}");
}

/// T101: what the documentation asks of a pipeline that runs for strangers.
#[test]
fn the_documentation_says_whose_trust_file_decides() {
    let readme = include_str!("../../../../README.md");
    let words: Vec<&str> = readme.split_whitespace().collect();
    let text = words.join(" ");
    assert!(
        text.contains("from the base branch, never from the pull request"),
        "README.md"
    );
    assert!(
        text.contains("Give no signing key to a run for a pull request from a fork"),
        "README.md"
    );
}
