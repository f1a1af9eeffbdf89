//! What a claim is: a struct, the name of its kind, what it cites, and its own check.

use alloc::{borrow::Cow, string::String, vec::Vec};

use serde::{Serialize, de::DeserializeOwned};

use crate::{error::Invalid, evidence::Evidence};

/// One thing that a claim follows: `SLSA v1.0 Provenance`, or a tool and its version.
pub type Citation = Cow<'static, str>;

/// A typed claim: the part of a receipt that says what happened.
///
/// The trait is open: a tool author defines kinds of their own outside the reserved `delivery.*`
/// and `trust.*`. Fields become a CBOR map under their serde names; use `#[serde(
/// deny_unknown_fields)]`, leave `None` out with `skip_serializing_if`, and carry ratios as
/// [`Decimal`](crate::Decimal), because floats do not exist on the wire.
///
/// On the wire shorter names come first, and of equally long ones the alphabet decides (RFC 8949 §4.2.1). Fields may
/// be declared in any order; in that one they are written where they belong, otherwise sorted behind it, which takes
/// a quarter of the time of encoding a small payload.
///
/// What serde reads through a buffer of its own (`flatten`, `tag`, `untagged`) looks like JSON to the types
/// inside: texts, integers, bools, arrays and maps come back, and [`Decimal`](crate::Decimal),
/// [`Joules`](crate::Joules), [`Link`](crate::Link), [`Bytes`](crate::cbor::Bytes) and
/// [`Value`](crate::cbor::Value) are refused when the claim is read. Text that JSON has for them is taken there, which
/// is a second form of one value: give such a claim plain structs, or enums in serde's default form. So is what a type
/// normalises when it reads: a `BTreeSet` takes its elements in any order and twice, a `Duration` more nanoseconds than
/// a second has.
///
/// That the payload's kind equals [`Claim::KIND`] is checked outside the trait, where no
/// implementation can skip it.
pub trait Claim: Serialize + DeserializeOwned {
    /// The name of the kind: labels `[a-z][a-z0-9_]*` joined by `.`, at most 64 bytes.
    const KIND: &'static str;

    /// What the claim follows: standards, and the tools that wrote the evidence as they were run.
    ///
    /// At most 32 entries: texts of the source, which take no memory, or `String`s.
    ///
    /// ```
    /// # use jwp_core::{Citation, Claim, Evidence};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct Greeting { to: String }
    /// # impl Claim for Greeting {
    /// #     const KIND: &'static str = "example.greeting.sent";
    /// fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
    ///     ["RFC 9110", "ISO 8601"]
    /// }
    /// # }
    /// ```
    fn cite(&self, evidence: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>>;

    /// The claim's own check, run before signing and after reading.
    ///
    /// # Errors
    /// The first field that does not hold.
    fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }

    /// The fields that the short printed form shows, in order, as text. Empty: all of them.
    fn headline(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
