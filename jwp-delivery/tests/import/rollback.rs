//! The way back: armed for one image, fired in measured time.

use jwp_core::{Digest, Link};
use jwp_delivery::{
    import::{
        argo,
        rollback::{self, Conditions, Guard, PreviousRelease},
    },
    kind::rollback::{DownMigration, FlagOff},
};

use crate::{
    argo::canary_context,
    support::{folder, read, replace, secs, wire},
};

#[test]
fn a_rollback_is_armed_and_fires_in_measured_time() {
    let image = |n: u8| Digest::sha256(&[n]);
    let previous = PreviousRelease {
        release: "v2026.05.06".into(),
        image: image(6),
        seal: Some(Link::from_bytes([6; 32])),
    };
    let definition = read("openfeature/flagd-0.11-handmade/flags.json");
    let off = |definition: &[u8]| rollback::flag_off(definition, "jouledb-fast-path", "on");
    let target = off(&definition).unwrap();
    assert_eq!(
        (target.variant.as_str(), target.flag_set.as_deref()),
        ("off", Some("prod/jouledb"))
    );
    for (from, to, code) in [
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": \"on\"",
            "Import.Value",
        ),
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": \"none\"",
            "Import.Incomplete",
        ),
        (
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": null",
            "Import.Incomplete",
        ),
        ("jouledb-fast-path", "another", "Import.Incomplete"),
    ] {
        let refused = off(&replace(&definition, from, to)).unwrap_err();
        assert_eq!(refused.code(), code, "{from} to {to}");
    }
    let conditions = |trigger: &[&str]| Conditions {
        rto_s: 90,
        down_migration: DownMigration::None,
        trigger: trigger.iter().map(|&t| t.to_owned()).collect(),
        round_trip_min: "13.5".parse().unwrap(),
        expires: secs(1_778_233_320),
        nonce: [7; 16],
    };
    let arm = |armed_for, trigger: &[&str]| {
        rollback::arm(
            &previous,
            armed_for,
            FlagOff::clone(&target),
            conditions(trigger),
        )
    };
    let armed = arm(image(7), &["p99 > +10 %"]).unwrap();
    assert_eq!(armed.subject, [image(7)]);
    let (kind, claim) = wire(&armed.claim);
    assert_eq!(kind, "delivery.rollback.armed");
    assert_eq!(claim["rollback_image"], image(6).to_string());
    assert_eq!(claim["previous_seal"], "06".repeat(32));
    let refused = arm(image(6), &["x"]).unwrap_err();
    assert_eq!(refused.code(), "Codec.Schema", "back to the same image");
    let refused = arm(image(7), &[]).unwrap_err();
    assert_eq!(refused.code(), "Codec.Schema", "without a condition");

    let files = folder("argo/1.7.2-handmade/aborted");
    let names = ["rollout.yaml", "analysisruns.json", "events.json"];
    let documents = names.map(|name| files[name].as_slice());
    let abort = argo::abort(&documents, &canary_context()).unwrap();
    let measured = abort.finished_ms - abort.started_ms;
    let link = Link::from_bytes([9; 32]);
    let guard = Guard::SyncPausedUntil(secs(1_800_000_000));
    let fired = rollback::fire(&armed.claim, link, abort.clone(), guard.clone()).unwrap();
    let (kind, claim) = wire(&fired.claim);
    assert_eq!(kind, "delivery.rollback.fired");
    assert_eq!(claim["measured_ms"], measured);
    assert_eq!(claim["reason"], "an analysis failed");
    assert_eq!(claim["rto_s"], 90);
    let mut backwards = abort.clone();
    backwards.finished_ms = backwards.started_ms - 1;
    let refused = rollback::fire(&armed.claim, link, backwards, guard).unwrap_err();
    assert_eq!(refused.code(), "Import.Value");
    let guard = Guard::GitRevert("HEAD~1".into());
    let refused = rollback::fire(&armed.claim, link, abort, guard).unwrap_err();
    assert_eq!(refused.code(), "Import.Value");
    let healthy = folder("argo/1.7.2-handmade");
    let documents = names.map(|name| healthy[name].as_slice());
    let refused = argo::abort(&documents, &canary_context()).unwrap_err();
    assert_eq!(refused.code(), "Import.Incomplete");
}
