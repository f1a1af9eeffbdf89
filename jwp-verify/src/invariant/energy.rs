//! R17: what a meter measured is counted once, and is no more than the machine can draw.

use std::collections::{BTreeMap, BTreeSet};

use jwp_core::{Decimal, Digest, EnergySource, Joules, MeterScope, Receipt, payload::MeterView};

use crate::{
    code::{Code, Rule},
    finding::{Finding, Place},
    unchecked::Unchecked,
};

/// Most windows that are remembered: a release has some dozens, and a stream of millions must not fill the memory.
/// Later ones are compared with these, and listed as not compared with each other.
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
            let finding = Finding::new(Code::PolicyMeasurement, found, expected);
            out.push(finding.of_rule(Rule::R17).at(place));
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
        let compared = self.insert(&meter, start_ms, window);
        if let Some(first) = compared.overlapped {
            let id = meter.id.unwrap_or_default();
            refused(
                format!("{id} over [{start_ms}, {end_ms}) ms"),
                format!("a window that seq {} has not counted already", first.seq),
            );
        }
        if compared.is_full {
            let detail = "energy measured in windows with which later ones were not compared";
            unchecked.note("energy", detail, place.seq);
        }
    }

    /// Compares a window with those that are remembered, and remembers it while there is room.
    fn insert(&mut self, meter: &MeterView<'_>, start_ms: u64, window: Window) -> Compared {
        let id = Digest::sha256(meter.id.unwrap_or_default().as_bytes());
        // Without a list the figure is of what the meter calls all: a domain without a name.
        let mut domains: BTreeSet<&str> = meter.domains.iter().collect();
        if domains.is_empty() {
            domains.insert("");
        }
        let mut compared = Compared::default();
        for domain in domains {
            let key = [id, Digest::sha256(domain.as_bytes())];
            // Those in the map are disjoint, so that the last one to begin in front of the end is the last one to end.
            let windows = self.windows.get(&key);
            let before = windows.and_then(|windows| windows.range(..window.end_ms).next_back());
            if let Some((_, before)) = before.filter(|(_, before)| before.end_ms > start_ms) {
                compared.overlapped = Some(*before);
            } else if self.count < MAX_WINDOWS {
                let windows = self.windows.entry(key).or_default();
                windows.insert(start_ms, window);
                self.count = self.count.saturating_add(1);
            } else {
                compared.is_full = true;
            }
        }
        compared
    }
}

/// What came of a window.
#[derive(Debug, Default)]
struct Compared {
    /// One that it overlaps.
    overlapped: Option<Window>,
    /// Whether there was no room to remember it.
    is_full: bool,
}

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
