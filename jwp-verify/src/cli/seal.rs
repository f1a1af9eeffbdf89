//! `jwp seal`.

use jwp_verify::seal::{self, Abandoned};

use super::{
    Output,
    failure::{Failure, Result},
    session::{Place, Session},
};

/// Arguments of `jwp seal`.
#[derive(Debug, clap::Args)]
pub(crate) struct Seal {
    #[command(flatten)]
    place: Place,
    /// Say that the release was stopped with no traffic moved: the one outcome that is not computed
    #[arg(long)]
    abandoned: bool,
}

impl Seal {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let session = Session::open(&self.place, out)?;
        let Some(trust) = session
            .trust
            .as_ref()
            .filter(|_| session.verified.head.is_some())
        else {
            return Err(Failure::usage(
                "got no receipts to seal, expected a chain and --trust",
            ));
        };
        let abandoned = if self.abandoned {
            Abandoned::Yes
        } else {
            Abandoned::No
        };
        let prepared = seal::prepare(session.bytes(), trust, session.now, abandoned)
            .map_err(|report| Failure::of_report(&report, &self.place.chain))?;
        session.append(prepared.writer, &prepared.payload, out)
    }
}
