//! Keys that are cut, changed or longer than themselves: no other key is read for them.

use base64ct::{Base64, Encoding as _};
use jwp_core::{Signer as _, SigningKey, VerifyingKey};

use crate::support::{JWK, OPENSSH, OPENSSH_PUBLIC, PUBLIC_JWK, armour, openssh, refused, signing};

#[test]
fn every_prefix_of_every_form_is_refused() {
    let key = signing().verifying_key().clone();
    for whole in [
        key.to_openssh(),
        key.to_did_key(),
        key.to_jwk(),
        key.to_pem().trim().into(),
    ] {
        for length in 0..whole.len() {
            let error = VerifyingKey::from_text(&whole[..length]).unwrap_err();
            assert_eq!(error.code(), "Trust.BadKey", "{}", &whole[..length]);
        }
    }
    for whole in [OPENSSH.trim(), JWK] {
        for length in 0..whole.len() {
            let error = SigningKey::from_text(&whole[..length]).unwrap_err();
            assert_eq!(error.code(), "Trust.BadKey", "{}", &whole[..length]);
        }
    }
    let (blob, _) = openssh();
    for length in 0..blob.len() {
        let error = SigningKey::from_openssh(&armour(&blob[..length])).unwrap_err();
        assert_eq!(error.code(), "Trust.BadKey", "{length}");
    }
    let cose = key.to_cose_key();
    for length in 0..cose.len() {
        let error = VerifyingKey::from_cose_key(&cose[..length]).unwrap_err();
        assert_eq!(error.code(), "Codec.Truncated", "{length}");
    }
}

/// One bit of an OpenSSH private key: another key never comes out. The comment, which nobody reads, and the
/// number that stands twice are all that may differ.
#[test]
fn no_bit_of_an_openssh_private_key_can_change_to_another_key() {
    let (blob, _) = openssh();
    let key = SigningKey::from_openssh(OPENSSH).unwrap();
    let comment = blob
        .windows(7)
        .position(|window| window == b"fixture")
        .unwrap();
    for bit in 0..blob.len() * 8 {
        let mut changed = blob.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = SigningKey::from_openssh(&armour(&changed)) {
            assert!((comment..comment + 7).contains(&(bit / 8)), "bit {bit}");
            assert_eq!(read.verifying_key(), key.verifying_key());
        }
    }
}

#[test]
fn padding_of_a_whole_block_is_none() {
    let (blob, _) = openssh();
    let comment = blob.windows(7).position(|window| window == b"fixture");
    let comment = comment.unwrap() - 4;
    // Two numbers, then name, public and both halves with their lengths.
    let inner = comment - (8 + 15 + 36 + 68);
    let with = |padding: &[u8]| {
        let inner_bytes = [
            &blob[inner..comment],
            &5_u32.to_be_bytes(),
            b"abcde",
            padding,
        ]
        .concat();
        let length = u32::try_from(inner_bytes.len()).unwrap().to_be_bytes();
        armour(&[&blob[..inner - 4], &length, &inner_bytes].concat())
    };
    let read = SigningKey::from_openssh(&with(&[])).unwrap();
    assert_eq!(
        read.verifying_key(),
        SigningKey::from_openssh(OPENSSH).unwrap().verifying_key()
    );
    let mangled = "a mangled or truncated key";
    for padding in [&[1, 2, 3, 4, 5, 6, 7, 8][..], &[1]] {
        refused(SigningKey::from_openssh(&with(padding)), mangled);
    }
    // Whole blocks, but behind the end.
    let longer = [&blob[..], &[0; 8]].concat();
    refused(SigningKey::from_openssh(&armour(&longer)), mangled);
}

#[test]
fn text_that_is_mangled_or_none_of_these_says_so() {
    refused(VerifyingKey::from_text(""), "an empty file");
    refused(VerifyingKey::from_text("z6Mk"), "a file that is not PEM");
    refused(VerifyingKey::from_openssh(""), "an empty file");
    refused(
        VerifyingKey::from_openssh("ssh-ed25519"),
        "a truncated line",
    );
    refused(
        VerifyingKey::from_openssh("ssh-ed25519 A*"),
        "a mangled or truncated line",
    );
    let two = format!("{OPENSSH_PUBLIC}{OPENSSH_PUBLIC}");
    refused(VerifyingKey::from_openssh(&two), "more than one line");
    refused(
        VerifyingKey::from_did_key("did:web:example.org"),
        "text that does not begin with did:key:",
    );
    refused(
        VerifyingKey::from_did_key("did:key:f00"),
        "another multibase than base58btc",
    );
    let did = signing().verifying_key().to_did_key();
    refused(
        VerifyingKey::from_did_key(&format!("{did}#x")),
        "mangled base58btc",
    );
    refused(
        VerifyingKey::from_did_key(&format!("did:key:z{}", "1".repeat(100_000))),
        "mangled base58btc",
    );
    refused(
        VerifyingKey::from_jwk("[]"),
        "JSON that is no JWK of one key",
    );
    refused(
        VerifyingKey::from_jwk(r#"{"keys":[]}"#),
        "JSON that is no JWK of one key",
    );
    let twice = PUBLIC_JWK.replacen('{', r#"{"crv":"X25519","#, 1);
    refused(
        VerifyingKey::from_jwk(&twice),
        "JSON that is no JWK of one key",
    );
    refused(
        VerifyingKey::from_jwk(r#"{"kty":"OKP","crv":"Ed25519"}"#),
        "a JWK without x",
    );
    refused(
        VerifyingKey::from_jwk(&PUBLIC_JWK.replace("HURo", "HUR")),
        "an x that is not 32 bytes",
    );
    refused(
        VerifyingKey::from_jwk(&PUBLIC_JWK.replace("HURo", "HURo=")),
        "an x that is not 32 bytes",
    );
    refused(
        SigningKey::from_jwk(&JWK.replace("yuf2A", "yu")),
        "a d that is not 32 bytes",
    );
    refused(
        SigningKey::from_openssh("x"),
        "a file that is no OPENSSH PRIVATE KEY",
    );
    let mut cose = signing().verifying_key().to_cose_key();
    cose[0] = 0xa4;
    cose.extend_from_slice(&[0x24, 0]);
    refused(
        VerifyingKey::from_cose_key(&cose),
        "a label that such a key does not take",
    );
    refused(
        VerifyingKey::from_cose_key(&[0xa1, 1, 1]),
        "a key without kty or crv",
    );
    refused(
        VerifyingKey::from_cose_key(&[0xa3, 1, 1, 0x20, 6, 0x21, 0x41, 9]),
        "an x that is not 32 bytes",
    );
    // Not deterministic, and something behind it.
    assert_eq!(
        VerifyingKey::from_cose_key(&[0xa1, 0x18, 1, 1])
            .unwrap_err()
            .code(),
        "Codec.NonDeterministic"
    );
    let behind = [signing().verifying_key().to_cose_key(), vec![0]].concat();
    assert_eq!(
        VerifyingKey::from_cose_key(&behind).unwrap_err().code(),
        "Codec.TrailingBytes"
    );
}

#[test]
fn what_stands_behind_or_before_a_key_is_never_read_over() {
    let refused_line = |line: &str, words| refused(VerifyingKey::from_openssh(line), words);
    refused_line("hello world", "a line that does not begin with ssh-ed25519");
    let text = OPENSSH_PUBLIC.split_ascii_whitespace().nth(1).unwrap();
    let mut blob = Base64::decode_vec(text).unwrap();
    blob.push(0);
    let line = format!("ssh-ed25519 {}", Base64::encode_string(&blob));
    refused_line(&line, "a mangled or truncated line");

    let long = "x".repeat(16 * 1024);
    let none = "a file that is no OPENSSH PRIVATE KEY";
    refused(SigningKey::from_openssh(&long), none);
    let longer = format!("{long}x");
    refused(
        SigningKey::from_openssh(&longer),
        "a file of more than 16 KiB",
    );

    let key = signing();
    for length in [31, 33] {
        let mut bytes = vec![0xed, 0x01];
        bytes.extend(key.verifying_key().as_bytes().iter().cycle().take(length));
        let did = format!("did:key:z{}", bs58::encode(&bytes).into_string());
        refused(
            VerifyingKey::from_did_key(&did),
            "a truncated or mangled key",
        );
    }

    // RFC 8410 §4, one byte short.
    let spki = [
        0x30, 0x29, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x20, 0x00,
    ];
    let der = [&spki, &key.verifying_key().as_bytes()[..31]].concat();
    let base64 = Base64::encode_string(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
    refused(VerifyingKey::from_pem(&pem), "a mangled key");
}

#[test]
fn a_jwk_is_an_object() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let array = format!(r#"["OKP","Ed25519","{x}"]"#);
    refused(
        VerifyingKey::from_jwk(&array),
        "JSON that is no JWK of one key",
    );
    refused(
        SigningKey::from_jwk(&array),
        "JSON that is no JWK of one key",
    );
}

#[test]
fn a_jwk_with_an_escape_says_so() {
    let escape = "a JWK with an escape";
    for member in ["kty", "OKP", "nWGxne", "11qYAY"] {
        let (first, rest) = member.split_at(1);
        let escaped = format!("\\u{:04x}{rest}", u32::from(first.as_bytes()[0]));
        let text = JWK.replace(member, &escaped);
        assert_ne!(text, JWK);
        refused(SigningKey::from_jwk(&text), escape);
    }
    // Nothing of a public key is secret; one that holds a private one is told as above.
    let public = PUBLIC_JWK.replacen('{', r#"{"kid":"https:\/\/example.org\/k1","#, 1);
    let read = VerifyingKey::from_jwk(&public).unwrap();
    assert_eq!(&read, signing().verifying_key());
    let both = JWK.replacen('{', r#"{"kid":"https:\/\/example.org\/k1","#, 1);
    refused(VerifyingKey::from_jwk(&both), escape);
}
