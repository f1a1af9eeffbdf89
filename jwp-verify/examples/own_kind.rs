//! A kind of one's own: defined, issued into a chain, verified.
//!
//!     cargo run --example own_kind

use jwp_core::{
    ChainWriter, Citation, Claim, Evidence, Identifier, Invalid, Joules, Meter, ReceiptPayload,
    RunId, Signer as _, SigningKey, Timestamp, chain::Receipts,
};
use jwp_verify::{
    Expectations, Expected, KindPattern, NamePattern, Stage, TrustStore, TrustedKey, verify,
};
use serde::{Deserialize, Serialize};

// ---- The kind: a struct, the name, what it follows, its own check. ----

/// A backup was taken and read back.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupTaken {
    database: String,
    size_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restored_at: Option<Timestamp>,
}

impl Claim for BackupTaken {
    const KIND: &'static str = "example.backup.taken";

    fn cite(&self, evidence: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        evidence.iter().filter_map(Evidence::cited_tool)
    }

    fn validate(&self) -> Result<(), Invalid> {
        match self.size_bytes {
            0 => Err(Invalid::range("size_bytes", "at least 1 byte")),
            _ => Ok(()),
        }
    }
}

// ---- Issued and verified. ----

fn main() -> Result<(), Box<dyn core::error::Error>> {
    // Everybody has this key. A real one comes from `jwp keygen` or a KMS (see remote_signer.rs).
    let key = SigningKey::from_seed(b"example seed, not secret: backup")?;
    let (sub, aud) = (
        "jouledb@2026-05-07".parse::<Identifier>()?,
        "prod".parse::<Identifier>()?,
    );
    let (iss, now) = (
        "dba".parse::<Identifier>()?,
        Timestamp::try_from(1_778_155_200)?,
    );

    let report = b"pg_dump: saved 42 tables";
    let evidence = Evidence::of_bytes("log", report).with_tool("pg_dump", Some("18.1".into()));
    let claim = BackupTaken {
        database: "jouledb".into(),
        size_bytes: 1 << 30,
        restored_at: None,
    };
    let payload = ReceiptPayload::new(claim)
        .with_evidence([evidence])
        .with_joules("12.5".parse::<Joules>()?, Meter::declared("by hand"));
    let mut writer = ChainWriter::begin(sub.clone(), aud.clone(), RunId::from_bytes([7; 16]));
    let chain = writer.append(&payload, &iss, now, &key)?;

    // The other side has the bytes, and decides whom to trust for what.
    let kinds = [KindPattern::parse("example.backup.*")?];
    let trusted = TrustedKey::new(key.verifying_key().clone(), iss, kinds, [NamePattern::ANY]);
    let trust = TrustStore::from_keys([trusted])?;
    // jwp-verify does not know this kind: it must be allowed by name, and is listed as not checked.
    let expect = Expectations::new(sub, aud, Expected::Any)
        .with_stage(Stage::None)
        .with_allowed_kind(BackupTaken::KIND.parse()?);
    let verdict = verify(&chain, &trust, &expect, now);
    println!("{}", verdict.verdict());

    // What the verdict leaves open, the author's own code reads, from a receipt that verifies.
    for receipt in Receipts::new(&chain) {
        let receipt = receipt?.1.verify(key.verifying_key())?;
        println!("{receipt}");
        println!("{:?}", receipt.claim::<BackupTaken>()?);
    }
    if verdict.is_verified() {
        Ok(())
    } else {
        Err("the chain does not verify".into())
    }
}
