//! Reading key files: the private key that signs, the public key that is trusted.

use std::path::Path;

use jwp_core::{Error, SigningKey, VerifyingKey};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    Output,
    failure::{Failure, Result},
    file,
};

/// Reads a private key from a file, and warns where others than its owner may.
pub(crate) fn private_key(path: &Path, out: &mut Output) -> Result<SigningKey> {
    let open = file::open(path)?;
    if let Some(mode) = file::open_to_others(&open) {
        out.warn(format_args!(
            "the key file is open to others (mode {mode:04o}), expected 0600, in {}",
            path.display()
        ));
    }
    let text = text(file::read_open(&open, path, file::MAX_KEY)?);
    SigningKey::from_text(&text).map_err(|error| Failure::at(error, path))
}

/// Reads a public key from a file.
pub(crate) fn public_key(path: &Path) -> Result<VerifyingKey> {
    let text = text(file::read(path, file::MAX_KEY)?);
    VerifyingKey::from_text(&text).map_err(|error: Error| Failure::at(error, path))
}

/// The text of a key file. What is not UTF-8 is no PEM either, and becomes text that says so.
fn text(bytes: Vec<u8>) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8(bytes).unwrap_or_else(|error| {
        error.into_bytes().zeroize();
        String::from(char::REPLACEMENT_CHARACTER)
    }))
}
