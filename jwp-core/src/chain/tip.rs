//! The rule of a chain: what may stand behind its last receipt, and what is wrong with what may not.

use crate::{
    envelope::{Header, Verified},
    error::{ErrorKind, Result},
    identifier::Identifier,
    link::Link,
    payload::Position,
    timestamp::Timestamp,
};

/// The last receipt of a chain, or of a piece of one: all that is compared where another is put behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) sub: Identifier,
    pub(super) aud: Identifier,
    pub(super) seq: u64,
    pub(super) link: Link,
    pub(super) iat: Timestamp,
}

impl Tip {
    /// The receipt with this header, this place in its chain and this link.
    pub(super) fn of(header: &Header<'_>, position: &Position, link: Link) -> Result<Self> {
        Ok(Self {
            sub: Identifier::parse(header.sub())?,
            aud: Identifier::parse(header.aud())?,
            seq: position.seq(),
            link,
            iat: header.iat(),
        })
    }

    /// The place behind it.
    pub(super) const fn next(&self) -> Position {
        Position::Next {
            seq: self.seq.saturating_add(1),
            prev: self.link,
        }
    }

    /// Checks that the receipt with this header and this place follows.
    ///
    /// # Errors
    /// As [`Tip::check_place`].
    #[inline]
    pub(super) fn check(&self, header: &Header<'_>, position: &Position) -> Result<()> {
        let is_same_release = header.is_of(&self.sub, &self.aud);
        self.check_place(is_same_release, position, header.iat())
    }

    /// Checks that what has this place and this time follows, given whether release and environment are the same:
    /// who asks has them in one form or another.
    ///
    /// # Errors
    /// The first that does not hold: `Chain.ReleaseMismatch`, `Chain.Genesis`, `Chain.PrevMismatch`,
    /// `Chain.Sequence`, `Chain.Time`.
    #[inline]
    pub(super) fn check_place(
        &self,
        is_same_release: bool,
        position: &Position,
        iat: Timestamp,
    ) -> Result<()> {
        if !is_same_release {
            return Err(ErrorKind::ReleaseMismatch.into());
        }
        let Position::Next { seq, prev } = position else {
            let found = "a second beginning";
            return Err(ErrorKind::Genesis { found }.into());
        };
        if *prev != self.link {
            return Err(ErrorKind::PrevMismatch.into());
        }
        let (found, expected) = (*seq, self.seq.saturating_add(1));
        if found != expected {
            return Err(ErrorKind::Sequence { found, expected }.into());
        }
        if iat < self.iat {
            let (found, expected) = (iat.as_secs(), self.iat.as_secs());
            return Err(ErrorKind::Time { found, expected }.into());
        }
        Ok(())
    }

    /// Goes on to the receipt that follows.
    ///
    /// # Errors
    /// As [`Tip::check_place`]; the tip then stays.
    #[inline]
    pub(super) fn follow(&mut self, next: &Verified<'_, '_>) -> Result<()> {
        let (header, position) = (next.header(), next.payload().position());
        self.check(header, position)?;
        self.advance(position.seq(), *next.link(), header.iat());
        Ok(())
    }

    /// Goes on to a receipt of the same release and environment that was checked.
    #[inline]
    pub(super) const fn advance(&mut self, seq: u64, link: Link, iat: Timestamp) {
        self.seq = seq;
        self.link = link;
        self.iat = iat;
    }
}
