//! What runs out: a waiver, an armed rollback.

use jwp_core::Timestamp;

use super::{Detail, Rules, Slot, Standing};
use crate::{code::Code, finding::Finding, unchecked::MAX_LISTED};

impl Rules {
    /// What stands and has run out at `at`: a gate that was waived did not pass any more.
    pub(crate) fn expired_waiver(&self, at: Timestamp) -> Option<Finding> {
        let gates = self.get(Slot::Gates)?;
        match gates.detail {
            Detail::Gates {
                waived_until: Some(until),
            } if until < at => {
                let found = format!("a waiver that expired at {}", until.as_secs());
                let expected = format!("one that holds at {}", at.as_secs());
                Some(Finding::new(Code::PolicyExpired, found, expected).at(gates.place))
            }
            _ => None,
        }
    }

    /// What stands and has run out at `at`: from then on there is no way back.
    pub(crate) fn expired_rollback(&self, at: Timestamp) -> Option<Finding> {
        let armed = self.get(Slot::Armed)?;
        match &armed.detail {
            Detail::Rollback(rollback) if rollback.expires < at => {
                let expires = rollback.expires.as_secs();
                let found = format!("a rollback that expired at {expires}");
                let expected = format!("one that can be used at {}", at.as_secs());
                Some(Finding::new(Code::PolicyExpired, found, expected).at(armed.place))
            }
            _ => None,
        }
    }

    /// When a canary comes: what must hold until it has ended, whatever supersedes it or the canary later. Its signer
    /// chooses `iat`; the end of its window is what it says itself.
    pub(super) fn check_expiry(&mut self, canary: &Standing) {
        let Detail::Canary { window, .. } = &canary.detail else {
            return;
        };
        let at = window.map_or(canary.iat, |window| window.to.max(canary.iat));
        let expired = [self.expired_waiver(at), self.expired_rollback(at)];
        let left = MAX_LISTED.saturating_sub(self.expired.len());
        self.expired
            .extend(expired.into_iter().flatten().take(left));
    }

    /// What had run out before a canary ended.
    pub(crate) fn expired(&self) -> &[Finding] {
        &self.expired
    }
}
