//! A folder with a key, a trust file and a chain, and the command in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The release that the tests of `cli/` verify too.
pub(crate) const FIXTURE: [&str; 4] = [
    "release.jwp",
    "trust.toml",
    "builder.pem",
    "builder.pub.pem",
];

/// An empty folder but for the fixture.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("process")
        .join(test);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => fs::create_dir_all(&folder).unwrap(),
    }
    for name in FIXTURE {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cli/fixture")
            .join(name);
        fs::copy(file, folder.join(name)).unwrap();
    }
    // A key in a repository is open to whoever may read that.
    let owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("builder.pem"), owner).unwrap();
    folder
}

/// A document of the canary example.
pub(crate) fn input(name: &str) -> String {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/canary/inputs");
    inputs.join(name).display().to_string()
}

pub(crate) const IMAGE: &str =
    "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";

/// What passes in the folder.
pub(crate) fn verify(chain: &str) -> String {
    format!(
        "verify {chain} --trust trust.toml --sub jouledb@v2026.05.07 --aud prod --image {IMAGE} \
         --now 2026-05-07T12:00:00Z"
    )
}

/// What begins a chain, but for the key.
pub(crate) fn build(chain: &str) -> String {
    format!(
        "issue build --chain {chain} --iss builder --sub jouledb@v2026.05.07 --aud prod \
         --now 2026-05-07T10:00:00Z --layout {} --provenance {}",
        input("oci/buildah-7layer"),
        input("attestation/provenance.sigstore.json")
    )
}

pub(crate) fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jwp"));
    command
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .args(arguments.split_whitespace());
    command
}

/// Asserts the exit code and what stderr begins with; gives both outputs as text.
#[track_caller]
pub(crate) fn ends(output: Output, exit: i32, begins: &str) -> String {
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{stderr}");
    assert!(stderr.starts_with(begins), "{stderr}");
    String::from_utf8(output.stdout).unwrap() + &stderr
}
