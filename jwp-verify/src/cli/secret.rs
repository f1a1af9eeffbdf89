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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_known_by_itself() {
        for text in [
            // Armor around a body of another algorithm.
            "-----BEGIN PRIVATE KEY-----\u{a}MIGHAgEAMBMG",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            // Bodies without their armor.
            "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU",
            r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne"}"#,
        ] {
            assert!(is_in(text), "{text}");
        }
        for text in ["", "keys/builder.pem", "-----BEGIN PUBLIC KEY-----"] {
            assert!(!is_in(text), "{text}");
        }
    }
}
