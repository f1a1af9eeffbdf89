//! A payload's bytes. All but the claim has one order of members, which stands here as [`Payload`] reads it;
//! the claim goes through serde.
//!
//! [`Payload`]: super::Payload

use alloc::vec::Vec;

use super::{MAX_CITE, Position, ReceiptPayload, VERSION};
use crate::{
    cbor::{
        Encoder, set_array, write_array, write_bytes, write_known_text, write_map, write_number,
        write_text, write_uint,
    },
    claim::{Citation, Claim},
    error::{ErrorKind, Result},
};

/// Items of a receipt outside its payload: tag, array and its four members, and the 19 of the header.
const AROUND: usize = 25;

impl<C: Claim> ReceiptPayload<C> {
    /// Keys in bytewise order of their encodings (RFC 8949 §4.2.1): shorter ones first.
    pub(super) fn write(&self, position: &Position, out: &mut Vec<u8>) -> Result<()> {
        let optional = [
            !self.refs.is_empty(),
            self.energy.is_some(),
            self.energy.is_some(),
            !self.subject.is_empty(),
            !self.evidence.is_empty(),
            matches!(position, Position::First { after: Some(_), .. }),
        ];
        // v, seq, cite, kind and claim stand always; run at seq 0 and prev behind it.
        let present = optional.iter().filter(|is| **is).count().saturating_add(6);
        write_map(present, out);
        out.extend_from_slice(b"\x61v");
        write_uint(VERSION, out);
        if let Position::First { run, .. } = position {
            out.extend_from_slice(b"\x63run");
            write_bytes(run.as_bytes(), out);
        }
        out.extend_from_slice(b"\x63seq");
        write_uint(position.seq(), out);
        out.extend_from_slice(b"\x64cite");
        let cited = write_cite(self.claim.cite(&self.evidence), out)?;
        out.extend_from_slice(b"\x64kind");
        // Its grammar was checked.
        write_known_text(C::KIND, out);
        if let Position::Next { prev, .. } = position {
            out.extend_from_slice(b"\x64prev");
            write_bytes(prev.as_bytes(), out);
        }
        if !self.refs.is_empty() {
            out.extend_from_slice(b"\x64refs");
            write_array(self.refs.len(), out);
            for reference in &self.refs {
                out.extend_from_slice(b"\xa2\x63rel");
                write_known_text(reference.rel.name(), out);
                out.extend_from_slice(b"\x64link");
                write_bytes(reference.link.as_bytes(), out);
            }
        }
        if let Position::First {
            after: Some(after), ..
        } = position
        {
            out.extend_from_slice(b"\x65after");
            write_bytes(after.as_bytes(), out);
        }
        out.extend_from_slice(b"\x65claim");
        let claim_at = out.len();
        // The encoder stops where a reader would: the map is open, and all that it does not write itself is
        // counted beforehand.
        let others = self.items(position, present, cited);
        let mut values = Encoder::within(1, others, out);
        values.value(&self.claim)?;
        if values.out().get(claim_at).map(|initial| initial >> 5) != Some(5) {
            return Err(ErrorKind::field("claim", "a struct or map").into());
        }
        if let Some((joules, meter)) = &self.energy {
            values.out().extend_from_slice(b"\x65meter");
            values.value(meter)?;
            values.out().extend_from_slice(b"\x66joules");
            let (mantissa, exponent) = joules.parts();
            write_number(mantissa, exponent, values.out());
        }
        if !self.subject.is_empty() {
            let out = values.out();
            out.extend_from_slice(b"\x67subject");
            write_array(self.subject.len(), out);
            for digest in &self.subject {
                // Text of 71 bytes.
                out.extend_from_slice(b"\x78\x47");
                out.extend_from_slice(&digest.to_ascii());
            }
        }
        if !self.evidence.is_empty() {
            values.out().extend_from_slice(b"\x68evidence");
            values.value(&self.evidence)?;
        }
        Ok(())
    }

    /// The items (heads) of the receipt beside those of claim, meter and evidence.
    fn items(&self, position: &Position, members: usize, cited: usize) -> usize {
        let after = matches!(position, Position::First { after: Some(_), .. });
        let joules = match &self.energy {
            // Tag, array, exponent and mantissa, where joules are no integer.
            Some((joules, _)) if joules.as_microjoules() % 1_000_000 != 0 => 4,
            other => usize::from(other.is_some()),
        };
        [
            AROUND,
            // The map, a key for each member, then v, seq, kind, and run or prev.
            1,
            members,
            4,
            1,
            cited,
            // A map with two keys and their values.
            usize::from(!self.refs.is_empty()),
            self.refs.len().saturating_mul(5),
            usize::from(after),
            joules,
            usize::from(!self.subject.is_empty()),
            self.subject.len(),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}

/// Writes the citations; gives their number.
fn write_cite(cite: impl IntoIterator<Item: Into<Citation>>, out: &mut Vec<u8>) -> Result<usize> {
    let at = out.len();
    write_array(0, out);
    let mut count = 0_usize;
    for entry in cite {
        count = count.saturating_add(1);
        if count > MAX_CITE {
            return Err(ErrorKind::field("cite", "at most 32 entries").into());
        }
        write_text(&entry.into(), out)?;
    }
    set_array(at, count, out);
    Ok(count)
}
