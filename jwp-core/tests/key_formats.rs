//! Keys as other programs write them: read whole, or refused with what is wrong.
#![cfg(test)]
#![cfg(feature = "key-formats")]

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwp_core::{Error, Signer as _, SigningKey, VerifyingKey};

/// RFC 8032 §7.1, TEST 1.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// RFC 8037 §A.1: the same key as a JWK.
const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 8037 §A.2.
const PUBLIC_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const OPENSSH: &str = include_str!("testdata/keys/openssh.txt");
const OPENSSH_PUBLIC: &str = include_str!("testdata/keys/openssh.pub");
const ENCRYPTED: &str = include_str!("testdata/keys/openssh-encrypted.txt");
const ECDSA: &str = include_str!("testdata/keys/openssh-ecdsa.txt");
const ECDSA_PUBLIC: &str = include_str!("testdata/keys/openssh-ecdsa.pub");

fn signing() -> SigningKey {
    SigningKey::from_seed(&SEED).unwrap()
}

#[track_caller]
fn refused<T: core::fmt::Debug>(result: Result<T, Error>, words: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "Trust.BadKey", "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("got {words}, expected ")),
        "{text}"
    );
}

#[test]
fn the_key_of_rfc_8037_is_that_of_rfc_8032() {
    let key = SigningKey::from_jwk(JWK).unwrap();
    assert_eq!(key.verifying_key(), signing().verifying_key());
    assert_eq!(
        &VerifyingKey::from_jwk(PUBLIC_JWK).unwrap(),
        key.verifying_key()
    );
    // The published did:key of this key (W3C CCG did:key test vectors).
    let did = "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
    assert_eq!(key.verifying_key().to_did_key(), did);
}

#[test]
fn what_openssh_writes_is_read() {
    let key = SigningKey::from_openssh(OPENSSH).unwrap();
    let public = VerifyingKey::from_openssh(OPENSSH_PUBLIC).unwrap();
    assert_eq!(key.verifying_key(), &public);
    let line = OPENSSH_PUBLIC.trim().strip_suffix(" fixture").unwrap();
    assert_eq!(public.to_openssh(), line);
}

#[test]
fn every_form_of_a_public_key_is_the_same_key() {
    let key = signing().verifying_key().clone();
    for text in [
        key.to_pem(),
        key.to_openssh(),
        key.to_did_key(),
        key.to_jwk(),
    ] {
        assert_eq!(VerifyingKey::from_text(&text).unwrap(), key, "{text}");
        assert_eq!(
            VerifyingKey::from_text(&format!("\n {text}\n")).unwrap(),
            key,
            "{text}"
        );
    }
    assert_eq!(
        VerifyingKey::from_cose_key(&key.to_cose_key()).unwrap(),
        key
    );
    assert_eq!(SigningKey::from_text(JWK).unwrap().verifying_key(), &key);
    assert_eq!(
        SigningKey::from_text(&signing().to_pem())
            .unwrap()
            .verifying_key(),
        &key
    );
    assert!(SigningKey::from_text(OPENSSH).is_ok());
    let mut private = vec![0xa4, 1, 1, 0x20, 6, 0x21, 0x58, 32];
    private.extend_from_slice(key.as_bytes());
    private.extend_from_slice(&[0x23, 0x58, 32]);
    private.extend_from_slice(&SEED);
    assert_eq!(
        SigningKey::from_cose_key(&private).unwrap().verifying_key(),
        &key
    );
    refused(VerifyingKey::from_cose_key(&private), "a private key");
}

#[test]
fn a_public_key_where_a_private_one_is_needed_and_the_other_way_round() {
    refused(SigningKey::from_text(PUBLIC_JWK), "a public key");
    refused(VerifyingKey::from_text(JWK), "a private key");
    refused(
        SigningKey::from_openssh(OPENSSH_PUBLIC),
        "an OpenSSH public key",
    );
    refused(
        SigningKey::from_text(OPENSSH_PUBLIC),
        "an OpenSSH public key",
    );
    refused(
        VerifyingKey::from_openssh(OPENSSH),
        "an OpenSSH private key",
    );
    refused(VerifyingKey::from_text(OPENSSH), "an OpenSSH private key");
    let cose = signing().verifying_key().to_cose_key();
    refused(SigningKey::from_cose_key(&cose), "a public key");
}

#[test]
fn an_encrypted_key_says_so() {
    refused(
        SigningKey::from_text(ENCRYPTED),
        "an encrypted OpenSSH private key",
    );
    let pem = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
    refused(SigningKey::from_text(pem), "an encrypted private key");
}

#[test]
fn a_key_of_another_algorithm_says_so() {
    let other = "a key of another algorithm";
    refused(SigningKey::from_text(ECDSA), other);
    refused(VerifyingKey::from_text(ECDSA_PUBLIC), other);
    refused(
        VerifyingKey::from_jwk(&PUBLIC_JWK.replace("Ed25519", "X25519")),
        other,
    );
    refused(
        VerifyingKey::from_jwk(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#),
        other,
    );
    let with = |member: &str| PUBLIC_JWK.replacen('{', &format!("{{{member},"), 1);
    refused(VerifyingKey::from_jwk(&with(r#""alg":"ES256""#)), other);
    refused(
        VerifyingKey::from_jwk(&with(r#""use":"enc""#)),
        "a key for another use than sig",
    );
    for member in [
        r#""alg":"EdDSA""#,
        r#""alg":"Ed25519""#,
        r#""use":"sig""#,
        r#""kid":"x""#,
    ] {
        assert!(VerifyingKey::from_jwk(&with(member)).is_ok(), "{member}");
    }
    // did:key of X25519 (multicodec 0xec) and of secp256k1 (0xe7).
    for codec in [[0xec, 0x01], [0xe7, 0x01]] {
        let bytes: Vec<u8> = codec.into_iter().chain(SEED).collect();
        let did = format!("did:key:z{}", bs58::encode(bytes).into_string());
        refused(VerifyingKey::from_did_key(&did), other);
    }
    let mut cose = signing().verifying_key().to_cose_key();
    cose[4] = 4;
    refused(VerifyingKey::from_cose_key(&cose), other);
}

#[test]
fn a_public_half_of_another_key_is_refused() {
    let mismatch = "a public half that belongs to another key";
    let other = SigningKey::from_seed(&SEED.map(|byte| byte ^ 1)).unwrap();
    let x = Base64UrlUnpadded::encode_string(other.verifying_key().as_bytes());
    let jwk = JWK.replace("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", &x);
    refused(SigningKey::from_jwk(&jwk), mismatch);
    let mut cose = vec![0xa4, 1, 1, 0x20, 6, 0x21, 0x58, 32];
    cose.extend_from_slice(other.verifying_key().as_bytes());
    cose.extend_from_slice(&[0x23, 0x58, 32]);
    cose.extend_from_slice(&SEED);
    refused(SigningKey::from_cose_key(&cose), mismatch);
    // OpenSSH has it in three places: all three changed, and each alone.
    let (blob, places) = openssh();
    let key = SigningKey::from_openssh(OPENSSH).unwrap();
    for changed in [&places[..], &places[..1], &places[1..2], &places[2..]] {
        let mut blob = blob.clone();
        for place in changed {
            assert_eq!(blob[*place..place + 32], key.verifying_key().as_bytes()[..]);
            blob[*place..place + 32].copy_from_slice(other.verifying_key().as_bytes());
        }
        let all = changed.len() == 3;
        let words = if all {
            mismatch
        } else {
            "a mangled or truncated key"
        };
        refused(SigningKey::from_openssh(&armour(&blob)), words);
    }
}

/// The blob of the fixture, and where its public key stands.
fn openssh() -> (Vec<u8>, Vec<usize>) {
    let base64: String = OPENSSH
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let blob = Base64::decode_vec(&base64).unwrap();
    let key = VerifyingKey::from_openssh(OPENSSH_PUBLIC).unwrap();
    let places = blob
        .windows(32)
        .enumerate()
        .filter(|(_, window)| window == key.as_bytes());
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    assert_eq!(places.len(), 3);
    (blob, places)
}

fn armour(blob: &[u8]) -> String {
    let base64 = Base64::encode_string(blob);
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{base64}\n-----END OPENSSH PRIVATE KEY-----\n")
}

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
        assert!(SigningKey::from_openssh(&armour(&blob[..length])).is_err());
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
    let long = format!("-----BEGIN OPENSSH PRIVATE KEY-----{}", "A".repeat(20_000));
    refused(
        SigningKey::from_openssh(&long),
        "a file of more than 16 KiB",
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
fn weak_keys_are_refused_in_every_form() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let x = Base64UrlUnpadded::encode_string(&identity);
    let did = bs58::encode([&[0xed, 0x01][..], &identity].concat()).into_string();
    let mut ssh = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    ssh.extend_from_slice(&identity);
    for text in [
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#),
        format!("did:key:z{did}"),
        format!("ssh-ed25519 {}", Base64::encode_string(&ssh)),
    ] {
        assert_eq!(
            VerifyingKey::from_text(&text).unwrap_err().code(),
            "Trust.WeakKey",
            "{text}"
        );
    }
    let mut cose = vec![0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 32];
    cose.extend_from_slice(&identity);
    assert_eq!(
        VerifyingKey::from_cose_key(&cose).unwrap_err().code(),
        "Trust.WeakKey"
    );
}

/// T108: a generator that gives nothing but one byte makes no key, by whichever way the seed comes; and
/// signing needs no generator.
#[test]
fn a_seed_of_one_repeated_byte_is_no_key_and_signing_is_deterministic() {
    for byte in 0..=255 {
        refused(
            SigningKey::from_seed(&[byte; 32]),
            "a seed of one repeated byte",
        );
    }
    let d = Base64UrlUnpadded::encode_string(&[0; 32]);
    let jwk = JWK.replace("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", &d);
    refused(SigningKey::from_jwk(&jwk), "a seed of one repeated byte");
    let signatures = [0, 1].map(|_| signing().sign(b"message").unwrap());
    assert_eq!(signatures[0], signatures[1]);
}

/// T102: secrets are printed nowhere, and there is only one of each.
#[test]
fn a_secret_is_neither_printed_nor_cloned() {
    let printed = format!("{:?} {:#?}", signing(), signing());
    for secret in ["9d61b19d", "9D61B19D", "nWGxne", "157, 97, 177"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    // Whoever adds `Clone` makes the call below ambiguous, and this does not compile.
    trait NotClone<T> {
        fn check() {}
    }
    struct Any;
    impl<T> NotClone<()> for T {}
    impl<T: Clone> NotClone<Any> for T {}
    let _ = Any;
    <SigningKey as NotClone<_>>::check();
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
fn a_cipher_or_a_derivation_alone_is_encryption() {
    let (blob, _) = openssh();
    let none: Vec<_> = (0..blob.len() - 4)
        .filter(|at| &blob[*at..at + 4] == b"none")
        .collect();
    assert_eq!(none.len(), 2);
    for at in none {
        let mut changed = blob.clone();
        changed[at] = b'x';
        refused(
            SigningKey::from_openssh(&armour(&changed)),
            "an encrypted OpenSSH private key",
        );
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
fn a_cose_key_may_name_its_algorithm_and_itself() {
    let key = signing();
    let with = |alg: u8| {
        let head = [0xa5, 1, 1, 2, 0x41, 0, 3, alg, 0x20, 6, 0x21, 0x58, 0x20];
        [&head, key.verifying_key().as_bytes().as_slice()].concat()
    };
    // −8 is EdDSA, −7 ES256.
    let read = VerifyingKey::from_cose_key(&with(0x27)).unwrap();
    assert_eq!(&read, key.verifying_key());
    refused(
        VerifyingKey::from_cose_key(&with(0x26)),
        "a key of another algorithm",
    );
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
    assert!(VerifyingKey::from_jwk(&public).is_ok());
    let both = JWK.replacen('{', r#"{"kid":"https:\/\/example.org\/k1","#, 1);
    refused(VerifyingKey::from_jwk(&both), escape);
}
