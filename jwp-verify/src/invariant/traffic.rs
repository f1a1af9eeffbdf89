//! When users first met the image. A receipt that superseded the one that says so takes nothing of it back.

use jwp_delivery::Family;

use super::standing::{Detail, Standing};

/// The first receipts of traffic, whether they still stand or not.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub(super) flag: Option<Standing>,
    pub(super) canary: Option<Standing>,
    /// Of the canaries that came to a weight of 100.
    pub(super) full: Option<Standing>,
    /// Whether any canary came to a weight above 0.
    pub(super) moved: bool,
}

impl Traffic {
    /// Takes what is about to stand.
    pub(super) fn note(&mut self, standing: &Standing) {
        let first = |of: &mut Option<Standing>| {
            of.get_or_insert_with(|| standing.clone());
        };
        if standing.kind.family() == Family::Flag {
            first(&mut self.flag);
        }
        if let Detail::Canary { highest_weight, .. } = standing.detail {
            first(&mut self.canary);
            self.moved |= highest_weight > 0;
            if highest_weight >= 100 {
                first(&mut self.full);
            }
        }
    }
}
