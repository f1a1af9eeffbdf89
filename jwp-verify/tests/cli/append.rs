//! What is asked before a receipt goes into a chain file, and what is left of the file where the answer is no.

use std::{fs, path::Path};

use super::{
    append_bytes, build, fails, folder, gates, jwp, prepare, succeeds, verify, while_it_waits,
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

/// T61, T63: what was read is not what has its name by now, and what went into it would be lost. Nothing is written,
/// neither there nor here.
#[cfg(unix)]
#[test]
fn a_chain_that_is_replaced_while_a_receipt_is_made_stops_it() {
    use std::os::unix::fs::symlink;
    let replaced = |name: &str, replace: &dyn Fn(&Path, &Path), code: &str| {
        let folder = folder(&format!("replaced-{name}"));
        prepare(&folder);
        succeeds(&folder, &build("c.jwp", ""));
        let (path, other) = (folder.join("c.jwp"), folder.join("other.jwp"));
        let bytes = fs::read(&path).unwrap();
        // The same bytes: that they are compared does not tell the two apart.
        fs::write(&other, &bytes).unwrap();
        let output = while_it_waits(&folder, || {
            fs::remove_file(&path).unwrap();
            replace(&other, &path);
        });
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains(&format!("error[{code}]: ")),
            "{name}: {stderr}"
        );
        let read = |path: &Path| path.is_file().then(|| fs::read(path).unwrap());
        assert!(read(&path).is_none_or(|found| found == bytes), "{name}");
        assert!(read(&other).is_none_or(|found| found == bytes), "{name}");
        output.status.code()
    };
    let moved = "Chain.HeadMoved";
    let code = replaced(
        "renamed",
        &|other, path| fs::rename(other, path).unwrap(),
        moved,
    );
    assert_eq!(code, Some(1));
    let code = replaced(
        "linked",
        &|other, path| fs::hard_link(other, path).unwrap(),
        moved,
    );
    assert_eq!(code, Some(1));
    let special = "Cli.NotRegularFile";
    let code = replaced(
        "symlink",
        &|other, path| symlink(other, path).unwrap(),
        special,
    );
    assert_eq!(code, Some(3));
    let code = replaced("folder", &|_, path| fs::create_dir(path).unwrap(), special);
    assert_eq!(code, Some(3));
}

/// T63: two names of one file lead to one chain, and to one lock.
#[cfg(unix)]
#[test]
fn a_hard_link_is_the_same_chain() {
    let folder = folder("hard-link");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    fs::hard_link(folder.join("c.jwp"), folder.join("other.jwp")).unwrap();
    succeeds(&folder, &gates("other.jwp"));
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("c.jwp") == read("other.jwp"));
    succeeds(&folder, &verify("c.jwp"));
    assert!(fails(&folder, &gates("c.jwp"), 2, "Cli.Usage").contains("--supersedes"));
}

/// T59: at every byte of the receipt that a crash cut.
#[test]
fn a_receipt_cut_at_any_byte_is_refused_and_can_be_removed() {
    let folder = folder("cut-anywhere");
    prepare(&folder);
    succeeds(&folder, &build("c.jwp", ""));
    let path = folder.join("c.jwp");
    let first = fs::read(&path).unwrap();
    succeeds(&folder, &gates("c.jwp"));
    let whole = fs::read(&path).unwrap();
    let seal = "seal --chain c.jwp --trust trust.toml --key builder.pem --iss builder --abandoned \
                --now 2026-05-07T11:00:00Z";
    for length in first.len() + 1..whole.len() {
        fs::write(&path, &first).unwrap();
        append_bytes(&path, &whole[first.len()..length]);
        fails(&folder, seal, 3, "Codec.Truncated");
        assert!(
            fs::read(&path).unwrap() == whole[..length],
            "{length} bytes"
        );
    }
    for length in (first.len() + 1..whole.len()).step_by(29) {
        fs::write(&path, &whole[..length]).unwrap();
        succeeds(&folder, &format!("{seal} --recover"));
        let recovered = fs::read(&path).unwrap();
        assert!(recovered.starts_with(&first), "{length} bytes");
        assert_eq!(jwp(&folder, &verify("c.jwp")).status.code(), Some(0));
    }
}
