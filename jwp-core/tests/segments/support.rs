//! A chain of three signers, and every way to its verdict.

use core::num::NonZero;
use std::{collections::BTreeMap, sync::LazyLock};

use jwp_core::{
    ChainHead, ChainWriter, Citation, Claim, EnergySource, Error, Evidence, Identifier, KeyId,
    Meter, Receipt, ReceiptPayload, RunId, Signer as _, SigningKey, Timestamp, VerifyingKey,
    chain::{ReadError, Receipts, Segment},
    ed25519::Backend,
    envelope::Batch,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counted {
    pub(crate) note: String,
}

impl Claim for Counted {
    const KIND: &'static str = "example.segment.counted";
    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["a test"]
    }
}

pub(crate) const LENGTH: usize = 120;

pub(crate) static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let seed = |n: u8| core::array::from_fn(|at| n.wrapping_add(at.try_into().unwrap()));
    (1..4)
        .map(|n| SigningKey::from_seed(&seed(n)).unwrap())
        .collect()
});

pub(crate) static KNOWN: LazyLock<BTreeMap<KeyId, VerifyingKey>> = LazyLock::new(|| {
    let keys = KEYS.iter().map(|key| key.verifying_key().clone());
    keys.map(|key| (key.id(), key)).collect()
});

pub(crate) fn known(kid: &KeyId) -> Option<&'static VerifyingKey> {
    KNOWN.get(kid)
}

pub(crate) fn iat(seconds: usize) -> Timestamp {
    Timestamp::try_from(1_778_112_000 + seconds as u64).unwrap()
}

pub(crate) fn payload(n: usize) -> ReceiptPayload<Counted> {
    let payload = ReceiptPayload::new(Counted {
        // Other lengths, so that groups mix numbers of SHA-512 blocks; a few long ones, so that there is enough for
        // some threads.
        note: "x".repeat(n * 37 % 500 + n % 3 / 2 * 6000),
    });
    match n % 3 {
        0 => payload,
        1 => payload.with_joules("0.41".parse().unwrap(), Meter::declared("a test")),
        _ => payload.with_joules(
            "1.5".parse().unwrap(),
            Meter::new(EnergySource::Modelled, "a model"),
        ),
    }
}

pub(crate) fn begin(run: u8) -> ChainWriter {
    let run = RunId::from_bytes([run; 16]);
    ChainWriter::begin("service@v1".parse().unwrap(), "prod".parse().unwrap(), run)
}

pub(crate) fn chain(run: u8) -> Vec<Vec<u8>> {
    let mut writer = begin(run);
    let receipts = (0..LENGTH).map(|n| {
        let key = &KEYS[n / 7 % 3];
        let iss: Identifier = "builder".parse().unwrap();
        writer.append(&payload(n), &iss, iat(n / 10), key).unwrap()
    });
    receipts.collect()
}

pub(crate) static CHAIN: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| chain(1));
pub(crate) static OTHER: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| chain(2));

/// The slow way: one receipt after the other, each signature on its own.
pub(crate) fn slow(bytes: &[u8]) -> Result<Segment, Error> {
    one_by_one(bytes, |segment: Option<Segment>, receipt| match segment {
        Some(mut segment) => segment.push(receipt).map(|()| segment),
        None => Segment::of(receipt),
    })
}

/// The head by the slow way.
pub(crate) fn slow_head(bytes: &[u8]) -> Result<ChainHead, Error> {
    one_by_one(bytes, |head: Option<ChainHead>, receipt| match head {
        Some(mut head) => head.advance(receipt).map(|()| head),
        None => ChainHead::begin(receipt),
    })
}

pub(crate) fn one_by_one<T>(
    bytes: &[u8],
    mut go_on: impl FnMut(Option<T>, &Receipt<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut made = None;
    for item in Receipts::new(bytes) {
        let (offset, receipt) = item?;
        let mut step = || {
            let Some(key) = known(&receipt.kid()) else {
                let kid = receipt.kid().to_string().into();
                return Err(jwp_core::ErrorKind::UnknownKey { kid }.into());
            };
            go_on(made.take(), &receipt.clone().verify(key)?)
        };
        made = Some(step().map_err(|error: Error| error.or_at(offset))?);
    }
    made.ok_or_else(|| Error::at(jwp_core::ErrorKind::Truncated, 0))
}

/// Keys that were expected have tables from the first receipt on, so that the kernels run here.
pub(crate) fn batch(backend: Backend) -> Batch {
    let batch = Batch::with_backend(backend);
    KNOWN
        .values()
        .fold(batch, |batch, key| batch.expecting(key, 100))
}

/// Every fast way, compared with the slow one.
pub(crate) fn verdict(bytes: &[u8]) -> Result<Segment, Error> {
    let (expected, expected_head) = (slow(bytes), slow_head(bytes));
    for backend in [Backend::PORTABLE, Backend::detect()] {
        let found = Segment::verify(bytes, known, &mut batch(backend));
        assert_eq!(found, expected, "{}", backend.name());
        let found = ChainHead::verify(bytes, known, &mut batch(backend));
        assert_eq!(found, expected_head, "{}", backend.name());
    }
    // A head follows by the rule of a segment, from the first receipt of a chain on.
    let head = expected_head.as_ref().map(|head| (head.seq(), head.link()));
    match &expected {
        Ok(segment) if segment.first() == 0 => {
            assert_eq!(head, Ok((segment.last(), segment.head())));
        }
        _ => assert!(head.is_err(), "{head:?}"),
    }
    let resumed = ChainWriter::resume(bytes, known);
    assert_eq!(
        resumed.as_ref().ok().and_then(ChainWriter::head),
        expected_head.as_ref().ok()
    );
    for threads in 1..5 {
        let threads = NonZero::new(threads).unwrap();
        let make = || batch(Backend::detect());
        let found = Segment::verify_parallel(bytes, known, threads, make);
        assert_eq!(found, expected, "{threads} threads");
    }
    let mut last = (0, 0);
    let progress = |receipts, at| last = (receipts, at);
    let mut batch = batch(Backend::detect());
    let found = Segment::verify_stream(Dribble(bytes), known, &mut batch, progress);
    let found = found.map_err(|error| match error {
        ReadError::Receipt(error) => error,
        other => panic!("{other}"),
    });
    assert_eq!(found, expected, "stream");
    if let Ok(segment) = &expected {
        assert_eq!(last, (segment.receipts(), bytes.len()));
    }
    expected
}

/// Gives a few bytes at a time.
pub(crate) struct Dribble<'a>(&'a [u8]);

impl std::io::Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.len().min(buffer.len()).min(4099);
        let (now, later) = self.0.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}
