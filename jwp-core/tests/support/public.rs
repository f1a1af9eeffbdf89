//! The public vectors, which are not part of the project.

use std::{fs, path::PathBuf, println, vec::Vec};

use serde_json::Value;

/// The folder of the vectors; without `JWP_SHARED` there is none, which is said.
pub(crate) fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("JWP_SHARED");
    if shared.is_none() {
        println!("SKIPPED: JWP_SHARED is not set");
    }
    shared.map(|shared| PathBuf::from(shared).join("vectors"))
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0, "{text}");
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("hex");
    pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high) << 4 | digit(*low)).expect("a byte"))
        .collect()
}

pub(crate) fn json(path: PathBuf) -> Value {
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("JSON")
}
