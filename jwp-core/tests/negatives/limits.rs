//! Lengths, depths and numbers of items beyond what there is, or what may be.

use jwp_core::UnverifiedReceipt;

use super::{
    base::{Add, Base, nested},
    lax::{array, bytes, head, text, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
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
    let payload = "Envelope.Payload";
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
