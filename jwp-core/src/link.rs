//! What ties receipts together: links and run identifiers.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    cbor::Bytes,
    digest::{Hex, parse_hex},
    error::{Error, ErrorKind},
};

macro_rules! byte_newtype {
    ($(#[$doc:meta])* $name:ident, $len:literal, $form:literal) => {
        $(#[$doc])*
        // By words, so that what holds one beside larger fields is laid out and copied by words: at odd places,
        // what was written in one step is read in another, and the processor waits.
        #[repr(align(8))]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// From its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                parse_hex(text)
                    .map(Self)
                    .ok_or_else(|| ErrorKind::BadIdentifier { expected: $form }.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&alloc::format!("{}", Hex(&self.0)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Hex(&self.0), f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = alloc::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    return text.parse().map_err(de::Error::custom);
                }
                let bytes = Bytes::deserialize(deserializer)?;
                let bytes = bytes.as_slice().try_into();
                bytes.map(Self).map_err(|_| {
                    de::Error::custom(concat!("got another length, expected bstr .size ", $len))
                })
            }
        }
    };
}

byte_newtype! {
    /// The link of a receipt: SHA-256 of its `Sig_structure`, the bytes that were signed.
    ///
    /// It covers the protected header and the payload, and neither the signature nor the
    /// unprotected header (RFC 9052 §4.4 with empty `external_aad`). `Display` is 64 lower-case hex
    /// digits.
    ///
    /// **Does not prove** when the signature was made.
    Link, 32, "64 lower-case hex digits"
}

byte_newtype! {
    /// One run of one release in one environment: 16 bytes chosen by who begins the chain.
    RunId, 16, "32 lower-case hex digits"
}

byte_newtype! {
    /// The `kid` of a key: its RFC 9679 SHA-256 thumbprint.
    KeyId, 32, "64 lower-case hex digits"
}
