//! A receipt that a crash cut: refused, told from one that was changed, and removed only when asked.

use std::fs;

use jwp_core::chain::Receipts;

use crate::support::{append_bytes, build, fails, folder, gates, jwp, prepare, succeeds, verify};

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
