//! A batch that is used again knows keys, and nothing of the receipts of an earlier call: not even where that call
//! ended in a panic of the caller's.
#![cfg(test)]
#![cfg(feature = "std")]

use core::{cell::Cell, panic::AssertUnwindSafe};
use std::panic::catch_unwind;

use jwp_core::{
    ChainWriter, Citation, Claim, Evidence, Identifier, KeyId, ReceiptPayload, RunId, Signer as _,
    SigningKey, Timestamp, UnverifiedReceipt, chain::Receipts, ed25519::Backend, envelope::Batch,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    note: String,
}

impl Claim for Note {
    const KIND: &'static str = "example.note";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        None::<&str>
    }
}

fn chain(key: &SigningKey, receipts: usize, length: usize) -> Vec<u8> {
    let id = |text| Identifier::parse(text).unwrap();
    let mut writer = ChainWriter::begin(id("bakery@v1"), id("prod"), RunId::from_bytes([9; 16]));
    let payload = ReceiptPayload::new(Note {
        note: "x".repeat(length),
    });
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    (0..receipts)
        .flat_map(|_| writer.append(&payload, &id("baker"), iat, key).unwrap())
        .collect()
}

fn parsed(bytes: &[u8]) -> Vec<UnverifiedReceipt<'_>> {
    Receipts::new(bytes).map(|item| item.unwrap().1).collect()
}

/// T74
#[test]
fn what_waited_when_keys_panicked_vouches_for_nothing_later() {
    let key = SigningKey::from_seed(&core::array::from_fn(|n| n.try_into().unwrap())).unwrap();
    let vk = key.verifying_key();
    // Longer, and so of another place in the queue than the one that comes later.
    let good = chain(&key, 3, 400);
    let mut forged = chain(&key, 1, 10);
    let at = forged.windows(10).position(|x| x == b"xxxxxxxxxx").unwrap();
    *forged.get_mut(at).unwrap() = b'y';
    for backend in [Backend::detect(), Backend::PORTABLE] {
        let mut batch = Batch::with_backend(backend).expecting(vk, 1000);
        let (mut receipts, asked) = (parsed(&good), Cell::new(0));
        let keys = |kid: &KeyId| {
            asked.set(asked.get() + 1);
            assert_ne!(asked.get(), 3, "a look-up that fails");
            (*kid == vk.id()).then_some(vk)
        };
        catch_unwind(AssertUnwindSafe(|| batch.check(&mut receipts, keys))).unwrap_err();
        let mut later = parsed(&forged);
        batch.check(&mut later, |kid| (*kid == vk.id()).then_some(vk));
        let error = later.remove(0).verify(vk).unwrap_err();
        assert_eq!(error.code(), "Envelope.BadSignature");
        // The batch still checks.
        let mut receipts = parsed(&good);
        batch.check(&mut receipts, |kid| (*kid == vk.id()).then_some(vk));
        for receipt in receipts {
            receipt.verify(vk).unwrap();
        }
    }
}
