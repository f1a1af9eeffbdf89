//! The peer most Rust programs would take: coset for the envelope, ciborium for the payload.

use ciborium::Value;
use coset::{
    CoseSign1, CoseSign1Builder, Header, HeaderBuilder, RegisteredLabelWithPrivate,
    TaggedCborSerializable as _, iana,
};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::{
    Facts, IAT, PLACE, Result, SEED,
    peer::{Body, Link, Walk},
};

/// A signer with its header.
#[derive(Debug)]
pub struct Route {
    key: SigningKey,
    public: VerifyingKey,
    header: Header,
}

impl Route {
    /// The route with the common key.
    #[must_use]
    pub fn new() -> Self {
        let key = SigningKey::from_bytes(&SEED);
        let public = key.verifying_key();
        let [iss, sub, aud] = PLACE;
        let claims = [(1, iss), (2, sub), (3, aud)]
            .map(|(label, text): (u8, _)| (label.into(), text.into()))
            .into_iter()
            .chain([(6_u8.into(), IAT.into())])
            .collect();
        let header = HeaderBuilder::new()
            .algorithm(iana::Algorithm::EdDSA)
            .content_type("application/vnd.jwp.receipt+cbor".into())
            .key_id(Sha256::digest(public.as_bytes()).to_vec())
            .value(15, Value::Map(claims))
            .value(16, Value::Text("application/vnd.jwp.receipt+cose".into()))
            .build();
        Self {
            key,
            public,
            header,
        }
    }

    /// Encodes, links and signs a chain.
    ///
    /// # Errors
    /// What ciborium or coset refuse.
    pub fn sign(&self, facts: &[Facts]) -> Result<Vec<Vec<u8>>> {
        let (mut seq, mut prev, mut chain) = (0_u64, None, Vec::new());
        for step in facts {
            let mut body = Vec::new();
            ciborium::into_writer(&Body::new(step, seq, prev, false), &mut body)?;
            let receipt = CoseSign1Builder::new()
                .protected(self.header.clone())
                .payload(body)
                .create_signature(b"", |message| {
                    prev = Some(Link(Sha256::digest(message).into()));
                    self.key.sign(message).to_vec()
                })
                .build();
            chain.push(receipt.to_tagged_vec().map_err(|e| e.to_string())?);
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
        let alg = RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA);
        for bytes in chain {
            let receipt = Self::envelope(bytes)?;
            let header = &receipt.protected.header;
            if header.alg.as_ref() != Some(&alg) || header.key_id != self.header.key_id {
                return Err("another algorithm or key".into());
            }
            let mut link = Link([0; 32]);
            receipt.verify_signature(b"", |signature, message| {
                link = Link(Sha256::digest(message).into());
                let signature = Signature::from_slice(signature)?;
                self.public.verify_strict(message, &signature)
            })?;
            walk.step(&Self::body(&receipt)?, link)?;
        }
        Ok(walk.errors)
    }

    /// Decodes one receipt, envelope, header and payload, and verifies nothing; gives the failed requests.
    ///
    /// # Errors
    /// What coset or ciborium refuse.
    pub fn decode(bytes: &[u8]) -> Result<u64> {
        Ok(Self::body(&Self::envelope(bytes)?)?.errors())
    }

    fn envelope(bytes: &[u8]) -> Result<CoseSign1> {
        Ok(CoseSign1::from_tagged_slice(bytes).map_err(|e| e.to_string())?)
    }

    fn body(receipt: &CoseSign1) -> Result<Body> {
        let body = receipt.payload.as_deref().ok_or("no payload")?;
        Ok(ciborium::from_reader(body)?)
    }
}

impl Default for Route {
    fn default() -> Self {
        Self::new()
    }
}
