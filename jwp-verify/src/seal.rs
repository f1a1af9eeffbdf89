//! The seal: opening a verified chain to append to it, and closing it.

use jwp_core::{ChainWriter, Digest, ReceiptPayload, Timestamp};
use jwp_delivery::kind::release::ReleaseSealed;

use crate::{
    TrustStore, code::Code, finding::Finding, policy::Expectations, report::Report, verification,
};
pub use crate::{
    invariant::Abandoned,
    tally::{MAX_KINDS, Tally, TallyError},
};

/// A verified chain that can be appended to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// Continues behind the verified head.
    pub writer: ChainWriter,
    /// The image that the chain is about; `None` where no receipt names one yet.
    pub image: Option<Digest>,
    /// Whether the chain is sealed: nothing may be appended any more.
    pub sealed: bool,
    /// The verification.
    pub report: Report,
}

/// A seal that was computed and waits for a signature.
#[derive(Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// Continues behind the verified head: append [`Prepared::payload`].
    pub writer: ChainWriter,
    /// The seal, about the image of the chain; unmetered.
    pub payload: ReceiptPayload<ReleaseSealed>,
    /// The verification that it rests on.
    pub report: Report,
}

/// Verifies a whole chain in order to append to it: signatures, trust, links, rules. No release,
/// environment, image, stage or kind is expected.
///
/// # Errors
/// The report of a chain that is refused or undecided; an empty chain is undecided.
pub fn open(bytes: &[u8], trust: &TrustStore, now: Timestamp) -> Result<Opened, Box<Report>> {
    let (mut report, state) = verification::of_bytes(bytes, trust, &Expectations::own_chain(), now);
    let Some(head) = state.head else {
        if state.head_is_unverified {
            let expected = "a last receipt that verifies; nothing may be appended";
            report.refuse(Finding::new(
                Code::ChainUnverifiedHead,
                "an unverified head",
                expected,
            ));
        }
        return Err(Box::new(report));
    };
    let sealed = report.facts.seal.is_some();
    Ok(Opened {
        writer: ChainWriter::continue_from(head),
        image: report.facts.image,
        sealed,
        report,
    })
}

/// Verifies a chain that goes on: signatures, trust, links, and those rules that no later receipt can mend. What a
/// superseding receipt may still put right, such as the order of attestation and gates, is not asked.
///
/// It gives what stands against a release of this chain already and lets it end in another way: a waiver or an armed
/// rollback that ran out before the canary ended (`Policy.Expired`).
///
/// # Errors
/// The report of a chain to which nothing more should be appended.
pub fn check_open(
    bytes: &[u8],
    trust: &TrustStore,
    now: Timestamp,
) -> Result<Vec<Finding>, Box<Report>> {
    let expect = Expectations::own_chain_that_goes_on();
    let (report, state) = verification::of_bytes(bytes, trust, &expect, now);
    if report.is_verified() {
        Ok(state.rules.expired().to_vec())
    } else {
        Err(Box::new(report))
    }
}

/// Verifies a whole chain and computes its seal.
///
/// The outcome is computed from the receipts; `abandoned` is for a release that was stopped before
/// any traffic moved.
///
/// # Errors
/// The report of a chain that is refused or undecided, that is sealed already (`Seal.NotLast`), or
/// whose receipts do not come to an outcome (`Policy.Outcome`).
pub fn prepare(
    bytes: &[u8],
    trust: &TrustStore,
    now: Timestamp,
    abandoned: Abandoned,
) -> Result<Prepared, Box<Report>> {
    let (mut report, state) = verification::of_bytes(bytes, trust, &Expectations::own_chain(), now);
    let Some(head) = state.head else {
        return Err(Box::new(report));
    };
    if let Some(seal) = report.facts.seal {
        let expected = "an open chain";
        report.refuse(
            Finding::new(Code::SealNotLast, "a chain that is sealed", expected).at_seq(seal.seq),
        );
        return Err(Box::new(report));
    }
    let outcome = match state.rules.outcome(abandoned) {
        Ok(outcome) => outcome,
        Err(finding) => {
            report.refuse(*finding);
            return Err(Box::new(report));
        }
    };
    let Some(image) = report.facts.image else {
        let expected = "receipts about an image";
        report.refuse(Finding::new(
            Code::PolicyMissing,
            "a chain about no image",
            expected,
        ));
        return Err(Box::new(report));
    };
    let Some(seal) = state.tally.seal(outcome) else {
        // A chain without receipts is undecided above.
        report.refuse(Finding::new(
            Code::PolicyMissing,
            "no receipt",
            "a chain to seal",
        ));
        return Err(Box::new(report));
    };
    let payload = ReceiptPayload::new(seal).with_subject([image]);
    Ok(Prepared {
        writer: ChainWriter::continue_from(head),
        payload,
        report,
    })
}
