//! The one table of codes: what each means, and whether it refuses or leaves open.
//!
//! Exit codes, reports and documentation depend on these codes and never on prose. A check of this crate takes a
//! [`Code`] and a [`Rule`] and no text, so it can give none that does not stand here. Errors of the crates below bring
//! theirs as text; a test holds that each of them stands here too.

use serde::Serialize;

/// What a code does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Class {
    /// Nothing was asked that could be answered: exit 2.
    Usage,
    /// It could not be found out: exit 3.
    Undecided,
    /// It is wrong: exit 1. Stands above undecided where both are found.
    Refused,
}

impl Class {
    /// The exit code of the `jwp` command.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Undecided => 3,
        }
    }
}

impl Code {
    /// `Area.Name`. Stable across releases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What it does to the verdict.
    #[must_use]
    pub const fn class(self) -> Class {
        self.row().class
    }

    /// Whether this version gives it. Where not, its name is kept for what a later one checks.
    #[must_use]
    pub const fn is_given(self) -> bool {
        self.row().given
    }
}

impl Rule {
    /// `R01`–`R24`. Stable across releases.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().id
    }

    /// Whether this version checks it. Where not, every report says so.
    #[must_use]
    pub const fn is_checked(self) -> bool {
        self.row().checked
    }
}

/// The code of this name.
#[must_use]
pub fn find(name: &str) -> Option<Code> {
    CODES.iter().copied().find(|code| code.name() == name)
}

/// The rule of this id.
#[must_use]
pub fn find_rule(id: &str) -> Option<Rule> {
    RULES.iter().copied().find(|rule| rule.id() == id)
}

struct CodeRow {
    name: &'static str,
    class: Class,
    given: bool,
}

impl CodeRow {
    const fn not_yet(self) -> Self {
        Self {
            given: false,
            ..self
        }
    }
}

const fn code(name: &'static str, class: Class) -> CodeRow {
    CodeRow {
        name,
        class,
        given: true,
    }
}

const fn usage(name: &'static str) -> CodeRow {
    code(name, Class::Usage)
}

const fn undecided(name: &'static str) -> CodeRow {
    code(name, Class::Undecided)
}

const fn refused(name: &'static str) -> CodeRow {
    code(name, Class::Refused)
}

struct RuleRow {
    id: &'static str,
    checked: bool,
}

const fn checked(id: &'static str) -> RuleRow {
    RuleRow { id, checked: true }
}

const fn planned(id: &'static str) -> RuleRow {
    RuleRow { id, checked: false }
}

/// An enum and the list of its variants from one table, so that neither can lack what stands in the other.
macro_rules! table {
    (
        $(#[$about:meta])* $type:ident($row:ty);
        $(#[$about_list:meta])* $list:ident;
        $($variant:ident: $facts:expr, $meaning:literal;)+
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $type {
            $(#[doc = $meaning] $variant,)+
        }

        $(#[$about_list])*
        pub const $list: &[$type] = &[$($type::$variant),+];

        impl $type {
            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)+
                }
            }

            const fn row(self) -> $row {
                match self {
                    $(Self::$variant => $facts,)+
                }
            }
        }
    };
}

table! {
    /// A public code; the variant is its name without the dot.
    Code(CodeRow);
    /// Every public code, ordered by area and name.
    CODES;

    ChainBroken: refused("Chain.Broken"),
        "A receipt does not follow the one before it. The input could not be read a second time to say why.";
    ChainCorrupt: undecided("Chain.Corrupt"),
        "Behind whole receipts stand bytes that are none: a torn write, or a page of something else.";
    ChainDuplicate: refused("Chain.Duplicate"),
        "A receipt stands in the chain for the second time.";
    ChainEquivocation: refused("Chain.Equivocation"),
        "Two receipts follow one parent, or two chains of one run begin: somebody tells two stories.";
    ChainGenesis: refused("Chain.Genesis"),
        "A first receipt stands where none may stand, or none where one must.";
    ChainHeadMoved: refused("Chain.HeadMoved"),
        "Somebody appended to the chain since its head was verified; nothing was appended. Or the chain goes on behind the expected head.";
    ChainInserted: refused("Chain.Inserted"),
        "A receipt stands where another place in the chain is taken.";
    ChainMissing: refused("Chain.Missing"),
        "A receipt is missing: its number stands nowhere in the chain.";
    ChainPrevMismatch: refused("Chain.PrevMismatch"),
        "prev is not the link of the receipt before.";
    ChainProof: refused("Chain.Proof"),
        "An inclusion or consistency proof does not lead to the root.";
    ChainReleaseMismatch: refused("Chain.ReleaseMismatch"),
        "A receipt of another release or environment stands in the chain.";
    ChainReordered: refused("Chain.Reordered"),
        "The receipts stand in another order than they were signed in.";
    ChainRollback: refused("Chain.Rollback"),
        "The chain ends before a head that was seen earlier: somebody shows an older state.";
    ChainSequence: refused("Chain.Sequence"),
        "prev is the head, but seq is not the next number.";
    ChainTerms: refused("Chain.Terms"),
        "Segments of one chain were verified under different trust stores or policies.";
    ChainTime: refused("Chain.Time"),
        "A receipt says that it was signed before the one in front of it.";
    ChainTooMany: refused("Chain.TooMany"),
        "The chain holds more receipts, or more kinds, than the caller allows.";
    ChainTruncated: undecided("Chain.Truncated"),
        "The chain is not whole: it has no seal where one is needed, or does not reach the expected head.";
    ChainUnverifiedHead: refused("Chain.UnverifiedHead"),
        "The last receipt does not verify, so nothing may be appended behind it.";
    CliIo: undecided("Cli.Io"),
        "A file, stream, signer or output failed.";
    CliNotRegularFile: undecided("Cli.NotRegularFile"),
        "A directory, link, device, FIFO or socket stands where a file should.";
    CliPanic: undecided("Cli.Panic"),
        "A defect of this program stopped it. Nothing was decided.";
    CliUsage: usage("Cli.Usage"),
        "The arguments do not make a command, or nothing is expected of the chain.";
    CodecBadIdentifier: undecided("Codec.BadIdentifier"),
        "A name has characters, a form or a length that names do not have.";
    CodecBadText: undecided("Codec.BadText"),
        "Text is not UTF-8, or holds controls, a byte order mark or bidi controls.";
    CodecDuplicateKey: undecided("Codec.DuplicateKey"),
        "A map holds a key twice.";
    CodecFloatNotAllowed: undecided("Codec.FloatNotAllowed"),
        "A floating-point number: numbers are integers or exact decimals.";
    CodecIndefinite: undecided("Codec.Indefinite"),
        "An item of indefinite length.";
    CodecKeyOrder: undecided("Codec.KeyOrder"),
        "Map keys are not in bytewise order of their encodings.";
    CodecLengthBeyondInput: undecided("Codec.LengthBeyondInput"),
        "A length or count that no admissible input could hold.";
    CodecMalformed: undecided("Codec.Malformed"),
        "Bytes that are not well-formed CBOR.";
    CodecNonDeterministic: undecided("Codec.NonDeterministic"),
        "A value is not written in its only form.";
    CodecOutOfRange: undecided("Codec.OutOfRange"),
        "A number is outside its range.";
    CodecSchema: undecided("Codec.Schema"),
        "The items are well encoded but do not make the structure.";
    CodecTagNotAllowed: undecided("Codec.TagNotAllowed"),
        "A tag other than 18 (envelope) and 4 (decimal).";
    CodecTooDeep: undecided("Codec.TooDeep"),
        "More than 16 arrays, maps and tags are open at once.";
    CodecTooLarge: undecided("Codec.TooLarge"),
        "A receipt, header or text is longer than its limit.";
    CodecTooManyItems: undecided("Codec.TooManyItems"),
        "A receipt holds more than 65,536 items.";
    CodecTrailingBytes: undecided("Codec.TrailingBytes"),
        "Bytes stand behind the last item.";
    CodecTruncated: undecided("Codec.Truncated"),
        "The input ends inside a receipt, or holds none.";
    CodecTypeMismatch: undecided("Codec.TypeMismatch"),
        "null, undefined or another simple value.";
    CodecVersion: undecided("Codec.Version"),
        "A payload of another schema version.";
    EnvelopeAlgorithm: undecided("Envelope.Algorithm"),
        "The algorithm is not EdDSA (-8) or Ed25519 (-19).";
    EnvelopeBadSignature: refused("Envelope.BadSignature"),
        "The signature does not hold.";
    EnvelopeCritical: undecided("Envelope.Critical"),
        "A crit header: there is none that a reader may have to know.";
    EnvelopePayload: undecided("Envelope.Payload"),
        "The payload is detached, not a byte string, or ends too early in one.";
    EnvelopeProtected: undecided("Envelope.Protected"),
        "The protected header is not one deterministic map in a byte string.";
    EnvelopeType: undecided("Envelope.Type"),
        "The content type or typ is missing or another.";
    EnvelopeUnprotected: undecided("Envelope.Unprotected"),
        "The unprotected header holds more than inclusion proofs (394).";
    EnvelopeWrongType: undecided("Envelope.WrongType"),
        "The item is not a tagged COSE_Sign1.";
    EvidenceDigestMismatch: refused("Evidence.DigestMismatch"),
        "Bytes do not have the digest that a receipt names.";
    ImportIncomplete: undecided("Import.Incomplete"),
        "A document lacks what the claim needs: a missing field, no coverage, nothing that ran.";
    ImportJson: undecided("Import.Json"),
        "A document is not strict JSON: duplicate keys, bad numbers, trailing data.";
    ImportMismatch: undecided("Import.Mismatch"),
        "Two documents, or a document and its bytes, contradict each other.";
    ImportPath: undecided("Import.Path"),
        "A document names a path that leads out of its folder.";
    ImportUnsupported: undecided("Import.Unsupported"),
        "A document of a tool, version or form that is not known here.";
    ImportValue: undecided("Import.Value"),
        "A value that its field does not take, or that cannot be carried exactly.";
    PolicyBad: undecided("Policy.Bad").not_yet(),
        "A policy that cannot be used: empty, unknown fields, contradictions.";
    PolicyClockSkew: refused("Policy.ClockSkew"),
        "A receipt says that it was signed more than 300 seconds after now, or tells of what ended more than 300 seconds after it was signed.";
    PolicyDigestMismatch: refused("Policy.DigestMismatch"),
        "A receipt is about another image.";
    PolicyEnvironmentMismatch: refused("Policy.EnvironmentMismatch"),
        "The chain is about another environment than expected.";
    PolicyExpired: refused("Policy.Expired"),
        "A waiver or an armed rollback has run out.";
    PolicyMeasurement: refused("Policy.Measurement"),
        "A meter counted one stretch of time twice, or more than the machine can draw.";
    PolicyMismatch: refused("Policy.Mismatch"),
        "Two receipts contradict each other, or the chain what was expected.";
    PolicyMissing: refused("Policy.Missing"),
        "A receipt that the stage needs is not in the chain, or did not pass.";
    PolicyOrder: refused("Policy.Order"),
        "Receipts stand in another order than the order of proof.";
    PolicyOutcome: refused("Policy.Outcome"),
        "The release did not end as released, or something negative stands in it.";
    PolicyOverflow: refused("Policy.Overflow"),
        "A sum of energy leaves 64 bits of microjoules.";
    PolicyReference: refused("Policy.Reference"),
        "A receipt refers to another that is not there or may not be referred to so.";
    PolicyReleaseMismatch: refused("Policy.ReleaseMismatch"),
        "The chain is about another release than expected.";
    PolicyRepeated: refused("Policy.Repeated"),
        "A family of receipts stands twice without superseding.";
    PolicyStale: refused("Policy.Stale"),
        "The head of the chain is older than the caller allows.";
    PolicyThreshold: refused("Policy.Threshold").not_yet(),
        "Too few distinct authorities stand behind a receipt.";
    PolicyUnit: refused("Policy.Unit").not_yet(),
        "A figure of energy is not in joules.";
    PolicyUnknownKind: refused("Policy.UnknownKind"),
        "A kind that is reserved and unknown, or that nobody allowed.";
    SealMismatch: refused("Seal.Mismatch"),
        "The seal says something else than the receipts it covers.";
    SealNotLast: refused("Seal.NotLast"),
        "A receipt stands behind the seal, which is final.";
    TrustBadKey: undecided("Trust.BadKey"),
        "Key material that is not an Ed25519 key in the form asked for.";
    TrustKeyNotValid: refused("Trust.KeyNotValid"),
        "The key is not valid at the time of the receipt.";
    TrustKidCollision: refused("Trust.KidCollision"),
        "The trust store holds a key twice.";
    TrustNotAuthorised: refused("Trust.NotAuthorised"),
        "The key may not sign this kind, issuer, environment or release.";
    TrustRevoked: refused("Trust.Revoked"),
        "The key is revoked.";
    TrustStore: undecided("Trust.Store"),
        "A trust store that cannot be used: empty, too long, unknown fields, bad values.";
    TrustUnknownKey: undecided("Trust.UnknownKey"),
        "No key of the trust store has this kid.";
    TrustUnprovenTime: refused("Trust.UnprovenTime"),
        "The key has ended since, and nothing but the signer says that it signed before.";
    TrustWeakKey: refused("Trust.WeakKey"),
        "A public key that is not canonical, of small order, or with torsion.";
}

table! {
    /// An invariant across receipts.
    Rule(RuleRow);
    /// Every invariant, in order.
    RULES;

    R01: checked("R01"),
        "One image: the first subject of every delivery receipt is the manifest digest that was built; other subjects are names of it that the build gives.";
    R02: checked("R02"),
        "One source: build and attestation name the same commit.";
    R03: checked("R03"),
        "Order of proof by seq: build, attestation, gates, armed rollback, then traffic; flag and analysis windows lie inside the canary's.";
    R04: planned("R04"),
        "Every gate passed, or is waived by name until a time that has not come.";
    R05: planned("R05"),
        "The vulnerability databases of the gates were fresh.";
    R06: checked("R06"),
        "The canary went through its plan, weight by weight, and did not jump to 100.";
    R07: planned("R07"),
        "Every analysis refers to its step and window.";
    R08: planned("R08"),
        "Burn rates and quantiles, computed again from the evidence, are the same.";
    R09: planned("R09"),
        "The flag admitted no more than the canary's policy allows.";
    R10: planned("R10"),
        "A growing flag admits everybody whom it admitted before.";
    R11: planned("R11"),
        "The rollback leads to the release that was last sealed.";
    R12: planned("R12"),
        "A fired rollback ended within its recovery time objective.";
    R13: checked("R13"),
        "Sequence numbers are 0, 1, 2, … without gap or repetition.";
    R14: checked("R14"),
        "Every prev is the link of the receipt before, time never goes back, and what a receipt tells of was over when it was signed.";
    R15: checked("R15"),
        "Every issuer may sign its kinds, with a key of its own.";
    R16: checked("R16"),
        "Every key was valid when it signed; without proof of time, when it says that it signed.";
    R17: checked("R17"),
        "Joules are conserved: what a machine's meter measured is counted once, and the seal's sums by source are those of the receipts.";
    R18: checked("R18"),
        "The seal covers every receipt before it: count, head, root, kinds, outcome.";
    R19: planned("R19"),
        "The transparency log's entry binds the seal.";
    R20: planned("R20"),
        "The DORA figures, computed again from the events, are the same.";
    R21: planned("R21"),
        "No event is counted twice.";
    R22: planned("R22"),
        "Every gate looked at something.";
    R23: checked("R23"),
        "Nothing stands in a receipt that the verifier does not know.";
    R24: planned("R24"),
        "The tools of the gates have the versions that were locked.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ordered_by_area_and_name() {
        assert!(CODES.is_sorted_by_key(|code| code.name().split_once('.')));
    }

    #[test]
    fn every_code_stands_once_with_a_meaning() {
        for code in CODES {
            assert!(code.meaning().ends_with('.'), "{code:?}");
            let (area, name) = code.name().split_once('.').unwrap();
            assert!(!area.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()));
            // So a name stands once, as a variant does.
            assert_eq!(format!("{code:?}"), [area, name].concat());
        }
        let ids: Vec<_> = RULES.iter().map(|rule| rule.id().to_owned()).collect();
        let expected: Vec<_> = (1..=24).map(|n| format!("R{n:02}")).collect();
        assert_eq!(ids, expected);
        let variants: Vec<_> = RULES.iter().map(|rule| format!("{rule:?}")).collect();
        assert_eq!(ids, variants);
    }

    /// DESIGN, "Outcomes": the rule by which the classes of the table are given.
    #[test]
    fn classes_follow_the_rule() {
        for code in CODES {
            let (area, _) = code.name().split_once('.').unwrap();
            let class = match (area, code) {
                (_, Code::CliUsage) => Class::Usage,
                (_, Code::EnvelopeBadSignature) => Class::Refused,
                ("Codec" | "Import" | "Cli" | "Envelope", _) => Class::Undecided,
                (
                    _,
                    Code::TrustUnknownKey | Code::TrustStore | Code::TrustBadKey | Code::PolicyBad,
                ) => Class::Undecided,
                (_, Code::ChainTruncated | Code::ChainCorrupt) => Class::Undecided,
                _ => Class::Refused,
            };
            assert_eq!(code.class(), class, "{code:?}");
        }
    }
}
