//! An event stream: what the snapshot counts adds up.
#![no_main]
use jwp_core::Timestamp;
use jwp_delivery::import::cdevents::{self, ChangeLink, DoraScope, IncidentScope};
use jwp_fuzz::{holds, importer};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let secs = |secs| Timestamp::from_secs(secs).expect("a time");
    let scope = DoraScope::new(
        "service/demo",
        "test123",
        secs(1_792_886_400),
        secs(1_795_478_400),
    );
    for scope in [
        scope.clone(),
        scope
            .with_changes(ChangeLink::Sequence)
            .with_incidents(IncidentScope::Stream),
    ] {
        let imported = importer(data, |data| cdevents::import(data, &scope), holds);
        if let Some(imported) = imported {
            let claim = imported.claim;
            assert!(claim.deployments > 0);
            assert!(claim.failed_deployments <= claim.deployments);
        }
    }
});
