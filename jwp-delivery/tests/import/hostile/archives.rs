//! An archive or a page of markup in the place of a report: named as such, and never unpacked.

use super::readers::{READERS, canary};
use crate::{
    gates::support::run_semgrep,
    support::{read, refused_as},
};

/// The first block of a tar that holds a link to a file outside: name, type and target at their places (POSIX ustar).
fn tar_with_a_link() -> Vec<u8> {
    let mut block = vec![0; 1024];
    for (place, text) in [
        (0, &b"report.json"[..]),
        (100, b"0000644\0"),
        (124, b"00000000000\0"),
        (156, b"2"),
        (157, b"/etc/passwd"),
        (257, b"ustar\x0000"),
    ] {
        for (to, from) in block.iter_mut().skip(place).zip(text) {
            *to = *from;
        }
    }
    block
}

/// A zip whose directory says that four bytes unpack to 4 GiB.
fn zip_bomb() -> Vec<u8> {
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    zip.extend([0; 8]);
    zip.extend(4u32.to_le_bytes());
    zip.extend(u32::MAX.to_le_bytes());
    zip.extend([1, 0, 0, 0]);
    zip.extend(b"rabcd");
    zip
}

/// T93
#[test]
fn an_archive_is_not_unpacked() {
    for (name, archive) in [
        (
            "gzip",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0".to_vec(),
        ),
        ("zip bomb", zip_bomb()),
        (
            "empty zip",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
        ),
        ("tar with a link", tar_with_a_link()),
        ("bzip2", b"BZh91AY&SY\0\0\0\0".to_vec()),
        ("xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46".to_vec()),
        ("zstd", b"\x28\xb5\x2f\xfd\x04\0\x11\0\0{}".to_vec()),
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec()),
    ] {
        for (importer, read) in READERS {
            refused_as(
                read(&archive),
                "Import.Unsupported",
                &format!("{importer}, {name}"),
            );
        }
    }
}

/// T93: neither is an entity expanded, nor a stylesheet followed.
#[test]
fn markup_is_not_read() {
    let bomb = b"<?xml version=\"1.0\"?>\n<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
        <r>&b;&b;</r>";
    let outside = b"<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><r>&x;</r>";
    for (name, markup) in [
        ("entities", &bomb[..]),
        ("an outside entity", outside),
        ("a report of JUnit", b"<testsuites tests=\"0\"/>"),
        (
            "a mark in front",
            b"\xef\xbb\xbf<?xml version=\"1.0\"?><r/>",
        ),
        ("blanks in front", b" \r\n<r/>"),
        ("a page", b"<html><body>502 Bad Gateway</body></html>"),
    ] {
        for (importer, read) in READERS {
            refused_as(
                read(markup),
                "Import.Unsupported",
                &format!("{importer}, {name}"),
            );
        }
    }
}

/// A resource of Kubernetes may come in YAML, of which an angle bracket may be the first byte.
#[test]
fn yaml_that_begins_with_a_bracket_is_no_markup() {
    refused_as(
        canary(&[b"<<: {kind: Rollout}\n"]),
        "Import.Json",
        "a merge key",
    );
    // Read, and no rollout.
    refused_as(canary(&[b"BZh: 1\n"]), "Import.Incomplete", "a word");
}

/// Whoever names a user or an incident must not be able to make an archive of the document that names them.
#[test]
fn a_word_that_holds_the_name_of_a_format_is_no_archive() {
    for letters in 240..262 {
        let word = format!("{}ustard", "m".repeat(letters));
        let mut report: serde_json::Value =
            serde_json::from_slice(&read("semgrep/1.94.0/clean.json")).unwrap();
        // In front of all other members, so that the word meets the place where a tar says what it is.
        report["a"] = word.into();
        let bytes = serde_json::to_vec(&report).unwrap();
        assert!(run_semgrep(&bytes, 0).is_ok(), "{letters}");
    }
}
