//! A key with its table, and the tables.

use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha512};

#[cfg(any(target_arch = "x86_64", plain_lanes))]
use super::lanes::{Challenge, Check, Scratch};
use super::{
    backend::{Backend, Kernel},
    comb::Width,
    is_admissible,
    point::Point,
    portable::{self, Candidate},
    split,
    table::Table,
    verify_strict,
};

/// The table of B that all kernels share, built when the first key gets one.
pub(super) fn base_table() -> &'static Table {
    static BASE: std::sync::OnceLock<Table> = std::sync::OnceLock::new();
    BASE.get_or_init(base_multiples)
}

fn base_multiples() -> Table {
    let encoding = curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED.to_bytes();
    // The base point is a point. Under a table of the identity no signature would be accepted.
    let base = Point::decompress(&encoding).unwrap_or(Point::IDENTITY);
    Table::new(&base, Width::W11)
}

/// The table of −A; `None` where the key is no point, which a `VerifyingKey` always is.
pub(super) fn key_table(key: &VerifyingKey, width: Width) -> Option<Table> {
    let point = Point::decompress(key.as_bytes())?;
    Some(Table::new(&point.negate(), width))
}

/// A key with its table, for checking one signature at a time.
#[derive(Debug)]
pub(crate) struct Prepared {
    key: VerifyingKey,
    table: Option<Table>,
    backend: Backend,
}

impl Prepared {
    pub(crate) fn new(key: VerifyingKey, width: Width, backend: Backend) -> Self {
        let table = key_table(&key, width);
        Self {
            key,
            table,
            backend,
        }
    }

    /// A key that no kernel can check.
    #[cfg(test)]
    pub(super) const fn without_table(key: VerifyingKey, backend: Backend) -> Self {
        Self {
            key,
            table: None,
            backend,
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // What the kernel refuses is decided by the reference.
        self.by_kernel(message, signature) || verify_strict(&self.key, message, signature)
    }

    pub(super) fn by_kernel(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.table.as_ref().is_some_and(|table| {
            is_admissible(signature) && self.verify_fast(table, message, signature)
        })
    }

    fn verify_fast(&self, table: &Table, message: &[u8], signature: &[u8; 64]) -> bool {
        let (r, s) = split(signature);
        let hash = Sha512::new()
            .chain_update(r)
            .chain_update(self.key.as_bytes())
            .chain_update(message);
        let k = Scalar::from_hash(hash).to_bytes();
        let base = base_table();
        match self.backend.0 {
            Kernel::Portable => {
                let point = portable::combine(base, s, table, &k);
                portable::compare_one(&Candidate { r: *r, point })
            }
            #[cfg(any(target_arch = "x86_64", plain_lanes))]
            Kernel::Ifma(ifma) => {
                let challenge = Challenge::Known(&k);
                let check = Check {
                    signature,
                    challenge,
                    key: table,
                };
                let (mut scratch, mut accepted) = (Scratch::default(), false);
                ifma.verify(base, 1, &|_| Some(check), &mut scratch, &mut |_, same| {
                    accepted = same;
                });
                accepted
            }
        }
    }
}
