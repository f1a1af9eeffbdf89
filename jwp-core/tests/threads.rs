//! What a caller may hand to another thread. That this compiles is the test.
#![cfg(test)]

use jwp_core::{
    ChainHead, ChainWriter, Error, Evidence, Meter, Receipt, SigningKey, Statement,
    UnverifiedReceipt, VerifyingKey,
    chain::Segment,
    envelope::Batch,
    key::PreparedKey,
    merkle::{ConsistencyProof, InclusionProof, MerkleRange, MerkleTree},
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
