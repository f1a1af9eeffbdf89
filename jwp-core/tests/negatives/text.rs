//! Text that is not UTF-8 or would deceive a reader, and names that are no identifiers.

use super::{
    base::{Add, Base},
    lax::{map, text, text_of, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let entry = |key: Vec<u8>| (key, uint(1));
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
}
