//! One payload by every codec.

use minicbor::Encoder;

use crate::{CITE, Facts, JOULES, KIND, METHOD, Result, peer};

/// The payload as the peers' serde routes have it.
#[derive(Debug)]
pub struct Payload {
    body: peer::Body,
    facts: Facts,
    seq: u64,
    prev: [u8; 32],
}

impl Payload {
    /// A receipt's payload behind the first.
    #[must_use]
    pub fn new(facts: &Facts) -> Self {
        let (seq, prev) = (41, [0x5a; 32]);
        let body = peer::Body::new(facts, seq, Some(peer::Link(prev)), false);
        let facts = facts.clone();
        Self {
            body,
            facts,
            seq,
            prev,
        }
    }

    /// ciborium over serde, into a buffer that is used again.
    ///
    /// # Errors
    /// What ciborium refuses.
    pub fn ciborium(&self, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        Ok(ciborium::into_writer(&self.body, out)?)
    }

    /// ciborium's typed decode; gives the failed requests.
    ///
    /// # Errors
    /// What ciborium refuses.
    pub fn from_ciborium(bytes: &[u8]) -> Result<u64> {
        let body: peer::Body = ciborium::from_reader(bytes)?;
        Ok(body.errors())
    }

    /// cbor4ii over serde, into a buffer that is used again.
    ///
    /// # Errors
    /// What cbor4ii refuses.
    pub fn cbor4ii(&self, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        *out = cbor4ii::serde::to_vec(core::mem::take(out), &self.body)?;
        Ok(())
    }

    /// cbor4ii's typed decode; gives the failed requests.
    ///
    /// # Errors
    /// What cbor4ii refuses.
    pub fn from_cbor4ii(bytes: &[u8]) -> Result<u64> {
        let body: peer::Body = cbor4ii::serde::from_slice(bytes)?;
        Ok(body.errors())
    }

    /// `serde_json`.
    ///
    /// # Errors
    /// What it refuses.
    pub fn serde_json(&self, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        Ok(serde_json::to_writer(out, &self.body)?)
    }

    /// RFC 8785, the canonical JSON.
    ///
    /// # Errors
    /// What `serde_jcs` refuses.
    pub fn serde_jcs(&self, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        Ok(serde_jcs::to_writer(out, &self.body)?)
    }

    /// minicbor by hand: what somebody writes who wants the least.
    ///
    /// # Errors
    /// What minicbor refuses.
    pub fn minicbor(&self, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let [p99_ms, error_rate] = &self.facts.text;
        let mut e = Encoder::new(out);
        e.map(9)?.str("v")?.u8(1)?.str("kind")?.str(KIND)?;
        e.str("seq")?
            .u64(self.seq)?
            .str("prev")?
            .bytes(&self.prev)?;
        e.str("claim")?.map(4)?.str("p99_ms")?.str(p99_ms)?;
        e.str("error_rate")?.str(error_rate)?;
        e.str("requests")?.u64(self.facts.requests)?;
        e.str("errors")?.u64(self.facts.errors)?;
        e.str("cite")?.array(1)?.str(CITE)?;
        e.str("subject")?.array(1)?.str(&self.facts.image)?;
        e.str("joules")?.str(JOULES)?;
        e.str("meter")?.map(2)?.str("source")?.str("declared")?;
        e.str("method")?.str(METHOD)?;
        Ok(())
    }

    /// minicbor's tokens, each of which is looked at: no typed value, no check of the order.
    ///
    /// # Errors
    /// What minicbor refuses.
    pub fn from_minicbor(bytes: &[u8]) -> Result<usize> {
        let mut decoder = minicbor::Decoder::new(bytes);
        let mut count = 0_usize;
        for token in decoder.tokens() {
            token?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }
}
