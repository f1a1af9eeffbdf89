//! What `format.md` says in numbers is what the code holds, and its example is a vector, byte for byte.

use jwp_core::{
    UnverifiedReceipt, VerifyingKey, cbor,
    envelope::{MAX_PROOFS, MAX_PROTECTED},
    payload::{MAX_CITE, MAX_SEQ},
};
use jwp_delivery::DeliveryKind;
use jwp_verify::{
    policy::{MAX_CLOCK_SKEW_S, MAX_RECEIPTS},
    seal::MAX_KINDS,
    trust::MAX_TRUST_FILE,
};

use crate::index::{bytes, text};

fn format() -> String {
    text("../format.md")
}

/// A row of the table of limits, by its first column.
fn limit(name: &str) -> String {
    let format = format();
    let table = format.split_once("| limit | value | counted |").unwrap().1;
    let table = table.split_once("\n\n").unwrap().0;
    let mut rows = table.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        (cells.next()? == name).then(|| cells.next().unwrap().to_owned())
    });
    let value = rows.next().unwrap_or_else(|| panic!("no limit of {name}"));
    assert!(rows.next().is_none(), "{name} twice");
    value
}

#[test]
fn limits_are_those_of_the_code() {
    assert_eq!(limit("receipt"), format!("{} MiB", cbor::MAX_RECEIPT >> 20));
    assert_eq!(
        limit("protected header"),
        format!("{} KiB", MAX_PROTECTED >> 10)
    );
    assert_eq!(
        limit("unprotected 394"),
        format!("{} KiB", MAX_PROOFS >> 10)
    );
    assert_eq!(limit("text"), format!("{} KiB", cbor::MAX_TEXT >> 10));
    assert_eq!(limit("depth"), cbor::MAX_DEPTH.to_string());
    let items = limit("items").replace(',', "");
    assert_eq!(items, format!("{} a receipt", cbor::MAX_ITEMS));
    assert_eq!(limit("`cite`"), format!("{MAX_CITE} entries"));
    assert_eq!(limit("`seq`"), "below 2^53");
    assert_eq!(MAX_SEQ, (1 << 53) - 1);
    let receipts = limit("receipts a chain").replace(',', "");
    assert_eq!(receipts, MAX_RECEIPTS.to_string());
    // In sentences.
    let format = format();
    for sentence in [
        format!("`iat` at most {MAX_CLOCK_SKEW_S} seconds after now"),
        format!("ended at most {MAX_CLOCK_SKEW_S} seconds after its `iat`"),
        format!("more than {MAX_KINDS} kinds"),
        format!("A file of TOML 1.0, at most {} MiB", MAX_TRUST_FILE >> 20),
    ] {
        assert!(format.contains(&sentence), "not there: {sentence}");
    }
}

/// Each kind stands in the list of what claims must hold, by its name or with the others of its family.
#[test]
fn every_kind_has_its_rules() {
    let format = format();
    let claims = format.split_once("### Claims").unwrap().1;
    let claims = claims.split_once("\n## ").unwrap().0;
    let heads: Vec<&str> = claims
        .lines()
        .filter_map(|line| line.strip_prefix("- ")?.split(": ").next())
        .flat_map(|names| names.split(", "))
        .collect();
    for kind in DeliveryKind::ALL {
        let name = kind.name().split_once('.').unwrap().1;
        let family = format!("{}.*", name.split('.').next().unwrap());
        let named = heads.contains(&name) || heads.contains(&family.as_str());
        assert!(named, "{name} has no rules in {heads:?}");
    }
}

#[test]
fn the_annotated_receipt_is_the_vector() {
    let format = format();
    let annotated = format.split_once("## 7. ").unwrap().1;
    let hex: String = annotated
        .lines()
        .filter(|line| line.starts_with("    "))
        .map(|line| line.split(';').next().unwrap().trim())
        .collect();
    let vector = bytes("kinds/trust.receipt.endorsed.cbor");
    let expected: String = vector.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}

/// The example's Sig_structure, put together as the page says, without the code that does it.
#[test]
fn example_is_signed_and_linked_as_it_says() {
    let receipt = bytes("kinds/trust.receipt.endorsed.cbor");
    let slice = |from: &[u8], length: usize| {
        let at = receipt.windows(from.len()).position(|w| w == from).unwrap();
        receipt[at..at + length].to_vec()
    };
    let signed = [
        b"\x84\x6aSignature1".to_vec(),
        slice(&[0x58, 0x98], 154),
        vec![0x40],
        slice(&[0x58, 0xe9], 235),
    ]
    .concat();
    assert_eq!(signed.len(), 402);
    let parsed = UnverifiedReceipt::parse(&receipt).unwrap();
    assert_eq!(signed, parsed.signed_bytes());
    let link = jwp_core::Digest::sha256(&signed).to_string();
    let link = link.strip_prefix("sha256:").unwrap();
    assert_eq!(link, parsed.link().to_string());
    assert!(format().contains(link), "{link}");
    let key = VerifyingKey::from_pem(&text("kinds/key.pub.pem")).unwrap();
    key.verify(&signed, parsed.signature()).unwrap();
}
