//! `spec/vectors/canary` is what the example makes; `spec/vectors/chain` is what becomes of it when it is
//! changed or asked for something else, with every code that the verifier gives.
//!
//! `JWP_BLESS=1 cargo test -p jwp-verify --test canary` writes both anew.

use core::fmt::Write as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use jwp_core::{
    Claim, Digest, Identifier, Joules, Meter, ReceiptPayload, Signer as _, SigningKey,
    UnverifiedReceipt,
    chain::Receipts,
    envelope::{Algorithm, Statement, sign},
    payload::Position,
};
use jwp_delivery::kind::{gates::GatesPassed, release::ReleaseSealed};
use jwp_verify::{Expectations, Stage, TrustStore, report::json, verify};

use crate::support::{AUD, CANARY, SUB};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../spec/vectors")
        .join(name)
}

/// Compares a folder with what it should hold, file by file and nothing else.
fn compare(name: &str, files: &BTreeMap<String, Vec<u8>>) {
    let folder = folder(name);
    if std::env::var_os("JWP_BLESS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, files.keys().cloned().collect());
    for (name, bytes) in files {
        assert!(
            &fs::read(folder.join(name)).unwrap() == bytes,
            "{name} differs"
        );
    }
}

fn receipts(chain: &[u8]) -> Vec<&[u8]> {
    Receipts::new(chain)
        .map(|item| item.unwrap())
        .map(|(offset, receipt)| &chain[offset..offset + receipt.as_bytes().len()])
        .collect()
}

/// T105: and the whole report of one, byte by byte.
#[test]
fn canary_vectors_are_what_the_example_makes() {
    let mut files = BTreeMap::new();
    let mut diagnostic = String::new();
    let mut links = String::from("# seq\tlink\tkid\tkind\n");
    for bytes in receipts(&CANARY.chain) {
        let receipt = UnverifiedReceipt::parse(bytes).unwrap();
        let payload = receipt.unverified_payload();
        writeln!(
            diagnostic,
            "/ seq {} / {}\n",
            payload.seq(),
            receipt.diagnostic()
        )
        .unwrap();
        let (seq, kind) = (payload.seq(), payload.kind());
        writeln!(
            links,
            "{seq}\t{}\t{}\t{kind}",
            receipt.link(),
            receipt.kid()
        )
        .unwrap();
    }
    for issuer in CANARY.issuers.all() {
        let name = &issuer.name;
        files.insert(
            format!("{name}.pub.pem"),
            issuer.key.verifying_key().to_pem().into_bytes(),
        );
        let private = issuer.key.to_pem().as_bytes().to_vec();
        files.insert(format!("{name}.test-only-private.pem"), private);
    }
    let report = verify(&CANARY.chain, &CANARY.trust, &CANARY.expected, CANARY.now);
    assert!(report.is_verified());
    files.insert("report.json".into(), json::render(&report).into_bytes());
    files.insert("release.jwp".into(), CANARY.chain.clone());
    files.insert("previous.jwp".into(), CANARY.previous.clone());
    files.insert("release.diag".into(), diagnostic.into_bytes());
    files.insert("links.tsv".into(), links.into_bytes());
    files.insert("trust.toml".into(), CANARY.trust.to_toml().into_bytes());
    compare("canary", &files);
}

/// A stranger: files and what it expects, nothing else.
#[test]
fn checked_in_canary_passes() {
    let chain = fs::read(folder("canary/release.jwp")).unwrap();
    let trust = fs::read_to_string(folder("canary/trust.toml")).unwrap();
    let trust = TrustStore::from_toml(&trust).unwrap();
    let report = verify(&chain, &trust, &CANARY.expected, CANARY.now);
    let verdict = report.verdict().to_string();
    assert!(verdict.starts_with("PASSED: "), "{verdict}");
    assert!(
        verdict.contains("9 receipts, 5.46 J (declared)"),
        "{verdict}"
    );
}

/// One line of `index.tsv`.
struct Case {
    name: String,
    threat: &'static str,
    /// The code that must come first.
    code: &'static str,
    chain: Vec<u8>,
    trust: &'static str,
    sub: &'static str,
    aud: &'static str,
    image: Digest,
    stage: Stage,
}

fn case(name: impl Into<String>, threat: &'static str, code: &'static str, chain: Vec<u8>) -> Case {
    Case {
        name: name.into(),
        threat,
        code,
        chain,
        trust: "all.toml",
        sub: SUB,
        aud: AUD,
        image: CANARY.image,
        stage: Stage::Release,
    }
}

/// The trust files that the cases name.
fn trust_files() -> BTreeMap<&'static str, String> {
    let all = CANARY.trust.to_toml();
    let entries: Vec<&str> = all
        .split("[[key]]")
        .filter(|e| !e.trim().is_empty())
        .collect();
    let only = |keep: &dyn Fn(&str) -> bool| -> String {
        entries
            .iter()
            .filter(|e| keep(e))
            .map(|e| format!("[[key]]{e}"))
            .collect()
    };
    let of = |name: &str| format!("issuer = \"{name}\"");
    let revoked = |reason: &str, at: &str| -> String {
        let table = format!("[key.revoked]\nat = {at}\nreason = \"{reason}\"\n");
        entries
            .iter()
            .map(|entry| format!("[[key]]{}\n{table}", entry.trim_end()))
            .collect()
    };
    BTreeMap::from([
        ("all.toml", all.clone()),
        (
            "no-builder.toml",
            only(&|entry| !entry.contains(&of("builder"))),
        ),
        (
            "no-security.toml",
            only(&|entry| !entry.contains(&of("security"))),
        ),
        ("staging.toml", all.replace("[\"prod\"]", "[\"staging\"]")),
        ("other-release.toml", all.replace("jouledb@*", "other@*")),
        (
            "no-gates.toml",
            all.replace("delivery.gates.passed", "delivery.gates.other"),
        ),
        (
            "other-issuer.toml",
            all.replace("issuer = \"security\"", "issuer = \"auditor\""),
        ),
        (
            "compromised-later.toml",
            revoked("compromised", "2027-01-01T00:00:00Z"),
        ),
        (
            "rotated-before.toml",
            revoked("rotated", "2026-01-01T00:00:00Z"),
        ),
        (
            "rotated-later.toml",
            revoked("rotated", "2027-01-01T00:00:00Z"),
        ),
    ])
}

/// The receipts before `seq`, then this claim signed by this key in its place.
fn resigned<C: Claim>(claim: C, seq: usize, iss: &str, key: &SigningKey) -> Vec<u8> {
    let all = receipts(&CANARY.chain);
    let before = UnverifiedReceipt::parse(all[seq - 1]).unwrap();
    let own = UnverifiedReceipt::parse(all[seq]).unwrap();
    let mut payload = ReceiptPayload::new(claim).with_subject([CANARY.image]);
    if let Some(joules) = own.unverified_payload().joules() {
        payload = payload.with_joules(joules, Meter::declared("a vector"));
    }
    let position = Position::Next {
        seq: seq.try_into().unwrap(),
        prev: before.link(),
    };
    let iat = own.unverified_header().iat();
    let statement = Statement::new(
        iss.parse().unwrap(),
        SUB.parse().unwrap(),
        AUD.parse().unwrap(),
        iat,
    );
    let signed = sign(&payload, &position, &statement, Algorithm::EdDsa, key).unwrap();
    let bytes = signed.into_bytes();
    [all[..seq].concat(), bytes].concat()
}

fn claim<C: Claim>(seq: usize) -> C {
    let receipt = UnverifiedReceipt::parse(receipts(&CANARY.chain)[seq]).unwrap();
    let keys = CANARY.keys.iter();
    let key = keys.clone().find(|key| key.id() == receipt.kid()).unwrap();
    receipt.verify(key).unwrap().claim().unwrap()
}

fn seal(name: &str, code: &'static str, change: impl FnOnce(&mut ReleaseSealed)) -> Case {
    let mut sealed: ReleaseSealed = claim(8);
    change(&mut sealed);
    let key = &CANARY.issuers.deployer.key;
    case(
        format!("seal-{name}"),
        "-",
        code,
        resigned(sealed, 8, "deployer", key),
    )
}

fn cases() -> Vec<Case> {
    let all = receipts(&CANARY.chain);
    let whole = || CANARY.chain.clone();
    let mut cases = Vec::new();
    for seq in 0..all.len() {
        let mut kept = all.clone();
        kept.remove(seq);
        let (threat, code) = match seq {
            0 => ("T44", "Chain.Missing"),
            8 => ("T41", "Chain.Truncated"),
            _ => ("T44", "Chain.Missing"),
        };
        cases.push(case(
            format!("without-seq-{seq}"),
            threat,
            code,
            kept.concat(),
        ));
    }
    for seq in 1..all.len() {
        let mut swapped = all.clone();
        swapped.swap(seq - 1, seq);
        let code = "Chain.Reordered";
        cases.push(case(
            format!("swapped-{}-{seq}", seq - 1),
            "T43",
            code,
            swapped.concat(),
        ));
    }
    for seq in 0..all.len() {
        let mut doubled = all.clone();
        doubled.insert(seq, all[seq]);
        cases.push(case(
            format!("twice-seq-{seq}"),
            "T40",
            "Chain.Duplicate",
            doubled.concat(),
        ));
    }
    for seq in 1..all.len() {
        let kept = all[..seq].concat();
        cases.push(case(
            format!("ends-before-seq-{seq}"),
            "T41",
            "Chain.Truncated",
            kept,
        ));
    }
    for seq in 0..all.len() {
        // The signature is the last field, so that the last byte is in it.
        let mut changed: Vec<Vec<u8>> = all.iter().map(|bytes| bytes.to_vec()).collect();
        *changed[seq].last_mut().unwrap() ^= 1;
        let name = format!("signature-changed-seq-{seq}");
        cases.push(case(name, "T21", "Envelope.BadSignature", changed.concat()));
    }
    let other = &CANARY.previous;
    cases.push(case("no-receipt", "T01", "Codec.Truncated", Vec::new()));
    cases.push(case(
        "torn",
        "T59",
        "Codec.Truncated",
        whole()[..whole().len() - 1].to_vec(),
    ));
    cases.push(case(
        "zeros-behind",
        "T60",
        "Envelope.WrongType",
        [whole(), vec![0; 16]].concat(),
    ));
    cases.push(case("zeros", "T60", "Envelope.WrongType", vec![0; 4096]));
    cases.push(case(
        "two-chains",
        "T64",
        "Policy.ReleaseMismatch",
        [other.clone(), whole()].concat(),
    ));
    cases.push(case(
        "same-chain-twice",
        "T64",
        "Chain.Duplicate",
        [whole(), whole()].concat(),
    ));
    let spliced = [all[..4].concat(), receipts(other)[4..].concat()].concat();
    cases.push(case(
        "spliced-from-other-release",
        "T45",
        "Chain.ReleaseMismatch",
        spliced,
    ));
    cases.push(case(
        "release-before",
        "T47",
        "Policy.ReleaseMismatch",
        other.clone(),
    ));

    let asked = |name: &str, threat, code, change: &dyn Fn(&mut Case)| {
        let mut asked = case(name, threat, code, whole());
        change(&mut asked);
        asked
    };
    cases.push(asked(
        "asked-for-other-release",
        "T47",
        "Policy.ReleaseMismatch",
        &|c| {
            c.sub = "jouledb@v2026.05.08";
        },
    ));
    cases.push(asked(
        "asked-for-other-environment",
        "T48",
        "Policy.EnvironmentMismatch",
        &|c| {
            c.aud = "staging";
        },
    ));
    cases.push(asked(
        "asked-for-other-image",
        "T88",
        "Policy.DigestMismatch",
        &|c| {
            c.image = Digest::sha256(b"another image");
        },
    ));
    for (trust, threat, code) in [
        ("no-builder.toml", "T71", "Trust.UnknownKey"),
        ("no-security.toml", "T71", "Trust.UnknownKey"),
        ("staging.toml", "T68", "Trust.NotAuthorised"),
        ("other-release.toml", "T68", "Trust.NotAuthorised"),
        ("no-gates.toml", "T68", "Trust.NotAuthorised"),
        ("other-issuer.toml", "T68", "Trust.NotAuthorised"),
        ("compromised-later.toml", "T67", "Trust.Revoked"),
        ("rotated-before.toml", "T67", "Trust.Revoked"),
    ] {
        let name = format!("trust-{}", trust.trim_end_matches(".toml"));
        cases.push(asked(&name, threat, code, &|c| c.trust = trust));
    }
    let gates: GatesPassed = claim(2);
    let stranger = SigningKey::from_seed(Digest::sha256(b"stranger").as_bytes()).unwrap();
    let builder = &CANARY.issuers.builder.key;
    for (name, threat, code, iss, key) in [
        (
            "gates-signed-by-stranger",
            "T71",
            "Trust.UnknownKey",
            "security",
            &stranger,
        ),
        (
            "gates-signed-by-builder",
            "T68",
            "Trust.NotAuthorised",
            "builder",
            builder,
        ),
        (
            "gates-signed-by-builder-as-security",
            "T68",
            "Trust.NotAuthorised",
            "security",
            builder,
        ),
    ] {
        cases.push(case(
            name,
            threat,
            code,
            resigned(gates.clone(), 2, iss, key),
        ));
    }
    let mismatch = "Seal.Mismatch";
    cases.push(seal("joules-too-few", mismatch, |s| {
        s.joules.declared = Some("5.45".parse::<Joules>().unwrap());
    }));
    cases.push(seal("joules-of-another-source", mismatch, |s| {
        s.joules.measured = s.joules.declared.take();
    }));
    cases.push(seal("head-of-another", mismatch, |s| {
        s.head = jwp_core::Link::from_bytes([1; 32])
    }));
    cases.push(seal("root-of-another", mismatch, |s| {
        s.root = vec![1; 32].into()
    }));
    cases.push(seal("unmetered-one", mismatch, |s| s.unmetered = 1));
    cases.push(seal("outcome-aborted", mismatch, |s| {
        s.outcome = jwp_delivery::kind::release::Outcome::Aborted;
    }));
    cases
}

#[test]
fn chain_vectors_give_their_codes() {
    let trust = trust_files();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut index = String::from(
        "# name\tthreat\tchain\ttrust\tsub\taud\timage\tstage\tnow\texit\tcodes, the first decides the case\n",
    );
    let mut wrong = Vec::new();
    for case in cases() {
        let store = TrustStore::from_toml(&trust[case.trust]).unwrap();
        let (sub, aud): (Identifier, Identifier) =
            (case.sub.parse().unwrap(), case.aud.parse().unwrap());
        let expected = Expectations::new(sub, aud, case.image).with_stage(case.stage);
        let report = verify(&case.chain, &store, &expected, CANARY.now);
        let codes = report.codes().join(",");
        assert!(!report.is_verified(), "{}", case.name);
        if report.codes().first() != Some(&case.code) {
            wrong.push(format!(
                "{}: {codes}, expected {} first",
                case.name, case.code
            ));
        }
        let chain = if case.chain == CANARY.chain {
            "../canary/release.jwp".to_owned()
        } else {
            let name = format!("{}.jwp", case.name);
            assert!(
                files.insert(name.clone(), case.chain).is_none(),
                "{name} twice"
            );
            name
        };
        let (exit, now) = (report.exit_code(), CANARY.now.as_secs());
        let asked = format!(
            "{}\t{}\t{}\t{}\t{now}",
            case.sub,
            case.aud,
            case.image,
            case.stage.name()
        );
        writeln!(
            index,
            "{}\t{}\t{chain}\t{}\t{asked}\t{exit}\t{codes}",
            case.name, case.threat, case.trust
        )
        .unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (name, text) in trust {
        files.insert(name.to_owned(), text.into_bytes());
    }
    files.insert("index.tsv".to_owned(), index.into_bytes());
    compare("chain", &files);
}

/// A rotation after the fact takes nothing away: the positive case beside the revocations above.
#[test]
fn key_rotated_later_still_passes() {
    let trust = TrustStore::from_toml(&trust_files()["rotated-later.toml"]).unwrap();
    let report = verify(&CANARY.chain, &trust, &CANARY.expected, CANARY.now);
    assert!(report.is_verified(), "{}", report.verdict());
}
