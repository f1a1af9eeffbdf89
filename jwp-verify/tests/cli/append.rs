//! What is asked before a receipt goes into a chain file, and what is left of the file where the answer is no.

use std::{
    fs::{self, File},
    path::Path,
};

use jwp_core::chain::Receipts;

use crate::support::{
    OTHER_IMAGE, SUB, build, fails, fixture, folder, foreign, gates, input, place, prepare,
    rollback, succeeds, verify,
};

/// Fails, and leaves the chain as it was.
#[track_caller]
fn appends_nothing(folder: &Path, arguments: &str, exit: i32, code: &str) {
    let before = fs::read(folder.join("c.jwp")).unwrap();
    fails(folder, arguments, exit, code);
    assert!(fs::read(folder.join("c.jwp")).unwrap() == before);
}

#[test]
fn a_receipt_for_another_release_or_environment_is_not_appended() {
    let folder = folder("other-release");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let other = |from: &str, to: &str| gates("c.jwp").replace(from, to);
    let mismatch = "Chain.ReleaseMismatch";
    appends_nothing(&folder, &other("--aud prod", "--aud test"), 1, mismatch);
    appends_nothing(&folder, &other("v2026.05.07 ", "v2026.05.08 "), 1, mismatch);
    succeeds(&folder, &gates("c.jwp"));
}

#[test]
fn a_receipt_about_another_image_is_not_appended() {
    let folder = folder("other-image");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let inspected = succeeds(&folder, "inspect c.jwp");
    let image = inspected
        .lines()
        .find_map(|line| line.strip_prefix("subject "))
        .unwrap();
    let about = |image: &str| format!("{} --image {image}", gates("c.jwp"));
    let other = format!("sha256:{}", "0".repeat(64));
    appends_nothing(&folder, &about(&other), 1, "Policy.DigestMismatch");
    let built_again = format!("{} --image {other}", build("d.jwp", ""));
    fails(&folder, &built_again, 1, "Policy.DigestMismatch");
    assert!(!folder.join("d.jwp").exists());
    succeeds(&folder, &about(image));
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
    let error = fails(&folder, &rollback, 1, "Policy.UnknownKind");
    assert!(error.ends_with(", in p.jwp"), "{error}");
}
