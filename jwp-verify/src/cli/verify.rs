//! `jwp verify`: one chain, one verdict.

use std::path::PathBuf;

use jwp_core::{Digest, Identifier, Kind, Link, Timestamp};
use jwp_delivery::kind::DeliveryKind;
use jwp_verify::{Expectations, Expected, Outcome, RememberedHead, Report, Stage, report};
use serde_json::json;

use super::{
    Format, Output,
    failure::{Failure, Result},
    file, time, trust,
};

/// Arguments of `jwp verify`.
///
/// Release, environment and image are expected by name; the latter two can be waived, by name too, and
/// the verdict says so.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("environment").required(true).args(["aud", "any_aud"]))]
#[command(group = clap::ArgGroup::new("which").required(true).args(["image", "any_image"]))]
pub(crate) struct Verify {
    /// The chain: a regular file
    #[arg(value_name = "F.jwp")]
    chain: PathBuf,
    /// The trust file
    #[arg(long, value_name = "T.toml")]
    trust: PathBuf,
    /// The release that is expected, service@release
    #[arg(long, value_name = "S")]
    sub: Identifier,
    /// The environment that is expected
    #[arg(long, value_name = "A")]
    aud: Option<Identifier>,
    /// Any environment will do
    #[arg(long)]
    any_aud: bool,
    /// The image that is expected: digest of its manifest, or of the index that names it
    #[arg(long, value_name = "sha256:…")]
    image: Option<Digest>,
    /// Any image will do
    #[arg(long)]
    any_image: bool,
    /// What must stand in the chain: deploy, promote, release or none
    #[arg(long, value_name = "STAGE", default_value = "release")]
    stage: Stage,
    /// A kind that this program does not know and that may stand in the chain, unchecked
    #[arg(long, value_name = "K", value_parser = foreign_kind)]
    allow_kind: Vec<Kind>,
    /// A link that the chain must end with
    #[arg(long, value_name = "LINK")]
    head: Option<Link>,
    /// A receipt of the chain that was seen before: it must stand there still
    #[arg(long, value_name = "SEQ:LINK")]
    seen: Option<RememberedHead>,
    /// How old the head may be at most, in seconds
    #[arg(long, value_name = "SECONDS")]
    max_age_s: Option<u64>,
    /// Refuse receipts of keys that have ended since, because only their signers say that it was before
    #[arg(long)]
    proven_time: bool,
    /// The time at which to judge; the clock where left out
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    now: Option<Timestamp>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// A kind that can be allowed: in the names of this project nothing passes unchecked.
fn foreign_kind(name: &str) -> Result<Kind, String> {
    let kind: Kind = name
        .parse()
        .map_err(|error: jwp_core::Error| error.to_string())?;
    if DeliveryKind::is_reserved(kind.as_str()) {
        return Err("expected a kind outside of delivery.* and trust.*".to_owned());
    }
    Ok(kind)
}

impl Verify {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let now = time::now(self.now)?;
        let aud = expected(self.aud.clone(), self.any_aud, "--aud or --any-aud")?;
        let image = expected(self.image, self.any_image, "--image or --any-image")?;
        let mut expectations =
            Expectations::new(self.sub.clone(), aud, image).with_stage(self.stage);
        for kind in &self.allow_kind {
            expectations = expectations.with_allowed_kind(kind.clone());
        }
        if let Some(head) = self.head {
            expectations = expectations.with_head(head);
        }
        if let Some(seen) = self.seen {
            expectations = expectations.with_remembered_head(seen);
        }
        if let Some(seconds) = self.max_age_s {
            expectations = expectations.with_max_age_s(seconds);
        }
        if self.proven_time {
            expectations = expectations.with_proven_time();
        }
        let report = self.judge(&expectations, now).inspect_err(|failure| {
            if self.format == Format::Json {
                out.text(&unread(failure));
            }
        })?;
        match self.format {
            Format::Human => out.text(&report::human::render(&report)),
            Format::Json => out.text(&report::json::render(&report)),
        }
        // What decided stands on stderr too, in the form of every other error.
        if report.is_verified() {
            Ok(())
        } else {
            Err(Failure::of_report(&report, &self.chain))
        }
    }

    fn judge(&self, expectations: &Expectations, now: Timestamp) -> Result<Report> {
        let trust = trust::load(&self.trust)?;
        let chain = file::open(&self.chain)?;
        Ok(jwp_verify::verify_reader(chain, &trust, expectations, now))
    }
}

/// What stands in place of the report where trust file or chain cannot be read: nothing was checked.
fn unread(failure: &Failure) -> String {
    let outcome = match failure.exit() {
        1 => Outcome::Refused,
        _ => Outcome::Undecided,
    };
    let document = json!({
        "v": report::json::VERSION,
        "verdict": format!("{}: {}", outcome.word(), failure.code()),
        "exit_code": failure.exit(),
        "outcome": outcome,
        "error": failure.to_json(),
    });
    let mut line = report::json::escape(&document.to_string());
    line.push('\n');
    line
}

fn expected<T>(named: Option<T>, any: bool, expected: &str) -> Result<Expected<T>> {
    match (named, any) {
        (Some(named), false) => Ok(Expected::Is(named)),
        (None, true) => Ok(Expected::Any),
        _ => Err(Failure::usage(format!("expected {expected}"))),
    }
}
