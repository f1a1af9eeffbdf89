//! Every importer as a reader of one document, with good documents beside it.

use jwp_core::Digest;
use jwp_delivery::{
    compute::bucket::Bucketing,
    import::{
        ImportError, argo, attestation, cdevents, cloudevents,
        oci::{self, ImageContext},
        openfeature::{self, Evaluations, Rule},
        prometheus, promql, rollback,
    },
};

use crate::{
    argo::canary_context,
    attestation::{BUNDLE, bundle},
    cdevents::real_scope,
    gates::support::{NOW, closure, run_osv, run_scancode, run_semgrep, run_trivy, run_trivy_with},
    oci::{SEVEN, blob},
    openfeature::owner_flag,
    prometheus::documents,
    support::{folder, image, read},
};

pub(crate) const FLAGS: &str = "openfeature/flagd-0.11-handmade";
pub(crate) const ANSWERS: &str = "prometheus/2.55.1-handmade";

fn build(index: &[u8], provenance: &[u8]) -> Result<(), ImportError> {
    let blob = |digest: &Digest| blob(SEVEN, digest);
    oci::import(index, &blob, provenance, &ImageContext::new()).map(drop)
}

pub(crate) fn flag(definition: &[u8], counters: &[u8], latency: &[u8]) -> Result<(), ImportError> {
    let rule = Rule::Flagd {
        definition,
        bucketing: Bucketing::FlagdV2,
    };
    let evaluations = Evaluations::Counters { counters, latency };
    openfeature::import(rule, evaluations, &owner_flag()).map(drop)
}

pub(crate) fn flag_at(percent: u32, details: &[u8]) -> Result<(), ImportError> {
    let rule = Rule::Percent { percent, salt: "" };
    openfeature::import(rule, Evaluations::Details(details), &owner_flag()).map(drop)
}

/// The plan, with another document in the place of one of the answers.
pub(crate) fn analysis(plan: &[u8], answer: Option<(&str, &[u8])>) -> Result<(), ImportError> {
    let mut files = folder(ANSWERS);
    files.extend(answer.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())));
    prometheus::import(plan, &documents(&files)).map(drop)
}

pub(crate) fn canary(documents: &[&[u8]]) -> Result<(), ImportError> {
    argo::import(documents, &canary_context()).map(drop)
}

pub(crate) type Reader = (&'static str, fn(&[u8]) -> Result<(), ImportError>);

/// Each place in which an importer takes a document, and what it says of one there.
pub(crate) const READERS: &[Reader] = &[
    ("semgrep", |report| run_semgrep(report, 0).map(drop)),
    ("osv-scanner", |report| {
        run_osv(report, 1, "clean.stderr").map(drop)
    }),
    ("trivy", |report| run_trivy(report).map(drop)),
    ("trivy version", |version| {
        let report = read("trivy/0.55.2/clean.json");
        run_trivy_with(&report, version, closure(), NOW).map(drop)
    }),
    ("scancode", |report| run_scancode(report, 0).map(drop)),
    ("image index", |index| build(index, &bundle())),
    ("provenance of a build", |provenance| {
        build(&read(&format!("{SEVEN}/index.json")), provenance)
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
    ("delivery events", |stream| {
        cdevents::import(stream, &real_scope()).map(drop)
    }),
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
        ("image index", format!("{SEVEN}/index.json")),
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
            "delivery events",
            "cdevents/0.6.0-draft/cdevents.jsonl".to_owned(),
        ),
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
