//! R17: what a meter measured is counted once, and is no more than the machine can draw.

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::{Decimal, Digest, EnergySource, Joules, MeterScope, Receipt, payload::MeterView};

use crate::{
    finding::{Finding, Place},
    unchecked::Unchecked,
};

/// Most windows that are remembered: a release has some dozens, and a stream of millions must not fill the memory.
/// Later ones are listed as not compared.
const MAX_WINDOWS: usize = 1 << 14;

/// The windows of whole machines so far: of each meter and domain, by their beginning. They do not overlap. Names are
/// kept as SHA-256, because they may be long.
#[derive(Debug, Default)]
pub(super) struct Measured {
    windows: BTreeMap<[Digest; 2], BTreeMap<u64, Window>>,
    count: usize,
}

/// A window that was measured.
#[derive(Debug, Clone, Copy)]
struct Window {
    end_ms: u64,
    seq: u64,
}

impl Measured {
    /// Takes the figure of a receipt, if it has one that was measured.
    pub(super) fn push(
        &mut self,
        receipt: &Receipt<'_>,
        place: Place,
        unchecked: &mut Unchecked,
        out: &mut Vec<Finding>,
    ) {
        let payload = receipt.payload();
        let (Some(joules), Some(meter)) = (payload.joules(), payload.meter()) else {
            return;
        };
        let (EnergySource::Measured, Some(start_ms), Some(window_ms)) =
            (meter.source, meter.start_ms, meter.window_ms)
        else {
            return;
        };
        let mut refused = |found: String, expected: String| {
            let finding = Finding::new("Policy.Measurement", found, expected);
            out.push(finding.of_rule("R17").at(place));
        };
        if let Some(max_w) = meter.max_w
            && is_beyond(joules, window_ms, max_w)
        {
            refused(
                format!("{joules} J in {window_ms} ms"),
                format!("at most {max_w} W, as the meter says"),
            );
        }
        // Control groups and processes are parts of a machine, which one name may stand for.
        if meter.scope != Some(MeterScope::Machine) || window_ms == 0 {
            return;
        }
        let end_ms = start_ms.saturating_add(window_ms);
        let window = Window {
            end_ms,
            seq: place.seq,
        };
        match self.insert(&meter, start_ms, window) {
            Err(Full) => {
                let detail = "energy measured in windows that were not compared with all others";
                unchecked.note("energy", detail, place.seq);
            }
            Ok(Some(first)) => {
                let id = meter.id.unwrap_or_default();
                refused(
                    format!("{id} over [{start_ms}, {end_ms}) ms"),
                    format!("a window that seq {} has not counted already", first.seq),
                );
            }
            Ok(None) => {}
        }
    }

    /// Remembers a window, or gives one that it overlaps.
    fn insert(
        &mut self,
        meter: &MeterView<'_>,
        start_ms: u64,
        window: Window,
    ) -> Result<Option<Window>, Full> {
        let id = Digest::sha256(meter.id.unwrap_or_default().as_bytes());
        // Without a list the figure is of what the meter calls all: a domain without a name.
        let mut domains: BTreeSet<&str> = meter.domains.iter().collect();
        if domains.is_empty() {
            domains.insert("");
        }
        let mut overlapped = None;
        for domain in domains {
            if self.count >= MAX_WINDOWS {
                return Err(Full);
            }
            let windows = self
                .windows
                .entry([id, Digest::sha256(domain.as_bytes())])
                .or_default();
            // Those in the map are disjoint, so that the last one to begin in front of the end is the last one to end.
            let before = windows.range(..window.end_ms).next_back();
            match before {
                Some((_, before)) if before.end_ms > start_ms => overlapped = Some(*before),
                _ => {
                    windows.insert(start_ms, window);
                    self.count = self.count.saturating_add(1);
                }
            }
        }
        Ok(overlapped)
    }
}

/// No more windows are remembered.
struct Full;

/// Whether the figure is above `max_w` for as long as the window: µJ · 10^−6 > mantissa · 10^exponent · ms · 10^−3.
fn is_beyond(joules: Joules, window_ms: u64, max_w: Decimal) -> bool {
    let Ok(mantissa) = u128::try_from(max_w.mantissa()) else {
        // Less than nothing.
        return true;
    };
    // Below 2^128, and whatever saturates on the other side is above.
    let most = mantissa.saturating_mul(window_ms.into());
    let figure = u128::from(joules.as_microjoules());
    let exponent = i32::from(max_w.exponent()).saturating_add(3);
    let power = 10u128.saturating_pow(exponent.unsigned_abs());
    if exponent < 0 {
        figure.saturating_mul(power) > most
    } else {
        figure > most.saturating_mul(power)
    }
}
