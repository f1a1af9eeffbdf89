//! One key is the same in every form, and what else stands in the place of one is named.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwp_core::{Signer as _, SigningKey, VerifyingKey};

use crate::support::{
    ECDSA, ECDSA_PUBLIC, ENCRYPTED, JWK, OPENSSH, OPENSSH_PUBLIC, PUBLIC_JWK, SEED, armour,
    openssh, refused, signing,
};

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
    let other = VerifyingKey::from_openssh(OPENSSH_PUBLIC).unwrap();
    let private = SigningKey::from_text(OPENSSH).unwrap();
    assert_eq!(private.verifying_key(), &other);
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
        let read = VerifyingKey::from_jwk(&with(member)).unwrap();
        assert_eq!(&read, signing().verifying_key(), "{member}");
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
