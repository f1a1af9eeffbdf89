//! No memory that is given back holds a secret that came in as text, whether the text was a key or was refused.
#![cfg(test)]
#![cfg(feature = "key-formats")]

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    panic::AssertUnwindSafe,
};
use std::{alloc::System, panic::catch_unwind};

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwp_core::{Signer as _, SigningKey};

/// RFC 8032 §7.1, TEST 1.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// The same in base64 and base64url, without the ends, which depend on what stands around.
const TEXT: [&[u8]; 2] = [
    b"JXWGxne/9WmC6hEr0kuwsxERJxWl7Mm",
    b"nWGxne_9WmC6hEr0kuwsxERJxWl7Mm",
];
/// What RFC 8032 §5.1.5 makes of it: the scalar, modulo the order of the group, and the prefix.
const SCALAR: [u8; 32] = [
    0x7c, 0x2c, 0xac, 0x12, 0xe6, 0x9b, 0xe9, 0x6a, 0xe9, 0x06, 0x50, 0x65, 0x46, 0x23, 0x85, 0xe8,
    0xfc, 0xff, 0x27, 0x68, 0xd9, 0x80, 0xc0, 0xa3, 0xa5, 0x20, 0xf0, 0x06, 0x90, 0x4d, 0xe9, 0x0f,
];
const PREFIX: [u8; 32] = [
    0x9b, 0x4f, 0x0a, 0xfe, 0x28, 0x0b, 0x74, 0x6a, 0x77, 0x86, 0x84, 0xe7, 0x54, 0x42, 0x50, 0x20,
    0x57, 0xb7, 0x47, 0x3a, 0x03, 0xf0, 0x8f, 0x96, 0xf5, 0xa3, 0x8e, 0x92, 0x87, 0xe0, 0x1f, 0x8f,
];

thread_local! {
    /// Blocks of this thread that were given back with the secret in them, and whether anybody looks.
    static FOUND: Cell<(bool, usize)> = const { Cell::new((false, 0)) };
}

struct Looking;

fn holds_secret(block: &[u8]) -> bool {
    let has = |part: &[u8]| block.windows(part.len()).any(|window| window == part);
    let halves = |secret: &[u8; 32]| has(&secret[..16]) || has(&secret[16..]);
    [SEED, SCALAR, PREFIX].iter().any(halves) || TEXT.iter().any(|text| has(text))
}

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator as it came. Blocks are handed out zeroed, so that all of one may be
// read when it comes back; looking allocates nothing.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // A thread that ends looks no more.
        let _ = FOUND.try_with(|found| {
            let (looks, blocks) = found.get();
            // SAFETY: the block has this length and is the caller's until it is given back.
            if looks && holds_secret(unsafe { core::slice::from_raw_parts(pointer, layout.size()) })
            {
                found.set((looks, blocks.saturating_add(1)));
            }
        });
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Looking = Looking;

/// How many blocks were given back with the secret in them.
fn left(work: impl FnOnce()) -> usize {
    FOUND.set((true, 0));
    work();
    FOUND.replace((false, 0)).1
}

fn key() -> SigningKey {
    SigningKey::from_seed(&SEED).unwrap()
}

/// An openssh-key-v1 blob of the key (PROTOCOL.key).
fn openssh() -> String {
    let string = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[..], bytes].concat()
    };
    let public = *key().verifying_key().as_bytes();
    let named = [string(b"ssh-ed25519"), string(&public)].concat();
    let both = [SEED, public].concat();
    let inner = [
        &[7; 8][..],
        &named,
        &string(&both),
        &string(b""),
        &[1, 2, 3, 4, 5],
    ]
    .concat();
    let blob = [
        b"openssh-key-v1\0".to_vec(),
        string(b"none"),
        string(b"none"),
        string(b""),
        vec![0, 0, 0, 1],
        string(&named),
        string(&inner),
    ];
    let text = Base64::encode_string(&blob.concat());
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{text}\n-----END OPENSSH PRIVATE KEY-----\n")
}

fn jwk() -> String {
    let x = Base64UrlUnpadded::encode_string(key().verifying_key().as_bytes());
    let d = Base64UrlUnpadded::encode_string(&SEED);
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","d":"{d}"}}"#)
}

#[test]
fn the_allocator_sees_what_is_not_erased() {
    assert_eq!(left(|| drop(SEED.to_vec())), 1);
    assert_eq!(left(|| drop(jwk())), 2, "the text and its d");
}

#[test]
fn a_key_that_is_read_leaves_nothing() {
    let (pem, openssh, jwk) = (key().to_pem(), openssh(), jwk());
    assert_eq!(left(|| drop(SigningKey::from_text(&pem).unwrap())), 0);
    assert_eq!(left(|| drop(SigningKey::from_text(&openssh).unwrap())), 0);
    assert_eq!(left(|| drop(SigningKey::from_text(&jwk).unwrap())), 0);
    assert_eq!(left(|| drop(key().to_pem())), 0);
}

/// T102: what a panic drops is erased too, and its text is not the key's.
#[test]
fn a_key_that_a_panic_drops_leaves_nothing() {
    let held = Box::new(key());
    let work = AssertUnwindSafe(move || {
        let held = held;
        panic!("{held:?}");
    });
    let mut said = String::new();
    let found = left(|| {
        let panicked = catch_unwind(work).unwrap_err();
        said.push_str(panicked.downcast_ref::<String>().unwrap());
    });
    assert_eq!(found, 0);
    assert!(
        !said.contains("9d61b1") && !said.contains("157, 97"),
        "{said}"
    );
}

#[test]
fn a_text_that_is_refused_leaves_nothing() {
    let (pem, openssh, jwk) = (key().to_pem(), openssh(), jwk());
    let refused = |text: &str| left(|| drop(SigningKey::from_text(text).unwrap_err()));
    let end = "\n-----END";
    assert_eq!(refused(&pem.replace(end, &format!("*{end}"))), 0);
    assert_eq!(refused(&pem.replace(end, &format!("\nAAAA{end}"))), 0);
    assert_eq!(refused(&openssh.replace(end, &format!("*{end}"))), 0);
    assert_eq!(refused(&openssh.replace(end, &format!("AAAA{end}"))), 0);
    assert_eq!(refused(&jwk.replace(r#""d":"n"#, r#""d":"\u006e"#)), 0);
    assert_eq!(refused(&jwk.replace("\"}", "*\"}")), 0);
    assert_eq!(refused(&jwk.replace("\"}", "\"")), 0);
}

#[cfg(feature = "expanded-key")]
#[test]
fn an_expanded_key_leaves_nothing() {
    for secret in [SCALAR, PREFIX] {
        assert_eq!(left(|| drop(secret.to_vec())), 1);
    }
    assert_eq!(left(|| drop(key().expanded())), 0);
    assert_eq!(left(|| drop(key().expanded().expanded())), 0);
    let signs = || assert!(key().expanded().sign(b"a message").is_ok());
    assert_eq!(left(signs), 0);
}
