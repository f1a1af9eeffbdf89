//! What an SPDX expression comes to against the licences that a release may hold.

use std::collections::{BTreeMap, BTreeSet};

use spdx::{Expression, LicenseItem, LicenseReq, Licensee, ParseMode};

use crate::import::{ImportError, fault, gates::measured::Measured};

/// The licences that a release may hold.
#[derive(Debug, Clone)]
pub struct AllowedLicenses(Vec<Licensee>);

impl Default for AllowedLicenses {
    /// The owner's: Apache-2.0 and MIT.
    fn default() -> Self {
        let owners = ["Apache-2.0", "MIT"];
        Self(
            owners
                .into_iter()
                .filter_map(|id| Licensee::parse(id).ok())
                .collect(),
        )
    }
}

impl AllowedLicenses {
    /// With one more: an SPDX licence identifier, or one with its exception
    /// (`Apache-2.0 WITH LLVM-exception`).
    ///
    /// A licence that is allowed without an exception is not thereby allowed with one.
    ///
    /// # Errors
    /// `Import.Value` where the text is not an identifier of the SPDX licence list.
    pub fn with(mut self, license: &str) -> Result<Self, ImportError> {
        let bad = || fault::value("allowed licence", "an SPDX licence identifier");
        self.0.push(Licensee::parse(license).map_err(|_| bad())?);
        Ok(self)
    }

    fn allow(&self, requirement: &LicenseReq) -> bool {
        self.0
            .iter()
            .any(|licensee| licensee.satisfies(requirement))
    }
}

/// What an expression comes to.
#[derive(Clone)]
enum Verdict {
    Allowed,
    /// Licences of the SPDX list that are not allowed.
    Drift(BTreeSet<String>),
    Unknown,
}

/// Judges each distinct expression once: a large tree has few.
pub(super) struct Verdicts<'a, 'r> {
    allowed: &'a AllowedLicenses,
    seen: BTreeMap<&'r str, Verdict>,
}

impl<'a, 'r> Verdicts<'a, 'r> {
    /// None yet.
    pub(super) const fn of(allowed: &'a AllowedLicenses) -> Self {
        Self {
            allowed,
            seen: BTreeMap::new(),
        }
    }

    /// Counts in `gate` what the expression of a file or package comes to; `None` where it has none.
    pub(super) fn judge(&mut self, gate: &mut Measured, expression: Option<&'r str>) {
        let verdict = match expression {
            None => &Verdict::Unknown,
            Some(text) => self
                .seen
                .entry(text)
                .or_insert_with(|| judge(text, self.allowed)),
        };
        match verdict {
            Verdict::Allowed => {}
            Verdict::Drift(licenses) => gate.drift(licenses),
            Verdict::Unknown => gate.unlicensed(),
        }
    }
}

/// Longest expression that is parsed; a longer one is unknown. ScanCode's own are far shorter, and the
/// parser is not ours.
const EXPRESSION_MAX: usize = 16_384;

fn judge(text: &str, allowed: &AllowedLicenses) -> Verdict {
    if text.len() > EXPRESSION_MAX || !text.is_ascii() {
        return Verdict::Unknown;
    }
    // Deprecated identifiers (`GPL-2.0`) are on the list still, and ScanCode may write them.
    let mode = ParseMode {
        allow_deprecated: true,
        ..ParseMode::STRICT
    };
    let Ok(expression) = Expression::parse_mode(text, mode) else {
        let words = text.split(|c: char| c.is_whitespace() || c == '(' || c == ')');
        let named: BTreeSet<String> = words
            .filter_map(|word| spdx::license_id(word.trim_end_matches('+')))
            .filter(|&id| !allowed.allow(&LicenseReq::from(id)))
            .map(|id| id.name.to_owned())
            .collect();
        return if named.is_empty() {
            Verdict::Unknown
        } else {
            Verdict::Drift(named)
        };
    };
    if expression.evaluate(|requirement| allowed.allow(requirement)) {
        return Verdict::Allowed;
    }
    // With every unlisted licence taken as allowed, does a listed one still stand in the way?
    if expression.evaluate(|requirement| {
        allowed.allow(requirement) || matches!(requirement.license, LicenseItem::Other(_))
    }) {
        return Verdict::Unknown;
    }
    let in_the_way = expression
        .requirements()
        .filter(|one| !allowed.allow(&one.req));
    Verdict::Drift(in_the_way.filter_map(|one| name(&one.req)).collect())
}

/// A licence of the SPDX list, with its exception where that is on the list too. Words of the scanned
/// tree (`LicenseRef-…`) are not repeated.
fn name(requirement: &LicenseReq) -> Option<String> {
    let license = requirement.license.id()?.name;
    Some(match &requirement.addition {
        None => license.to_owned(),
        Some(addition) => {
            let exception = addition.id().map_or("another exception", |id| id.name);
            format!("{license} WITH {exception}")
        }
    })
}
