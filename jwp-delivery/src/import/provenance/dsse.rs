//! The DSSE envelope (DSSE 1.0.2) around a statement. `keyid` is an unauthenticated hint and is not looked at.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde::Deserialize;

use crate::import::{ImportError, fault};

const IN_TOTO: &str = "application/vnd.in-toto+json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

impl Envelope {
    /// The payload's bytes.
    pub(super) fn open(&self) -> Result<Vec<u8>, ImportError> {
        if self.payload_type != IN_TOTO {
            return Err(fault::unsupported("/payloadType", IN_TOTO));
        }
        if self.signatures.is_empty() {
            return Err(fault::incomplete("/signatures", "at least one signature"));
        }
        for signature in &self.signatures {
            if base64(&signature.sig, "/signatures/sig")?.is_empty() {
                return Err(fault::incomplete("/signatures/sig", "a signature"));
            }
        }
        base64(&self.payload, "/payload")
    }

    /// The signatures as they are written, sorted.
    pub(super) fn signatures(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.signatures.iter().map(|s| s.sig.as_str()).collect();
        all.sort_unstable();
        all
    }
}

/// RFC 4648 §4 or §5, with padding.
pub(super) fn base64(text: &str, place: &str) -> Result<Vec<u8>, ImportError> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .map_err(|_| fault::value(place, "base64 (RFC 4648)"))
}
