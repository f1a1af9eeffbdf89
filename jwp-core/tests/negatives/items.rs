//! Items that stand nowhere in a receipt: tags but one, floats, and simple values but two.

use super::{
    base::{Add, Base},
    lax::{array, bytes, nint, tag, uint},
};

pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
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
}
