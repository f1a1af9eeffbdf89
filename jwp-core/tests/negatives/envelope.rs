//! Another array than that of COSE_Sign1, and a payload that is not there.

use super::{
    base::{Add, Base},
    lax::{text, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let wrong = "Envelope.WrongType";
    let float = "Codec.FloatNotAllowed";
    let (half, nil) = (vec![0xf9, 0x3c, 0x00], vec![0xf6]);
    // What may stand nowhere keeps its own code where an array or a payload is expected.
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
        "T30",
        float,
        "payload-float",
        b.envelope(|p| p.payload_item = Some(half.clone())),
    );
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
}
