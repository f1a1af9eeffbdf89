//! What is checked in is enough: no input of the example and no code of its making is used here.

use std::{collections::BTreeSet, fs};

use jwp_core::{
    Digest, Identifier, Joules, Signer as _, SigningKey, Timestamp, VerifyingKey, chain::Receipts,
};
use jwp_verify::{Expectations, TrustStore, code, verify};

use crate::index::{bytes, rows, text, vectors};

/// The canary release, by its files: the release asked for is the one that the report names.
#[test]
fn canary_passes_by_its_files_alone() {
    let report: serde_json::Value = serde_json::from_str(&text("canary/report.json")).unwrap();
    let asked = |name: &str| report["asked"][name].as_str().unwrap();
    let sub: Identifier = asked("sub").parse().unwrap();
    let aud: Identifier = asked("aud").parse().unwrap();
    let image: Digest = asked("image").parse().unwrap();
    let now = Timestamp::try_from(report["basis"]["now"].as_u64().unwrap()).unwrap();
    let chain = bytes("canary/release.jwp");
    let trust = TrustStore::from_toml(&text("canary/trust.toml")).unwrap();

    let found = verify(&chain, &trust, &Expectations::new(sub, aud, image), now);
    let verdict = found.verdict().to_string();
    assert!(verdict.starts_with("PASSED: "), "{verdict}");
    assert_eq!(report["verdict"].as_str(), Some(verdict.as_str()));
    assert_eq!(found.facts.receipts, 9);
    let joules: Joules = "5.46".parse().unwrap();
    assert_eq!(found.facts.joules.declared, Some(joules));
    assert_eq!(found.facts.joules.total(), Some(joules));

    // The links, by the file that records them.
    let links = text("canary/links.tsv");
    let recorded: Vec<Vec<&str>> = links
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect())
        .collect();
    let receipts: Vec<_> = Receipts::new(&chain).map(|item| item.unwrap().1).collect();
    assert_eq!(recorded.len(), receipts.len());
    for (row, receipt) in recorded.iter().zip(&receipts) {
        let payload = receipt.unverified_payload();
        assert_eq!(row[0], payload.seq().to_string());
        assert_eq!(row[1], receipt.link().to_string());
        assert_eq!(row[2], receipt.kid().to_string());
        assert_eq!(row[3], payload.kind());
    }
    let head = found.facts.head.unwrap();
    assert_eq!(recorded[8][1], head.link.to_string());
}

/// The keys beside the chain are the ones of the trust file, and the private ones are theirs.
#[test]
fn key_files_belong_together() {
    let trust = TrustStore::from_toml(&text("canary/trust.toml")).unwrap();
    for issuer in ["builder", "deployer", "security"] {
        let public = text(&format!("canary/{issuer}.pub.pem"));
        let public = VerifyingKey::from_pem(&public).unwrap();
        let private = text(&format!("canary/{issuer}.test-only-private.pem"));
        let private = SigningKey::from_pem(&private).unwrap();
        assert_eq!(private.verifying_key().id(), public.id());
        assert_eq!(trust.key(&public.id()).unwrap().issuer(), issuer);
    }
}

fn check_index(folder: &'static str, at_least: usize) {
    let (rows, mut wrong) = (rows(folder), Vec::new());
    assert!(rows.len() >= at_least, "{} rows", rows.len());
    let threats = fs::read_to_string(vectors("../threats.tsv")).unwrap();
    let threats: BTreeSet<&str> = threats
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    let (mut names, mut used) = (BTreeSet::new(), BTreeSet::from(["index.tsv"]));
    for row in &rows {
        let name = row.get("name");
        assert!(names.insert(name), "{name} twice");
        for threat in row.maybe("threat").into_iter().flat_map(|t| t.split(',')) {
            assert!(threats.contains(threat), "{name}: no row {threat}");
        }
        used.extend([row.get("chain"), row.get("trust")]);
        let expected = (row.get("exit"), row.maybe("codes").unwrap_or("-"));
        for code in expected.1.split(',').filter(|code| *code != "-") {
            assert!(code::find(code).is_some(), "{name}: no code {code}");
        }
        let (exit, codes) = row.verdict();
        if (exit.as_str(), codes.as_str()) != expected {
            wrong.push(format!("{name}\t{exit}\t{codes}\texpected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // No file that no line names.
    for entry in fs::read_dir(vectors(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // A trust file that passes; `canary/vectors.rs` holds it.
        let is_positive = name == "rotated-later.toml";
        assert!(used.contains(name.as_str()) || is_positive, "{name} unused");
    }
}

/// T105: the verdicts of every chain stand in a file, which each version and machine has to give.
#[test]
fn chain_index_holds() {
    check_index("chain", 60);
}

/// T105
#[test]
fn rules_index_holds() {
    check_index("rules", 100);
}
