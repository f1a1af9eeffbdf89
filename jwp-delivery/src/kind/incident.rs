//! `delivery.incident.*`: something went wrong in production, or was mended.

use jwp_core::{Citation, Evidence, Invalid, Timestamp};
use serde::{Deserialize, Serialize};

use super::outcome_claims;

/// An incident that the release is said to have caused.
///
/// ```cddl
/// incident = {
///   "incident" => tstr,
///   "opened_at" => seconds,
///   ? "resolved_at" => seconds,
///   ? "cause" => tstr,
/// }
/// ```
///
/// Source: CDEvents incident.detected and incident.resolved.
///
/// **Proves** that the issuer says so. **Does not prove** the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Incident {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The incident's name in the tracker.
    pub incident: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ended; in `resolved` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Opened,
    Resolved,
}

impl Incident {
    /// An incident that began at `opened_at`.
    #[must_use]
    pub fn new(incident: impl Into<String>, opened_at: Timestamp) -> Self {
        Self {
            incident: incident.into(),
            opened_at,
            resolved_at: None,
            cause: None,
        }
    }

    fn validate_as(&self, outcome: Outcome) -> Result<(), Invalid> {
        if self.incident.is_empty() {
            return Err(Invalid::schema("incident", "a name"));
        }
        match (outcome, self.resolved_at) {
            (Outcome::Opened, None) => Ok(()),
            (Outcome::Resolved, Some(resolved)) if resolved >= self.opened_at => Ok(()),
            _ => Err(Invalid::schema(
                "resolved_at",
                "the end, exactly where it is resolved",
            )),
        }
    }

    fn shown(&self) -> Vec<(&'static str, String)> {
        vec![("incident", self.incident.clone())]
    }

    fn cited(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["CDEvents 0.4"]
    }
}

outcome_claims! {
    Incident, Incident::validate_as, Incident::cited, Incident::shown;
    /// An incident began.
    IncidentOpened = "delivery.incident.opened", Outcome::Opened;
    /// An incident ended.
    IncidentResolved = "delivery.incident.resolved", Outcome::Resolved;
}
