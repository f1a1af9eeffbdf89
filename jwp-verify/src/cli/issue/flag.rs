//! `jwp issue flag`.

use std::path::PathBuf;

use jwp_core::Timestamp;
use jwp_delivery::{
    compute::bucket::Bucketing,
    import::{
        Imported,
        openfeature::{self, EVENT_TYPE, Evaluations, FlagContext, Rule},
    },
    kind::flag::FlagEvaluated,
};

use super::super::{
    Output,
    failure::{Failure, Problem, Result},
    file,
    session::{Common, Session, report},
    time, value,
};

/// Arguments of `jwp issue flag`.
// Where what an argument requires conflicts with another that is given, clap does not ask for it: each such argument
// names the conflict itself, or it would be passed over in silence.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("rule").required(true).args(["flags", "percent"]))]
#[command(group = clap::ArgGroup::new("evaluations").required(true).args(["counters", "details", "events"]))]
pub(crate) struct Flag {
    #[command(flatten)]
    common: Common,
    /// The flag key
    #[arg(long, value_name = "KEY", value_parser = value::text)]
    flag: String,
    /// The variant that admits
    #[arg(long, value_name = "NAME", value_parser = value::text)]
    variant: String,
    /// Beginning of the window
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    from: Timestamp,
    /// End of the window
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    to: Timestamp,
    /// flagd's flag definition (flags.json)
    #[arg(long, value_name = "F", requires = "bucketing")]
    flags: Option<PathBuf>,
    /// How the evaluator that ran divides users: flagd-v2 or flagd-go-pre2026
    #[arg(long, value_name = "ID", value_parser = bucketing, requires = "flags", conflicts_with = "percent")]
    bucketing: Option<Bucketing>,
    /// Without flagd: the percentage that jwp-100 admits
    #[arg(long, value_name = "N", requires = "salt", value_parser = clap::value_parser!(u32).range(0..=100))]
    percent: Option<u32>,
    /// The salt of jwp-100
    #[arg(
        long,
        value_name = "TEXT",
        requires = "percent",
        conflicts_with = "flags",
        value_parser = salt
    )]
    salt: Option<String>,
    /// Prometheus' answer with the evaluation counters of OpenFeature's metrics hook
    #[arg(long, value_name = "F", requires = "latency")]
    counters: Option<PathBuf>,
    /// Prometheus' answer with the latency histogram, in seconds
    #[arg(long, value_name = "F", requires = "counters", conflicts_with_all = ["details", "events"])]
    latency: Option<PathBuf>,
    /// EvaluationDetails as JSON lines, an array or one
    #[arg(long, value_name = "F")]
    details: Option<PathBuf>,
    /// CloudEvents around EvaluationDetails
    #[arg(long, value_name = "F")]
    events: Option<PathBuf>,
    /// The type of the events that count
    #[arg(long, value_name = "TYPE", requires = "events", conflicts_with_all = ["counters", "details"], default_value = EVENT_TYPE, value_parser = value::text)]
    event_type: String,
    /// The provider
    #[arg(long, value_name = "NAME", value_parser = value::text)]
    provider: String,
    /// Its version
    #[arg(long, value_name = "V", value_parser = value::text)]
    provider_version: Option<String>,
    /// Version of the OpenFeature SDK
    #[arg(long, value_name = "V", value_parser = value::text)]
    sdk_version: Option<String>,
    /// A file with the salt under which cohort_root names the admitted users; counters name no users
    #[arg(long, value_name = "F", conflicts_with = "counters")]
    cohort_salt: Option<PathBuf>,
}

fn bucketing(id: &str) -> Result<Bucketing, &'static str> {
    let known = Bucketing::from_id(id).filter(|b| *b != Bucketing::Jwp100);
    known.ok_or("expected flagd-v2 or flagd-go-pre2026")
}

/// A salt of jwp-100: text, or nothing where its users are divided without one.
fn salt(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(String::new()),
        _ => value::text(text),
    }
}

impl Flag {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        value::window(self.from, self.to)?;
        let session = Session::open(&self.common.place, out)?;
        session.issue_imported(self.import()?, &self.common, out)
    }

    /// The file that an error of the importer is about: it names a document where there are several.
    fn place_of(&self, place: &str) -> Option<&PathBuf> {
        if place.starts_with("flag definition") {
            self.flags.as_ref()
        } else if place.starts_with("evaluation latency") {
            self.latency.as_ref()
        } else {
            self.counters
                .as_ref()
                .or(self.details.as_ref())
                .or(self.events.as_ref())
        }
    }

    fn import(&self) -> Result<Imported<FlagEvaluated>> {
        let read = |path: &Option<PathBuf>| path.as_deref().map(report).transpose();
        let (definition, counters, latency) = (
            read(&self.flags)?,
            read(&self.counters)?,
            read(&self.latency)?,
        );
        let (details, events) = (read(&self.details)?, read(&self.events)?);
        let rule = match (&definition, self.bucketing, self.percent, &self.salt) {
            (Some(definition), Some(bucketing), _, _) => Rule::Flagd {
                definition,
                bucketing,
            },
            (_, _, Some(percent), Some(salt)) => Rule::Percent { percent, salt },
            _ => {
                return Err(Failure::usage(
                    "expected --flags with --bucketing, or --percent with --salt",
                ));
            }
        };
        let evaluations = match (&counters, &latency, &details, &events) {
            (Some(counters), Some(latency), _, _) => Evaluations::Counters { counters, latency },
            (_, _, Some(details), _) => Evaluations::Details(details),
            (_, _, _, Some(stream)) => Evaluations::Events {
                stream,
                event_type: &self.event_type,
            },
            _ => {
                return Err(Failure::usage(
                    "expected --counters with --latency, --details or --events",
                ));
            }
        };
        let mut context = FlagContext::new(
            self.flag.as_str(),
            self.variant.as_str(),
            (self.from, self.to),
            self.provider.as_str(),
        );
        if let Some(version) = &self.provider_version {
            context = context.with_provider_version(version);
        }
        if let Some(version) = &self.sdk_version {
            context = context.with_sdk_version(version);
        }
        if let Some(path) = &self.cohort_salt {
            let salt = file::read(path, file::MAX_KEY)?;
            let salt = String::from_utf8(salt).map_err(|_| Failure::at(Problem::SaltText, path))?;
            let salt = salt.trim_end_matches(['\r', '\n']);
            if salt.is_empty() {
                return Err(Failure::at(Problem::SaltEmpty, path));
            }
            context = context.with_cohort_salt(salt);
        }
        openfeature::import(rule, evaluations, &context).map_err(|error| {
            let place = self.place_of(error.place()).cloned();
            match place {
                Some(path) => Failure::at(error, &path),
                None => error.into(),
            }
        })
    }
}
