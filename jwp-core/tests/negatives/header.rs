//! A protected header with other labels, values, or bytes than the one form has.

use super::{
    base::{Add, Base},
    lax::{array, bytes, map, nint, tag, text, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let no_tag = "Codec.TagNotAllowed";
    let float = "Codec.FloatNotAllowed";
    let schema = "Codec.Schema";
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
    let protected = "Envelope.Protected";
    let (half, nil) = (vec![0xf9, 0x3c, 0x00], vec![0xf6]);
    // A float keeps its own code in the place of the header, and in the header all that may stand nowhere.
    add(
        "T28",
        float,
        "protected-float",
        b.envelope(|p| p.protected_item = Some(half.clone())),
    );
    add(
        "T28",
        protected,
        "protected-null",
        b.envelope(|p| p.protected_item = Some(nil.clone())),
    );
    for (name, code, value) in [
        ("header-crit-float", float, half.clone()),
        ("header-crit-null", "Codec.TypeMismatch", nil.clone()),
        ("header-crit-tag", no_tag, tag(1, &uint(0))),
    ] {
        add("T25", code, name, b.header(|h| h.with(2, value)));
    }
    add("T16", schema, "header-text-label", {
        let mut entries: Vec<_> = b
            .header
            .0
            .iter()
            .map(|(k, v)| (uint(*k), v.clone()))
            .collect();
        entries.push((text("jwk"), uint(0)));
        b.header_bytes(map(&entries))
    });
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
}
