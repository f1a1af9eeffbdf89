//! The SLSA v1.0 provenance predicate: what built the artifacts, how, and from which source.
//!
//! A claim is signed and shown around: a URI that may carry a credential (a user, a query) is refused.

mod source;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::intoto::ResourceDescriptor;
use crate::{
    compute::count,
    import::{ImportError, fault, rfc3339},
};

/// What the predicate says of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) builder_id: String,
    pub(crate) build_type: String,
    pub(crate) invocation_id: Option<String>,
    pub(crate) source_uri: String,
    pub(crate) source_commit: String,
    pub(crate) resolved_dependencies: u64,
    /// `externalParameters` is empty.
    pub(crate) parameterless: bool,
    /// What `internalParameters.hermetic` says; SLSA has no field for it.
    pub(crate) hermetic: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    #[serde(borrow)]
    build_definition: BuildDefinition<'a>,
    run_details: RunDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition<'a> {
    build_type: String,
    #[serde(borrow, default)]
    external_parameters: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(borrow, default)]
    internal_parameters: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(default)]
    resolved_dependencies: Option<Vec<ResourceDescriptor>>,
}

#[derive(Deserialize)]
struct RunDetails {
    builder: Builder,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Builder {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    invocation_id: Option<String>,
    #[serde(default)]
    started_on: Option<String>,
    #[serde(default)]
    finished_on: Option<String>,
}

/// Reads the predicate of a statement.
pub(super) fn read(predicate: &[u8]) -> Result<Build, ImportError> {
    let predicate: Predicate<'_> =
        fault::json(predicate).map_err(|e| fault::within(e, "payload"))?;
    let definition = predicate.build_definition;
    let dependencies = definition.resolved_dependencies.unwrap_or_default();
    let (source_uri, source_commit) = source::only(&dependencies)?;
    let metadata = predicate.run_details.metadata;
    if let Some(metadata) = &metadata {
        metadata.check_times()?;
    }
    let hermetic = definition
        .internal_parameters
        .and_then(|parameters| parameters.get("hermetic").copied())
        .map(hermetic)
        .transpose()?;
    let invocation_id = metadata
        .and_then(|m| m.invocation_id)
        .filter(|id| !id.is_empty());
    let builder_id = predicate.run_details.builder.id;
    for (uri, member) in [
        (Some(&builder_id), "runDetails/builder/id"),
        (Some(&definition.build_type), "buildDefinition/buildType"),
        (invocation_id.as_ref(), "runDetails/metadata/invocationId"),
        (Some(&source_uri), "buildDefinition/resolvedDependencies"),
    ] {
        if uri.is_some_and(|uri| carries_credentials(uri)) {
            let expected = "a URI without a user (but for git@) and without a query";
            return Err(fault::value(
                format!("payload/predicate/{member}"),
                expected,
            ));
        }
    }
    Ok(Build {
        builder_id,
        build_type: definition.build_type,
        invocation_id,
        source_uri,
        source_commit,
        resolved_dependencies: count(dependencies.len()),
        parameterless: definition.external_parameters.is_none_or(|p| p.is_empty()),
        hermetic,
    })
}

impl Metadata {
    /// A build does not end before it begins.
    fn check_times(&self) -> Result<(), ImportError> {
        let (Some(started), Some(finished)) = (&self.started_on, &self.finished_on) else {
            return Ok(());
        };
        let place = "payload/predicate/runDetails/metadata";
        if rfc3339::read_ms(started, place)? > rfc3339::read_ms(finished, place)? {
            return Err(fault::value(place, "startedOn not after finishedOn"));
        }
        Ok(())
    }
}

fn hermetic(raw: &RawValue) -> Result<bool, ImportError> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => {
            let place = "payload/predicate/buildDefinition/internalParameters/hermetic";
            Err(fault::value(place, "true or false"))
        }
    }
}

/// Whether a URI has a place where credentials are kept: the user before the host, or the query (RFC 3986 §3.2.1,
/// §3.4). `git` alone is the user of every Git server over SSH.
fn carries_credentials(uri: &str) -> bool {
    if uri.contains('?') {
        return true;
    }
    let authority = match uri.split_once("://") {
        Some((_, rest)) => rest,
        // `user@host:path` is SSH's own form; other schemes have no host.
        None if uri.starts_with("pkg:") => return false,
        None => uri,
    };
    let authority = authority.split(['/', '#', '\\']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user != "git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_have_two_places_in_a_uri() {
        for uri in [
            "git+https://x-access-token:ghs_0@example.org/acme/app",
            "https://token@example.org/acme/app.git#refs/heads/main",
            "https://git:hunter2@example.org/acme/app",
            "https://example.org/run?token=1",
            "https://example.org/run?",
            "ssh://deploy@example.org/acme/app",
            "user:hunter2@example.org:acme/app",
            "pkg:github/acme/app@v1?vcs_url=https://a:b@example.org",
        ] {
            assert!(carries_credentials(uri), "{uri}");
        }
        for uri in [
            "git+https://example.org/acme/app@refs/heads/main",
            "git+ssh://git@example.org/acme/app",
            "git@example.org:acme/app.git",
            "https://example.org/acme/app/.github/workflows/build.yml@refs/heads/main",
            "https://example.org/acme/app.git#refs/tags/v1",
            "pkg:github/acme/app@v1",
            "8f1c5a1e-5b3e-4a75-8f7b-2d1b4b0d9a11",
            "",
        ] {
            assert!(!carries_credentials(uri), "{uri}");
        }
    }
}
