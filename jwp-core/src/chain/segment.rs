//! A verified piece of a chain, and how pieces join.

use super::Tip;
#[cfg(feature = "std")]
use crate::merkle::Bulk;
use crate::{
    digest::Digest,
    envelope::{Receipt, Verified},
    error::{ErrorKind, Result},
    identifier::Identifier,
    joules::{EnergySource, Joules},
    link::{Link, RunId},
    merkle::{MerkleRange, leaf_hash},
    payload::Position,
    timestamp::Timestamp,
};

/// What is known of receipts that follow one another and were each verified: from `seq` *first* to *last*
/// of one chain.
///
/// A segment need not begin at `seq` 0: what stands in front of it is the link that its first receipt names.
/// So a chain may be cut anywhere, its pieces verified apart, on other cores or machines, and joined with
/// [`Segment::merge`], which compares the joints. Merging is associative: however a chain was cut, and in
/// which order its pieces are joined, the result is the same.
///
/// A segment is only made from [`Receipt`]s, whose signatures hold. It is **not** read from a file: a summary
/// that somebody sends proves nothing unless a key that is trusted to verify has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Place and time of the first receipt.
    first: Position,
    first_iat: Timestamp,
    tip: Tip,
    energy: Energy,
    range: MerkleRange,
    terms: Option<Terms>,
}

/// Under what a segment was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// Digest of the trust store.
    pub trust: Digest,
    /// Digest of the policy.
    pub policy: Digest,
}

impl Terms {
    /// The digests of trust store and policy.
    #[must_use]
    pub const fn new(trust: Digest, policy: Digest) -> Self {
        Self { trust, policy }
    }
}

impl Segment {
    /// The segment of one receipt, wherever in its chain it stands.
    ///
    /// # Errors
    /// None for a receipt that was parsed.
    pub fn of(receipt: &Receipt<'_>) -> Result<Self> {
        Self::begin(&receipt.into())
    }

    pub(super) fn begin(receipt: &Verified<'_, '_>) -> Result<Self> {
        let (header, position) = (receipt.header(), receipt.payload().position());
        let mut segment = Self {
            first: *position,
            first_iat: header.iat(),
            tip: Tip::of(header, position, *receipt.link())?,
            energy: Energy::default(),
            range: MerkleRange::new(position.seq()),
            terms: None,
        };
        segment.count(receipt);
        segment.push_leaf(receipt);
        Ok(segment)
    }

    /// Says under which trust store and policy the receipts were judged.
    #[must_use]
    pub fn with_terms(mut self, terms: Terms) -> Self {
        self.terms = Some(terms);
        self
    }

    /// Takes in the receipt that follows.
    ///
    /// # Errors
    /// As [`Segment::merge`]; the segment is then as it was.
    pub fn push(&mut self, next: &Receipt<'_>) -> Result<()> {
        let next = next.into();
        self.follow(&next)?;
        self.push_leaf(&next);
        Ok(())
    }

    /// [`Segment::push`] with leaves that are hashed side by side: to be flushed into the range at the end.
    #[cfg(feature = "std")]
    pub(super) fn push_in_bulk(&mut self, next: &Verified<'_, '_>, bulk: &mut Bulk) -> Result<()> {
        self.follow(next)?;
        bulk.push(&mut self.range, next.link().as_bytes(), next.signature());
        Ok(())
    }

    /// Ends [`Segment::push_in_bulk`].
    #[cfg(feature = "std")]
    pub(super) fn flush(&mut self, bulk: &mut Bulk) {
        bulk.flush(&mut self.range);
    }

    /// Takes in all but the leaf.
    fn follow(&mut self, next: &Verified<'_, '_>) -> Result<()> {
        self.tip.follow(next)?;
        self.count(next);
        Ok(())
    }

    fn push_leaf(&mut self, receipt: &Verified<'_, '_>) {
        let parts: [&[u8]; 2] = [receipt.link().as_bytes(), receipt.signature()];
        self.range.push(leaf_hash(&parts));
    }

    /// Joins the segment that follows.
    ///
    /// # Errors
    /// The first that does not hold: `Chain.ReleaseMismatch`; `Chain.Genesis`, where `next` begins a chain;
    /// `Chain.PrevMismatch`, where receipts are missing or doubled in between, the joint was changed or the chain
    /// forks; `Chain.Sequence`, where `prev` is right and the number is not; `Chain.Time`; `Chain.Terms`. `self` is
    /// gone then: keep a clone of what is to be joined otherwise.
    pub fn merge(mut self, next: &Self) -> Result<Self> {
        let is_same_release = self.sub() == next.sub() && self.aud() == next.aud();
        self.tip
            .check_place(is_same_release, &next.first, next.first_iat)?;
        if self.terms != next.terms {
            return Err(ErrorKind::Terms.into());
        }
        let expected = self.range.end();
        let found = next.range.begin();
        self.range = self
            .range
            .join(&next.range)
            .ok_or(ErrorKind::Sequence { found, expected })?;
        self.tip.advance(next.last(), next.head(), next.iat());
        self.energy.add(&next.energy);
        Ok(self)
    }

    fn count(&mut self, receipt: &Verified<'_, '_>) {
        let payload = receipt.payload();
        if let (Some(joules), Some(source)) = (payload.joules(), payload.source()) {
            self.energy.count(source, joules);
        }
    }

    /// The release.
    #[must_use]
    pub const fn sub(&self) -> &Identifier {
        &self.tip.sub
    }

    /// The environment.
    #[must_use]
    pub const fn aud(&self) -> &Identifier {
        &self.tip.aud
    }

    /// The run; known where the segment begins at `seq` 0.
    #[must_use]
    pub const fn run(&self) -> Option<RunId> {
        match self.first {
            Position::First { run, .. } => Some(run),
            Position::Next { .. } => None,
        }
    }

    /// Seal or head of the chain that this one follows; known where the segment begins at `seq` 0.
    #[must_use]
    pub const fn after(&self) -> Option<Link> {
        match self.first {
            Position::First { after, .. } => after,
            Position::Next { .. } => None,
        }
    }

    /// Sequence number of the first receipt.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first.seq()
    }

    /// Sequence number of the last receipt.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.tip.seq
    }

    /// Number of receipts.
    #[must_use]
    pub const fn receipts(&self) -> u64 {
        self.last().saturating_sub(self.first()).saturating_add(1)
    }

    /// Link of the receipt in front of the first; `None` at `seq` 0.
    #[must_use]
    pub const fn prev(&self) -> Option<Link> {
        match self.first {
            Position::First { .. } => None,
            Position::Next { prev, .. } => Some(prev),
        }
    }

    /// Link of the last receipt.
    #[must_use]
    pub const fn head(&self) -> Link {
        self.tip.link
    }

    /// When the last receipt says it was signed.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.tip.iat
    }

    /// The energy of the receipts that name this source: `None` where
    /// no receipt names it, and for a sum that 64 bits of microjoules do not hold.
    #[must_use]
    pub fn joules(&self, source: EnergySource) -> Option<Joules> {
        self.energy.of(source)
    }

    /// The compact Merkle range over `link || signature` of each receipt (RFC 9162): of a segment from
    /// `seq` 0, its root is what a seal behind it holds.
    #[must_use]
    pub const fn range(&self) -> &MerkleRange {
        &self.range
    }

    /// Under which trust store and policy the receipts were judged, if that was said.
    #[must_use]
    pub const fn terms(&self) -> Option<&Terms> {
        self.terms.as_ref()
    }
}

/// Microjoules and receipts by source, in sums that no number of receipts can overflow: 2⁵³ receipts of
/// 2⁶⁴ µJ each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Energy {
    measured: (u128, u64),
    modelled: (u128, u64),
    declared: (u128, u64),
}

impl Energy {
    fn count(&mut self, source: EnergySource, joules: Joules) {
        let (sum, receipts) = match source {
            EnergySource::Measured => &mut self.measured,
            EnergySource::Modelled => &mut self.modelled,
            EnergySource::Declared => &mut self.declared,
        };
        *sum = sum.saturating_add(u128::from(joules.as_microjoules()));
        *receipts = receipts.saturating_add(1);
    }

    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.measured, &other.measured),
            (&mut self.modelled, &other.modelled),
            (&mut self.declared, &other.declared),
        ];
        for ((sum, receipts), (more, others)) in pairs {
            *sum = sum.saturating_add(*more);
            *receipts = receipts.saturating_add(*others);
        }
    }

    fn of(&self, source: EnergySource) -> Option<Joules> {
        let (sum, receipts) = match source {
            EnergySource::Measured => self.measured,
            EnergySource::Modelled => self.modelled,
            EnergySource::Declared => self.declared,
        };
        let joules = u64::try_from(sum).ok().map(Joules::from_microjoules);
        joules.filter(|_| receipts > 0)
    }
}
