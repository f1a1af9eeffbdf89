//! The `jwp` command from outside: `cli/*.toml` hold one behaviour each; what needs permissions,
//! special files, several processes or many inputs stands here.

#![cfg(test)]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use jwp_core::{
    ChainWriter, Citation, Claim, Evidence, ReceiptPayload, RunId, SigningKey, Timestamp,
    chain::Receipts,
};
use serde::{Deserialize, Serialize};

#[path = "cli/append.rs"]
mod append;
#[cfg(unix)]
#[path = "cli/key_file.rs"]
mod key_file;
#[path = "cli/surroundings.rs"]
mod surroundings;

#[test]
fn behaviours() {
    trycmd::TestCases::new().case("tests/cli/*.toml").run();
}

/// Where the tests keep their files: one empty folder per test.
fn folder(test: &str) -> PathBuf {
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
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cli/fixture")
        .join(name)
}

/// A document of the canary example.
fn input(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/canary/inputs")
        .join(name)
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jwp"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs `jwp` with arguments separated by blanks.
fn jwp(folder: &Path, arguments: &str) -> Output {
    command(folder)
        .args(arguments.split_whitespace())
        .output()
        .unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &str) -> String {
    let output = jwp(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "jwp {arguments}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Asserts the exit code, the code of the error, that there is one error in the one form, and that
/// there was no panic.
#[track_caller]
fn fails(folder: &Path, arguments: &str, exit: i32, code: &str) -> String {
    let output = jwp(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(exit),
        "jwp {arguments}: {stderr}"
    );
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
fn prepare(folder: &Path) {
    for name in ["builder.pem", "builder.pub.pem"] {
        fs::copy(fixture(name), folder.join(name)).unwrap();
    }
    succeeds(
        folder,
        "trust add --trust trust.toml --pub builder.pub.pem --iss builder",
    );
}

const SUB: &str = "jouledb@v2026.05.07";

fn place(chain: &str, trust: &str) -> String {
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

fn build(chain: &str, trust: &str) -> String {
    format!(
        "issue build {} --layout {} --provenance {} --joules 0.36",
        place(chain, trust),
        input("oci/buildah-7layer").display(),
        input("attestation/provenance.sigstore.json").display()
    )
}

fn gates(chain: &str) -> String {
    let semgrep = input("semgrep/clean.json");
    format!(
        "issue gates {} --semgrep {} --semgrep-exit 0",
        place(chain, "trust.toml"),
        semgrep.display()
    )
}

fn verify(chain: &str) -> String {
    format!(
        "verify {chain} --trust trust.toml --sub {SUB} --aud prod --any-image --stage none \
         --now 2026-05-07T12:00:00Z"
    )
}

fn append_bytes(path: &Path, bytes: &[u8]) {
    let mut file = File::options().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn a_chain_is_begun_continued_and_verified() {
    let folder = folder("begun");
    prepare(&folder);
    let first = succeeds(&folder, &build("c.jwp", ""));
    assert!(
        first.starts_with(
            "seq 0 · step 01\nJWP ReceiptPayload\nkind \"delivery.build.completed\"\n"
        )
    );
    assert!(first.contains("\njoules 0.36\n"));
    let second = succeeds(&folder, &gates("c.jwp"));
    // Three gates are missing.
    assert!(
        second.contains("kind \"delivery.gates.inconclusive\""),
        "{second}"
    );
    assert!(second.contains("sca:missing-gate"), "{second}");
    let verdict = succeeds(&folder, &verify("c.jwp"));
    assert!(verdict.contains("PASSED"), "{verdict}");
    // The release asks for everything, and for an end.
    let all = verify("c.jwp").replace("--stage none", "--stage release");
    fails(&folder, &all, 3, "Chain.Truncated");
    assert_eq!(
        jwp(&folder, &verify("c.jwp").replace("prod", "test"))
            .status
            .code(),
        Some(1)
    );
}

/// Issues a release of the canary example from the shell, step by step, as its `run.sh` does.
fn release(folder: &Path, chain: &str, sub: &str, documents: &str, layout: &str, day: &Day) {
    let document = |name: &str| input(documents).join(name).display().to_string();
    let common = |iss: &str, now: &str| {
        format!(
            "--chain {chain} --trust trust.toml --key {iss}.pem --iss {iss} --sub {sub} --aud prod --now {now}"
        )
    };
    let joules = |step: usize| match day.joules.get(step) {
        Some(joules) => format!("--joules {joules}"),
        None => String::new(),
    };
    let [build, attest, gate, arm, canary, flag, analysis, dora, seal] = day.times;
    let provenance = document("attestation/provenance.sigstore.json");
    let flags = document("flag/flags.json");
    for step in [
        format!(
            "issue build {} {} --layout {} --provenance {provenance} --platform linux/amd64 \
             --run 000102030405060708090a0b0c0d0e0f",
            common("builder", build),
            joules(0),
            input(layout).display()
        ),
        format!(
            "issue attestation {} {} --provenance {provenance}",
            common("builder", attest),
            joules(1)
        ),
        format!(
            "issue gates {} {} --semgrep {} --semgrep-exit 0 --osv {} --osv-version {} --osv-stderr {} \
             --osv-exit 1 --trivy {} --trivy-version {} --trivy-exit 0 --scancode {} --scancode-exit 0",
            common("security", gate),
            joules(2),
            input("semgrep/clean.json").display(),
            document("osv-scanner/report.json"),
            document("osv-scanner/version.txt"),
            document("osv-scanner/stderr.txt"),
            document("trivy/report.json"),
            document("trivy/version.json"),
            input("scancode/ok.json").display()
        ),
        format!(
            "issue rollback {} {} {} --rto-s 90 --down-migration none --trigger p99>+10% --trigger 5xx>0.01 \
             --round-trip-min 14 --expires 2026-05-08T12:00:00Z --flags {flags} --flag jouledb-fast-path \
             --variant on --nonce 101112131415161718191a1b1c1d1e1f",
            common("deployer", arm),
            joules(7),
            day.back
        ),
        format!(
            "issue canary {} {} --rollout {} --analysis-runs {} --events {} --argo-version 1.7.2 \
             --kubernetes-version 1.31.2 --p99-metric p99-latency:s --error-rate-metric error-rate",
            common("deployer", canary),
            joules(4),
            document("argo-rollouts/rollout.yaml"),
            document("argo-rollouts/analysisruns.json"),
            document("argo-rollouts/events.json")
        ),
        format!(
            "issue flag {} {} --flag jouledb-fast-path --variant on {} --flags {flags} \
             --bucketing flagd-go-pre2026 --counters {} --latency {} --provider flagd \
             --provider-version 0.11 --sdk-version 1.7",
            common("deployer", flag),
            joules(3),
            day.window,
            document("flag/evaluations.json"),
            document("flag/latency.json")
        ),
        format!(
            "issue analysis {} {} --plan {}",
            common("deployer", analysis),
            joules(5),
            document("prometheus/plan.json")
        ),
        format!(
            "issue dora {} {} --events {} --service service/jouledb --environment prod {}",
            common("deployer", dora),
            joules(6),
            input("cdevents/stream.jsonl").display(),
            day.month
        ),
        format!(
            "seal --chain {chain} --trust trust.toml --key deployer.pem --iss deployer --now {seal}"
        ),
    ] {
        succeeds(folder, &step);
    }
}

/// What the two releases of the example differ in, beside their documents.
struct Day {
    joules: &'static [&'static str],
    times: [&'static str; 9],
    back: &'static str,
    window: &'static str,
    month: &'static str,
}

const PREVIOUS: Day = Day {
    joules: &[],
    times: [
        "2026-05-06T18:37:00Z",
        "2026-05-06T18:38:00Z",
        "2026-05-06T18:47:00Z",
        "2026-05-06T19:00:00Z",
        "2026-05-06T19:17:05Z",
        "2026-05-06T19:17:10Z",
        "2026-05-06T19:17:15Z",
        "2026-05-06T19:18:00Z",
        "2026-05-06T19:19:00Z",
    ],
    back: "--previous-release v2026.05.05 --previous-image \
           sha256:0000000000000000000000000000000000000000000000000000000000000001",
    window: "--from 2026-05-06T19:05:00Z --to 2026-05-06T19:17:00Z",
    month: "--from 2026-04-06T00:00:00Z --to 2026-05-06T00:00:00Z",
};

const RELEASE: Day = Day {
    joules: &[
        "0.36", "0.21", "1.84", "0.55", "1.62", "0.41", "0.29", "0.18",
    ],
    times: [
        "2026-05-07T09:02:30Z",
        "2026-05-07T09:03:10Z",
        "2026-05-07T09:12:40Z",
        "2026-05-07T09:25:00Z",
        "2026-05-07T09:42:05Z",
        "2026-05-07T09:42:10Z",
        "2026-05-07T09:42:15Z",
        "2026-05-07T09:43:00Z",
        "2026-05-07T09:44:00Z",
    ],
    back: "--previous previous.jwp",
    window: "--from 2026-05-07T09:30:00Z --to 2026-05-07T09:42:00Z",
    month: "--from 2026-04-07T00:00:00Z --to 2026-05-07T00:00:00Z",
};

#[test]
fn a_release_is_made_and_verified_from_the_shell() {
    let folder = folder("release");
    for (iss, kinds) in [
        ("builder", "delivery.build.*,delivery.attestation.*"),
        ("security", "delivery.gates.*"),
        (
            "deployer",
            "delivery.rollback.*,delivery.canary.*,delivery.flag.*,delivery.analysis.*,delivery.dora.*,\
             delivery.release.*",
        ),
    ] {
        for name in [format!("{iss}.pem"), format!("{iss}.pub.pem")] {
            fs::copy(fixture(&name), folder.join(&name)).unwrap();
        }
        succeeds(
            &folder,
            &format!(
                "trust add --trust trust.toml --pub {iss}.pub.pem --iss {iss} --kinds {kinds} --aud prod"
            ),
        );
    }
    release(
        &folder,
        "previous.jwp",
        "jouledb@v2026.05.06",
        "previous",
        "oci/buildah-multiarch",
        &PREVIOUS,
    );
    release(&folder, "c.jwp", SUB, ".", "oci/buildah-7layer", &RELEASE);

    let image = "sha256:4615";
    let inspected = succeeds(&folder, "inspect c.jwp");
    assert!(inspected.starts_with("NOT VERIFIED"), "{inspected}");
    let found = inspected
        .lines()
        .find_map(|line| line.strip_prefix("subject "))
        .unwrap();
    assert!(found.starts_with(image), "{found}");
    let verify = format!(
        "verify c.jwp --trust trust.toml --sub {SUB} --aud prod --image {found} --now 2026-05-07T12:00:00Z"
    );
    let verdict = succeeds(&folder, &verify);
    let last = verdict.lines().last().unwrap();
    assert!(last.starts_with("PASSED: "), "{verdict}");
    assert!(
        last.contains("9 receipts") && last.contains("5.46 J"),
        "{last}"
    );

    let json = succeeds(&folder, &format!("{verify} --format json"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["outcome"], "verified");
    let json = succeeds(&folder, "inspect c.jwp --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verified"], false);
    assert_eq!(json["receipts"].as_array().unwrap().len(), 9);

    // The seal is final.
    let again = format!(
        "seal --chain c.jwp --trust trust.toml --key deployer.pem --iss deployer --now {}",
        RELEASE.times[8]
    );
    assert!(fails(&folder, &again, 2, "Cli.Usage").contains("sealed chain"));
    // Another image, an earlier stage of another release, the chain without its seal.
    let other = verify.replace(found, &format!("sha256:{}", "0".repeat(64)));
    assert_eq!(jwp(&folder, &other).status.code(), Some(1));
    assert_eq!(
        jwp(&folder, &verify.replace("c.jwp", "previous.jwp"))
            .status
            .code(),
        Some(1)
    );
    let seal = json["receipts"].as_array().unwrap().last().unwrap();
    let seal_at = usize::try_from(seal["offset"].as_u64().unwrap()).unwrap();
    let bytes = fs::read(folder.join("c.jwp")).unwrap();
    fs::write(folder.join("open.jwp"), &bytes[..seal_at]).unwrap();
    fails(
        &folder,
        &verify.replace("c.jwp", "open.jwp"),
        3,
        "Chain.Truncated",
    );
    let promoted = succeeds(
        &folder,
        &format!("{} --stage promote", verify.replace("c.jwp", "open.jwp")),
    );
    assert!(promoted.contains("open at seq 7"), "{promoted}");

    // The files that cli/*.toml work on are these. A change of a claim or of the example's documents
    // changes them: look at the difference, then copy the new ones over the old.
    for name in ["release.jwp", "trust.toml"] {
        let made = fs::read(folder.join(name.replace("release", "c"))).unwrap();
        let kept = fs::read(fixture(name)).unwrap_or_default();
        assert!(made == kept, "{name} is not that of {}", folder.display());
    }
}

#[test]
fn a_way_back_to_what_was_not_released_is_refused() {
    let folder = folder("way_back");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(
        &folder,
        &build("previous.jwp", "").replace(SUB, "jouledb@v2026.05.06"),
    );
    let rollback = format!(
        "issue rollback {} --previous previous.jwp --rto-s 90 --down-migration none --trigger x \
         --round-trip-min 14 --expires 2026-05-08T12:00:00Z --flag-off f=off",
        place("c.jwp", "trust.toml")
    );
    let before = fs::read(folder.join("c.jwp")).unwrap();
    fails(&folder, &rollback, 3, "Chain.Truncated");
    assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
}

#[test]
fn without_trust_only_an_empty_chain_is_begun() {
    let folder = folder("without_trust");
    prepare(&folder);
    File::create(folder.join("c.jwp")).unwrap();
    succeeds(&folder, &build("c.jwp", ""));
    let before = fs::read(folder.join("c.jwp")).unwrap();
    let error = fails(
        &folder,
        &gates("c.jwp").replace("--trust trust.toml", ""),
        2,
        "Cli.Usage",
    );
    assert!(error.contains("expected --trust"), "{error}");
    assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
}

/// T111.
#[test]
fn nothing_is_appended_behind_a_head_that_does_not_verify() {
    let folder = folder("unverified_head");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let path = folder.join("c.jwp");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    fails(&folder, &gates("c.jwp"), 1, "Chain.UnverifiedHead");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_receipt_that_the_trust_file_refuses_is_not_appended() {
    let folder = folder("refused_before");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    for name in ["security.pem", "security.pub.pem"] {
        fs::copy(fixture(name), folder.join(name)).unwrap();
    }
    let before = fs::read(folder.join("c.jwp")).unwrap();
    let foreign = gates("c.jwp").replace(
        "--key builder.pem --iss builder",
        "--key security.pem --iss security",
    );
    let error = fails(&folder, &foreign, 3, "Trust.UnknownKey");
    assert!(error.ends_with(", in c.jwp"), "{error}");
    succeeds(
        &folder,
        "trust add --trust trust.toml --pub security.pub.pem --iss security --kinds delivery.build.*",
    );
    fails(&folder, &foreign, 1, "Trust.NotAuthorised");
    assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
    let other = gates("c.jwp").replace("--iss builder", "--iss somebody");
    let error = fails(&folder, &other, 1, "Trust.NotAuthorised");
    assert!(error.ends_with(", in c.jwp"), "{error}");
    let other = gates("c.jwp").replace(SUB, "jouledb@v1");
    let error = fails(&folder, &other, 1, "Chain.ReleaseMismatch");
    assert!(
        error.contains(", expected those of the chain, in c.jwp"),
        "{error}"
    );
    let early = gates("c.jwp").replace("2026-05-07T10", "2026-05-07T09");
    let error = fails(&folder, &early, 1, "Chain.Time");
    assert!(error.ends_with(", in c.jwp"), "{error}");
    let image = format!("{} --image sha256:{}", gates("c.jwp"), "1".repeat(64));
    let error = fails(&folder, &image, 1, "Policy.DigestMismatch");
    assert!(error.ends_with(", in c.jwp"), "{error}");
    assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
}

/// T59.
#[test]
fn a_torn_receipt_is_refused_and_removed_only_when_asked() {
    let folder = folder("torn");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let path = folder.join("c.jwp");
    let whole = fs::read(&path).unwrap();
    for cut in [1, 2, 40, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole).unwrap();
        append_bytes(&path, &whole[..cut]);
        fails(&folder, &gates("c.jwp"), 3, "Codec.Truncated");
        assert_eq!(
            jwp(&folder, &verify("c.jwp")).status.code(),
            Some(3),
            "cut at {cut}"
        );
        succeeds(&folder, &format!("{} --recover", gates("c.jwp")));
        assert!(fs::read(&path).unwrap().starts_with(&whole));
        succeeds(&folder, &verify("c.jwp"));
    }
    // What is whole and wrong is not torn, and stays.
    fs::write(&path, &whole).unwrap();
    append_bytes(&path, &[0; 100]);
    fails(
        &folder,
        &format!("{} --recover", gates("c.jwp")),
        3,
        "Envelope.WrongType",
    );
    assert_eq!(fs::read(&path).unwrap().len(), whole.len() + 100);
}

/// T59, T60: one changed bit makes a length reach beyond the receipt, beyond the receipts behind it, or beyond the
/// file. No receipt was cut by a crash then, and none may go: not the last one either.
#[test]
fn a_receipt_with_a_changed_length_is_no_torn_receipt() {
    let folder = folder("changed-length");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(&folder, &gates("c.jwp"));
    let path = folder.join("c.jwp");
    let whole = fs::read(&path).unwrap();
    let mut cut = 0;
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // Those that end too early are what can be taken for torn: by their lengths.
        let Some(error) = Receipts::new(&bytes).find_map(Result::err) else {
            continue;
        };
        let inside = error.code() == "Envelope.Payload" && error.to_string().contains("too early");
        if error.code() != "Codec.Truncated" && !inside {
            continue;
        }
        cut += 1;
        fs::write(&path, &bytes).unwrap();
        let seal =
            "seal --chain c.jwp --trust trust.toml --key builder.pem --iss builder --abandoned";
        fails(&folder, &format!("{seal} --recover"), 3, error.code());
        assert!(fs::read(&path).unwrap() == bytes, "bit {bit}");
    }
    assert!(cut > 20, "{cut} bits");
}

/// Nobody can take a receipt out of a chain again, so none gets in that breaks a rule across receipts: here a retry
/// that supersedes what was superseded already.
#[test]
fn a_receipt_that_breaks_a_rule_is_not_appended() {
    let folder = folder("breaks-a-rule");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(&folder, &gates("c.jwp"));
    let path = folder.join("c.jwp");
    let bytes = fs::read(&path).unwrap();
    let (_, first) = Receipts::new(&bytes).nth(1).unwrap().unwrap();
    let again = format!("{} --supersedes {}", gates("c.jwp"), first.link());
    succeeds(&folder, &again);
    let bytes = fs::read(&path).unwrap();
    fails(&folder, &again, 1, "Policy.Reference");
    assert!(fs::read(&path).unwrap() == bytes);
    succeeds(&folder, &verify("c.jwp"));
}

/// T61: one writer wins.
#[test]
fn concurrent_appends_do_not_fork() {
    let folder = folder("concurrent");
    prepare(&folder);
    let begin = build("c.jwp", "trust.toml");
    let spawn = |arguments: &str| -> Child {
        let mut command = command(&folder);
        command.args(arguments.split_whitespace());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<Child> = (0..12).map(|_| spawn(&begin)).collect();
    let mut appended = 0;
    for child in &mut children {
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        match child.wait().unwrap().code() {
            Some(0) => appended += 1,
            // It saw an empty chain, or the one that another had begun.
            Some(1) => assert!(stderr.contains("error[Chain.HeadMoved]"), "{stderr}"),
            Some(2) => assert!(stderr.contains("second receipt of one family"), "{stderr}"),
            other => panic!("{other:?}: {stderr}"),
        }
    }
    assert_eq!(appended, 1);
    let verdict = succeeds(&folder, &verify("c.jwp"));
    assert!(verdict.contains("PASSED"), "{verdict}");
}

/// Of many that add to one trust file at a time some are told that it changed; none is lost that was said to be added.
#[test]
fn concurrent_additions_to_a_trust_file_are_not_lost() {
    let folder = folder("concurrent-trust");
    let keys: Vec<String> = (0..20).map(|n| format!("k{n}")).collect();
    for key in &keys {
        succeeds(&folder, &format!("keygen --out {key}.pem"));
    }
    for begun in [false, true] {
        fs::remove_file(folder.join("t.toml")).unwrap_or_default();
        if begun {
            let first = "trust add --trust t.toml --pub k0.pub.pem --iss first";
            succeeds(&folder, first);
        }
        let children: Vec<(&String, Child)> = keys
            .iter()
            .skip(1)
            .map(|key| {
                let add = format!("trust add --trust t.toml --pub {key}.pub.pem --iss {key}");
                let mut command = command(&folder);
                command.args(add.split_whitespace());
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                (key, command.spawn().unwrap())
            })
            .collect();
        let mut added = vec![];
        for (key, child) in children {
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            match output.status.code() {
                Some(0) => added.push(format!("\"{key}\"")),
                Some(3) => assert!(stderr.contains("expected nobody else to write"), "{stderr}"),
                other => panic!("{other:?}: {stderr}"),
            }
        }
        assert!(!added.is_empty());
        let trust = fs::read_to_string(folder.join("t.toml")).unwrap();
        for key in &added {
            assert!(trust.contains(key.as_str()), "{key} is not in {trust}");
        }
        let names = fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name());
        let left = names
            .filter(|n| n.to_string_lossy().contains(".tmp"))
            .count();
        assert_eq!(left, 0, "temporary files stay behind");
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

/// Has the gates appended to `c.jwp`, and calls `change` when the process has read the chain and waits for its lock.
fn while_it_waits(folder: &Path, change: impl FnOnce()) -> Output {
    // With a shared lock the chain can be read and not yet written.
    let held = File::open(folder.join("c.jwp")).unwrap();
    held.lock_shared().unwrap();
    let mut child = command(folder)
        .args(gates("c.jwp").split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nothing tells that it has come so far; a second is long for it, and it waits for ten.
    std::thread::sleep(core::time::Duration::from_secs(1));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it did not wait for the lock"
    );
    change();
    held.unlock().unwrap();
    child.wait_with_output().unwrap()
}

/// T61: the other is told that the head moved.
#[test]
fn a_head_that_moves_while_a_receipt_is_made_stops_it() {
    let folder = folder("moved");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let path = folder.join("c.jwp");
    let before = fs::read(&path).unwrap();
    fs::copy(&path, folder.join("other.jwp")).unwrap();
    succeeds(&folder, &gates("other.jwp"));
    let longer = fs::read(folder.join("other.jwp")).unwrap();

    let output = while_it_waits(&folder, || append_bytes(&path, &longer[before.len()..]));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error[Chain.HeadMoved]: "), "{stderr}");
    assert!(
        stderr.contains("expected nobody else to append"),
        "{stderr}"
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        !stdout.contains("link "),
        "a receipt that was not appended was printed: {stdout}"
    );
    assert_eq!(fs::read(&path).unwrap(), longer);
}

/// T61: a lock that is never let go is told as such, after a while.
#[test]
fn a_file_that_stays_locked_is_told() {
    let folder = folder("locked");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let held = ["c.jwp", "trust.toml"].map(|name| File::open(folder.join(name)).unwrap());
    held.iter().for_each(|file| file.lock().unwrap());
    let add = "trust add --trust trust.toml --pub k.pub.pem --iss k";
    let gates = gates("c.jwp");
    succeeds(&folder, "keygen --out k.pem");
    std::thread::scope(|scope| {
        for (arguments, name) in [(&*gates, "c.jwp"), (add, "trust.toml")] {
            let folder = &folder;
            scope.spawn(move || {
                let error = fails(folder, arguments, 3, "Cli.Io");
                let said = format!("locked, expected it to be free within 10 seconds, in {name}");
                assert!(error.ends_with(&said), "{error}");
            });
        }
    });
}

#[test]
fn a_family_stands_once_unless_an_attempt_is_superseded() {
    let folder = folder("superseded");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let first = succeeds(&folder, &gates("c.jwp"));
    let link = first
        .lines()
        .find_map(|line| line.strip_prefix("link "))
        .unwrap();
    let before = fs::read(folder.join("c.jwp")).unwrap();
    assert!(fails(&folder, &gates("c.jwp"), 2, "Cli.Usage").contains("--supersedes"));
    let other = format!("{} --supersedes {}", gates("c.jwp"), "0".repeat(64));
    fails(&folder, &other, 2, "Cli.Usage");
    assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
    succeeds(&folder, &format!("{} --supersedes {link}", gates("c.jwp")));
    let inspected = succeeds(&folder, "inspect c.jwp");
    assert!(
        inspected.contains(&format!("ref supersedes {link}")),
        "{inspected}"
    );
    succeeds(&folder, &verify("c.jwp"));
}

#[test]
fn waivers_name_every_reason() {
    let folder = folder("waived");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let by = "--waive-reason pilot --waive-approver ciso --waive-expires 2026-06-01T00:00:00Z";
    let some = format!("{} {by} --waive sca:missing-gate", gates("c.jwp"));
    assert!(fails(&folder, &some, 2, "Cli.Usage").contains("container:missing-gate"));
    let most = format!("{some} --waive container:missing-gate --waive license:missing-gate");
    let more = format!("{most} --waive sast:findings");
    assert!(fails(&folder, &more, 2, "Cli.Usage").contains("sast:findings"));
    let waived = succeeds(&folder, &most);
    assert!(
        waived.contains("kind \"delivery.gates.waived\""),
        "{waived}"
    );
    succeeds(&folder, &verify("c.jwp"));
}

#[test]
fn only_what_moved_no_traffic_is_abandoned() {
    let folder = folder("abandoned");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let seal = "seal --chain c.jwp --trust trust.toml --key builder.pem --iss builder \
                --now 2026-05-07T11:00:00Z";
    let before = fs::read(folder.join("c.jwp")).unwrap();
    fails(&folder, seal, 1, "Policy.Outcome");
    assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
    let sealed = succeeds(&folder, &format!("{seal} --abandoned"));
    assert!(sealed.contains("outcome abandoned"), "{sealed}");
    let verdict = succeeds(&folder, &verify("c.jwp"));
    assert!(verdict.contains("sealed as abandoned"), "{verdict}");
    let release = verify("c.jwp").replace("--stage none", "--stage release");
    assert_eq!(jwp(&folder, &release).status.code(), Some(1));
    assert!(fails(&folder, &gates("c.jwp"), 2, "Cli.Usage").contains("sealed chain"));
}

/// T103: no receipt is no pass.
#[test]
fn every_file_that_is_no_chain_has_its_code() {
    let folder = folder("not_chains");
    prepare(&folder);
    fs::create_dir(folder.join("folder")).unwrap();
    File::create(folder.join("empty")).unwrap();
    File::create(folder.join("zeros"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    fs::write(folder.join("text"), "not a chain\n").unwrap();
    fails(&folder, &verify("missing"), 3, "Cli.Io");
    fails(&folder, &verify("folder"), 3, "Cli.NotRegularFile");
    for (name, code) in [
        ("empty", "Codec.Truncated"),
        ("zeros", "Envelope.WrongType"),
        ("text", "Envelope.WrongType"),
    ] {
        let output = jwp(&folder, &verify(name));
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(3), "{name}: {printed}");
        assert!(printed.contains(code), "{name}: {printed}");
        assert!(!printed.contains("PASSED"), "{name}: {printed}");
    }
    fails(
        &folder,
        &verify("c.jwp").replace("trust.toml", "zeros"),
        3,
        "Trust.Store",
    );
    fails(&folder, "inspect empty", 3, "Codec.Truncated");
    fails(&folder, "inspect zeros", 3, "Envelope.WrongType");
    fails(&folder, "inspect folder", 3, "Cli.NotRegularFile");
    fails(&folder, &build("folder", ""), 3, "Cli.NotRegularFile");
    fails(
        &folder,
        &build("text", "trust.toml"),
        3,
        "Envelope.WrongType",
    );
}

#[cfg(unix)]
/// T63.
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

#[test]
fn special_files_and_links_are_refused() {
    let folder = folder("special");
    prepare(&folder);
    assert!(
        Command::new("mkfifo")
            .arg(folder.join("fifo"))
            .status()
            .unwrap()
            .success()
    );
    for name in ["fifo", "/dev/zero"] {
        fails(&folder, &verify(name), 3, "Cli.NotRegularFile");
        fails(&folder, &format!("inspect {name}"), 3, "Cli.NotRegularFile");
        fails(&folder, &build(name, ""), 3, "Cli.NotRegularFile");
        fails(
            &folder,
            &verify("c.jwp").replace("trust.toml", name),
            3,
            "Cli.NotRegularFile",
        );
        fails(
            &folder,
            &build("c.jwp", "").replace("builder.pem", name),
            3,
            "Cli.NotRegularFile",
        );
    }
    succeeds(&folder, &build("c.jwp", ""));
    std::os::unix::fs::symlink("c.jwp", folder.join("link.jwp")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling.jwp")).unwrap();
    std::os::unix::fs::symlink("trust.toml", folder.join("link.toml")).unwrap();
    // A link may be read; writing through one could reach a file of somebody else.
    succeeds(&folder, &verify("link.jwp"));
    fails(&folder, &gates("link.jwp"), 3, "Cli.NotRegularFile");
    fails(&folder, &build("dangling.jwp", ""), 3, "Cli.NotRegularFile");
    fails(
        &folder,
        "trust add --trust link.toml --pub builder.pub.pem --iss builder",
        3,
        "Cli.NotRegularFile",
    );
    assert!(!folder.join("nowhere").exists());
}

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

#[cfg(unix)]
/// T102.
#[test]
fn a_key_file_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("warned");
    prepare(&folder);
    for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        fs::set_permissions(folder.join("builder.pem"), fs::Permissions::from_mode(mode)).unwrap();
        let _ = fs::remove_file(folder.join("c.jwp"));
        let output = jwp(&folder, &build("c.jwp", ""));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert_eq!(
            stderr.starts_with("warning: "),
            warned,
            "{mode:o}: {stderr}"
        );
    }
}

/// T41.
#[test]
fn no_prefix_of_a_chain_passes_as_the_release() {
    let folder = folder("prefixes");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let first = fs::read(folder.join("c.jwp")).unwrap().len();
    succeeds(&folder, &gates("c.jwp"));
    let bytes = fs::read(folder.join("c.jwp")).unwrap();
    let deploy = verify("p.jwp").replace("--stage none", "--stage release");
    for end in (0..bytes.len()).filter(|end| end % 37 == 0 || end.abs_diff(first) < 3) {
        fs::write(folder.join("p.jwp"), &bytes[..end]).unwrap();
        let output = jwp(&folder, &deploy);
        assert_eq!(output.status.code(), Some(3), "prefix of {end} bytes");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("Cli.Panic"), "{stderr}");
    }
}

/// T64.
#[test]
fn two_chains_in_one_file_are_refused() {
    let folder = folder("two");
    prepare(&folder);
    succeeds(&folder, &build("a.jwp", ""));
    succeeds(&folder, &build("b.jwp", ""));
    succeeds(&folder, &build("c.jwp", "").replace(SUB, "other@v1"));
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    for (second, code) in [
        ("b.jwp", "Chain.Genesis"),
        ("c.jwp", "Chain.ReleaseMismatch"),
        ("a.jwp", "Chain.Duplicate"),
    ] {
        fs::write(
            folder.join("two.jwp"),
            [read("a.jwp"), read(second)].concat(),
        )
        .unwrap();
        let output = jwp(&folder, &verify("two.jwp"));
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{second}: {printed}");
        assert!(printed.contains(code), "{second}: {printed}");
        let output = jwp(&folder, &gates("two.jwp"));
        assert_eq!(output.status.code(), Some(1), "{second}");
    }
}

#[test]
fn a_run_of_the_same_number_twice_is_equivocation() {
    let folder = folder("equivocation");
    prepare(&folder);
    let run = "--run 000102030405060708090a0b0c0d0e0f";
    succeeds(&folder, &format!("{} {run}", build("a.jwp", "")));
    let other = build("b.jwp", "").replace("--joules 0.36", "--joules 0.37");
    succeeds(&folder, &format!("{other} {run}"));
    let both = ["a.jwp", "b.jwp"]
        .map(|name| fs::read(folder.join(name)).unwrap())
        .concat();
    fs::write(folder.join("two.jwp"), both).unwrap();
    let output = jwp(&folder, &verify("two.jwp"));
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("Chain.Equivocation"), "{printed}");
}

#[test]
fn the_same_arguments_make_the_same_bytes() {
    let folder = folder("same");
    prepare(&folder);
    let run = "--run 000102030405060708090a0b0c0d0e0f";
    for name in ["a.jwp", "b.jwp"] {
        succeeds(&folder, &format!("{} {run}", build(name, "")));
    }
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(read("a.jwp"), read("b.jwp"));
    // Without --run the run is random.
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(&folder, &build("d.jwp", ""));
    assert_ne!(read("c.jwp"), read("d.jwp"));
}

/// T104: SIGPIPE and a full disk.
#[test]
fn output_that_nobody_takes_is_not_success() {
    let folder = folder("closed");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let mut command = command(&folder);
    command
        .args(verify("c.jwp").split_whitespace())
        .stderr(Stdio::piped());
    #[cfg(target_os = "linux")]
    {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(output.stderr.starts_with(b"error[Cli.Io]: "));
    }
}

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
fn foreign(iat: u64, fields: &[(&str, &str)]) -> Vec<u8> {
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

/// Arguments of a `jwp issue flag` and a `jwp issue rollback` that lack only what is told by several arguments.
fn flag(rule: &str, evaluations: &str) -> String {
    format!(
        "issue flag {} --flag f --variant on --from 2026-05-07T09:30:00Z --to 2026-05-07T09:42:00Z --provider p \
         {rule} {evaluations}",
        place("c.jwp", "trust.toml")
    )
}

fn rollback(back: &str, off: &str) -> String {
    format!(
        "issue rollback {} --rto-s 90 --down-migration none --trigger x --round-trip-min 14 \
         --expires 2026-05-08T12:00:00Z {back} {off}",
        place("c.jwp", "trust.toml")
    )
}

const OTHER_IMAGE: &str = "--previous-release v1 --previous-image \
     sha256:0000000000000000000000000000000000000000000000000000000000000001";

/// Clap waives `requires` where what is required conflicts with what is there.
#[test]
fn no_argument_is_passed_over_in_silence() {
    let folder = folder("passed-over");
    prepare(&folder);
    let (percent, flagd) = ("--percent 100 --salt s", "--flags f --bucketing flagd-v2");
    for arguments in [
        flag(&format!("{percent} --bucketing flagd-v2"), "--details d"),
        flag(&format!("{flagd} --salt s"), "--details d"),
        flag(percent, "--details d --latency l"),
        flag(percent, "--events e --latency l"),
        flag(percent, "--details d --event-type t"),
        flag(percent, "--counters c --latency l --event-type t"),
        flag(percent, "--counters c --latency l --cohort-salt s"),
        rollback(OTHER_IMAGE, "--flag-off a=b --flag other"),
        rollback(OTHER_IMAGE, "--flag-off a=b --variant other"),
        rollback("--previous p --previous-release v1", "--flag-off a=b"),
    ] {
        let error = fails(&folder, &arguments, 2, "Cli.Usage");
        assert!(
            error.contains("cannot be used with"),
            "{arguments}: {error}"
        );
    }
}

/// `--image` is compared in every receipt, whether it has a subject or begins the chain, and may be the index.
#[test]
fn the_image_that_is_asked_for_is_that_of_the_chain() {
    let folder = folder("asked-for");
    prepare(&folder);
    let other = format!("--image sha256:{}", "1".repeat(64));
    let begin = build("c.jwp", "trust.toml").replace("buildah-7layer", "buildah-multiarch");
    let begin = begin.replace("/attestation/", "/previous/attestation/");
    let begin = format!("{begin} --platform linux/amd64");
    fails(
        &folder,
        &format!("{begin} {other}"),
        1,
        "Policy.DigestMismatch",
    );
    succeeds(&folder, &begin);
    let json = succeeds(&folder, "inspect c.jwp --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let index = json["receipts"][0]["claim"]["index_digest"]
        .as_str()
        .unwrap();
    fs::remove_file(folder.join("c.jwp")).unwrap();
    succeeds(&folder, &format!("{begin} --image {index}"));
    let dora = format!(
        "issue dora {} --events {} --service service/jouledb --environment prod \
         --from 2026-04-07T00:00:00Z --to 2026-05-07T00:00:00Z",
        place("c.jwp", "trust.toml"),
        input("cdevents/stream.jsonl").display()
    );
    fails(
        &folder,
        &format!("{dora} {other}"),
        1,
        "Policy.DigestMismatch",
    );
    succeeds(&folder, &format!("{dora} --image {index}"));
}

#[test]
fn a_cohort_without_a_salt_is_not_named() {
    let folder = folder("salt");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    fs::write(
        folder.join("d"),
        r#"{"flagKey":"f","value":true,"variant":"on","targetingKey":"u"}"#,
    )
    .unwrap();
    let issue = flag("--percent 100 --salt s", "--details d --cohort-salt salt");
    for (salt, found) in [
        (b"".as_slice(), "got an empty file"),
        (b"\n", "got an empty file"),
        (b"\r\n", "got an empty file"),
        (b"\xff\xfe", "got bytes that are not UTF-8"),
    ] {
        fs::write(folder.join("salt"), salt).unwrap();
        let error = fails(&folder, &issue, 3, "Import.Value");
        assert!(
            error.contains(found) && error.ends_with(", in salt"),
            "{error}"
        );
    }
}

/// T103: no receipt is no release, and decides nothing.
#[test]
fn a_way_back_needs_a_release_that_was_built() {
    let folder = folder("way-back-built");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let rollback = rollback("--previous p.jwp", "--flag-off f=off");
    File::create(folder.join("p.jwp")).unwrap();
    let error = fails(&folder, &rollback, 3, "Codec.Truncated");
    assert!(error.ends_with(" at byte 0, in p.jwp"), "{error}");
    fs::write(folder.join("p.jwp"), foreign(1_778_000_000, &[])).unwrap();
    let error = fails(&folder, &rollback, 1, "Policy.Missing");
    assert!(
        error.contains("without a build receipt") && error.ends_with("p.jwp"),
        "{error}"
    );
}

/// What no claim can hold is a usage error, which names the option and says what it takes.
#[test]
fn a_bad_value_names_its_option() {
    let folder = folder("bad-values");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let flag = flag("--percent 5 --salt s", "--details d");
    let rollback = rollback(OTHER_IMAGE, "--flag-off a=b");
    let gates = format!("{} --scancode s", gates("c.jwp"));
    let place = place("c.jwp", "trust.toml");
    let canary = format!("issue canary {place} --rollout r --events e");
    let dora = format!(
        "issue dora {place} --events e --service s --environment e --from 2026-05-07T00:00:00Z"
    );
    let waived =
        format!("{gates} --waive a:b --waive-expires 2026-06-01T00:00:00Z --waive-approver a");
    let metered = format!("{flag} --joules 1");
    for (arguments, option, bad) in [
        (&rollback, "--trigger", vec!["", "a\tb", "\u{202e}x"]),
        (&rollback, "--flag-off", vec!["a", "=b", "a=", "a=\u{7}"]),
        (&rollback, "--previous-release", vec!["", "v1\n"]),
        (&rollback, "--rto-s", vec!["0", "-1", "x"]),
        (&rollback, "--round-trip-min", vec!["0", "-5", "x"]),
        (&flag, "--percent", vec!["101", "-1"]),
        (&flag, "--salt", vec!["a\u{1}"]),
        (&flag, "--flag", vec![""]),
        (&flag, "--variant", vec!["", "\u{9b}"]),
        (&flag, "--provider", vec!["", "p\r"]),
        (&flag, "--provider-version", vec![""]),
        (&flag, "--sdk-version", vec!["", "\u{feff}1"]),
        (&metered, "--joules-method", vec!["", "\u{1b}[m"]),
        (&gates, "--allow-license", vec!["GPL 3", ""]),
        (&waived, "--waive-reason", vec!["", "a\nb"]),
        (&canary, "--abort-threshold", vec![""]),
        (&canary, "--p99-metric", vec![":ms", "name", "a\u{1}:s"]),
        (&canary, "--error-rate-metric", vec![""]),
        (&canary, "--argo-version", vec![""]),
        (
            &dora,
            "--to",
            vec!["2026-05-06T00:00:00Z", "2026-05-07T00:00:00Z"],
        ),
        (&flag, "--to", vec!["2026-05-07T09:30:00Z"]),
    ] {
        for bad in bad {
            // In the place of the value that is there, so that nothing is given twice.
            let mut words: Vec<&str> = arguments.split_whitespace().collect();
            if let Some(at) = words.iter().position(|word| *word == option) {
                words.drain(at..at + 2);
            }
            let joined = format!("{option}={bad}");
            words.push(&joined);
            let output = command(&folder).args(words).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{joined}: {said}");
            assert!(said.contains("error[Cli.Usage]: "), "{joined}: {said}");
            assert!(said.contains(option), "{joined}: {said}");
        }
    }
}

/// The last second that a receipt can say is an hour like any other.
#[test]
fn the_year_9999_is_read_and_printed() {
    let folder = folder("year-9999");
    prepare(&folder);
    let last = "9999-12-31T23:59:59Z";
    fs::write(folder.join("c.jwp"), foreign(253_402_300_799, &[])).unwrap();
    let text = succeeds(&folder, "inspect c.jwp");
    assert!(
        text.contains(&format!("said to be signed at {last}")),
        "{text}"
    );
    let add = "trust add --trust t.toml --pub builder.pub.pem --iss builder";
    succeeds(&folder, &format!("{add} --not-after {last}"));
    let trust = fs::read_to_string(folder.join("t.toml")).unwrap();
    assert!(trust.contains(last), "{trust}");
    let error = fails(
        &folder,
        &format!("{add} --not-after 1969-12-31T23:59:59Z"),
        2,
        "Cli.Usage",
    );
    assert!(
        error.contains("--not-after") && error.contains("from 1970"),
        "{error}"
    );
}

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

/// The script of the canary example removes a folder: its own one, from wherever and however it is called.
#[cfg(unix)]
#[test]
fn the_script_of_the_example_stays_in_its_repository() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder("run-sh");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/canary/run.sh");
    for (repository, has_inputs) in [("own", true), ("foreign", false)] {
        let canary = folder.join(repository).join("jwp-verify/examples/canary");
        fs::create_dir_all(&canary).unwrap();
        fs::copy(&script, canary.join("run.sh")).unwrap();
        if has_inputs {
            fs::create_dir(canary.join("inputs")).unwrap();
        }
        fs::create_dir_all(folder.join(repository).join("target/canary/shell")).unwrap();
        fs::write(folder.join(repository).join("target/canary/shell/kept"), "").unwrap();
    }
    let kept = |repository: &str| folder.join(repository).join("target/canary/shell/kept");
    // Stands for jwp: says where it was called, and stops the script.
    let fake = folder.join("fake");
    fs::write(&fake, "#!/bin/sh\npwd\nexit 9\n").unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    symlink(
        "own/jwp-verify/examples/canary/run.sh",
        folder.join("link.sh"),
    )
    .unwrap();
    for (cwd, script, jwp) in [
        ("own", "jwp-verify/examples/canary/run.sh", "../fake"),
        (".", "link.sh", "./fake"),
        (".", "own/jwp-verify/examples/canary/run.sh", "own/../fake"),
    ] {
        fs::create_dir_all(folder.join("own/target/canary/shell")).unwrap();
        fs::write(kept("own"), "").unwrap();
        let output = Command::new("sh")
            .arg(script)
            .current_dir(folder.join(cwd))
            .env("CDPATH", folder.join("foreign"))
            .env("JWP", jwp)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(9), "{script}: {stderr}");
        let called = String::from_utf8(output.stdout).unwrap();
        let own = folder.join("own").canonicalize().unwrap();
        assert_eq!(Path::new(called.trim_end()).canonicalize().unwrap(), own);
        assert!(
            !kept("own").exists() && kept("foreign").exists(),
            "{script}"
        );
    }
    let output = Command::new("sh")
        .arg("foreign/jwp-verify/examples/canary/run.sh")
        .current_dir(&folder)
        .env("JWP", "./fake")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(kept("foreign").exists());
}

/// What `cli.rs` says of a stdout that is closed from the beginning: there is nothing that could fail.
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

/// Of several documents the error names the one that it is about.
#[test]
fn an_error_names_its_document() {
    let folder = folder("documents");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    for name in ["rollout.yaml", "analysisruns.json", "events.json"] {
        fs::copy(input("argo-rollouts").join(name), folder.join(name)).unwrap();
    }
    let canary = format!(
        "issue canary {} --rollout rollout.yaml --analysis-runs analysisruns.json --events events.json",
        place("c.jwp", "trust.toml")
    );
    fs::write(folder.join("bad"), "{").unwrap();
    fs::write(
        folder.join("list"),
        r#"{"apiVersion":"v1","kind":"List","items":[]}"#,
    )
    .unwrap();
    for (good, bad, named) in [
        ("rollout.yaml", "bad", "bad"),
        ("analysisruns.json", "bad", "bad"),
        ("events.json", "bad", "bad"),
        ("rollout.yaml", "list", "list"),
        ("events.json", "list", "list"),
        ("events.json", "list --events list", "list or list"),
    ] {
        let output = jwp(&folder, &canary.replace(good, bad));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(
            stderr.ends_with(&format!(", in {named}\n")),
            "{good}: {stderr}"
        );
    }
    for option in ["--p99-metric nosuch:s", "--error-rate-metric nosuch"] {
        let error = fails(
            &folder,
            &format!("{canary} {option}"),
            3,
            "Import.Incomplete",
        );
        assert!(
            error.contains("metric nosuch") && error.ends_with(", in analysisruns.json"),
            "{error}"
        );
        let alone = canary.replace("--analysis-runs analysisruns.json", option);
        fails(&folder, &alone, 2, "Cli.Usage");
    }
    for name in ["flags.json", "evaluations.json", "latency.json"] {
        fs::copy(input("flag").join(name), folder.join(name)).unwrap();
    }
    let flag = flag(
        "--flags flags.json --bucketing flagd-go-pre2026",
        "--counters evaluations.json --latency latency.json",
    );
    let flag = flag.replace("--flag f ", "--flag jouledb-fast-path ");
    for name in ["flags.json", "evaluations.json", "latency.json"] {
        let error = fails(&folder, &flag.replace(name, "bad"), 3, "Import.Json");
        assert!(error.ends_with(", in bad"), "{name}: {error}");
    }
}

/// A full disk: the caller knows the trust file, and nothing of the new one beside it.
#[cfg(target_os = "linux")]
#[test]
fn a_trust_file_that_cannot_be_written_is_named() {
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

/// What was found stands in the error, escaped and whole, whatever it looks like.
#[test]
fn a_usage_error_repeats_what_was_written() {
    let folder = folder("written");
    let long = "Usage: x\nFor more information\n\n  error: <a>";
    let escaped = "Usage: x\\u{a}For more information\\u{a}\\u{a}  error: \\u{3c}a>";
    let verify = verify("c.jwp");
    let rest: Vec<&str> = verify.split_whitespace().collect();
    for (first, written, said) in [
        (
            "--head=",
            "<\u{1b}[31m>",
            "value '\\u{3c}\\u{1b}[31m>' for '--head LINK'".to_owned(),
        ),
        (
            "--head=",
            long,
            format!("value '{escaped}' for '--head LINK'"),
        ),
        (
            "--format=",
            "<\u{1b}[0m>",
            "value '\\u{3c}\\u{1b}[0m>' for '--format FORMAT'".to_owned(),
        ),
        (
            "--",
            "\u{1b}[1m<x>",
            "argument '--\\u{1b}[1m\\u{3c}x>' found".to_owned(),
        ),
        ("", long, format!("argument '{escaped}' found")),
    ] {
        let output = command(&folder)
            .args(&rest)
            .arg(format!("{first}{written}"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(&said), "{said} in {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    let output = command(&folder).arg("<\u{1b}[1mx>").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("subcommand '\\u{3c}\\u{1b}[1mx>'"),
        "{stderr}"
    );
}

/// The names of this project are never allowed unchecked, and who asks for it is told.
#[test]
fn a_reserved_kind_cannot_be_allowed() {
    let folder = folder("reserved");
    prepare(&folder);
    fs::write(folder.join("c.jwp"), foreign(1_778_000_000, &[])).unwrap();
    let verify = verify("c.jwp");
    fails(&folder, &verify, 1, "Policy.UnknownKind");
    succeeds(&folder, &format!("{verify} --allow-kind example.foreign"));
    for kind in [
        "delivery.foo.bar",
        "delivery",
        "trust.key.added",
        "delivery.build.completed",
    ] {
        let asked = format!("{verify} --allow-kind example.foreign --allow-kind {kind}");
        let error = fails(&folder, &asked, 2, "Cli.Usage");
        assert!(
            error.contains("--allow-kind") && error.contains(kind),
            "{error}"
        );
    }
    succeeds(
        &folder,
        &format!("{verify} --allow-kind example.foreign --allow-kind deliverya.b"),
    );
}

/// A way back or a waiver that has run out when it is signed could never hold, and stand in the chain for good.
#[test]
fn what_has_expired_already_is_not_appended() {
    let folder = folder("expired");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let before = fs::read(folder.join("c.jwp")).unwrap();
    let waived = format!(
        "{} --waive sca:missing-gate --waive container:missing-gate --waive license:missing-gate \
         --waive-reason pilot --waive-approver ciso --waive-expires",
        gates("c.jwp")
    );
    let armed = rollback(OTHER_IMAGE, "--flag-off a=b").replace("2026-05-08T12:00:00Z", "");
    let armed = format!("{} --expires", armed.replace("--expires", ""));
    for (arguments, option) in [(&waived, "--waive-expires"), (&armed, "--expires")] {
        for late in [
            "2026-05-07T10:00:00Z",
            "2026-05-07T09:59:59Z",
            "1970-01-01T00:00:00Z",
        ] {
            let error = fails(&folder, &format!("{arguments} {late}"), 2, "Cli.Usage");
            let said = format!("got {option} {late}, expected a time after 2026-05-07T10:00:00Z");
            assert!(error.contains(&said), "{error}");
        }
        assert_eq!(fs::read(folder.join("c.jwp")).unwrap(), before);
    }
    for arguments in [waived, armed] {
        succeeds(&folder, &format!("{arguments} 2026-05-07T10:00:01Z"));
    }
}
