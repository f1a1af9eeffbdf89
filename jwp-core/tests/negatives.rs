//! Every receipt in `spec/vectors/negative` is refused with exactly the code that its row names, and
//! the checked-in files are what this test builds.
//!
//! `JWP_BLESS=1 cargo test -p jwp-core --test negatives` writes them anew.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a mistake in how a vector is built fails the test, whichever way it panics"
)]

#[path = "support/lax.rs"]
mod lax;

use core::fmt::Write as _;
use std::{collections::BTreeSet, fs, path::PathBuf};

use jwp_core::{Digest, Error, Signer as _, SigningKey, UnverifiedReceipt};
use lax::{Entries, Parts, array, bytes, head, map, nint, sorted, tag, text, text_of, uint, wide};

/// What was changed, which row of the threat table it stands for, and the code expected.
struct Case {
    name: &'static str,
    threat: &'static str,
    code: &'static str,
    bytes: Vec<u8>,
}

struct Base {
    key: SigningKey,
    header: Entries<u64>,
    cwt: Entries<u64>,
    payload: Entries<&'static str>,
    claim: Entries<&'static str>,
}

impl Base {
    fn new() -> Self {
        // RFC 8032 §7.1 TEST 1: everybody knows this secret.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed: Vec<u8> = (0..32)
            .map(|i| u8::from_str_radix(&seed[2 * i..2 * i + 2], 16).expect("hex"))
            .collect();
        let key =
            SigningKey::from_seed(seed.as_slice().try_into().expect("32 bytes")).expect("a key");
        let cwt = Entries(vec![
            (1, text("builder")),
            (2, text("jouledb@v2026.05.07")),
            (3, text("prod")),
            (6, uint(1_778_112_000)),
        ]);
        let header = Entries(vec![
            (1, nint(7)),
            (3, text("application/vnd.jwp.receipt+cbor")),
            (4, bytes(key.verifying_key().id().as_bytes())),
            (15, cwt.encode()),
            (16, text("application/vnd.jwp.receipt+cose")),
        ]);
        let claim = Entries(vec![("loaves", uint(12)), ("note", text("rye"))]);
        let meter = sorted(&[("source", text("declared")), ("method", text("by hand"))]);
        let digest = format!("sha256:{}", "4f".repeat(32));
        let payload = Entries(vec![
            ("v", uint(1)),
            ("kind", text("example.bread.baked")),
            ("seq", uint(0)),
            ("run", bytes(&[7; 16])),
            ("claim", claim.encode()),
            ("cite", array(&[text("ISO 22000")])),
            ("subject", array(&[text(&digest)])),
            (
                "evidence",
                array(&[sorted(&[
                    ("role", text("recipe")),
                    ("digest", text(&digest)),
                    ("size", uint(5)),
                ])]),
            ),
            ("joules", tag(4, &array(&[nint(1), uint(36)]))),
            ("meter", meter),
        ]);
        Self {
            key,
            header,
            cwt,
            payload,
            claim,
        }
    }

    fn parts(&self) -> Parts {
        Parts::new(self.header.encode(), self.payload.encode())
    }

    fn valid(&self) -> Vec<u8> {
        self.parts().build(&self.key)
    }

    fn envelope(&self, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let mut parts = self.parts();
        change(&mut parts);
        parts.build(&self.key)
    }

    fn header(&self, change: impl FnOnce(&Entries<u64>) -> Entries<u64>) -> Vec<u8> {
        Parts::new(change(&self.header).encode(), self.payload.encode()).build(&self.key)
    }

    fn header_bytes(&self, header: Vec<u8>) -> Vec<u8> {
        Parts::new(header, self.payload.encode()).build(&self.key)
    }

    fn cwt(&self, change: impl FnOnce(&Entries<u64>) -> Entries<u64>) -> Vec<u8> {
        let cwt = change(&self.cwt).encode();
        self.header(|h| h.with(15, cwt))
    }

    fn payload(
        &self,
        change: impl FnOnce(&Entries<&'static str>) -> Entries<&'static str>,
    ) -> Vec<u8> {
        self.payload_bytes(change(&self.payload).encode())
    }

    fn payload_bytes(&self, payload: Vec<u8>) -> Vec<u8> {
        Parts::new(self.header.encode(), payload).build(&self.key)
    }

    /// One value in the claim, encoded as given.
    fn value(&self, value: Vec<u8>) -> Vec<u8> {
        let claim = self.claim.with("note", value).encode();
        self.payload(|p| p.with("claim", claim))
    }

    /// The claim, encoded as given.
    fn claim(&self, claim: Vec<u8>) -> Vec<u8> {
        self.payload(|p| p.with("claim", claim))
    }

    /// What the project says of these bytes, given the right key.
    fn verdict(&self, bytes: &[u8]) -> Result<(), Error> {
        UnverifiedReceipt::parse(bytes)?
            .verify(self.key.verifying_key())
            .map(|_| ())
    }
}

/// `depth` arrays around an integer.
fn nested(depth: usize, opener: &[u8]) -> Vec<u8> {
    [opener.repeat(depth), uint(1)].concat()
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases(b: &Base) -> Vec<Case> {
    let valid = b.valid();
    let mut cases = Vec::new();
    let mut add = |threat, code, name, bytes: Vec<u8>| {
        cases.push(Case {
            name,
            threat,
            code,
            bytes,
        })
    };

    let truncated = "Codec.Truncated";
    add("T01", truncated, "empty", vec![]);
    add("T01", truncated, "prefix-one-byte", valid[..1].to_vec());
    add(
        "T01",
        truncated,
        "prefix-half",
        valid[..valid.len() / 2].to_vec(),
    );
    add(
        "T01",
        truncated,
        "prefix-all-but-one",
        valid[..valid.len() - 1].to_vec(),
    );
    let trailing = "Codec.TrailingBytes";
    add(
        "T02",
        trailing,
        "trailing-byte",
        b.envelope(|p| p.back = vec![0x01]),
    );
    add(
        "T02",
        trailing,
        "trailing-zero",
        b.envelope(|p| p.back = vec![0x00]),
    );
    add(
        "T02",
        trailing,
        "trailing-second-receipt",
        [&valid[..], &valid].concat(),
    );
    add(
        "T02",
        trailing,
        "payload-trailing-byte",
        b.payload_bytes([b.payload.encode(), uint(0)].concat()),
    );
    let long = "Codec.NonDeterministic";
    add(
        "T03",
        long,
        "integer-in-two-bytes",
        b.value(vec![0x18, 0x17]),
    );
    add(
        "T03",
        long,
        "integer-in-three-bytes",
        b.value(vec![0x19, 0x00, 0x17]),
    );
    add(
        "T03",
        long,
        "integer-in-five-bytes",
        b.value(vec![0x1a, 0, 0, 0, 0x17]),
    );
    add("T03", long, "integer-in-nine-bytes", b.value(wide(0, 23)));
    add(
        "T03",
        long,
        "negative-in-two-bytes",
        b.value(vec![0x38, 0x17]),
    );
    add(
        "T03",
        long,
        "text-length-in-two-bytes",
        b.value(vec![0x78, 0x01, b'a']),
    );
    add(
        "T03",
        long,
        "bytes-length-in-three-bytes",
        b.value(vec![0x59, 0x00, 0x01, 0xff]),
    );
    add(
        "T03",
        long,
        "array-length-in-two-bytes",
        b.value(vec![0x98, 0x01, 0x01]),
    );
    add(
        "T03",
        long,
        "map-length-in-two-bytes",
        b.value([&[0xb8, 0x01][..], &text("a"), &uint(1)].concat()),
    );
    add(
        "T03",
        long,
        "tag-in-two-bytes",
        b.value([&[0xd8, 0x04][..], &array(&[nint(0), uint(1)])].concat()),
    );
    add(
        "T03",
        long,
        "envelope-tag-in-two-bytes",
        b.envelope(|p| p.front = vec![0xd8, 0x12, 0x84]),
    );
    add(
        "T03",
        long,
        "envelope-payload-length-in-nine-bytes",
        b.envelope(|p| {
            let body = p.payload.clone();
            p.payload_item =
                Some([wide(2, body.len().try_into().expect("a length")), body].concat());
        }),
    );
    let indefinite = "Codec.Indefinite";
    add(
        "T04",
        indefinite,
        "bytes-indefinite",
        b.value(vec![0x5f, 0x41, 0x00, 0xff]),
    );
    add(
        "T04",
        indefinite,
        "bytes-indefinite-nested",
        b.value(vec![0x5f, 0x5f, 0x41, 0x00, 0xff, 0xff]),
    );
    add(
        "T04",
        indefinite,
        "text-indefinite",
        b.value(vec![0x7f, 0x61, b'a', 0xff]),
    );
    add(
        "T04",
        indefinite,
        "array-indefinite",
        b.value(vec![0x9f, 0x01, 0xff]),
    );
    add(
        "T04",
        indefinite,
        "map-indefinite",
        b.value([&[0xbf][..], &text("a"), &uint(1), &[0xff]].concat()),
    );
    add(
        "T04",
        indefinite,
        "envelope-array-indefinite",
        b.envelope(|p| {
            p.front = vec![0xd2, 0x9f];
            p.back = vec![0xff];
        }),
    );
    let malformed = "Codec.Malformed";
    add("T05", malformed, "break-alone", b.value(vec![0xff]));
    add(
        "T05",
        malformed,
        "break-in-definite-array",
        b.value(vec![0x82, 0x01, 0xff]),
    );
    add("T05", malformed, "reserved-28", b.value(vec![0x1c]));
    add("T05", malformed, "reserved-29-text", b.value(vec![0x7d]));
    add("T05", malformed, "reserved-30-simple", b.value(vec![0xfe]));
    add("T05", malformed, "integer-indefinite", b.value(vec![0x1f]));
    add(
        "T05",
        malformed,
        "tag-indefinite",
        b.value(vec![0xdf, 0x00]),
    );
    add(
        "T05",
        malformed,
        "simple-two-byte-below-32",
        b.value(vec![0xf8, 0x14]),
    );
    let duplicate = "Codec.DuplicateKey";
    let entry = |key: Vec<u8>| (key, uint(1));
    add(
        "T06",
        duplicate,
        "key-twice",
        b.claim(map(&[entry(text("a")), entry(text("a"))])),
    );
    add(
        "T06",
        duplicate,
        "key-twice-apart",
        b.claim(map(&[entry(text("a")), entry(text("b")), entry(text("a"))])),
    );
    add(
        "T06",
        duplicate,
        "key-twice-in-another-encoding",
        b.claim(map(&[entry(text("a")), entry(vec![0x78, 0x01, b'a'])])),
    );
    add("T06", duplicate, "key-twice-in-payload", {
        let mut payload = b.payload.encode();
        payload[0] += 1;
        b.payload_bytes([&payload[..1], &text("v"), &uint(1), &payload[1..]].concat())
    });
    let order = "Codec.KeyOrder";
    add(
        "T07",
        order,
        "keys-swapped",
        b.claim(map(&[entry(text("b")), entry(text("a"))])),
    );
    add(
        "T07",
        order,
        "keys-alphabetical",
        b.claim(map(&[entry(text("aa")), entry(text("b"))])),
    );
    let beyond = "Codec.LengthBeyondInput";
    for (name, major, length) in [
        ("array-of-2-32", 4, 1 << 32),
        ("array-of-2-63", 4, 1 << 63),
        ("array-of-2-64", 4, u64::MAX),
        ("map-of-2-32", 5, 1 << 32),
        ("map-of-2-63", 5, 1 << 63),
        ("map-of-2-64", 5, u64::MAX),
        ("text-of-2-32", 3, 1 << 32),
        ("text-of-2-63", 3, 1 << 63),
        ("text-of-2-64", 3, u64::MAX),
        ("bytes-of-2-32", 2, 1 << 32),
        ("bytes-of-2-63", 2, 1 << 63),
        ("bytes-of-2-64", 2, u64::MAX),
    ] {
        add("T08", beyond, name, b.value(head(major, length)));
    }
    add(
        "T08",
        beyond,
        "envelope-payload-of-2-64",
        b.envelope(|p| p.payload_item = Some(head(2, u64::MAX))),
    );
    // No u64 holds both.
    add(
        "T08",
        beyond,
        "lengths-whose-sum-overflows",
        b.value([head(4, 2), head(2, 1 << 63), head(2, 1 << 63)].concat()),
    );
    let deep = "Codec.TooDeep";
    // The payload and the claim are open already: fourteen more pass, fifteen fail.
    add("T09", deep, "nesting-17", b.value(nested(15, &[0x81])));
    add("T09", deep, "nesting-257", b.value(nested(255, &[0x81])));
    add(
        "T09",
        deep,
        "nesting-100000",
        b.value(nested(100_000, &[0x81])),
    );
    add(
        "T09",
        deep,
        "nesting-17-maps",
        b.value(nested(15, &[&[0xa1][..], &text("a")].concat())),
    );
    add(
        "T09",
        deep,
        "nesting-257-maps",
        b.value(nested(255, &[&[0xa1][..], &text("a")].concat())),
    );
    add(
        "T09",
        deep,
        "nesting-17-alternating",
        b.value(nested(8, &[&[0x81, 0xa1][..], &text("a")].concat())),
    );
    add(
        "T09",
        deep,
        "nesting-257-alternating",
        b.value(nested(128, &[&[0x81, 0xa1][..], &text("a")].concat())),
    );
    let no_tag = "Codec.TagNotAllowed";
    for (name, number) in [
        ("tag-date-text", 0),
        ("tag-date-number", 1),
        ("tag-bignum", 2),
        ("tag-negative-bignum", 3),
        ("tag-envelope-inside", 18),
        ("tag-stringref", 25),
        ("tag-shareable", 28),
        ("tag-shared-reference", 29),
        ("tag-stringref-namespace", 256),
        ("tag-self-described", 55_799),
    ] {
        add("T10", no_tag, name, b.value(tag(number, &uint(1))));
    }
    add(
        "T10",
        no_tag,
        "tag-around-a-decimal",
        b.value(tag(55_799, &tag(4, &array(&[nint(1), uint(36)])))),
    );
    add(
        "T10",
        no_tag,
        "tag-in-a-tag",
        b.value(tag(55_799, &tag(2, &bytes(&[36])))),
    );
    let wrong = "Envelope.WrongType";
    let float = "Codec.FloatNotAllowed";
    add("T11", float, "float-half", b.value(vec![0xf9, 0x3c, 0x00]));
    add(
        "T11",
        float,
        "float-single",
        b.value(vec![0xfa, 0x3f, 0x80, 0, 0]),
    );
    add(
        "T11",
        float,
        "float-double",
        b.value(vec![0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a]),
    );
    add(
        "T11",
        float,
        "float-double-integer",
        b.value(vec![0xfb, 0x40, 0, 0, 0, 0, 0, 0, 0]),
    );
    add("T11", float, "float-nan", b.value(vec![0xf9, 0x7e, 0x00]));
    add(
        "T11",
        float,
        "float-nan-payload",
        b.value(vec![0xf9, 0x7e, 0x01]),
    );
    add(
        "T11",
        float,
        "float-nan-signalling",
        b.value(vec![0xfa, 0x7f, 0x80, 0, 1]),
    );
    add(
        "T11",
        float,
        "float-nan-payload-negative",
        b.value(vec![0xfb, 0xff, 0xf8, 0, 0, 0, 0, 0xbe, 0xef]),
    );
    add(
        "T11",
        float,
        "float-negative-zero",
        b.value(vec![0xf9, 0x80, 0x00]),
    );
    add(
        "T11",
        float,
        "float-infinity",
        b.value(vec![0xf9, 0x7c, 0x00]),
    );
    let no_value = "Codec.TypeMismatch";
    add("T12", no_value, "null", b.value(vec![0xf6]));
    add("T12", no_value, "undefined", b.value(vec![0xf7]));
    add("T12", no_value, "simple-0", b.value(vec![0xe0]));
    add("T12", no_value, "simple-255", b.value(vec![0xf8, 0xff]));
    let bad_text = "Codec.BadText";
    for (name, content) in [
        ("text-not-utf8", &[0xff][..]),
        ("text-overlong", &[0xc0, 0xaf]),
        ("text-surrogate", &[0xed, 0xa0, 0x80]),
        ("text-above-10ffff", &[0xf4, 0x90, 0x80, 0x80]),
        ("text-nul", &[0x00]),
        ("text-byte-order-mark", &[0xef, 0xbb, 0xbf]),
    ] {
        add("T13", bad_text, name, b.value(text_of(content)));
    }
    add("T14", bad_text, "text-escape", b.value(text("\u{1b}[2J")));
    add("T14", bad_text, "text-newline", b.value(text("a\nb")));
    add("T14", bad_text, "text-delete", b.value(text("\u{7f}")));
    add("T14", bad_text, "text-c1-control", b.value(text("\u{9b}")));
    add(
        "T14",
        bad_text,
        "text-bidi-override",
        b.value(text("\u{202e}gpj")),
    );
    add(
        "T14",
        bad_text,
        "text-bidi-isolate",
        b.value(text("\u{2066}")),
    );
    add(
        "T14",
        bad_text,
        "map-key-control",
        b.claim(map(&[entry(text("a\u{7}"))])),
    );
    add(
        "T14",
        bad_text,
        "issuer-bidi",
        b.cwt(|c| c.with(1, text("a\u{202e}b"))),
    );
    let bad_id = "Codec.BadIdentifier";
    add(
        "T14",
        bad_id,
        "kind-zero-width",
        b.payload(|p| p.with("kind", text("example.bread\u{200b}.baked"))),
    );
    add(
        "T14",
        bad_id,
        "kind-homoglyph",
        b.payload(|p| p.with("kind", text("ex\u{430}mple.bread.baked"))),
    );
    add(
        "T77",
        bad_id,
        "kind-upper-case",
        b.payload(|p| p.with("kind", text("Example.bread.baked"))),
    );
    add(
        "T14",
        bad_id,
        "kind-empty-label",
        b.payload(|p| p.with("kind", text("example..baked"))),
    );
    add(
        "T14",
        bad_id,
        "kind-of-65-bytes",
        b.payload(|p| p.with("kind", text(&"a".repeat(65)))),
    );
    add(
        "T14",
        bad_id,
        "environment-homoglyph",
        b.cwt(|c| c.with(3, text("pr\u{43e}d"))),
    );
    add(
        "T14",
        bad_id,
        "environment-not-nfc",
        b.cwt(|c| c.with(3, text("pre\u{301}prod"))),
    );
    add(
        "T14",
        bad_id,
        "release-with-space",
        b.cwt(|c| c.with(2, text("jouledb v1"))),
    );
    add(
        "T14",
        bad_id,
        "issuer-empty",
        b.cwt(|c| c.with(1, text(""))),
    );
    add(
        "T14",
        bad_id,
        "issuer-of-129-bytes",
        b.cwt(|c| c.with(1, text(&"a".repeat(129)))),
    );
    let range = "Codec.OutOfRange";
    add(
        "T15",
        range,
        "seq-negative",
        b.payload(|p| p.with("seq", nint(0))),
    );
    add(
        "T15",
        range,
        "integer-below-minus-2-63",
        b.value(nint(1 << 63)),
    );
    add("T15", range, "integer-minus-2-64", b.value(nint(u64::MAX)));
    add(
        "T49",
        range,
        "seq-2-53",
        b.payload(|p| p.with("seq", uint(1 << 53))),
    );
    add(
        "T49",
        range,
        "seq-2-64",
        b.payload(|p| p.with("seq", uint(u64::MAX))),
    );
    add(
        "T89",
        range,
        "iat-year-10000",
        b.cwt(|c| c.with(6, uint(253_402_300_800))),
    );
    add(
        "T89",
        range,
        "iat-before-1970",
        b.cwt(|c| c.with(6, nint(0))),
    );
    add(
        "T89",
        range,
        "iat-2-63",
        b.cwt(|c| c.with(6, uint(1 << 63))),
    );
    add(
        "T89",
        range,
        "iat-i64-max",
        b.cwt(|c| c.with(6, uint((1 << 63) - 1))),
    );
    add(
        "T89",
        range,
        "iat-i64-min",
        b.cwt(|c| c.with(6, nint((1 << 63) - 1))),
    );
    add(
        "T82",
        range,
        "joules-negative",
        b.payload(|p| p.with("joules", nint(0))),
    );
    add(
        "T82",
        range,
        "joules-negative-decimal",
        b.payload(|p| p.with("joules", tag(4, &array(&[nint(0), nint(0)])))),
    );
    add(
        "T82",
        range,
        "joules-nanojoules",
        b.payload(|p| p.with("joules", tag(4, &array(&[nint(8), uint(1)])))),
    );
    add(
        "T81",
        range,
        "joules-above-u64-microjoules",
        b.payload(|p| p.with("joules", uint(18_446_744_073_710))),
    );
    add(
        "T82",
        float,
        "joules-float",
        b.payload(|p| p.with("joules", vec![0xf9, 0x7e, 0x00])),
    );
    add(
        "T15",
        range,
        "decimal-exponent-below-minus-64",
        b.value(tag(4, &array(&[nint(64), uint(1)]))),
    );
    add(
        "T15",
        range,
        "decimal-exponent-positive",
        b.value(tag(4, &array(&[uint(1), uint(1)]))),
    );
    add(
        "T03",
        long,
        "decimal-exponent-zero",
        b.value(tag(4, &array(&[uint(0), uint(1)]))),
    );
    add(
        "T03",
        long,
        "decimal-multiple-of-ten",
        b.value(tag(4, &array(&[nint(1), uint(360)]))),
    );
    add(
        "T03",
        long,
        "decimal-zero",
        b.value(tag(4, &array(&[nint(0), uint(0)]))),
    );
    let schema = "Codec.Schema";
    add(
        "T16",
        schema,
        "decimal-of-three",
        b.value(tag(4, &array(&[nint(0), uint(1), uint(1)]))),
    );
    add(
        "T16",
        schema,
        "map-key-integer",
        b.claim(map(&[entry(uint(1))])),
    );
    add("T16", schema, "claim-array", b.claim(array(&[uint(1)])));
    add(
        "T16",
        schema,
        "payload-array",
        b.payload_bytes(array(&[uint(1)])),
    );
    for key in ["v", "kind", "seq", "claim", "cite", "joules", "meter"] {
        let name = match key {
            "v" => "payload-without-v",
            "kind" => "payload-without-kind",
            "seq" => "payload-without-seq",
            "claim" => "payload-without-claim",
            "cite" => "payload-without-cite",
            "joules" => "meter-without-joules",
            _ => "joules-without-meter",
        };
        add("T16", schema, name, b.payload(|p| p.without(&key)));
    }
    add(
        "T16",
        schema,
        "payload-unknown-key",
        b.payload(|p| p.with("extra", uint(1))),
    );
    add(
        "T16",
        schema,
        "seq-text",
        b.payload(|p| p.with("seq", text("0"))),
    );
    add(
        "T16",
        schema,
        "run-of-15-bytes",
        b.payload(|p| p.with("run", bytes(&[7; 15]))),
    );
    add(
        "T16",
        schema,
        "cite-of-33",
        b.payload(|p| p.with("cite", array(&vec![text("a"); 33]))),
    );
    add(
        "T16",
        schema,
        "subject-empty",
        b.payload(|p| p.with("subject", array(&[]))),
    );
    add(
        "T16",
        schema,
        "evidence-empty",
        b.payload(|p| p.with("evidence", array(&[]))),
    );
    add(
        "T16",
        schema,
        "refs-empty",
        b.payload(|p| p.with("refs", array(&[]))),
    );
    add(
        "T16",
        schema,
        "refs-unknown-rel",
        b.payload(|p| {
            p.with(
                "refs",
                array(&[sorted(&[
                    ("rel", text("parent")),
                    ("link", bytes(&[1; 32])),
                ])]),
            )
        }),
    );
    let reference = |entries: &[(&str, Vec<u8>)]| {
        let refs = array(&[sorted(entries)]);
        b.payload(|p| p.with("refs", refs))
    };
    add(
        "T16",
        schema,
        "refs-unknown-key",
        reference(&[
            ("rel", text("part")),
            ("link", bytes(&[1; 32])),
            ("note", text("x")),
        ]),
    );
    add(
        "T16",
        schema,
        "refs-without-link",
        reference(&[("rel", text("part"))]),
    );
    add(
        "T16",
        schema,
        "refs-without-rel",
        reference(&[("link", bytes(&[1; 32]))]),
    );
    add(
        "T16",
        schema,
        "refs-link-of-31-bytes",
        reference(&[("rel", text("part")), ("link", bytes(&[1; 31]))]),
    );
    let digest = |text_form: &str| array(&[text(text_form)]);
    let hex = "4f".repeat(32);
    add(
        "T52",
        schema,
        "subject-upper-case",
        b.payload(|p| p.with("subject", digest(&format!("sha256:{}", hex.to_uppercase())))),
    );
    add(
        "T52",
        schema,
        "subject-sha512",
        b.payload(|p| p.with("subject", digest(&format!("sha512:{hex}{hex}")))),
    );
    add(
        "T52",
        schema,
        "subject-of-63-digits",
        b.payload(|p| p.with("subject", digest(&format!("sha256:{}", &hex[1..])))),
    );
    add(
        "T52",
        schema,
        "subject-blake3-of-20-bytes",
        b.payload(|p| p.with("subject", digest(&format!("blake3:{}", &hex[..40])))),
    );
    let evidence = |form: &str, more: &[(&'static str, Vec<u8>)]| {
        let whole = [
            ("role", text("recipe")),
            ("digest", text(form)),
            ("size", uint(5)),
        ];
        let mut entries = Entries(whole.to_vec());
        for (key, value) in more {
            entries = entries.with(key, value.clone());
        }
        b.payload(|p| p.with("evidence", array(&[entries.encode()])))
    };
    for (name, form) in [
        ("evidence-sha512", format!("sha512:{hex}{hex}")),
        (
            "evidence-sha256-of-20-bytes",
            format!("sha256:{}", &hex[..40]),
        ),
        ("evidence-without-an-algorithm", hex.clone()),
    ] {
        add("T52", schema, name, evidence(&form, &[]));
    }
    let form = format!("sha256:{hex}");
    add(
        "T16",
        schema,
        "evidence-unknown-key",
        evidence(&form, &[("note", text("x"))]),
    );
    add(
        "T15",
        range,
        "evidence-size-negative",
        evidence(&form, &[("size", nint(0))]),
    );
    let meter = |entries: &[(&str, Vec<u8>)]| {
        let meter = sorted(entries);
        b.payload(|p| p.with("meter", meter))
    };
    add(
        "T83",
        schema,
        "meter-measured-without-id",
        meter(&[("source", text("measured")), ("method", text("rapl"))]),
    );
    add(
        "T83",
        schema,
        "meter-unknown-source",
        meter(&[("source", text("guessed")), ("method", text("rapl"))]),
    );
    add(
        "T83",
        schema,
        "meter-lo-without-hi",
        meter(&[
            ("source", text("declared")),
            ("method", text("m")),
            ("lo", uint(0)),
        ]),
    );
    add(
        "T83",
        schema,
        "meter-figure-above-hi",
        meter(&[
            ("source", text("declared")),
            ("method", text("m")),
            ("lo", uint(0)),
            ("hi", uint(0)),
        ]),
    );
    add(
        "T16",
        schema,
        "header-unknown-label",
        b.header(|h| h.with(5, bytes(&[0]))),
    );
    add(
        "T27",
        schema,
        "header-394",
        b.header(|h| h.with(394, array(&[bytes(&[0])]))),
    );
    add("T23", schema, "kid-missing", b.header(|h| h.without(&4)));
    add(
        "T23",
        schema,
        "kid-of-31-bytes",
        b.header(|h| h.with(4, bytes(&[1; 31]))),
    );
    add(
        "T23",
        schema,
        "kid-of-33-bytes",
        b.header(|h| h.with(4, bytes(&[1; 33]))),
    );
    // About as long as a header can hold: of a longer header nothing is read.
    add(
        "T23",
        schema,
        "kid-of-3500-bytes",
        b.header(|h| h.with(4, bytes(&[1; 3500]))),
    );
    add(
        "T23",
        schema,
        "kid-text",
        b.header(|h| h.with(4, text("../../etc/passwd"))),
    );
    for (name, label) in [
        ("issuer-missing", 1),
        ("release-missing", 2),
        ("environment-missing", 3),
        ("iat-missing", 6),
    ] {
        add("T16", schema, name, b.cwt(|c| c.without(&label)));
    }
    add(
        "T16",
        schema,
        "cwt-claims-missing",
        b.header(|h| h.without(&15)),
    );
    add(
        "T16",
        schema,
        "cwt-unknown-claim",
        b.cwt(|c| c.with(4, uint(1))),
    );
    add(
        "T17",
        "Codec.TooManyItems",
        "items-65537",
        b.value(array(&vec![uint(0); 65_500])),
    );
    add(
        "T18",
        "Codec.TooLarge",
        "text-of-65537-bytes",
        b.value(text(&"a".repeat(65_537))),
    );
    add(
        "T18",
        "Codec.TooLarge",
        "protected-of-4097-bytes",
        b.envelope(|p| p.protected_item = Some(bytes(&[0; 4097]))),
    );
    let version = "Codec.Version";
    add(
        "T19",
        version,
        "version-0",
        b.payload(|p| p.with("v", uint(0))),
    );
    add(
        "T19",
        version,
        "version-2",
        b.payload(|p| p.with("v", uint(2))),
    );
    add(
        "T19",
        version,
        "version-2-32",
        b.payload(|p| p.with("v", uint(1 << 32))),
    );
    let signature = "Envelope.BadSignature";
    for (name, at) in [
        ("bit-in-issuer", 90),
        ("bit-in-signature", valid.len() - 10),
    ] {
        let mut flipped = valid.clone();
        flipped[at] ^= 1;
        add("T21", signature, name, flipped);
    }
    let algorithm = "Envelope.Algorithm";
    add("T22", algorithm, "alg-missing", b.header(|h| h.without(&1)));
    add("T22", algorithm, "alg-0", b.header(|h| h.with(1, uint(0))));
    add(
        "T22",
        algorithm,
        "alg-es256",
        b.header(|h| h.with(1, nint(6))),
    );
    add(
        "T22",
        algorithm,
        "alg-text-none",
        b.header(|h| h.with(1, text("none"))),
    );
    let critical = "Envelope.Critical";
    add(
        "T25",
        critical,
        "crit-unknown",
        b.header(|h| h.with(2, array(&[uint(99)]))),
    );
    add(
        "T25",
        critical,
        "crit-empty",
        b.header(|h| h.with(2, array(&[]))),
    );
    add(
        "T25",
        critical,
        "crit-twice-the-same",
        b.header(|h| h.with(2, array(&[uint(1), uint(1)]))),
    );
    let unprotected = "Envelope.Unprotected";
    for (name, label, value) in [
        ("unprotected-alg", 1, nint(7)),
        ("unprotected-kid", 4, bytes(&[1; 32])),
        ("unprotected-x5chain", 33, bytes(&[0x30])),
        ("unprotected-394-empty", 394, array(&[])),
        ("unprotected-394-bytes", 394, bytes(&[0])),
        ("unprotected-394-of-integers", 394, array(&[uint(1)])),
    ] {
        let threat = if label == 1 || label == 4 {
            "T27"
        } else {
            "T26"
        };
        add(
            threat,
            unprotected,
            name,
            b.envelope(|p| p.unprotected = map(&[(uint(label), value)])),
        );
    }
    add(
        "T26",
        unprotected,
        "unprotected-jwk",
        b.envelope(|p| p.unprotected = map(&[(text("jwk"), text("{}"))])),
    );
    add(
        "T26",
        unprotected,
        "unprotected-cose-key",
        b.envelope(|p| p.unprotected = map(&[(nint(24), map(&[(uint(1), uint(1))]))])),
    );
    add(
        "T26",
        unprotected,
        "unprotected-array",
        b.envelope(|p| p.unprotected = array(&[])),
    );
    // Judged behind the shape, which every reader goes over first.
    let short = |item: Vec<u8>| {
        b.envelope(|p| {
            p.unprotected = item;
            p.signature_item = Some(bytes(&[1; 63]));
        })
    };
    let (half, nil) = (vec![0xf9, 0x3c, 0x00], vec![0xf6]);
    for (name, item) in [
        ("signature-of-63-unprotected-integer", uint(0)),
        (
            "signature-of-63-unprotected-alg",
            map(&[(uint(1), nint(7))]),
        ),
        (
            "signature-of-63-unprotected-text",
            map(&[(text("jwk"), text("{}"))]),
        ),
        (
            "signature-of-63-unprotected-394-empty",
            map(&[(uint(394), array(&[]))]),
        ),
        (
            "signature-of-63-unprotected-394-of-66000-bytes",
            map(&[(uint(394), array(&[bytes(&[0; 66_000])]))]),
        ),
    ] {
        add("T33", "Envelope.BadSignature", name, short(item));
    }
    add(
        "T30",
        "Envelope.Payload",
        "payload-nil-unprotected-394-empty",
        b.envelope(|p| {
            p.unprotected = map(&[(uint(394), array(&[]))]);
            p.payload_item = Some(vec![0xf6]);
        }),
    );
    // What cannot be read over is refused where it stands; where the input ends, more of it would say more.
    for (name, item) in [
        (
            "signature-of-63-unprotected-394-of-floats",
            map(&[(uint(394), array(core::slice::from_ref(&half)))]),
        ),
        (
            "signature-of-63-unprotected-394-null",
            map(&[(uint(394), nil.clone())]),
        ),
        (
            "signature-of-63-unprotected-394-indefinite",
            map(&[(uint(394), vec![0x9f, 0xff])]),
        ),
        (
            "signature-of-63-unprotected-alg-float",
            map(&[(uint(1), half.clone())]),
        ),
        (
            "signature-of-63-unprotected-label-bytes",
            map(&[(bytes(&[1]), uint(0))]),
        ),
    ] {
        add("T26", unprotected, name, short(item));
    }
    let ends_in = |item: Vec<u8>| {
        b.envelope(|p| {
            p.unprotected = item;
            p.payload_item = Some(vec![]);
            p.signature_item = Some(vec![]);
        })
    };
    add(
        "T01",
        "Codec.Truncated",
        "prefix-in-unprotected-394",
        ends_in(map(&[(uint(394), [head(4, 1), head(2, 32)].concat())])),
    );
    for (name, item) in [
        ("prefix-in-unprotected-alg", map(&[(uint(1), head(2, 32))])),
        ("prefix-in-unprotected-text", head(3, 32)),
    ] {
        add("T26", unprotected, name, ends_in(item));
    }
    // What is wrong with a label keeps its own code.
    let one = map(&[(uint(1), uint(0))]);
    for (name, code, item) in [
        (
            "unprotected-label-in-two-bytes",
            "Codec.NonDeterministic",
            [&[0xa1, 0x18, 0x01], &one[2..]].concat(),
        ),
        (
            "unprotected-label-float",
            "Codec.FloatNotAllowed",
            map(&[(half.clone(), uint(0))]),
        ),
        (
            "unprotected-label-control",
            "Codec.BadText",
            map(&[(text("\u{7}"), uint(0))]),
        ),
        (
            "unprotected-labels-swapped",
            "Codec.KeyOrder",
            map(&[(uint(394), array(&[bytes(&[0])])), (uint(1), uint(0))]),
        ),
        (
            "unprotected-394-twice",
            "Codec.DuplicateKey",
            map(&[
                (uint(394), array(&[bytes(&[0])])),
                (uint(394), array(&[bytes(&[0])])),
            ]),
        ),
        (
            "unprotected-alg-twice",
            "Codec.DuplicateKey",
            map(&[(uint(1), uint(0)), (uint(1), uint(0))]),
        ),
        (
            "unprotected-indefinite",
            "Codec.Indefinite",
            vec![0xbf, 0xff],
        ),
        ("unprotected-null", "Codec.TypeMismatch", nil.clone()),
        ("unprotected-float", "Codec.FloatNotAllowed", half.clone()),
    ] {
        add("T26", code, name, b.envelope(|p| p.unprotected = item));
    }
    // So does what stands in the place of the array, a float anywhere, and in the header what no item may be.
    for (name, code, front) in [
        (
            "array-null",
            "Codec.TypeMismatch",
            [&[0xd2], &*nil].concat(),
        ),
        ("array-float", float, [&[0xd2], &*half].concat()),
    ] {
        add("T29", code, name, b.envelope(|p| p.front = front));
    }
    add(
        "T28",
        float,
        "protected-float",
        b.envelope(|p| p.protected_item = Some(half.clone())),
    );
    add(
        "T28",
        "Envelope.Protected",
        "protected-null",
        b.envelope(|p| p.protected_item = Some(nil.clone())),
    );
    add(
        "T30",
        float,
        "payload-float",
        b.envelope(|p| p.payload_item = Some(half.clone())),
    );
    add(
        "T33",
        "Envelope.BadSignature",
        "signature-nil",
        b.envelope(|p| p.signature_item = Some(nil.clone())),
    );
    for (name, code, value) in [
        ("header-crit-float", float, half.clone()),
        ("header-crit-null", "Codec.TypeMismatch", nil.clone()),
        ("header-crit-tag", no_tag, tag(1, &uint(0))),
    ] {
        add("T25", code, name, b.header(|h| h.with(2, value)));
    }
    add("T16", "Codec.Schema", "header-text-label", {
        let mut entries: Vec<_> = b
            .header
            .0
            .iter()
            .map(|(k, v)| (uint(*k), v.clone()))
            .collect();
        entries.push((text("jwk"), uint(0)));
        b.header_bytes(map(&entries))
    });
    let protected = "Envelope.Protected";
    add(
        "T28",
        protected,
        "protected-map",
        b.envelope(|p| p.protected_item = Some(p.header.clone())),
    );
    add(
        "T28",
        protected,
        "protected-trailing-byte",
        b.header_bytes([b.header.encode(), uint(0)].concat()),
    );
    add(
        "T28",
        protected,
        "protected-cut-short",
        b.header_bytes(b.header.encode()[..40].to_vec()),
    );
    add(
        "T28",
        protected,
        "protected-zero-length",
        b.header_bytes(vec![]),
    );
    add(
        "T28",
        protected,
        "protected-empty-map",
        b.header_bytes(vec![0xa0]),
    );
    add(
        "T28",
        protected,
        "protected-array",
        b.header_bytes(array(&[uint(1)])),
    );
    add(
        "T28",
        protected,
        "protected-length-in-two-bytes",
        b.header_bytes([&[0xb8, 0x05], &b.header.encode()[1..]].concat()),
    );
    add("T28", protected, "protected-labels-swapped", {
        let mut entries: Vec<_> = b
            .header
            .0
            .iter()
            .map(|(k, v)| (uint(*k), v.clone()))
            .collect();
        entries.swap(0, 1);
        b.header_bytes(map(&entries))
    });
    add("T28", protected, "protected-label-twice", {
        let mut entries: Vec<_> = b
            .header
            .0
            .iter()
            .map(|(k, v)| (uint(*k), v.clone()))
            .collect();
        entries.insert(1, entries[0].clone());
        b.header_bytes(map(&entries))
    });
    add(
        "T29",
        wrong,
        "tag-cose-sign",
        b.envelope(|p| p.front = vec![0xd8, 98, 0x84]),
    );
    add(
        "T29",
        wrong,
        "tag-cose-mac0",
        b.envelope(|p| p.front = vec![0xd1, 0x84]),
    );
    add(
        "T29",
        wrong,
        "tag-cose-encrypt0",
        b.envelope(|p| p.front = vec![0xd0, 0x84]),
    );
    add(
        "T29",
        wrong,
        "untagged",
        b.envelope(|p| p.front = vec![0x84]),
    );
    add(
        "T29",
        wrong,
        "tagged-twice",
        b.envelope(|p| p.front = vec![0xd2, 0xd2, 0x84]),
    );
    add(
        "T29",
        wrong,
        "self-described",
        b.envelope(|p| p.front = vec![0xd9, 0xd9, 0xf7, 0xd2, 0x84]),
    );
    add(
        "T29",
        wrong,
        "array-of-five",
        b.envelope(|p| {
            p.front = vec![0xd2, 0x85];
            p.back = uint(0);
        }),
    );
    add(
        "T29",
        wrong,
        "array-of-three",
        b.envelope(|p| {
            p.front = vec![0xd2, 0x83];
            p.signature_item = Some(vec![]);
        }),
    );
    add("T29", wrong, "text-instead", text("receipt"));
    let payload = "Envelope.Payload";
    add(
        "T30",
        payload,
        "payload-nil",
        b.envelope(|p| p.payload_item = Some(vec![0xf6])),
    );
    add(
        "T30",
        payload,
        "payload-map",
        b.envelope(|p| p.payload_item = Some(p.payload.clone())),
    );
    add(
        "T30",
        payload,
        "payload-text",
        b.envelope(|p| p.payload_item = Some(text("payload"))),
    );
    // The receipt is whole; its payload is not.
    let cut = |length: usize| {
        let mut bytes = b.payload.encode();
        bytes.truncate(bytes.len() - length);
        b.payload_bytes(bytes)
    };
    add("T30", payload, "payload-all-but-one-byte", cut(1));
    add(
        "T30",
        payload,
        "payload-half",
        cut(b.payload.encode().len() / 2),
    );
    add("T30", payload, "payload-empty", b.payload_bytes(vec![]));
    add(
        "T31",
        signature,
        "context-signature",
        b.envelope(|p| p.context = "Signature"),
    );
    add(
        "T31",
        signature,
        "context-countersignature",
        b.envelope(|p| p.context = "CounterSignature"),
    );
    add(
        "T31",
        signature,
        "external-aad",
        b.envelope(|p| p.external_aad = vec![0x01]),
    );
    let kind = "Envelope.Type";
    add(
        "T32",
        kind,
        "content-type-missing",
        b.header(|h| h.without(&3)),
    );
    add(
        "T32",
        kind,
        "content-type-other-case",
        b.header(|h| h.with(3, text("application/vnd.JWP.receipt+cbor"))),
    );
    add(
        "T32",
        kind,
        "content-type-with-parameter",
        b.header(|h| h.with(3, text("application/vnd.jwp.receipt+cbor; v=1"))),
    );
    add(
        "T32",
        kind,
        "content-type-number",
        b.header(|h| h.with(3, uint(60))),
    );
    add(
        "T32",
        kind,
        "content-type-of-another-version",
        b.header(|h| h.with(3, text("application/vnd.jwp.receipt.v2+cbor"))),
    );
    add("T32", kind, "typ-missing", b.header(|h| h.without(&16)));
    for (name, typ) in [
        ("typ-other-case", "application/vnd.jwp.Receipt+cose"),
        (
            "typ-with-parameter",
            "application/vnd.jwp.receipt+cose; v=1",
        ),
        (
            "typ-of-another-version",
            "application/vnd.jwp.receipt.v2+cose",
        ),
    ] {
        add("T32", kind, name, b.header(|h| h.with(16, text(typ))));
    }
    add(
        "T38",
        kind,
        "typ-of-another-protocol",
        b.header(|h| h.with(16, text("application/cose"))),
    );
    for (name, size) in [
        ("signature-empty", 0),
        ("signature-of-63", 63),
        ("signature-of-65", 65),
        ("signature-of-128", 128),
    ] {
        add(
            "T33",
            signature,
            name,
            b.envelope(|p| p.signature_item = Some(bytes(&vec![1; size]))),
        );
    }
    add(
        "T33",
        signature,
        "signature-zero",
        b.envelope(|p| p.signature_item = Some(bytes(&[0; 64]))),
    );
    add(
        "T33",
        signature,
        "signature-text",
        b.envelope(|p| p.signature_item = Some(text("signed"))),
    );
    add(
        "T33",
        signature,
        "signature-der",
        b.envelope(|p| {
            let signed = b.key.sign(&p.signed_bytes()).expect("a signature");
            // SEQUENCE { INTEGER r, INTEGER s }, as ECDSA signatures come.
            let integer = |half: &[u8]| [&[0x02, 0x21, 0x00][..], half].concat();
            let both = [integer(&signed[..32]), integer(&signed[32..])].concat();
            p.signature_item = Some(bytes(&[&[0x30, 0x46][..], &both].concat()));
        }),
    );
    add(
        "T33",
        signature,
        "signature-s-plus-l",
        b.envelope(|p| {
            let mut malleated = b.key.sign(&p.signed_bytes()).expect("a signature");
            add_group_order(&mut malleated[32..]);
            p.signature_item = Some(bytes(&malleated));
        }),
    );
    add(
        "T34",
        signature,
        "signature-r-small-order",
        b.envelope(|p| {
            let mut signed = b.key.sign(&p.signed_bytes()).expect("a signature");
            signed[..32].fill(0);
            signed[0] = 1;
            p.signature_item = Some(bytes(&signed));
        }),
    );
    add(
        "T37",
        long,
        "signed-but-not-deterministic",
        b.payload_bytes({
            let payload = b.payload.encode();
            [&[0xb8, payload[0] & 0x1f], &payload[1..]].concat()
        }),
    );
    add(
        "T38",
        signature,
        "signature-over-the-payload-alone",
        b.envelope(|p| {
            let signed = b.key.sign(&p.payload).expect("a signature");
            p.signature_item = Some(bytes(&signed));
        }),
    );
    add(
        "T38",
        signature,
        "signature-over-dsse-pae",
        b.envelope(|p| {
            let kind = "application/vnd.jwp.receipt+cbor";
            let pae = format!("DSSEv1 {} {kind} {} ", kind.len(), p.payload.len());
            let signed = b
                .key
                .sign(&[pae.as_bytes(), &p.payload].concat())
                .expect("a signature");
            p.signature_item = Some(bytes(&signed));
        }),
    );
    for (name, signed) in [
        ("signature-over-sshsig", sshsig(&b.payload.encode())),
        ("signature-over-git-tag", git_tag(&b.payload.encode())),
        ("signature-over-tuf", tuf(&b.payload.encode())),
    ] {
        add(
            "T38",
            signature,
            name,
            b.envelope(|p| {
                let signature = b.key.sign(&signed).expect("a signature");
                p.signature_item = Some(bytes(&signature));
            }),
        );
    }
    let genesis = "Chain.Genesis";
    let prev = bytes(&[1; 32]);
    add(
        "T50",
        genesis,
        "seq-0-with-prev",
        b.payload(|p| p.with("prev", prev.clone())),
    );
    add(
        "T50",
        genesis,
        "seq-0-without-run",
        b.payload(|p| p.without(&"run")),
    );
    add(
        "T50",
        genesis,
        "seq-1-without-prev",
        b.payload(|p| p.with("seq", uint(1)).without(&"run")),
    );
    add(
        "T50",
        genesis,
        "seq-1-with-run",
        b.payload(|p| p.with("seq", uint(1)).with("prev", prev.clone())),
    );
    add(
        "T50",
        genesis,
        "seq-1-with-after",
        b.payload(|p| {
            p.with("seq", uint(1))
                .with("prev", prev.clone())
                .with("after", prev.clone())
                .without(&"run")
        }),
    );
    // Several faults at once: the first in the order of the bytes, then what the fields are to each other.
    let two = |name: &'static str, key: &'static str, value: Vec<u8>| {
        let payload = b.payload(|p| p.with("prev", prev.clone()).with(key, value));
        (name, payload)
    };
    let no_meter = b.payload(|p| p.with("prev", prev.clone()).without(&"meter"));
    let no_claim = b.payload(|p| p.with("prev", prev.clone()).without(&"claim"));
    let behind = {
        let payload = b.payload.with("prev", prev.clone()).encode();
        b.payload_bytes([payload, uint(0)].concat())
    };
    add("T50", genesis, "seq-0-with-prev-without-meter", no_meter);
    add("T50", genesis, "seq-0-with-prev-trailing-byte", behind);
    add("T16", schema, "seq-0-with-prev-without-claim", no_claim);
    for (code, (name, bytes)) in [
        (schema, two("seq-0-with-prev-unknown-key", "zz", uint(1))),
        (float, two("seq-0-with-prev-float", "joules", half.clone())),
        (
            range,
            two("seq-0-with-prev-joules-negative", "joules", nint(0)),
        ),
    ] {
        add("T16", code, name, bytes);
    }
    add(
        "T16",
        version,
        "version-2-then-float",
        b.payload(|p| p.with("v", uint(2)).with("joules", half.clone())),
    );
    add(
        "T16",
        schema,
        "seq-text-then-float",
        b.payload(|p| p.with("seq", text("0")).with("joules", half.clone())),
    );
    add(
        "T16",
        bad_id,
        "issuer-empty-release-missing",
        b.cwt(|c| c.with(1, text("")).without(&2)),
    );
    add(
        "T16",
        schema,
        "issuer-number-release-empty",
        b.cwt(|c| c.with(1, uint(1)).with(2, text(""))),
    );
    // Lengths are judged before their bytes are there.
    add(
        "T18",
        "Codec.TooLarge",
        "text-of-65537-bytes-that-are-not-there",
        b.value(head(3, 65_537)),
    );
    add(
        "T18",
        "Codec.TooLarge",
        "text-of-2-20-bytes-that-are-not-there",
        b.value(head(3, 1 << 20)),
    );
    for (name, major) in [
        ("bytes-of-2-20-plus-1", 2),
        ("text-of-2-20-plus-1", 3),
        ("array-of-2-20-plus-1", 4),
        ("map-of-2-20-plus-1", 5),
    ] {
        add("T08", beyond, name, b.value(head(major, (1 << 20) + 1)));
    }
    for (name, major) in [
        ("bytes-of-2-20-that-are-not-there", 2),
        ("array-of-2-20-that-is-not-there", 4),
    ] {
        add("T30", payload, name, b.value(head(major, 1 << 20)));
    }
    let declared = [("source", text("declared")), ("method", text("m"))];
    let starts = [&declared[..], &[("start_ms", uint(253_402_300_800_000))]].concat();
    add(
        "T89",
        range,
        "meter-starts-in-the-year-10000",
        meter(&starts),
    );
    let (role, size) = (("role", text("r")), ("size", uint(1)));
    let digest = ("digest", text(&format!("sha256:{hex}")));
    let exits = |code: Vec<u8>| {
        let piece = sorted(&[
            role.clone(),
            size.clone(),
            digest.clone(),
            ("exit_code", code),
        ]);
        b.payload(|p| p.with("evidence", array(&[piece])))
    };
    add(
        "T15",
        range,
        "evidence-exit-code-2-63",
        exits(uint(1 << 63)),
    );
    cases
}

/// What `ssh-keygen -Y sign` signs (PROTOCOL.sshsig): magic, namespace, nothing, hash algorithm, hash.
fn sshsig(message: &[u8]) -> Vec<u8> {
    let string = |content: &[u8]| {
        let length = u32::try_from(content.len()).expect("a length");
        [&length.to_be_bytes()[..], content].concat()
    };
    let hash = Digest::sha256(message);
    [
        b"SSHSIG".to_vec(),
        string(b"file"),
        string(b""),
        string(b"sha256"),
        string(hash.as_bytes()),
    ]
    .concat()
}

/// A tag object of Git, whose message is the payload in hex.
fn git_tag(message: &[u8]) -> Vec<u8> {
    let mut tag = format!("object {}\ntype commit\ntag v1\n", "4f".repeat(20));
    tag.push_str("tagger Builder <builder@example> 1778112000 +0000\n\n");
    for byte in message {
        write!(tag, "{byte:02x}").expect("memory");
    }
    tag.push('\n');
    tag.into_bytes()
}

/// The signed part of TUF's targets, in canonical JSON, with the payload as its target.
fn tuf(message: &[u8]) -> Vec<u8> {
    let hash = Digest::sha256(message).to_string();
    let (name, hex) = hash.split_once(':').expect("two parts");
    format!(
        "{{\"_type\":\"targets\",\"expires\":\"2027-01-01T00:00:00Z\",\"spec_version\":\"1.0.31\",\
         \"targets\":{{\"payload\":{{\"hashes\":{{\"{name}\":\"{hex}\"}},\"length\":{}}}}},\"version\":1}}",
        message.len()
    )
    .into_bytes()
}

/// Adds L = 2^252 + 27742317777372353535851937790883648493 to a little-endian scalar.
fn add_group_order(scalar: &mut [u8]) {
    let mut order = [0u8; 32];
    order[..16]
        .copy_from_slice(&(27_742_317_777_372_353_535_851_937_790_883_648_493u128).to_le_bytes());
    order[31] = 0x10;
    let mut carry = 0u16;
    for (byte, add) in scalar.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../spec/vectors/negative"
    ))
}

#[test]
fn the_base_receipt_is_accepted() {
    let base = Base::new();
    base.verdict(&base.valid()).unwrap();
    let start = [
        ("source", text("declared")),
        ("method", text("m")),
        ("start_ms", uint(253_402_300_799_999)),
    ];
    base.verdict(&base.payload(|p| p.with("meter", sorted(&start))))
        .unwrap();
    // Sixteen open, nanojoules aside: the limits themselves pass.
    base.verdict(&base.value(nested(14, &[0x81]))).unwrap();
    base.verdict(&base.value(text(&"a".repeat(65_536))))
        .unwrap();
    base.verdict(&base.header(|h| h.with(1, nint(18)))).unwrap();
    let proof =
        |p: &mut Parts| p.unprotected = map(&[(uint(394), array(&[bytes(&[1]), bytes(&[])]))]);
    let with_proof = base.envelope(proof);
    base.verdict(&with_proof).unwrap();
    let receipt = UnverifiedReceipt::parse(&with_proof).unwrap();
    assert_eq!(receipt.proofs().collect::<Vec<_>>(), [&[1u8][..], &[]]);
    assert_eq!(
        receipt.link(),
        UnverifiedReceipt::parse(&base.valid()).unwrap().link()
    );
}

#[test]
fn every_negative_is_refused_with_its_code() {
    let base = Base::new();
    let mut names = BTreeSet::new();
    for case in cases(&base) {
        let error = base.verdict(&case.bytes).expect_err(case.name);
        assert_eq!(error.code(), case.code, "{}: {error}", case.name);
        assert!(names.insert(case.name), "{} stands twice", case.name);
    }
}

#[test]
fn a_receipt_of_more_than_a_mebibyte_is_too_large() {
    let base = Base::new();
    let large = base.value(array(&vec![text(&"a".repeat(60_000)); 18]));
    assert!(large.len() > 1 << 20);
    assert_eq!(base.verdict(&large).unwrap_err().code(), "Codec.TooLarge");
    let sequence = UnverifiedReceipt::parse_first(&large).unwrap_err();
    assert_eq!(sequence.code(), "Codec.TooLarge");
}

/// What a person reads: what was found, what was expected, and where. A changed word is seen in review.
#[test]
fn every_negative_is_refused_in_these_words() {
    let base = Base::new();
    let mut messages = String::from("# name\tmessage\n");
    for case in cases(&base) {
        let error = base.verdict(&case.bytes).expect_err(case.name);
        writeln!(messages, "{}\t{error}", case.name).unwrap();
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/messages.tsv");
    if std::env::var_os("JWP_BLESS").is_some() {
        fs::write(&file, &messages).unwrap();
    }
    assert_eq!(fs::read_to_string(file).unwrap(), messages);
}

#[test]
fn the_checked_in_negatives_are_these() {
    let base = Base::new();
    let mut index = String::from("# name\tthreat\tcode\toffset\n");
    let bless = std::env::var_os("JWP_BLESS").is_some();
    if bless {
        fs::create_dir_all(folder()).unwrap();
        fs::write(folder().join("../valid.cbor"), base.valid()).unwrap();
        fs::write(
            folder().join("../valid.pub.pem"),
            base.key.verifying_key().to_pem(),
        )
        .unwrap();
    }
    let pem = fs::read_to_string(folder().join("../valid.pub.pem")).unwrap();
    assert_eq!(pem, base.key.verifying_key().to_pem());
    assert_eq!(
        fs::read(folder().join("../valid.cbor")).unwrap(),
        base.valid()
    );
    let mut expected = BTreeSet::from(["index.tsv".to_owned()]);
    for case in cases(&base) {
        let error = base.verdict(&case.bytes).expect_err(case.name);
        let offset = error
            .offset()
            .map_or("-".to_owned(), |offset| offset.to_string());
        writeln!(
            index,
            "{}\t{}\t{}\t{offset}",
            case.name, case.threat, case.code
        )
        .unwrap();
        let file = folder().join(format!("{}.cbor", case.name));
        if bless {
            fs::write(&file, &case.bytes).unwrap();
        }
        assert!(
            fs::read(&file).unwrap() == case.bytes,
            "{} differs",
            case.name
        );
        expected.insert(format!("{}.cbor", case.name));
    }
    if bless {
        fs::write(folder().join("index.tsv"), &index).unwrap();
    }
    assert_eq!(
        fs::read_to_string(folder().join("index.tsv")).unwrap(),
        index
    );
    let found = fs::read_dir(folder()).unwrap();
    let found: BTreeSet<_> = found
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, expected, "a file that no case builds");
}
