//! The entry of a transparency log about an envelope: Rekor v1 `dsse` 0.0.1 and `intoto` 0.0.2, in a bundle
//! (protobuf JSON: 64-bit numbers are strings, defaults are left out) or as the REST API gives it.

use std::collections::BTreeMap;

use jwp_core::{Digest, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::dsse::{Envelope, base64};
use crate::{
    import::{ImportError, fault},
    kind::is_lower_hex,
};

/// Where a transparency log says that it keeps the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// The global index, not the index in the shard's tree.
    pub(crate) index: u64,
    /// SHA-256 of the log's key, lower-case hex.
    pub(crate) log_id: String,
    pub(crate) integrated_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BundleEntry {
    /// protobuf JSON leaves out a 0.
    #[serde(default)]
    log_index: Option<Int64>,
    log_id: KeyIdentifier,
    #[serde(default)]
    integrated_time: Option<Int64>,
    canonicalized_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyIdentifier {
    key_id: String,
}

/// A 64-bit number: text in protobuf JSON, a number in REST answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Int64 {
    Text(String),
    Number(u64),
}

impl Int64 {
    fn read(&self, place: &str) -> Result<u64, ImportError> {
        let refused = || fault::value(place, "an integer of 0 or more");
        match self {
            Self::Number(n) => Ok(*n),
            Self::Text(text) => {
                let n: u64 = text.parse().map_err(|_| refused())?;
                // One form only: no sign, no leading zero.
                if n.to_string() == *text {
                    Ok(n)
                } else {
                    Err(refused())
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct RestEntry {
    body: String,
    #[serde(rename = "integratedTime", default)]
    integrated_time: Option<u64>,
    #[serde(rename = "logID")]
    log_id: String,
    #[serde(rename = "logIndex")]
    log_index: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    api_version: String,
    kind: String,
    #[serde(borrow)]
    spec: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DsseSpec {
    payload_hash: HashValue,
    signatures: Vec<DsseSpecSignature>,
}

#[derive(Deserialize)]
struct DsseSpecSignature {
    signature: String,
}

#[derive(Deserialize)]
struct HashValue {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
struct IntotoSpec {
    content: IntotoContent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent {
    payload_hash: HashValue,
    envelope: IntotoEnvelope,
}

#[derive(Deserialize)]
struct IntotoEnvelope {
    signatures: Vec<IntotoSignature>,
}

#[derive(Deserialize)]
struct IntotoSignature {
    sig: String,
}

/// The entry that a bundle carries.
pub(super) fn bundle_entry(
    entry: &BundleEntry,
    payload: &[u8],
    envelope: &Envelope,
) -> Result<LogEntry, ImportError> {
    let place = "/verificationMaterial/tlogEntries/0";
    let body = base64(
        &entry.canonicalized_body,
        &format!("{place}/canonicalizedBody"),
    )?;
    check_body(&body, payload, envelope)?;
    let key = base64(&entry.log_id.key_id, &format!("{place}/logId/keyId"))?;
    if key.len() != 32 {
        return Err(fault::value(format!("{place}/logId/keyId"), "32 bytes"));
    }
    let index = entry.log_index.as_ref();
    let index = index.map_or(Ok(0), |index| index.read(&format!("{place}/logIndex")))?;
    let time = entry.integrated_time.as_ref();
    let time = time
        .map(|time| time.read(&format!("{place}/integratedTime")))
        .transpose()?;
    Ok(LogEntry {
        index,
        log_id: hex(&key),
        integrated_at: integrated(time, place)?,
    })
}

/// The entry in an answer of the REST API.
pub(super) fn rest_entry(
    rekor: &[u8],
    payload: &[u8],
    envelope: &Envelope,
) -> Result<LogEntry, ImportError> {
    let entries: BTreeMap<String, RestEntry> = fault::json(rekor)?;
    let mut entries = entries.into_values();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(fault::value("", "exactly one log entry"));
    };
    check_body(&base64(&entry.body, "/body")?, payload, envelope)?;
    if entry.log_id.len() != 64 || !is_lower_hex(&entry.log_id) {
        return Err(fault::value("/logID", "64 lower-case hex digits"));
    }
    let integrated_at = integrated(entry.integrated_time, "")?;
    Ok(LogEntry {
        index: entry.log_index,
        log_id: entry.log_id,
        integrated_at,
    })
}

/// Absent and 0 are no time.
fn integrated(seconds: Option<u64>, place: &str) -> Result<Option<Timestamp>, ImportError> {
    match seconds {
        None | Some(0) => Ok(None),
        Some(seconds) => Timestamp::from_secs(seconds)
            .map(Some)
            .ok_or_else(|| fault::range(format!("{place}/integratedTime"))),
    }
}

/// The entry must be about this envelope: same payload, same signatures.
fn check_body(body: &[u8], payload: &[u8], envelope: &Envelope) -> Result<(), ImportError> {
    let place = "canonicalizedBody";
    let read: Body<'_> = fault::json(body).map_err(|error| fault::within(error, place))?;
    let spec = read.spec.get().as_bytes();
    let within = |error| fault::within(error, place);
    let (hash, signatures) = match (read.kind.as_str(), read.api_version.as_str()) {
        ("dsse", "0.0.1") => {
            let spec: DsseSpec = fault::json(spec).map_err(within)?;
            let signatures = spec
                .signatures
                .into_iter()
                .map(|s| s.signature)
                .collect::<Vec<_>>();
            (spec.payload_hash, signatures)
        }
        ("intoto", "0.0.2") => {
            let spec: IntotoSpec = fault::json(spec).map_err(within)?;
            // Rekor encodes these signatures a second time.
            let once = |s: IntotoSignature| base64(&s.sig, place);
            let signatures = spec.content.envelope.signatures.into_iter().map(once);
            let signatures = signatures.map(|bytes| {
                String::from_utf8(bytes?).map_err(|_| fault::value(place, "base64 twice over"))
            });
            (
                spec.content.payload_hash,
                signatures.collect::<Result<Vec<_>, _>>()?,
            )
        }
        _ => {
            let expected = "a Rekor v1 entry, dsse 0.0.1 or intoto 0.0.2";
            return Err(fault::unsupported(place, expected));
        }
    };
    if hash.algorithm != "sha256"
        || format!("sha256:{}", hash.value) != Digest::sha256(payload).to_string()
    {
        return Err(fault::mismatch(place, "the payload's own SHA-256"));
    }
    let mut theirs: Vec<&str> = signatures.iter().map(String::as_str).collect();
    theirs.sort_unstable();
    if envelope.signatures() == theirs {
        Ok(())
    } else {
        Err(fault::mismatch(place, "the envelope's signatures"))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
