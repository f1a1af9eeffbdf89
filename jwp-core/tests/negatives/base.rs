//! The receipt in which one thing at a time is changed, and what takes the changed ones.

use jwp_core::{Error, Signer as _, SigningKey, UnverifiedReceipt};

use super::lax::{Entries, Parts, array, bytes, map, nint, sorted, tag, text, uint};

/// Takes a case: the row of the threat table that it stands for, the code expected, its name, and its bytes.
pub(crate) type Add<'a> = dyn FnMut(&'static str, &'static str, &'static str, Vec<u8>) + 'a;

/// The parts of the base receipt, by key, so that each can be changed before it is encoded and signed.
pub(crate) struct Base {
    pub(crate) key: SigningKey,
    pub(crate) header: Entries<u64>,
    pub(crate) cwt: Entries<u64>,
    pub(crate) payload: Entries<&'static str>,
    pub(crate) claim: Entries<&'static str>,
}

impl Base {
    pub(crate) fn new() -> Self {
        // RFC 8032 §7.1 TEST 1: everybody knows this secret.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed: Vec<u8> = (0..32)
            .map(|i| u8::from_str_radix(&seed[2 * i..2 * i + 2], 16).expect("hex"))
            .collect();
        let key =
            SigningKey::from_seed(seed.as_slice().try_into().expect("32 bytes")).expect("a key");
        let cwt = Entries(vec![
            (1, text("builder")),
            (2, text("jouledb@v2026.05.07")),
            (3, text("prod")),
            (6, uint(1_778_112_000)),
        ]);
        let header = Entries(vec![
            (1, nint(7)),
            (3, text("application/vnd.jwp.receipt+cbor")),
            (4, bytes(key.verifying_key().id().as_bytes())),
            (15, cwt.encode()),
            (16, text("application/vnd.jwp.receipt+cose")),
        ]);
        let claim = Entries(vec![("loaves", uint(12)), ("note", text("rye"))]);
        let meter = sorted(&[("source", text("declared")), ("method", text("by hand"))]);
        let digest = format!("sha256:{}", "4f".repeat(32));
        let payload = Entries(vec![
            ("v", uint(1)),
            ("kind", text("example.bread.baked")),
            ("seq", uint(0)),
            ("run", bytes(&[7; 16])),
            ("claim", claim.encode()),
            ("cite", array(&[text("ISO 22000")])),
            ("subject", array(&[text(&digest)])),
            (
                "evidence",
                array(&[sorted(&[
                    ("role", text("recipe")),
                    ("digest", text(&digest)),
                    ("size", uint(5)),
                ])]),
            ),
            ("joules", tag(4, &array(&[nint(1), uint(36)]))),
            ("meter", meter),
        ]);
        Self {
            key,
            header,
            cwt,
            payload,
            claim,
        }
    }

    pub(crate) fn parts(&self) -> Parts {
        Parts::new(self.header.encode(), self.payload.encode())
    }

    pub(crate) fn valid(&self) -> Vec<u8> {
        self.parts().build(&self.key)
    }

    pub(crate) fn envelope(&self, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let mut parts = self.parts();
        change(&mut parts);
        parts.build(&self.key)
    }

    pub(crate) fn header(&self, change: impl FnOnce(&Entries<u64>) -> Entries<u64>) -> Vec<u8> {
        Parts::new(change(&self.header).encode(), self.payload.encode()).build(&self.key)
    }

    pub(crate) fn header_bytes(&self, header: Vec<u8>) -> Vec<u8> {
        Parts::new(header, self.payload.encode()).build(&self.key)
    }

    pub(crate) fn cwt(&self, change: impl FnOnce(&Entries<u64>) -> Entries<u64>) -> Vec<u8> {
        let cwt = change(&self.cwt).encode();
        self.header(|h| h.with(15, cwt))
    }

    pub(crate) fn payload(
        &self,
        change: impl FnOnce(&Entries<&'static str>) -> Entries<&'static str>,
    ) -> Vec<u8> {
        self.payload_bytes(change(&self.payload).encode())
    }

    pub(crate) fn payload_bytes(&self, payload: Vec<u8>) -> Vec<u8> {
        Parts::new(self.header.encode(), payload).build(&self.key)
    }

    /// One value in the claim, encoded as given.
    pub(crate) fn value(&self, value: Vec<u8>) -> Vec<u8> {
        let claim = self.claim.with("note", value).encode();
        self.payload(|p| p.with("claim", claim))
    }

    /// The claim, encoded as given.
    pub(crate) fn claim(&self, claim: Vec<u8>) -> Vec<u8> {
        self.payload(|p| p.with("claim", claim))
    }

    /// What the project says of these bytes, given the right key.
    pub(crate) fn verdict(&self, bytes: &[u8]) -> Result<(), Error> {
        UnverifiedReceipt::parse(bytes)?
            .verify(self.key.verifying_key())
            .map(|_| ())
    }
}

/// `depth` arrays around an integer.
pub(crate) fn nested(depth: usize, opener: &[u8]) -> Vec<u8> {
    [opener.repeat(depth), uint(1)].concat()
}

#[test]
fn the_base_receipt_is_accepted() {
    let base = Base::new();
    base.verdict(&base.valid()).unwrap();
    let start = [
        ("source", text("declared")),
        ("method", text("m")),
        ("start_ms", uint(253_402_300_799_999)),
    ];
    base.verdict(&base.payload(|p| p.with("meter", sorted(&start))))
        .unwrap();
    // Sixteen open, nanojoules aside: the limits themselves pass.
    base.verdict(&base.value(nested(14, &[0x81]))).unwrap();
    base.verdict(&base.value(text(&"a".repeat(65_536))))
        .unwrap();
    base.verdict(&base.header(|h| h.with(1, nint(18)))).unwrap();
    let proof =
        |p: &mut Parts| p.unprotected = map(&[(uint(394), array(&[bytes(&[1]), bytes(&[])]))]);
    let with_proof = base.envelope(proof);
    base.verdict(&with_proof).unwrap();
    let receipt = UnverifiedReceipt::parse(&with_proof).unwrap();
    assert_eq!(receipt.proofs().collect::<Vec<_>>(), [&[1u8][..], &[]]);
    assert_eq!(
        receipt.link(),
        UnverifiedReceipt::parse(&base.valid()).unwrap().link()
    );
}
