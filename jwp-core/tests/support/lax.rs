//! Builds receipts that are wrong in exactly one place, and signs them all the same.

use jwp_core::{Signer as _, SigningKey};

/// A head with the shortest argument.
pub(crate) fn head(major: u8, argument: u64) -> Vec<u8> {
    let bits = major << 5;
    let be = argument.to_be_bytes();
    match argument {
        0..=23 => vec![bits | be[7]],
        24..=0xff => vec![bits | 24, be[7]],
        0x100..=0xffff => [&[bits | 25], &be[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[bits | 26], &be[4..]].concat(),
        _ => [&[bits | 27], &be[..]].concat(),
    }
}

/// A head with an argument of eight bytes, whatever it needs.
pub(crate) fn wide(major: u8, argument: u64) -> Vec<u8> {
    [&[major << 5 | 27], &argument.to_be_bytes()[..]].concat()
}

pub(crate) fn uint(n: u64) -> Vec<u8> {
    head(0, n)
}

/// The integer −1 − n.
pub(crate) fn nint(n: u64) -> Vec<u8> {
    head(1, n)
}

pub(crate) fn bytes(content: &[u8]) -> Vec<u8> {
    [
        head(2, content.len().try_into().expect("a length")),
        content.to_vec(),
    ]
    .concat()
}

pub(crate) fn text(content: &str) -> Vec<u8> {
    text_of(content.as_bytes())
}

pub(crate) fn text_of(content: &[u8]) -> Vec<u8> {
    [
        head(3, content.len().try_into().expect("a length")),
        content.to_vec(),
    ]
    .concat()
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [
        head(4, items.len().try_into().expect("a length")),
        items.concat(),
    ]
    .concat()
}

pub(crate) fn tag(number: u64, content: &[u8]) -> Vec<u8> {
    [head(6, number), content.to_vec()].concat()
}

/// A map whose entries stand in the order given.
pub(crate) fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = entries
        .iter()
        .flat_map(|(k, v)| [&k[..], &v[..]].concat())
        .collect();
    [head(5, entries.len().try_into().expect("a length")), body].concat()
}

/// A map with text keys whose entries are sorted.
pub(crate) fn sorted(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut entries: Vec<_> = entries.iter().map(|(k, v)| (text(k), v.clone())).collect();
    entries.sort();
    map(&entries)
}

/// Entries by key, to be changed before they become a map.
#[derive(Clone)]
pub(crate) struct Entries<K>(pub(crate) Vec<(K, Vec<u8>)>);

impl<K: PartialEq + Clone> Entries<K> {
    pub(crate) fn with(&self, key: K, value: Vec<u8>) -> Self {
        let mut entries = self.without(&key).0;
        entries.push((key, value));
        Self(entries)
    }

    pub(crate) fn without(&self, key: &K) -> Self {
        Self(self.0.iter().filter(|(k, _)| k != key).cloned().collect())
    }
}

impl Entries<&'static str> {
    pub(crate) fn encode(&self) -> Vec<u8> {
        sorted(&self.0)
    }
}

impl Entries<u64> {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut entries: Vec<_> = self.0.iter().map(|(k, v)| (uint(*k), v.clone())).collect();
        entries.sort();
        map(&entries)
    }
}

/// An envelope in parts.
#[derive(Clone)]
pub(crate) struct Parts {
    /// What stands in front of the four members.
    pub(crate) front: Vec<u8>,
    /// The first member whole; `None` makes a byte string of `header`.
    pub(crate) protected_item: Option<Vec<u8>>,
    pub(crate) header: Vec<u8>,
    pub(crate) unprotected: Vec<u8>,
    /// The third member whole; `None` makes a byte string of `payload`.
    pub(crate) payload_item: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
    pub(crate) context: &'static str,
    pub(crate) external_aad: Vec<u8>,
    /// The fourth member whole; `None` signs.
    pub(crate) signature_item: Option<Vec<u8>>,
    /// What stands behind.
    pub(crate) back: Vec<u8>,
}

impl Parts {
    pub(crate) fn new(header: Vec<u8>, payload: Vec<u8>) -> Self {
        Self {
            front: vec![0xd2, 0x84],
            protected_item: None,
            header,
            unprotected: vec![0xa0],
            payload_item: None,
            payload,
            context: "Signature1",
            external_aad: Vec::new(),
            signature_item: None,
            back: Vec::new(),
        }
    }

    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        array(&[
            text(self.context),
            bytes(&self.header),
            bytes(&self.external_aad),
            bytes(&self.payload),
        ])
    }

    pub(crate) fn build(&self, key: &SigningKey) -> Vec<u8> {
        let sign = || bytes(&key.sign(&self.signed_bytes()).expect("a signature"));
        [
            self.front.clone(),
            self.protected_item
                .clone()
                .unwrap_or_else(|| bytes(&self.header)),
            self.unprotected.clone(),
            self.payload_item
                .clone()
                .unwrap_or_else(|| bytes(&self.payload)),
            self.signature_item.clone().unwrap_or_else(sign),
            self.back.clone(),
        ]
        .concat()
    }
}
