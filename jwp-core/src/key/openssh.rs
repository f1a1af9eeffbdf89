//! OpenSSH keys: the public line of RFC 4253 §6.6 and RFC 8709 §4, and the private file of OpenSSH's
//! `PROTOCOL.key` (openssh-key-v1), unencrypted.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::{SigningKey, VerifyingKey, bad, seed_of};
use crate::error::Result;

const NAME: &str = "ssh-ed25519";
const PUBLIC: &str = "an OpenSSH Ed25519 public key (ssh-ed25519 AAAA…)";
const PRIVATE: &str = "an unencrypted OpenSSH Ed25519 private key";
const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";
/// Longest file that is looked at: a key with a comment has 400 bytes.
const MAX: usize = 16 << 10;

impl VerifyingKey {
    /// A key from the line `ssh-ed25519 AAAA… comment`, as `ssh-keygen` writes it into `.pub`.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead; `Trust.WeakKey`.
    pub fn from_openssh(line: &str) -> Result<Self> {
        let refused = |found| Err(bad(found, PUBLIC));
        if line.trim_start().starts_with(BEGIN) {
            return refused("an OpenSSH private key");
        }
        if line.trim().contains('\n') {
            return refused("more than one line");
        }
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some(NAME) => {}
            Some(name)
                if name.starts_with("ssh-")
                    || name.starts_with("ecdsa-")
                    || name.starts_with("sk-") =>
            {
                return refused("a key of another algorithm");
            }
            Some(_) => return refused("a line that does not begin with ssh-ed25519"),
            None => return refused("an empty file"),
        }
        let mut buffer = [0; 96];
        let blob = match words.next() {
            None => return refused("a truncated line"),
            Some(text) => Base64::decode(text, &mut buffer),
        };
        let Ok(blob) = blob else {
            return refused("a mangled or truncated line");
        };
        let mut reader = Wire(blob);
        match public_blob(&mut reader) {
            Some(key) if reader.0.is_empty() => Self::from_bytes(key),
            _ => refused("a mangled or truncated line"),
        }
    }

    /// The key as the line `ssh-ed25519 AAAA…`, without a comment.
    #[must_use]
    pub fn to_openssh(&self) -> String {
        let mut blob = Vec::new();
        for part in [NAME.as_bytes(), self.as_bytes()] {
            let length = u32::try_from(part.len()).unwrap_or_default();
            blob.extend_from_slice(&length.to_be_bytes());
            blob.extend_from_slice(part);
        }
        alloc::format!("{NAME} {}", Base64::encode_string(&blob))
    }
}

impl SigningKey {
    /// A key from an unencrypted `OPENSSH PRIVATE KEY` file, as `ssh-keygen -t ed25519 -N ''` writes it.
    ///
    /// # Errors
    /// `Trust.BadKey` says what the text is instead: an encrypted key, one of another algorithm, a truncated
    /// or mangled file, one whose public half belongs to another key.
    pub fn from_openssh(text: &str) -> Result<Self> {
        let refused = |found| Err(bad(found, PRIVATE));
        let text = text.trim();
        if text.len() > MAX {
            return refused("a file of more than 16 KiB");
        }
        let Some(rest) = text.strip_prefix(BEGIN) else {
            return refused(if text.starts_with("ssh-") {
                "an OpenSSH public key"
            } else {
                "a file that is no OPENSSH PRIVATE KEY"
            });
        };
        let Some(body) = rest.strip_suffix(END) else {
            return refused("a truncated file");
        };
        let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
        base64.extend(body.split_ascii_whitespace());
        // Into a buffer that is erased whatever comes out.
        let mut buffer = Zeroizing::new(alloc::vec![0; base64.len()]);
        let Ok(blob) = Base64::decode(base64.as_str(), &mut buffer) else {
            return refused("a mangled file");
        };
        match private_blob(blob) {
            Ok((seed, public)) => seed_of(seed, public, PRIVATE),
            Err(found) => refused(found),
        }
    }
}

/// Seed and public key of an openssh-key-v1 blob.
fn private_blob(blob: &[u8]) -> Result<(&[u8; 32], &[u8; 32]), &'static str> {
    let mangled = "a mangled or truncated key";
    let mut wire = Wire(blob.strip_prefix(MAGIC).ok_or(mangled)?);
    let cipher = wire.string().ok_or(mangled)?;
    let kdf = wire.string().ok_or(mangled)?;
    let options = wire.string().ok_or(mangled)?;
    if cipher != b"none" || kdf != b"none" {
        return Err("an encrypted OpenSSH private key");
    }
    if !options.is_empty() || wire.number() != Some(1) {
        return Err(mangled);
    }
    let mut outer = Wire(wire.string().ok_or(mangled)?);
    let mut inner = Wire(wire.string().ok_or(mangled)?);
    if !wire.0.is_empty() || !inner.0.len().is_multiple_of(8) {
        return Err(mangled);
    }
    // The same number twice, by which a wrong passphrase shows.
    if inner.number().ok_or(mangled)? != inner.number().ok_or(mangled)? {
        return Err(mangled);
    }
    let name = outer.clone().string().ok_or(mangled)?;
    if name != NAME.as_bytes() {
        return Err("a key of another algorithm");
    }
    let named = public_blob(&mut outer).filter(|_| outer.0.is_empty());
    let public = public_blob(&mut inner).ok_or(mangled)?;
    let both: &[u8; 64] = inner
        .string()
        .and_then(|both| both.try_into().ok())
        .ok_or(mangled)?;
    let (halves, _) = both.as_chunks::<32>();
    let [seed, again] = halves else {
        return Err(mangled);
    };
    inner.string().ok_or(mangled)?;
    // Padding of 1, 2, 3, … up to the block of the cipher "none".
    let is_padding = inner.0.len() < 8 && (1..).zip(inner.0).all(|(n, byte): (u8, _)| n == *byte);
    if named != Some(public) || again != public || !is_padding {
        return Err(mangled);
    }
    Ok((seed, public))
}

/// `string "ssh-ed25519" || string key`.
fn public_blob<'a>(wire: &mut Wire<'a>) -> Option<&'a [u8; 32]> {
    (wire.string()? == NAME.as_bytes()).then_some(())?;
    wire.string()?.try_into().ok()
}

/// The data types of RFC 4251 §5.
#[derive(Clone)]
struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}
