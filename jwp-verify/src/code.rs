//! The one table of codes: what each means, and whether it refuses or leaves open.
//!
//! Exit codes, reports and documentation depend on these codes and never on prose.

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

/// A code, its class and its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Code {
    /// `Area.Name`. Stable across releases.
    pub code: &'static str,
    /// What it does to the verdict.
    pub class: Class,
    /// Whether this version gives it. Where not, its name is kept for what a later one checks.
    pub given: bool,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

impl Code {
    const fn not_yet(self) -> Self {
        Self {
            given: false,
            ..self
        }
    }
}

/// An invariant across receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// `R01`–`R24`. Stable across releases.
    pub id: &'static str,
    /// Whether this version checks it. Where not, every report says so.
    pub checked: bool,
    /// What must hold.
    pub meaning: &'static str,
}

/// The entry of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|entry| entry.code == code)
}

/// The entry of a rule.
#[must_use]
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

const fn undecided(code: &'static str, meaning: &'static str) -> Code {
    Code {
        code,
        class: Class::Undecided,
        given: true,
        meaning,
    }
}

const fn refused(code: &'static str, meaning: &'static str) -> Code {
    Code {
        code,
        class: Class::Refused,
        given: true,
        meaning,
    }
}

const fn checked(id: &'static str, meaning: &'static str) -> Rule {
    Rule {
        id,
        checked: true,
        meaning,
    }
}

const fn planned(id: &'static str, meaning: &'static str) -> Rule {
    Rule {
        id,
        checked: false,
        meaning,
    }
}

/// Every public code, ordered by area and name.
pub const CODES: &[Code] = &[
    refused(
        "Chain.Broken",
        "A receipt does not follow the one before it. The input could not be read a second time to say why.",
    ),
    undecided(
        "Chain.Corrupt",
        "Behind whole receipts stand bytes that are none: a torn write, or a page of something else.",
    ),
    refused(
        "Chain.Duplicate",
        "A receipt stands in the chain for the second time.",
    ),
    refused(
        "Chain.Equivocation",
        "Two receipts follow one parent, or two chains of one run begin: somebody tells two stories.",
    ),
    refused(
        "Chain.Genesis",
        "A first receipt stands where none may stand, or none where one must.",
    ),
    refused(
        "Chain.HeadMoved",
        "Somebody appended to the chain since its head was verified; nothing was appended. Or the chain goes on behind the expected head.",
    ),
    refused(
        "Chain.Inserted",
        "A receipt stands where another place in the chain is taken.",
    ),
    refused(
        "Chain.Missing",
        "A receipt is missing: its number stands nowhere in the chain.",
    ),
    refused(
        "Chain.PrevMismatch",
        "prev is not the link of the receipt before.",
    ),
    refused(
        "Chain.Proof",
        "An inclusion or consistency proof does not lead to the root.",
    ),
    refused(
        "Chain.ReleaseMismatch",
        "A receipt of another release or environment stands in the chain.",
    ),
    refused(
        "Chain.Reordered",
        "The receipts stand in another order than they were signed in.",
    ),
    refused(
        "Chain.Rollback",
        "The chain ends before a head that was seen earlier: somebody shows an older state.",
    ),
    refused(
        "Chain.Sequence",
        "prev is the head, but seq is not the next number.",
    ),
    refused(
        "Chain.Terms",
        "Segments of one chain were verified under different trust stores or policies.",
    ),
    refused(
        "Chain.Time",
        "A receipt says that it was signed before the one in front of it.",
    ),
    refused(
        "Chain.TooMany",
        "The chain holds more receipts, or more kinds, than the caller allows.",
    ),
    undecided(
        "Chain.Truncated",
        "The chain is not whole: it has no seal where one is needed, or does not reach the expected head.",
    ),
    refused(
        "Chain.UnverifiedHead",
        "The last receipt does not verify, so nothing may be appended behind it.",
    ),
    undecided("Cli.Io", "A file, stream, signer or output failed."),
    undecided(
        "Cli.NotRegularFile",
        "A directory, link, device, FIFO or socket stands where a file should.",
    ),
    undecided(
        "Cli.Panic",
        "A defect of this program stopped it. Nothing was decided.",
    ),
    Code {
        code: "Cli.Usage",
        class: Class::Usage,
        given: true,
        meaning: "The arguments do not make a command, or nothing is expected of the chain.",
    },
    undecided(
        "Codec.BadIdentifier",
        "A name has characters, a form or a length that names do not have.",
    ),
    undecided(
        "Codec.BadText",
        "Text is not UTF-8, or holds controls, a byte order mark or bidi controls.",
    ),
    undecided("Codec.DuplicateKey", "A map holds a key twice."),
    undecided(
        "Codec.FloatNotAllowed",
        "A floating-point number: numbers are integers or exact decimals.",
    ),
    undecided("Codec.Indefinite", "An item of indefinite length."),
    undecided(
        "Codec.KeyOrder",
        "Map keys are not in bytewise order of their encodings.",
    ),
    undecided(
        "Codec.LengthBeyondInput",
        "A length or count that no admissible input could hold.",
    ),
    undecided("Codec.Malformed", "Bytes that are not well-formed CBOR."),
    undecided(
        "Codec.NonDeterministic",
        "A value is not written in its only form.",
    ),
    undecided("Codec.OutOfRange", "A number is outside its range."),
    undecided(
        "Codec.Schema",
        "The items are well encoded but do not make the structure.",
    ),
    undecided(
        "Codec.TagNotAllowed",
        "A tag other than 18 (envelope) and 4 (decimal).",
    ),
    undecided(
        "Codec.TooDeep",
        "More than 16 arrays, maps and tags are open at once.",
    ),
    undecided(
        "Codec.TooLarge",
        "A receipt, header or text is longer than its limit.",
    ),
    undecided(
        "Codec.TooManyItems",
        "A receipt holds more than 65,536 items.",
    ),
    undecided("Codec.TrailingBytes", "Bytes stand behind the last item."),
    undecided(
        "Codec.Truncated",
        "The input ends inside a receipt, or holds none.",
    ),
    undecided(
        "Codec.TypeMismatch",
        "null, undefined or another simple value.",
    ),
    undecided("Codec.Version", "A payload of another schema version."),
    undecided(
        "Envelope.Algorithm",
        "The algorithm is not EdDSA (-8) or Ed25519 (-19).",
    ),
    refused("Envelope.BadSignature", "The signature does not hold."),
    undecided(
        "Envelope.Critical",
        "A crit header: there is none that a reader may have to know.",
    ),
    undecided(
        "Envelope.Payload",
        "The payload is detached, not a byte string, or ends too early in one.",
    ),
    undecided(
        "Envelope.Protected",
        "The protected header is not one deterministic map in a byte string.",
    ),
    undecided(
        "Envelope.Type",
        "The content type or typ is missing or another.",
    ),
    undecided(
        "Envelope.Unprotected",
        "The unprotected header holds more than inclusion proofs (394).",
    ),
    undecided("Envelope.WrongType", "The item is not a tagged COSE_Sign1."),
    refused(
        "Evidence.DigestMismatch",
        "Bytes do not have the digest that a receipt names.",
    ),
    undecided(
        "Import.Incomplete",
        "A document lacks what the claim needs: a missing field, no coverage, nothing that ran.",
    ),
    undecided(
        "Import.Json",
        "A document is not strict JSON: duplicate keys, bad numbers, trailing data.",
    ),
    undecided(
        "Import.Mismatch",
        "Two documents, or a document and its bytes, contradict each other.",
    ),
    undecided(
        "Import.Path",
        "A document names a path that leads out of its folder.",
    ),
    undecided(
        "Import.Unsupported",
        "A document of a tool, version or form that is not known here.",
    ),
    undecided(
        "Import.Value",
        "A value that its field does not take, or that cannot be carried exactly.",
    ),
    undecided(
        "Policy.Bad",
        "A policy that cannot be used: empty, unknown fields, contradictions.",
    )
    .not_yet(),
    refused(
        "Policy.ClockSkew",
        "A receipt says that it was signed more than 300 seconds after now, or tells of what ended more than 300 seconds after it was signed.",
    ),
    refused("Policy.DigestMismatch", "A receipt is about another image."),
    refused(
        "Policy.EnvironmentMismatch",
        "The chain is about another environment than expected.",
    ),
    refused(
        "Policy.Expired",
        "A waiver or an armed rollback has run out.",
    ),
    refused(
        "Policy.Measurement",
        "A meter counted one stretch of time twice, or more than the machine can draw.",
    ),
    refused(
        "Policy.Mismatch",
        "Two receipts contradict each other, or the chain what was expected.",
    ),
    refused(
        "Policy.Missing",
        "A receipt that the stage needs is not in the chain, or did not pass.",
    ),
    refused(
        "Policy.Order",
        "Receipts stand in another order than the order of proof.",
    ),
    refused(
        "Policy.Outcome",
        "The release did not end as released, or something negative stands in it.",
    ),
    refused(
        "Policy.Overflow",
        "A sum of energy leaves 64 bits of microjoules.",
    ),
    refused(
        "Policy.Reference",
        "A receipt refers to another that is not there or may not be referred to so.",
    ),
    refused(
        "Policy.ReleaseMismatch",
        "The chain is about another release than expected.",
    ),
    refused(
        "Policy.Repeated",
        "A family of receipts stands twice without superseding.",
    ),
    refused(
        "Policy.Stale",
        "The head of the chain is older than the caller allows.",
    ),
    refused(
        "Policy.Threshold",
        "Too few distinct authorities stand behind a receipt.",
    )
    .not_yet(),
    refused("Policy.Unit", "A figure of energy is not in joules.").not_yet(),
    refused(
        "Policy.UnknownKind",
        "A kind that is reserved and unknown, or that nobody allowed.",
    ),
    refused(
        "Seal.Mismatch",
        "The seal says something else than the receipts it covers.",
    ),
    refused(
        "Seal.NotLast",
        "A receipt stands behind the seal, which is final.",
    ),
    undecided(
        "Trust.BadKey",
        "Key material that is not an Ed25519 key in the form asked for.",
    ),
    refused(
        "Trust.KeyNotValid",
        "The key is not valid at the time of the receipt.",
    ),
    refused("Trust.KidCollision", "The trust store holds a key twice."),
    refused(
        "Trust.NotAuthorised",
        "The key may not sign this kind, issuer, environment or release.",
    ),
    refused("Trust.Revoked", "The key is revoked."),
    undecided(
        "Trust.Store",
        "A trust store that cannot be used: empty, too long, unknown fields, bad values.",
    ),
    undecided(
        "Trust.UnknownKey",
        "No key of the trust store has this kid.",
    ),
    refused(
        "Trust.UnprovenTime",
        "The key has ended since, and nothing but the signer says that it signed before.",
    ),
    refused(
        "Trust.WeakKey",
        "A public key that is not canonical, of small order, or with torsion.",
    ),
];

/// Every invariant, in order.
pub const RULES: &[Rule] = &[
    checked(
        "R01",
        "One image: the first subject of every delivery receipt is the manifest digest that was built; other subjects are names of it that the build gives.",
    ),
    checked(
        "R02",
        "One source: build and attestation name the same commit.",
    ),
    checked(
        "R03",
        "Order of proof by seq: build, attestation, gates, armed rollback, then traffic; flag and analysis windows lie inside the canary's.",
    ),
    planned(
        "R04",
        "Every gate passed, or is waived by name until a time that has not come.",
    ),
    planned(
        "R05",
        "The vulnerability databases of the gates were fresh.",
    ),
    checked(
        "R06",
        "The canary went through its plan, weight by weight, and did not jump to 100.",
    ),
    planned("R07", "Every analysis refers to its step and window."),
    planned(
        "R08",
        "Burn rates and quantiles, computed again from the evidence, are the same.",
    ),
    planned(
        "R09",
        "The flag admitted no more than the canary's policy allows.",
    ),
    planned(
        "R10",
        "A growing flag admits everybody whom it admitted before.",
    ),
    planned(
        "R11",
        "The rollback leads to the release that was last sealed.",
    ),
    planned(
        "R12",
        "A fired rollback ended within its recovery time objective.",
    ),
    checked(
        "R13",
        "Sequence numbers are 0, 1, 2, … without gap or repetition.",
    ),
    checked(
        "R14",
        "Every prev is the link of the receipt before, time never goes back, and what a receipt tells of was over when it was signed.",
    ),
    checked(
        "R15",
        "Every issuer may sign its kinds, with a key of its own.",
    ),
    checked(
        "R16",
        "Every key was valid when it signed; without proof of time, when it says that it signed.",
    ),
    checked(
        "R17",
        "Joules are conserved: what a machine's meter measured is counted once, and the seal's sums by source are those of the receipts.",
    ),
    checked(
        "R18",
        "The seal covers every receipt before it: count, head, root, kinds, outcome.",
    ),
    planned("R19", "The transparency log's entry binds the seal."),
    planned(
        "R20",
        "The DORA figures, computed again from the events, are the same.",
    ),
    planned("R21", "No event is counted twice."),
    planned("R22", "Every gate looked at something."),
    checked(
        "R23",
        "Nothing stands in a receipt that the verifier does not know.",
    ),
    planned(
        "R24",
        "The tools of the gates have the versions that were locked.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ordered_by_area_and_name() {
        assert!(CODES.is_sorted_by_key(|entry| entry.code.split_once('.')));
    }

    #[test]
    fn every_code_stands_once_with_a_meaning() {
        for (index, entry) in CODES.iter().enumerate() {
            assert!(entry.meaning.ends_with('.'), "{}", entry.code);
            let (area, name) = entry.code.split_once('.').unwrap();
            assert!(!area.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()));
            let others = CODES.iter().skip(index + 1);
            assert!(
                others.into_iter().all(|other| other.code != entry.code),
                "{}",
                entry.code
            );
        }
        let ids: Vec<_> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
        let expected: Vec<_> = (1..=24).map(|n| format!("R{n:02}")).collect();
        assert_eq!(ids, expected);
    }

    /// DESIGN, "Outcomes": the rule by which the classes of the table are given.
    #[test]
    fn classes_follow_the_rule() {
        for entry in CODES {
            let (area, _) = entry.code.split_once('.').unwrap();
            let class = match (area, entry.code) {
                (_, "Cli.Usage") => Class::Usage,
                (_, "Envelope.BadSignature") => Class::Refused,
                ("Codec" | "Import" | "Cli" | "Envelope", _) => Class::Undecided,
                (_, "Trust.UnknownKey" | "Trust.Store" | "Trust.BadKey" | "Policy.Bad") => {
                    Class::Undecided
                }
                (_, "Chain.Truncated" | "Chain.Corrupt") => Class::Undecided,
                _ => Class::Refused,
            };
            assert_eq!(entry.class, class, "{}", entry.code);
        }
    }
}
