//! Expectations and stages.

use jwp_core::{Claim, Decimal, EnergySource, Meter, MeterScope, ReceiptPayload};
use jwp_delivery::{
    Window,
    kind::{
        canary::{Canary, CanaryAborted, CanaryStepped},
        gates::{GatesWaived, Waiver},
        incident::{Incident, IncidentOpened, IncidentResolved},
        release::Outcome,
        rollback::{RollbackArmed, RollbackDisarmed, RollbackFailed, RollbackFired},
    },
};
use jwp_verify::{Expectations, Expected, RememberedHead, Stage, verify};

use crate::support::*;

#[test]
fn whole_release_passes() {
    let release = release();
    let report = check(&release.bytes(), &expect());
    passes(&report);
    let verdict = report.verdict();
    let head = release.links[SEAL];
    assert_eq!(
        verdict,
        format!(
            "PASSED: jouledb@v2026.05.07 to prod, image {}, stage release, 9 receipts, 5.46 J \
             (declared), sealed at seq 8, head {head}",
            image()
        )
    );
    assert_eq!(report.facts.receipts, 9);
    assert_eq!(report.facts.unmetered, 0);
    assert_eq!(report.facts.kinds.values().sum::<u64>(), 9);
    let not_checked: Vec<_> = report.not_checked.iter().map(|entry| entry.what).collect();
    assert_eq!(not_checked, ["attestation", "time", "later-events", "rule"]);
}

#[test]
fn index_of_the_build_names_the_image() {
    let bytes = release().bytes();
    passes(&check(
        &bytes,
        &Expectations::new(id(SUB), id(AUD), digest("index")),
    ));
    // T88: neither the manifest nor the index; the configuration is no name of the image to ask for.
    for other in ["other image", "config"] {
        let report = check(&bytes, &Expectations::new(id(SUB), id(AUD), digest(other)));
        codes(&report, 1, &["Policy.DigestMismatch"]);
    }
}

/// T47, T48, T112.
#[test]
fn other_release_or_environment_is_refused() {
    let bytes = release().bytes();
    let other = |sub, aud| check(&bytes, &Expectations::new(id(sub), id(aud), image()));
    codes(
        &other("jouledb@v2026.05.08", AUD),
        1,
        &["Policy.ReleaseMismatch"],
    );
    codes(
        &other("kwhdb@v2026.05.07", AUD),
        1,
        &["Policy.ReleaseMismatch"],
    );
    codes(&other(SUB, "staging"), 1, &["Policy.EnvironmentMismatch"]);
}

/// T86: what is waived is waived by name, and the verdict says so.
#[test]
fn waivers_stand_in_the_verdict() {
    let bytes = release().bytes();
    let report = check(
        &bytes,
        &Expectations::new(id(SUB), Expected::Any, Expected::Any),
    );
    passes(&report);
    assert!(
        report.verdict().ends_with("; waived: aud, image"),
        "{}",
        report.verdict()
    );
    assert_eq!(report.asked.waived, ["aud", "image"]);
}

/// T41, T114: an open chain passes no release; at an earlier stage the verdict says where it ends.
#[test]
fn open_chain_passes_its_stage_only() {
    let release = release();
    for length in 1..SEAL {
        let report = check(&release.receipts[..length].concat(), &expect());
        codes(&report, 3, &["Chain.Truncated"]);
    }
    let open = release.receipts[..=GATES].concat();
    let report = check(&open, &expect().with_stage(Stage::Deploy));
    passes(&report);
    let expected = format!("PASSED (open at seq 2, head {}): ", release.links[GATES]);
    assert!(
        report.verdict().starts_with(&expected),
        "{}",
        report.verdict()
    );
    assert!(
        report
            .verdict()
            .contains(", stage deploy, 3 receipts, 2.41 J (declared)")
    );
    codes(
        &check(&open, &expect().with_stage(Stage::Promote)),
        1,
        &["Policy.Missing"],
    );

    let armed = release.receipts[..=ARMED].concat();
    passes(&check(&armed, &expect().with_stage(Stage::Promote)));
    let late = verify(
        &armed,
        &trust(),
        &expect().with_stage(Stage::Promote),
        at(BASE + 86_401),
    );
    codes(&late, 1, &["Policy.Expired"]);
    passes(&verify(
        &armed,
        &trust(),
        &expect().with_stage(Stage::Promote),
        at(BASE + 86_400),
    ));
}

/// T76: each of the eight families is needed, and each stage needs its own.
#[test]
fn missing_kind_is_refused() {
    for missing in 0..SEAL {
        let mut steps = steps();
        drop(steps.remove(missing));
        let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
        assert!(report.codes().contains(&"Policy.Missing"), "{missing}");
        assert_eq!(report.exit_code(), 1, "{missing}");
    }
    let mut unbuilt = steps();
    unbuilt.truncate(GATES);
    let report = check(&draft(unbuilt).bytes(), &expect().with_stage(Stage::Deploy));
    codes(&report, 1, &["Policy.Missing"]);
}

#[test]
fn stage_none_requires_nothing_and_says_so() {
    let report = check(
        &draft(vec![step("builder", build())]).bytes(),
        &expect().with_stage(Stage::None),
    );
    passes(&report);
    assert!(
        report
            .verdict()
            .contains("stage none (no kind and no seal required)")
    );
}

/// T109: whatever the seal says, an aborted or fired release is no release.
#[test]
fn negative_receipts_refuse_a_release() {
    let mut aborting = steps();
    aborting[CANARY] = step("deployer", aborted());
    aborting.truncate(CANARY + 1);
    let bytes = draft_sealed(aborting, Outcome::Aborted).bytes();
    let report = check(&bytes, &expect());
    assert_eq!(report.exit_code(), 1);
    assert_eq!(report.codes(), ["Policy.Outcome", "Policy.Missing"]);
    let report = check(&bytes, &expect().with_stage(Stage::None));
    passes(&report);
    assert!(
        report.verdict().contains("sealed as aborted at seq 5"),
        "{}",
        report.verdict()
    );
    let report = check(&bytes, &expect().with_stage(Stage::Deploy));
    codes(&report, 1, &["Policy.Outcome"]);

    let mut firing = steps();
    firing.push(Box::new(|draft| {
        let payload = fired(draft.links[ARMED]);
        draft.push("deployer", &payload);
    }));
    let report = check(
        &draft_sealed(firing, Outcome::RolledBack).bytes(),
        &expect(),
    );
    codes(&report, 1, &["Policy.Outcome"]);

    let mut failing = steps();
    failing[ANALYSIS] = step("deployer", analysis_failed());
    let report = check(&draft_sealed(failing, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &["Policy.Outcome", "Policy.Missing"]);

    let incident = Incident::new("INC-1", at(BASE));
    let payload = ReceiptPayload::new(IncidentOpened::new(incident)).with_subject([image()]);
    let mut incidents = steps();
    incidents.push(step("deployer", payload));
    let report = check(
        &draft_sealed(incidents, Outcome::Released).bytes(),
        &expect(),
    );
    codes(&report, 1, &["Policy.Outcome"]);
}

#[test]
fn failed_gates_are_superseded_by_name_only() {
    let attempts = |second: Step| {
        let mut steps = steps();
        steps.insert(GATES, step("security", gates_failed()));
        steps[GATES + 1] = second;
        draft_sealed(steps, Outcome::Released).bytes()
    };
    let report = check(
        &attempts(superseding("security", gates_passed(), GATES)),
        &expect(),
    );
    passes(&report);
    assert_eq!(report.facts.superseded.get("gates"), Some(&1));
    let report = check(&attempts(step("security", gates_passed())), &expect());
    assert_eq!(report.codes()[0], "Policy.Repeated");
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn waived_gates_pass_until_the_waiver_ends() {
    let waived = |expires| {
        let mut claim = gates_failed().claim().0.clone();
        let who = ("sca", "GHSA-1");
        claim.waivers = vec![Waiver::new(who, "no exploit", "security lead", at(expires))];
        let claim = GatesWaived::new(claim);
        let mut steps = steps();
        steps[GATES] = step(
            "security",
            ReceiptPayload::new(claim).with_subject([image()]),
        );
        steps
    };
    let deploy = |expires| {
        let mut steps = waived(expires);
        steps.truncate(CANARY);
        check(&draft(steps).bytes(), &expect().with_stage(Stage::Deploy))
    };
    passes(&deploy(NOW));
    codes(&deploy(NOW - 1), 1, &["Policy.Expired"]);
    // A release is judged at its canary, not years later; here it ended before it was signed.
    let canary = signed(CANARY);
    passes(&check(
        &draft_sealed(waived(canary), Outcome::Released).bytes(),
        &expect(),
    ));
    let report = check(
        &draft_sealed(waived(canary - 1), Outcome::Released).bytes(),
        &expect(),
    );
    codes(&report, 1, &["Policy.Expired"]);
}

/// A release whose way back had ended before traffic moved had none.
#[test]
fn rollback_that_expired_before_the_canary_is_refused() {
    let with = |expires: u64| {
        let mut steps = steps();
        steps[ARMED] = step("deployer", armed_until(expires));
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    let canary = signed(CANARY);
    passes(&with(canary));
    codes(&with(canary - 1), 1, &["Policy.Expired"]);
}

fn armed_until(expires: u64) -> ReceiptPayload<RollbackArmed> {
    let mut rollback = rollback();
    rollback.expires = at(expires);
    ReceiptPayload::new(RollbackArmed::new(rollback)).with_subject([image()])
}

/// Whoever signs a canary chooses its `iat`, and not when it ended: what it needs is needed until then.
#[test]
fn a_canary_needs_its_way_back_until_it_ends() {
    let end = signed(CANARY) + 200;
    let with = |expires| {
        let mut steps = steps();
        steps[ARMED] = step("deployer", armed_until(expires));
        let mut canary = canary(&[5, 25, 50, 100]);
        canary.steps[3].dwell_s += end - ENDED;
        let canary = Canary::new(canary.steps, canary.plan, "6b5f", canary.weight_source);
        let payload = ReceiptPayload::new(CanaryStepped::new(canary)).with_subject([image()]);
        steps[CANARY] = step("deployer", payload);
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    passes(&with(end));
    codes(&with(end - 1), 1, &["Policy.Expired"]);
}

/// A canary that had no way back met users without one, whatever is armed, waived or stepped again behind it.
#[test]
fn nothing_that_expired_is_made_anew_behind_the_canary() {
    let waived_until = |expires| {
        let mut claim = gates_failed().claim().0.clone();
        claim.waivers = vec![Waiver::new(
            ("sca", "GHSA-1"),
            "no exploit",
            "lead",
            at(expires),
        )];
        ReceiptPayload::new(GatesWaived::new(claim)).with_subject([image()])
    };
    let canary = signed(CANARY);
    for (expires, expected) in [(canary, &[][..]), (canary - 1, &["Policy.Expired"])] {
        let mut anew = steps();
        anew[ARMED] = step("deployer", armed_until(expires));
        anew.insert(CANARY + 1, superseding("deployer", armed(), ARMED));
        anew.insert(CANARY + 2, superseding("deployer", stepped(), CANARY));
        let report = check(&draft_sealed(anew, Outcome::Released).bytes(), &expect());
        codes(&report, u8::from(!expected.is_empty()), expected);
        let mut anew = steps();
        anew[GATES] = step("security", waived_until(expires));
        anew.insert(
            CANARY + 1,
            superseding("security", waived_until(NOW), GATES),
        );
        anew.insert(CANARY + 2, superseding("deployer", armed(), ARMED));
        anew.insert(CANARY + 3, superseding("deployer", stepped(), CANARY));
        let report = check(&draft_sealed(anew, Outcome::Released).bytes(), &expect());
        codes(&report, u8::from(!expected.is_empty()), expected);
    }
}

#[test]
fn disarmed_rollback_promotes_nothing() {
    let mut steps = steps();
    steps.truncate(CANARY);
    steps.push(Box::new(|draft| {
        let mut rollback = rollback();
        rollback.armed = Some(draft.links[ARMED]);
        rollback.started_at = Some(at(BASE));
        rollback.finished_at = Some(at(BASE));
        rollback.measured_ms = Some(0);
        rollback.reason = Some("not needed".to_owned());
        let payload = ReceiptPayload::new(RollbackDisarmed::new(rollback));
        draft.push("deployer", &payload.with_subject([image()]));
    }));
    let report = check(&draft(steps).bytes(), &expect().with_stage(Stage::Promote));
    codes(&report, 1, &["Policy.Missing"]);
}

#[test]
fn used_rollback_says_what_was_armed() {
    let with = |change: fn(&mut jwp_delivery::kind::rollback::Rollback)| {
        let mut steps = steps();
        steps.push(Box::new(move |draft| {
            let mut claim = fired(draft.links[ARMED]).claim().0.clone();
            change(&mut claim);
            let claim = RollbackFired::new(claim);
            draft.push(
                "deployer",
                &ReceiptPayload::new(claim).with_subject([image()]),
            );
        }));
        check(&draft(steps).bytes(), &expect().with_stage(Stage::None))
    };
    passes(&with(|_| ()));
    codes(&with(|claim| claim.rto_s = 900), 1, &["Policy.Mismatch"]);
    codes(
        &with(|claim| claim.armed = Some(jwp_core::Link::from_bytes([1; 32]))),
        1,
        &["Policy.Reference"],
    );
    codes(
        &with(|claim| claim.round_trip_min = Decimal::from(99u64)),
        1,
        &["Policy.Mismatch"],
    );
}

/// T41, T46, T54, T55: heads that the caller knows.
#[test]
fn remembered_and_expected_heads() {
    let release = release();
    let bytes = release.bytes();
    let head = release.links[SEAL];
    passes(&check(&bytes, &expect().with_head(head)));
    passes(&check(
        &bytes,
        &expect().with_remembered_head(RememberedHead::new(8, head)),
    ));
    passes(&check(
        &bytes,
        &expect().with_remembered_head(RememberedHead::new(4, release.links[4])),
    ));

    let short = release.receipts[..=ARMED].concat();
    let promote = || expect().with_stage(Stage::Promote);
    codes(
        &check(&short, &promote().with_head(head)),
        3,
        &["Chain.Truncated"],
    );
    let remembered = RememberedHead::new(8, head);
    codes(
        &check(&short, &promote().with_remembered_head(remembered)),
        1,
        &["Chain.Rollback"],
    );
    codes(
        &check(&bytes, &expect().with_head(release.links[3])),
        1,
        &["Chain.HeadMoved"],
    );
    let fork = RememberedHead::new(3, release.links[4]);
    codes(
        &check(&bytes, &expect().with_remembered_head(fork)),
        1,
        &["Chain.Equivocation"],
    );

    // Nothing is said of a chain that nobody signed, or that cannot be read to its end.
    let mut unsigned = Draft::begin(SUB, AUD, 1).with(steps());
    unsigned.push("stranger", &dora());
    let report = check(
        &unsigned.bytes(),
        &expect().with_remembered_head(remembered),
    );
    codes(&report, 3, &["Trust.UnknownKey"]);
    let cut = &bytes[..bytes.len() - 9];
    let report = check(cut, &expect().with_remembered_head(fork));
    codes(&report, 3, &["Codec.Truncated"]);

    let age = NOW - signed(SEAL);
    passes(&check(&bytes, &expect().with_max_age_s(age)));
    codes(
        &check(&bytes, &expect().with_max_age_s(age - 1)),
        1,
        &["Policy.Stale"],
    );
}

/// T77: unknown kinds are named, and reserved ones never allowed.
#[test]
fn unknown_kinds_are_allowed_by_name() {
    let own = || step("deployer", ReceiptPayload::new(Probe { ok: true }));
    let chain = || {
        let mut steps = steps();
        steps.push(own());
        draft_sealed(steps, Outcome::Released).bytes()
    };
    codes(&check(&chain(), &expect()), 1, &["Policy.UnknownKind"]);
    let allowed = expect().with_allowed_kind("acme.probe.ran".parse().expect("a kind"));
    let report = check(&chain(), &allowed);
    passes(&report);
    assert!(
        report
            .verdict()
            .ends_with("; not checked: 1 receipt of an unknown kind")
    );
    let listed = report
        .not_checked
        .iter()
        .find(|entry| entry.what == "kind")
        .expect("listed");
    assert_eq!(listed.seqs, [8]);

    let mut reserved = steps();
    reserved.push(step("security", ReceiptPayload::new(Reserved { ok: true })));
    let allowed = expect().with_allowed_kind("trust.key.added".parse().expect("a kind"));
    let report = check(&draft(reserved).bytes(), &allowed.with_stage(Stage::None));
    codes(&report, 1, &["Policy.UnknownKind"]);
}

/// T56, T89.
#[test]
fn receipts_from_the_future_are_refused() {
    let bytes = release().bytes();
    let last = signed(SEAL);
    passes(&verify(&bytes, &trust(), &expect(), at(last - 300)));
    let report = verify(&bytes, &trust(), &expect(), at(last - 301));
    codes(&report, 1, &["Policy.ClockSkew"]);
    let text = report.findings[0].to_string();
    let expected = format!("at most 300 seconds after now, {}", last - 301);
    assert!(text.ends_with(&expected), "{text}");
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Probe {
    ok: bool,
}

impl Claim for Probe {
    const KIND: &'static str = "acme.probe.ran";

    fn cite(&self, _: &[jwp_core::Evidence]) -> impl IntoIterator<Item: Into<jwp_core::Citation>> {
        None::<&str>
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Reserved {
    ok: bool,
}

impl Claim for Reserved {
    const KIND: &'static str = "trust.key.added";

    fn cite(&self, _: &[jwp_core::Evidence]) -> impl IntoIterator<Item: Into<jwp_core::Citation>> {
        None::<&str>
    }
}

/// R14: what has not happened yet cannot be told. Each end may lie as far behind `iat` as clocks differ.
#[test]
fn nothing_is_told_before_it_was_over() {
    fn about<C: Claim>(claim: C) -> ReceiptPayload<C> {
        ReceiptPayload::new(claim).with_subject([image()])
    }
    // The border of a receipt at `seq`, which passes, and the second behind it.
    let check_at = |seq: usize, of: &dyn Fn(&Draft, u64) -> Step| {
        let border = signed(seq) + 300;
        for (end, expected) in [(border, &[][..]), (border + 1, &["Policy.ClockSkew"])] {
            let mut steps = steps();
            steps.truncate(seq);
            let mut draft = draft(steps);
            let step = of(&draft, end);
            step(&mut draft);
            let report = check(&draft.bytes(), &expect().with_stage(Stage::None));
            codes(&report, u8::from(!expected.is_empty()), expected);
            assert!(report.findings.iter().all(|it| it.rule == Some("R14")));
        }
    };
    check_at(ATTESTATION, &|_, end| {
        let mut slsa = attestation_claim();
        slsa.integrated_at = Some(at(end));
        step("builder", about(slsa))
    });
    check_at(CANARY, &|_, end| {
        let mut canary = canary(&[5, 25, 50, 100]);
        canary.steps[3].dwell_s += end - ENDED;
        let canary = Canary::new(canary.steps, canary.plan, "6b5f", canary.weight_source);
        step("deployer", about(CanaryStepped::new(canary)))
    });
    check_at(CANARY, &|_, end| {
        let mut canary = canary(&[5, 25]);
        canary.steps[1].dwell_s += end - (BASE + 360);
        let mut canary = Canary::new(canary.steps, canary.plan, "6b5f", canary.weight_source);
        canary.rollback_fired = true;
        step("deployer", about(CanaryAborted::new(canary)))
    });
    // In front of the canary, whose window would not hold it.
    check_at(CANARY, &|_, end| {
        step("deployer", about(flag_claim(BASE, end)))
    });
    check_at(CANARY, &|_, end| {
        let mut claim = analysis().claim().clone();
        claim.0.window.to = at(end);
        step("deployer", about(claim))
    });
    check_at(CANARY, &|_, end| {
        let mut claim = analysis_failed().claim().clone();
        claim.0.window.to = at(end);
        step("deployer", about(claim))
    });
    check_at(CANARY, &|_, end| {
        let mut claim = dora().claim().clone();
        claim.window = Window::new(at(end - 30 * 86_400), at(end));
        step("deployer", about(claim))
    });
    let used = |draft: &Draft, end| {
        let mut used = fired(draft.links[ARMED]).claim().0.clone();
        used.finished_at = Some(at(end));
        let started = used.started_at.expect("a time").as_secs();
        used.measured_ms = Some((end - started) * 1000);
        used
    };
    check_at(CANARY, &|draft, end| {
        step("deployer", about(RollbackFired::new(used(draft, end))))
    });
    check_at(CANARY, &|draft, end| {
        step("deployer", about(RollbackFailed::new(used(draft, end))))
    });
    check_at(CANARY, &|draft, end| {
        step("deployer", about(RollbackDisarmed::new(used(draft, end))))
    });
    check_at(CANARY, &|_, end| {
        let incident = Incident::new("INC-1", at(end));
        step("deployer", about(IncidentOpened::new(incident)))
    });
    check_at(CANARY, &|_, end| {
        let mut incident = Incident::new("INC-1", at(BASE));
        incident.resolved_at = Some(at(end));
        step("deployer", about(IncidentResolved::new(incident)))
    });
    // What a meter measured, to the millisecond.
    let mut meter = Meter::new(EnergySource::Measured, "rapl");
    meter.id = Some("intel-rapl:0".into());
    meter.scope = Some(MeterScope::Process);
    meter.start_ms = Some((signed(0) + 299) * 1000);
    for (window_ms, expected) in [(1000, &[][..]), (1001, &["Policy.ClockSkew"])] {
        meter.window_ms = Some(window_ms);
        let payload = build().with_joules("0.36".parse().unwrap(), meter.clone());
        let report = check(
            &draft(vec![step("builder", payload)]).bytes(),
            &expect().with_stage(Stage::None),
        );
        codes(&report, u8::from(!expected.is_empty()), expected);
    }
}

/// A rollback that is armed for another image arms nothing (T78).
#[test]
fn rollback_for_another_image() {
    let mut claim = rollback();
    claim.armed_for = digest("other image");
    let payload = ReceiptPayload::new(RollbackArmed::new(claim)).with_subject([image()]);
    let mut steps = steps();
    steps[ARMED] = step("deployer", payload);
    let report = check(&draft_sealed(steps, Outcome::Released).bytes(), &expect());
    codes(&report, 1, &["Policy.DigestMismatch", "Policy.Order"]);
}
