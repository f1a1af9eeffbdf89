//! A payload of another version, or whose members are missing, unknown, or of another shape.

use super::{
    base::{Add, Base},
    lax::{Entries, array, bytes, map, nint, sorted, tag, text, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let entry = |key: Vec<u8>| (key, uint(1));
    let range = "Codec.OutOfRange";
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
}
