//! A kind of a tool author's own goes into a chain and comes out again.

use jwp_core::{
    ChainWriter, Citation, Claim, Decimal, Evidence, Identifier, Joules, Meter, ReceiptPayload,
    RunId, Signer as _, SigningKey, Timestamp, UnverifiedReceipt, chain::Receipts,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baked {
    loaves: u64,
    hydration: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Claim for Baked {
    const KIND: &'static str = "example.bread.baked";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["ISO 9000"]
    }
}

fn id(text: &str) -> Identifier {
    Identifier::parse(text).expect("an identifier")
}

fn key() -> SigningKey {
    let mut seed = [7; 32];
    seed[0] = 1;
    SigningKey::from_seed(&seed).expect("a seed")
}

fn baked(loaves: u64) -> ReceiptPayload<Baked> {
    let claim = Baked {
        loaves,
        hydration: "0.72".parse().expect("a decimal"),
        note: None,
    };
    ReceiptPayload::new(claim)
        .with_evidence([Evidence::of_bytes("recipe", b"flour")])
        .with_joules(
            "0.36".parse::<Joules>().expect("joules"),
            Meter::declared("by hand"),
        )
}

#[test]
fn own_kind_round_trips_through_a_chain() {
    let key = key();
    let run = RunId::from_bytes([1; 16]);
    let mut writer = ChainWriter::begin(id("bakery@v1"), id("prod"), run);
    let mut chain = Vec::new();
    for n in 0..3 {
        let iat = Timestamp::from_secs(1_778_000_000 + n).unwrap();
        chain.extend(writer.append(&baked(n), &id("baker"), iat, &key).unwrap());
    }
    let mut head = None;
    for (n, item) in Receipts::new(&chain).enumerate() {
        let (_, receipt) = item.unwrap();
        let receipt = receipt.verify(key.verifying_key()).unwrap();
        assert_eq!(
            receipt.claim::<Baked>().unwrap(),
            *baked(u64::try_from(n).unwrap()).claim()
        );
        assert_eq!(receipt.payload().joules().unwrap().to_string(), "0.36");
        assert_eq!(
            receipt.payload().cite().iter().collect::<Vec<_>>(),
            ["ISO 9000"]
        );
        head = Some(receipt.link());
    }
    assert_eq!(writer.head().unwrap().link(), head.unwrap());

    let keys = |kid: &_| (*kid == key.verifying_key().id()).then_some(key.verifying_key());
    let mut resumed = ChainWriter::resume(&chain, keys).unwrap();
    assert_eq!(resumed.next_seq(), 3);
    let iat = Timestamp::from_secs(1).unwrap();
    let early = resumed
        .append(&baked(3), &id("baker"), iat, &key)
        .unwrap_err();
    assert_eq!(early.code(), "Chain.Time");
    assert_eq!(resumed.next_seq(), 3);
}

#[test]
fn every_bit_flip_and_every_prefix_is_refused() {
    let key = key();
    let mut writer = ChainWriter::begin(id("bakery@v1"), id("prod"), RunId::from_bytes([1; 16]));
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let bytes = writer.append(&baked(1), &id("baker"), iat, &key).unwrap();
    for n in 0..bytes.len() {
        let error = UnverifiedReceipt::parse(&bytes[..n]).unwrap_err();
        assert_eq!(error.code(), "Codec.Truncated", "prefix of {n} bytes");
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[n] ^= 1 << bit;
            let verified = UnverifiedReceipt::parse(&flipped)
                .and_then(|receipt| receipt.verify(key.verifying_key()).map(|_| ()));
            assert!(verified.is_err(), "bit {bit} of byte {n}");
        }
    }
}

/// Only the head has a code of its own: nothing may be put behind a receipt that does not hold.
#[test]
fn a_chain_with_a_key_that_is_not_known_is_not_resumed() {
    let (known, other) = (
        key(),
        SigningKey::from_seed(b"thirty-two bytes of a generator!").unwrap(),
    );
    let mut writer = ChainWriter::begin(id("bakery@v1"), id("prod"), RunId::from_bytes([1; 16]));
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let keys = [&known, &other, &known].into_iter().zip(0..);
    let receipts: Vec<Vec<u8>> = keys
        .map(|(key, n)| writer.append(&baked(n), &id("baker"), iat, key).unwrap())
        .collect();
    let only = |kid: &_| (*kid == known.verifying_key().id()).then_some(known.verifying_key());
    let both = |kid: &_| only(kid).or(Some(other.verifying_key()));
    let second = receipts[0].len();
    let error = ChainWriter::resume(&receipts.concat(), only).unwrap_err();
    let kid = other.verifying_key().id().to_string();
    assert_eq!(
        (error.code(), error.offset()),
        ("Trust.UnknownKey", Some(second))
    );
    assert!(error.to_string().contains(&kid), "{error}");
    let head = ChainWriter::resume(&receipts[..2].concat(), only).unwrap_err();
    assert_eq!(
        (head.code(), head.offset()),
        ("Chain.UnverifiedHead", Some(second))
    );
    // A signature that does not hold, in front of the head and at it.
    let mut changed = receipts.concat();
    let last = second + receipts[1].len() - 1;
    changed[last] ^= 1;
    let error = ChainWriter::resume(&changed, both).unwrap_err();
    assert_eq!(error.code(), "Envelope.BadSignature");
    let head = ChainWriter::resume(&changed[..=last], both).unwrap_err();
    assert_eq!(head.code(), "Chain.UnverifiedHead");
}
