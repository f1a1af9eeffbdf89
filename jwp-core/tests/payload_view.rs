//! What is borrowed from the bytes is what was written: every member of a payload, its evidence and its
//! meter, filled and absent; and what lies on a limit is read where what lies beyond is refused.
#![cfg(test)]

#[path = "support/key.rs"]
mod key;
#[path = "support/lax.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod lax;

use jwp_core::{
    ChainWriter, Citation, Claim, Digest, EnergySource, ErrorKind, Evidence, Identifier, Joules,
    Link, Meter, MeterScope, ReceiptPayload, RunId, Signer as _, Timestamp, UnverifiedReceipt,
    payload::{Position, Ref, Rel},
};
use key::key;
use lax::{Entries, Parts, array, bytes, nint, sorted, text, uint};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baked {
    loaves: u64,
}

impl Claim for Baked {
    const KIND: &'static str = "example.bread.baked";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        let entries = self.loaves.try_into().unwrap();
        vec!["ISO 22000"; entries]
    }
}

fn id(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_secs(1_778_000_000).unwrap()
}

fn joules(text: &str) -> Joules {
    text.parse().unwrap()
}

fn sha256(nibble: &str) -> Digest {
    format!("sha256:{}", nibble.repeat(64)).parse().unwrap()
}

fn full_meter() -> Meter {
    let mut meter = Meter::new(EnergySource::Measured, "rapl");
    meter.id = Some("intel-rapl:0".into());
    meter.scope = Some(MeterScope::Cgroup);
    meter.start_ms = Some(253_402_300_799_999);
    meter.window_ms = Some(61_000);
    meter.resolution_uj = Some(61);
    meter.lo = Some(joules("0.30"));
    meter.hi = Some(joules("0.40"));
    meter.model = Some(sha256("e"));
    meter.max_w = Some("65.5".parse().unwrap());
    meter.domains = vec!["package-0".into(), "dram".into()];
    meter.note = Some("warm".into());
    meter
}

fn full() -> ReceiptPayload<Baked> {
    let evidence = Evidence::new("recipe", sha256("a"), 5)
        .with_media_type("text/plain")
        .with_tool("oven", Some("2.1".into()))
        .with_argv_digest(sha256("b"))
        .with_exit_code(-7);
    ReceiptPayload::new(Baked { loaves: 2 })
        .with_subject([sha256("c"), sha256("d")])
        .with_evidence([evidence, Evidence::of_bytes("bare", b"flour")])
        .with_ref(Ref::new(Rel::Part, Link::from_bytes([1; 32])))
        .with_ref(Ref::new(Rel::Reissue, Link::from_bytes([2; 32])))
        .with_ref(Ref::new(Rel::Supersedes, Link::from_bytes([3; 32])))
        .with_joules(joules("0.36"), full_meter())
}

fn issue(payload: &ReceiptPayload<Baked>) -> Vec<u8> {
    let run = RunId::from_bytes([9; 16]);
    let after = Link::from_bytes([8; 32]);
    ChainWriter::begin_after(id("bakery@v1"), id("prod"), run, after)
        .append(payload, &id("baker"), now(), &key())
        .unwrap()
}

#[test]
fn every_member_is_read_as_it_was_written() {
    let payload = full();
    let bytes = issue(&payload);
    let receipt = UnverifiedReceipt::parse(&bytes).unwrap();
    let receipt = receipt.verify(key().verifying_key()).unwrap();

    let header = receipt.header();
    assert_eq!(
        (header.iss(), header.sub(), header.aud(), header.iat()),
        ("baker", "bakery@v1", "prod", now())
    );
    assert_eq!(header.kid(), key().verifying_key().id());

    let view = receipt.payload();
    assert_eq!(view.kind(), "example.bread.baked");
    assert_eq!(view.seq(), 0);
    let expected = Position::First {
        run: RunId::from_bytes([9; 16]),
        after: Some(Link::from_bytes([8; 32])),
    };
    assert_eq!(*view.position(), expected);
    let claim = view.claim_bytes();
    assert_eq!(claim, sorted(&[("loaves", uint(2))]));
    assert_eq!(
        bytes.get(view.claim_offset()..).unwrap().get(..claim.len()),
        Some(claim)
    );
    assert_eq!(receipt.claim::<Baked>().unwrap(), *payload.claim());
    assert_eq!(view.cite().first(), Some("ISO 22000"));
    assert_eq!(view.cite().iter().count(), 2);
    assert!(Clone::clone(view.cite()).iter().eq(view.cite().iter()));
    assert_eq!(view.subject().iter().collect::<Vec<_>>(), payload.subject());
    let links: Vec<_> = view.refs().iter().map(|r| (r.rel, r.link)).collect();
    let expected = [(Rel::Part, 1), (Rel::Reissue, 2), (Rel::Supersedes, 3)]
        .map(|(rel, n)| (rel, Link::from_bytes([n; 32])));
    assert_eq!(links, expected);
    assert_eq!(view.refs().iter().collect::<Vec<_>>(), payload.refs());
    let mut subjects = Vec::new();
    for digest in view.subject() {
        subjects.push(digest);
    }
    assert_eq!(subjects, payload.subject());
    let names: Vec<_> = links.iter().map(|(rel, _)| rel.name()).collect();
    assert_eq!(names, ["part", "reissue", "supersedes"]);

    assert_eq!(view.evidence().len(), payload.evidence().len());
    for (view, owned) in view.evidence().clone().iter().zip(payload.evidence()) {
        assert_eq!(view.role, owned.role);
        assert_eq!(view.digest, owned.digest);
        assert_eq!(view.size, owned.size);
        assert_eq!(view.media_type, owned.media_type.as_deref());
        assert_eq!(view.tool, owned.tool.as_deref());
        assert_eq!(view.tool_version, owned.tool_version.as_deref());
        assert_eq!(view.argv_digest, owned.argv_digest);
        assert_eq!(view.exit_code, owned.exit_code);
    }

    let (energy, owned) = payload.energy().unwrap();
    assert_eq!(view.joules(), Some(*energy));
    let meter = view.meter().unwrap();
    assert_eq!(meter.source, owned.source);
    assert_eq!(meter.method, owned.method);
    assert_eq!(meter.id, owned.id.as_deref());
    assert_eq!(meter.scope, owned.scope);
    assert_eq!(meter.start_ms, owned.start_ms);
    assert_eq!(meter.window_ms, owned.window_ms);
    assert_eq!(meter.resolution_uj, owned.resolution_uj);
    assert_eq!((meter.lo, meter.hi), (owned.lo, owned.hi));
    assert_eq!(meter.model, owned.model);
    assert_eq!(meter.max_w, owned.max_w);
    assert_eq!(meter.domains.iter().collect::<Vec<_>>(), owned.domains);
    assert_eq!(meter.note, owned.note.as_deref());
    let shown = format!("{:?} {:?}", view.subject(), meter.domains);
    assert!(shown.contains(&"c".repeat(64)), "{shown}");
    assert!(shown.ends_with(r#"["package-0", "dram"]"#), "{shown}");
}

#[test]
fn what_is_absent_is_read_as_absent() {
    let run = RunId::from_bytes([9; 16]);
    let bytes = ChainWriter::begin(id("bakery@v1"), id("prod"), run)
        .append(
            &ReceiptPayload::new(Baked { loaves: 0 }),
            &id("baker"),
            now(),
            &key(),
        )
        .unwrap();
    let receipt = UnverifiedReceipt::parse(&bytes).unwrap();
    let view = receipt.unverified_payload();
    assert_eq!(*view.position(), Position::First { run, after: None });
    assert!(view.cite().is_empty());
    assert_eq!(view.cite().first(), None);
    assert!(view.subject().is_empty());
    assert!(view.evidence().is_empty());
    assert!(view.refs().is_empty());
    assert!(view.joules().is_none());
    assert!(view.meter().is_none());
}

/// A valid payload of a first receipt, to be changed member by member.
fn raw() -> Entries<&'static str> {
    Entries(vec![
        ("v", uint(1)),
        ("kind", text("example.bread.baked")),
        ("seq", uint(0)),
        ("run", bytes(&[7; 16])),
        ("claim", sorted(&[("loaves", uint(12))])),
        ("cite", array(&[])),
    ])
}

/// The code and message of the payload, signed and parsed; `None` where it is read.
fn refusal(payload: &Entries<&'static str>) -> Option<(&'static str, String)> {
    let cwt = Entries(vec![
        (1, text("baker")),
        (2, text("bakery@v1")),
        (3, text("prod")),
        (6, uint(1_778_000_000)),
    ]);
    let header = Entries(vec![
        (1, nint(7)),
        (3, text("application/vnd.jwp.receipt+cbor")),
        (4, bytes(key().verifying_key().id().as_bytes())),
        (15, cwt.encode()),
        (16, text("application/vnd.jwp.receipt+cose")),
    ]);
    let bytes = Parts::new(header.encode(), payload.encode()).build(&key());
    UnverifiedReceipt::parse(&bytes)
        .err()
        .map(|error| (error.code(), error.to_string()))
}

fn code(payload: &Entries<&'static str>) -> Option<&'static str> {
    refusal(payload).map(|(code, _)| code)
}

fn measured(start_ms: u64) -> Entries<&'static str> {
    let meter = sorted(&[
        ("source", text("measured")),
        ("method", text("rapl")),
        ("id", text("intel-rapl:0")),
        ("scope", text("machine")),
        ("start_ms", uint(start_ms)),
        ("window_ms", uint(u64::MAX)),
    ]);
    raw()
        .with("joules", lax::tag(4, &array(&[nint(1), uint(36)])))
        .with("meter", meter)
}

#[test]
fn the_last_seq_is_2_to_the_53_less_one() {
    let at = |seq| {
        raw()
            .without(&"run")
            .with("prev", bytes(&[1; 32]))
            .with("seq", uint(seq))
    };
    assert_eq!(code(&at(1)), None);
    assert_eq!(code(&at((1 << 53) - 1)), None);
    assert_eq!(code(&at(1 << 53)), Some("Codec.OutOfRange"));
}

#[test]
fn thirty_two_citations_are_read_and_one_more_is_refused() {
    let with = |n| raw().with("cite", array(&vec![text("ISO 22000"); n]));
    assert_eq!(code(&with(32)), None);
    assert_eq!(code(&with(33)), Some("Codec.Schema"));
}

#[test]
fn a_measurement_begins_before_the_year_10000() {
    assert_eq!(code(&measured(0)), None);
    assert_eq!(code(&measured(1)), None);
    assert_eq!(code(&measured(253_402_300_799_999)), None);
    assert_eq!(
        code(&measured(253_402_300_800_000)),
        Some("Codec.OutOfRange")
    );
}

#[test]
fn a_measurement_names_its_meter_its_scope_and_both_times() {
    let entries = [
        ("source", text("measured")),
        ("method", text("rapl")),
        ("id", text("intel-rapl:0")),
        ("scope", text("machine")),
        ("start_ms", uint(1)),
        ("window_ms", uint(2)),
    ];
    for gone in ["id", "scope", "start_ms", "window_ms"] {
        let left: Vec<_> = entries
            .iter()
            .filter(|(key, _)| *key != gone)
            .cloned()
            .collect();
        let payload = measured(1).with("meter", sorted(&left));
        assert_eq!(code(&payload), Some("Codec.Schema"), "without {gone}");
    }
    assert_eq!(
        code(&measured(1).with("meter", sorted(&entries))),
        None,
        "with all"
    );
}

#[test]
fn a_measured_nothing_states_what_it_could_have_seen() {
    let meter = |more: &[(&'static str, Vec<u8>)]| {
        let mut entries = vec![
            ("source", text("measured")),
            ("method", text("rapl")),
            ("id", text("intel-rapl:0")),
            ("scope", text("machine")),
            ("start_ms", uint(1)),
            ("window_ms", uint(2)),
        ];
        entries.extend_from_slice(more);
        code(
            &raw()
                .with("joules", uint(0))
                .with("meter", sorted(&entries)),
        )
    };
    let one = || lax::tag(4, &array(&[nint(1), uint(1)]));
    let resolution = ("resolution_uj", uint(61));
    assert_eq!(meter(&[]), Some("Codec.Schema"));
    assert_eq!(
        meter(core::slice::from_ref(&resolution)),
        Some("Codec.Schema")
    );
    assert_eq!(
        meter(&[("lo", uint(0)), ("hi", one())]),
        Some("Codec.Schema")
    );
    assert_eq!(meter(&[resolution, ("lo", uint(0)), ("hi", one())]), None);
}

#[test]
fn a_beginning_and_a_continuation_name_what_contradicts() {
    let prev = || bytes(&[1; 32]);
    let found = |payload: &Entries<&'static str>| {
        let (code, message) = refusal(payload).expect("a refusal");
        assert_eq!(code, "Chain.Genesis", "{message}");
        message
    };
    let has = |message: String, part: &str| assert!(message.contains(part), "{message}");
    has(found(&raw().without(&"run")), "seq 0 without a run");
    has(found(&raw().with("prev", prev())), "seq 0 with a prev");
    has(
        found(&raw().without(&"run").with("prev", prev())),
        "seq 0 with a prev",
    );
    has(
        found(&raw().without(&"run").with("seq", uint(1))),
        "a later receipt without a prev",
    );
    has(
        found(&raw().with("seq", uint(1))),
        "a later receipt without a prev",
    );
    let next = raw().with("seq", uint(1)).with("prev", prev());
    has(found(&next), "a later receipt with a run or an after");
    has(
        found(&next.without(&"run").with("after", prev())),
        "a later receipt with a run or an after",
    );
    assert_eq!(code(&next.without(&"run")), None);
    assert_eq!(code(&raw().with("after", prev())), None);
}

#[test]
fn joules_and_their_meter_stand_together() {
    let (_, alone) = refusal(&measured(1).without(&"meter")).unwrap();
    assert!(alone.contains("meter"), "{alone}");
    let (_, alone) = refusal(&measured(1).without(&"joules")).unwrap();
    assert!(alone.contains("joules"), "{alone}");
}

/// What the writer lets through, the reader reads; what it does not, it refuses before anything is signed.
#[test]
fn the_writer_refuses_what_the_reader_would() {
    let attempt = |payload: &ReceiptPayload<Baked>| {
        let run = RunId::from_bytes([9; 16]);
        let mut writer = ChainWriter::begin(id("bakery@v1"), id("prod"), run);
        let bytes = writer.append(payload, &id("baker"), now(), &key())?;
        UnverifiedReceipt::parse(&bytes).unwrap();
        Ok::<_, jwp_core::Error>(())
    };
    let cited = |loaves| ReceiptPayload::new(Baked { loaves });
    attempt(&cited(32)).unwrap();
    assert_eq!(attempt(&cited(33)).unwrap_err().code(), "Codec.Schema");

    let mut late = full_meter();
    late.start_ms = Some(253_402_300_800_000);
    let late = cited(1).with_joules(joules("0.36"), late);
    assert_eq!(attempt(&late).unwrap_err().code(), "Codec.OutOfRange");

    let mut out = Vec::new();
    let prev = Link::from_bytes([1; 32]);
    let last = Position::Next {
        seq: (1 << 53) - 1,
        prev,
    };
    cited(1).encode(&last, &mut out).unwrap();
    let beyond = Position::Next { seq: 1 << 53, prev };
    let error = cited(1).encode(&beyond, &mut out).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::OutOfRange { .. }),
        "{error}"
    );
}

#[test]
fn the_writer_refuses_a_meter_that_does_not_explain_its_figure() {
    let change = |change: &dyn Fn(&mut Meter)| {
        let mut meter = full_meter();
        change(&mut meter);
        let invalid = meter.validate(joules("0.36")).unwrap_err();
        assert_eq!(invalid.field(), "meter");
        let payload = ReceiptPayload::new(Baked { loaves: 1 }).with_joules(joules("0.36"), meter);
        let position = Position::First {
            run: RunId::from_bytes([9; 16]),
            after: None,
        };
        let mut out = Vec::new();
        let error = payload.encode(&position, &mut out).unwrap_err();
        assert_eq!(error.code(), "Codec.Schema");
        assert!(out.is_empty());
        invalid.expected()
    };
    let measured = "id, scope, start_ms and window_ms when measured";
    assert_eq!(change(&|meter| meter.id = None), measured);
    assert_eq!(change(&|meter| meter.scope = None), measured);
    assert_eq!(change(&|meter| meter.start_ms = None), measured);
    assert_eq!(change(&|meter| meter.window_ms = None), measured);
    let pair = "lo and hi both or neither";
    assert_eq!(change(&|meter| meter.lo = None), pair);
    assert_eq!(change(&|meter| meter.hi = None), pair);
    let around = "lo <= joules <= hi";
    assert_eq!(change(&|meter| meter.lo = Some(joules("0.37"))), around);
    assert_eq!(change(&|meter| meter.hi = Some(joules("0.35"))), around);
    let mut exact = full_meter();
    (exact.lo, exact.hi) = (Some(joules("0.36")), Some(joules("0.36")));
    exact.validate(joules("0.36")).unwrap();

    let zero = "resolution_uj and hi for a measured 0";
    let mut nothing = full_meter();
    nothing.lo = Some(joules("0"));
    nothing.validate(joules("0")).unwrap();
    nothing.resolution_uj = None;
    assert_eq!(nothing.validate(joules("0")).unwrap_err().expected(), zero);
    let mut nothing = full_meter();
    (nothing.lo, nothing.hi) = (None, None);
    assert_eq!(nothing.validate(joules("0")).unwrap_err().expected(), zero);
    nothing.validate(joules("0.1")).unwrap();
    nothing.source = EnergySource::Declared;
    nothing.validate(joules("0")).unwrap();
}
