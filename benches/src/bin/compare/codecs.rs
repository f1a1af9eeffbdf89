//! Encoding and decoding of one payload.

use jwp_benches::{
    Result, codec,
    compare::{Board, Row},
    cose, jwp,
};
use jwp_core::{
    UnverifiedReceipt, cbor,
    payload::{Payload, Position},
};

use super::{Inputs, receipt_at};

pub(super) fn measure(inputs: &Inputs, out: &mut Board) -> Result<()> {
    let facts = inputs.facts.get(41).ok_or("a fact")?;
    let theirs = codec::Payload::new(facts);
    let payload = inputs.ours.payload(facts)?;
    let prev = jwp_core::Link::from_bytes([0x5a; 32]);
    let position = Position::Next { seq: 41, prev };
    let encode = |buffer: &mut Vec<u8>| {
        buffer.clear();
        payload.encode(&position, buffer)
    };
    let name = "encode a payload, serde, reused buffer";
    let mut buffers = [const { Vec::new() }; 12];
    let [a, b, c, d, e, f, g, h, i, j, k, l] = &mut buffers;
    out.measure(
        Row::new(
            name,
            "ciborium over serde",
            || encode(a),
            || theirs.ciborium(b),
        )
        .at_most(0.75),
    );
    let unsorted = inputs.ours.unsorted_payload(facts)?;
    out.measure(
        Row::new(
            "encode a payload, fields in another order",
            "ciborium over serde",
            || {
                i.clear();
                unsorted.encode(&position, i)
            },
            || theirs.ciborium(j),
        )
        .at_most(0.75),
    );
    out.measure(Row::new(
        name,
        "minicbor by hand",
        || encode(c),
        || theirs.minicbor(d),
    ));
    out.measure(Row::new(
        name,
        "cbor4ii over serde",
        || encode(e),
        || theirs.cbor4ii(k),
    ));
    out.measure(Row::new(
        name,
        "serde_json",
        || encode(f),
        || theirs.serde_json(g),
    ));
    out.measure(Row::new(
        name,
        "serde_jcs",
        || encode(h),
        || theirs.serde_jcs(l),
    ));

    let mut cbor = Vec::new();
    theirs.ciborium(&mut cbor)?;
    let mut ours = Vec::new();
    payload.encode(&position, &mut ours)?;
    let name = "strict decode of a payload, borrowed";
    let parse = || Payload::parse(&ours).map(|payload| payload.seq());
    out.measure(
        Row::new(name, "ciborium over serde", parse, || {
            codec::Payload::from_ciborium(&cbor)
        })
        .at_most(0.06),
    );
    out.measure(Row::new(name, "cbor4ii over serde", parse, || {
        codec::Payload::from_cbor4ii(&cbor)
    }));
    out.measure(Row::new(name, "minicbor, tokens", parse, || {
        codec::Payload::from_minicbor(&cbor)
    }));
    out.measure(Row::new(
        "strict decode of a payload and its claim",
        "ciborium over serde",
        || {
            let payload = Payload::parse(&ours)?;
            cbor::from_slice::<jwp::Analysed>(payload.claim_bytes())
        },
        || codec::Payload::from_ciborium(&cbor),
    ));
    let receipt = receipt_at(&inputs.chain, 41)?;
    let theirs = cose::Route::new().sign(inputs.facts.get(..42).unwrap_or(&inputs.facts))?;
    let theirs = theirs.last().ok_or("a receipt")?;
    out.measure(
        Row::new(
            "strict decode of a receipt, borrowed",
            "coset + ciborium over serde",
            || UnverifiedReceipt::parse(receipt).map(|receipt| receipt.kid()),
            || cose::Route::decode(theirs),
        )
        .at_most(0.06),
    );
    Ok(())
}
