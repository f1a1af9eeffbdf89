//! Every importer as a reader of one document, with good documents beside it.

use std::path::Path;

use jwp_core::{Digest, Timestamp};
use jwp_delivery::{
    compute::bucket::Bucketing,
    import::{
        ImportError,
        argo::{self, CanaryContext},
        attestation,
        cdevents::{self, DoraScope},
        cloudevents,
        gates::GateContext,
        oci::{self, ImageContext},
        openfeature::{self, Evaluations, FlagContext, Rule},
        osv_scanner::{self, OsvScannerRun},
        prometheus::{self, Document},
        promql, rollback,
        scancode::{self, AllowedLicenses},
        semgrep,
        trivy::{self, ImageClosure, TrivyRun},
    },
};

pub(crate) const IMAGE: &str =
    "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";
const CONFIG: &str = "sha256:7ad0bf26a28a02ef37a3a145448e7b63b4370e624189e93c5ac0a9715f992a4c";
pub(crate) const BUNDLE: &str = "sigstore/mock-0.12.1/dsse-rekor-and-tsa.sigstore.json";
pub(crate) const FLAGS: &str = "openfeature/flagd-0.11-handmade";
pub(crate) const ANSWERS: &str = "prometheus/2.55.1-handmade";
const LAYOUT: &str = "oci/buildah-1.28.2/buildah-7layer";

#[track_caller]
pub(crate) fn read(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A document with one piece replaced, which must be there.
#[track_caller]
pub(crate) fn changed(path: &str, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(read(path)).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    text.replacen(from, to, 1).into_bytes()
}

#[track_caller]
pub(crate) fn refused<T>(result: Result<T, ImportError>, code: &str, what: &str) {
    match result {
        Ok(_) => panic!("{what}: read, expected {code}"),
        Err(error) => assert_eq!(error.code(), code, "{what}: {error}"),
    }
}

pub(crate) fn image() -> Digest {
    IMAGE.parse().unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds).unwrap()
}

pub(crate) fn run_semgrep(report: &[u8]) -> Result<(), ImportError> {
    semgrep::import(report, &GateContext::exited(0)).map(drop)
}

fn osv(report: &[u8], version: &[u8], stderr: &[u8]) -> Result<(), ImportError> {
    let gate = GateContext::exited(1);
    let run = OsvScannerRun {
        gate: &gate,
        version,
        stderr: Some(stderr),
    };
    osv_scanner::import(report, &run).map(drop)
}

pub(crate) fn run_osv(report: &[u8]) -> Result<(), ImportError> {
    let (version, stderr) = ("version.txt", "clean.stderr");
    let file = |name: &str| read(&format!("osv-scanner/1.8.5/{name}"));
    osv(report, &file(version), &file(stderr))
}

fn trivy(report: &[u8], version: &[u8]) -> Result<(), ImportError> {
    let gate = GateContext::exited(0);
    let run = TrivyRun {
        gate: &gate,
        version,
        scanners: None,
        closure: ImageClosure::new(image(), CONFIG.parse().unwrap()),
        now: at(1_778_145_000),
        max_db_age_s: trivy::MAX_DB_AGE_S,
    };
    trivy::import(report, &run).map(drop)
}

pub(crate) fn run_trivy(report: &[u8]) -> Result<(), ImportError> {
    trivy(report, &read("trivy/0.55.2/version.json"))
}

pub(crate) fn run_scancode(report: &[u8]) -> Result<(), ImportError> {
    let allowed = AllowedLicenses::default();
    scancode::import(report, &GateContext::exited(0), &allowed).map(drop)
}

fn build(index: &[u8], provenance: &[u8]) -> Result<(), ImportError> {
    let blob = |digest: &Digest| {
        let hex = digest.to_string().replace("sha256:", "");
        Some(read(&format!("{LAYOUT}/blobs/sha256/{hex}")))
    };
    oci::import(index, &blob, provenance, &ImageContext::new()).map(drop)
}

fn flag_context() -> FlagContext {
    let window = (at(1_778_146_200), at(1_778_146_920));
    FlagContext::new("jouledb-fast-path", "on", window, "flagd")
        .with_provider_version("0.11")
        .with_sdk_version("1.7")
}

pub(crate) fn flag(definition: &[u8], counters: &[u8], latency: &[u8]) -> Result<(), ImportError> {
    let rule = Rule::Flagd {
        definition,
        bucketing: Bucketing::FlagdV2,
    };
    let evaluations = Evaluations::Counters { counters, latency };
    openfeature::import(rule, evaluations, &flag_context()).map(drop)
}

pub(crate) fn flag_at(percent: u32, details: &[u8]) -> Result<(), ImportError> {
    let rule = Rule::Percent { percent, salt: "" };
    openfeature::import(rule, Evaluations::Details(details), &flag_context()).map(drop)
}

/// The plan, with another document in the place of one of the answers.
pub(crate) fn analysis(plan: &[u8], answer: Option<(&str, &[u8])>) -> Result<(), ImportError> {
    let files: Vec<(String, Vec<u8>)> = prometheus::plan_files(plan)?
        .into_iter()
        .map(|name| {
            let bytes = read(&format!("{ANSWERS}/{name}"));
            (name, bytes)
        })
        .collect();
    let documents: Vec<Document<'_>> = files
        .iter()
        .map(|(name, bytes)| Document {
            name,
            bytes: match answer {
                Some((other, bytes)) if other == name => bytes,
                _ => bytes,
            },
        })
        .collect();
    prometheus::import(plan, &documents).map(drop)
}

pub(crate) fn canary(documents: &[&[u8]]) -> Result<(), ImportError> {
    argo::import(documents, &CanaryContext::default()).map(drop)
}

pub(crate) fn dora(stream: &[u8]) -> Result<(), ImportError> {
    let scope = DoraScope::new("demo", "prod", at(1_792_886_400), at(1_795_478_400));
    cdevents::import(stream, &scope).map(drop)
}

pub(crate) type Reader = (&'static str, fn(&[u8]) -> Result<(), ImportError>);

/// Each place in which an importer takes a document, and what it says of one there.
pub(crate) const READERS: &[Reader] = &[
    ("semgrep", run_semgrep),
    ("osv-scanner", run_osv),
    ("trivy", run_trivy),
    ("trivy version", |version| {
        trivy(&read("trivy/0.55.2/clean.json"), version)
    }),
    ("scancode", run_scancode),
    ("image index", |index| build(index, &read(BUNDLE))),
    ("provenance of a build", |provenance| {
        build(&read(&format!("{LAYOUT}/index.json")), provenance)
    }),
    ("attestation", |document| {
        attestation::import(document, None, image()).map(drop)
    }),
    ("flag definition", |definition| {
        let file = |name: &str| read(&format!("{FLAGS}/{name}"));
        flag(definition, &file("evaluations.json"), &file("latency.json"))
    }),
    ("flag counters", |counters| {
        let file = |name: &str| read(&format!("{FLAGS}/{name}"));
        flag(&file("flags.json"), counters, &file("latency.json"))
    }),
    ("flag latency", |latency| {
        let file = |name: &str| read(&format!("{FLAGS}/{name}"));
        flag(&file("flags.json"), &file("evaluations.json"), latency)
    }),
    ("flag evaluations", |details| flag_at(5, details)),
    ("flag to turn off", |definition| {
        rollback::flag_off(definition, "jouledb-fast-path", "on").map(drop)
    }),
    ("rollout", |document| canary(&[document])),
    ("analysis plan", |plan| analysis(plan, None)),
    ("analysis answer", |answer| {
        let plan = read(&format!("{ANSWERS}/plan.json"));
        analysis(&plan, Some(("canary-requests.json", answer)))
    }),
    ("query answer", |answer| promql::parse(answer).map(drop)),
    ("delivery events", dora),
    ("cloud events", |events| {
        cloudevents::parse(events).map(drop)
    }),
];

/// That the readers read: what they refuse below is not refused for something else.
#[test]
fn good_documents_are_read() {
    let good = [
        ("semgrep", "semgrep/1.94.0/clean.json".to_owned()),
        ("osv-scanner", "osv-scanner/1.8.5/medium.json".to_owned()),
        ("trivy", "trivy/0.55.2/clean.json".to_owned()),
        ("trivy version", "trivy/0.55.2/version.json".to_owned()),
        ("scancode", "scancode/32.5.0/ok.json".to_owned()),
        ("image index", format!("{LAYOUT}/index.json")),
        ("provenance of a build", BUNDLE.to_owned()),
        ("attestation", BUNDLE.to_owned()),
        ("flag definition", format!("{FLAGS}/flags.json")),
        ("flag counters", format!("{FLAGS}/evaluations.json")),
        ("flag latency", format!("{FLAGS}/latency.json")),
        ("flag to turn off", format!("{FLAGS}/flags.json")),
        ("analysis plan", format!("{ANSWERS}/plan.json")),
        ("analysis answer", format!("{ANSWERS}/canary-requests.json")),
        ("query answer", format!("{ANSWERS}/canary-requests.json")),
        (
            "cloud events",
            "cdevents/0.6.0-draft/cloudevents-structured.jsonl".to_owned(),
        ),
    ];
    for (name, path) in good {
        let (_, reader) = READERS.iter().find(|(of, _)| *of == name).unwrap();
        reader(&read(&path)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
