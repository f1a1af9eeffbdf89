//! Numbers beyond the range of what they count: integers, decimals, times, energy.

use super::{
    base::{Add, Base},
    lax::{array, nint, sorted, tag, text, uint},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let float = "Codec.FloatNotAllowed";
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
    let declared = [("source", text("declared")), ("method", text("m"))];
    let starts = [&declared[..], &[("start_ms", uint(253_402_300_800_000))]].concat();
    add(
        "T89",
        range,
        "meter-starts-in-the-year-10000",
        b.payload(|p| p.with("meter", sorted(&starts))),
    );
    let (role, size) = (("role", text("r")), ("size", uint(1)));
    let digest = ("digest", text(&format!("sha256:{}", "4f".repeat(32))));
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
}
