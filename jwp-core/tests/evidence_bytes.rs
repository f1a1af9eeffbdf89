//! Evidence is about exactly the bytes that were hashed, under the algorithm that its digest names.
#![cfg(test)]

use jwp_core::{Digest, DigestAlgorithm, Evidence, cbor};

const BYTES: &[u8] = b"two cups of flour";

fn of(digest: Digest) -> Evidence {
    Evidence::new("recipe", digest, u64::try_from(BYTES.len()).unwrap())
}

#[track_caller]
fn refused(evidence: &Evidence, bytes: &[u8]) {
    let error = evidence.check_bytes(bytes).unwrap_err();
    assert_eq!(error.code(), "Evidence.DigestMismatch");
}

#[test]
fn the_bytes_that_were_hashed_are_those() {
    Evidence::of_bytes("recipe", BYTES)
        .check_bytes(BYTES)
        .unwrap();
    of(Digest::sha256(BYTES)).check_bytes(BYTES).unwrap();
    Evidence::of_bytes("nothing", b"").check_bytes(b"").unwrap();
}

/// T52: the digest of one algorithm under the name of the other, in both directions.
#[test]
fn the_name_of_another_algorithm_makes_another_digest() {
    let sha256 = *Digest::sha256(BYTES).as_bytes();
    let blake3 = *Digest::blake3(BYTES).as_bytes();
    refused(&of(Digest::new(DigestAlgorithm::Blake3, sha256)), BYTES);
    refused(&of(Digest::new(DigestAlgorithm::Sha256, blake3)), BYTES);
}

/// T52: what has another name or length is no digest, however it stands in a receipt.
#[test]
fn another_algorithm_or_length_is_no_digest() {
    let hex = "4f".repeat(32);
    for form in [
        format!("sha512:{hex}{hex}"),
        format!("sha1:{}", &hex[..40]),
        format!("md5:{}", &hex[..32]),
        format!("sha256:{}", &hex[..62]),
        format!("sha256:{hex}4f"),
        format!("blake3:{}", &hex[..40]),
        format!("blake3:{hex}{hex}"),
        format!("BLAKE3:{hex}"),
        format!("sha256:{}", hex.to_uppercase()),
        hex.clone(),
        String::new(),
    ] {
        assert!(form.parse::<Digest>().is_err(), "{form}");
        let encoded = cbor::to_vec(&form).unwrap();
        let error = cbor::from_slice::<Digest>(&encoded).unwrap_err();
        assert_eq!(error.code(), "Codec.Schema", "{form}");
    }
}

#[test]
fn other_bytes_and_another_size_are_not_those() {
    let evidence = Evidence::of_bytes("recipe", BYTES);
    for other in [&b""[..], b"two cups of sugar", &BYTES[1..]] {
        refused(&evidence, other);
    }
    let longer = Evidence::new("recipe", Digest::blake3(BYTES), 18);
    refused(&longer, BYTES);
    let error = longer.check_bytes(BYTES).unwrap_err();
    let said = "got other bytes than the evidence names, expected as many bytes";
    assert_eq!(error.to_string(), said);
}
