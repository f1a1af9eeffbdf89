//! A signature that is not one, is changed, or was made over something else.

use core::fmt::Write as _;

use jwp_core::{Digest, Signer as _};

use super::{
    base::{Add, Base},
    lax::{bytes, text},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn add_to(add: &mut Add<'_>, b: &Base) {
    let valid = b.valid();
    let long = "Codec.NonDeterministic";
    let signature = "Envelope.BadSignature";
    for (name, at) in [
        ("bit-in-issuer", 90),
        ("bit-in-signature", valid.len() - 10),
    ] {
        let mut flipped = valid.clone();
        flipped[at] ^= 1;
        add("T21", signature, name, flipped);
    }
    add(
        "T33",
        signature,
        "signature-nil",
        b.envelope(|p| p.signature_item = Some(vec![0xf6])),
    );
    add(
        "T31",
        signature,
        "context-signature",
        b.envelope(|p| p.context = "Signature"),
    );
    add(
        "T31",
        signature,
        "context-countersignature",
        b.envelope(|p| p.context = "CounterSignature"),
    );
    add(
        "T31",
        signature,
        "external-aad",
        b.envelope(|p| p.external_aad = vec![0x01]),
    );
    for (name, size) in [
        ("signature-empty", 0),
        ("signature-of-63", 63),
        ("signature-of-65", 65),
        ("signature-of-128", 128),
    ] {
        add(
            "T33",
            signature,
            name,
            b.envelope(|p| p.signature_item = Some(bytes(&vec![1; size]))),
        );
    }
    add(
        "T33",
        signature,
        "signature-zero",
        b.envelope(|p| p.signature_item = Some(bytes(&[0; 64]))),
    );
    add(
        "T33",
        signature,
        "signature-text",
        b.envelope(|p| p.signature_item = Some(text("signed"))),
    );
    add(
        "T33",
        signature,
        "signature-der",
        b.envelope(|p| {
            let signed = b.key.sign(&p.signed_bytes()).expect("a signature");
            // SEQUENCE { INTEGER r, INTEGER s }, as ECDSA signatures come.
            let integer = |half: &[u8]| [&[0x02, 0x21, 0x00][..], half].concat();
            let both = [integer(&signed[..32]), integer(&signed[32..])].concat();
            p.signature_item = Some(bytes(&[&[0x30, 0x46][..], &both].concat()));
        }),
    );
    add(
        "T33",
        signature,
        "signature-s-plus-l",
        b.envelope(|p| {
            let mut malleated = b.key.sign(&p.signed_bytes()).expect("a signature");
            add_group_order(&mut malleated[32..]);
            p.signature_item = Some(bytes(&malleated));
        }),
    );
    add(
        "T34",
        signature,
        "signature-r-small-order",
        b.envelope(|p| {
            let mut signed = b.key.sign(&p.signed_bytes()).expect("a signature");
            signed[..32].fill(0);
            signed[0] = 1;
            p.signature_item = Some(bytes(&signed));
        }),
    );
    add(
        "T37",
        long,
        "signed-but-not-deterministic",
        b.payload_bytes({
            let payload = b.payload.encode();
            [&[0xb8, payload[0] & 0x1f], &payload[1..]].concat()
        }),
    );
    add(
        "T38",
        signature,
        "signature-over-the-payload-alone",
        b.envelope(|p| {
            let signed = b.key.sign(&p.payload).expect("a signature");
            p.signature_item = Some(bytes(&signed));
        }),
    );
    add(
        "T38",
        signature,
        "signature-over-dsse-pae",
        b.envelope(|p| {
            let kind = "application/vnd.jwp.receipt+cbor";
            let pae = format!("DSSEv1 {} {kind} {} ", kind.len(), p.payload.len());
            let signed = b
                .key
                .sign(&[pae.as_bytes(), &p.payload].concat())
                .expect("a signature");
            p.signature_item = Some(bytes(&signed));
        }),
    );
    for (name, signed) in [
        ("signature-over-sshsig", sshsig(&b.payload.encode())),
        ("signature-over-git-tag", git_tag(&b.payload.encode())),
        ("signature-over-tuf", tuf(&b.payload.encode())),
    ] {
        add(
            "T38",
            signature,
            name,
            b.envelope(|p| {
                let signature = b.key.sign(&signed).expect("a signature");
                p.signature_item = Some(bytes(&signature));
            }),
        );
    }
}

/// What `ssh-keygen -Y sign` signs (PROTOCOL.sshsig): magic, namespace, nothing, hash algorithm, hash.
fn sshsig(message: &[u8]) -> Vec<u8> {
    let string = |content: &[u8]| {
        let length = u32::try_from(content.len()).expect("a length");
        [&length.to_be_bytes()[..], content].concat()
    };
    let hash = Digest::sha256(message);
    [
        b"SSHSIG".to_vec(),
        string(b"file"),
        string(b""),
        string(b"sha256"),
        string(hash.as_bytes()),
    ]
    .concat()
}

/// A tag object of Git, whose message is the payload in hex.
fn git_tag(message: &[u8]) -> Vec<u8> {
    let mut tag = format!("object {}\ntype commit\ntag v1\n", "4f".repeat(20));
    tag.push_str("tagger Builder <builder@example> 1778112000 +0000\n\n");
    for byte in message {
        write!(tag, "{byte:02x}").expect("memory");
    }
    tag.push('\n');
    tag.into_bytes()
}

/// The signed part of TUF's targets, in canonical JSON, with the payload as its target.
fn tuf(message: &[u8]) -> Vec<u8> {
    let hash = Digest::sha256(message).to_string();
    let (name, hex) = hash.split_once(':').expect("two parts");
    format!(
        "{{\"_type\":\"targets\",\"expires\":\"2027-01-01T00:00:00Z\",\"spec_version\":\"1.0.31\",\
         \"targets\":{{\"payload\":{{\"hashes\":{{\"{name}\":\"{hex}\"}},\"length\":{}}}}},\"version\":1}}",
        message.len()
    )
    .into_bytes()
}

/// Adds L = 2^252 + 27742317777372353535851937790883648493 to a little-endian scalar.
fn add_group_order(scalar: &mut [u8]) {
    let mut order = [0u8; 32];
    order[..16]
        .copy_from_slice(&(27_742_317_777_372_353_535_851_937_790_883_648_493u128).to_le_bytes());
    order[31] = 0x10;
    let mut carry = 0u16;
    for (byte, add) in scalar.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}
