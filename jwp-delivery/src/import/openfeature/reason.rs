//! Why an evaluation gave its variant, and what that counts as: the table of the module above.

/// What is expected of the variant that admits.
pub(super) const INSIDE_THE_RULE: &str = "the admitting variant by TARGETING_MATCH or SPLIT alone";

/// What a reason counts as.
pub(super) enum Reason {
    /// The rule gave the variant.
    Decided,
    Error,
    /// No exposure, and no error.
    Other,
    /// What was served before, by whatever rule there was.
    Stale,
}

impl Reason {
    /// OpenFeature writes upper case, OpenTelemetry lower.
    pub(super) fn of(word: &str) -> Self {
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        if is("TARGETING_MATCH") || is("SPLIT") {
            Self::Decided
        } else if is("ERROR") {
            Self::Error
        } else if is("STALE") || is("CACHED") {
            Self::Stale
        } else {
            Self::Other
        }
    }
}
