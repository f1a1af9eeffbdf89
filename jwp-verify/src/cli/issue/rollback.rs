//! `jwp issue rollback`.

use std::path::PathBuf;

use jwp_core::{Decimal, Digest, Evidence, RunId, Timestamp};
use jwp_delivery::{
    import::rollback::{self, Conditions, PreviousRelease},
    kind::rollback::{DownMigration, FlagOff},
};
use jwp_verify::{Expectations, Expected};

use super::super::{
    Output,
    failure::{Failure, Problem, Result},
    file,
    session::{Common, Session, report},
    time, value,
};

/// Arguments of `jwp issue rollback`: what the deployer decides before any traffic moves.
// Beside each `requires` stand the conflicts that would waive it, as in `jwp issue flag`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("back").required(true).args(["previous", "previous_image"]))]
#[command(group = clap::ArgGroup::new("off").required(true).args(["flags", "flag_off"]))]
pub(crate) struct Rollback {
    #[command(flatten)]
    common: Common,
    /// The sealed chain of the release before; it is verified under the same trust file
    #[arg(long, value_name = "F.jwp", requires = "trust")]
    previous: Option<PathBuf>,
    /// Without such a chain: the image to go back to. Then R11 is not checked
    #[arg(long, value_name = "sha256:…", requires = "previous_release")]
    previous_image: Option<Digest>,
    /// The release to go back to
    #[arg(
        long,
        value_name = "RELEASE",
        requires = "previous_image",
        conflicts_with = "previous",
        value_parser = value::text
    )]
    previous_release: Option<String>,
    /// Recovery time objective in seconds
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    rto_s: u64,
    /// What takes the schema back: none, or the digest of the migration
    #[arg(long, value_name = "none|sha256:…", value_parser = migration)]
    down_migration: DownMigration,
    /// What fires the rollback, one condition each
    #[arg(long, value_name = "TEXT", required = true, value_parser = value::text)]
    trigger: Vec<String>,
    /// The longest round trip from breach to recovery, in minutes
    #[arg(long, value_name = "MIN", value_parser = value::above_zero)]
    round_trip_min: Decimal,
    /// Until when it may be used
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    expires: Timestamp,
    /// 16 bytes in hex, used once; random where left out
    #[arg(long, value_name = "HEX")]
    nonce: Option<RunId>,
    /// flagd's flag definition: its default variant switches the flag off
    #[arg(long, value_name = "F", requires_all = ["flag", "variant"])]
    flags: Option<PathBuf>,
    /// The flag key
    #[arg(
        long,
        value_name = "KEY",
        requires = "flags",
        conflicts_with = "flag_off",
        value_parser = value::text
    )]
    flag: Option<String>,
    /// The variant that admits
    #[arg(
        long,
        value_name = "NAME",
        requires = "flags",
        conflicts_with = "flag_off",
        value_parser = value::text
    )]
    variant: Option<String>,
    /// Without flagd: the flag and the variant that switches it off
    #[arg(long, value_name = "FLAG=VARIANT", value_parser = flag_off)]
    flag_off: Option<FlagOff>,
}

fn migration(text: &str) -> Result<DownMigration, &'static str> {
    DownMigration::try_from(text.to_owned()).map_err(|_| "expected none, or a digest")
}

fn flag_off(text: &str) -> Result<FlagOff, String> {
    let (flag, variant) = text.split_once('=').ok_or("expected FLAG=VARIANT")?;
    Ok(FlagOff::new(value::text(flag)?, value::text(variant)?))
}

impl Rollback {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.common.place, out)?;
        value::future("--expires", self.expires, session.now)?;
        let armed_for = session.build()?.image_digest;
        let mut evidence = Vec::new();
        let flag_off = self.flag_off(&mut evidence)?;
        let nonce = match self.nonce {
            Some(nonce) => *nonce.as_bytes(),
            None => {
                let mut nonce = [0; 16];
                getrandom::fill(&mut nonce).map_err(|_| Problem::Random)?;
                nonce
            }
        };
        let conditions = Conditions {
            rto_s: self.rto_s,
            down_migration: self.down_migration,
            trigger: self.trigger.clone(),
            round_trip_min: self.round_trip_min,
            expires: self.expires,
            nonce,
        };
        let mut imported = rollback::arm(
            &self.previous_release(&session)?,
            armed_for,
            flag_off,
            conditions,
        )?;
        imported.evidence.extend(evidence);
        session.issue_imported(imported, &self.common, out)
    }

    fn flag_off(&self, evidence: &mut Vec<Evidence>) -> Result<FlagOff> {
        if let Some(named) = &self.flag_off {
            return Ok(named.clone());
        }
        let (Some(path), Some(flag), Some(variant)) = (&self.flags, &self.flag, &self.variant)
        else {
            return Err(Failure::usage(
                "expected --flags with --flag and --variant, or --flag-off",
            ));
        };
        let definition = report(path)?;
        let entry = Evidence::of_bytes("flag definition", &definition);
        evidence.push(entry.with_media_type("application/json"));
        rollback::flag_off(&definition, flag, variant).map_err(|error| Failure::at(error, path))
    }

    /// What the seal of the release before stands for.
    fn previous_release(&self, session: &Session) -> Result<PreviousRelease> {
        let (Some(path), Some(trust)) = (&self.previous, &session.trust) else {
            return match (self.previous_image, &self.previous_release) {
                (Some(image), Some(release)) => Ok(PreviousRelease {
                    release: release.clone(),
                    image,
                    seal: None,
                }),
                _ => Err(Failure::usage(
                    "expected --previous with --trust, or --previous-image with --previous-release",
                )),
            };
        };
        let bytes = file::read(path, file::MAX_OPEN_CHAIN)?;
        // Only what was released can be gone back to: the whole of that chain, at its own stage. What it is about is
        // read from it.
        let expect = Expectations::new(Expected::Any, Expected::Any, Expected::Any);
        let report = jwp_verify::verify(&bytes, trust, &expect, session.now);
        let (true, Some(head), Some(sub), Some(aud), Some(image)) = (
            report.is_verified(),
            report.facts.head,
            &report.facts.sub,
            &report.facts.aud,
            report.facts.image,
        ) else {
            return Err(Failure::of_report(&report, path));
        };
        let (service, release) = split(sub.as_str());
        if split(self.common.sub.as_str()).0 != service || *aud != self.common.aud {
            return Err(Failure::at(Problem::OtherService, path));
        }
        Ok(PreviousRelease {
            release: release.to_owned(),
            image,
            // At stage release the head is the seal.
            seal: Some(head.link),
        })
    }
}

/// Service and release of `service@release`.
fn split(sub: &str) -> (&str, &str) {
    sub.split_once('@').unwrap_or((sub, sub))
}
