//! R17: what a release cost is one figure, whatever its parts come from.

use jwp_core::{EnergySource, Joules, Meter, MeterScope};
use jwp_verify::Stage;

use crate::support::*;

/// T81: each source holds its sum, and all of them together do not.
#[test]
fn sums_that_overflow_across_sources_are_refused() {
    let with = |most: u64| {
        let mut measured = Meter::new(EnergySource::Measured, "rapl");
        measured.id = Some("intel-rapl:0".into());
        measured.scope = Some(MeterScope::Machine);
        measured.start_ms = Some(BASE * 1000);
        measured.window_ms = Some(1000);
        let most = Joules::from_microjoules(most);
        let one = Joules::from_microjoules(1);
        let bytes = draft(vec![
            step(
                "builder",
                build().with_joules(most, Meter::declared("all of it")),
            ),
            step("builder", attestation().with_joules(one, measured)),
        ]);
        check(&bytes.bytes(), &anything(Stage::None))
    };
    let report = with(u64::MAX - 1);
    passes(&report);
    let total = report.facts.joules.total().map(Joules::as_microjoules);
    assert_eq!(total, Some(u64::MAX));
    let report = with(u64::MAX);
    codes(&report, 1, &["Policy.Overflow"]);
    assert_eq!(report.findings[0].seq, Some(1));
}
