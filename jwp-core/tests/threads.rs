//! What a caller may hand to another thread, which it is enough to compile, and how many threads are begun.
#![cfg(test)]

use jwp_core::{
    ChainHead, ChainWriter, Citation, Claim, Error, Evidence, Meter, Receipt, ReceiptPayload,
    RunId, SigningKey, Statement, Timestamp, UnverifiedReceipt, VerifyingKey,
    chain::Segment,
    envelope::Batch,
    key::PreparedKey,
    merkle::{ConsistencyProof, InclusionProof, LeafHash, MerkleRange, MerkleTree},
};

const fn is_shared<T: Send + Sync>() {}

#[test]
fn values_go_to_other_threads() {
    is_shared::<Batch>();
    is_shared::<ChainHead>();
    is_shared::<ChainWriter>();
    is_shared::<ConsistencyProof>();
    is_shared::<Error>();
    is_shared::<Evidence>();
    is_shared::<InclusionProof>();
    is_shared::<LeafHash>();
    is_shared::<MerkleRange>();
    is_shared::<MerkleTree>();
    is_shared::<Meter>();
    is_shared::<PreparedKey>();
    is_shared::<Receipt<'_>>();
    is_shared::<Segment>();
    is_shared::<SigningKey>();
    is_shared::<Statement>();
    is_shared::<UnverifiedReceipt<'_>>();
    is_shared::<VerifyingKey>();
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Baked {
    loaves: u64,
}

impl Claim for Baked {
    const KIND: &'static str = "example.bread.baked";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["ISO 22000"]
    }
}

/// There is one for each share of the work otherwise, however few of them have any to do.
#[cfg(target_os = "linux")]
#[test]
fn a_count_of_threads_beyond_use_is_not_taken_at_its_word() {
    let running = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let payloads: Vec<_> = (0..4000)
        .map(|loaves| ReceiptPayload::new(Baked { loaves }))
        .collect();
    let before = running();
    let mut most = before;
    let payloads = payloads.iter().inspect(|_| most = most.max(running()));
    let key = SigningKey::from_seed(b"thirty-two bytes of a generator!").unwrap();
    let iat = Timestamp::from_secs(1_778_000_000).unwrap();
    let run = RunId::from_bytes([9; 16]);
    let mut writer = ChainWriter::begin("a@v1".parse().unwrap(), "prod".parse().unwrap(), run);
    let (iss, threads) = ("baker".parse().unwrap(), core::num::NonZero::<usize>::MAX);
    let mut bytes = Vec::new();
    writer
        .append_all(payloads, &iss, iat, &key, threads, &mut bytes)
        .unwrap();
    // One for the test beside this one.
    assert!(most <= before + 32, "{most} behind {before}");
    // And there are several.
    assert!(most > before + 1, "{most} behind {before}");
}
