//! Our route.

use core::ops::ControlFlow;

use jwp_core::{
    ChainHead, ChainWriter, Citation, Claim, Decimal, Digest, Error, Evidence, Identifier, Joules,
    KeyId, Meter, ReceiptPayload, RunId, Signer as _, SigningKey, Timestamp, UnverifiedReceipt,
    VerifyingKey,
    chain::Receipts,
    envelope::{self, Algorithm, Batch, Statement},
    payload::Position,
};
use serde::{Deserialize, Serialize};

use crate::{CITE, Facts, IAT, JOULES, METHOD, PLACE, Result, SEED};

/// The facts as a claim, its fields in the order of the wire: shorter names first (RFC 8949 §4.2.1). So nothing is
/// moved when it is encoded.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Analysed {
    /// Requests failed.
    pub errors: u64,
    /// Latency in milliseconds, 99th percentile.
    pub p99_ms: Decimal,
    /// Requests seen.
    pub requests: u64,
    /// Failed requests of all.
    pub error_rate: Decimal,
}

impl Claim for Analysed {
    const KIND: &'static str = crate::KIND;

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        [CITE]
    }
}

/// The same with its fields in the order of their weight, as somebody writes them who does not think of the wire.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Unsorted {
    /// Latency in milliseconds, 99th percentile.
    pub p99_ms: Decimal,
    /// Failed requests of all.
    pub error_rate: Decimal,
    /// Requests seen.
    pub requests: u64,
    /// Requests failed.
    pub errors: u64,
}

impl Claim for Unsorted {
    const KIND: &'static str = crate::KIND;

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        [CITE]
    }
}

/// A signer, and where its chain stands.
#[derive(Debug)]
pub struct Route {
    key: SigningKey,
    statement: Statement,
    run: RunId,
}

impl Route {
    /// The route with the common key.
    ///
    /// # Errors
    /// None with the constants of this crate.
    pub fn new() -> Result<Self> {
        let [iss, sub, aud] = PLACE;
        let iat = Timestamp::try_from(IAT)?;
        Ok(Self {
            key: SigningKey::from_seed(&SEED)?,
            statement: Statement::new(
                Identifier::parse(iss)?,
                Identifier::parse(sub)?,
                Identifier::parse(aud)?,
                iat,
            ),
            run: RunId::from_bytes(*b"sixteen bytes!!!"),
        })
    }

    /// The key that signs.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Issuer, release, environment and time of every receipt.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// An empty chain.
    #[must_use]
    pub fn writer(&self) -> ChainWriter {
        let statement = &self.statement;
        ChainWriter::begin(statement.sub.clone(), statement.aud.clone(), self.run)
    }

    /// The facts as the payload of a receipt.
    ///
    /// # Errors
    /// None with the facts of this crate.
    pub fn payload(&self, facts: &Facts) -> Result<ReceiptPayload<Analysed>> {
        around(
            facts,
            Analysed {
                errors: facts.errors,
                p99_ms: facts.p99_ms,
                requests: facts.requests,
                error_rate: facts.error_rate,
            },
        )
    }

    /// The same payload, to the byte, from a claim whose fields must be sorted.
    ///
    /// # Errors
    /// None with the facts of this crate.
    pub fn unsorted_payload(&self, facts: &Facts) -> Result<ReceiptPayload<Unsorted>> {
        around(
            facts,
            Unsorted {
                p99_ms: facts.p99_ms,
                error_rate: facts.error_rate,
                requests: facts.requests,
                errors: facts.errors,
            },
        )
    }

    /// Issues a chain the safe way: the writer verifies each receipt before it gives it out.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn issue(&self, facts: &[Facts]) -> Result<Vec<u8>> {
        let statement = &self.statement;
        let mut writer = ChainWriter::begin(statement.sub.clone(), statement.aud.clone(), self.run);
        let mut chain = Vec::new();
        for step in facts {
            let payload = self.payload(step)?;
            let receipt = writer.append(&payload, &statement.iss, statement.iat, &self.key)?;
            chain.extend_from_slice(&receipt);
        }
        Ok(chain)
    }

    /// Encodes, links and signs a chain, and verifies nothing: what the peers' routes do.
    ///
    /// # Errors
    /// What the codec or the signer refuse.
    pub fn sign(&self, facts: &[Facts]) -> Result<Vec<u8>> {
        let mut chain = Vec::new();
        let mut position = self.first();
        for step in facts {
            let payload = self.payload(step)?;
            self.sign_next(&payload, &self.statement, &mut position, &mut chain)?;
        }
        Ok(chain)
    }

    /// [`Route::sign`] of receipts that differ in all that receipts of one key can differ in but their names and kind: each
    /// is of another second, about another image, and its energy is another's, otherwise known.
    ///
    /// # Errors
    /// What the codec or the signer refuse.
    pub fn sign_varied(&self, facts: &[Facts]) -> Result<Vec<u8>> {
        let mut chain = Vec::new();
        let mut position = self.first();
        let mut statement = self.statement.clone();
        for (step, number) in facts.iter().zip(1_u64..) {
            statement.iat = Timestamp::try_from(IAT.saturating_add(number))?;
            let mut step = step.clone();
            step.image = format!("sha256:{number:064x}");
            let meter = Meter::declared(format!("{METHOD}, {number:06}"));
            let joules = Joules::from_microjoules(number);
            let payload = self.payload(&step)?.with_joules(joules, meter);
            self.sign_next(&payload, &statement, &mut position, &mut chain)?;
        }
        Ok(chain)
    }

    const fn first(&self) -> Position {
        let (run, after) = (self.run, None);
        Position::First { run, after }
    }

    /// Appends a receipt to the chain, and goes on to the place behind it.
    fn sign_next(
        &self,
        payload: &ReceiptPayload<Analysed>,
        statement: &Statement,
        position: &mut Position,
        chain: &mut Vec<u8>,
    ) -> Result<()> {
        let receipt = envelope::sign(payload, position, statement, Algorithm::EdDsa, &self.key)?;
        chain.extend_from_slice(receipt.as_bytes());
        let (seq, prev) = (position.seq().saturating_add(1), receipt.link());
        *position = Position::Next { seq, prev };
        Ok(())
    }

    /// Verifies a chain, and gives the number of failed requests that its claims add up to.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub fn verify(&self, chain: &[u8]) -> Result<u64> {
        let mut walk = Walk::default();
        for item in Receipts::new(chain) {
            walk.step(item?.1, self.key.verifying_key())?;
        }
        Ok(walk.errors)
    }

    /// [`Route::verify`] with the signatures checked many at a time.
    ///
    /// # Errors
    /// What is wrong with the chain.
    pub fn verify_at_once(&self, chain: &[u8], batch: &mut Batch) -> Result<u64> {
        let key = self.key.verifying_key();
        let known = |kid: &KeyId| (*kid == key.id()).then_some(key);
        let mut walk = Walk::default();
        let flow = Receipts::new(chain).check_each(batch, known, |item| {
            let step = item.and_then(|(_, receipt)| walk.step(receipt, key));
            step.map_or_else(ControlFlow::Break, ControlFlow::Continue)
        });
        match flow {
            ControlFlow::Break(error) => Err(error.into()),
            ControlFlow::Continue(()) => Ok(walk.errors),
        }
    }
}

/// Where a chain that is verified stands, and what its claims add up to.
#[derive(Default)]
struct Walk {
    head: Option<ChainHead>,
    errors: u64,
}

impl Walk {
    fn step(
        &mut self,
        receipt: UnverifiedReceipt<'_>,
        key: &VerifyingKey,
    ) -> core::result::Result<(), Error> {
        let receipt = receipt.verify(key)?;
        match &mut self.head {
            None => self.head = Some(ChainHead::begin(&receipt)?),
            Some(head) => head.advance(&receipt)?,
        }
        let errors = receipt.claim::<Analysed>()?.errors;
        self.errors = self.errors.saturating_add(errors);
        Ok(())
    }
}

fn around<C: Claim>(facts: &Facts, claim: C) -> Result<ReceiptPayload<C>> {
    let image: Digest = facts.image.parse()?;
    Ok(ReceiptPayload::new(claim)
        .with_subject([image])
        .with_joules(JOULES.parse()?, Meter::declared(METHOD)))
}
