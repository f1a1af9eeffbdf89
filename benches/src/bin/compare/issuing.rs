//! Many receipts of one issuer.

use core::{cell::RefCell, hint::black_box, num::NonZero};

use ed25519_dalek::Signer as _;
use jwp_benches::{
    Result, SEED,
    compare::{Board, Row},
};
use jwp_core::SigningKey;

use super::{Inputs, MANY};

pub(super) fn measure(inputs: &Inputs, out: &mut Board) -> Result<()> {
    let Inputs {
        ours,
        payloads,
        messages,
        ..
    } = inputs;
    let short = payloads.get(..messages.len()).unwrap_or(payloads);
    let length = f64::from(u32::try_from(short.len())?);
    let many = f64::from(u32::try_from(payloads.len())?);
    let (statement, mut bytes) = (ours.statement(), Vec::new());
    let expanded = SigningKey::from_seed(&SEED)?.expanded();
    let mut issue = |payloads: &[_], key, count| {
        let threads = NonZero::new(count).unwrap_or(NonZero::<usize>::MIN);
        bytes.clear();
        let mut writer = ours.writer();
        let (iss, iat) = (&statement.iss, statement.iat);
        writer.append_all(payloads, iss, iat, key, threads, &mut bytes)
    };
    issue(payloads, ours.key(), 2)?;
    let dalek = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let sign = || {
        for message in messages {
            black_box(dalek.sign(message));
        }
    };
    let issue = RefCell::new(issue);
    let on = |payloads, key, count| (issue.borrow_mut())(payloads, key, count);
    let rows = [
        ("issue 1000 receipts, one core, each", ours.key(), 1.03),
        (
            "issue 1000 receipts, an expanded key, each",
            &expanded,
            0.85,
        ),
    ];
    for (name, key, target) in rows {
        out.measure(
            Row::new(
                name,
                "ed25519-dalek, same bytes",
                || on(short, key, 1),
                sign,
            )
            .over(length, length)
            .rounds(10)
            .at_most(target),
        );
    }
    // A thousand say what it costs to begin with another core.
    let two = || on(short, ours.key(), 2);
    let one = || on(short, ours.key(), 1);
    let name = "issue 1000 receipts, two cores, each";
    out.measure(
        Row::new(name, "ours on one core", two, one)
            .over(length, length)
            .rounds(4),
    );
    let name = if payloads.len() == usize::try_from(MANY)? {
        "issue 10,000 receipts, two cores, each"
    } else {
        "issue 2000 receipts, two cores, each"
    };
    let two = || on(payloads, ours.key(), 2);
    let one = || on(payloads, ours.key(), 1);
    out.measure(
        Row::new(name, "ours on one core", two, one)
            .over(many, many)
            .rounds(2)
            .at_most(1.0 / 1.9),
    );
    Ok(())
}
