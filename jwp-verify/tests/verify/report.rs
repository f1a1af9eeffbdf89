//! The report, printed.

use jwp_core::Evidence;
use jwp_delivery::kind::release::Outcome;
use jwp_verify::{Expectations, Expected, Finding, RememberedHead, Stage, code::Code, report};
use serde_json::Value;

use crate::support::*;

#[test]
fn json_says_everything_in_one_ascii_line() {
    let bytes = release().bytes();
    let report = check(&bytes, &expect());
    let text = report::json::render(&report);
    assert!(text.is_ascii() && text.ends_with('\n') && text.lines().count() == 1);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["v"], 1);
    assert_eq!(json["outcome"], "verified");
    assert_eq!(json["exit_code"], 0);
    assert_eq!(json["verdict"], report.verdict());
    assert_eq!(json["facts"]["receipts"], 9);
    assert_eq!(json["facts"]["joules"]["declared"], "5.46");
    assert_eq!(json["facts"]["seal"]["outcome"], "released");
    assert_eq!(json["asked"]["stage"], "release");
    assert_eq!(
        json["basis"]["chain"],
        jwp_core::Digest::sha256(&bytes).to_string()
    );
    assert_eq!(json["basis"]["trust"], trust().digest().to_string());
    assert_eq!(json["basis"]["now"], NOW);
}

/// What a receipt names and nobody read is listed, with the receipts.
#[test]
fn evidence_is_listed_as_not_read() {
    let with = |evidence: Evidence| {
        let mut steps = steps();
        steps[GATES] = step("security", gates_passed().with_evidence([evidence]));
        check(&draft_sealed(steps, Outcome::Released).bytes(), &expect())
    };
    let report = with(Evidence::new("report", digest("a file of nobody"), 123));
    passes(&report);
    let listed = report.not_checked.iter().find(|it| it.what == "evidence");
    assert_eq!(listed.map(|it| it.seqs.as_slice()), Some(&[2][..]));
    let text = report::human::render(&report);
    let line =
        "\nunchecked evidence: documents that receipts name as evidence were not read, seq 2\n";
    assert!(text.contains(line), "{text}");
}

/// So is the chain that this one follows.
#[test]
fn a_chain_that_follows_another_says_that_the_other_is_not_here() {
    let after = jwp_core::Link::from_bytes([9; 32]);
    let bytes = Draft::begin_after(SUB, AUD, 1, after).with(steps()).bytes();
    let report = check(&bytes, &expect().with_stage(Stage::None));
    passes(&report);
    let listed = report.not_checked.iter().find(|it| it.what == "reference");
    assert_eq!(listed.map(|it| it.seqs.as_slice()), Some(&[0][..]));
    let alone = check(&release().bytes(), &expect());
    assert!(alone.not_checked.iter().all(|it| it.what != "reference"));
}

/// A verdict says what it answers: what was asked beyond the stage, where it was.
#[test]
fn verdict_names_what_was_asked() {
    let release = release();
    let ask = |expect| {
        let report = check(&release.bytes(), &expect);
        passes(&report);
        let json: Value = serde_json::from_str(&report::json::render(&report)).unwrap();
        (report.verdict(), json["asked"].clone())
    };
    let (plain, asked) = ask(expect());
    assert!(asked.get("max_receipts").is_none(), "{asked}");
    let head = release.links[SEAL];
    let all = expect()
        .with_head(head)
        .with_remembered_head(RememberedHead::new(3, release.links[ARMED]))
        .with_max_age_s(8160)
        .with_proven_time()
        .with_max_receipts(9);
    let (verdict, asked) = ask(all);
    let told = verdict.strip_prefix(&plain);
    let expected =
        "; the head that was expected; seq 3 as seen before; at most 8160 s old; no key has ended";
    assert_eq!(told, Some(expected));
    assert_eq!(asked["head"], head.to_string());
    assert_eq!(
        asked["remembered_head"],
        format!("3:{}", release.links[ARMED])
    );
    assert_eq!(asked["max_age_s"], 8160);
    assert_eq!(asked["proven_time"], true);
    assert_eq!(asked["max_receipts"], 9);
    let waived = Expectations::new(id(SUB), Expected::Any, image()).with_max_age_s(8160);
    let (verdict, _) = ask(waived);
    assert!(
        verdict.ends_with("; at most 8160 s old; waived: aud"),
        "{verdict}"
    );
}

#[test]
fn text_ends_with_the_verdict() {
    let mut receipts = release().receipts;
    receipts.remove(4);
    let report = check(&receipts.concat(), &expect());
    let text = report::human::render(&report);
    assert_eq!(text.lines().last().unwrap(), report.verdict());
    assert!(
        report
            .verdict()
            .starts_with("FAILED: Chain.Missing (R13) at seq 5 at byte ")
    );
    assert!(text.contains("\nrefused   Chain.Missing"), "{text}");
}

/// T97: whatever the words of a finding hold, neither form passes it on.
#[test]
fn hostile_text_is_harmless() {
    let hostile = "\u{1b}[2J\r\n::set-output name=x::y\n<img src=x>`##[error] [a](b)\u{202e}\u{9b}";
    let mut report = check(b"", &anything(Stage::None));
    report
        .findings
        .insert(0, Finding::new(Code::CodecSchema, hostile, hostile));
    let text = report::human::render(&report);
    let json = report::json::render(&report);
    assert!(text.contains("set-output") && json.contains("set-output"));
    for bad in [
        "::", "<img", "`", "##[", "](", "\u{1b}", "\r", "\u{202e}", "\u{9b}",
    ] {
        assert!(!text.contains(bad), "{bad:?} in {text}");
    }
    assert!(
        text.lines()
            .all(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())),
        "{text}"
    );
    for bad in ["<img", "`", "##["] {
        assert!(!json.contains(bad), "{bad} in {json}");
    }
    assert_eq!(json.lines().count(), 1);
    // What was escaped reads back.
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["findings"][0]["found"], hostile);
}

/// Findings are bounded, and the one that refuses is never crowded out.
#[test]
fn findings_are_bounded() {
    let mut draft = Draft::begin(SUB, AUD, 1);
    let count = report_limit() + 5;
    for n in 0..count {
        draft.push_signed("stranger", &dora(), BASE + n, &key("stranger"));
    }
    let mut receipts = draft.receipts.clone();
    receipts.push(forged(
        "deployer",
        &dora(),
        &next(count, jwp_core::Link::from_bytes([1; 32])),
    ));
    let report = check(&receipts.concat(), &anything(Stage::None));
    assert_eq!(report.findings.len(), jwp_verify::finding::MAX_FINDINGS);
    assert_eq!(report.more_findings, 6);
    assert_eq!(report.exit_code(), 1);
    assert!(
        report.verdict().starts_with("FAILED: Chain.PrevMismatch"),
        "{}",
        report.verdict()
    );
}

fn report_limit() -> u64 {
    u64::try_from(jwp_verify::finding::MAX_FINDINGS).unwrap()
}
