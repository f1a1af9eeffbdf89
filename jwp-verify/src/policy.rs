//! What the relying party expects of a chain: which release, where, which image, how far.

pub(crate) mod evaluate;

use core::{fmt, str::FromStr};
use std::collections::BTreeSet;

use jwp_core::{Digest, Identifier, Kind, Link};
use serde::{Serialize, Serializer};

pub use crate::invariant::MAX_CLOCK_SKEW_S;

/// Most receipts in a chain, unless the caller says otherwise.
pub const MAX_RECEIPTS: u64 = 10_000_000;

/// A value that must be met, or a check that is waived by name.
///
/// There is no default: a caller who leaves a question open must say so, and the verdict repeats it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "either something is expected or nothing"
)]
pub enum Expected<T> {
    /// Exactly this.
    Is(T),
    /// Anything; the verdict says that nobody asked.
    Any,
}

impl<T> Expected<T> {
    /// The expected value.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Any => None,
        }
    }
}

impl<T> From<T> for Expected<T> {
    fn from(value: T) -> Self {
        Self::Is(value)
    }
}

/// How far a release must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Stage {
    /// Before it is deployed: build, attestation, and gates passed or waived.
    Deploy,
    /// No kind and no seal is required; the verdict says so.
    None,
    /// Before it gets all traffic: as deploy, and an armed rollback for this image that has neither
    /// expired nor been disarmed.
    Promote,
    /// All eight families passed, sealed as released. The default.
    #[default]
    Release,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 4] = [Self::Deploy, Self::None, Self::Promote, Self::Release];

    /// The word on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::None => "none",
            Self::Promote => "promote",
            Self::Release => "release",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got another word, expected deploy, promote, release or none")]
#[non_exhaustive]
pub struct ParseStageError;

impl FromStr for Stage {
    type Err = ParseStageError;

    fn from_str(text: &str) -> Result<Self, ParseStageError> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == text)
            .ok_or(ParseStageError)
    }
}

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A head that the caller has seen before: the chain must hold it, and may go on behind it.
///
/// As text `SEQ:LINK`, a number and 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RememberedHead {
    /// Its sequence number.
    pub seq: u64,
    /// Its link.
    pub link: Link,
}

impl RememberedHead {
    /// A head.
    #[must_use]
    pub const fn new(seq: u64, link: Link) -> Self {
        Self { seq, link }
    }
}

impl fmt::Display for RememberedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.link)
    }
}

/// Text that is no remembered head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("got another text, expected SEQ:LINK, a sequence number and a link of 64 hex digits")]
#[non_exhaustive]
pub struct ParseHeadError;

impl FromStr for RememberedHead {
    type Err = ParseHeadError;

    fn from_str(text: &str) -> Result<Self, ParseHeadError> {
        let (seq, link) = text.split_once(':').ok_or(ParseHeadError)?;
        // One number is written in one way.
        let is_number = seq.bytes().all(|byte| byte.is_ascii_digit());
        let seq = seq.parse().ok().filter(|_| is_number);
        match (seq, link.parse()) {
            (Some(seq), Ok(link)) => Ok(Self { seq, link }),
            _ => Err(ParseHeadError),
        }
    }
}

impl Serialize for RememberedHead {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a chain must be about, and how far it must have come.
///
/// Release, environment and image are asked for; each can be waived by name only.
///
/// ```
/// use jwp_core::{Digest, Identifier};
/// use jwp_verify::{Expectations, Expected, Stage};
/// let image: Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".parse()?;
/// let expect = Expectations::new("jouledb@v2026.05.07".parse::<Identifier>()?, Expected::Any, image)
///     .with_stage(Stage::Deploy);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectations {
    pub(crate) sub: Expected<Identifier>,
    pub(crate) aud: Expected<Identifier>,
    pub(crate) image: Expected<Digest>,
    pub(crate) stage: Stage,
    pub(crate) allowed_kinds: BTreeSet<Kind>,
    pub(crate) head: Option<Link>,
    pub(crate) remembered: Option<RememberedHead>,
    pub(crate) max_age_s: Option<u64>,
    pub(crate) max_receipts: u64,
    pub(crate) proven_time: bool,
    /// A chain that one issues oneself: every kind that is not reserved may stand in it, and one goes on behind its
    /// head.
    pub(crate) own: bool,
    /// A chain that goes on: what is judged at the end is not judged yet.
    pub(crate) goes_on: bool,
}

impl Expectations {
    /// The release `sub` in the environment `aud`, delivered as `image`; stage
    /// [`Release`](Stage::Release).
    ///
    /// `image` is the manifest digest, or the digest of the index that the build names.
    #[must_use]
    pub fn new(
        sub: impl Into<Expected<Identifier>>,
        aud: impl Into<Expected<Identifier>>,
        image: impl Into<Expected<Digest>>,
    ) -> Self {
        Self {
            sub: sub.into(),
            aud: aud.into(),
            image: image.into(),
            stage: Stage::default(),
            allowed_kinds: BTreeSet::new(),
            head: None,
            remembered: None,
            max_age_s: None,
            max_receipts: MAX_RECEIPTS,
            proven_time: false,
            own: false,
            goes_on: false,
        }
    }

    /// At another stage.
    #[must_use]
    pub const fn with_stage(mut self, stage: Stage) -> Self {
        self.stage = stage;
        self
    }

    /// With a kind that this crate does not know and that may stand in the chain unchecked.
    #[must_use]
    pub fn with_allowed_kind(mut self, kind: Kind) -> Self {
        self.allowed_kinds.insert(kind);
        self
    }

    /// The chain must end with exactly this receipt.
    #[must_use]
    pub const fn with_head(mut self, head: Link) -> Self {
        self.head = Some(head);
        self
    }

    /// The chain must hold this receipt: what was seen once may not be taken back.
    #[must_use]
    pub const fn with_remembered_head(mut self, head: RememberedHead) -> Self {
        self.remembered = Some(head);
        self
    }

    /// The head may be at most this old, by its own `iat`.
    #[must_use]
    pub const fn with_max_age_s(mut self, seconds: u64) -> Self {
        self.max_age_s = Some(seconds);
        self
    }

    /// Most receipts that are read, instead of [`MAX_RECEIPTS`].
    #[must_use]
    pub const fn with_max_receipts(mut self, receipts: u64) -> Self {
        self.max_receipts = receipts;
        self
    }

    /// A receipt of a key that has ended since is refused, because nothing but its signer says that it
    /// was signed before.
    #[must_use]
    pub const fn with_proven_time(mut self) -> Self {
        self.proven_time = true;
        self
    }

    /// The stage.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Of a chain that is to be appended to: whole and well signed, whatever it is about.
    pub(crate) fn own_chain() -> Self {
        let mut expect = Self::new(Expected::Any, Expected::Any, Expected::Any);
        expect.stage = Stage::None;
        expect.own = true;
        expect
    }

    /// The same, of which only what no later receipt can mend is asked.
    pub(crate) fn own_chain_that_goes_on() -> Self {
        Self {
            goes_on: true,
            ..Self::own_chain()
        }
    }

    /// Whether an unknown kind that is not reserved may stand in the chain.
    pub(crate) fn allows(&self, kind: &str) -> bool {
        self.own || self.allowed_kinds.iter().any(|allowed| allowed == kind)
    }

    /// What was waived by name.
    pub(crate) fn waived(&self) -> Vec<&'static str> {
        let waived = [
            ("sub", self.sub.value().is_none()),
            ("aud", self.aud.value().is_none()),
            ("image", self.image.value().is_none()),
        ];
        waived
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(name, _)| name)
            .collect()
    }
}
