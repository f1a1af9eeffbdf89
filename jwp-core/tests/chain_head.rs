//! A receipt follows the head of a chain or is refused for the first of the five reasons that holds, each
//! tried alone.
#![cfg(test)]

#[path = "support/key.rs"]
mod key;

use jwp_core::{
    ChainHead, Citation, Claim, ErrorKind, Evidence, Identifier, Link, Receipt, ReceiptPayload,
    RunId, Signer as _, Statement, Timestamp, UnverifiedReceipt,
    envelope::{self, Algorithm},
    payload::Position,
};
use key::key;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baked {
    loaves: u64,
}

impl Claim for Baked {
    const KIND: &'static str = "example.bread.baked";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

const RUN: RunId = RunId::from_bytes([9; 16]);
const AFTER: Link = Link::from_bytes([8; 32]);
const IAT: u64 = 1_778_000_000;

fn id(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

fn receipt<T>(
    position: &Position,
    (sub, aud, iat): (&str, &str, u64),
    then: impl FnOnce(&Receipt<'_>) -> T,
) -> T {
    let iat = Timestamp::from_secs(iat).unwrap();
    let statement = Statement::new(id("baker"), id(sub), id(aud), iat);
    let payload = ReceiptPayload::new(Baked { loaves: 1 });
    let signed = envelope::sign(&payload, position, &statement, Algorithm::EdDsa, &key()).unwrap();
    let receipt = UnverifiedReceipt::parse(signed.as_bytes()).unwrap();
    let receipt = receipt.verify(key().verifying_key()).unwrap();
    assert_eq!(receipt.link(), signed.link());
    then(&receipt)
}

fn begun() -> ChainHead {
    let position = Position::First {
        run: RUN,
        after: Some(AFTER),
    };
    receipt(&position, ("bakery@v1", "prod", IAT), |first| {
        ChainHead::begin(first).unwrap()
    })
}

fn refusal(head: &ChainHead, seq: u64, prev: Link, names: (&str, &str, u64)) -> Option<ErrorKind> {
    let position = Position::Next { seq, prev };
    receipt(&position, names, |next| {
        let refused = head.check(next).err().map(|error| error.kind().clone());
        let mut moved = head.clone();
        let advanced = moved.advance(next).map_err(|error| error.kind().clone());
        assert_eq!(advanced.as_ref().err(), refused.as_ref());
        match advanced {
            Ok(()) => assert_eq!(moved.link(), next.link()),
            // A head that refuses stays where it is.
            Err(_) => assert_eq!((moved.seq(), moved.link()), (head.seq(), head.link())),
        }
        refused
    })
}

#[test]
fn a_head_says_where_the_chain_stands() {
    let mut head = begun();
    assert_eq!(head.sub().as_str(), "bakery@v1");
    assert_eq!(head.aud().as_str(), "prod");
    assert_eq!((head.run(), head.after()), (RUN, Some(AFTER)));
    assert_eq!((head.seq(), head.iat().as_secs()), (0, IAT));
    for seq in 1..4 {
        let prev = head.link();
        let position = Position::Next { seq, prev };
        receipt(&position, ("bakery@v1", "prod", IAT + seq), |next| {
            head.advance(next).unwrap();
            assert_eq!(head.link(), next.link());
        });
        assert_eq!((head.seq(), head.iat().as_secs()), (seq, IAT + seq));
    }
    let position = Position::First {
        run: RUN,
        after: None,
    };
    receipt(&position, ("bakery@v1", "prod", IAT), |first| {
        assert_eq!(ChainHead::begin(first).unwrap().after(), None);
    });
}

#[test]
fn each_thing_that_does_not_follow_is_told_alone() {
    let head = begun();
    let link = head.link();
    let good = ("bakery@v1", "prod", IAT);
    assert_eq!(refusal(&head, 1, link, good), None);
    assert_eq!(
        refusal(&head, 1, link, ("bakery@v1", "prod", IAT + 1)),
        None
    );

    let mismatch = Some(ErrorKind::ReleaseMismatch);
    assert_eq!(
        refusal(&head, 1, link, ("bakery@v2", "prod", IAT)),
        mismatch
    );
    assert_eq!(
        refusal(&head, 1, link, ("bakery@v1", "test", IAT)),
        mismatch
    );
    let prev = Some(ErrorKind::PrevMismatch);
    assert_eq!(refusal(&head, 1, AFTER, good), prev);
    for found in [2, 3, 1 << 40] {
        let expected = 1;
        let sequence = Some(ErrorKind::Sequence { found, expected });
        assert_eq!(refusal(&head, found, link, good), sequence);
    }
    let (found, expected) = (IAT - 1, IAT);
    let time = Some(ErrorKind::Time { found, expected });
    assert_eq!(
        refusal(&head, 1, link, ("bakery@v1", "prod", IAT - 1)),
        time
    );

    // All of them at once: in the order of the documentation.
    let bad = ("bakery@v2", "test", IAT - 1);
    assert_eq!(refusal(&head, 7, AFTER, bad), mismatch);
    let late = ("bakery@v1", "prod", IAT - 1);
    assert_eq!(refusal(&head, 7, AFTER, late), prev);
    assert!(matches!(
        refusal(&head, 7, link, late),
        Some(ErrorKind::Sequence { .. })
    ));
}

#[test]
fn a_chain_begins_once_and_with_its_first_receipt() {
    let head = begun();
    let first = Position::First {
        run: RUN,
        after: None,
    };
    receipt(&first, ("bakery@v1", "prod", IAT), |second| {
        let error = head.check(second).unwrap_err();
        let found = "a second beginning";
        assert_eq!(*error.kind(), ErrorKind::Genesis { found });
    });
    let prev = AFTER;
    let later = Position::Next { seq: 1, prev };
    receipt(&later, ("bakery@v1", "prod", IAT), |later| {
        assert_eq!(ChainHead::begin(later).unwrap_err().code(), "Chain.Genesis");
    });
}
