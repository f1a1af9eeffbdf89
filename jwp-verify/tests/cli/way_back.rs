//! The chain of the release before, which `jwp issue rollback --previous` reads.

use std::fs;

use jwp_core::chain::Receipts;

use crate::support::{SUB, build, fails, folder, gates, prepare, rollback, succeeds};

/// What is wrong with it has the code that `jwp verify` gives it: nothing is appended behind its head.
#[test]
fn a_way_back_behind_a_broken_signature_is_refused() {
    let folder = folder("way-back-broken");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    succeeds(
        &folder,
        &build("p.jwp", "").replace(SUB, "jouledb@v2026.05.06"),
    );
    let (chain, previous) = (folder.join("c.jwp"), folder.join("p.jwp"));
    let before = fs::read(&chain).unwrap();
    let mut bytes = fs::read(&previous).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&previous, bytes).unwrap();
    let rollback = rollback("--previous p.jwp", "--flag-off f=off");
    let error = fails(&folder, &rollback, 1, "Envelope.BadSignature");
    assert!(error.ends_with(", in p.jwp"), "{error}");
    assert_eq!(fs::read(&chain).unwrap(), before);
}

/// Also where the first receipt is at fault, which is the one that names the image: that it was changed is said, and not
/// that it is missing.
#[test]
fn a_way_back_behind_a_build_that_was_changed_is_refused_for_the_change() {
    let folder = folder("way-back-changed-build");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    for issue in [build("p.jwp", ""), gates("p.jwp")] {
        succeeds(&folder, &issue.replace(SUB, "jouledb@v2026.05.06"));
    }
    let previous = folder.join("p.jwp");
    let mut bytes = fs::read(&previous).unwrap();
    let (second, _) = Receipts::new(&bytes).nth(1).unwrap().unwrap();
    bytes[second - 1] ^= 1;
    fs::write(&previous, bytes).unwrap();
    let rollback = rollback("--previous p.jwp", "--flag-off f=off");
    let error = fails(&folder, &rollback, 1, "Envelope.BadSignature");
    assert!(error.contains("seq 0"), "{error}");
}
