//! Chains signed with the test keys of `spec/vectors/canary`, out of the claims that stand there.

use std::sync::LazyLock;

use jwp_core::{
    Claim, Digest, Identifier, Joules, Link, Meter, ReceiptPayload, RunId, Signer as _, SigningKey,
    Timestamp, UnverifiedReceipt,
    chain::Receipts,
    envelope::{Algorithm, Statement, sign},
    payload::{Position, Ref, Rel},
};
use jwp_delivery::kind::{
    analysis::AnalysisPassed,
    attestation::AttestationSlsa,
    build::BuildCompleted,
    canary::CanaryStepped,
    dora::DoraSnapshot,
    flag::FlagEvaluated,
    gates::GatesPassed,
    release::{Outcome, ReleaseSealed},
    rollback::RollbackArmed,
};
use jwp_verify::seal::Tally;

use crate::index::{bytes, text};

pub(crate) const SUB: &str = "jouledb@v2026.05.07";
pub(crate) const AUD: &str = "prod";
/// When the first receipt of a draft is signed; each further one a minute later.
pub(crate) const BASE: u64 = 1_778_147_000;

/// The steps of a release in the order of proof.
pub(crate) const STEPS: [&str; 8] = [
    "build",
    "attestation",
    "gates",
    "armed",
    "canary",
    "flag",
    "analysis",
    "dora",
];

static CANARY: LazyLock<Vec<u8>> = LazyLock::new(|| bytes("canary/release.jwp"));

/// The key of an issuer of the canary; of anybody else one that no trust file holds.
pub(crate) fn key(issuer: &str) -> SigningKey {
    match issuer {
        "builder" | "deployer" | "security" => {
            SigningKey::from_pem(&text(&format!("canary/{issuer}.test-only-private.pem"))).unwrap()
        }
        _ => SigningKey::from_seed(Digest::sha256(issuer.as_bytes()).as_bytes()).unwrap(),
    }
}

/// The claim of the canary at `seq`.
pub(crate) fn claim<C: Claim>(seq: usize) -> C {
    let (_, receipt) = Receipts::new(&CANARY).nth(seq).unwrap().unwrap();
    let keys = ["builder", "deployer", "security"].map(key);
    let mut keys = keys.iter().map(SigningKey::verifying_key);
    let key = keys.find(|key| key.id() == receipt.kid()).unwrap();
    receipt.verify(key).unwrap().claim().unwrap()
}

/// The image of the canary.
pub(crate) fn image() -> Digest {
    claim::<BuildCompleted>(0).image_digest
}

/// A claim about the image, with the owner's joules.
pub(crate) fn about<C: Claim>(claim: C, joules: &str) -> ReceiptPayload<C> {
    unmetered(claim).with_joules(
        joules.parse::<Joules>().unwrap(),
        Meter::declared("a vector"),
    )
}

pub(crate) fn unmetered<C: Claim>(claim: C) -> ReceiptPayload<C> {
    ReceiptPayload::new(claim).with_subject([image()])
}

pub(crate) fn supersedes(link: Link) -> Ref {
    Ref::new(Rel::Supersedes, link)
}

pub(crate) fn analysis() -> AnalysisPassed {
    let mut analysis: AnalysisPassed = claim(6);
    // A vector is about rules across receipts; one bucket and one query do.
    analysis.0.histogram.truncate(1);
    analysis.0.queries.truncate(1);
    analysis
}

/// A chain on its way.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    sub: &'static str,
    aud: &'static str,
    run: RunId,
    after: Option<Link>,
    algorithm: Algorithm,
    pub(crate) receipts: Vec<Vec<u8>>,
    pub(crate) links: Vec<Link>,
}

impl Draft {
    pub(crate) fn new() -> Self {
        Self {
            sub: SUB,
            aud: AUD,
            run: RunId::from_bytes(*b"vectors of rules"),
            after: None,
            algorithm: Algorithm::EdDsa,
            receipts: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Receipts of these steps, in this order.
    pub(crate) fn of(steps: &[&str]) -> Self {
        Self::new().then(steps)
    }

    pub(crate) fn for_environment(mut self, aud: &'static str) -> Self {
        self.aud = aud;
        self
    }

    pub(crate) fn in_run(mut self, run: &[u8; 16]) -> Self {
        self.run = RunId::from_bytes(*run);
        self
    }

    pub(crate) fn after(mut self, link: Link) -> Self {
        self.after = Some(link);
        self
    }

    pub(crate) fn signed_as(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    pub(crate) fn then(mut self, steps: &[&str]) -> Self {
        for step in steps {
            self = match *step {
                "build" => self.push("builder", &about(claim::<BuildCompleted>(0), "0.36")),
                "attestation" => self.push("builder", &about(claim::<AttestationSlsa>(1), "0.21")),
                "gates" => self.push("security", &about(claim::<GatesPassed>(2), "1.84")),
                "armed" => self.push("deployer", &about(claim::<RollbackArmed>(3), "0.18")),
                "canary" => self.push("deployer", &about(claim::<CanaryStepped>(4), "1.62")),
                "flag" => self.push("deployer", &about(claim::<FlagEvaluated>(5), "0.55")),
                "analysis" => self.push("deployer", &about(analysis(), "0.41")),
                "dora" => self.push("deployer", &about(claim::<DoraSnapshot>(7), "0.29")),
                other => panic!("no step {other}"),
            };
        }
        self
    }

    /// Where the next receipt belongs.
    fn position(&self) -> Position {
        match self.links.last() {
            None => Position::First {
                run: self.run,
                after: self.after,
            },
            Some(prev) => next(self.links.len(), *prev),
        }
    }

    pub(crate) fn iat(&self) -> u64 {
        BASE + 60 * u64::try_from(self.receipts.len()).unwrap()
    }

    pub(crate) fn push<C: Claim>(self, issuer: &str, payload: &ReceiptPayload<C>) -> Self {
        let (position, iat) = (self.position(), self.iat());
        self.push_at(issuer, payload, &position, iat)
    }

    /// A receipt at a place, or of a time, that no writer would give it.
    pub(crate) fn push_at<C: Claim>(
        mut self,
        issuer: &str,
        payload: &ReceiptPayload<C>,
        position: &Position,
        iat: u64,
    ) -> Self {
        let name = |name: &str| name.parse::<Identifier>().unwrap();
        // Who has no key of the canary signs under the name of security.
        let iss = if matches!(issuer, "builder" | "deployer" | "security") {
            issuer
        } else {
            "security"
        };
        let iat = Timestamp::from_secs(iat).unwrap();
        let statement = Statement::new(name(iss), name(self.sub), name(self.aud), iat);
        let signed = sign(payload, position, &statement, self.algorithm, &key(issuer));
        let signed = signed.unwrap();
        let (link, bytes) = (signed.link(), signed.into_bytes());
        self.receipts.push(bytes);
        self.links.push(link);
        self
    }

    /// The seal over what stands, after `change` has been at it.
    pub(crate) fn seal_with(
        &self,
        outcome: Outcome,
        change: impl FnOnce(&mut ReleaseSealed),
    ) -> ReleaseSealed {
        let mut tally = Tally::new();
        let keys = ["builder", "deployer", "security"].map(key);
        for bytes in &self.receipts {
            let receipt = UnverifiedReceipt::parse(bytes).unwrap();
            let kid = receipt.kid();
            let mut keys = keys.iter().map(SigningKey::verifying_key);
            let key = keys.find(|key| key.id() == kid).unwrap();
            tally.push(&receipt.verify(key).unwrap()).unwrap();
        }
        let mut seal = tally.seal(outcome).unwrap();
        change(&mut seal);
        seal
    }

    pub(crate) fn sealed(self, outcome: Outcome) -> Self {
        self.sealed_with(outcome, |_| ())
    }

    pub(crate) fn sealed_with(
        self,
        outcome: Outcome,
        change: impl FnOnce(&mut ReleaseSealed),
    ) -> Self {
        let seal = self.seal_with(outcome, change);
        self.push("deployer", &unmetered(seal))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.receipts.concat()
    }
}

pub(crate) fn next(seq: usize, prev: Link) -> Position {
    let seq = seq.try_into().unwrap();
    Position::Next { seq, prev }
}

/// The eight steps, sealed as released.
pub(crate) fn release() -> Draft {
    Draft::of(&STEPS).sealed(Outcome::Released)
}
