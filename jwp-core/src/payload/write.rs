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
    joules::Meter,
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
        const { assert!(VERSION == 1, "the byte behind v") };
        if let Position::First { run, .. } = position {
            out.extend_from_slice(b"\x61v\x01\x63run");
            write_bytes(run.as_bytes(), out);
            out.extend_from_slice(b"\x63seq");
        } else {
            out.extend_from_slice(b"\x61v\x01\x63seq");
        }
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
            write_meter(meter, &mut values)?;
            values.out().extend_from_slice(b"\x66joules");
            let (mantissa, exponent) = joules.parts();
            write_number(mantissa, exponent, values.out());
        }
        if !self.subject.is_empty() {
            let out = values.out();
            out.extend_from_slice(b"\x67subject");
            write_array(self.subject.len(), out);
            for digest in &self.subject {
                let (name, hex) = digest.ascii();
                let [a, b, c, d, e, f, g] = *name;
                // Text of 71 bytes.
                out.extend_from_slice(&[0x78, 0x47, a, b, c, d, e, f, g]);
                out.extend_from_slice(&hex);
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
        /// What is around, the map, v, seq, kind, run or prev, and the array of citations.
        const ALWAYS: usize = AROUND.saturating_add(6);
        // Less than there are bytes in memory.
        [
            members,
            cited,
            // A map with two keys and their values.
            usize::from(!self.refs.is_empty()),
            self.refs.len().wrapping_mul(5),
            usize::from(after),
            joules,
            usize::from(!self.subject.is_empty()),
            self.subject.len(),
        ]
        .into_iter()
        .fold(ALWAYS, usize::wrapping_add)
    }
}

/// Writes the members of a meter in their order, as serde would: bytewise, of the encoded keys.
fn write_meter(meter: &Meter, values: &mut Encoder<'_>) -> Result<()> {
    let Meter {
        hi,
        id,
        lo,
        note,
        max_w,
        model,
        scope,
        method,
        source,
        domains,
        start_ms,
        window_ms,
        resolution_uj,
    } = meter;
    let mut map = values.known_map()?;
    map.member(b"\x62hi", hi.as_ref())?;
    map.member(b"\x62id", id.as_ref())?;
    map.member(b"\x62lo", lo.as_ref())?;
    map.member(b"\x64note", note.as_ref())?;
    map.member(b"\x65max_w", max_w.as_ref())?;
    map.member(b"\x65model", model.as_ref())?;
    map.member(b"\x65scope", scope.as_ref())?;
    map.text(b"\x66method", method)?;
    map.known_text(b"\x66source", source.name())?;
    let domains = (!domains.is_empty()).then_some(domains);
    map.member(b"\x67domains", domains)?;
    map.member(b"\x68start_ms", start_ms.as_ref())?;
    map.member(b"\x69window_ms", window_ms.as_ref())?;
    map.member(b"\x6dresolution_uj", resolution_uj.as_ref())?;
    map.end();
    Ok(())
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

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::{
        cbor::{self, MAX_ITEMS},
        joules::{EnergySource, MeterScope},
    };

    fn encode(meter: &Meter, others: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        write_meter(meter, &mut Encoder::within(1, others, &mut out))?;
        Ok(out)
    }

    /// Every choice of optional members.
    fn meters() -> impl Iterator<Item = Meter> {
        (0..1_u16 << 11).map(|chosen| {
            let has = |bit: u16| chosen >> bit & 1 == 1;
            let mut meter = Meter::new(EnergySource::Modelled, "§ a method of more than 23 bytes");
            meter.hi = has(0).then(|| "2.5".parse().unwrap());
            meter.id = has(1).then(|| "rapl".into());
            meter.lo = has(2).then(|| "1".parse().unwrap());
            meter.note = has(3).then(|| "a note".into());
            meter.max_w = has(4).then(|| "-0.25".parse().unwrap());
            meter.model = has(5).then(|| crate::Digest::sha256(b"a model"));
            meter.scope = has(6).then_some(MeterScope::Cgroup);
            meter.start_ms = has(7).then_some(1_700_000_000_000);
            meter.window_ms = has(8).then_some(0);
            meter.resolution_uj = has(9).then_some(61);
            meter.domains = if has(10) {
                alloc::vec!["package-0".into(), "dram".into()]
            } else {
                Vec::new()
            };
            meter
        })
    }

    #[test]
    fn a_meter_is_written_as_serde_writes_it() {
        for meter in meters() {
            assert_eq!(encode(&meter, 0).unwrap(), cbor::to_vec(&meter).unwrap());
        }
    }

    #[test]
    fn a_meter_counts_the_items_that_serde_counts() {
        let code = |error: crate::Error| error.code();
        for (at, mut meter) in meters().step_by(7).enumerate() {
            // Of two faults the first is told.
            if at % 4 == 3 {
                meter.method = "\u{7}".into();
            }
            for others in MAX_ITEMS - 48..=MAX_ITEMS {
                let mut out = Vec::new();
                let by_serde = Encoder::within(1, others, &mut out).value(&meter);
                let found = encode(&meter, others).map(|_| ()).map_err(code);
                assert_eq!(found, by_serde.map_err(code), "{others}");
            }
        }
    }

    #[test]
    fn text_that_may_not_stand_in_a_receipt_stands_in_no_meter() {
        let mut meters = [(); 4].map(|()| Meter::declared("by hand"));
        meters[0].method = "\u{7}".into();
        meters[1].id = Some("\u{202e}".into());
        meters[2].note = Some("\u{feff}".into());
        meters[3].domains = alloc::vec!["dram".into(), "\n".into()];
        for meter in meters {
            let error = encode(&meter, 0).unwrap_err();
            assert_eq!(error.code(), cbor::to_vec(&meter).unwrap_err().code());
            assert_eq!(error.code(), "Codec.BadText");
        }
    }
}
