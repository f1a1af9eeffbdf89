//! The script of the canary example, which removes a folder.

use std::{fs, path::Path, process::Command};

use crate::support::folder;

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
