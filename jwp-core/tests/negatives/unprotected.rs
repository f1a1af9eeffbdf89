//! An unprotected header with anything but proofs, and what is judged before it.

use super::{
    base::{Add, Base},
    lax::{array, bytes, head, map, nint, text, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
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
}
