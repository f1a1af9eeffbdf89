//! A canary release in nine receipts: from the documents of the tools to a verdict.
//!
//! `cargo run --release --example canary` makes the owner's release and ends with `PASSED:`;
//! `… -- real` makes one of real tool outputs wherever there are any, which is no good release, and
//! ends with `FAILED:` and exit code 1. `README.md` beside this file says what is real.
//!
//! The steps: [`release`] reads the documents and issues the receipts; here the chain is sealed,
//! printed and written; then [`stranger`] reads it back knowing nothing but the files.

mod release;

use core::fmt::Write as _;
use std::{env, fs, path::Path, process::ExitCode};

use jwp_core::{Digest, Identifier, Signer as _, Timestamp, chain::Receipts, display::Printed};
use jwp_delivery::{DeliveryClaim, DeliveryKind};
use jwp_verify::{
    Expectations, KindPattern, NamePattern, Report, TrustStore, TrustedKey,
    report::human,
    seal::{self, Abandoned},
    verify,
};

use self::release::{Folder, Issuers, Release, Result};

/// The digest of the released image, as a stranger knows it from where the image runs.
const IMAGE: &str = "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";

fn main() -> ExitCode {
    let real = match env::args().nth(1).as_deref() {
        None => false,
        Some("real") => true,
        Some(_) => {
            eprintln!("usage: canary [real]");
            return ExitCode::from(2);
        }
    };
    match run(real) {
        Ok(report) => ExitCode::from(report.outcome.exit_code()),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

fn run(real: bool) -> Result<Report> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let inputs = Folder::new(here.join("examples/canary/inputs"));
    // Each its own folder: what one has written can be verified after the other ran.
    let out = here.join(if real {
        "../target/canary/real"
    } else {
        "../target/canary"
    });
    fs::create_dir_all(&out)?;
    let issuers = Issuers::example()?;
    let trust = trust(
        &issuers,
        if real {
            ("demo@*", "test123")
        } else {
            ("jouledb@*", "prod")
        },
    )?;

    let mut refused = Vec::new();
    let mut release = if real {
        let outputs = Folder::new(here.join("examples/canary/real"));
        let (release, why) = release::real(&inputs, &outputs, &issuers)?;
        refused = why;
        release
    } else {
        // The release before: its verified seal is what the rollback envelope names.
        let mut before = release::previous(&inputs, &issuers)?;
        let now = seal_release(&mut before, &issuers, &trust)?;
        let sub = Identifier::parse("jouledb@v2026.05.06")?;
        let expected = Expectations::new(sub, Identifier::parse("prod")?, before.image());
        let report = verify(before.bytes(), &trust, &expected, now);
        let head = report.facts.head.filter(|_| report.is_verified());
        let seal = head
            .ok_or("the chain of the release before does not verify")?
            .link;
        fs::write(out.join("previous.jwp"), before.bytes())?;
        release::owner(&inputs, &issuers, before.image(), seal)?
    };
    let now = seal_release(&mut release, &issuers, &trust)?;

    print!("{}", printed(release.bytes())?);
    for line in &refused {
        println!("no receipt for {line}\n");
    }
    print!("{}", table(release.bytes())?);

    fs::write(out.join("release.jwp"), release.bytes())?;
    fs::write(out.join("trust.toml"), trust.to_toml())?;
    for issuer in issuers.all() {
        let pem = issuer.key.verifying_key().to_pem();
        fs::write(out.join(format!("{}.pub.pem", issuer.name)), pem)?;
    }
    split(release.bytes(), &issuers, &out.join("cose"))?;

    let expected = if real {
        ("demo@7l", "test123")
    } else {
        ("jouledb@v2026.05.07", "prod")
    };
    let report = stranger(&out, expected, now)?;
    print!("{}", human::render(&report));
    Ok(report)
}

/// Who may sign what, for which releases in which environment.
fn trust(issuers: &Issuers, (releases, environment): (&str, &str)) -> Result<TrustStore> {
    let mut keys = Vec::new();
    for issuer in issuers.all() {
        let kinds = issuer.kinds.iter().map(|kind| KindPattern::parse(kind));
        let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        let key = issuer.key.verifying_key().clone();
        let key = TrustedKey::new(
            key,
            issuer.name.clone(),
            kinds,
            [NamePattern::parse(environment)?],
        );
        keys.push(key.with_releases([NamePattern::parse(releases)?]));
    }
    Ok(TrustStore::from_keys(keys)?)
}

/// Verifies the whole chain, computes its outcome, and lets the deployer seal it.
fn seal_release(release: &mut Release, issuers: &Issuers, trust: &TrustStore) -> Result<Timestamp> {
    let now = release::sealed_at(release)?;
    let prepared = seal::prepare(release.bytes(), trust, now, Abandoned::No)
        .map_err(|report| human::render(&report))?;
    release.seal(&prepared.payload, &issuers.deployer, now)?;
    Ok(now)
}

/// Writes each receipt to a file of its own beside the raw key of its issuer: a receipt is a plain
/// COSE_Sign1 message, which any COSE verifier reads.
fn split(chain: &[u8], issuers: &Issuers, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for issuer in issuers.all() {
        let own = folder.join(issuer.name.as_str());
        fs::create_dir_all(&own)?;
        fs::write(own.join("pub.raw"), issuer.key.verifying_key().as_bytes())?;
    }
    for item in Receipts::new(chain) {
        let (_, receipt) = item?;
        let payload = receipt.unverified_payload();
        let name = format!("{}-{}.cose", payload.seq(), payload.kind());
        let issuer = receipt.unverified_header().iss();
        fs::write(folder.join(issuer).join(name), receipt.as_bytes())?;
    }
    Ok(())
}

/// What a stranger does: reads the chain and the public keys from files, and knows by itself which
/// release, environment and image it expects.
fn stranger(folder: &Path, (sub, aud): (&str, &str), now: Timestamp) -> Result<Report> {
    let chain = fs::read(folder.join("release.jwp"))?;
    let trust = TrustStore::from_toml(&fs::read_to_string(folder.join("trust.toml"))?)?;
    let (sub, aud) = (Identifier::parse(sub)?, Identifier::parse(aud)?);
    let image: Digest = IMAGE.parse()?;
    Ok(verify(
        &chain,
        &trust,
        &Expectations::new(sub, aud, image),
        now,
    ))
}

/// Every receipt in the owner's form, with its place in the chain and the owner's step beside it.
fn printed(chain: &[u8]) -> Result<String> {
    let mut out = String::new();
    for item in Receipts::new(chain) {
        let (_, receipt) = item?;
        let payload = receipt.unverified_payload();
        let kind = DeliveryKind::from_name(payload.kind()).ok_or("a kind of another tool")?;
        let claim = DeliveryClaim::decode(kind, payload)?;
        writeln!(out, "seq {} · step {}", payload.seq(), step(kind))?;
        writeln!(out, "{}\n", Printed::new(&receipt, claim.headline()))?;
    }
    Ok(out)
}

/// One row per receipt.
fn table(chain: &[u8]) -> Result<String> {
    let mut out = format!(
        "{:>3}  {:<4}  {:<30}  {:>6}  {:<64}  issuer\n",
        "seq", "step", "kind", "joules", "link"
    );
    for item in Receipts::new(chain) {
        let (_, receipt) = item?;
        let payload = receipt.unverified_payload();
        let kind = DeliveryKind::from_name(payload.kind()).ok_or("a kind of another tool")?;
        let joules = payload
            .joules()
            .map_or_else(|| "-".to_owned(), |joules| joules.to_string());
        let (step, link) = (step(kind), receipt.link().to_string());
        let issuer = receipt.unverified_header().iss();
        let name = payload.kind();
        writeln!(
            out,
            "{:>3}  {step:<4}  {name:<30}  {joules:>6}  {link:<64}  {issuer}",
            payload.seq()
        )?;
    }
    out.push('\n');
    Ok(out)
}

/// The owner's number of a step; the seal is no step.
fn step(kind: DeliveryKind) -> String {
    kind.family()
        .step()
        .map_or_else(|| "-".to_owned(), |step| format!("{step:02}"))
}
