//! SLSA provenance v1 in an in-toto Statement v1 in a DSSE envelope, alone or in a Sigstore bundle.
//!
//! What an attestation says of itself is read here; nothing of it is verified. The bytes that were
//! decoded are the bytes that are parsed: the envelope is never re-parsed. `keyid` is an
//! unauthenticated hint and is not looked at.
//!
//! Read: DSSE 1.0.2; in-toto Statement v1 and v0.1; SLSA v1.0 provenance.md; Sigstore bundle v0.1 to v0.3
//! (protobuf JSON: 64-bit numbers are strings, defaults are left out); Rekor v1 entries `dsse` 0.0.1
//! and `intoto` 0.0.2, in a bundle or as the REST API gives them.
//!
//! A claim is signed and shown around: a URI that may carry a credential (a user, a query) is refused.

use std::collections::{BTreeMap, BTreeSet};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use jwp_core::{Digest, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ImportError, fault, rfc3339};
use crate::kind::attestation::SLSA_PROVENANCE_V1;

/// The shape is the same; BuildKit and others still write the older name around provenance v1.
const STATEMENTS: [&str; 2] = [
    "https://in-toto.io/Statement/v1",
    "https://in-toto.io/Statement/v0.1",
];
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// What a provenance document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provenance {
    /// SHA-256 of the statement's bytes.
    pub(crate) statement_digest: Digest,
    /// SHA-256 digests of the subjects.
    pub(crate) subjects: Vec<Digest>,
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
    pub(crate) log: Option<LogEntry>,
}

/// Where a transparency log says that it keeps the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// The global index, not the index in the shard's tree.
    pub(crate) index: u64,
    /// SHA-256 of the log's key, lower-case hex.
    pub(crate) log_id: String,
    pub(crate) integrated_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heading {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    payload_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    #[serde(default)]
    verification_material: Option<Material>,
    #[serde(default)]
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    #[serde(default)]
    tlog_entries: Option<Vec<BundleEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BundleEntry {
    /// protobuf JSON leaves out a 0.
    #[serde(default)]
    log_index: Option<Int64>,
    log_id: KeyIdentifier,
    #[serde(default)]
    integrated_time: Option<Int64>,
    canonicalized_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyIdentifier {
    key_id: String,
}

/// A 64-bit number: text in protobuf JSON, a number in REST answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Int64 {
    Text(String),
    Number(u64),
}

impl Int64 {
    fn read(&self, place: &str) -> Result<u64, ImportError> {
        let refused = || fault::value(place, "an integer of 0 or more");
        match self {
            Self::Number(n) => Ok(*n),
            Self::Text(text) => {
                let n: u64 = text.parse().map_err(|_| refused())?;
                // One form only: no sign, no leading zero.
                if n.to_string() == *text {
                    Ok(n)
                } else {
                    Err(refused())
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct RestEntry {
    body: String,
    #[serde(rename = "integratedTime", default)]
    integrated_time: Option<u64>,
    #[serde(rename = "logID")]
    log_id: String,
    #[serde(rename = "logIndex")]
    log_index: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    api_version: String,
    kind: String,
    #[serde(borrow)]
    spec: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DsseSpec {
    payload_hash: HashValue,
    signatures: Vec<DsseSpecSignature>,
}

#[derive(Deserialize)]
struct DsseSpecSignature {
    signature: String,
}

#[derive(Deserialize)]
struct HashValue {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
struct IntotoSpec {
    content: IntotoContent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent {
    payload_hash: HashValue,
    envelope: IntotoEnvelope,
}

#[derive(Deserialize)]
struct IntotoEnvelope {
    signatures: Vec<IntotoSignature>,
}

#[derive(Deserialize)]
struct IntotoSignature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Resource>,
    predicate_type: String,
    #[serde(borrow)]
    predicate: &'a RawValue,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    digest: Option<BTreeMap<String, String>>,
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
    resolved_dependencies: Option<Vec<Resource>>,
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

/// Reads a Sigstore bundle or a DSSE envelope; `rekor` is the REST answer about an envelope that
/// carries no entry itself.
pub(crate) fn read(document: &[u8], rekor: Option<&[u8]>) -> Result<Provenance, ImportError> {
    let heading: Heading = fault::json(document)?;
    let (envelope, entries) = match (heading.media_type.as_deref(), heading.payload_type) {
        (Some(media_type), None) => {
            if !is_bundle(media_type) {
                return Err(fault::unsupported(
                    "/mediaType",
                    "a Sigstore bundle of v0.1 to v0.3",
                ));
            }
            let bundle: Bundle = fault::json(document)?;
            let envelope = bundle.dsse_envelope.ok_or_else(|| {
                fault::unsupported("/dsseEnvelope", "a bundle around a DSSE envelope")
            })?;
            let material = bundle.verification_material;
            (
                envelope,
                material
                    .and_then(|material| material.tlog_entries)
                    .unwrap_or_default(),
            )
        }
        (None, Some(_)) => (fault::json(document)?, Vec::new()),
        _ => {
            return Err(fault::unsupported(
                "",
                "a Sigstore bundle or a DSSE envelope",
            ));
        }
    };
    let payload = open(&envelope)?;
    let log = match (entries.as_slice(), rekor) {
        ([], None) => None,
        ([], Some(rekor)) => Some(rest_entry(rekor, &payload, &envelope)?),
        ([entry], None) => Some(bundle_entry(entry, &payload, &envelope)?),
        _ => {
            let place = "/verificationMaterial/tlogEntries";
            return Err(fault::value(place, "at most one log entry"));
        }
    };
    let mut provenance = statement(&payload)?;
    provenance.log = log;
    Ok(provenance)
}

fn is_bundle(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.dev.sigstore.bundle+json;version=0.1"
            | "application/vnd.dev.sigstore.bundle+json;version=0.2"
            | "application/vnd.dev.sigstore.bundle+json;version=0.3"
            | "application/vnd.dev.sigstore.bundle.v0.3+json"
    )
}

/// RFC 4648 §4 or §5, with padding.
fn base64(text: &str, place: &str) -> Result<Vec<u8>, ImportError> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .map_err(|_| fault::value(place, "base64 (RFC 4648)"))
}

/// The payload's bytes.
fn open(envelope: &Envelope) -> Result<Vec<u8>, ImportError> {
    if envelope.payload_type != IN_TOTO {
        return Err(fault::unsupported(
            "/payloadType",
            "application/vnd.in-toto+json",
        ));
    }
    if envelope.signatures.is_empty() {
        return Err(fault::incomplete("/signatures", "at least one signature"));
    }
    for signature in &envelope.signatures {
        if base64(&signature.sig, "/signatures/sig")?.is_empty() {
            return Err(fault::incomplete("/signatures/sig", "a signature"));
        }
    }
    base64(&envelope.payload, "/payload")
}

fn bundle_entry(
    entry: &BundleEntry,
    payload: &[u8],
    envelope: &Envelope,
) -> Result<LogEntry, ImportError> {
    let place = "/verificationMaterial/tlogEntries/0";
    let body = base64(
        &entry.canonicalized_body,
        &format!("{place}/canonicalizedBody"),
    )?;
    check_body(&body, payload, envelope)?;
    let key = base64(&entry.log_id.key_id, &format!("{place}/logId/keyId"))?;
    if key.len() != 32 {
        return Err(fault::value(format!("{place}/logId/keyId"), "32 bytes"));
    }
    let index = entry.log_index.as_ref();
    let index = index.map_or(Ok(0), |index| index.read(&format!("{place}/logIndex")))?;
    let time = entry.integrated_time.as_ref();
    let time = time
        .map(|time| time.read(&format!("{place}/integratedTime")))
        .transpose()?;
    Ok(LogEntry {
        index,
        log_id: hex(&key),
        integrated_at: integrated(time, place)?,
    })
}

fn rest_entry(rekor: &[u8], payload: &[u8], envelope: &Envelope) -> Result<LogEntry, ImportError> {
    let entries: BTreeMap<String, RestEntry> = fault::json(rekor)?;
    let mut entries = entries.into_values();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(fault::value("", "exactly one log entry"));
    };
    check_body(&base64(&entry.body, "/body")?, payload, envelope)?;
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if entry.log_id.len() != 64 || !entry.log_id.bytes().all(lower_hex) {
        return Err(fault::value("/logID", "64 lower-case hex digits"));
    }
    let integrated_at = integrated(entry.integrated_time, "")?;
    Ok(LogEntry {
        index: entry.log_index,
        log_id: entry.log_id,
        integrated_at,
    })
}

/// Absent and 0 are no time.
fn integrated(seconds: Option<u64>, place: &str) -> Result<Option<Timestamp>, ImportError> {
    match seconds {
        None | Some(0) => Ok(None),
        Some(seconds) => Timestamp::from_secs(seconds)
            .map(Some)
            .ok_or_else(|| fault::range(format!("{place}/integratedTime"))),
    }
}

/// The entry must be about this envelope: same payload, same signatures.
fn check_body(body: &[u8], payload: &[u8], envelope: &Envelope) -> Result<(), ImportError> {
    let place = "canonicalizedBody";
    let read: Body<'_> = fault::json(body).map_err(|error| fault::within(error, place))?;
    let spec = read.spec.get().as_bytes();
    let within = |error| fault::within(error, place);
    let (hash, signatures) = match (read.kind.as_str(), read.api_version.as_str()) {
        ("dsse", "0.0.1") => {
            let spec: DsseSpec = fault::json(spec).map_err(within)?;
            let signatures = spec
                .signatures
                .into_iter()
                .map(|s| s.signature)
                .collect::<Vec<_>>();
            (spec.payload_hash, signatures)
        }
        ("intoto", "0.0.2") => {
            let spec: IntotoSpec = fault::json(spec).map_err(within)?;
            // Rekor encodes these signatures a second time.
            let once = |s: IntotoSignature| base64(&s.sig, place);
            let signatures = spec.content.envelope.signatures.into_iter().map(once);
            let signatures = signatures.map(|bytes| {
                String::from_utf8(bytes?).map_err(|_| fault::value(place, "base64 twice over"))
            });
            (
                spec.content.payload_hash,
                signatures.collect::<Result<Vec<_>, _>>()?,
            )
        }
        _ => {
            let expected = "a Rekor v1 entry, dsse 0.0.1 or intoto 0.0.2";
            return Err(fault::unsupported(place, expected));
        }
    };
    if hash.algorithm != "sha256"
        || format!("sha256:{}", hash.value) != Digest::sha256(payload).to_string()
    {
        return Err(fault::mismatch(place, "the payload's own SHA-256"));
    }
    let mut ours: Vec<&str> = envelope.signatures.iter().map(|s| s.sig.as_str()).collect();
    let mut theirs: Vec<&str> = signatures.iter().map(String::as_str).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    if ours == theirs {
        Ok(())
    } else {
        Err(fault::mismatch(place, "the envelope's signatures"))
    }
}

fn statement(payload: &[u8]) -> Result<Provenance, ImportError> {
    let inside = |error| fault::within(error, "payload");
    let statement: Statement<'_> = fault::json(payload).map_err(inside)?;
    if !STATEMENTS.contains(&statement.kind.as_str()) {
        let expected = "an in-toto Statement v1 or v0.1";
        return Err(fault::unsupported("payload/_type", expected));
    }
    if statement.predicate_type != SLSA_PROVENANCE_V1 {
        return Err(fault::unsupported(
            "payload/predicateType",
            SLSA_PROVENANCE_V1,
        ));
    }
    let predicate: Predicate<'_> =
        fault::json(statement.predicate.get().as_bytes()).map_err(inside)?;
    let definition = predicate.build_definition;
    let dependencies = definition.resolved_dependencies.unwrap_or_default();
    let (source_uri, source_commit) = source(&dependencies)?;
    let metadata = predicate.run_details.metadata;
    let times = metadata
        .as_ref()
        .map(|m| (m.started_on.as_deref(), m.finished_on.as_deref()));
    if let Some((Some(started), Some(finished))) = times {
        let place = "payload/predicate/runDetails/metadata";
        let (started, finished) = (millis(started, place)?, millis(finished, place)?);
        if started > finished {
            return Err(fault::value(place, "startedOn not after finishedOn"));
        }
    }
    let hermetic = match definition
        .internal_parameters
        .and_then(|p| p.get("hermetic").copied())
    {
        None => None,
        Some(raw) => match raw.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                let place = "payload/predicate/buildDefinition/internalParameters/hermetic";
                return Err(fault::value(place, "true or false"));
            }
        },
    };
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
    Ok(Provenance {
        statement_digest: Digest::sha256(payload),
        subjects: subjects(&statement.subject)?,
        builder_id,
        build_type: definition.build_type,
        invocation_id,
        source_uri,
        source_commit,
        resolved_dependencies: u64::try_from(dependencies.len()).unwrap_or(u64::MAX),
        parameterless: definition.external_parameters.is_none_or(|p| p.is_empty()),
        hermetic,
        log: None,
    })
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

fn millis(text: &str, place: &str) -> Result<u64, ImportError> {
    rfc3339::parse_ms(text).ok_or_else(|| fault::value(place, "an RFC 3339 time"))
}

/// Subjects are matched by digest only; one without a digest is a hole in the statement.
fn subjects(subjects: &[Resource]) -> Result<Vec<Digest>, ImportError> {
    let place = "payload/subject";
    if subjects.is_empty() {
        return Err(fault::incomplete(place, "at least one subject"));
    }
    let mut digests = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        let set = subject.digest.as_ref().filter(|set| !set.is_empty());
        let place = || format!("{place}/{index}/digest");
        let set = set.ok_or_else(|| fault::incomplete(place(), "a digest"))?;
        if let Some(hex) = set.get("sha256") {
            let digest = format!("sha256:{hex}").parse();
            let expected = "64 lower-case hex digits";
            digests.push(digest.map_err(|_| fault::value(place(), expected))?);
        }
    }
    Ok(digests)
}

/// The one dependency that is a source: a Git URI, or a digest that only Git has, with its commit.
fn source(dependencies: &[Resource]) -> Result<(String, String), ImportError> {
    let place = "payload/predicate/buildDefinition/resolvedDependencies";
    /// Package URLs of sources; actions of a workflow have them too.
    const HOSTS: [&str; 3] = ["pkg:bitbucket/", "pkg:github/", "pkg:gitlab/"];
    // Listed twice with the same commit, a source is one.
    let (mut sources, mut hosted, mut others) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
    for dependency in dependencies {
        let Some(uri) = &dependency.uri else { continue };
        // BuildKit writes `https://host/path.git#ref`.
        let path = uri.split('#').next().unwrap_or_default();
        let git = uri.starts_with("git+")
            || uri.starts_with("git://")
            || (uri.starts_with("https://") && path.ends_with(".git"));
        let digest = |name| {
            dependency
                .digest
                .as_ref()
                .and_then(|digest| digest.get(name))
        };
        let (commit, sha1) = (digest("gitCommit"), digest("sha1").filter(|_| git));
        if commit.is_some() && sha1.is_some() && commit != sha1 {
            return Err(fault::value(place, "one commit of a source"));
        }
        match commit.or(sha1) {
            Some(commit) if HOSTS.iter().any(|host| uri.starts_with(host)) => {
                hosted.insert((uri.clone(), commit.clone()));
            }
            // A package may name the commit that it was made of: it is no source of this build.
            _ if uri.starts_with("pkg:") => {}
            Some(commit) => {
                sources.insert((uri.clone(), commit.clone()));
            }
            // Another source with its commit would stand for this one.
            None if git => return Err(fault::incomplete(place, "the commit of every source")),
            None => others = others.saturating_add(1),
        }
    }
    if sources.is_empty() && others == 0 {
        sources = hosted;
    }
    let mut sources = sources.into_iter();
    match (sources.next(), sources.next()) {
        (Some((uri, commit)), None) => {
            let hex = commit
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            if hex && (commit.len() == 40 || commit.len() == 64) {
                Ok((uri, commit))
            } else {
                Err(fault::value(
                    place,
                    "a full commit of 40 or 64 lower-case hex digits",
                ))
            }
        }
        (None, _) => Err(fault::incomplete(place, "a source with its commit")),
        (Some(_), Some(_)) => Err(fault::value(place, "exactly one source with a commit")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(uri: &str, digest: &[(&str, &str)]) -> Resource {
        let entries = digest
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Resource {
            uri: Some(uri.to_owned()),
            digest: (!digest.is_empty()).then(|| entries.collect()),
        }
    }

    /// The commit of a build is that of its one source, or it is not known.
    #[test]
    fn no_dependency_stands_for_the_source() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let app = |digest: &[(&str, &str)]| resource("git+https://example.org/acme/app", digest);
        let of = |dependencies: &[Resource]| source(dependencies).map_err(|error| error.code());
        let action = || {
            resource(
                "git+https://example.org/actions/checkout",
                &[("gitCommit", &b)],
            )
        };
        let package = || resource("pkg:npm/a@1", &[("gitCommit", &b)]);
        let found = Ok(("git+https://example.org/acme/app".to_owned(), a.clone()));
        assert_eq!(of(&[app(&[("gitCommit", &a)]), package()]), found);
        assert_eq!(of(&[app(&[("sha1", &a)])]), found);
        assert_eq!(of(&[app(&[("sha1", &a), ("gitCommit", &a)])]), found);
        let two = of(&[app(&[("sha1", &a), ("gitCommit", &b)])]);
        assert_eq!(two, Err("Import.Value"));
        assert_eq!(of(&[app(&[]), action()]), Err("Import.Incomplete"));
        assert_eq!(
            of(&[app(&[("gitCommit", &a)]), action()]),
            Err("Import.Value")
        );
        assert_eq!(of(&[package()]), Err("Import.Incomplete"));
        // A host's package URL is a source where there is no other, and may be an action where there is.
        let hosted = || resource("pkg:github/acme/app@v1", &[("gitCommit", &b)]);
        let of_host = Ok(("pkg:github/acme/app@v1".to_owned(), b.clone()));
        assert_eq!(of(&[hosted(), package()]), of_host);
        assert_eq!(of(&[app(&[("gitCommit", &a)]), hosted()]), found);
        // One source is one, however often it is listed; in BuildKit's form too.
        assert_eq!(
            of(&[app(&[("sha1", &a)]), app(&[("gitCommit", &a)])]),
            found
        );
        let buildkit = "https://example.org/acme/app.git#refs/heads/main";
        assert_eq!(
            of(&[resource(buildkit, &[("sha1", &a)]), package()]),
            Ok((buildkit.to_owned(), a.clone()))
        );
        assert_eq!(
            of(&[resource(buildkit, &[]), action()]),
            Err("Import.Incomplete")
        );
        let elsewhere = resource("https://example.org/acme/app", &[("sha1", &a)]);
        assert_eq!(of(&[elsewhere, hosted()]), Err("Import.Incomplete"));
    }

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
