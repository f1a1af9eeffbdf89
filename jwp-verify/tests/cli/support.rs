//! Runs `jwp` in a folder of its own, with the arguments that most tests share.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use jwp_core::{
    ChainWriter, Citation, Claim, Evidence, ReceiptPayload, RunId, SigningKey, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Where the tests keep their files: one empty folder per test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("cli")
        .join(test);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => fs::create_dir_all(&folder).unwrap(),
    }
    folder
}

/// A file of the fixture: keys of RFC 8032 §7.1, which everybody has.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cli/fixture")
        .join(name)
}

/// A document of the canary example.
pub(crate) fn input(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/canary/inputs")
        .join(name)
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jwp"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// `jwp` with arguments separated by blanks.
pub(crate) fn command_line(folder: &Path, arguments: &str) -> Command {
    let mut command = command(folder);
    command.args(arguments.split_whitespace());
    command
}

/// Runs it.
pub(crate) fn jwp(folder: &Path, arguments: &str) -> Output {
    command_line(folder, arguments).output().unwrap()
}

/// Asserts the exit code; gives what stands on stdout and on stderr.
#[track_caller]
pub(crate) fn ends(output: Output, exit: i32, arguments: &str) -> [String; 2] {
    let [stdout, stderr] = [output.stdout, output.stderr].map(|s| String::from_utf8(s).unwrap());
    assert_eq!(
        output.status.code(),
        Some(exit),
        "jwp {arguments}: {stderr}"
    );
    [stdout, stderr]
}

#[track_caller]
pub(crate) fn succeeds(folder: &Path, arguments: &str) -> String {
    let [stdout, _] = ends(jwp(folder, arguments), 0, arguments);
    stdout
}

/// Asserts the exit code, the code of the error, that there is one error in the one form, and that
/// there was no panic.
#[track_caller]
pub(crate) fn fails(folder: &Path, arguments: &str, exit: i32, code: &str) -> String {
    failed(jwp(folder, arguments), exit, code, arguments)
}

/// The same of a run that needs more than arguments.
#[track_caller]
pub(crate) fn failed(output: Output, exit: i32, code: &str, arguments: &str) -> String {
    let [_, stderr] = ends(output, exit, arguments);
    let errors: Vec<&str> = stderr
        .lines()
        .filter(|l| !l.starts_with("warning: "))
        .collect();
    let [error] = errors.as_slice() else {
        panic!("jwp {arguments}: {stderr}")
    };
    assert!(
        error.starts_with(&format!("error[{code}]: ")),
        "jwp {arguments}: {error}"
    );
    (*error).to_owned()
}

/// Key and trust file of one builder for everything.
pub(crate) fn prepare(folder: &Path) {
    for name in ["builder.pem", "builder.pub.pem"] {
        fs::copy(fixture(name), folder.join(name)).unwrap();
    }
    succeeds(
        folder,
        "trust add --trust trust.toml --pub builder.pub.pem --iss builder",
    );
}

pub(crate) const SUB: &str = "jouledb@v2026.05.07";

pub(crate) fn place(chain: &str, trust: &str) -> String {
    let trust = if trust.is_empty() {
        String::new()
    } else {
        format!("--trust {trust}")
    };
    format!(
        "--chain {chain} {trust} --key builder.pem --iss builder --sub {SUB} --aud prod \
         --now 2026-05-07T10:00:00Z"
    )
}

pub(crate) fn build(chain: &str, trust: &str) -> String {
    format!(
        "issue build {} --layout {} --provenance {} --joules 0.36",
        place(chain, trust),
        input("oci/buildah-7layer").display(),
        input("attestation/provenance.sigstore.json").display()
    )
}

pub(crate) fn gates(chain: &str) -> String {
    let semgrep = input("semgrep/clean.json");
    format!(
        "issue gates {} --semgrep {} --semgrep-exit 0",
        place(chain, "trust.toml"),
        semgrep.display()
    )
}

pub(crate) fn verify(chain: &str) -> String {
    format!(
        "verify {chain} --trust trust.toml --sub {SUB} --aud prod --any-image --stage none \
         --now 2026-05-07T12:00:00Z"
    )
}

/// Arguments of a `jwp issue flag` and a `jwp issue rollback` that lack only what is told by several arguments.
pub(crate) fn flag(rule: &str, evaluations: &str) -> String {
    format!(
        "issue flag {} --flag f --variant on --from 2026-05-07T09:30:00Z --to 2026-05-07T09:42:00Z --provider p \
         {rule} {evaluations}",
        place("c.jwp", "trust.toml")
    )
}

pub(crate) fn rollback(back: &str, off: &str) -> String {
    format!(
        "issue rollback {} --rto-s 90 --down-migration none --trigger x --round-trip-min 14 \
         --expires 2026-05-08T12:00:00Z {back} {off}",
        place("c.jwp", "trust.toml")
    )
}

pub(crate) const OTHER_IMAGE: &str = "--previous-release v1 --previous-image \
     sha256:0000000000000000000000000000000000000000000000000000000000000001";

pub(crate) fn append_bytes(path: &Path, bytes: &[u8]) {
    let mut file = File::options().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// A kind that `jwp` does not know, with fields of any name.
#[derive(Debug, Serialize, Deserialize)]
struct Foreign(BTreeMap<String, String>);

impl Claim for Foreign {
    const KIND: &'static str = "example.foreign";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["##vso[task.complete]", "<img src=x>"]
    }
}

/// A chain of one receipt of that kind.
pub(crate) fn foreign(iat: u64, fields: &[(&str, &str)]) -> Vec<u8> {
    let key = SigningKey::from_pem(&fs::read_to_string(fixture("builder.pem")).unwrap()).unwrap();
    let [sub, aud, iss] = [SUB, "prod", "builder"].map(|text| text.parse().unwrap());
    let fields = fields
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    ChainWriter::begin(sub, aud, RunId::from_bytes([1; 16]))
        .append(
            &ReceiptPayload::new(Foreign(fields.collect())),
            &iss,
            Timestamp::from_secs(iat).unwrap(),
            &key,
        )
        .unwrap()
}
