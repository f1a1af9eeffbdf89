//! Whole chains from the shell: begun, continued, sealed and verified.

use std::{fs, path::Path};

use crate::support::{
    SUB, build, fails, fixture, folder, gates, input, jwp, prepare, succeeds, verify,
};

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
