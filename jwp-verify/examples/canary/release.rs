//! From the documents of a release to its receipts: what each importer is given, and who signs.
//!
//! Everything that a receipt says is computed by an importer from the documents. What no document
//! says (windows, versions of controllers, the conditions of the rollback) stands here, in
//! [`Facts`], where a pipeline would have its configuration.

use std::{fs, path::PathBuf};

use jwp_core::{
    ChainWriter, Claim, Decimal, Digest, Evidence, Identifier, Joules, Link, Meter, ReceiptPayload,
    RunId, SigningKey, Timestamp,
};
use jwp_delivery::{
    DeliveryClaim, Family,
    compute::bucket::Bucketing,
    import::{
        Imported,
        argo::{self, CanaryContext, CanaryImport, LatencyUnit},
        attestation,
        cdevents::{self, ChangeLink, DoraScope, IncidentScope},
        gates::{self, GateContext},
        oci::{self, ImageContext},
        openfeature::{self, Evaluations, FlagContext, Rule},
        osv_scanner::{self, OsvScannerRun},
        prometheus::{self, AnalysisOutcome, Document},
        rollback::{self, Conditions, PreviousRelease},
        scancode::{self, AllowedLicenses},
        semgrep,
        trivy::{self, ImageClosure, TrivyRun},
    },
    kind::{build::BuildCompleted, release::ReleaseSealed, rollback::DownMigration},
};

/// Whatever stops the example: a document that cannot be read, or that an importer refuses.
pub(crate) type Result<T, E = Box<dyn core::error::Error>> = core::result::Result<T, E>;

/// Who signs which kinds.
pub(crate) struct Issuer {
    /// The name in the receipts and in the trust file.
    pub(crate) name: Identifier,
    /// The key.
    pub(crate) key: SigningKey,
    /// What the trust file lets it sign.
    pub(crate) kinds: &'static [&'static str],
}

impl Issuer {
    /// An issuer whose key everybody has: the seed is a text in this file. A real one keeps its key in
    /// a KMS, or in a file of its own made by `jwp keygen`.
    fn example(name: &str, seed: &[u8; 32], kinds: &'static [&'static str]) -> Result<Self> {
        Ok(Self {
            name: Identifier::parse(name)?,
            key: SigningKey::from_seed(seed)?,
            kinds,
        })
    }
}

/// The three issuers of the example, each for its own kinds only.
pub(crate) struct Issuers {
    /// Builds and attests.
    pub(crate) builder: Issuer,
    /// Runs the gates.
    pub(crate) security: Issuer,
    /// Moves traffic, measures, and seals.
    pub(crate) deployer: Issuer,
}

impl Issuers {
    /// The example's issuers.
    pub(crate) fn example() -> Result<Self> {
        Ok(Self {
            builder: Issuer::example(
                "builder",
                b"example seed, not secret:builder",
                &["delivery.build.completed", "delivery.attestation.slsa"],
            )?,
            security: Issuer::example(
                "security",
                b"example seed, not secret: gates ",
                &[
                    "delivery.gates.passed",
                    "delivery.gates.failed",
                    "delivery.gates.inconclusive",
                    "delivery.gates.waived",
                ],
            )?,
            deployer: Issuer::example(
                "deployer",
                b"example seed, not secret: deploy",
                &[
                    "delivery.rollback.armed",
                    "delivery.rollback.fired",
                    "delivery.rollback.failed",
                    "delivery.rollback.disarmed",
                    "delivery.canary.stepped",
                    "delivery.canary.aborted",
                    "delivery.flag.evaluated",
                    "delivery.analysis.passed",
                    "delivery.analysis.failed",
                    "delivery.analysis.inconclusive",
                    "delivery.dora.snapshot",
                    "delivery.release.sealed",
                ],
            )?,
        })
    }

    /// All of them.
    pub(crate) fn all(&self) -> [&Issuer; 3] {
        [&self.builder, &self.security, &self.deployer]
    }
}

/// A folder of documents.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn join(&self, name: &str) -> Self {
        Self(self.0.join(name))
    }

    /// Reads a document whole.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.0.join(name);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }
}

/// A release on its way: its chain so far.
pub(crate) struct Release {
    writer: ChainWriter,
    bytes: Vec<u8>,
    closure: ImageClosure,
    joules: Option<[&'static str; 8]>,
}

impl Release {
    /// Begins the chain of the release `sub` in the environment `aud`.
    ///
    /// `joules` are the owner's figures in the order of the owner's steps; without them nothing was
    /// metered, and the receipts say nothing about energy.
    fn begin(
        (sub, aud): (&str, &str),
        run: &[u8; 16],
        built: &Imported<BuildCompleted>,
        joules: Option<[&'static str; 8]>,
    ) -> Result<Self> {
        let BuildCompleted {
            image_digest,
            config_digest,
            index_digest,
            ..
        } = built.claim;
        let mut closure = ImageClosure::new(image_digest, config_digest);
        closure.index = index_digest;
        let (sub, aud) = (Identifier::parse(sub)?, Identifier::parse(aud)?);
        let writer = ChainWriter::begin(sub, aud, RunId::from_bytes(*run));
        Ok(Self {
            writer,
            bytes: Vec::new(),
            closure,
            joules,
        })
    }

    /// The chain: a CBOR sequence of receipts.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The image that is released.
    pub(crate) const fn image(&self) -> Digest {
        self.closure.image
    }

    /// Signs the seal.
    pub(crate) fn seal(
        &mut self,
        seal: &ReceiptPayload<ReleaseSealed>,
        issuer: &Issuer,
        iat: Timestamp,
    ) -> Result<()> {
        self.append(seal, issuer, iat)
    }

    /// Signs what an importer computed as the next receipt.
    fn issue<C: Claim>(
        &mut self,
        family: Family,
        imported: Imported<C>,
        issuer: &Issuer,
        iat: Timestamp,
    ) -> Result<()> {
        // A document that names no image is about the one that is released; the figures of DORA
        // are about the service.
        let names_image = !imported.subject.is_empty() || family == Family::Dora;
        let mut payload = imported.into_payload();
        if !names_image {
            payload = payload.with_subject([self.closure.image]);
        }
        let step = family
            .step()
            .map(usize::from)
            .and_then(|step| step.checked_sub(1));
        let joules = self
            .joules
            .as_ref()
            .zip(step)
            .and_then(|(all, step)| all.get(step));
        if let Some(joules) = joules {
            let meter = Meter::declared("the figure of the release's owner");
            payload = payload.with_joules(joules.parse::<Joules>()?, meter);
        }
        self.append(&payload, issuer, iat)
    }

    fn append<C: Claim>(
        &mut self,
        payload: &ReceiptPayload<C>,
        issuer: &Issuer,
        iat: Timestamp,
    ) -> Result<()> {
        let receipt = self
            .writer
            .append(payload, &issuer.name, iat, &issuer.key)?;
        self.bytes.extend_from_slice(&receipt);
        Ok(())
    }

    /// The four gates, whatever they came to.
    fn gates(&mut self, folders: &GateFolders, issuer: &Issuer, iat: Timestamp) -> Result<()> {
        let clean = GateContext::exited(0);
        let semgrep = semgrep::import(&folders.semgrep.read("clean.json")?, &clean)?;

        let osv = &folders.osv_scanner;
        let status = String::from_utf8(osv.read("exit-code.txt")?)?;
        let gate = GateContext::exited(status.trim().parse()?);
        let (version, stderr) = (osv.read("version.txt")?, osv.read("stderr.txt")?);
        let run = OsvScannerRun {
            gate: &gate,
            version: &version,
            stderr: Some(&stderr),
        };
        let osv = osv_scanner::import(&osv.read("report.json")?, &run)?;

        let version = folders.trivy.read("version.json")?;
        let run = TrivyRun {
            gate: &clean,
            version: &version,
            scanners: None,
            closure: self.closure,
            now: iat,
            max_db_age_s: trivy::MAX_DB_AGE_S,
        };
        let trivy = trivy::import(&folders.trivy.read("report.json")?, &run)?;

        let report = folders.scancode.read("ok.json")?;
        let scancode = scancode::import(&report, &clean, &AllowedLicenses::default())?;

        let found = gates::evaluate(vec![semgrep, osv, trivy, scancode])?.imported;
        let Imported {
            claim,
            evidence,
            subject,
            ..
        } = found;
        match claim {
            DeliveryClaim::GatesPassed(claim) => {
                let imported = Imported::new(claim, evidence, subject)?;
                self.issue(Family::Gates, imported, issuer, iat)
            }
            DeliveryClaim::GatesFailed(claim) => {
                let imported = Imported::new(claim, evidence, subject)?;
                self.issue(Family::Gates, imported, issuer, iat)
            }
            DeliveryClaim::GatesInconclusive(claim) => {
                let imported = Imported::new(claim, evidence, subject)?;
                self.issue(Family::Gates, imported, issuer, iat)
            }
            other => Err(format!("gates came out as {}", other.kind().name()).into()),
        }
    }

    /// The canary as it went, from the Rollout, its analysis runs and its events.
    fn canary(&mut self, folder: &Folder, issuer: &Issuer, iat: Timestamp) -> Result<()> {
        let documents = [
            folder.read("rollout.yaml")?,
            folder.read("analysisruns.json")?,
            folder.read("events.json")?,
        ];
        let mut context = CanaryContext::default();
        context.argo_rollouts_version = Some("1.7.2".into());
        context.kubernetes_version = Some("1.31.2".into());
        context.abort_threshold = Some("p99 > +10 % OR 5xx > 0.01".into());
        context.p99_metric = Some(("p99-latency".into(), LatencyUnit::Seconds));
        context.error_rate_metric = Some("error-rate".into());
        match argo::import(&documents.each_ref().map(Vec::as_slice), &context)? {
            CanaryImport::Stepped(stepped) => self.issue(Family::Canary, stepped, issuer, iat),
            CanaryImport::Aborted(aborted) => self.issue(Family::Canary, aborted, issuer, iat),
        }
    }

    /// The analysis of the canary against its baseline and the error budget.
    fn analysis(&mut self, folder: &Folder, issuer: &Issuer, iat: Timestamp) -> Result<()> {
        let plan = folder.read("plan.json")?;
        let names = prometheus::plan_files(&plan)?;
        let bodies: Vec<_> = names
            .iter()
            .map(|name| folder.read(name))
            .collect::<Result<_>>()?;
        let documents: Vec<_> = names
            .iter()
            .zip(&bodies)
            .map(|(name, bytes)| Document { name, bytes })
            .collect();
        match prometheus::import(&plan, &documents)?.outcome {
            AnalysisOutcome::Passed(passed) => self.issue(Family::Analysis, passed, issuer, iat),
            AnalysisOutcome::Failed(failed) => self.issue(Family::Analysis, failed, issuer, iat),
            AnalysisOutcome::Inconclusive(open) => self.issue(Family::Analysis, open, issuer, iat),
        }
    }

    /// The figures of DORA over a window of the event stream.
    fn dora(
        &mut self,
        stream: &[u8],
        scope: &DoraScope,
        issuer: &Issuer,
        iat: Timestamp,
    ) -> Result<()> {
        self.issue(Family::Dora, cdevents::import(stream, scope)?, issuer, iat)
    }

    /// The way back, armed before the traffic reaches 100 %.
    fn rollback(
        &mut self,
        previous: &PreviousRelease,
        definition: &[u8],
        (flag, admits): (&str, &str),
        issuer: &Issuer,
        iat: Timestamp,
    ) -> Result<()> {
        let off = rollback::flag_off(definition, flag, admits)?;
        let conditions = Conditions {
            rto_s: 90,
            down_migration: DownMigration::None,
            trigger: vec!["p99 > +10 %".into(), "5xx > 0.01".into()],
            round_trip_min: Decimal::from(14u64),
            expires: after(iat, 24 * 3600)?,
            // An example's nonce: derived, so that every run writes the same bytes. A real one is
            // random.
            nonce: nonce(self.closure.image),
        };
        let mut armed = rollback::arm(previous, self.closure.image, off, conditions)?;
        let read = Evidence::of_bytes("flag definition", definition);
        armed
            .evidence
            .push(read.with_media_type("application/json"));
        self.issue(Family::Rollback, armed, issuer, iat)
    }
}

fn nonce(image: Digest) -> [u8; 16] {
    let mut nonce = [0; 16];
    let digest = Digest::sha256(image.to_string().as_bytes());
    nonce
        .iter_mut()
        .zip(digest.as_bytes())
        .for_each(|(to, from)| *to = *from);
    nonce
}

/// A time some seconds behind another.
fn after(at: Timestamp, seconds: u64) -> Result<Timestamp> {
    let sum = at
        .as_secs()
        .checked_add(seconds)
        .and_then(Timestamp::from_secs);
    sum.ok_or_else(|| "a time behind the year 9999".into())
}

fn time(seconds: u64) -> Result<Timestamp> {
    Ok(Timestamp::try_from(seconds)?)
}

/// Where the reports of the four gates lie.
struct GateFolders {
    semgrep: Folder,
    osv_scanner: Folder,
    trivy: Folder,
    scancode: Folder,
}

/// A release of `jouledb` to `prod`.
struct Day {
    /// Its release name.
    release: &'static str,
    /// The run, 16 bytes. A real one is random.
    run: &'static [u8; 16],
    /// Where its documents lie, under `inputs`.
    folder: &'static str,
    /// The OCI layout of its image, under `inputs`.
    layout: &'static str,
    /// When the canary began, in seconds since the epoch. The other times count from here.
    canary: u64,
    /// The end of the 30 days of the snapshot.
    until: u64,
    /// What the owner says that the steps cost, in joules and in the order of the steps.
    joules: Option<[&'static str; 8]>,
}

/// 2026-05-07: the release that this example is about.
const RELEASE: Day = Day {
    release: "v2026.05.07",
    run: b"jouledb 20260507",
    folder: ".",
    layout: "oci/buildah-7layer",
    canary: 1_778_146_200,
    until: 1_778_112_000,
    joules: Some([
        "0.36", "0.21", "1.84", "0.55", "1.62", "0.41", "0.29", "0.18",
    ]),
};

/// 2026-05-06: the release before it, which nobody metered.
const PREVIOUS: Day = Day {
    release: "v2026.05.06",
    run: b"jouledb 20260506",
    folder: "previous",
    layout: "oci/buildah-multiarch",
    canary: 1_778_094_300,
    until: 1_778_025_600,
    joules: None,
};

/// The image of a layout, on the platform that the release is for.
fn build(layout: &Folder, provenance: &[u8]) -> Result<Imported<BuildCompleted>> {
    let blobs = |digest: &Digest| {
        let digest = digest.to_string();
        let name = digest.strip_prefix("sha256:")?;
        layout.join("blobs").join("sha256").read(name).ok()
    };
    let context = ImageContext::new().with_platform("linux/amd64");
    Ok(oci::import(
        &layout.read("index.json")?,
        &blobs,
        provenance,
        &context,
    )?)
}

/// 30 days in seconds.
const DAYS_30: u64 = 30 * 86_400;

/// Issues a release of `jouledb`, all but its seal, in the order of proof.
fn jouledb(
    day: &Day,
    inputs: &Folder,
    issuers: &Issuers,
    previous: &PreviousRelease,
) -> Result<Release> {
    let folder = inputs.join(day.folder);
    let Issuers {
        builder,
        security,
        deployer,
    } = issuers;
    let start = time(day.canary)?;
    let before = |seconds: u64| time(day.canary.saturating_sub(seconds));
    let end = after(start, 12 * 60)?;
    let behind = |seconds: u64| after(end, seconds);

    let sub = format!("jouledb@{}", day.release);
    let bundle = folder
        .join("attestation")
        .read("provenance.sigstore.json")?;
    let built = build(&inputs.join(day.layout), &bundle)?;
    let mut release = Release::begin((&sub, "prod"), day.run, &built, day.joules)?;
    release.issue(Family::Build, built, builder, before(1650)?)?;
    let attested = attestation::import(&bundle, None, release.image())?;
    release.issue(Family::Attestation, attested, builder, before(1610)?)?;

    let reports = GateFolders {
        semgrep: inputs.join("semgrep"),
        osv_scanner: folder.join("osv-scanner"),
        trivy: folder.join("trivy"),
        scancode: inputs.join("scancode"),
    };
    release.gates(&reports, security, before(1040)?)?;

    let definition = folder.join("flag").read("flags.json")?;
    let flag = ("jouledb-fast-path", "on");
    release.rollback(previous, &definition, flag, deployer, before(300)?)?;

    release.canary(&folder.join("argo-rollouts"), deployer, behind(5)?)?;

    let context = FlagContext::new(flag.0, flag.1, (start, end), "flagd")
        .with_provider_version("0.11")
        .with_sdk_version("1.7");
    let rule = Rule::Flagd {
        definition: &definition,
        bucketing: Bucketing::FlagdGoPre2026,
    };
    let counters = folder.join("flag").read("evaluations.json")?;
    let latency = folder.join("flag").read("latency.json")?;
    let evaluations = Evaluations::Counters {
        counters: &counters,
        latency: &latency,
    };
    let evaluated = openfeature::import(rule, evaluations, &context)?;
    release.issue(Family::Flag, evaluated, deployer, behind(10)?)?;

    release.analysis(&folder.join("prometheus"), deployer, behind(15)?)?;

    let until = time(day.until)?;
    let from = time(day.until.saturating_sub(DAYS_30))?;
    let scope = DoraScope::new("service/jouledb", "prod", from, until);
    let stream = inputs.join("cdevents").read("stream.jsonl")?;
    release.dora(&stream, &scope, deployer, behind(60)?)?;
    Ok(release)
}

/// The release before, without its seal yet: the caller seals and verifies it, so that this one can
/// name the seal.
pub(crate) fn previous(inputs: &Folder, issuers: &Issuers) -> Result<Release> {
    // Nobody kept a chain of the release before that one: its rollback names no seal.
    let before = PreviousRelease {
        release: "v2026.05.05".into(),
        image: Digest::sha256(b"example image of jouledb v2026.05.05"),
        seal: None,
    };
    jouledb(&PREVIOUS, inputs, issuers, &before)
}

/// The release that this example is about.
pub(crate) fn owner(
    inputs: &Folder,
    issuers: &Issuers,
    image: Digest,
    seal: Link,
) -> Result<Release> {
    let release = PREVIOUS.release.into();
    jouledb(
        &RELEASE,
        inputs,
        issuers,
        &PreviousRelease {
            release,
            image,
            seal: Some(seal),
        },
    )
}

/// When the seals are signed: a minute behind the last receipt.
pub(crate) fn sealed_at(release: &Release) -> Result<Timestamp> {
    let head = release.writer.head().ok_or("an empty chain")?;
    after(head.iat(), 60)
}

/// A release from the outputs of tools that ran, as far as there are any; and what was refused.
pub(crate) fn real(
    inputs: &Folder,
    real: &Folder,
    issuers: &Issuers,
) -> Result<(Release, Vec<String>)> {
    let Issuers {
        builder,
        security,
        deployer,
    } = issuers;
    // 2026-11-23T09:00:30Z: behind everything that the documents tell of.
    let begin = time(1_795_424_430)?;
    let at = |minutes: u64| after(begin, minutes.saturating_mul(60));
    let mut refused = Vec::new();

    let bundle = real
        .join("attestation")
        .read("dsse-rekor-and-tsa.sigstore.json")?;
    let layout = inputs.join("oci/buildah-7layer");
    let built = build(&layout, &bundle)?;
    let mut release = Release::begin(("demo@7l", "test123"), b"demo 7l 20261123", &built, None)?;
    release.issue(Family::Build, built, builder, at(0)?)?;
    let attested = attestation::import(&bundle, None, release.image())?;
    release.issue(Family::Attestation, attested, builder, at(1)?)?;

    let reports = GateFolders {
        semgrep: inputs.join("semgrep"),
        osv_scanner: inputs.join("osv-scanner"),
        trivy: real.join("trivy"),
        scancode: inputs.join("scancode"),
    };
    release.gates(&reports, security, at(2)?)?;

    // The image before is real; no chain tells of its release, so no seal is named.
    let before = PreviousRelease {
        release: "1".into(),
        image: "sha256:d2b07cc6ccc45ba3a1bdfb5219423f8bd1d1d8cb2b0a0d5aaea9ebe4f3fd8972".parse()?,
        seal: None,
    };
    let definition = real.join("openfeature").read("flagd-flags.json")?;
    let flag = ("new-checkout", "on");
    release.rollback(&before, &definition, flag, deployer, at(3)?)?;

    release.canary(&real.join("argo-rollouts"), deployer, at(4)?)?;

    // The evaluations are real and say nothing about how long they took.
    let window = (time(1_795_417_982)?, time(1_795_418_244)?);
    let context = FlagContext::new(flag.0, flag.1, window, "flagd")
        .with_provider_version("4.0.1")
        .with_sdk_version("1.23.0");
    let rule = Rule::Flagd {
        definition: &definition,
        bucketing: Bucketing::FlagdV2,
    };
    let details = real
        .join("openfeature")
        .read("evaluations-first-1000.jsonl")?;
    match openfeature::import(rule, Evaluations::Details(&details), &context) {
        Ok(evaluated) => release.issue(Family::Flag, evaluated, deployer, at(5)?)?,
        Err(error) => refused.push(format!(
            "delivery.flag.evaluated: {}: {error}",
            error.code()
        )),
    }

    release.analysis(&real.join("prometheus"), deployer, at(6)?)?;

    // One service from one trunk: its artifacts name no change, its incidents no artifact of it.
    let (from, until) = (time(1_795_424_400 - DAYS_30)?, time(1_795_424_400)?);
    let scope = DoraScope::new("service/demo", "test123", from, until)
        .with_changes(ChangeLink::Sequence)
        .with_incidents(IncidentScope::Stream);
    let stream = real.join("cdevents").read("cloudevents-structured.jsonl")?;
    release.dora(&stream, &scope, deployer, at(7)?)?;
    Ok((release, refused))
}
