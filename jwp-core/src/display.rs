//! The printed form of a receipt: short for people, `{:#}` for everything.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use crate::{
    cbor::{Reader, diag},
    digest::Hex,
    envelope::{Receipt, UnverifiedReceipt},
    joules::MeterScope,
    payload::{EvidenceView, MeterView, Position},
};

/// Prints a receipt: the kind, the fields of its claim one per line, joules, citations, signature.
///
/// Without a headline every field of the claim is printed in diagnostic notation; with one, its
/// fields in its order. The alternate form `{:#}` prints all fields, header and payload in full. A field
/// is quoted where its name is not `[a-z][a-z0-9_]*`, or is a word that begins a line of this form.
///
/// The short form abbreviates digests and the signature: it identifies nothing.
#[derive(Debug, Clone)]
pub struct Printed<'r, 'a> {
    receipt: &'r UnverifiedReceipt<'a>,
    headline: Vec<(&'static str, String)>,
}

impl<'r, 'a> Printed<'r, 'a> {
    /// The printed form, with [`Claim::headline`](crate::Claim::headline) of its claim or nothing.
    #[must_use]
    pub const fn new(
        receipt: &'r UnverifiedReceipt<'a>,
        headline: Vec<(&'static str, String)>,
    ) -> Self {
        Self { receipt, headline }
    }
}

impl UnverifiedReceipt<'_> {
    /// The whole receipt in diagnostic notation (RFC 8949 §8), with the header and the payload
    /// opened as embedded CBOR (`<<…>>`, RFC 8610 appendix G.3).
    #[must_use]
    pub fn diagnostic(&self) -> String {
        let mut out = String::from("18([<<");
        // The receipt was parsed whole, so each part can be read again.
        let _ = diag::labelled(&mut Reader::unbounded(self.protected_bytes()), &mut out);
        out.push_str(">>, {");
        let mut proofs = self.proofs().enumerate().peekable();
        if proofs.peek().is_some() {
            out.push_str("394: [");
        }
        for (index, proof) in proofs {
            let comma = if index > 0 { ", " } else { "" };
            diag::put(&mut out, format_args!("{comma}h'{}'", Hex(proof)));
        }
        if self.proofs().next().is_some() {
            out.push(']');
        }
        out.push_str("}, <<");
        let _ = diag::item(&mut Reader::unbounded(self.payload_bytes()), &mut out);
        diag::put(&mut out, format_args!(">>, h'{}'])", Hex(self.signature())));
        out
    }
}

impl<'a> Receipt<'a> {
    /// The printed form with a headline, usually [`Claim::headline`](crate::Claim::headline).
    #[must_use]
    pub const fn printed(&self, headline: Vec<(&'static str, String)>) -> Printed<'_, 'a> {
        Printed::new(self.as_unverified(), headline)
    }
}

impl fmt::Display for Receipt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.printed(Vec::new()), f)
    }
}

impl fmt::Display for Printed<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.receipt.unverified_payload();
        writeln!(f, "JWP ReceiptPayload")?;
        writeln!(f, "kind \"{}\"", payload.kind())?;
        if f.alternate() {
            self.place(f)?;
        }
        if self.headline.is_empty() || f.alternate() {
            let fields = claim_fields(payload.claim_bytes());
            fields.iter().try_for_each(|(key, value)| {
                if is_plain(payload.kind(), key) {
                    return writeln!(f, "{key} {value}");
                }
                writeln!(f, "{} {value}", Quoted(key))
            })?;
        } else {
            self.headline
                .iter()
                .try_for_each(|(key, value)| writeln!(f, "{key} {value}"))?;
        }
        if let Some(joules) = payload.joules() {
            writeln!(f, "joules {joules}")?;
        }
        if f.alternate() {
            self.grounds(f)?;
        }
        let cite: Vec<_> = payload.cite().iter().collect();
        writeln!(f, "cite {}", Quoted(&cite.join(" · ")))?;
        if f.alternate() {
            write!(f, "sig \"ed25519:0x{}\"", Hex(self.receipt.signature()))
        } else {
            write!(
                f,
                "sig \"ed25519:{}\"",
                short_signature(self.receipt.signature())
            )
        }
    }
}

impl Printed<'_, '_> {
    /// The header, and the place in the chain.
    fn place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = self.receipt.unverified_header();
        writeln!(f, "iss {}", header.iss())?;
        writeln!(f, "sub {}", header.sub())?;
        writeln!(f, "aud {}", header.aud())?;
        writeln!(f, "iat {}", header.iat().as_secs())?;
        writeln!(f, "kid {}", header.kid())?;
        writeln!(f, "link {}", self.receipt.link())?;
        let position = self.receipt.unverified_payload().position();
        writeln!(f, "seq {}", position.seq())?;
        match position {
            Position::First { run, after } => {
                writeln!(f, "run {run}")?;
                after
                    .iter()
                    .try_for_each(|after| writeln!(f, "after {after}"))
            }
            Position::Next { prev, .. } => writeln!(f, "prev {prev}"),
        }
    }

    /// Meter, subject, evidence and references.
    fn grounds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.receipt.unverified_payload();
        if let Some(meter) = payload.meter() {
            write_meter(f, &meter)?;
        }
        for digest in payload.subject() {
            writeln!(f, "subject {digest}")?;
        }
        for evidence in payload.evidence() {
            write_evidence(f, &evidence)?;
        }
        for reference in payload.refs() {
            writeln!(f, "ref {} {}", reference.rel.name(), reference.link)?;
        }
        Ok(())
    }
}

/// One line: source and method, then the other fields by their names on the wire, in the order of the schema.
fn write_meter(f: &mut fmt::Formatter<'_>, meter: &MeterView<'_>) -> fmt::Result {
    write!(f, "meter {} {}", meter.source.name(), Quoted(meter.method))?;
    field(f, "id", meter.id.map(Quoted))?;
    field(f, "scope", meter.scope.map(MeterScope::name))?;
    field(f, "start_ms", meter.start_ms)?;
    field(f, "window_ms", meter.window_ms)?;
    field(f, "resolution_uj", meter.resolution_uj)?;
    field(f, "lo", meter.lo)?;
    field(f, "hi", meter.hi)?;
    field(f, "model", meter.model)?;
    field(f, "max_w", meter.max_w)?;
    for (index, domain) in meter.domains.iter().enumerate() {
        let before = if index == 0 { " domains " } else { ", " };
        write!(f, "{before}{}", Quoted(domain))?;
    }
    field(f, "note", meter.note.map(Quoted))?;
    writeln!(f)
}

/// One line: role, digest and size, then the other fields by their names on the wire, in the order of the schema.
fn write_evidence(f: &mut fmt::Formatter<'_>, evidence: &EvidenceView<'_>) -> fmt::Result {
    let (role, digest, size) = (Quoted(evidence.role), evidence.digest, evidence.size);
    write!(f, "evidence {role} {digest} {size} bytes")?;
    field(f, "media_type", evidence.media_type.map(Quoted))?;
    field(f, "tool", evidence.tool.map(Quoted))?;
    field(f, "tool_version", evidence.tool_version.map(Quoted))?;
    field(f, "argv_digest", evidence.argv_digest)?;
    field(f, "exit_code", evidence.exit_code)?;
    writeln!(f)
}

/// ` name value`, where there is one.
fn field(f: &mut fmt::Formatter<'_>, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    match value {
        Some(value) => write!(f, " {name} {value}"),
        None => Ok(()),
    }
}

/// Text in the quotes of diagnostic notation.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut quoted = String::new();
        diag::text(self.0, &mut quoted);
        f.write_str(&quoted)
    }
}

/// The fields of a claim that was checked when its receipt was parsed, in diagnostic notation.
fn claim_fields(claim: &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut reader = Reader::unbounded(claim);
    let Ok(mut map) = reader.map() else {
        return fields;
    };
    while let Ok(Some(key)) = map.next_text(&mut reader) {
        let mut value = String::new();
        if diag::item(&mut reader, &mut value).is_err() {
            break;
        }
        fields.push((key.to_string(), value));
    }
    fields
}

/// The words that begin the lines which this form, and what is printed around it, has itself.
const WORDS: [&str; 19] = [
    "after", "aud", "cite", "evidence", "iat", "iss", "joules", "kid", "kind", "link", "meter",
    "prev", "proof", "ref", "run", "seq", "sig", "sub", "subject",
];

/// The fields of this project's kinds that are called so all the same: they name what these words mean.
const FIELDS: [(&str, &str); 6] = [
    ("delivery.release.sealed", "joules"),
    ("trust.receipt.endorsed", "kind"),
    ("trust.receipt.endorsed", "link"),
    ("trust.receipt.endorsed", "seq"),
    ("trust.time.witnessed", "link"),
    ("trust.time.witnessed", "seq"),
];

/// Whether a field's name can be taken for nothing else: a kind names its fields as it likes, and one called
/// `sig "ed25519:…"`, or just `sig`, would read as the signature.
fn is_plain(kind: &str, key: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(plain)
        && (!WORDS.contains(&key) || FIELDS.contains(&(kind, key)))
}

/// `0x4f...c1a`: the first byte and the last three digits.
fn short_signature(signature: &[u8; 64]) -> String {
    let [first, .., last_but_one, last] = signature;
    alloc::format!("0x{first:02x}...{:x}{last:02x}", last_but_one & 0x0f)
}
