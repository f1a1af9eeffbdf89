//! What is said of a canary behind which there is no way back any more, or whose gates passed by a waiver, when these run
//! out before it ends.

use crate::support::{
    OTHER_IMAGE, build, folder, gates, input, jwp, place, prepare, rollback, succeeds,
};

/// Issues a chain up to the canary, which ends at 10:05 when it is signed, and gives the warnings about the release.
fn warnings(name: &str, waived_until: &str, armed_until: &str) -> Vec<String> {
    let folder = folder(&format!("expiry-{name}"));
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let waived = format!(
        "{} --waive sca:missing-gate --waive container:missing-gate --waive license:missing-gate \
         --waive-reason pilot --waive-approver ciso --waive-expires {waived_until}",
        gates("c.jwp")
    );
    succeeds(&folder, &waived);
    let armed = rollback(OTHER_IMAGE, "--flag-off a=b");
    succeeds(&folder, &armed.replace("2026-05-08T12:00:00Z", armed_until));
    let rollouts = input("argo-rollouts");
    let canary = format!(
        "issue canary {} --rollout {} --analysis-runs {} --events {} --argo-version 1.7.2",
        place("c.jwp", "trust.toml").replace("T10:00:00Z", "T10:05:00Z"),
        rollouts.join("rollout.yaml").display(),
        rollouts.join("analysisruns.json").display(),
        rollouts.join("events.json").display()
    );
    let output = jwp(&folder, &canary);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("delivery.canary.stepped")
    );
    let about = stderr
        .lines()
        .filter(|line| line.contains("will be refused"));
    about.map(str::to_owned).collect()
}

#[test]
fn a_canary_that_outlives_its_way_back_is_warned_of() {
    const LATE: &str = "2026-05-07T10:04:59Z";
    const IN_TIME: &str = "2026-05-07T10:05:00Z";
    assert_eq!(warnings("in-time", IN_TIME, IN_TIME), [""; 0]);
    let [late] = warnings("armed", IN_TIME, LATE).try_into().unwrap();
    let late: String = late;
    assert!(
        late.starts_with(
            "warning: a release of this chain will be refused (Policy.Expired): got a rollback that expired at \
             1778148299, expected one that can be used at 1778148300 at seq 2 at byte "
        ),
        "{late}"
    );
    assert!(late.ends_with(", in c.jwp"), "{late}");
    let both = warnings("both", LATE, LATE);
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(
        both[0].contains("got a waiver that expired at 1778148299"),
        "{both:?}"
    );
}
