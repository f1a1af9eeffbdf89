//! What the fuzz targets share.

/// The same item as another encoder writes it.
///
/// ciborium keeps the order of map entries and writes shortest heads and definite lengths. So this
/// equals `bytes` exactly when lengths and heads in `bytes` are in their only form.
pub fn encoded_by_ciborium(bytes: &[u8]) -> Vec<u8> {
    let item: ciborium::Value =
        ciborium::from_reader(bytes).expect("what we accept is well-formed");
    let mut out = Vec::new();
    ciborium::into_writer(&item, &mut out).expect("memory takes every byte");
    out
}
