//! Private keys where none belongs: in an argument, and from there in an error.

/// What is printed in place of a text that holds a private key.
pub(crate) const INSTEAD: &str =
    "got the text of a private key, expected the path of a key file (--key)";

/// Whether the text holds a private key in a form that `--key` reads from a file, or the body of one without its
/// armor: `--key "$(cat K.pem)"` gives the key where the path belongs, and errors repeat what they were given.
pub(crate) fn is_in(text: &str) -> bool {
    const MARKS: [&str; 4] = [
        // The armor of PKCS#8, of OpenSSH, and of keys that are refused.
        "PRIVATE KEY-----",
        // PKCS#8 (RFC 8410 §7) in base64: the identifier of Ed25519, then a seed of 32 bytes.
        "BQYDK2VwBCIEI",
        // The first bytes of what OpenSSH armors: openssh-key-v1.
        "b3BlbnNzaC1rZXktdjE",
        // The private member of a JWK (RFC 8037 §2).
        "\"d\"",
    ];
    MARKS.iter().any(|mark| text.contains(mark))
}
