//! `jwp trust`: the trust file.

use std::path::{Path, PathBuf};

use jwp_core::{Identifier, Receipt, Timestamp, UnverifiedReceipt};
use jwp_verify::trust::{
    KindPattern, MAX_TRUST_FILE, NamePattern, TrustError, TrustStore, TrustedKey,
};

use super::{
    Output,
    failure::{Failure, Problem, Result},
    file, key_file, time,
};

/// What is done with a trust file.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Trust {
    /// Adds a key; the file is begun where it does not exist
    Add(Add),
}

/// Arguments of `jwp trust add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// The trust file. It is written anew as a whole; comments in it are not kept
    #[arg(long, value_name = "T.toml")]
    trust: PathBuf,
    /// The public key (SubjectPublicKeyInfo PEM)
    #[arg(long = "pub", value_name = "P.pem")]
    public: PathBuf,
    /// Whose key it is
    #[arg(long, value_name = "I")]
    iss: Identifier,
    /// What it may sign, separated by commas: a kind, delivery.gates.*, or *
    #[arg(long, value_name = "KINDS", value_delimiter = ',', default_value = "*")]
    kinds: Vec<KindPattern>,
    /// The environments that it may sign for, separated by commas: a name, a prefix such as eu/*, or *
    #[arg(long, value_name = "AUDS", value_delimiter = ',', default_value = "*")]
    aud: Vec<NamePattern>,
    /// The releases that it may sign for, separated by commas: a name, jouledb@*, or *
    #[arg(long, value_name = "SUBS", value_delimiter = ',')]
    sub: Vec<NamePattern>,
    /// From when on it is valid
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    not_before: Option<Timestamp>,
    /// Until when it is valid
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    not_after: Option<Timestamp>,
}

impl Trust {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        match self {
            Self::Add(add) => add.run(out),
        }
    }
}

impl Add {
    fn run(&self, out: &mut Output) -> Result<()> {
        let verifying = key_file::public_key(&self.public)?;
        let mut key = TrustedKey::new(
            verifying,
            self.iss.clone(),
            self.kinds.iter().cloned(),
            self.aud.iter().cloned(),
        );
        if !self.sub.is_empty() {
            key = key.with_releases(self.sub.iter().cloned());
        }
        if let (Some(first), Some(last)) = (self.not_before, self.not_after)
            && first > last
        {
            return Err(Failure::usage("got --not-after before --not-before"));
        }
        if let Some(first) = self.not_before {
            key = key.with_not_before(first);
        }
        if let Some(last) = self.not_after {
            key = key.with_not_after(last);
        }
        let kid = key.kid();
        let at = |error: TrustError| Failure::at(error, &self.trust);
        let old = match file::existing(&self.trust)? {
            true => Some(read(&self.trust)?),
            false => None,
        };
        let store = match &old {
            None => TrustStore::from_keys([key]).map_err(at)?,
            Some(old) => {
                let mut store = parse(old, &self.trust)?;
                store.add(key).map_err(at)?;
                store
            }
        };
        let new = store.to_toml();
        // What is written must be readable; a file over the limit would lock its owner out.
        TrustStore::from_toml(&new).map_err(at)?;
        file::replace(&self.trust, old.as_deref(), new.as_bytes(), limit())?;
        out.done(format!("the key {kid} was added"));
        out.line(format_args!("key    {kid}"));
        out.line(format_args!("issuer {}", self.iss));
        out.line(format_args!("kinds  {}", list(&self.kinds)));
        out.line(format_args!("aud    {}", list(&self.aud)));
        out.line(format_args!("trust  {}", self.trust.display()));
        Ok(())
    }
}

fn list(patterns: &[impl ToString]) -> String {
    patterns
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn limit() -> u64 {
    u64::try_from(MAX_TRUST_FILE).unwrap_or(u64::MAX)
}

/// Reads a trust file.
pub(crate) fn load(path: &Path) -> Result<TrustStore> {
    parse(&read(path)?, path)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    file::read(path, limit()).map_err(Failure::of_trust)
}

fn parse(bytes: &[u8], path: &Path) -> Result<TrustStore> {
    let text = core::str::from_utf8(bytes).map_err(|_| Failure::at(Problem::TrustText, path))?;
    TrustStore::from_toml(text).map_err(|error| Failure::at(error, path))
}

/// Checks that a known key signed the receipt, and that it may.
pub(crate) fn check<'a>(
    trust: &TrustStore,
    receipt: UnverifiedReceipt<'a>,
    offset: usize,
) -> Result<Receipt<'a>> {
    trust
        .authenticate(receipt, offset)
        .map_err(|finding| Problem::Finding(Box::new(finding)).into())
}
