//! ed25519-dalek alone, over ready messages as long as ours.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jwp_core::chain::Receipts;

use crate::{Result, SEED};

/// Messages and a key.
#[derive(Debug)]
pub struct Route {
    key: SigningKey,
    public: VerifyingKey,
    messages: Vec<Vec<u8>>,
}

impl Route {
    /// The signed bytes of a chain of ours, under the common key.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub fn new(chain: &[u8]) -> Result<Self> {
        let messages = Receipts::new(chain)
            .map(|item| Ok(item?.1.signed_bytes()))
            .collect::<Result<_>>()?;
        let key = SigningKey::from_bytes(&SEED);
        let public = key.verifying_key();
        Ok(Self {
            key,
            public,
            messages,
        })
    }

    /// Signs each message.
    #[must_use]
    pub fn sign(&self) -> Vec<Signature> {
        self.messages.iter().map(|m| self.key.sign(m)).collect()
    }

    /// Verifies each signature.
    ///
    /// # Errors
    /// A signature that does not hold.
    pub fn verify(&self, signatures: &[Signature]) -> Result<()> {
        for (message, signature) in self.messages.iter().zip(signatures) {
            self.public.verify_strict(message, signature)?;
        }
        Ok(())
    }
}
