//! Puts any value where the claim of a kind stands, as a signer that checks nothing would.

use core::marker::PhantomData;

use jwp_core::{
    Citation, Claim, Digest, Error, Evidence, ReceiptPayload, RunId, Timestamp, UnverifiedReceipt,
    cbor,
    envelope::{Algorithm, Statement, sign},
    payload::Position,
};
use jwp_delivery::{DeliveryClaim, DeliveryKind};
use serde::{Deserialize, Serialize};

use super::{key, of_kind};

/// A claim of `C`'s kind that may hold anything.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Unchecked<C> {
    value: cbor::Value,
    #[serde(skip)]
    kind: PhantomData<C>,
}

impl<C: Claim> Claim for Unchecked<C> {
    const KIND: &'static str = C::KIND;

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

fn signed<C: Claim>(value: cbor::Value) -> Result<Vec<u8>, Error> {
    let kind = PhantomData;
    let payload = ReceiptPayload::new(Unchecked::<C> { value, kind })
        .with_subject([Digest::sha256(b"image")]);
    let position = Position::First {
        run: RunId::from_bytes([7; 16]),
        after: None,
    };
    let statement = Statement::new(
        "vectors".parse()?,
        "jouledb@v2026.05.07".parse()?,
        "prod".parse()?,
        Timestamp::MAX,
    );
    Ok(sign(&payload, &position, &statement, Algorithm::EdDsa, &key())?.into_bytes())
}

/// A signed receipt of the kind around this value; an error where no codec would write it.
pub(crate) fn receipt_around(kind: DeliveryKind, value: cbor::Value) -> Result<Vec<u8>, Error> {
    of_kind!(kind, signed(value))
}

/// What a reader says of such a receipt, and the bytes of its claim.
pub(crate) fn read(kind: DeliveryKind, receipt: &[u8]) -> (Result<DeliveryClaim, Error>, Vec<u8>) {
    let receipt = UnverifiedReceipt::parse(receipt).unwrap();
    let payload = receipt.unverified_payload();
    let verdict = DeliveryClaim::decode(kind, payload);
    if let Err(error) = &verdict {
        let start = payload.claim_offset();
        let claim = start..start.saturating_add(payload.claim_bytes().len());
        let at = error.offset().expect("an error of a claim has a place");
        assert!(claim.contains(&at), "{error} is not in {claim:?}");
    }
    (verdict, payload.claim_bytes().to_vec())
}

/// The claim's bytes, written anew; its own check must hold.
pub(crate) fn written(claim: &DeliveryClaim) -> Vec<u8> {
    macro_rules! each {
        ($($variant:ident),+) => {
            match claim {
                $(DeliveryClaim::$variant(claim) => {
                    claim.validate().unwrap();
                    cbor::to_vec(claim).unwrap()
                })+
                other => panic!("{other:?} is not tested"),
            }
        };
    }
    each!(
        BuildCompleted,
        AttestationSlsa,
        GatesPassed,
        GatesFailed,
        GatesInconclusive,
        GatesWaived,
        FlagEvaluated,
        CanaryStepped,
        CanaryAborted,
        AnalysisPassed,
        AnalysisFailed,
        AnalysisInconclusive,
        DoraSnapshot,
        RollbackArmed,
        RollbackFired,
        RollbackFailed,
        RollbackDisarmed,
        IncidentOpened,
        IncidentResolved,
        ReleaseSealed,
        ReceiptEndorsed,
        TimeWitnessed
    )
}

/// The sample of a kind as the codec sees it.
pub(crate) fn value_of(kind: DeliveryKind, json: serde_json::Value) -> cbor::Value {
    fn of<C: Claim>(json: serde_json::Value) -> cbor::Value {
        let claim: C = serde_json::from_value(json).unwrap();
        cbor::from_slice(&cbor::to_vec(&claim).unwrap()).unwrap()
    }
    of_kind!(kind, of(json))
}
