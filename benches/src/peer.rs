//! What the peers' routes share: the payload as a serde struct, and the order of a chain.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{CITE, Facts, IAT, JOULES, KIND, METHOD, PLACE, Result};

/// 32 bytes: a byte string in CBOR, hexadecimal text in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link(pub(crate) [u8; 32]);

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&jwp_core::Link::from_bytes(self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(d: D) -> core::result::Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Link;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("32 bytes")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> core::result::Result<Link, E> {
                let link: jwp_core::Link = text.parse().map_err(E::custom)?;
                Ok(Link(*link.as_bytes()))
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> core::result::Result<Link, E> {
                bytes.try_into().map(Link).map_err(E::custom)
            }
        }
        if d.is_human_readable() {
            d.deserialize_str(Visitor)
        } else {
            d.deserialize_bytes(Visitor)
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    p99_ms: String,
    error_rate: String,
    requests: u64,
    errors: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Meter {
    source: String,
    method: String,
}

/// The payload. A peer without protected claims (DSSE) carries issuer, release, environment and time
/// in it; COSE has them in its header.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    v: u64,
    kind: String,
    seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prev: Option<Link>,
    claim: Claim,
    cite: Vec<String>,
    subject: Vec<String>,
    joules: String,
    meter: Meter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<([String; 3], u64)>,
}

impl Body {
    pub(crate) fn new(facts: &Facts, seq: u64, prev: Option<Link>, with_place: bool) -> Self {
        let [p99_ms, error_rate] = facts.text.clone();
        Self {
            v: 1,
            kind: KIND.into(),
            seq,
            prev,
            claim: Claim {
                p99_ms,
                error_rate,
                requests: facts.requests,
                errors: facts.errors,
            },
            cite: vec![CITE.into()],
            subject: vec![facts.image.clone()],
            joules: JOULES.into(),
            meter: Meter {
                source: "declared".into(),
                method: METHOD.into(),
            },
            place: with_place.then(|| (PLACE.map(String::from), IAT)),
        }
    }
}

impl Body {
    pub(crate) const fn errors(&self) -> u64 {
        self.claim.errors
    }
}

/// Where the verification of a peer's chain stands.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) seq: u64,
    pub(crate) head: Option<Link>,
    pub(crate) errors: u64,
}

impl Walk {
    pub(crate) fn step(&mut self, body: &Body, link: Link) -> Result<()> {
        if body.v != 1 || body.kind != KIND {
            return Err("another kind".into());
        }
        if body.seq != self.seq || body.prev != self.head {
            return Err("out of order".into());
        }
        self.seq = self.seq.saturating_add(1);
        self.head = Some(link);
        self.errors = self.errors.saturating_add(body.claim.errors);
        Ok(())
    }
}
