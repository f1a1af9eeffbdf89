//! Trust files: what a key may sign until when, and files that nobody may use.

use super::Files;
use crate::{
    draft::{BASE, release},
    index::text,
};

/// The seal of the whole release is signed at this second.
const SEALED: u64 = BASE + 8 * 60;

/// A table of the trust file; every key may sign every kind, so that only the rules decide.
fn entry(issuer: &str, pem: &str, more: &str) -> String {
    format!(
        "[[key]]\nissuer = \"{issuer}\"\npublic_key = \"\"\"\n{pem}\"\"\"\nkinds = [\"*\"]\nenvironments = [\"*\"]\n{more}\n"
    )
}

fn public(issuer: &str) -> String {
    text(&format!("canary/{issuer}.pub.pem"))
}

/// All three, with something more said of the deployer.
fn deployer(more: &str) -> String {
    [
        entry("builder", &public("builder"), ""),
        entry("security", &public("security"), ""),
        entry("deployer", &public("deployer"), more),
    ]
    .concat()
}

/// RFC 3339 of a second of 2026-05-07, the day of [`BASE`].
fn time(seconds: u64) -> String {
    let (midnight, day) = (1_778_112_000, 86_400);
    let of_day = seconds - midnight;
    assert!(of_day < day);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("2026-05-07T{hour:02}:{minute:02}:{second:02}Z")
}

pub(super) fn files(files: &mut Files) {
    assert_eq!(release().iat(), SEALED + 60);
    let all = deployer("");
    let revoked = |at, reason| {
        let at = time(at);
        deployer(&format!("[key.revoked]\nat = {at}\nreason = \"{reason}\""))
    };
    // The identity: of small order, so that it signs everything.
    let identity = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    let private = text("canary/builder.test-only-private.pem");
    let split = public("builder").replace("AyEA", "AyEA\n");
    let crlf = public("builder").replace('\n', "\r\n");
    let framed = format!("the builder's key\n{}", public("builder"));
    // y = p + 2, which leaves 2, that of no point; y = p, which leaves that of a point of order 4.
    let spki = |y: &str| {
        format!("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA{y}=\n-----END PUBLIC KEY-----\n")
    };
    let (beyond, at) = (
        spki("7////////////////////////////////////////38"),
        spki("7f///////////////////////////////////////38"),
    );
    let other_kid = format!("kid = \"{}\"", "00".repeat(32));
    for (name, toml) in [
        ("trust.toml", all.clone()),
        (
            "trust-ends-with-the-seal.toml",
            deployer(&format!("not_after = {}", time(SEALED))),
        ),
        (
            "trust-ends-before-the-seal.toml",
            deployer(&format!("not_after = {}", time(SEALED - 1))),
        ),
        (
            "trust-begins-after-the-rollback.toml",
            deployer(&format!("not_before = {}", time(BASE + 181))),
        ),
        (
            "trust-begins-with-the-rollback.toml",
            deployer(&format!("not_before = {}", time(BASE + 180))),
        ),
        (
            "trust-rotated-with-the-seal.toml",
            revoked(SEALED, "rotated"),
        ),
        (
            "trust-rotated-after-the-seal.toml",
            revoked(SEALED + 1, "rotated"),
        ),
        (
            "trust-compromised-after-the-seal.toml",
            revoked(SEALED + 1, "compromised"),
        ),
        (
            "trust-for-staging.toml",
            all.replace("environments = [\"*\"]", "environments = [\"staging\"]"),
        ),
        (
            "trust-key-twice.toml",
            format!("{all}{}", entry("auditor", &public("builder"), "")),
        ),
        ("trust-without-keys.toml", String::new()),
        ("trust-with-unknown-field.toml", deployer("threshold = 1")),
        ("trust-with-other-kid.toml", deployer(&other_kid)),
        (
            "trust-with-pattern-inside.toml",
            all.replace("kinds = [\"*\"]", "kinds = [\"delivery.*.passed\"]"),
        ),
        (
            "trust-without-kinds.toml",
            all.replace("kinds = [\"*\"]", "kinds = []"),
        ),
        (
            "trust-that-ends-first.toml",
            deployer(&format!(
                "not_before = {}\nnot_after = {}",
                time(SEALED),
                time(SEALED - 1)
            )),
        ),
        (
            "trust-with-weak-key.toml",
            format!("{all}{}", entry("auditor", identity, "")),
        ),
        (
            "trust-with-private-key.toml",
            format!("{all}{}", entry("auditor", &private, "")),
        ),
        (
            "trust-behind-a-byte-order-mark.toml",
            format!("\u{feff}{all}"),
        ),
        (
            "trust-with-key-in-crlf.toml",
            all.replace(&public("builder"), &crlf),
        ),
        (
            "trust-with-key-in-two-lines.toml",
            all.replace(&public("builder"), &split),
        ),
        (
            "trust-with-text-around-a-key.toml",
            all.replace(&public("builder"), &framed),
        ),
        (
            "trust-ends-before-it-begins.toml",
            deployer(&format!(
                "not_before = {}\nnot_after = {}",
                time(BASE),
                time(BASE - 1)
            )),
        ),
        (
            "trust-with-y-of-no-point.toml",
            format!("{all}{}", entry("auditor", &beyond, "")),
        ),
        (
            "trust-with-y-that-is-not-reduced.toml",
            format!("{all}{}", entry("auditor", &at, "")),
        ),
        // Several things wrong at once: the form of the file, then each entry with its key in front, then keys twice.
        (
            "trust-with-weak-key-and-unknown-field.toml",
            format!(
                "{all}{}{}",
                entry("auditor", identity, ""),
                entry("auditor", identity, "threshold = 1")
            ),
        ),
        (
            "trust-with-weak-key-for-nothing.toml",
            format!("{all}{}", entry("an auditor", identity, "")),
        ),
        (
            "trust-for-nothing-and-weak-key.toml",
            format!(
                "{}{}",
                all.replace("kinds = [\"*\"]", "kinds = []"),
                entry("auditor", identity, "")
            ),
        ),
        (
            "trust-key-twice-and-private-key.toml",
            format!(
                "{all}{}{}",
                entry("auditor", &public("builder"), ""),
                entry("auditor", &private, "")
            ),
        ),
    ] {
        files.add(name, toml.into_bytes());
    }
}
