//! Who else may look at a private key, or change it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{build, folder, jwp, prepare};

/// T102: each permission of others by itself.
#[test]
fn every_permission_of_others_is_warned_of() {
    let folder = folder("each-permission");
    prepare(&folder);
    for mode in [
        0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o600, 0o400, 0o700,
    ] {
        fs::set_permissions(folder.join("builder.pem"), fs::Permissions::from_mode(mode)).unwrap();
        let _ = fs::remove_file(folder.join("c.jwp"));
        let output = jwp(&folder, &build("c.jwp", ""));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{mode:o}: {stderr}");
        let warned = stderr.starts_with("warning: ");
        assert_eq!(warned, mode & 0o077 != 0, "{mode:o}: {stderr}");
    }
}
