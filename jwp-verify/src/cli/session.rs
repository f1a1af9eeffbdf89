//! One receipt on its way into a chain file: the chain behind it verified, the key read, the payload
//! signed, checked as a verifier would, appended.

use core::ops::ControlFlow;
use std::path::PathBuf;

use jwp_core::{
    ChainWriter, Claim, Digest, ErrorKind, Identifier, Joules, KeyId, Link, Meter, ReceiptPayload,
    RunId, SigningKey, Timestamp, UnverifiedReceipt,
    chain::{ChainHead, Receipts},
    envelope::{self, Batch},
    payload::{Ref, Rel},
};
use jwp_delivery::{
    import::Imported,
    kind::{DeliveryClaim, DeliveryKind, Family, build::BuildCompleted},
};
use jwp_verify::{
    code::Code,
    seal,
    trust::{TrustStore, TrustedKey},
};

use super::{
    Output,
    append::ChainFile,
    failure::{Failure, Problem, Result, said},
    file, key_file, print, time, trust, value,
};

/// Where a receipt goes and who signs it.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The chain file; it is begun where it does not exist or is empty
    #[arg(long, value_name = "F.jwp")]
    pub(crate) chain: PathBuf,
    /// The trust file under which the chain is verified before anything is appended, and the new
    /// receipt too. Without it only an empty chain can be begun
    #[arg(long, value_name = "T.toml")]
    pub(crate) trust: Option<PathBuf>,
    /// The private key (PKCS#8 PEM, mode 0600)
    #[arg(long, value_name = "K.pem")]
    pub(crate) key: PathBuf,
    /// The issuer, as the trust file names it
    #[arg(long, value_name = "I")]
    pub(crate) iss: Identifier,
    /// When the receipt is said to be signed; the clock where left out
    #[arg(long, value_name = "RFC3339", value_parser = time::parse)]
    pub(crate) now: Option<Timestamp>,
    /// Remove a last receipt that a crash has cut, before appending
    #[arg(long)]
    pub(crate) recover: bool,
}

/// What every step of a release takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The release, service@release
    #[arg(long, value_name = "S")]
    pub(crate) sub: Identifier,
    /// The environment
    #[arg(long, value_name = "A")]
    pub(crate) aud: Identifier,
    /// What the step cost in joules, as the issuer declares it; unmetered where left out
    #[arg(long, value_name = "J")]
    joules: Option<Joules>,
    /// How the joules were obtained
    #[arg(
        long,
        value_name = "TEXT",
        requires = "joules",
        default_value = "declared by the issuer",
        value_parser = value::text
    )]
    joules_method: String,
    /// Seal or head of the chain that this one follows; only where the chain begins
    #[arg(long, value_name = "LINK")]
    after: Option<Link>,
    /// The run, 16 bytes in hex; random where left out. Only where the chain begins
    #[arg(long, value_name = "HEX")]
    run: Option<RunId>,
    /// An earlier receipt of this chain and family that this one replaces
    #[arg(long, value_name = "LINK")]
    supersedes: Option<Link>,
    /// The image that the chain must be about, as a check: digest of its manifest, or of the index that
    /// names it. The receipt takes it from the chain's build receipt
    #[arg(long, value_name = "sha256:…")]
    image: Option<Digest>,
}

/// What is known of a receipt that stands in the chain.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) link: Link,
    pub(crate) kind: Option<DeliveryKind>,
}

/// A chain whose every receipt was verified, and what a new one needs of it.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) head: Option<ChainHead>,
    pub(crate) standing: Vec<Standing>,
    pub(crate) build: Option<BuildCompleted>,
}

/// A verified chain that a receipt can be appended to.
#[derive(Debug)]
pub(crate) struct Session {
    chain: ChainFile,
    pub(crate) trust: Option<TrustStore>,
    key: SigningKey,
    iss: Identifier,
    pub(crate) now: Timestamp,
    pub(crate) verified: Verified,
}

impl Session {
    /// Reads the key, the trust file and the chain, and verifies the whole chain.
    pub(crate) fn open(place: &Place, out: &mut Output) -> Result<Self> {
        let now = time::now(place.now)?;
        let key = key_file::private_key(&place.key, out)?;
        let trust = place.trust.as_deref().map(trust::load).transpose()?;
        let mut chain = ChainFile::read(&place.chain)?;
        if place.recover {
            recover(&mut chain, out);
        }
        let verified = match &trust {
            Some(trust) => verify(chain.bytes(), trust),
            None if chain.is_empty() => Ok(Verified {
                head: None,
                standing: Vec::new(),
                build: None,
            }),
            None => Err(Failure::usage(
                "got a chain that is begun, expected --trust to verify it",
            )),
        };
        let verified = verified.map_err(|failure| failure.or_in(&place.chain))?;
        let is_seal = |s: &Standing| s.kind.map(DeliveryKind::family) == Some(Family::Release);
        if verified.standing.iter().any(is_seal) {
            let expected = "got a sealed chain, expected a new one begun with --after";
            return Err(Failure::usage(expected).or_in(&place.chain));
        }
        Ok(Self {
            chain,
            trust,
            key,
            iss: place.iss.clone(),
            now,
            verified,
        })
    }

    /// The verified bytes of the chain.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.chain.bytes()
    }

    /// The image that the chain is about, and its other names.
    pub(crate) fn build(&self) -> Result<&BuildCompleted> {
        self.verified.build.as_ref().ok_or_else(|| {
            Failure::usage("got a chain without a build receipt, expected jwp issue build first")
        })
    }

    /// Signs what an importer computed and appends it, as a receipt about the chain's image.
    pub(crate) fn issue_imported<C: Claim>(
        self,
        mut imported: Imported<C>,
        common: &Common,
        out: &mut Output,
    ) -> Result<()> {
        let image = self.build()?.image_digest;
        match imported.subject.first() {
            None => imported.subject.push(image),
            Some(found) if *found == image => {}
            Some(found) => {
                let (found, expected) = (*found, image);
                return Err(self.in_chain(Problem::OtherImage { found, expected }));
            }
        }
        self.issue(imported.into_payload(), common, out)
    }

    /// The same for the receipt that says which image the chain is about.
    pub(crate) fn issue_build(
        mut self,
        imported: Imported<BuildCompleted>,
        common: &Common,
        out: &mut Output,
    ) -> Result<()> {
        let named = imported.claim.clone();
        self.verified.build.get_or_insert(named);
        self.issue(imported.into_payload(), common, out)
    }

    /// Signs the payload of a step and appends it.
    pub(crate) fn issue<C: Claim>(
        self,
        mut payload: ReceiptPayload<C>,
        common: &Common,
        out: &mut Output,
    ) -> Result<()> {
        if let Some(expected) = common.image {
            let build = self.build()?;
            if expected != build.image_digest && Some(expected) != build.index_digest {
                let found = build.image_digest;
                return Err(self.in_chain(Problem::OtherImage { found, expected }));
            }
        }
        if let Some(joules) = common.joules {
            payload = payload.with_joules(joules, Meter::declared(common.joules_method.as_str()));
        }
        self.check_family(DeliveryKind::from_name(C::KIND), common.supersedes)?;
        if let Some(link) = common.supersedes {
            payload = payload.with_ref(Ref::new(Rel::Supersedes, link));
        }
        let writer = match &self.verified.head {
            Some(_) if common.after.is_some() || common.run.is_some() => {
                return Err(Failure::usage(
                    "got --after or --run, expected them only where a chain begins",
                ));
            }
            Some(head) if *head.sub() != common.sub || *head.aud() != common.aud => {
                return Err(self.in_chain(jwp_core::Error::from(ErrorKind::ReleaseMismatch)));
            }
            Some(head) => ChainWriter::continue_from(head.clone()),
            None => {
                let run = common.run.map_or_else(random_run, Ok)?;
                let (sub, aud) = (common.sub.clone(), common.aud.clone());
                match common.after {
                    Some(after) => ChainWriter::begin_after(sub, aud, run, after),
                    None => ChainWriter::begin(sub, aud, run),
                }
            }
        };
        self.append(writer, &payload, out)
    }

    /// Signs a payload behind the head and appends it.
    pub(crate) fn append<C: Claim>(
        self,
        mut writer: ChainWriter,
        payload: &ReceiptPayload<C>,
        out: &mut Output,
    ) -> Result<()> {
        let bytes = writer
            .append(payload, &self.iss, self.now, &self.key)
            .map_err(|error| self.in_chain(error))?;
        // As a verifier would: a key that the trust file does not let sign this must not end up in
        // the chain, from where nobody can take it out again.
        let receipt = UnverifiedReceipt::parse(&bytes).map_err(|error| self.in_chain(error))?;
        let (receipt, against) = match &self.trust {
            Some(trust) => {
                let receipt = trust::check(trust, receipt, self.chain.bytes().len())
                    .map_err(|failure| self.in_chain(failure))?;
                // The rules across receipts too, but for those that a later receipt can mend.
                let longer = [self.chain.bytes(), &bytes].concat();
                let against = seal::check_open(&longer, trust, self.now)
                    .map_err(|report| Failure::of_report(&report, self.chain.path()))?;
                (receipt, against)
            }
            None => {
                let key = jwp_core::Signer::verifying_key(&self.key);
                (receipt.verify(key)?, Vec::new())
            }
        };
        let path = self.chain.path().to_owned();
        self.chain.append(&bytes)?;
        // A canary makes it final; what is appended later has no part in it.
        let kind = DeliveryKind::from_name(C::KIND);
        if kind.map(DeliveryKind::family) == Some(Family::Canary) {
            for finding in against {
                let (code, path) = (finding.code, path.display());
                out.warn(format_args!(
                    "a release of this chain will be refused ({code}): {}, in {path}",
                    said(&finding)
                ));
            }
        }
        out.done(format!(
            "the receipt was appended, link {},",
            receipt.link()
        ));
        print::receipt(&receipt, payload.claim().headline(), out);
        Ok(())
    }

    /// What is wrong with a receipt that would stand in the chain.
    fn in_chain(&self, failure: impl Into<Failure>) -> Failure {
        failure.into().or_in(self.chain.path())
    }

    /// A family stands once, but for attempts that are superseded by name.
    fn check_family(&self, kind: Option<DeliveryKind>, supersedes: Option<Link>) -> Result<()> {
        let standing = &self.verified.standing;
        let family = kind.map(DeliveryKind::family);
        let of_family = |s: &&Standing| s.kind.map(DeliveryKind::family) == family;
        match supersedes {
            Some(link) if !standing.iter().filter(of_family).any(|s| s.link == link) => {
                Err(Failure::usage(
                    "got a link for --supersedes that is no receipt of this chain and family",
                ))
            }
            None if standing.iter().any(|s| of_family(&s)) => Err(Failure::usage(
                "got a second receipt of one family, expected --supersedes with the link of the first",
            )),
            _ => Ok(()),
        }
    }
}

/// Verifies every receipt and every step of a chain.
fn verify(bytes: &[u8], trust: &TrustStore) -> Result<Verified> {
    let mut verified = Verified {
        head: None,
        standing: Vec::new(),
        build: None,
    };
    let keys = |kid: &KeyId| trust.key(kid).map(TrustedKey::verifying_key);
    let flow = Receipts::new(bytes).check_each(&mut Batch::new(), keys, |item| {
        let step = item.map_err(Failure::from).and_then(|(offset, receipt)| {
            let is_last = offset.saturating_add(receipt.as_bytes().len()) == bytes.len();
            verified.take(offset, receipt, is_last, trust)
        });
        step.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    });
    match flow {
        ControlFlow::Break(failure) => Err(failure),
        ControlFlow::Continue(()) => Ok(verified),
    }
}

impl Verified {
    /// Verifies the receipt at `offset`, and that it follows.
    fn take(
        &mut self,
        offset: usize,
        receipt: UnverifiedReceipt<'_>,
        is_last: bool,
        trust: &TrustStore,
    ) -> Result<()> {
        let receipt = trust::check(trust, receipt, offset).map_err(|failure| {
            // DESIGN §3: a signer must not put a link into prev that it has not verified.
            if is_last
                && [Code::EnvelopeBadSignature, Code::TrustUnknownKey]
                    .map(Code::name)
                    .contains(&failure.code())
            {
                jwp_core::Error::at(ErrorKind::UnverifiedHead, offset).into()
            } else {
                failure
            }
        })?;
        let at = |error: jwp_core::Error| Failure::from(error.nested(offset));
        match &mut self.head {
            None => self.head = Some(ChainHead::begin(&receipt).map_err(at)?),
            Some(head) => head.advance(&receipt).map_err(at)?,
        }
        let kind = DeliveryKind::from_name(receipt.payload().kind());
        if kind == Some(DeliveryKind::BuildCompleted) && self.build.is_none() {
            let claim = DeliveryClaim::decode(DeliveryKind::BuildCompleted, receipt.payload());
            if let DeliveryClaim::BuildCompleted(build) = claim.map_err(at)? {
                self.build = Some(build);
            }
        }
        self.standing.push(Standing {
            link: receipt.link(),
            kind,
        });
        Ok(())
    }
}

/// Leaves out a last receipt that ends with the file.
fn recover(chain: &mut ChainFile, out: &mut Output) {
    let mut whole = 0usize;
    for (offset, receipt) in Receipts::new(chain.bytes()).map_while(Result::ok) {
        whole = offset.saturating_add(receipt.as_bytes().len());
    }
    let tail = chain.bytes().get(whole..).unwrap_or_default();
    if tail.is_empty() {
        return;
    }
    if !is_torn(tail) {
        let path = chain.path().display();
        out.warn(format_args!(
            "what stands at byte {whole} was not cut by a crash and is not removed, in {path}"
        ));
        return;
    }
    let cut = chain.cut(whole);
    let path = chain.path().display();
    out.warn(format_args!(
        "{cut} bytes of a receipt that was cut will be removed, at byte {whole}, in {path}"
    ));
}

/// Whether the bytes are the beginning of a receipt and nothing else. A crash cuts the last: where another receipt
/// stands behind the first byte, a length in front of that one was changed, and it is no rubbish.
fn is_torn(tail: &[u8]) -> bool {
    // Shorter than a receipt may be, then.
    envelope::is_torn(tail)
        && !(1..tail.len()).any(|at| {
            tail.get(at..)
                .is_some_and(|bytes| UnverifiedReceipt::parse_first(bytes).is_ok())
        })
}

fn random_run() -> Result<RunId> {
    let mut run = [0; 16];
    getrandom::fill(&mut run).map_err(|_| Problem::Random)?;
    Ok(RunId::from_bytes(run))
}

/// Reads one output of a tool.
pub(crate) fn report(path: &std::path::Path) -> Result<Vec<u8>> {
    file::read(path, file::MAX_REPORT)
}
