//! What the relying party expects of a chain: which release, where, which image, how far.

use core::{fmt, str::FromStr};
use std::collections::BTreeSet;

use jwp_core::{Digest, Identifier, Kind, Link, Timestamp};
use jwp_delivery::{DeliveryKind, kind::release::Outcome};
use serde::{Serialize, Serializer};

use crate::{
    finding::Finding,
    invariant::{Detail, Rules, Slot, Standing},
    report::{Facts, SealFacts},
};

/// Furthest that a receipt's `iat` may lie behind `now`, in seconds.
pub const MAX_CLOCK_SKEW_S: u64 = 300;
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
    /// A chain that one issues oneself: every kind that is not reserved may stand in it.
    any_kind: bool,
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
            any_kind: false,
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
        expect.any_kind = true;
        expect
    }

    /// Whether an unknown kind that is not reserved may stand in the chain.
    pub(crate) fn allows(&self, kind: &str) -> bool {
        self.any_kind || self.allowed_kinds.iter().any(|allowed| allowed == kind)
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

/// Judges a chain that was verified to its end: image, age, stage.
pub(crate) fn evaluate(
    rules: &Rules,
    facts: &Facts,
    expect: &Expectations,
    now: Timestamp,
    out: &mut Vec<Finding>,
) {
    check_image(rules, expect, out);
    if let (Some(max), Some(head)) = (expect.max_age_s, facts.head) {
        let age = now.as_secs().saturating_sub(head.iat.as_secs());
        if age > max {
            let expected = format!("one of at most {max} seconds");
            let finding = Finding::new(
                "Policy.Stale",
                format!("a head of {age} seconds ago"),
                expected,
            );
            out.push(finding.at_seq(head.seq));
        }
    }
    match expect.stage {
        Stage::None => {}
        Stage::Deploy => check_deploy(rules, now, out),
        Stage::Promote => {
            check_deploy(rules, now, out);
            check_rollback(rules, now, out);
        }
        Stage::Release => check_release(rules, out),
    }
}

/// The image is the manifest digest, or the index that the build names.
fn check_image(rules: &Rules, expect: &Expectations, out: &mut Vec<Finding>) {
    let Some(expected) = expect.image.value() else {
        return;
    };
    let index = match rules.get(Slot::Build).map(|build| &build.detail) {
        Some(Detail::Build { index, .. }) => *index,
        _ => None,
    };
    let expected_text = format!("image {expected}");
    match rules.image() {
        Some(image) if image == *expected || index == Some(*expected) => {}
        Some(image) => {
            let finding = Finding::new(
                "Policy.DigestMismatch",
                format!("image {image}"),
                expected_text,
            );
            out.push(finding.of_rule("R01"));
        }
        None => {
            let found = "a chain that names no image";
            out.push(Finding::new("Policy.Missing", found, expected_text));
        }
    }
}

/// Build, attestation, and gates that passed or are waived until a time that has not come.
fn check_deploy(rules: &Rules, now: Timestamp, out: &mut Vec<Finding>) {
    check_negatives(rules.negatives(), out);
    for (slot, kinds) in FAMILIES.iter().take(3) {
        check_present(rules, *slot, kinds, out);
    }
    check_waivers(rules, now, out);
    // A seal of another outcome says that the release was stopped.
    if let Some(seal) = rules.seal()
        && seal.outcome != Outcome::Released
    {
        out.push(ended(seal));
    }
}

/// An armed rollback for this image that can still be used.
fn check_rollback(rules: &Rules, now: Timestamp, out: &mut Vec<Finding>) {
    check_present(rules, Slot::Armed, &[DeliveryKind::RollbackArmed], out);
    check_rollback_holds(rules, now, out);
    if let Some(used) = rules.get(Slot::Used) {
        let found = format!("{} behind it", used.kind.name());
        out.push(
            Finding::new(
                "Policy.Missing",
                found,
                "an armed rollback that was not used",
            )
            .at(used.place),
        );
    }
}

/// An armed rollback ends; from then on there is no way back.
fn check_rollback_holds(rules: &Rules, at: Timestamp, out: &mut Vec<Finding>) {
    if let Some(armed) = rules.get(Slot::Armed)
        && let Detail::Rollback(rollback) = &armed.detail
        && rollback.expires < at
    {
        let found = format!("a rollback that expired at {}", rollback.expires.as_secs());
        let expected = format!("one that can be used at {}", at.as_secs());
        out.push(Finding::new("Policy.Expired", found, expected).at(armed.place));
    }
}

/// All eight families passed, and a seal as released.
fn check_release(rules: &Rules, out: &mut Vec<Finding>) {
    let Some(seal) = rules.seal() else {
        check_negatives(rules.final_negatives(), out);
        // What is missing may be what was cut off: the chain does not say.
        let expected = "a seal; an open chain can pass the stages deploy, promote and none";
        out.push(Finding::new("Chain.Truncated", "an open chain", expected));
        return;
    };
    check_negatives(rules.negatives(), out);
    for (slot, kinds) in FAMILIES {
        check_present(rules, *slot, kinds, out);
    }
    if let Some(canary) = rules.get(Slot::Canary) {
        check_waivers(rules, canary.iat, out);
        check_rollback_holds(rules, canary.iat, out);
    }
    if seal.outcome != Outcome::Released {
        out.push(ended(seal));
    }
    if let Some(used) = rules.get(Slot::Used)
        && used.kind == DeliveryKind::RollbackDisarmed
        && rules
            .get(Slot::Canary)
            .is_some_and(|canary| used.place.seq < canary.place.seq)
    {
        let expected = "a rollback that is armed while traffic moves";
        let finding = Finding::new(
            "Policy.Order",
            "a rollback disarmed before the canary",
            expected,
        );
        out.push(finding.of_rule("R03").at(used.place));
    }
}

/// A waiver ends; from then on the gate did not pass.
fn check_waivers(rules: &Rules, at: Timestamp, out: &mut Vec<Finding>) {
    if let Some(gates) = rules.get(Slot::Gates)
        && let Detail::Gates {
            waived_until: Some(until),
        } = gates.detail
        && until < at
    {
        let found = format!("a waiver that expired at {}", until.as_secs());
        let expected = format!("one that holds at {}", at.as_secs());
        out.push(Finding::new("Policy.Expired", found, expected).at(gates.place));
    }
}

/// Nothing negative stands. Before the seal a failed gate may still be superseded, an aborted canary
/// never.
fn check_negatives<'s>(negatives: impl IntoIterator<Item = &'s Standing>, out: &mut Vec<Finding>) {
    for negative in negatives {
        let expected = "nothing negative that was not superseded";
        out.push(Finding::new("Policy.Outcome", negative.kind.name(), expected).at(negative.place));
    }
}

fn check_present(rules: &Rules, slot: Slot, kinds: &[DeliveryKind], out: &mut Vec<Finding>) {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    let expected = names.join(" or ");
    match rules.get(slot) {
        Some(standing) if kinds.contains(&standing.kind) => {}
        Some(standing) => {
            let finding = Finding::new("Policy.Missing", standing.kind.name(), expected);
            out.push(finding.at(standing.place));
        }
        None => out.push(Finding::new("Policy.Missing", "none", expected)),
    }
}

fn ended(seal: SealFacts) -> Finding {
    let found = format!("a release sealed as {}", seal.outcome.name());
    Finding::new("Policy.Outcome", found, "released").at_seq(seal.seq)
}

/// What each family must have come to, in the order of proof.
const FAMILIES: &[(Slot, &[DeliveryKind])] = &[
    (Slot::Build, &[DeliveryKind::BuildCompleted]),
    (Slot::Attestation, &[DeliveryKind::AttestationSlsa]),
    (
        Slot::Gates,
        &[DeliveryKind::GatesPassed, DeliveryKind::GatesWaived],
    ),
    (Slot::Armed, &[DeliveryKind::RollbackArmed]),
    (Slot::Canary, &[DeliveryKind::CanaryStepped]),
    (Slot::Flag, &[DeliveryKind::FlagEvaluated]),
    (Slot::Analysis, &[DeliveryKind::AnalysisPassed]),
    (Slot::Dora, &[DeliveryKind::DoraSnapshot]),
];
