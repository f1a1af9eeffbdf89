//! Several writers of one file: one wins, the others are told, and nothing is lost.

use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
    process::{Child, Output, Stdio},
};

use crate::support::{
    append_bytes, build, command, fails, folder, gates, prepare, succeeds, verify,
};

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
