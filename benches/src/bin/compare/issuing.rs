//! Many receipts of one issuer.

use core::{cell::RefCell, hint::black_box, num::NonZero};

use ed25519_dalek::Signer as _;
use jwp_benches::{Result, SEED, compare::Row};
use jwp_core::{ReceiptPayload, chain::Receipts};

use super::{Inputs, Measured, SHORT};

pub(super) fn measure(inputs: &Inputs, out: &mut Measured) -> Result<()> {
    let Inputs { ours, facts, chain } = inputs;
    let short = facts.get(..usize::try_from(SHORT)?).unwrap_or(facts);
    let payloads = short
        .iter()
        .map(|facts| ours.payload(facts))
        .collect::<Result<Vec<ReceiptPayload<_>>>>()?;
    let length = f64::from(u32::try_from(payloads.len())?);
    let (statement, mut bytes) = (ours.statement(), Vec::new());
    let mut issue = |count| {
        let threads = NonZero::new(count).unwrap_or(NonZero::<usize>::MIN);
        bytes.clear();
        let mut writer = ours.writer();
        writer.append_all(
            &payloads,
            &statement.iss,
            statement.iat,
            ours.key(),
            threads,
            &mut bytes,
        )
    };
    issue(2)?;
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let messages = Receipts::new(chain)
        .take(short.len())
        .filter_map(|item| Some(item.ok()?.1.signed_bytes()));
    let messages: Vec<Vec<u8>> = messages.collect();
    let sign = || {
        for message in &messages {
            black_box(dalek.sign(message));
        }
    };
    let issue = RefCell::new(issue);
    let on = |count| (issue.borrow_mut())(count);
    let (one_core, target) = if cfg!(feature = "batch-sign") {
        ("issue 1000 receipts, one core, batch-sign, each", 0.85)
    } else {
        ("issue 1000 receipts, one core, each", 1.03)
    };
    out.push(
        Row::new(one_core, "ed25519-dalek, same bytes", || on(1), sign)
            .over(length, length)
            .rounds(31)
            .at_most(target)
            .measure(),
    );
    out.push(
        Row::new(
            "issue 1000 receipts, two cores, each",
            "ours on one core",
            || on(2),
            || on(1),
        )
        .over(length, length)
        .rounds(31)
        .at_most(1.0 / 1.9)
        .measure(),
    );
    Ok(())
}
