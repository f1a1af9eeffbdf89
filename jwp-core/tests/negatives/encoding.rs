//! One encoding of each item: nothing cut off, nothing behind, shortest heads, definite lengths, keys once and in order.

use super::{
    base::{Add, Base},
    lax::{array, map, nint, tag, text, uint, wide},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let valid = b.valid();
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
}
