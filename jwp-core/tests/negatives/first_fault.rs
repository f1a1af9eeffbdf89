//! Several faults at once: the first in the order of the bytes counts, then what the fields are to each other.

use super::{
    base::{Add, Base},
    lax::{bytes, nint, text, uint},
};

pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let float = "Codec.FloatNotAllowed";
    let bad_id = "Codec.BadIdentifier";
    let range = "Codec.OutOfRange";
    let schema = "Codec.Schema";
    let version = "Codec.Version";
    let half = vec![0xf9, 0x3c, 0x00];
    let genesis = "Chain.Genesis";
    let prev = bytes(&[1; 32]);
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
}
