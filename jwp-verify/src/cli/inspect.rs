//! `jwp inspect`: what the receipts of a file say, without verifying any of it.

use std::path::PathBuf;

use jwp_core::{
    ErrorKind, UnverifiedReceipt,
    cbor::{self, Value},
    chain::SequenceReader,
    display::Printed,
    payload::Position,
};
use jwp_verify::report;
use serde_json::{Map, Value as Json, json};

use super::{
    Format, Output,
    failure::{Failure, Result},
    file,
};

/// Arguments of `jwp inspect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// The chain: a regular file
    #[arg(value_name = "F.jwp")]
    chain: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

impl Inspect {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        if self.format == Format::Json {
            out.text("{\"verified\":false,\"receipts\":[");
        }
        let read = self.receipts(out);
        if self.format == Format::Json {
            // What was read so far stays readable, and says that it is not all.
            out.text("]");
            if let Err(failure) = &read {
                let error = failure.to_json().to_string();
                out.text(&format!(",\"error\":{}", report::json::escape(&error)));
            }
            out.text("}\n");
        }
        read
    }

    fn receipts(&self, out: &mut Output) -> Result<()> {
        let at = |error: jwp_core::Error| Failure::at(error, &self.chain);
        let mut receipts = SequenceReader::new(file::open(&self.chain)?);
        let mut count = 0u64;
        if self.format == Format::Human {
            out.text("NOT VERIFIED: no signature, key or link was checked. Use jwp verify.\n");
        }
        while let Some((offset, receipt)) = receipts
            .next_receipt()
            .map_err(|e| Failure::at(e, &self.chain))?
        {
            match self.format {
                Format::Human => human(offset, &receipt, out),
                Format::Json => {
                    let json = json_of(offset, &receipt).map_err(|e| at(e.nested(offset)))?;
                    if count > 0 {
                        out.text(",");
                    }
                    out.text(&report::json::escape(&json.to_string()));
                }
            }
            out.flush()?;
            count = count.saturating_add(1);
        }
        if count == 0 {
            return Err(at(jwp_core::Error::at(ErrorKind::Truncated, 0)));
        }
        Ok(())
    }
}

fn human(offset: usize, receipt: &UnverifiedReceipt<'_>, out: &mut Output) {
    let iat = receipt.unverified_header().iat();
    let seq = receipt.unverified_payload().seq();
    out.line(format_args!(""));
    out.line(format_args!(
        "-- not verified: seq {seq} at byte {offset}, said to be signed at {iat}"
    ));
    // An unknown kind may name its fields as it likes, so each line is escaped by itself.
    for line in format!("{:#}", Printed::new(receipt, Vec::new())).lines() {
        out.line(format_args!("{line}"));
    }
    for proof in receipt.proofs() {
        out.line(format_args!("proof {} bytes, not checked", proof.len()));
    }
}

fn json_of(offset: usize, receipt: &UnverifiedReceipt<'_>) -> jwp_core::error::Result<Json> {
    let (header, payload) = (receipt.unverified_header(), receipt.unverified_payload());
    let claim: Value = cbor::from_slice(payload.claim_bytes())
        .map_err(|error| error.nested(payload.claim_offset()))?;
    let mut object = Map::new();
    let mut put = |key: &str, value: Json| object.insert(key.to_owned(), value);
    put("offset", json!(offset));
    put("size", json!(receipt.as_bytes().len()));
    put("link", json!(receipt.link().to_string()));
    put("kid", json!(receipt.kid().to_string()));
    put("iss", json!(header.iss()));
    put("sub", json!(header.sub()));
    put("aud", json!(header.aud()));
    put("iat", json!(header.iat().as_secs()));
    put("kind", json!(payload.kind()));
    put("seq", json!(payload.seq()));
    match payload.position() {
        Position::First { run, after } => {
            put("run", json!(run.to_string()));
            if let Some(after) = after {
                put("after", json!(after.to_string()));
            }
        }
        Position::Next { prev, .. } => {
            put("prev", json!(prev.to_string()));
        }
        _ => {}
    }
    put("claim", json!(claim));
    put("cite", json!(payload.cite().iter().collect::<Vec<_>>()));
    let subject = payload.subject().iter().map(|digest| digest.to_string());
    put("subject", json!(subject.collect::<Vec<_>>()));
    let refs = payload.refs().iter();
    let refs = refs.map(|r| json!({ "rel": r.rel.name(), "link": r.link.to_string() }));
    put("refs", refs.collect());
    let evidence = payload.evidence().iter();
    let evidence = evidence.map(|e| {
        let fields = [
            ("role", json!(e.role)),
            ("digest", json!(e.digest.to_string())),
            ("size", json!(e.size)),
            ("media_type", json!(e.media_type)),
            ("tool", json!(e.tool)),
            ("tool_version", json!(e.tool_version)),
            (
                "argv_digest",
                json!(e.argv_digest.map(|digest| digest.to_string())),
            ),
            ("exit_code", json!(e.exit_code)),
        ];
        let present = fields.into_iter().filter(|(_, value)| !value.is_null());
        Json::Object(
            present
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    });
    put("evidence", evidence.collect());
    if let (Some(joules), Some(meter)) = (payload.joules(), payload.meter()) {
        put("joules", json!(joules.to_string()));
        put(
            "meter",
            json!({ "source": meter.source.name(), "method": meter.method }),
        );
    }
    put("signature", json!(hex(receipt.signature())));
    Ok(Json::Object(object))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
