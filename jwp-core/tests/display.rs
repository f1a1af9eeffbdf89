//! What people read of a receipt, word for word: the short form, the long form, diagnostic notation.
#![cfg(test)]

#[path = "support/key.rs"]
mod key;

use jwp_core::{
    ChainWriter, Citation, Claim, Digest, EnergySource, Evidence, Identifier, Joules, Link, Meter,
    MeterScope, ReceiptPayload, RunId, Signer as _, Timestamp, UnverifiedReceipt,
    payload::{Ref, Rel},
};
use key::key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baked {
    loaves: u64,
    note: String,
}

impl Claim for Baked {
    const KIND: &'static str = "example.bread.baked";

    fn cite(&self, evidence: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        let tools = evidence.iter().filter_map(Evidence::cited_tool);
        let tools = tools.map(Citation::Owned);
        core::iter::once(Citation::from("ISO 22000")).chain(tools)
    }
}

/// Two receipts, the first of which follows another chain.
fn receipts() -> [Vec<u8>; 2] {
    let id = |text| Identifier::parse(text).unwrap();
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let (run, after) = (RunId::from_bytes([9; 16]), Link::from_bytes([8; 32]));
    let mut writer = ChainWriter::begin_after(id("bakery@v1"), id("prod"), run, after);
    let claim = Baked {
        loaves: 2,
        note: "rye \"fresh\"".into(),
    };
    let recipe = Evidence::new("recipe", Digest::sha256(b"flour"), 5)
        .with_tool("oven", Some("v2.1.7".into()));
    let payload = ReceiptPayload::new(claim)
        .with_subject([Digest::blake3(b"bread")])
        .with_evidence([recipe])
        .with_ref(Ref::new(Rel::Part, Link::from_bytes([1; 32])))
        .with_joules(
            "0.36".parse::<Joules>().unwrap(),
            Meter::declared("by \"hand\""),
        );
    [0, 1].map(|_| writer.append(&payload, &id("baker"), iat, &key()).unwrap())
}

fn shown(bytes: &[u8], show: impl FnOnce(&jwp_core::Receipt<'_>) -> String) -> String {
    let receipt = UnverifiedReceipt::parse(bytes).unwrap();
    show(&receipt.verify(key().verifying_key()).unwrap())
}

#[test]
fn the_short_form_names_kind_claim_joules_citations_and_a_hint_of_the_signature() {
    let [first, _] = receipts();
    let signature = UnverifiedReceipt::parse(&first)
        .unwrap()
        .signature()
        .to_owned();
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let hint = format!("0x{}...{}", &hex[..2], &hex[125..]);
    let plain = format!(
        "JWP ReceiptPayload\n\
         kind \"example.bread.baked\"\n\
         note \"rye \\\"fresh\\\"\"\n\
         loaves 2\n\
         joules 0.36\n\
         cite \"ISO 22000 · oven 2.1\"\n\
         sig \"ed25519:{hint}\""
    );
    assert_eq!(shown(&first, |receipt| format!("{receipt}")), plain);
    let headline = shown(&first, |receipt| {
        receipt.printed(vec![("loaves", "two".into())]).to_string()
    });
    let expected = plain.replace("note \"rye \\\"fresh\\\"\"\nloaves 2", "loaves two");
    assert_eq!(headline, expected);
}

#[test]
fn the_long_form_names_everything() {
    let [first, second] = receipts();
    let receipt = UnverifiedReceipt::parse(&first).unwrap();
    let (link, kid) = (receipt.link(), receipt.kid());
    let long = |bytes: &[u8]| shown(bytes, |receipt| format!("{receipt:#}"));
    let hex: String = receipt
        .signature()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (run, after, part) = ("09".repeat(16), "08".repeat(32), "01".repeat(32));
    let subject = Digest::blake3(b"bread");
    let recipe = Digest::sha256(b"flour");
    let expected = format!(
        "JWP ReceiptPayload\n\
         kind \"example.bread.baked\"\n\
         iss baker\n\
         sub bakery@v1\n\
         aud prod\n\
         iat 1778000000\n\
         kid {kid}\n\
         link {link}\n\
         seq 0\n\
         run {run}\n\
         after {after}\n\
         note \"rye \\\"fresh\\\"\"\n\
         loaves 2\n\
         joules 0.36\n\
         meter declared \"by \\\"hand\\\"\"\n\
         subject {subject}\n\
         evidence \"recipe\" {recipe} 5 bytes tool \"oven\" tool_version \"v2.1.7\"\n\
         ref part {part}\n\
         cite \"ISO 22000 · oven 2.1\"\n\
         sig \"ed25519:0x{hex}\""
    );
    assert_eq!(long(&first), expected);
    let second = long(&second);
    let place = format!("seq 1\nprev {link}\nnote");
    assert!(second.contains(&place), "{second}");
    // The long form has the whole claim, whatever the headline says.
    let headline = shown(&first, |receipt| {
        format!("{:#}", receipt.printed(vec![("loaves", "two".into())]))
    });
    assert_eq!(headline, expected);
}

#[test]
fn the_long_form_names_every_field_of_meter_and_evidence() {
    let id = |text| Identifier::parse(text).unwrap();
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let joules = |text: &str| text.parse::<Joules>().unwrap();
    let mut meter = Meter::new(EnergySource::Measured, "rapl");
    meter.id = Some("pkg \"0\"".into());
    meter.scope = Some(MeterScope::Machine);
    meter.start_ms = Some(1_778_000_000_000);
    meter.window_ms = Some(1500);
    meter.resolution_uj = Some(61);
    meter.lo = Some(joules("0.35"));
    meter.hi = Some(joules("2"));
    meter.model = Some(Digest::sha256(b"model"));
    meter.max_w = Some("65.5".parse().unwrap());
    meter.domains = vec!["package-0".into(), "dram".into()];
    meter.note = Some("cold start".into());
    let argv = Digest::sha256(b"oven --hot");
    let log = Evidence::of_bytes("log", b"abc")
        .with_media_type("text/plain")
        .with_tool("oven", Some("2.1".into()))
        .with_argv_digest(argv)
        .with_exit_code(-3);
    let claim = Baked {
        loaves: 2,
        note: "rye".into(),
    };
    let payload = ReceiptPayload::new(claim)
        .with_evidence([log])
        .with_joules(joules("0.36"), meter);
    let bytes = ChainWriter::begin(id("bakery@v1"), id("prod"), RunId::from_bytes([9; 16]))
        .append(&payload, &id("baker"), iat, &key())
        .unwrap();
    let text = shown(&bytes, |receipt| format!("{receipt:#}"));
    let model = Digest::sha256(b"model");
    let meter = format!(
        "meter measured \"rapl\" id \"pkg \\\"0\\\"\" scope machine start_ms 1778000000000 window_ms 1500 \
         resolution_uj 61 lo 0.35 hi 2 model {model} max_w 65.5 domains \"package-0\", \"dram\" note \"cold start\""
    );
    let digest = Digest::blake3(b"abc");
    let evidence = format!(
        "evidence \"log\" {digest} 3 bytes media_type \"text/plain\" tool \"oven\" tool_version \"2.1\" \
         argv_digest {argv} exit_code -3"
    );
    for line in [meter, evidence] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn diagnostic_notation_opens_the_header_and_the_payload() {
    let [first, _] = receipts();
    let text = UnverifiedReceipt::parse(&first).unwrap().diagnostic();
    assert!(text.starts_with("18([<<{1: -8, 3: "), "{text}");
    assert!(
        text.contains("}>>, {}, <<{\"v\": 1, \"run\": h'0909"),
        "{text}"
    );
    assert!(text.contains("\"claim\": {\"note\": "), "{text}");
    assert!(text.contains("\"joules\": 4([-2, 36])"), "{text}");
    // Nothing that a terminal would obey.
    assert!(text.chars().all(|c| !c.is_control()), "{text}");

    // With two proofs, which stand outside what was signed.
    let signature = first.len().checked_sub(66).unwrap();
    let payload = UnverifiedReceipt::parse(&first)
        .unwrap()
        .payload_bytes()
        .len();
    let unprotected = signature
        .checked_sub(payload)
        .and_then(|n| n.checked_sub(4))
        .unwrap();
    let mut proven = first.clone();
    assert_eq!(proven.get(unprotected), Some(&0xa0));
    let proofs = [0xa1, 0x19, 0x01, 0x8a, 0x82, 0x41, 0x07, 0x42, 0xab, 0xcd];
    proven.splice(unprotected..=unprotected, proofs);
    let text = UnverifiedReceipt::parse(&proven).unwrap().diagnostic();
    assert!(text.contains(">>, {394: [h'07', h'abcd']}, <<"), "{text}");
}

#[test]
fn a_tool_is_cited_by_name_and_the_first_two_numbers_of_its_version() {
    let cited = |tool: &str, version: Option<&str>| {
        Evidence::of_bytes("report", b"")
            .with_tool(tool, version.map(Into::into))
            .cited_tool()
    };
    for (version, expected) in [
        ("1.94.0", "oven 1.94"),
        ("v1.94.0", "oven 1.94"),
        ("1.94", "oven 1.94"),
        ("7", "oven 7"),
        ("1.2.3.4", "oven 1.2"),
    ] {
        assert_eq!(cited("oven", Some(version)).as_deref(), Some(expected));
    }
    assert_eq!(cited("oven", None), None);
    assert_eq!(Evidence::of_bytes("report", b"").cited_tool(), None);
}

/// Any field, under any name.
#[derive(Debug, Serialize, Deserialize)]
struct Any(BTreeMap<String, u64>);

impl Claim for Any {
    const KIND: &'static str = "example.any";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["nothing"]
    }
}

#[test]
fn a_field_cannot_be_taken_for_a_line_of_another_meaning() {
    let id = |text| Identifier::parse(text).unwrap();
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let plain = ["p99_ms", "a", "subjects", "ab1_"];
    let quoted = [
        "sig",
        "link",
        "subject",
        "joules",
        "kind",
        "proof",
        "",
        "1a",
        "_a",
        "PASSED: all",
        "sig \"ed25519:0x00\"",
        "link 00",
        "a b",
        "\u{e4}",
    ];
    let fields = plain.iter().chain(&quoted).map(|key| ((*key).into(), 7));
    let bytes = ChainWriter::begin(id("a@v1"), id("prod"), RunId::from_bytes([9; 16]))
        .append(
            &ReceiptPayload::new(Any(fields.collect())),
            &id("any"),
            iat,
            &key(),
        )
        .unwrap();
    for text in [
        shown(&bytes, |receipt| format!("{receipt}")),
        shown(&bytes, |receipt| format!("{receipt:#}")),
    ] {
        let has = |line: String| text.lines().any(|found| found == line);
        for key in plain {
            assert!(has(format!("{key} 7")), "{text}");
        }
        for key in quoted {
            let escaped = key.replace('"', "\\\"");
            assert!(has(format!("\"{escaped}\" 7")), "{key} in {text}");
            assert!(
                !text.lines().any(|line| line == format!("{key} 7")),
                "{text}"
            );
        }
    }
}
