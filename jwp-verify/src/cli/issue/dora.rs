//! `jwp issue dora`.

use std::path::PathBuf;

use jwp_core::Timestamp;
use jwp_delivery::import::cdevents::{self, ChangeLink, DoraScope, IncidentScope};

use super::super::{
    Output,
    failure::{Failure, Result},
    session::{Common, Session, report},
    time, value,
};

/// Arguments of `jwp issue dora`.
#[derive(Debug, clap::Args)]
pub(crate) struct Dora {
    #[command(flatten)]
    common: Common,
    /// CDEvents as JSON lines, or in CloudEvents
    #[arg(long, value_name = "F")]
    events: PathBuf,
    /// subject.id of the service
    #[arg(long, value_name = "ID", value_parser = value::text)]
    service: String,
    /// content.environment.id of production
    #[arg(long, value_name = "ID", value_parser = value::text)]
    environment: String,
    /// Beginning of the window, inclusive
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    from: Timestamp,
    /// End of the window, exclusive
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    to: Timestamp,
    /// How changes are joined with deployments: by the artifact's change, or by their order
    #[arg(long, value_enum, default_value_t = Changes::Artifact)]
    changes: Changes,
    /// Which incidents count: those that name the service, or all of the stream
    #[arg(long, value_enum, default_value_t = Incidents::Service)]
    incidents: Incidents,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Changes {
    Artifact,
    Sequence,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Incidents {
    Service,
    Stream,
}

impl Dora {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        value::window(self.from, self.to)?;
        let session = Session::open(&self.common.place, out)?;
        let changes = match self.changes {
            Changes::Artifact => ChangeLink::Artifact,
            Changes::Sequence => ChangeLink::Sequence,
        };
        let incidents = match self.incidents {
            Incidents::Service => IncidentScope::Service,
            Incidents::Stream => IncidentScope::Stream,
        };
        let scope = DoraScope::new(
            self.service.as_str(),
            self.environment.as_str(),
            self.from,
            self.to,
        )
        .with_changes(changes)
        .with_incidents(incidents);
        let imported = cdevents::import(&report(&self.events)?, &scope);
        let imported = imported.map_err(|error| Failure::at(error, &self.events))?;
        // The figures are of the service and not of the image: the one kind without a subject.
        session.issue(imported.into_payload(), &self.common, out)
    }
}
