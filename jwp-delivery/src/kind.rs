//! The kinds of a software delivery: one struct each, found by name and never by trial.
//!
//! Fields are declared in the order of the wire, shorter names first, so that nothing is sorted when a claim is written;
//! the CDDL above each struct has them by what they mean.

pub mod analysis;
pub mod attestation;
pub mod build;
pub mod canary;
pub mod dora;
pub mod flag;
pub mod gates;
pub mod incident;
pub mod release;
pub mod rollback;
pub mod trust;

use jwp_core::{
    Citation, Claim, Error, ErrorKind, Evidence, Invalid, cbor, error::SchemaProblem,
    payload::Payload,
};
use serde::{Deserialize, Deserializer, de};

use self::{
    analysis::{AnalysisFailed, AnalysisInconclusive, AnalysisPassed},
    attestation::AttestationSlsa,
    build::BuildCompleted,
    canary::{CanaryAborted, CanaryStepped},
    dora::DoraSnapshot,
    flag::FlagEvaluated,
    gates::{GatesFailed, GatesInconclusive, GatesPassed, GatesWaived},
    incident::{IncidentOpened, IncidentResolved},
    release::ReleaseSealed,
    rollback::{RollbackArmed, RollbackDisarmed, RollbackFailed, RollbackFired},
    trust::{ReceiptEndorsed, TimeWitnessed},
};

/// Makes one claim per outcome of a shared struct: the fields are the same, the kind and the rules
/// differ.
macro_rules! outcome_claims {
    (
        $inner:ident, $validate:expr, $cite:expr, $shown:expr;
        $($(#[$doc:meta])* $name:ident = $kind:literal, $outcome:expr;)+
    ) => {$(
        $(#[$doc])*
        ///
        #[doc = concat!("`", $kind, "`; the fields are those of [`", stringify!($inner), "`].")]
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[non_exhaustive]
        pub struct $name(
            /// The fields.
            pub $inner,
        );

        impl $name {
            /// The claim of these fields.
            #[must_use]
            pub const fn new(fields: $inner) -> Self {
                Self(fields)
            }
        }

        impl jwp_core::Claim for $name {
            const KIND: &'static str = $kind;

            fn cite(&self, evidence: &[jwp_core::Evidence]) -> impl IntoIterator<Item: Into<jwp_core::Citation>> {
                $cite(&self.0, evidence)
            }

            fn validate(&self) -> Result<(), jwp_core::Invalid> {
                $validate(&self.0, $outcome)
            }

            fn headline(&self) -> Vec<(&'static str, String)> {
                $shown(&self.0)
            }
        }
    )+};
}
use outcome_claims;

/// What a kind is about. A family stands once in a chain, but for attempts that were superseded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// `delivery.build.*`
    Build,
    /// `delivery.attestation.*`
    Attestation,
    /// `delivery.gates.*`
    Gates,
    /// `delivery.flag.*`
    Flag,
    /// `delivery.canary.*`
    Canary,
    /// `delivery.analysis.*`
    Analysis,
    /// `delivery.dora.*`
    Dora,
    /// `delivery.rollback.*`
    Rollback,
    /// `delivery.incident.*`
    Incident,
    /// `delivery.release.*`
    Release,
    /// `trust.*`
    Trust,
}

impl Family {
    /// The eight families of a release, in the owner's order.
    pub const STEPS: [Self; 8] = [
        Self::Build,
        Self::Attestation,
        Self::Gates,
        Self::Flag,
        Self::Canary,
        Self::Analysis,
        Self::Dora,
        Self::Rollback,
    ];

    /// The label between the dots.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Attestation => "attestation",
            Self::Gates => "gates",
            Self::Flag => "flag",
            Self::Canary => "canary",
            Self::Analysis => "analysis",
            Self::Dora => "dora",
            Self::Rollback => "rollback",
            Self::Incident => "incident",
            Self::Release => "release",
            Self::Trust => "trust",
        }
    }

    /// The owner's step number, 1 to 8; the seal and what is no step have none.
    #[must_use]
    pub fn step(self) -> Option<u8> {
        let index = Self::STEPS.iter().position(|family| *family == self)?;
        u8::try_from(index.checked_add(1)?).ok()
    }
}

/// One row per kind: the enums and their tables cannot drift apart.
macro_rules! kinds {
    ($($variant:ident($claim:ty) = $family:ident;)+) => {
        /// A kind that this crate knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum DeliveryKind {
            $(
                #[doc = concat!("See [`", stringify!($claim), "`].")]
                $variant,
            )+
        }

        impl DeliveryKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => <$claim as Claim>::KIND,)+
                }
            }

            /// What the kind is about.
            #[must_use]
            pub const fn family(self) -> Family {
                match self {
                    $(Self::$variant => Family::$family,)+
                }
            }
        }

        /// A claim of a known kind, found by the kind's name.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum DeliveryClaim {
            $(
                #[doc = concat!("`", stringify!($variant), "`")]
                $variant($claim),
            )+
        }

        impl DeliveryClaim {
            /// Reads the claim of a payload whose kind is `kind`, and runs its own check.
            ///
            /// # Errors
            /// `Codec.*`, with offsets in the input of the payload; `Codec.Schema` where the payload's
            /// kind is another.
            pub fn decode(kind: DeliveryKind, payload: &Payload<'_>) -> Result<Self, Error> {
                let base = payload.claim_offset();
                if payload.kind() != kind.name() {
                    let problem = SchemaProblem::Kind { expected: kind.name() };
                    return Err(Error::at(ErrorKind::Schema(problem), base));
                }
                let at = |error: Error| error.nested(base);
                match kind {
                    $(DeliveryKind::$variant => {
                        let claim: $claim = cbor::from_slice(payload.claim_bytes()).map_err(at)?;
                        claim.validate().map_err(|invalid| Error::from(invalid).or_at(base))?;
                        Ok(Self::$variant(claim))
                    })+
                }
            }

            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> DeliveryKind {
                match self {
                    $(Self::$variant(_) => DeliveryKind::$variant,)+
                }
            }

            /// The fields of the short printed form.
            #[must_use]
            pub fn headline(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant(claim) => claim.headline(),)+
                }
            }
        }
    };
}

kinds! {
    BuildCompleted(BuildCompleted) = Build;
    AttestationSlsa(AttestationSlsa) = Attestation;
    GatesPassed(GatesPassed) = Gates;
    GatesFailed(GatesFailed) = Gates;
    GatesInconclusive(GatesInconclusive) = Gates;
    GatesWaived(GatesWaived) = Gates;
    FlagEvaluated(FlagEvaluated) = Flag;
    CanaryStepped(CanaryStepped) = Canary;
    CanaryAborted(CanaryAborted) = Canary;
    AnalysisPassed(AnalysisPassed) = Analysis;
    AnalysisFailed(AnalysisFailed) = Analysis;
    AnalysisInconclusive(AnalysisInconclusive) = Analysis;
    DoraSnapshot(DoraSnapshot) = Dora;
    RollbackArmed(RollbackArmed) = Rollback;
    RollbackFired(RollbackFired) = Rollback;
    RollbackFailed(RollbackFailed) = Rollback;
    RollbackDisarmed(RollbackDisarmed) = Rollback;
    IncidentOpened(IncidentOpened) = Incident;
    IncidentResolved(IncidentResolved) = Incident;
    ReleaseSealed(ReleaseSealed) = Release;
    ReceiptEndorsed(ReceiptEndorsed) = Trust;
    TimeWitnessed(TimeWitnessed) = Trust;
}

impl DeliveryKind {
    /// The kind of a name; `None` for a name that this crate does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether the name belongs to this project: an unknown one is refused, not passed over.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        ["delivery", "trust"].contains(&name.split('.').next().unwrap_or_default())
    }

    /// Whether a receipt of this kind must name the image that it is about.
    #[must_use]
    pub fn needs_subject(self) -> bool {
        self.name().starts_with("delivery.") && self != Self::DoraSnapshot
    }
}

/// The tools of these names as they were run, then the standards.
fn cite_after_tools(
    evidence: &[Evidence],
    tools: &[&'static str],
    standards: &[&'static str],
) -> Vec<Citation> {
    let mut cited = Vec::new();
    for tool in tools {
        let run = evidence
            .iter()
            .filter(|entry| entry.tool.as_deref() == Some(tool));
        let first = run.clone().find_map(Evidence::cited_tool);
        cited.push(first.map_or(Citation::Borrowed(*tool), Citation::Owned));
    }
    cited.extend(standards.iter().copied().map(Citation::Borrowed));
    cited
}

/// A list that is absent where it is empty: written down empty, it would be a second form of the claim.
fn not_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(deserializer)?;
    if list.is_empty() {
        Err(de::Error::custom("got an empty list, expected none"))
    } else {
        Ok(list)
    }
}

fn count(n: u64) -> String {
    n.to_string()
}

/// Lower-case hexadecimal digits, and nothing else.
pub(crate) fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A whole Git object name: SHA-1 or SHA-256 in lower-case hex.
pub(crate) fn is_object_name(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_lower_hex(text)
}

fn check_commit(commit: &str) -> Result<(), Invalid> {
    if is_object_name(commit) {
        Ok(())
    } else {
        Err(Invalid::schema(
            "source_commit",
            "40 or 64 lower-case hex digits",
        ))
    }
}
