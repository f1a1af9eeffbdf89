//! Keys in files: those of other programs, what is no key, and who else may look at one or change it.

use std::{
    fs::{self, File},
    path::PathBuf,
};

use crate::support::{build, command, fails, folder, jwp, prepare, succeeds};

/// A key as OpenSSH writes it.
fn ssh(name: &str) -> PathBuf {
    let core = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../jwp-core/tests/testdata/keys");
    core.join(name)
}

/// A key of `ssh-keygen` signs, and is trusted by its `.pub` line; so is a JWK.
#[test]
fn keys_of_other_programs_sign_and_are_trusted() {
    let folder = folder("key-formats");
    prepare(&folder);
    fs::copy(ssh("openssh.txt"), folder.join("id_ed25519")).unwrap();
    fs::copy(ssh("openssh.pub"), folder.join("id_ed25519.pub")).unwrap();
    // RFC 8037 §A.1 and §A.2.
    let x = r#""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let d = r#""d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","#;
    let head = r#"{"kty":"OKP","crv":"Ed25519","#;
    fs::write(folder.join("key.jwk"), [head, d, x].concat()).unwrap();
    fs::write(folder.join("key.pub.jwk"), [head, x].concat()).unwrap();
    for (private, public) in [("id_ed25519", "id_ed25519.pub"), ("key.jwk", "key.pub.jwk")] {
        let trust = format!("{private}.toml");
        succeeds(
            &folder,
            &format!("trust add --trust {trust} --pub {public} --iss builder"),
        );
        let chain = format!("{private}.jwp");
        let issue = build(&chain, &trust).replace("builder.pem", private);
        succeeds(&folder, &issue);
        let error = fails(
            &folder,
            &format!("trust add --trust other.toml --pub {private} --iss builder"),
            3,
            "Trust.BadKey",
        );
        assert!(error.contains("private key, "), "{error}");
    }
}

/// T72.
#[test]
fn every_file_that_is_no_key_is_named() {
    let folder = folder("keys");
    prepare(&folder);
    let pem = fs::read_to_string(folder.join("builder.pem")).unwrap();
    let der = "MC4CAQAwBQYDK2Vu";
    for (name, text, found) in [
        ("empty", String::new(), "an empty file"),
        ("truncated", pem[..60].to_owned(), "a truncated PEM file"),
        ("mangled", pem.replace("MC4C", "MC4*"), "a mangled PEM file"),
        (
            "x25519",
            pem.replace("MC4CAQAwBQYDK2Vw", der),
            "a key of another algorithm",
        ),
        (
            "encrypted",
            pem.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            "an encrypted private key",
        ),
        (
            "openssh",
            pem.replace("PRIVATE", "OPENSSH PRIVATE"),
            "a mangled or truncated key",
        ),
        (
            "openssh-encrypted",
            fs::read_to_string(ssh("openssh-encrypted.txt")).unwrap(),
            "an encrypted OpenSSH private key",
        ),
        (
            "openssh-public",
            fs::read_to_string(ssh("openssh.pub")).unwrap(),
            "an OpenSSH public key",
        ),
        (
            "rsa",
            pem.replace("PRIVATE", "RSA PRIVATE"),
            "a private key of another algorithm",
        ),
        (
            "public",
            fs::read_to_string(folder.join("builder.pub.pem")).unwrap(),
            "a public key",
        ),
        ("text", "hello".to_owned(), "a file that is not PEM"),
    ] {
        fs::write(folder.join(name), text).unwrap();
        let error = fails(
            &folder,
            &build("c.jwp", "").replace("builder.pem", name),
            3,
            "Trust.BadKey",
        );
        assert!(error.contains(&format!("got {found}, ")), "{name}: {error}");
    }
    fs::write(folder.join("bytes"), [0xff; 48]).unwrap();
    fails(
        &folder,
        &build("c.jwp", "").replace("builder.pem", "bytes"),
        3,
        "Trust.BadKey",
    );
    File::create(folder.join("large"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    fails(
        &folder,
        &build("c.jwp", "").replace("builder.pem", "large"),
        3,
        "Cli.Io",
    );
    fails(
        &folder,
        "trust add --trust t.toml --pub builder.pem --iss builder",
        3,
        "Trust.BadKey",
    );
    assert!(!folder.join("t.toml").exists());
    assert!(!folder.join("c.jwp").exists());
}

/// T102.
#[test]
fn a_private_key_given_for_its_path_is_not_printed() {
    let folder = folder("key-for-its-path");
    prepare(&folder);
    let pem = fs::read_to_string(folder.join("builder.pem")).unwrap();
    let body = pem.lines().nth(1).unwrap().to_owned();
    let openssh = fs::read_to_string(ssh("openssh.txt")).unwrap();
    let bare: Vec<&str> = openssh.lines().filter(|l| !l.starts_with('-')).collect();
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let begin = build("c.jwp", "");
    let rest: Vec<&str> = begin.split_whitespace().collect();
    for key in [&pem, &body, &openssh, &bare.concat(), &jwk.to_owned()] {
        let secret: Vec<&str> = key
            .lines()
            .filter(|line| !line.starts_with('-') && line.len() > 20)
            .collect();
        for arguments in [
            vec!["--key".to_owned(), key.clone()],
            vec![format!("--key={key}")],
            vec!["--run".to_owned(), key.clone()],
            vec![key.clone()],
        ] {
            let words = rest
                .iter()
                .filter(|word| !["--key", "builder.pem"].contains(word));
            let output = command(&folder)
                .args(words)
                .args(&arguments)
                .output()
                .unwrap();
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(matches!(output.status.code(), Some(2 | 3)), "{said}");
            assert!(
                said.contains("got the text of a private key, expected the path"),
                "{said}"
            );
            assert!(!secret.iter().any(|line| said.contains(line)), "{said}");
        }
    }
}

/// T102: each permission of others by itself.
#[cfg(unix)]
#[test]
fn every_permission_of_others_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("each-permission");
    prepare(&folder);
    for mode in [
        0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o600, 0o400, 0o700,
    ] {
        fs::set_permissions(folder.join("builder.pem"), fs::Permissions::from_mode(mode)).unwrap();
        let _ = fs::remove_file(folder.join("c.jwp"));
        let output = jwp(&folder, &build("c.jwp", ""));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{mode:o}: {stderr}");
        let warned = stderr.starts_with("warning: ");
        assert_eq!(warned, mode & 0o077 != 0, "{mode:o}: {stderr}");
    }
}
