//! The peer of the attestation world: a DSSE envelope (v1.0.2) in JSON, the payload in JSON in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    Facts, Result, SEED,
    peer::{Body, Link, Walk},
};

const PAYLOAD_TYPE: &str = "application/vnd.jwp.receipt+json";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`.
fn pae(body: &[u8]) -> Vec<u8> {
    let (length, name) = (PAYLOAD_TYPE.len(), PAYLOAD_TYPE);
    let mut out = format!("DSSEv1 {length} {name} {} ", body.len()).into_bytes();
    out.extend_from_slice(body);
    out
}

/// A signer.
#[derive(Debug)]
pub struct Route {
    key: SigningKey,
    public: VerifyingKey,
    keyid: String,
}

impl Route {
    /// The route with the common key.
    #[must_use]
    pub fn new() -> Self {
        let key = SigningKey::from_bytes(&SEED);
        let public = key.verifying_key();
        let keyid = STANDARD.encode(Sha256::digest(public.as_bytes()));
        Self { key, public, keyid }
    }

    /// Encodes, links and signs a chain.
    ///
    /// # Errors
    /// What `serde_json` refuses.
    pub fn sign(&self, facts: &[Facts]) -> Result<Vec<Vec<u8>>> {
        let (mut seq, mut prev, mut chain) = (0_u64, None, Vec::new());
        for step in facts {
            let body = serde_json::to_vec(&Body::new(step, seq, prev, true))?;
            let message = pae(&body);
            prev = Some(Link(Sha256::digest(&message).into()));
            let envelope = Envelope {
                payload: STANDARD.encode(&body),
                payload_type: PAYLOAD_TYPE.into(),
                signatures: vec![EnvelopeSignature {
                    keyid: self.keyid.clone(),
                    sig: STANDARD.encode(self.key.sign(&message).to_bytes()),
                }],
            };
            chain.push(serde_json::to_vec(&envelope)?);
            seq = seq.saturating_add(1);
        }
        Ok(chain)
    }

    /// Verifies a chain, and gives the number of failed requests that its claims add up to.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub fn verify(&self, chain: &[Vec<u8>]) -> Result<u64> {
        let mut walk = Walk::default();
        for bytes in chain {
            let envelope: Envelope = serde_json::from_slice(bytes)?;
            let [signature] = envelope.signatures.as_slice() else {
                return Err("not one signature".into());
            };
            if envelope.payload_type != PAYLOAD_TYPE || signature.keyid != self.keyid {
                return Err("another type or key".into());
            }
            let body = STANDARD.decode(&envelope.payload)?;
            let message = pae(&body);
            let signature = Signature::from_slice(&STANDARD.decode(&signature.sig)?)?;
            self.public.verify_strict(&message, &signature)?;
            let link = Link(Sha256::digest(&message).into());
            walk.step(&serde_json::from_slice(&body)?, link)?;
        }
        Ok(walk.errors)
    }
}

impl Default for Route {
    fn default() -> Self {
        Self::new()
    }
}
